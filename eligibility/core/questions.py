"""Which unknown facts can still change the answer, the best question first.

Every node is bounded from below and above (all unknown leaves against, all for); what is settled
either way is skipped, and so is a way that another way includes: where the second fails, the
first fails too. The set never misses a fact that can change the overall verdict or bring the
earliest date forward; in rare cases it holds one that, together with the others, cannot.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eligibility.core.compiled import Marks
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Not,
    OfficerJudgement,
    satisfying,
    walk,
)
from eligibility.core.evaluate import (
    Assessment,
    Outline,
    future_lines,
    judge_rule,
    outline,
)
from eligibility.core.facts import COMPARABLE, Kind, asked_as
from eligibility.core.forecast import candidate_days
from eligibility.core.rule import RuleVersion
from eligibility.core.verdict import Verdict

NOT_MET, UNKNOWN, OFFICER, MET = (int(v) for v in Verdict)
TARGET, IN_TOWN = "target_township", "target_in_town_area"


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """One way to be registered: a route, or a branch of a route that branches at its top."""

    root: Outline
    low: Marks
    high: Marks
    place_open: bool
    areas: frozenset[str]

    @property
    def reach(self) -> int:
        return self.high[self.root.place]

    @property
    def floor(self) -> int:
        return NOT_MET if self.place_open else self.low[self.root.place]


def _ways(root: Outline, low: Marks, high: Marks, place_open: bool, areas: Any) -> Iterator[_Way]:
    tops = root.parts if isinstance(root.node, AnyOf) else (root,)
    for top in tops:
        yield _Way(top, low, high, place_open, frozenset(areas))


def _open_facts(node: Outline, low: Marks, high: Marks) -> Iterator[str]:
    """Yield the facts of the unknown leaves that can still move ``node``."""
    least, most = low[node.place], high[node.place]
    if least == most:
        return
    if isinstance(node.node, Compare):
        yield asked_as(node.node.fact)
    elif isinstance(node.node, All):
        for part in node.parts:
            if low[part.place] < most:
                yield from _open_facts(part, low, high)
    elif isinstance(node.node, AnyOf):
        for part in node.parts:
            if high[part.place] > least:
                yield from _open_facts(part, low, high)
    else:
        yield from _open_facts(node.parts[0], low, high)


def _leaf_implies(one: Compare, other: Compare) -> bool:
    """Whether a value that meets ``one`` always meets ``other``."""
    if one.fact != other.fact:
        return False
    if (one.operator, one.value) == (other.operator, other.value):
        return True
    fact = COMPARABLE[one.fact]
    if fact.kind is Kind.CHOICE:
        return satisfying(one, fact) <= satisfying(other, fact)
    if fact.kind is Kind.BOOL or one.operator != other.operator:
        return False
    if one.operator in ("at_least", "above"):
        return bool(one.value >= other.value)
    return one.operator != "is" and bool(one.value <= other.value)


def _implies(one: Outline, marks: _Way, other: Outline, others: _Way) -> bool:
    """Whether ``other`` is at least as good as ``one``, whatever the missing facts turn out to be.

    Sound, not complete: a False only costs a question too many.
    """
    most = marks.high[one.place]
    if others.low[other.place] >= most:
        return True
    if isinstance(other.node, All):
        return all(_implies(one, marks, part, others) for part in other.parts)
    if isinstance(one.node, AnyOf):
        return all(_implies(part, marks, other, others) for part in one.parts)
    if isinstance(other.node, AnyOf) and any(
        _implies(one, marks, part, others) for part in other.parts
    ):
        return True
    if isinstance(one.node, All):
        return any(_implies(part, marks, other, others) for part in one.parts)
    if isinstance(one.node, Compare) and isinstance(other.node, Compare):
        return _leaf_implies(one.node, other.node)
    if isinstance(one.node, Not) and isinstance(other.node, Not):
        return _leaf_implies(other.node.child, one.node.child)
    return isinstance(other.node, OfficerJudgement) and most <= OFFICER


def _needed(ways: list[_Way]) -> list[_Way]:
    """Leave out a way that another one includes."""
    kept: list[_Way] = []
    for number, way in enumerate(ways):
        included = any(
            way.areas <= other.areas
            and _implies(way.root, way, other.root, other)
            and (
                rank < number
                or not (other.areas <= way.areas and _implies(other.root, other, way.root, way))
            )
            for rank, other in enumerate(ways)
            if rank != number
        )
        if not included:
            kept.append(way)
    return kept


def next_facts(
    assessment: Assessment,
    earliest: date | None,
    on: Callable[[date], Mapping[str, Any]],
) -> tuple[str, ...]:
    """Return the facts that can still change the answer, the one that settles most first.

    ``earliest`` is the overall earliest date when the verdict is `not_yet`. Empty: settled.
    """
    best = assessment.best
    if best == MET:
        return ()
    if best == NOT_MET:
        if assessment.is_rural:
            return ()
        return _ranked(_sooner(assessment, earliest, on), ask_target=_target(assessment))
    look, panel = assessment.facts.values.get, assessment.panel
    lows, highs = panel.judge(look, NOT_MET), panel.judge(look, MET)
    ways: list[_Way] = []
    for entry, area, low, high in zip(panel.listed, panel.areas, lows, highs, strict=True):
        ways += _ways(outline(entry.rule), low, high, area != MET, entry.areas)
    # What is open and could still do better than the best that is certain by now.
    wanted = [way for way in ways if way.floor < way.reach and way.reach > max(best, UNKNOWN)]
    groups = [
        tuple(dict.fromkeys(_open_facts(way.root, way.low, way.high))) for way in _needed(wanted)
    ]
    return _ranked(groups, ask_target=_target(assessment) if wanted else "")


def _target(assessment: Assessment) -> str:
    """Return the question about the place that is still open, if any."""
    if len(assessment.facts.area_classes) == 1:
        return ""
    return IN_TOWN if assessment.facts.given.get(TARGET) else TARGET


def _sooner(
    assessment: Assessment,
    earliest: date | None,
    on: Callable[[date], Mapping[str, Any]],
) -> list[tuple[str, ...]]:
    """Return the missing facts that could still give a date, or one before ``earliest``."""
    groups = []
    facts = assessment.facts
    for code in dict.fromkeys(rule.code for rule in assessment.panel.rules):
        lines = future_lines(assessment.ruleset, code, facts)
        for day in candidate_days(facts, lines):
            if earliest is not None and day >= earliest:
                break
            values = on(day)
            for line in lines:
                rule = next((p.rule for p in line if p.covers(day)), None)
                if rule is None:
                    continue
                low = judge_rule(rule, values, unknown=NOT_MET)
                high = judge_rule(rule, values, unknown=MET)
                if high[0] == MET:
                    groups.append(tuple(dict.fromkeys(_open_facts(outline(rule), low, high))))
    return groups


def _ranked(groups: list[tuple[str, ...]], *, ask_target: str) -> tuple[str, ...]:
    """Order the facts: the place first, then what the shortest ways need and most ways share."""
    weight: dict[str, float] = {}
    for group in groups:
        for fact in group:
            weight[fact] = weight.get(fact, 0.0) + 2.0 ** -len(group)
    ranked = sorted(weight, key=lambda fact: (-weight[fact], _POSITION[fact]))
    return (ask_target, *ranked) if ask_target else tuple(ranked)


_POSITION = {asked_as(name): number for number, name in enumerate(COMPARABLE)}


def facts_of(rules: tuple[RuleVersion, ...]) -> frozenset[str]:
    """Return the facts that the conditions of ``rules`` ask for, the place not among them."""
    return frozenset(
        asked_as(node.fact)
        for rule in rules
        for node in walk(rule.condition)
        if isinstance(node, Compare)
    )
