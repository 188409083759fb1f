"""Everything that one check answers, read off one assessment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eligibility.core.evaluate import (
    ENGINE_VERSION,
    Assessment,
    Route,
    evaluate,
    overall,
)
from eligibility.core.forecast import Days, earliest_dates
from eligibility.core.household import Member, members, self_only
from eligibility.core.kept import kept
from eligibility.core.notices import Notice, notices
from eligibility.core.questions import next_facts
from eligibility.core.rule import Ruleset, canonical
from eligibility.core.stated import Facts
from eligibility.core.verdict import Overall, Verdict


class Check:
    """One person's answers on one day: verdict, dates, next questions, family, notices."""

    def __init__(self, ruleset: Ruleset, facts: Facts, today: date):
        """Judge the facts; the rest is computed when it is read. ``today``: the day of asking."""
        self.ruleset, self.facts, self.today = ruleset, facts, today
        self.assessment: Assessment = evaluate(ruleset, facts)
        self.days = Days(facts)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return the listed routes in the order of the rule table."""
        return self.assessment.routes

    @kept
    def dates(self) -> tuple[date | None, ...]:
        """Return the earliest date of each listed route."""
        return earliest_dates(self.assessment, self.days)

    @kept
    def verdict(self) -> Overall:
        """Return the overall verdict."""
        return overall(self.assessment, self._least if self.assessment.best == 0 else None)

    @property
    def _least(self) -> date | None:
        return min((day for day in self.dates if day), default=None)

    @property
    def earliest_date(self) -> date | None:
        """Return the least of the routes' dates when the verdict is `not_yet`, else None."""
        return self._least if self.verdict is Overall.NOT_YET else None

    @kept
    def next_facts(self) -> tuple[str, ...]:
        """Return the facts that can still change the answer, the best question first."""
        return next_facts(self.assessment, self.earliest_date, self.days)

    @kept
    def members(self) -> tuple[Member, ...]:
        """Return how each household member stands."""
        return members(self.assessment)

    @kept
    def notices(self) -> tuple[Notice, ...]:
        """Return what a reader must be told beside the verdict."""
        return notices(self.assessment, self.today)

    @property
    def area_class(self) -> str | None:
        """Return the area class of the target; None while it is open."""
        classes = self.facts.area_classes
        return classes[0] if len(classes) == 1 else None

    def values_for(self, index: int) -> Mapping[str, Any]:
        """Return the values on the day on which route ``index`` is met, else on the as-of date."""
        day = self.dates[index]
        return self.facts.values if day is None else self.days(day)


@dataclass(frozen=True)
class Best:
    """The best route of a check, as comparisons of places show it."""

    route: Route
    date: date | None


def best_route(check: Check) -> Best | None:
    """Return the first route in the table's order with the best verdict.

    For `not_yet` the one with the earliest date; None when nothing leads here.
    """
    if check.verdict is Overall.NOT_ELIGIBLE or not check.routes:
        return None
    rows = list(zip(check.routes, check.dates, strict=True))
    if check.verdict is Overall.NOT_YET:
        route, day = min((row for row in rows if row[1]), key=lambda row: row[1] or date.max)
        return Best(route, day)
    top = max(route.verdict for route in check.routes)
    return next(Best(route, day) for route, day in rows if route.verdict is top)


def record(check: Check) -> dict[str, Any]:
    """Return the answer without a word of any language: what a receipt keeps and replay repeats."""
    return {
        "engine": ENGINE_VERSION,
        "ruleset": check.ruleset.hash,
        "asked_on": check.today.isoformat(),
        "as_of": check.facts.as_of.isoformat(),
        "area_classes": list(check.facts.area_classes),
        "facts": plain_facts(check.facts),
        "verdict": check.verdict.value,
        "earliest_date": _iso(check.earliest_date),
        "next_facts": list(check.next_facts),
        "routes": [
            {
                "rule": route.rule.content_hash,
                "code": route.rule.code,
                "version": route.rule.version,
                "verdict": route.verdict.wire,
                "self_only": self_only(check.assessment, route),
                "earliest_date": _iso(day),
                "area": Verdict(route.area).wire,
                "marks": list(route.marks),
            }
            for route, day in zip(check.routes, check.dates, strict=True)
        ],
        "family": [
            {
                "relation": member.relation,
                "verdict": member.verdict.wire,
                "rule": member.rule and member.rule.content_hash,
                "route": member.route and member.route.content_hash,
            }
            for member in check.members
        ],
        "notices": [notice.code for notice in check.notices],
    }


def record_bytes(check: Check) -> bytes:
    """Return the record in its one written form."""
    return canonical(record(check))


def plain_facts(facts: Facts) -> dict[str, Any]:
    """Return facts as JSON values that ``parse_facts`` reads back to the same facts."""
    plain = {name: _plain(value) for name, value in facts.given.items()}
    if facts.household:
        plain["household"] = [
            {name: _plain(value) for name, value in member.items()} for member in facts.household
        ]
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
