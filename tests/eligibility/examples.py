"""The worked examples of fixtures/examples/, and what they leave out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import yaml

from eligibility.core.check import Check
from eligibility.core.condition import Compare, OfficerJudgement, leaves
from eligibility.core.evaluate import Trace, judge_rule, trace
from eligibility.core.explain import unknown_facts
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Kind, asked_as
from eligibility.core.household import self_only
from eligibility.core.rule import FAMILY, RuleVersion
from eligibility.core.stated import FIRST_DAY, parse_facts
from eligibility.core.verdict import Verdict
from tests.eligibility.builders import ROOT, shipped_ruleset, townships

FOLDER = ROOT / "fixtures" / "examples"
EXPECTED = {
    "routes",
    "verdict",
    "earliest_date",
    "earliest_dates",
    "self_only",
    "family",
}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One person on one day, and what has to come out."""

    file: str
    name: str
    relies_on: str | None
    as_of: date
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """Return the body of a request."""
        return {"as_of": self.as_of.isoformat(), "facts": self.facts}

    @cached_property
    def check(self) -> Check:
        """Return the check by the shipped rules, without a database."""
        facts = parse_facts(self.facts, as_of=self.as_of, townships=townships())
        return Check(shipped_ruleset(), facts, self.as_of)

    def differences(self, answer: Mapping[str, Any]) -> list[str]:
        """Return where an answer of the contract's shape is not as expected."""
        routes = {route["code"]: route for route in answer["routes"]}
        wrong = []

        def compare(what: str, got: Any, wanted: Any) -> None:
            if got != wanted:
                wrong.append(f"{self.name}: {what} is {got!r}, expected {wanted!r}")

        for key, wanted in self.expect.items():
            if key in ("verdict", "earliest_date"):
                compare(key, answer[key], plain(wanted))
            elif key == "family":
                compare(key, [member["verdict"] for member in answer["family"]], wanted)
            else:
                part = {"routes": "verdict", "earliest_dates": "earliest_date"}
                for code, value in wanted.items():
                    route = routes.get(code, {})
                    got = route.get(part.get(key, key), "not_listed")
                    compare(f"{key} of {code}", got, plain(value))
        return wrong


def plain(value: Any) -> Any:
    """Return a value as JSON shows it."""
    return value.isoformat() if isinstance(value, date) else value


def core_answer(check: Check) -> dict[str, Any]:
    """Return what examples look at, straight from the core."""
    routes = [
        {
            "code": route.rule.code,
            "verdict": route.verdict.wire,
            "earliest_date": plain(day),
            "self_only": self_only(check.assessment, route),
        }
        for route, day in zip(check.routes, check.dates, strict=True)
    ]
    return {
        "verdict": check.verdict.value,
        "earliest_date": plain(check.earliest_date),
        "routes": routes,
        "family": [{"verdict": member.verdict.wire} for member in check.members],
    }


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """Return every example of every file."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for raw in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append(
                Example(
                    file=path.name,
                    name=raw["name"],
                    relies_on=raw.get("relies_on"),
                    as_of=raw["as_of"],
                    facts=raw["facts"],
                    expect=raw["expect"],
                )
            )
    return tuple(found)


# --- What the examples leave out


@dataclass(frozen=True)
class Shown:
    """A version at work in one example: its leaves judged, and the values they compared."""

    verdict: str
    trace: Trace
    values: Mapping[str, Any]

    @cached_property
    def leaves(self) -> tuple[Trace, ...]:
        """Return the judged leaves."""
        return tuple(_leaves(self.trace))


def _leaves(at: Trace) -> Iterator[Trace]:
    if isinstance(at.node, Compare | OfficerJudgement):
        yield at
    for part in at.parts:
        yield from _leaves(part)


def shown(rule: RuleVersion) -> Iterator[Shown]:
    """Yield each time that an example says something about ``rule``."""
    for example in examples():
        facts = example.check.facts
        if rule.kind == FAMILY:
            for member in example.check.members:
                if member.rule is rule and "family" in example.expect:
                    wire = example.expect["family"][member.index]
                    yield Shown(wire, member.own, facts.member_values(member.index))
        elif rule.code in example.expect.get("routes", {}):
            area = example.check.facts.area_classes[0]
            if shipped_ruleset().version_on(rule.code, area, example.as_of) is rule:
                judged = trace(rule, judge_rule(rule, facts.values), facts.values)
                wire = example.expect["routes"][rule.code]
                yield Shown(wire, judged, facts.values)


def days_named(code: str) -> set[date]:
    """Return the days on which an example says something about a route."""
    return {
        example.as_of
        for example in examples()
        if code in example.expect.get("routes", {})
        or (code == "accompanying-family" and "family" in example.expect)
    }


def around(leaf: Compare) -> tuple[Any, ...]:
    """Return the values on both sides of a figure or level; none where it has no sides."""
    fact = COMPARABLE.get(leaf.fact) or MEMBER_COMPARABLE[leaf.fact]
    value = leaf.value
    if not fact.ordered or leaf.operator in ("is", "in"):
        return ()
    up = leaf.operator in ("at_most", "above")  # met at or below, not met just over
    if fact.kind is Kind.CHOICE:
        level = fact.level_of[value] + (1 if up else -1)
        return (fact.levels[level], fact.levels[fact.level_of[value]])
    step = Decimal("0.01") if fact.kind is Kind.DECIMAL else 1
    return ((value + step if up else value - step,), (value,))


def lacking() -> list[str]:
    """Return what no example shows of the shipped rules, one line each."""
    missing = []
    for rule in shipped_ruleset().versions:
        cases = list(shown(rule))
        days = days_named(rule.code)
        missing += [f"{rule.label}: no example on {day}" for day in edges(rule) if day not in days]
        for leaf in dict.fromkeys(leaves(rule.condition)):
            missing += [f"{rule.label}.{leaf.id}: {what}" for what in _unshown(leaf, cases)]
    return missing


def edges(rule: RuleVersion) -> Iterator[date]:
    """Yield the first day of a version and the day before, its last day and the day after."""
    periods = [period for period in shipped_ruleset().periods if period.rule is rule]
    for period in periods:
        yield period.first
        if period.first > FIRST_DAY:
            yield period.first - timedelta(days=1)
        if period.last is not None:
            yield period.last
            yield period.last + timedelta(days=1)


def _unshown(leaf: Any, cases: list[Shown]) -> Iterator[str]:
    judged = [(case, at) for case in cases for at in case.leaves if at.node == leaf]
    if isinstance(leaf, OfficerJudgement):
        if not any(case.verdict == "officer_decides" for case, _ in judged):
            yield "never left to an officer"
        return
    for verdict in (Verdict.MET, Verdict.NOT_MET):
        if not any(at.verdict is verdict for _, at in judged):
            yield f"never {verdict.wire}"
    asked = asked_as(leaf.fact)
    if not any(
        case.verdict == "unknown" and asked in unknown_facts(case.trace) for case, _ in judged
    ):
        yield f"{asked} is never missing"
    for side in around(leaf):
        if not any(case.values.get(leaf.fact) in side for case, _ in judged):
            yield f"{leaf.fact} is never {' or '.join(map(str, side))}"
