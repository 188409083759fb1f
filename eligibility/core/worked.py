"""Worked examples: what has to come out of a check, and which leaves it shows.

An example names only what it is about: a verdict, some routes, a date, the family. Coverage is
read off the same trace as the answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eligibility.core.check import Check
from eligibility.core.condition import Compare, OfficerJudgement
from eligibility.core.evaluate import Trace, trace
from eligibility.core.household import self_only
from eligibility.core.rule import RuleVersion
from eligibility.core.static_checks import judged_leaves
from eligibility.core.verdict import Overall, Verdict

EXPECTED = ("routes", "verdict", "earliest_date", "earliest_dates", "self_only", "family")
NOT_LISTED = "not_listed"
ROUTE_VERDICTS = (*(verdict.wire for verdict in Verdict), NOT_LISTED)
OVERALL_VERDICTS = tuple(verdict.value for verdict in Overall)


@dataclass(frozen=True)
class Difference:
    """Where an answer is not as the example expects; ``subject`` is a route or empty."""

    key: str
    subject: str
    got: Any
    wanted: Any

    def __str__(self) -> str:
        what = f"{self.key} of {self.subject}" if self.subject else self.key
        return f"{what} is {self.got!r}, expected {self.wanted!r}"


def differences(check: Check, expect: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return where a check is not as expected; days are compared as ISO 8601."""
    return tuple(found for found in _compared(check, expect) if found.got != found.wanted)


def _compared(check: Check, expect: Mapping[str, Any]) -> Iterator[Difference]:
    rows = {
        route.rule.code: (route, day) for route, day in zip(check.routes, check.dates, strict=True)
    }
    for key, wanted in expect.items():
        match key:
            case "verdict":
                yield Difference(key, "", check.verdict.value, wanted)
            case "earliest_date":
                yield Difference(key, "", plain(check.earliest_date), plain(wanted))
            case "family":
                verdicts = [member.verdict.wire for member in check.members]
                yield Difference(key, "", verdicts, list(wanted))
            case _:
                for code, value in wanted.items():
                    got = _of_route(key, check, *rows[code]) if code in rows else NOT_LISTED
                    yield Difference(key, code, got, plain(value))


def _of_route(key: str, check: Check, route: Any, day: date | None) -> Any:
    if key == "self_only":
        return self_only(check.assessment, route)
    return route.verdict.wire if key == "routes" else plain(day)


def plain(value: Any) -> Any:
    """Return a day as JSON shows it, anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


def traces(check: Check, rule: RuleVersion) -> Iterator[Trace]:
    """Yield each time that a check judges a version: as a route, or for a household member."""
    for route in check.routes:
        if route.rule.content_hash == rule.content_hash:
            yield trace(rule, route.marks, check.facts.values)
    for member in check.members:
        if member.own and member.rule and member.rule.content_hash == rule.content_hash:
            yield member.own


def leaf_traces(at: Trace) -> Iterator[Trace]:
    """Yield the judged leaves in the order of the text."""
    if isinstance(at.node, Compare | OfficerJudgement):
        yield at
    for part in at.parts:
        yield from leaf_traces(part)


@dataclass(frozen=True)
class Shown:
    """Whether some example shows a leaf met, and some example not met."""

    leaf: str
    met: bool
    not_met: bool

    @property
    def complete(self) -> bool:
        """Whether both have been seen."""
        return self.met and self.not_met


def coverage(rule: RuleVersion, checks: Iterable[Check]) -> tuple[Shown, ...]:
    """Return for every computed leaf of a version what the checks show of it."""
    seen = {
        (leaf.node.id, leaf.verdict)
        for check in checks
        for judged in traces(check, rule)
        for leaf in leaf_traces(judged)
        if isinstance(leaf.node, Compare)
    }
    return tuple(
        Shown(leaf, (leaf, Verdict.MET) in seen, (leaf, Verdict.NOT_MET) in seen)
        for leaf in judged_leaves(rule)
    )
