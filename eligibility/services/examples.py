"""Worked examples of rule versions: entered, made from a receipt, generated, judged."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import transaction

from eligibility import records, selectors
from eligibility.core.boundaries import Boundary, as_stated, boundaries
from eligibility.core.cases import TooManyCases
from eligibility.core.check import Check
from eligibility.core.errors import FactsRefused, FieldError, Said
from eligibility.core.facts import FACTS, MEMBER_FACTS
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import FAMILY, Ruleset
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.core.stated import FIRST_DAY, parse_facts, read_as_of
from eligibility.core.worked import (
    EXPECTED,
    NOT_LISTED,
    OVERALL_VERDICTS,
    ROUTE_VERDICTS,
    Difference,
    Shown,
    coverage,
    differences,
    traces,
)
from eligibility.models import RuleVersion, WorkedExample
from eligibility.services.checks import find_receipt

Origin = WorkedExample.Origin
MAX_NAME = 200
# An applicant whom every version registers in a county: only the household member is looked at.
_APPLICANT = {"housing": "owned", "has_residence_permit": True}


class ExampleRefused(ValueError):
    """An example cannot be kept: which field, what is wrong, what to do."""

    def __init__(self, field: str, text: str, /, **params: Any):
        """Keep the field apart, so that a form can show the message beside it."""
        self.field, self.said = field, Said(text, params)
        super().__init__(f"{field}: {self.said}")

    @property
    def message(self) -> str:
        """Return what is wrong, in English."""
        return str(self.said)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An example judged: its check, or why its facts cannot be read, and what is otherwise."""

    example: WorkedExample
    check: Check | None
    differences: tuple[Difference, ...] = ()
    refused: tuple[FieldError, ...] = ()
    speaks: bool = False  # whether it judges the version at all

    @property
    def passed(self) -> bool:
        """Whether everything that is expected comes out, of this version."""
        return self.check is not None and self.speaks and not self.differences


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the examples of a version show."""

    rule: CoreRule
    outcomes: tuple[Outcome, ...]

    @cached_property
    def failed(self) -> tuple[Outcome, ...]:
        """Return the examples that do not come out."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """Return for every computed leaf whether it was seen met and not met."""
        return coverage(self.rule, [o.check for o in self.outcomes if o.check])

    @property
    def complete(self) -> bool:
        """Whether every example comes out and every leaf was seen both ways."""
        return not self.failed and all(leaf.complete for leaf in self.shown)


def run_example(
    version: RuleVersion, example: WorkedExample, ruleset: Ruleset | None = None
) -> Outcome:
    """Judge one example by the rules in which ``version`` is in force."""
    rule = records.to_rule(version.record)
    try:
        facts = parse_facts(example.facts, as_of=_day(example), townships=selectors.townships())
    except FactsRefused as refused:
        return Outcome(example=example, check=None, refused=refused.errors)
    check = Check(ruleset or selectors.ruleset_with(version), facts, facts.as_of)
    return Outcome(
        example=example,
        check=check,
        differences=differences(check, example.expect),
        speaks=any(True for _ in traces(check, rule)) or _says_not_listed(rule, example),
    )


def _says_not_listed(rule: CoreRule, example: WorkedExample) -> bool:
    """Whether the example is about a day or place where the route is not listed."""
    return bool(example.expect.get("routes", {}).get(rule.code) == NOT_LISTED)


def _day(example: WorkedExample) -> date:
    return read_as_of(example.as_of)


def run_examples(version: RuleVersion, ruleset: Ruleset | None = None) -> Proof:
    """Judge every example of a version by one ruleset."""
    ruleset = ruleset or selectors.ruleset_with(version)
    return Proof(
        rule=records.to_rule(version.record),
        outcomes=tuple(
            run_example(version, example, ruleset) for example in version.examples.all()
        ),
    )


@transaction.atomic
def attach_example(
    *,
    rule_version_id: int,
    name: str,
    as_of: Any,
    facts: Mapping[str, Any],
    expect: Mapping[str, Any],
    author: Any,
    now: datetime,
    origin: str = Origin.HAND,
) -> WorkedExample:
    """Keep an example of a draft; raises ExampleRefused, or FactsRefused naming each fact."""
    version = _open_version(rule_version_id)
    name, day = check_example({"name": name, "as_of": as_of, "facts": facts, "expect": expect})
    name = name.strip()
    if version.examples.filter(name=name, as_of=day).exists():
        raise ExampleRefused(
            "name",
            "there is an example %(name)r of %(day)s already; rename one",
            name=name,
            day=day,
        )
    row = WorkedExample(
        version=version,
        name=name,
        origin=origin,
        as_of=day,
        facts=dict(facts),
        expect=dict(expect),
        author=author,
        created_at=now,
    )
    outcome = run_example(version, row)
    if not outcome.speaks:
        raise ExampleRefused(
            "as_of",
            "%(version)s takes no part on %(day)s in that place; choose a day on or after "
            "%(first)s and a place of %(choices)s",
            version=version,
            day=day,
            first=version.effective_from,
            choices=", ".join(version.record["areas"]),
        )
    row.save()
    return row


def check_expected(expect: Any) -> None:
    """Refuse what no check can answer; raises ExampleRefused."""
    if not isinstance(expect, Mapping) or not expect:
        raise ExampleRefused(
            "expect", "say what must come out: %(choices)s", choices=", ".join(EXPECTED)
        )
    for key, wanted in expect.items():
        at = f"expect.{key}"
        if key not in EXPECTED:
            raise ExampleRefused(
                at,
                "`%(key)s` is not known here; use one of %(choices)s",
                key=key,
                choices=", ".join(EXPECTED),
            )
        if key == "verdict":
            _one_of(wanted, OVERALL_VERDICTS, at)
        elif key == "earliest_date":
            _a_day(wanted, at)
        elif key == "family":
            if not isinstance(wanted, list):
                raise ExampleRefused(at, "list one verdict a household member")
            for verdict in wanted:
                _one_of(verdict, ROUTE_VERDICTS, at)
        elif not isinstance(wanted, Mapping):
            raise ExampleRefused(at, "name routes and what must come out of each")
        else:
            for code, value in wanted.items():
                _of_a_route(key, value, f"{at}.{code}")


def check_example(raw: Mapping[str, Any]) -> tuple[str, date]:
    """Check an example as a file gives it; return its name and day.

    Raises ExampleRefused, or FactsRefused naming each fact.
    """
    name = raw.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise ExampleRefused("name", "give it a name of at most %(most)s characters", most=MAX_NAME)
    day = read_as_of(raw.get("as_of"))
    parse_facts(raw.get("facts"), as_of=day, townships=selectors.townships())
    check_expected(raw.get("expect"))
    return name, day


def _of_a_route(key: str, value: Any, at: str) -> None:
    if key == "routes":
        _one_of(value, ROUTE_VERDICTS, at)
    elif key == "self_only":
        _one_of(value, (True, False), at)
    else:
        _a_day(value, at)


def _one_of(value: Any, choices: Sequence[Any], at: str) -> None:
    if value not in choices:
        listed = ", ".join(str(choice) for choice in choices)
        raise ExampleRefused(
            at, "%(value)r is no verdict; use one of %(choices)s", value=value, choices=listed
        )


def _a_day(value: Any, at: str) -> None:
    if value is None or isinstance(value, date):
        return
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ExampleRefused(
            at, "%(value)r is not a day; write it like 2018-05-01", value=value
        ) from None


def _open_version(rule_version_id: int) -> RuleVersion:
    """Return a version whose examples may still change."""
    version = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    if version.status == RuleVersion.Status.PUBLISHED:
        raise ExampleRefused(
            "version",
            "%(version)s is published with its examples; a new version gets new ones",
            version=version,
        )
    return version


@transaction.atomic
def remove_example(*, example_id: int) -> None:
    """Take an example from a version that is not published."""
    example = WorkedExample.objects.get(pk=example_id)
    _open_version(example.version_id)
    example.delete()


@dataclass(frozen=True, kw_only=True)
class ReceiptCase:
    """What a receipt gives for an example: facts and a day, no reference and no name."""

    as_of: date
    facts: Mapping[str, Any]
    kept: str | None  # the verdict of the route as it was given; None if it was not listed
    now: str  # the verdict by the rules with this version


def case_of_receipt(version: RuleVersion, reference: str) -> ReceiptCase:
    """Return the facts of a kept answer for an example of ``version``.

    The day is the receipt's, or the first day of the version where that comes later. Raises
    ReceiptUnknown or ReceiptDeleted.
    """
    kept = json.loads(find_receipt(reference).record)
    rule = records.to_rule(version.record)
    as_of = max(date.fromisoformat(kept["as_of"]), rule.effective_from, FIRST_DAY)
    facts = dict(kept["facts"])
    if "target_township" not in facts and len(kept["area_classes"]) == 1:
        facts = place_in(kept["area_classes"][0]) | facts
    verdicts = {route["code"]: route["verdict"] for route in kept["routes"]}
    read = parse_facts(facts, as_of=as_of, townships=selectors.townships())
    check = Check(selectors.ruleset_with(version), read, as_of)
    found = {route.rule.code: route.verdict.wire for route in check.routes}
    return ReceiptCase(
        as_of=as_of,
        facts=facts,
        kept=verdicts.get(rule.code),
        now=found.get(rule.code, NOT_LISTED),
    )


def example_from_receipt(
    *,
    rule_version_id: int,
    reference: str,
    author: Any,
    now: datetime,
    name: str,
    verdict: str = "",
) -> WorkedExample:
    """Keep a receipt's facts as an example; ``verdict``: what must come out, else what came out."""
    version = RuleVersion.objects.select_related("rule").get(pk=rule_version_id)
    if version.rule.kind == FAMILY:
        raise ExampleRefused("version", "a receipt gives examples of routes; enter this by hand")
    case = case_of_receipt(version, reference)
    return attach_example(
        rule_version_id=rule_version_id,
        name=name,
        as_of=case.as_of,
        facts=case.facts,
        expect={"routes": {version.rule.code: verdict or case.kept or case.now}},
        author=author,
        now=now,
        origin=Origin.RECEIPT,
    )


def place_in(area: str) -> dict[str, Any]:
    """Return the target facts of the first township of an area class; empty if none is held."""
    for code, township in sorted(selectors.townships().items()):
        for inside in (None, False) if township.needs_town_area else (None,):
            if township.area_classes(inside) == (area,):
                said = {} if inside is None else {"target_in_town_area": inside}
                return {"target_township": code, **said}
    return {}


@transaction.atomic
def generate_examples(
    *,
    rule_version_id: int,
    author: Any,
    now: datetime,
    name: Callable[[Boundary, date], str],
) -> list[WorkedExample]:
    """Make a pair of examples at the boundary of every leaf, in place of those made before.

    ``name`` puts a boundary into words. What is expected is what comes out now: an edit
    of the draft that changes it shows as a failing example.
    """
    version = _open_version(rule_version_id)
    rule = records.to_rule(version.record)
    version.examples.filter(origin=Origin.GENERATED).delete()
    names = set(version.examples.values_list("name", "as_of"))
    as_of = max(rule.effective_from, FIRST_DAY)
    try:
        found = boundaries(rule)
    except TooManyCases as error:
        raise ExampleRefused("condition", error.said.text, **error.said.params) from error
    rows: list[WorkedExample] = []
    for boundary in found:
        facts = _facts_of(rule, boundary, as_of)
        if any(row.facts == facts for row in rows):
            continue  # the person of one leaf is often that of another
        title = _free(name(boundary, as_of), as_of, names)
        rows.append(
            WorkedExample(
                version=version,
                name=title,
                origin=Origin.GENERATED,
                as_of=as_of,
                facts=facts,
                expect={},
                author=author,
                created_at=now,
            )
        )
    ruleset = selectors.ruleset_with(version)
    for row in rows:
        row.expect = _expected(rule, row, ruleset)
    return WorkedExample.objects.bulk_create(rows)


def _free(title: str, as_of: date, names: set[tuple[str, date]]) -> str:
    """Return a title that no example of the day has, and take it."""
    tried, number = title[:MAX_NAME], 2
    while (tried, as_of) in names:
        tried, number = f"{title[: MAX_NAME - 8]}（{number}）", number + 1
    names.add((tried, as_of))
    return tried


def _facts_of(rule: CoreRule, boundary: Boundary, as_of: date) -> dict[str, Any]:
    stated = as_stated(rule, boundary.values, as_of)
    dictionary = MEMBER_FACTS if rule.kind == FAMILY else FACTS
    ordered = {name: stated[name] for name in dictionary if name in stated}
    place = place_in(next(area for area in AREA_CLASSES if area in rule.areas))
    if rule.kind == FAMILY:
        return {**place, **_APPLICANT, "household": [ordered]}
    return {**place, **ordered}


def _expected(rule: CoreRule, row: WorkedExample, ruleset: Ruleset) -> dict[str, Any]:
    facts = parse_facts(row.facts, as_of=row.as_of, townships=selectors.townships())
    check = Check(ruleset, facts, row.as_of)
    if rule.kind == FAMILY:
        return {"family": [member.verdict.wire for member in check.members]}
    listed = {route.rule.code: route.verdict.wire for route in check.routes}
    return {"routes": {rule.code: listed.get(rule.code, NOT_LISTED)}}


def sync_file_examples(
    version: RuleVersion, given: Iterable[Mapping[str, Any]], now: datetime
) -> int:
    """Make the examples from files those of ``given``; return how many are new.

    The files are the source: also a published version gets the examples added to them later.
    """
    wanted = {(raw["name"], raw["as_of"]): raw for raw in given}
    kept = 0
    for row in version.examples.filter(origin=Origin.FILE):
        raw = wanted.get((row.name, row.as_of.isoformat()))
        if raw and (raw["facts"], raw["expect"]) == (row.facts, row.expect):
            del wanted[row.name, row.as_of.isoformat()]
            kept += 1
        else:
            row.delete()
    for raw in wanted.values():
        check_expected(raw["expect"])
    WorkedExample.objects.bulk_create(
        WorkedExample(
            version=version,
            name=raw["name"],
            origin=Origin.FILE,
            as_of=read_as_of(raw["as_of"]),
            facts=raw["facts"],
            expect=raw["expect"],
            created_at=now,
        )
        for raw in wanted.values()
    )
    return len(wanted)
