"""A version of a points scheme as a record: read, checked, named by its hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eligibility.core.condition import Scope
from eligibility.core.errors import RuleMalformed
from eligibility.core.rule import PROVENANCES, Citation, digest
from residence_permit.core.points_inputs import INPUTS, PARENT_INPUTS
from residence_permit.core.points_values import Deduction, Value, number, read_value, singles

REQUIREMENTS = ("months_of_one_parent", "child_age_on")
STATUTORY = ("residence", "employment", "social_insurance")  # ZJ 28


@dataclass(frozen=True, kw_only=True)
class Group:
    """Indicators with a common cap; ``stated`` names an input that gives its points as a sum."""

    code: str
    name: Mapping[str, str]
    cap: Decimal
    clause: str
    stated: str = ""
    note: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One line: what it asks, what it is worth, who checks which paper, and where it stands."""

    code: str
    group: str
    name: Mapping[str, str]
    cap: Decimal
    clause: str
    per_parent: bool  # both parents are added up, then capped
    value: Value
    statutory: str = ""  # which of the three indicators of ZJ 28 it is
    paper: Mapping[str, str] | None = None  # None: the source names none
    department: Mapping[str, str] | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the inputs that it asks."""
        return tuple(one.fact for one in singles(self.value))


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What has to be there before anything is scored."""

    code: str
    kind: str
    name: Mapping[str, str]
    clause: str
    fact: str
    at_least: int  # months, or years of age
    year: str = ""  # the input that gives the year
    month: int = 0
    day: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Scheme:
    """One version of a scheme."""

    code: str
    version: str
    name: Mapping[str, str]
    area: str
    purpose: Mapping[str, str]
    valid_from: date
    valid_to: date | None
    provenance: str
    clause: str
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    required: tuple[Requirement, ...]
    deduction: Deduction | None
    citations: Mapping[str, Citation]
    content_hash: str

    @property
    def label(self) -> str:
        """Return the name by which logs and examples call it."""
        return f"{self.code}@{self.version}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return every input that it asks, each once."""
        names = [name for each in self.indicators for name in each.inputs]
        names += [group.stated for group in self.groups if group.stated]
        names += [name for r in self.required for name in (r.fact, r.year) if name]
        if self.deduction:
            names.append(self.deduction.fact)
        return tuple(dict.fromkeys(names))

    def covers(self, day: date) -> bool:
        """Whether ``day`` is between its first and its last day, both included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def read_scheme(record: Mapping[str, Any]) -> Scheme:
    """Read a full record; raises RuleMalformed with the path of the first mistake."""
    at = "scheme"
    citations = {ref: Citation(**raw) for ref, raw in record["citations"].items()}
    scope = Scope(facts=INPUTS, parameters={}, clauses=frozenset(citations), papers=frozenset())
    groups = tuple(
        _group(raw, scope, f"{at}.groups[{i}]") for i, raw in enumerate(_list(record, "groups", at))
    )
    indicators = tuple(
        _indicator(raw, scope, groups, f"{at}.indicators[{i}]")
        for i, raw in enumerate(_list(record, "indicators", at))
    )
    for kind, codes in (("groups", groups), ("indicators", indicators)):
        if len({each.code for each in codes}) < len(codes):
            raise RuleMalformed(f"{at}.{kind}", "two of them have the same code; rename one")
    begins = _day(record, "valid_from", at)
    ends = None if record.get("valid_to") is None else _day(record, "valid_to", at)
    if ends is not None and ends < begins:
        raise RuleMalformed(f"{at}.valid_to", "the last day is before the first")
    if record.get("provenance") not in PROVENANCES:
        raise RuleMalformed(f"{at}.provenance", "must be one of official, secondary")
    raw_deduction = record.get("deduction")
    deduction = None
    if raw_deduction is not None:
        value = read_value(raw_deduction, scope, f"{at}.deduction")
        if not isinstance(value, Deduction):
            raise RuleMalformed(f"{at}.deduction", "expected `deduction` with an input")
        deduction = value
    return Scheme(
        code=_text(record, "code", at),
        version=_text(record, "version", at),
        name=_both(record, "name", at),
        area=_text(record, "area", at),
        purpose=_both(record, "purpose", at),
        valid_from=begins,
        valid_to=ends,
        provenance=str(record["provenance"]),
        clause=_cited(record, scope, at),
        groups=groups,
        indicators=indicators,
        required=tuple(
            _requirement(raw, scope, f"{at}.required[{i}]")
            for i, raw in enumerate(record.get("required") or ())
        ),
        deduction=deduction,
        citations=citations,
        content_hash=digest(record),
    )


def _group(raw: Any, scope: Scope, at: str) -> Group:
    raw = _only(raw, {"code", "name", "cap", "clause", "stated", "note"}, at)
    stated = raw.get("stated") or ""
    if stated and stated not in INPUTS:
        raise RuleMalformed(f"{at}.stated", "%(name)r is no input", name=stated)
    return Group(
        code=_text(raw, "code", at),
        name=_both(raw, "name", at),
        cap=number(raw.get("cap"), f"{at}.cap"),
        clause=_cited(raw, scope, at),
        stated=stated,
        note=_both(raw, "note", at) if raw.get("note") else None,
    )


def _indicator(raw: Any, scope: Scope, groups: tuple[Group, ...], at: str) -> Indicator:
    keys = {"code", "group", "name", "cap", "clause", "per_parent", "value", "statutory"}
    raw = _only(raw, keys | {"paper", "department"}, at)
    group = _text(raw, "group", at)
    if group not in {each.code for each in groups}:
        raise RuleMalformed(f"{at}.group", "no group %(group)r; add it", group=group)
    statutory = raw.get("statutory") or ""
    if statutory and statutory not in STATUTORY:
        raise RuleMalformed(f"{at}.statutory", "one of %(names)s", names=", ".join(STATUTORY))
    found = Indicator(
        code=_text(raw, "code", at),
        group=group,
        name=_both(raw, "name", at),
        cap=number(raw.get("cap"), f"{at}.cap"),
        clause=_cited(raw, scope, at),
        per_parent=raw.get("per_parent") is True,
        value=read_value(raw.get("value"), scope, f"{at}.value"),
        statutory=statutory,
        paper=_both(raw, "paper", at) if raw.get("paper") else None,
        department=_both(raw, "department", at) if raw.get("department") else None,
    )
    for name in found.inputs:
        if (name in PARENT_INPUTS) != found.per_parent:
            raise RuleMalformed(
                f"{at}.per_parent", "%(name)r does not fit `per_parent`; correct one", name=name
            )
    return found


def _requirement(raw: Any, scope: Scope, at: str) -> Requirement:
    keys = {"code", "kind", "name", "clause", "fact", "at_least", "year", "month", "day"}
    raw = _only(raw, keys, at)
    if raw.get("kind") not in REQUIREMENTS:
        raise RuleMalformed(f"{at}.kind", "one of %(names)s", names=", ".join(REQUIREMENTS))
    if raw.get("fact") not in INPUTS or raw.get("year", "school_year") not in INPUTS:
        raise RuleMalformed(f"{at}.fact", "the input is not in the dictionary")
    return Requirement(
        code=_text(raw, "code", at),
        kind=raw["kind"],
        name=_both(raw, "name", at),
        clause=_cited(raw, scope, at),
        fact=raw["fact"],
        at_least=int(number(raw.get("at_least"), f"{at}.at_least")),
        year=raw.get("year", ""),
        month=raw.get("month", 0),
        day=raw.get("day", 0),
    )


def _only(raw: Any, allowed: set[str], at: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise RuleMalformed(at, "expected names and values")
    for key in raw:
        if key not in allowed:
            raise RuleMalformed(f"{at}.{key}", "`%(key)s` is not known here", key=key)
    return raw


def _list(record: Mapping[str, Any], key: str, at: str) -> list[Any]:
    value = record.get(key)
    if not isinstance(value, list) or not value:
        raise RuleMalformed(f"{at}.{key}", "`%(key)s` must be a list", key=key)
    return value


def _text(record: Mapping[str, Any], key: str, at: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise RuleMalformed(f"{at}.{key}", "`%(key)s` is missing; give it as text", key=key)
    return value


def _both(record: Mapping[str, Any], key: str, at: str) -> Mapping[str, str]:
    match record.get(key):
        case {"zh": str(zh), "en": str(en)} if zh and en:
            return {"zh": zh, "en": en}
    raise RuleMalformed(f"{at}.{key}", "`%(key)s` needs a text in zh and in en", key=key)


def _day(record: Mapping[str, Any], key: str, at: str) -> date:
    try:
        return date.fromisoformat(record[key])
    except (TypeError, ValueError, KeyError):
        raise RuleMalformed(f"{at}.{key}", "write a day like 2018-05-01") from None


def _cited(raw: Mapping[str, Any], scope: Scope, at: str) -> str:
    clause = raw.get("clause")
    if not isinstance(clause, str) or clause not in scope.clauses:
        raise RuleMalformed(
            f"{at}.clause", "no clause %(clause)r is quoted; add its words", clause=clause
        )
    return clause
