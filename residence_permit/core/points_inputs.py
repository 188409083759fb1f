"""What a points scheme asks: a closed dictionary, and the reading of what somebody states.

A name that is absent is unknown. Null says "has none" where ``NONE_IS_NOTHING`` lists the name,
and is unknown elsewhere.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eligibility.core.errors import FactsRefused, FieldError
from eligibility.core.facts import FACTS, MAX_MONTHS, Fact, Kind

MAX_PARENTS = 2
MAX_POINTS = 1000  # stated totals of the local part and of deductions; more is a typing mistake
MAX_YUAN = 10**12
MAX_ERRORS = 50
FIRST_BIRTH = date(1900, 1, 1)
SCHOOL_YEARS = (2000, 2100)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,16})?", re.ASCII)


def _int(name: str, unit: str, maximum: int, zh: str, en: str) -> Fact:
    return Fact(
        name=name, kind=Kind.INT, unit=unit, maximum=maximum, question_zh=zh, question_en=en
    )


def _decimal(name: str, unit: str, maximum: int, zh: str, en: str) -> Fact:
    return Fact(
        name=name, kind=Kind.DECIMAL, unit=unit, maximum=maximum, question_zh=zh, question_en=en
    )


_OWN = (
    _int("age", "years", 150, "年龄", "Age"),
    _int("social_insurance_months", "months", MAX_MONTHS, "社会保险", "Social insurance"),
    _int("residence_months", "months", MAX_MONTHS, "居住登记", "Residence registration"),
    _decimal("local", "points", MAX_POINTS, "地方指标得分", "Points of the local part"),
    _decimal("deductions", "points", MAX_POINTS, "扣分", "Deductions"),
    _decimal("home_share_percent", "percent", 100, "自有住房产权份额", "Share of the home"),
    Fact(
        name="child_birth_date",
        kind=Kind.DATE,
        question_zh="孩子出生日期",
        question_en="Child's date of birth",
    ),
    _int("school_year", "year", SCHOOL_YEARS[1], "入学年份", "Year of enrolment"),
)
_PARENT = (
    _int("permit_months", "months", MAX_MONTHS, "居住证", "Residence permit"),
    _int("registration_months", "months", MAX_MONTHS, "居住登记", "Residence registration"),
    _int("insurance_months", "months", MAX_MONTHS, "社会保险", "Social insurance"),
    Fact(
        name="above_scale_insured",
        kind=Kind.BOOL,
        question_zh="规上企业就业并参保",
        question_en="Employed by an above-scale enterprise, insured",
    ),
    _int("business_tax_months", "months", MAX_MONTHS, "经营纳税时间", "Time in business with tax"),
    _decimal("business_tax_3y", "yuan", MAX_YUAN, "三年纳税额", "Tax of three years"),
    _decimal("income_tax_year", "yuan", MAX_YUAN, "一年个人所得税", "Income tax of one year"),
)
_SHARED = ("education", "skill_grade", "professional_title")  # as the settlement check asks them
OWN_INPUTS: Mapping[str, Fact] = {f.name: f for f in _OWN} | {n: FACTS[n] for n in _SHARED}
PARENT_INPUTS: Mapping[str, Fact] = {f.name: f for f in _PARENT}
INPUTS: Mapping[str, Fact] = {**OWN_INPUTS, **PARENT_INPUTS}
NONE_IS_NOTHING = frozenset({*PARENT_INPUTS, "home_share_percent"})


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What was stated: of the applicant or the family, and of each parent."""

    own: Mapping[str, Any]
    parents: tuple[Mapping[str, Any], ...] | None = None  # None: nothing was said of them


def parse_inputs(raw: Any, names: Iterable[str], as_of: date) -> Inputs:
    """Read what a scheme that asks ``names`` was told; raises FactsRefused naming every field."""
    if not isinstance(raw, Mapping):
        raise FactsRefused([FieldError("inputs", "object_expected")])
    asked = frozenset(names)
    errors: list[FieldError] = []
    own = _members(raw, {n: OWN_INPUTS[n] for n in asked if n in OWN_INPUTS}, "", as_of, errors)
    of_parents = {n: PARENT_INPUTS[n] for n in asked if n in PARENT_INPUTS}
    stated = raw.get("parents")
    parents: tuple[Mapping[str, Any], ...] | None = None
    if "parents" in raw and not of_parents:
        errors.append(FieldError("parents", "unknown_member"))
    elif stated is not None and not isinstance(stated, list):
        errors.append(FieldError("parents", "list_expected"))
    elif isinstance(stated, list) and not 1 <= len(stated) <= MAX_PARENTS:
        errors.append(FieldError("parents", "out_of_range", {"minimum": 1, "maximum": MAX_PARENTS}))
    elif isinstance(stated, list):
        parents = tuple(
            _members(each, of_parents, f"parents[{i}].", as_of, errors)
            for i, each in enumerate(stated)
        )
    if errors:
        raise FactsRefused(errors[:MAX_ERRORS])
    return Inputs(own=own, parents=parents)


def _members(
    raw: Any, known: Mapping[str, Fact], at: str, as_of: date, errors: list[FieldError]
) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        errors.append(FieldError(at.rstrip("."), "object_expected"))
        return {}
    found: dict[str, Any] = {}
    for name, value in raw.items():
        fact = known.get(name)
        if fact is None:
            if at or name != "parents":
                errors.append(FieldError(f"{at}{name}", "unknown_member"))
        elif value is None:
            if name in NONE_IS_NOTHING:
                found[name] = None
        else:
            read = _read(fact, value, as_of)
            if isinstance(read, _Refusal):
                errors.append(FieldError(f"{at}{name}", read.code, read.params))
            else:
                found[name] = read
    return found


@dataclass(frozen=True)
class _Refusal:
    code: str
    params: Mapping[str, Any]


def _read(fact: Fact, value: Any, as_of: date) -> Any:
    match fact.kind:
        case Kind.BOOL:
            return value if isinstance(value, bool) else _Refusal("yes_or_no_expected", {})
        case Kind.CHOICE:
            if isinstance(value, str) and value in fact.values:
                return value
            return _Refusal("not_a_choice", {"choices": fact.values})
        case Kind.DATE:
            return _day(value, as_of)
        case Kind.INT if type(value) is not int:
            return _Refusal("whole_number_expected", {})
        case Kind.DECIMAL:
            value = _number(value)
            if value is None:
                return _Refusal("number_expected", {})
    least = SCHOOL_YEARS[0] if fact.name == "school_year" else 0
    if not least <= value <= (fact.maximum or 0):
        return _Refusal("out_of_range", {"minimum": least, "maximum": fact.maximum})
    return value


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int):
        return Decimal(value)
    text = str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _day(value: Any, as_of: date) -> Any:
    if not isinstance(value, str) or len(value) != 10:
        return _Refusal("date_expected", {})
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _Refusal("no_such_day", {})
    if day > as_of:
        return _Refusal("after_as_of", {"as_of": as_of})
    if day < FIRST_BIRTH:
        return _Refusal("date_expected", {})
    return day
