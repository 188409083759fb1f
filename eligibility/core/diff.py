"""What changed between two versions of a rule, leaf by leaf.

Leaves are paired by id. A new citation alone, with nothing else, is not a change of what is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Leaf,
    Not,
    OfficerJudgement,
    children_of,
)
from eligibility.core.rule import RuleVersion


class Change(StrEnum):
    """How a leaf differs."""

    ADDED = "added"
    REMOVED = "removed"
    FIGURE = "figure"  # the same question with another figure
    VALUES = "values"  # the same question with other answers
    ASKS = "asks"  # the same id asks for something else
    MOVED = "moved"  # asked as before, in another group
    PAPERS = "papers"


@dataclass(frozen=True)
class LeafChange:
    """One change, with the leaf before and after; None where there is none."""

    kind: Change
    before: Leaf | None
    after: Leaf | None

    @property
    def id(self) -> str:
        """Return the id of the leaf."""
        leaf = self.after or self.before
        return leaf.id if leaf else ""


def _placed(
    node: Condition, groups: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...], Leaf]]:
    """Yield each leaf with its id and the groups above it; an `all` in an `all` is the same."""
    if isinstance(node, Compare | OfficerJudgement):
        yield node.id, groups, node
        return
    kind = {All: "all", AnyOf: "any", Not: "not"}[type(node)]
    if isinstance(node, All | AnyOf) and node.self_only:
        kind += " alone"
    above = groups if groups and groups[-1] == kind else (*groups, kind)
    for child in children_of(node):
        yield from _placed(child, above)


def changes(before: RuleVersion, after: RuleVersion) -> tuple[LeafChange, ...]:
    """Return the changes, in the order of the new text; what is gone comes last."""
    old: dict[str, list[tuple[tuple[str, ...], Leaf]]] = {}
    for name, groups, leaf in _placed(before.condition):
        old.setdefault(name, []).append((groups, leaf))
    found: list[LeafChange] = []
    for name, groups, leaf in _placed(after.condition):
        if not old.get(name):
            found.append(LeafChange(Change.ADDED, None, leaf))
            continue
        was_in, was = old[name].pop(0)
        kind = _kind(was, leaf)
        if kind is None and was_in != groups:
            kind = Change.MOVED
        if kind is None and set(was.papers) != set(leaf.papers):
            kind = Change.PAPERS
        if kind is not None:
            found.append(LeafChange(kind, was, leaf))
    for gone in old.values():
        found += [LeafChange(Change.REMOVED, leaf, None) for _, leaf in gone]
    return tuple(found)


def _kind(was: Leaf, leaf: Leaf) -> Change | None:
    if isinstance(was, Compare) and isinstance(leaf, Compare):
        if (was.fact, was.operator, was.value) == (
            leaf.fact,
            leaf.operator,
            leaf.value,
        ):
            return None
        if was.fact != leaf.fact:
            return Change.ASKS
        if {was.operator, leaf.operator} <= {"is", "in"}:
            return Change.VALUES
        return Change.FIGURE if was.operator == leaf.operator else Change.ASKS
    if isinstance(was, OfficerJudgement) and isinstance(leaf, OfficerJudgement):
        return None if was.asks == leaf.asks else Change.ASKS
    return Change.ASKS
