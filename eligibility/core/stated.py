"""Facts as somebody stated them: read, or refused by name; and what they become as time passes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eligibility.core import periods
from eligibility.core.errors import FactsRefused, FieldError
from eligibility.core.facts import COMPARABLE, FACTS, MAX_MONTHS, MEMBER_FACTS, Fact, Growth, Kind
from eligibility.core.kept import kept
from eligibility.core.places import AREA_CLASSES, Township

# 嘉政发〔2016〕31号 is in force from this day; no earlier rule is held.
FIRST_DAY = date(2016, 6, 28)
MAX_HOUSEHOLD = 50
MAX_AGE = 150  # a birth date before that is a typing mistake
MAX_AMOUNT = Decimal(10) ** 15
MAX_DECIMALS = 100  # compared exactly, so there has to be an end somewhere
MAX_ERRORS = 50  # so that a hostile body does not get an answer larger than itself


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What somebody stated, typed and complete; what is absent is unknown."""

    as_of: date
    given: Mapping[str, Any]
    household: tuple[Mapping[str, Any], ...] = ()
    area_classes: tuple[str, ...] = AREA_CLASSES

    @kept
    def values(self) -> Mapping[str, Any]:
        """Return the known values on the as-of date, the derived ones among them."""
        return _with_derived(self.given, self.as_of)

    def values_on(self, day: date) -> Mapping[str, Any]:
        """Return the values on a later ``day`` if nothing but time changes.

        Source: docs/policy/rules.md, 6, "what grows if nothing else changes".
        """
        months = periods.months_between(self.as_of, day)
        grown = dict(self.given)
        for name, value in self.given.items():
            growth = FACTS[name].growth
            if growth is Growth.MONTHLY:
                grown[name] = value + months
            elif growth is Growth.YEARLY:
                grown[name] = value + months // 12
        return _with_derived(grown, day)

    def member_values(self, index: int) -> Mapping[str, Any]:
        """Return the known values of one household member on the as-of date."""
        return _with_derived(self.household[index], self.as_of)


def _with_derived(given: Mapping[str, Any], day: date) -> dict[str, Any]:
    values = dict(given)
    born = given.get("birth_date")
    if born is not None:
        values["age_years"] = periods.age_on(born, day)
    graduated = given.get("graduation_date")
    if graduated is not None:
        values["graduation_years_begun"] = periods.years_begun(graduated, day)
    return values


def day_reached(name: str, amount: int, facts: Facts) -> date | None:
    """Return the day on which a growing fact reaches ``amount``; None if unknown or never."""
    fact = COMPARABLE[name]
    start = facts.given.get(fact.since or name)
    if start is None:
        return None
    match fact.growth:
        case Growth.MONTHLY:
            return periods.add_months(facts.as_of, amount - start)
        case Growth.YEARLY:
            return periods.add_years(facts.as_of, amount - start)
        case Growth.AGE:
            return periods.birthday(start, amount)
        case Growth.BEGUN_YEARS:
            return periods.year_begins(start, amount)
    return None


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DECIMAL = re.compile(rf"[0-9]{{1,16}}(\.[0-9]{{1,{MAX_DECIMALS}}})?", re.ASCII)


class _Refused(Exception):
    """A value that cannot be read, by code; turned into a FieldError by the caller."""

    def __init__(self, code: str, **params: Any):
        self.code, self.params = code, params


def read_date(raw: Any) -> date:
    """Read ``YYYY-MM-DD`` and nothing else."""
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str) or not _DATE.fullmatch(raw):
        raise _Refused("date_expected")
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise _Refused("no_such_day") from None


def _read_decimal(raw: Any) -> Decimal:
    if (isinstance(raw, str) and _DECIMAL.fullmatch(raw)) or (
        isinstance(raw, int | Decimal) and not isinstance(raw, bool)
    ):
        value = Decimal(raw)
    else:
        raise _Refused("number_expected")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or (value and exponent < -MAX_DECIMALS):
        raise _Refused("number_expected")
    if not 0 <= value <= MAX_AMOUNT:
        raise _Refused("out_of_range", minimum=0, maximum=int(MAX_AMOUNT))
    # 1E+2 and -0 become what is read back from a receipt.
    return Decimal(f"{value:f}") if value else Decimal(0)


def read_value(fact: Fact, raw: Any) -> Any:
    """Return the typed value of ``raw``; raises ``_Refused`` with the reason."""
    match fact.kind:
        case Kind.BOOL:
            if raw is not True and raw is not False:
                raise _Refused("yes_or_no_expected")
            return raw
        case Kind.INT:
            if type(raw) is not int:
                raise _Refused("whole_number_expected")
            maximum = MAX_MONTHS if fact.maximum is None else fact.maximum
            if not 0 <= raw <= maximum:
                raise _Refused("out_of_range", minimum=0, maximum=maximum)
            return raw
        case Kind.DECIMAL:
            return _read_decimal(raw)
        case Kind.DATE:
            return read_date(raw)
        case Kind.CHOICE:
            if not isinstance(raw, str):
                raise _Refused("text_expected")
            if raw not in fact.values:
                raise _Refused("not_a_choice", choices=fact.values)
            return raw
        case Kind.TOWNSHIP:
            if not isinstance(raw, str):
                raise _Refused("text_expected")
            return raw


def read_as_of(raw: Any) -> date:
    """Read the as-of date; raises FactsRefused. No rule is held before 2016-06-28."""
    try:
        day = read_date(raw)
    except _Refused as refusal:
        raise FactsRefused([FieldError("as_of", refusal.code, refusal.params)]) from None
    if day < FIRST_DAY:
        raise FactsRefused([FieldError("as_of", "before_first_rule", {"first": FIRST_DAY})])
    return day


def _read_group(
    raw: Mapping[str, Any],
    dictionary: Mapping[str, Fact],
    prefix: str,
    as_of: date,
    errors: list[FieldError],
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in raw.items():
        fact = dictionary.get(name)
        if fact is None:
            errors.append(FieldError(f"{prefix}{name}", "unknown_fact"))
        elif value is not None:
            try:
                typed = read_value(fact, value)
                if fact.kind is Kind.DATE:
                    _check_date(typed, as_of)
            except _Refused as refusal:
                errors.append(FieldError(f"{prefix}{name}", refusal.code, refusal.params))
            else:
                given[name] = typed
        if len(errors) >= MAX_ERRORS:
            raise FactsRefused(errors)
    return given


def _check_date(day: date, as_of: date) -> None:
    if day > as_of:
        raise _Refused("after_as_of", as_of=as_of)
    if periods.age_on(day, as_of) > MAX_AGE:
        raise _Refused("too_long_ago", years=MAX_AGE)


def parse_facts(
    raw: Any,
    *,
    as_of: date,
    townships: Mapping[str, Township],
    without_target: bool = False,
) -> Facts:
    """Return typed facts, or raise FactsRefused naming every field that cannot be read.

    ``raw`` holds JSON values (decimals as Decimal or text). ``without_target`` refuses the
    target, for comparisons of several places.
    """
    if not isinstance(raw, Mapping):
        raise FactsRefused([FieldError("facts", "object_expected")])
    errors: list[FieldError] = []
    applicant = {name: value for name, value in raw.items() if name != "household"}
    given = _read_group(applicant, FACTS, "", as_of, errors)
    household = _read_household(raw.get("household"), as_of, errors)
    if without_target:
        errors += [
            FieldError(name, "target_not_wanted")
            for name in ("target_township", "target_in_town_area")
            if raw.get(name) is not None
        ]
    classes: tuple[str, ...] = AREA_CLASSES
    code = given.get("target_township")
    if code is not None:
        township = townships.get(code)
        if township is None:
            errors.append(FieldError("target_township", "unknown_township"))
        else:
            if not township.needs_town_area:
                given.pop("target_in_town_area", None)
            classes = township.area_classes(given.get("target_in_town_area"))
    if errors:
        raise FactsRefused(errors)
    return Facts(as_of=as_of, given=given, household=household, area_classes=classes)


def _read_household(
    raw: Any, as_of: date, errors: list[FieldError]
) -> tuple[Mapping[str, Any], ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        errors.append(FieldError("household", "list_expected"))
        return ()
    if len(raw) > MAX_HOUSEHOLD:
        errors.append(FieldError("household", "too_many", {"maximum": MAX_HOUSEHOLD}))
        return ()
    members = []
    for index, member in enumerate(raw):
        if not isinstance(member, Mapping):
            errors.append(FieldError(f"household[{index}]", "object_expected"))
            continue
        members.append(_read_group(member, MEMBER_FACTS, f"household[{index}].", as_of, errors))
    return tuple(members)


def for_area(facts: Facts, area_class: str) -> Facts:
    """Return the same facts for a place of one area class, its township left open."""
    given = {k: v for k, v in facts.given.items() if not k.startswith("target_")}
    return Facts(
        as_of=facts.as_of,
        given=given,
        household=facts.household,
        area_classes=(area_class,),
    )
