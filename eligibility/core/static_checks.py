"""What is wrong with a condition before anybody is judged by it, each with place and remedy.

The checks try every kind of person that the condition can tell apart, so that what they say
about it is proved and not guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from eligibility.core.cases import Cases, TooManyCases, all_cases
from eligibility.core.columns import MET_BITS, OFFICER_BITS, Array, BlockJudge, Columns
from eligibility.core.condition import (
    AnyOf,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    children_of,
    leaves,
    walk,
)
from eligibility.core.rule import RuleVersion


class Fault(StrEnum):
    """What can be wrong with a condition that can be read."""

    CONTRADICTION = "contradiction"  # nobody can meet it
    UNREACHABLE = "unreachable_branch"  # nobody is registered by this branch alone
    NEVER_MATTERS = "leaf_never_matters"  # the answer is the same whatever it says
    ADDS_NOTHING = "leaf_adds_nothing"  # the answer is the same if it is left out
    ASKS_NOTHING = "asks_nothing"  # everybody meets it
    TOO_ENTANGLED = "too_many_cases"
    NARROWER = "narrower_than_superior_law"


@dataclass(frozen=True)
class Finding:
    """One fault: where it is, and a person who shows it where there is one."""

    fault: Fault
    at: str
    person: Mapping[str, Any] = field(default_factory=dict)


class _Forced(BlockJudge):
    """Judges with one node taken as certainly met or certainly not met."""

    def __init__(self, people: Columns, place: Condition, bits: int):
        super().__init__(people)
        self._spot, self._forced = place, bits

    def node(self, node: Condition) -> Array:
        """Return the bits of a node; those given for the one that is forced."""
        if isinstance(node, Not) and node.child is self._spot:  # swaps yes and no
            return np.full(self.people.length, MET_BITS - self._forced, np.uint8)
        if node is self._spot:
            return np.full(self.people.length, self._forced, np.uint8)
        return super().node(node)


def findings(rule: RuleVersion) -> tuple[Finding, ...]:
    """Return every fault of a version's condition, in the order of the text."""
    try:
        cases = all_cases([rule.condition])
    except TooManyCases:
        return (Finding(Fault.TOO_ENTANGLED, "condition"),)
    return tuple(_faults(rule.condition, cases))


def _faults(root: Condition, cases: Cases) -> Iterator[Finding]:
    judge = BlockJudge(cases.people)
    whole = judge.node(root)
    if not (whole >= OFFICER_BITS).any():
        yield Finding(Fault.CONTRADICTION, _smallest_contradiction(root, judge))
        return
    if (whole == MET_BITS).all():
        yield Finding(Fault.ASKS_NOTHING, "condition")
        return
    idle: set[int] = set()
    for at, node in paths(root):
        if isinstance(node, AnyOf):
            for number, branch in enumerate(children_of(node)):
                without = _Forced(cases.people, branch, 0).node(root)
                if (without == whole).all():
                    yield Finding(Fault.UNREACHABLE, f"{at}.any[{number}]")
                    idle.update(id(part) for part in walk(branch))
    for at, node in paths(root):
        if isinstance(node, Compare) and id(node) not in idle:
            yes = _Forced(cases.people, node, MET_BITS).node(root)
            no = _Forced(cases.people, node, 0).node(root)
            if (yes == whole).all() and (no == whole).all():
                yield Finding(Fault.NEVER_MATTERS, at)
            elif ((no if _is_alternative(at) else yes) == whole).all():
                yield Finding(Fault.ADDS_NOTHING, at)


def _is_alternative(at: str) -> bool:
    """Whether leaving a leaf out is the same as taking it as not met."""
    opposite = at.endswith(".not")
    return at.removesuffix(".not").rpartition(".")[2].startswith("any[") != opposite


def _smallest_contradiction(root: Condition, judge: BlockJudge) -> str:
    """Return the path of the deepest node that nobody can meet."""
    found = "condition"
    for at, node in paths(root):
        if at.startswith(found) and not (judge.node(node) >= OFFICER_BITS).any():
            found = at
    return found


def paths(root: Condition, at: str = "condition") -> Iterator[tuple[str, Condition]]:
    """Yield each node with its path, as the reader of rule files names it."""
    yield at, root
    parts = children_of(root)
    if not parts:
        return
    if isinstance(root, Compare | OfficerJudgement):
        return
    kind = {"All": "all", "AnyOf": "any", "Not": "not"}[type(root).__name__]
    for number, part in enumerate(parts):
        place = f"{at}.not" if kind == "not" else f"{at}.{kind}[{number}]"
        yield from paths(part, place)


def narrower(draft: RuleVersion, superior: RuleVersion) -> Iterator[Finding]:
    """Yield a person whom a higher law registers and the draft would not."""
    try:
        cases = all_cases([superior.condition, draft.condition])
    except TooManyCases:
        yield Finding(Fault.TOO_ENTANGLED, "condition")
        return
    given = BlockJudge(cases.people).node(superior.condition) == MET_BITS
    kept = BlockJudge(cases.people).node(draft.condition) == MET_BITS
    lost = np.flatnonzero(given & ~kept)
    if len(lost):
        yield Finding(Fault.NARROWER, "condition", cases.person(int(lost[0])))


def judged_leaves(rule: RuleVersion) -> tuple[str, ...]:
    """Return the ids of the leaves that examples must show both met and not met."""
    return tuple(
        dict.fromkeys(leaf.id for leaf in leaves(rule.condition) if isinstance(leaf, Compare))
    )
