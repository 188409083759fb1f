"""People at the boundary of every leaf: one whom it lets through, one whom it alone keeps out.

A pair differs in one fact only, on both sides of the figure where there is one, so that a reader
sees what the leaf does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from eligibility.core import periods
from eligibility.core.cases import Cases, all_cases, fact_of
from eligibility.core.columns import MET_BITS, Array, BlockJudge, Columns
from eligibility.core.condition import Compare, Condition, Not, leaves, satisfying
from eligibility.core.facts import Fact, Growth, Kind, asked_as
from eligibility.core.rule import RuleVersion
from eligibility.core.verdict import Verdict

_SIGNS = {
    "at_least": lambda value, bound: value >= bound,
    "at_most": lambda value, bound: value <= bound,
    "above": lambda value, bound: value > bound,
    "below": lambda value, bound: value < bound,
    "is": lambda value, bound: value == bound,
}


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """One person: what the leaf says of them, and what the whole condition says."""

    leaf: Compare
    met: bool
    verdict: Verdict
    values: Mapping[str, Any]  # of comparable facts, the derived ones among them


class _Forced(BlockJudge):
    """Judges with every leaf of one id taken as certainly met or certainly not met."""

    def __init__(self, people: Columns, leaf_id: str, *, met: bool):
        super().__init__(people)
        self._leaf_id, self._met = leaf_id, met

    def node(self, node: Condition) -> Array:
        """Return the bits of a node; those given for the leaf that is forced."""
        met = self._met
        if isinstance(node, Not) and node.child.id == self._leaf_id:
            met = not met
        elif getattr(node, "id", None) != self._leaf_id:
            return super().node(node)
        return np.full(self.people.length, MET_BITS if met else 0, np.uint8)


def boundaries(rule: RuleVersion) -> tuple[Boundary, ...]:
    """Return a pair of people a computed leaf, in the order of the text; raises TooManyCases.

    Where the other value of the fact changes further leaves, as with male and female, there may be
    one person only. A leaf that decides for nobody is shown all the same; the static checks say so.
    """
    cases = all_cases([rule.condition])
    found: dict[str, Compare] = {}
    for leaf in leaves(rule.condition):
        if isinstance(leaf, Compare):
            found.setdefault(leaf.id, leaf)
    whole = BlockJudge(cases.people).node(rule.condition)
    costs = _costs(cases)
    return tuple(
        person for leaf in found.values() for person in _pair(rule, leaf, cases, whole, costs)
    )


def meets(leaf: Compare, value: Any) -> bool:
    """Whether a known value meets a leaf."""
    fact = fact_of(leaf.fact)
    if fact.kind is Kind.CHOICE:
        return value in satisfying(leaf, fact)
    return bool(_SIGNS[leaf.operator](value, leaf.value))


def _costs(cases: Cases) -> Array:
    """Return how remarkable each person is: how many facts are not simply no, none or least."""
    rows = np.arange(cases.people.length)
    costs = np.zeros(cases.people.length, np.int16)
    for stride, options in _strides(cases).values():
        weights = [_remarkable(value, options) for value in options]
        costs += np.array(weights, np.int16)[rows // stride % len(options)]
    return costs


def _remarkable(value: Any, options: tuple[Any, ...]) -> bool:
    if isinstance(value, bool | str):
        return value not in (False, "none")
    return bool(value != min(options))


def _strides(cases: Cases) -> dict[str, tuple[int, tuple[Any, ...]]]:
    """Return for each fact how far apart two people are who differ in it by one value."""
    stride, found = 1, {}
    for name in reversed(tuple(cases.values)):
        found[name] = (stride, cases.values[name])
        stride *= len(cases.values[name])
    return found


def _pair(
    rule: RuleVersion, leaf: Compare, cases: Cases, whole: Array, costs: Array
) -> Iterator[Boundary]:
    stride, options = _strides(cases)[leaf.fact]
    lets = _Forced(cases.people, leaf.id, met=True).node(rule.condition)
    stops = _Forced(cases.people, leaf.id, met=False).node(rule.condition)
    place = np.arange(cases.people.length) // stride % len(options)
    best: tuple[int, int, int] | None = None
    for yes, no in _flips(leaf, options):
        rows = np.flatnonzero((place == yes) & (lets != stops))
        others = rows + (no - yes) * stride
        alone = (whole[rows] != whole[others]) & (lets[others] != stops[others])
        rows, others = rows[alone], others[alone]
        if len(rows):
            alike = MET_BITS - np.abs(whole[rows].astype(np.int32) - whole[others])
            rank = alike * 1000 + costs[rows]
            first = int(np.argmin(rank))
            entry = (int(rank[first]), int(rows[first]), int(others[first]))
            best = entry if best is None else min(best, entry)
    rows_by_side = (
        {True: best[1], False: best[2]}
        if best
        else _apart(leaf, options, place, lets != stops, costs)
    )
    for met, row in rows_by_side.items():
        values = cases.person(row)
        values[leaf.fact] = _nearest(rule, leaf, values[leaf.fact])
        yield Boundary(
            leaf=leaf,
            met=met,
            verdict=Verdict(int(whole[row]).bit_count()),
            values=values,
        )


def _apart(
    leaf: Compare, options: tuple[Any, ...], place: Array, alone: Array, costs: Array
) -> dict[bool, int]:
    """Return people on both sides of a leaf who differ in more, if possible such as it decides."""
    met = np.array([meets(leaf, value) for value in options])[place]
    found = {}
    for side in (True, False):
        rows = np.flatnonzero(alone & (met == side))
        rows = rows if len(rows) else np.flatnonzero(met == side)
        if len(rows):
            found[side] = int(rows[np.argmin(costs[rows])])
    return found


def _flips(leaf: Compare, options: tuple[Any, ...]) -> Iterator[tuple[int, int]]:
    """Yield places of a value that meets the leaf and one that does not; neighbours if ordered."""
    met = [meets(leaf, value) for value in options]
    kind = fact_of(leaf.fact).kind
    for i, yes in enumerate(met):
        for j, no in enumerate(met):
            if yes and not no and (kind not in (Kind.INT, Kind.DECIMAL) or abs(i - j) == 1):
                yield i, j


def _nearest(rule: RuleVersion, leaf: Compare, value: Any) -> Any:
    """Return, of an ordered choice, the level next to the one that the leaf names.

    It is of the same class as ``value``: no leaf of the rule tells the two apart.
    """
    fact = fact_of(leaf.fact)
    if not fact.levels or not isinstance(leaf.value, str):
        return value
    others = [n for n in leaves(rule.condition) if isinstance(n, Compare) and n.fact == leaf.fact]
    alike = [
        other for other in fact.values if all(meets(n, other) == meets(n, value) for n in others)
    ]
    bound = fact.level_of[leaf.value]
    return min(alike, key=lambda other: abs(fact.level_of[other] - bound))


def as_stated(rule: RuleVersion, values: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Return values as somebody would state them on a day: derived ones as dates, all as JSON."""
    stated: dict[str, Any] = {}
    for name, value in values.items():
        fact = fact_of(name)
        if fact.growth in (Growth.AGE, Growth.BEGUN_YEARS):
            edge = _at_an_edge(rule, fact, value)
            stated[asked_as(name)] = _day_for(fact.growth, value, as_of, edge).isoformat()
        else:
            stated[name] = f"{value:f}" if isinstance(value, Decimal) else value
    return stated


def _at_an_edge(rule: RuleVersion, fact: Fact, value: int) -> bool:
    """Whether a leaf turns on the next birthday, or has turned the day after an anniversary."""
    beside = value + 1 if fact.growth is Growth.AGE else value - 1
    return any(
        isinstance(leaf, Compare)
        and leaf.fact == fact.name
        and meets(leaf, value) != meets(leaf, beside)
        for leaf in leaves(rule.condition)
    )


@lru_cache(maxsize=1024)
def _day_for(growth: Growth, years: int, as_of: date, edge: bool) -> date:
    """Return the day from which ``years`` are counted; at an edge the one nearest to it."""
    counted = periods.age_on if growth is Growth.AGE else periods.years_begun
    days = [
        day
        for whole in (years - 1, years, years + 1)
        for off in range(-3, 4)
        if (day := _years_before(as_of, whole) + timedelta(days=off)) <= as_of
        and counted(day, as_of) == years
    ]
    if growth is Growth.AGE:
        return min(days) if edge else max(days)
    return max(days) if edge else min(days)


def _years_before(day: date, years: int) -> date:
    if day.month == 2 and day.day == 29:
        day = day - timedelta(days=1)
    return day.replace(year=day.year - years)
