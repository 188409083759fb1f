"""The earliest date: the first later day on which a route is met if only time passes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from eligibility.core.condition import Compare, leaves
from eligibility.core.evaluate import Assessment, Route, future_lines, judge_rule
from eligibility.core.facts import COMPARABLE, Growth
from eligibility.core.periods import add_years
from eligibility.core.rule import InForce, RuleVersion, per_rule
from eligibility.core.stated import Facts, day_reached
from eligibility.core.verdict import Verdict

HORIZON_YEARS = 60  # docs/policy/rules.md, 6
_MET = int(Verdict.MET)


@per_rule
def growing_leaves(rule: RuleVersion) -> tuple[tuple[str, int], ...]:
    """Return each fact that grows, with the amount at which a leaf over it flips."""
    found: dict[tuple[str, int], None] = {}
    for leaf in leaves(rule.condition):
        if isinstance(leaf, Compare) and COMPARABLE[leaf.fact].growth is not Growth.NEVER:
            flips = {"above": 1, "at_most": 1}.get(leaf.operator, 0)
            found[leaf.fact, leaf.value + flips] = None
            if leaf.operator == "is":
                found[leaf.fact, leaf.value + 1] = None
    return tuple(found)


def candidate_days(facts: Facts, lines: list[tuple[InForce, ...]]) -> list[date]:
    """Return the later days on which an answer can change, in order, up to the horizon.

    An answer changes only where a version begins or a known leaf flips.
    """
    as_of, days = facts.as_of, set()
    for line in lines:
        for period in line:
            days.add(period.first)
            for fact, amount in growing_leaves(period.rule):
                day = day_reached(fact, amount, facts)
                if day is not None:
                    days.add(day)
    later = [day for day in days if day > as_of]
    if not later:  # most routes are decided by what does not grow
        return later
    last = add_years(as_of, HORIZON_YEARS) or date.max
    return sorted(day for day in later if day <= last)


class Days:
    """The facts on later days, each grown once for all routes."""

    def __init__(self, facts: Facts):
        """Start with nothing grown."""
        self._facts = facts
        self._grown: dict[date, Mapping[str, Any]] = {}

    def __call__(self, day: date) -> Mapping[str, Any]:
        """Return the values on ``day``."""
        known = self._grown.get(day)
        if known is None:
            known = self._grown[day] = self._facts.values_on(day)
        return known


def marks_on(
    lines: list[tuple[InForce, ...]], day: date, values: Mapping[str, Any], unknown: int
) -> Iterator[tuple[RuleVersion | None, int]]:
    """Yield, for each possible area class, the version of ``day`` and the mark of its condition."""
    for line in lines:
        rule = next((period.rule for period in line if period.covers(day)), None)
        yield rule, 0 if rule is None else judge_rule(rule, values, unknown=unknown)[0]


def earliest_date(
    assessment: Assessment, route: Route, on: Callable[[date], Mapping[str, Any]]
) -> date | None:
    """Return the first later day on which ``route`` is met, by the version of that day.

    Exact: not met the day before, met on the day. None while the place is open, because then
    nothing says that the route applies at all. Source: docs/policy/rules.md, 6, "Date".
    """
    if route.area != _MET or route.verdict is Verdict.MET:
        return None
    facts = assessment.facts
    lines = future_lines(assessment.ruleset, route.rule.code, facts)
    for day in candidate_days(facts, lines):
        marks = marks_on(lines, day, on(day), int(Verdict.UNKNOWN))
        if all(mark == _MET for _, mark in marks):
            return day
    return None


def earliest_dates(
    assessment: Assessment, on: Callable[[date], Mapping[str, Any]]
) -> tuple[date | None, ...]:
    """Return the earliest date of each listed route."""
    return tuple(earliest_date(assessment, route, on) for route in assessment.routes)
