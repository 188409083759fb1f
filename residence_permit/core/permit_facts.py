"""What the conditions of the permit and of a holder's services may ask about.

The dictionary is closed, as that of the settlement rules is; names that both use are the
public contract's and mean the same. Missing is unknown, never no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from eligibility.core.errors import FactsRefused, FieldError
from eligibility.core.facts import FACTS, Fact, Growth, Kind
from eligibility.core.periods import add_months, add_years, months_between
from eligibility.core.places import CITY_DISTRICTS, UNITS

_HERE = (
    FACTS["hukou_place"],
    Fact(
        name="residence_county",
        kind=Kind.CHOICE,
        values=UNITS,
        question_zh="您现在住在哪个县、市、区？",
        question_en="In which county or district do you live now?",
    ),
    FACTS["has_residence_registration"],
    Fact(
        name="registered_on",
        kind=Kind.DATE,
        question_zh="您现在的居住登记是哪一天申报的（中间没有断过）？",
        question_en="On which day was your present, unbroken residence registration made?",
    ),
)
_GROUNDS = (
    FACTS["employment"],
    FACTS["housing"],
    Fact(
        name="in_continuous_schooling",
        kind=Kind.BOOL,
        question_zh="您在这里的学校连续就读吗？",
        question_en="Do you attend a school here without a break (连续就读)?",
    ),
    Fact(
        name="recruited_as",
        kind=Kind.CHOICE,
        values=("none", "investor", "talent"),
        question_zh="您是当地政府规定的投资创业人员或引进人才吗？",
        question_en="Are you an investor or a talent whom the county or the city recognises?",
    ),
)
_FILING = (
    Fact(
        name="applied_by",
        kind=Kind.CHOICE,
        values=("self", "guardian", "near_relative"),
        question_zh="由谁来申请？",
        question_en="Who applies?",
    ),
)
_HOLDER = (
    Fact(
        name="permit_usable",
        kind=Kind.BOOL,
        question_zh="您的居住证现在可以使用吗（没有中止、没有注销）？",
        question_en="Can your permit be used now (neither suspended nor cancelled)?",
    ),
    Fact(
        name="residence_years",
        kind=Kind.INT,
        unit="years",
        maximum=150,
        growth=Growth.YEARLY,
        question_zh="您在居住地的居住年限满了多少年？",
        question_en="How many full years of residence does your permit count?",
    ),
    Fact(
        name="has_accompanying_child",
        kind=Kind.BOOL,
        question_zh="您有子女随您一起住在这里吗？",
        question_en="Does a child of yours live here with you?",
    ),
    FACTS["rural_transfer"],
    FACTS["employment"],
    FACTS["housing"],
)
_DERIVED = (
    Fact(name="away_from_hukou", kind=Kind.BOOL, since="hukou_place"),
    Fact(
        name="registration_months",
        kind=Kind.INT,
        unit="months",
        growth=Growth.MONTHLY,
        since="registered_on",
    ),
)

PERMIT_FACTS: Mapping[str, Fact] = {
    fact.name: fact for fact in (*_HERE, *_GROUNDS, *_FILING, *_DERIVED)
}
HOLDER_FACTS: Mapping[str, Fact] = {fact.name: fact for fact in _HOLDER}
_DERIVED_NAMES = frozenset(fact.name for fact in _DERIVED)


def comparable(dictionary: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """Return the facts that a condition may compare: a day is not, what is counted from it is."""
    return {name: fact for name, fact in dictionary.items() if fact.kind is not Kind.DATE}


def asked_as(dictionary: Mapping[str, Fact], name: str) -> str:
    """Return the fact that somebody is asked for, so that ``name`` becomes known."""
    return dictionary[name].since or name


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What is known about somebody on a day; what is absent is unknown."""

    as_of: date
    given: Mapping[str, Any]
    dictionary: Mapping[str, Fact]

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Return the known values on the day, the derived ones among them."""
        return self.values_on(self.as_of)

    def values_on(self, day: date) -> Mapping[str, Any]:
        """Return the values on ``day``, not before ``as_of``, if nothing but time changes."""
        values = dict(self.given)
        months = months_between(self.as_of, day)
        for name in self.given:
            if self.dictionary[name].growth is Growth.YEARLY:
                values[name] += months // 12
        if "away_from_hukou" in self.dictionary:
            values["away_from_hukou"] = away_from_hukou(
                values.get("hukou_place"), values.get("residence_county")
            )
            values["registration_months"] = _registration_months(values, day)
        return {name: value for name, value in values.items() if value is not None}

    def day_reached(self, name: str, amount: int) -> date | None:
        """Return the day on which a growing fact reaches ``amount``; None if unknown or never."""
        fact = self.dictionary[name]
        start = self.given.get(fact.since or name)
        if start is None or fact.growth is Growth.NEVER:
            return None
        if fact.since:
            return add_months(start, amount)
        return add_years(self.as_of, amount - start)


def away_from_hukou(hukou_place: str | None, residence_county: str | None) -> bool | None:
    """Whether somebody lives outside the county, or the 市区, of his hukou; None if unknown.

    Source: ZJ 2. Between 南湖 and 秀洲 nobody is away: together they are the 市区.
    """
    if hukou_place in (None, "none"):
        return None  # without hukou there is no place to be away from: an officer decides
    if hukou_place not in UNITS:
        return True
    if residence_county is None:
        return None
    in_city = hukou_place in CITY_DISTRICTS and residence_county in CITY_DISTRICTS
    return hukou_place != residence_county and not in_city


def _registration_months(values: Mapping[str, Any], day: date) -> int | None:
    """Return the calendar months since registration; 0 where there is said to be none.

    Source: ZJ 16 (自申报居住登记之日起计算).
    """
    start = values.get("registered_on")
    if start is not None:
        return months_between(start, day)
    return 0 if values.get("has_residence_registration") is False else None


def permit_facts(as_of: date, given: Mapping[str, Any]) -> Stated:
    """Return what is known about an applicant; raises FactsRefused with every mistake."""
    return _stated(as_of, given, PERMIT_FACTS)


def holder_facts(as_of: date, given: Mapping[str, Any]) -> Stated:
    """Return what is known about a holder; raises FactsRefused with every mistake."""
    return _stated(as_of, given, HOLDER_FACTS)


def _stated(as_of: date, given: Mapping[str, Any], dictionary: Mapping[str, Fact]) -> Stated:
    known = {name: value for name, value in given.items() if value is not None}
    errors = [
        FieldError(name, code)
        for name, value in known.items()
        if (code := _refusal(dictionary, name, value, as_of))
    ]
    if known.get("has_residence_registration") is False and "registered_on" in known:
        errors.append(FieldError("registered_on", "contradiction"))
    if errors:
        raise FactsRefused(errors)
    return Stated(as_of=as_of, given=known, dictionary=dictionary)


def _refusal(dictionary: Mapping[str, Fact], name: str, value: Any, as_of: date) -> str:
    fact = dictionary.get(name)
    if fact is None or name in _DERIVED_NAMES:
        return "unknown_fact"
    match fact.kind:
        case Kind.BOOL if isinstance(value, bool):
            return ""
        case Kind.INT if type(value) is int and 0 <= value <= (fact.maximum or value):
            return ""
        case Kind.CHOICE if value in fact.values:
            return ""
        case Kind.DATE if type(value) is date:
            return "after_as_of" if value > as_of else ""
    return f"{fact.kind}_expected"
