"""Which unknown facts can still change the answer, the best question first.

Every node is bounded from below and above (all unknown leaves against, all for); what is settled
either way is skipped, and so is a way that another way includes: where the second fails, the
first fails too. The set never misses a fact that can change the overall verdict or bring the
earliest date forward; in rare cases it holds one that, together with the others, cannot.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from eligibility.core.compiled import Marks
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Not,
    OfficerJudgement,
    satisfying,
)
from eligibility.core.evaluate import (
    Assessment,
    Outline,
    Panel,
    future_lines,
    judge_rule,
    outline,
)
from eligibility.core.facts import COMPARABLE, Kind, asked_as
from eligibility.core.forecast import candidate_days
from eligibility.core.rule import RuleVersion, per_rule
from eligibility.core.verdict import Verdict

NOT_MET, UNKNOWN, OFFICER, MET = (int(v) for v in Verdict)
TARGET, IN_TOWN = "target_township", "target_in_town_area"
OFFICER_WEIGHT = 0.25  # a way that only an officer can open is asked about after the others


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """One way to be registered: a route, or a branch of a route that branches at its top."""

    root: Outline
    rule: RuleVersion
    low: Marks
    high: Marks
    place_open: bool = False
    areas: frozenset[str] = frozenset()

    @property
    def reach(self) -> int:
        return self.high[self.root.place]

    @property
    def floor(self) -> int:
        return NOT_MET if self.place_open else self.low[self.root.place]

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the missing facts that can still move it, in the order of the text."""
        return tuple(dict.fromkeys(_open_facts(self.root, self.low, self.high)))

    @property
    def shares(self) -> Iterator[tuple[str, float]]:
        """Yield each missing fact with its share in how likely the way succeeds."""
        leaf, whole = _leaf_chances(self.rule), 1.0 if self.reach == MET else OFFICER_WEIGHT
        return _shares(self.root, self.low, self.high, self.reach, leaf, whole)


def _ways(
    rule: RuleVersion, low: Marks, high: Marks, place_open: bool, areas: Any
) -> Iterator[_Way]:
    root = outline(rule)
    tops = root.parts if isinstance(root.node, AnyOf) else (root,)
    for top in tops:
        yield _Way(top, rule, low, high, place_open, frozenset(areas))


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


@per_rule
def _leaf_chances(rule: RuleVersion) -> tuple[float, ...]:
    """Return for each node, if it is a comparison, the share of the answers that meet it."""
    return tuple(_share(n) if isinstance(n, Compare) else 0.0 for n in rule.nodes)


def _share(leaf: Compare) -> float:
    """Return how likely a leaf is met, nothing known: its share of the choices, at most half."""
    fact = COMPARABLE[leaf.fact]
    if fact.kind is not Kind.CHOICE:
        return 0.5
    return min(0.5, len(satisfying(leaf, fact)) / len(fact.values))


def _chance(node: Outline, low: Marks, high: Marks, most: int, leaf: tuple[float, ...]) -> float:
    """Return how likely ``node`` comes to ``most``, each leaf taken for itself."""
    if low[node.place] >= most:
        return 1.0
    if high[node.place] < most:
        return 0.0
    if isinstance(node.node, Compare):
        return leaf[node.place]
    if isinstance(node.node, Not):
        return 1.0 - leaf[node.parts[0].place]
    parts = [_chance(part, low, high, most, leaf) for part in node.parts]
    if isinstance(node.node, All):
        return math.prod(parts)
    return 1.0 - math.prod([1.0 - part for part in parts])


def _shares(
    node: Outline, low: Marks, high: Marks, most: int, leaf: tuple[float, ...], rest: float
) -> Iterator[tuple[str, float]]:
    """Yield for each open leaf its fact and how likely ``node`` comes to ``most`` by its help.

    ``rest`` is how likely everything above waits for ``node`` alone. A fact that all depends on
    weighs more than one of several that will do.
    """
    if low[node.place] >= most or high[node.place] < most:
        return
    if not node.parts or isinstance(node.node, Not):
        leaf_node = node.parts[0].node if node.parts else node.node
        if isinstance(leaf_node, Compare):
            yield asked_as(leaf_node.fact), rest * _chance(node, low, high, most, leaf)
        return
    chances = [_chance(part, low, high, most, leaf) for part in node.parts]
    if isinstance(node.node, AnyOf):
        chances = [1.0 - chance for chance in chances]
    for number, part in enumerate(node.parts):
        others = math.prod(chances[:number] + chances[number + 1 :])
        yield from _shares(part, low, high, most, leaf, rest * others)


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
    lows, highs = panel.judge(look, NOT_MET)[1], panel.judge(look, MET)[1]
    return _open_ways(panel, lows, highs, best, _target(assessment))


@lru_cache(maxsize=2_000)
def _open_ways(
    panel: Panel, lows: tuple[Marks, ...], highs: tuple[Marks, ...], best: int, target: str
) -> tuple[str, ...]:
    """Return the facts to ask while nothing is met; marks are all that it depends on."""
    ways: list[_Way] = []
    for entry, area, low, high in zip(panel.listed, panel.areas, lows, highs, strict=True):
        ways += _ways(entry.rule, low, high, area != MET, entry.areas)
    # What is open and could still do better than the best that is certain by now.
    wanted = [way for way in ways if way.floor < way.reach and way.reach > max(best, UNKNOWN)]
    return _ranked(_needed(wanted), ask_target=target if wanted else "")


def _target(assessment: Assessment) -> str:
    """Return the question about the place that is still open, if any."""
    if len(assessment.facts.area_classes) == 1:
        return ""
    return IN_TOWN if assessment.facts.given.get(TARGET) else TARGET


def _sooner(
    assessment: Assessment,
    earliest: date | None,
    on: Callable[[date], Mapping[str, Any]],
) -> list[_Way]:
    """Return the ways in which missing facts could give a date, or one before ``earliest``."""
    ways = []
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
                    ways.append(_Way(outline(rule), rule, low, high))
    return ways


def _ranked(ways: list[_Way], *, ask_target: str) -> tuple[str, ...]:
    """Order the facts: the place first, then those that most likely lead somewhere.

    A fact counts for each way by how likely the way succeeds with its help, so what every way
    asks comes early, and of several facts that will do each comes later than one that must be.
    """
    weight: dict[str, float] = {}
    for way in ways:
        for fact in way.facts:
            weight.setdefault(fact, 0.0)
        for fact, share in way.shares:
            weight[fact] += share
    ranked = sorted(weight, key=lambda fact: (-weight[fact], _POSITION[fact]))
    return (ask_target, *ranked) if ask_target else tuple(ranked)


_POSITION = {asked_as(name): number for number, name in enumerate(COMPARABLE)}


def facts_of(rules: tuple[RuleVersion, ...]) -> frozenset[str]:
    """Return the facts that the conditions of ``rules`` ask for, the place not among them."""
    return frozenset[str]().union(*map(_facts, rules))


@per_rule
def _facts(rule: RuleVersion) -> frozenset[str]:
    return frozenset(asked_as(node.fact) for node in rule.nodes if isinstance(node, Compare))
