"""What changed between two versions of a rule, leaf by leaf.

Leaves are paired by id. A new citation alone, with nothing else, is not a change of what is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Leaf,
    Not,
    OfficerJudgement,
    children_of,
    leaves,
)
from eligibility.core.rule import Citation, RuleVersion


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


class Told(StrEnum):
    """What a version does otherwise, as people would say it: each thing once."""

    ADDED = "added"  # newly asked, alone or as a whole group
    REMOVED = "removed"
    WAY_ADDED = "way_added"  # one more alternative: enough by itself
    WAY_REMOVED = "way_removed"
    FIGURE = "figure"
    VALUES = "values"
    ASKS = "asks"
    NOW_ANY = "now_any"  # asked together before, one of them is enough now
    NOW_ALL = "now_all"
    NOW_ALONE = "now_alone"  # this branch registers the applicant alone now
    NOW_WITH_FAMILY = "now_with_family"
    MOVED = "moved"
    RENAMED = "renamed"  # only the record calls it otherwise
    PAPERS = "papers"
    CLAUSE = "clause"  # asked as before, by another clause
    NAME = "name"
    AREAS = "areas"
    REGISTERS = "registers"
    LAST_DAY = "last_day"
    CITATION = "citation"  # the rule as a whole rests on another clause


@dataclass(frozen=True)
class Saying:
    """One thing that is otherwise, with the nodes or values before and after."""

    kind: Told
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()


def tell(before: RuleVersion, after: RuleVersion) -> tuple[Saying, ...]:
    """Return what differs in the condition, each thing once, in the order of the new text."""
    found = list(changes(before, after))
    sayings: dict[int, list[Saying]] = {}  # by the place in the new text, what is gone at the end
    end = len(after.nodes)
    places: dict[int, int] = {}
    for place, node in enumerate(after.nodes):
        places.setdefault(id(node), place)

    def say(saying: Saying, place: int) -> None:
        sayings.setdefault(place, []).append(saying)

    def at(node: Any) -> int:
        return places.get(id(node), end)

    for gone, new in _renamed(before, after, found):
        found.remove(gone)
        found.remove(new)
        say(Saying(Told.RENAMED, (gone.before,), (new.after,)), at(new.after))
    added = {id(change.after) for change in found if change.kind is Change.ADDED}
    removed = {id(change.before) for change in found if change.kind is Change.REMOVED}
    for node, is_way in _whole(after.condition, added):
        say(Saying(Told.WAY_ADDED if is_way else Told.ADDED, (), (node,)), at(node))
    for node, is_way in _whole(before.condition, removed):
        say(Saying(Told.WAY_REMOVED if is_way else Told.REMOVED, (node,), ()), end)
    for change in found:
        if change.kind in (Change.FIGURE, Change.VALUES, Change.ASKS):
            kind = Told(change.kind.value)
            say(Saying(kind, (change.before,), (change.after,)), at(change.after))
    for saying in _moves(before, after, removed, added):
        say(saying, at(saying.after[0]))
    for saying in _papers(before, after):
        say(saying, at(saying.after[0]))
    for saying in _clauses(before, after):
        say(saying, at(saying.after[0]))
    return tuple(saying for place in sorted(sayings) for saying in sayings[place])


def tell_head(before: RuleVersion, after: RuleVersion) -> tuple[Saying, ...]:
    """Return what differs beside the condition."""
    found = [
        Saying(Told.NAME, (before.name,), (after.name,)),
        Saying(Told.AREAS, before.areas, after.areas),
        Saying(Told.REGISTERS, (before.registers,), (after.registers,)),
        Saying(Told.LAST_DAY, (before.effective_to,), (after.effective_to,)),
    ]
    cited = (before.citation, after.citation)
    if _place_of(cited[0]) != _place_of(cited[1]):
        found.append(Saying(Told.CITATION, (cited[0],), (cited[1],)))
    return tuple(saying for saying in found if saying.before != saying.after)


def _place_of(citation: Citation) -> tuple[str, str]:
    return citation.slug, citation.article


def _question(leaf: Leaf) -> Any:
    if isinstance(leaf, Compare):
        return leaf.fact, leaf.operator, leaf.value
    return leaf.asks


def _renamed(
    before: RuleVersion, after: RuleVersion, found: list[LeafChange]
) -> list[tuple[LeafChange, LeafChange]]:
    """Return pairs of a leaf that is gone and one that asks the same there under another id."""
    groups = {
        id(leaf): above for rule in (before, after) for _, above, leaf in _placed(rule.condition)
    }
    left = [change for change in found if change.kind is Change.ADDED]
    pairs = []
    for gone in [change for change in found if change.kind is Change.REMOVED]:
        for new in left:
            if (
                gone.before
                and new.after
                and groups[id(gone.before)] == groups[id(new.after)]
                and _question(gone.before) == _question(new.after)
            ):
                left.remove(new)
                pairs.append((gone, new))
                break
    return pairs


def _whole(root: Condition, chosen: set[int]) -> Iterator[tuple[Condition, bool]]:
    """Yield the largest parts all of whose leaves are chosen, and whether each is an alternative.

    A part is an alternative where its neighbours in an `any` stay.
    """

    def every(node: Condition) -> bool:
        if isinstance(node, Compare | OfficerJudgement):
            return id(node) in chosen
        return all(every(child) for child in children_of(node))

    def within(node: Condition, is_way: bool) -> Iterator[tuple[Condition, bool]]:
        if every(node):
            yield node, is_way
            return
        for child in children_of(node):
            yield from within(child, isinstance(node, AnyOf))

    yield from within(root, False)


Placed = tuple[tuple[str, ...], Leaf]


def _moves(
    before: RuleVersion, after: RuleVersion, removed: set[int], added: set[int]
) -> Iterator[Saying]:
    """Yield leaves that are combined otherwise, once what came and went is left out of account."""
    old: dict[str, list[Placed]] = {}
    for name, groups, leaf in _placed_without(before.condition, removed):
        old.setdefault(name, []).append((groups, leaf))
    moved: dict[Told, list[tuple[Leaf, Leaf]]] = {}
    for name, groups, leaf in _placed_without(after.condition, added):
        if old.get(name):
            was_in, was = old[name].pop(0)
            if was_in != groups:
                moved.setdefault(_move(was_in, groups), []).append((was, leaf))
    for kind, pairs in moved.items():
        yield Saying(kind, tuple(was for was, _ in pairs), tuple(leaf for _, leaf in pairs))


def _move(was_in: tuple[str, ...], groups: tuple[str, ...]) -> Told:
    bare = [tuple(group.removesuffix(" alone") for group in each) for each in (was_in, groups)]
    if bare[0] == bare[1]:
        alone = sum(group.endswith(" alone") for group in groups)
        grew = alone > sum(group.endswith(" alone") for group in was_in)
        return Told.NOW_ALONE if grew else Told.NOW_WITH_FAMILY
    if (bare[0][-1:], bare[1][-1:]) == (("all",), ("any",)) and bare[0][:-1] == bare[1][:-1]:
        return Told.NOW_ANY
    if (bare[0][-1:], bare[1][-1:]) == (("any",), ("all",)) and bare[0][:-1] == bare[1][:-1]:
        return Told.NOW_ALL
    return Told.MOVED


def _placed_without(root: Condition, gone: set[int]) -> Iterator[tuple[str, tuple[str, ...], Leaf]]:
    """Yield the leaves that stay, each with the groups above it that hold more than one of them."""
    if isinstance(root, Compare | OfficerJudgement):
        if id(root) not in gone:
            yield root.id, (), root
        return
    below = [list(_placed_without(child, gone)) for child in children_of(root)]
    filled = [part for part in below if part]
    kind = {All: "all", AnyOf: "any", Not: "not"}[type(root)]
    if isinstance(root, All | AnyOf) and root.self_only:
        kind += " alone"
    for part in filled:
        for name, groups, leaf in part:
            if kind in ("all", "any") and (len(filled) == 1 or groups[:1] == (kind,)):
                yield name, groups, leaf
            else:
                yield name, (kind, *groups), leaf


def _kept_pairs(before: RuleVersion, after: RuleVersion) -> Iterator[tuple[Leaf, Leaf]]:
    """Yield each leaf of the new text that the old one has under the same id."""
    old: dict[str, list[Leaf]] = {}
    for leaf in leaves(before.condition):
        old.setdefault(leaf.id, []).append(leaf)
    for leaf in leaves(after.condition):
        if old.get(leaf.id):
            yield old[leaf.id].pop(0), leaf


def _papers(before: RuleVersion, after: RuleVersion) -> Iterator[Saying]:
    for was, leaf in _kept_pairs(before, after):
        if set(was.papers) != set(leaf.papers):
            yield Saying(Told.PAPERS, (was,), (leaf,))


def _clauses(before: RuleVersion, after: RuleVersion) -> Iterator[Saying]:
    """Yield leaves asked as before by another clause, a saying a clause.

    Where the rule as a whole has come to rest on another document, that says it for every leaf
    that goes along.
    """
    found: dict[tuple[str, str], list[tuple[Leaf, Leaf]]] = {}
    old_home, new_home = before.citation.slug, after.citation.slug
    for was, leaf in _kept_pairs(before, after):
        old, new = before.citations[was.clause], after.citations[leaf.clause]
        along = old_home != new_home and (old.slug, new.slug) == (old_home, new_home)
        along = along or _place_of(new) == _place_of(after.citation)
        if _question(was) == _question(leaf) and _place_of(old) != _place_of(new) and not along:
            found.setdefault(_place_of(new), []).append((was, leaf))
    for pairs in found.values():
        yield Saying(Told.CLAUSE, tuple(was for was, _ in pairs), tuple(leaf for _, leaf in pairs))
