"""Rule versions, and the ruleset in force on a day.

A rule record is plain data (what a database row or a file holds); ``read_rule`` turns it into a
``RuleVersion``. A ``Ruleset`` is the periods in which versions are in force, one line a route and
area class; it is named by a hash, so that an answer can be reproduced years later.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from eligibility.core.condition import (
    Condition,
    Parameter,
    leaves,
    parse,
    scope_for,
    serialise,
    walk,
)
from eligibility.core.errors import RuleMalformed, RulesConflict
from eligibility.core.places import AREA_CLASSES

T = TypeVar("T")

ROUTE, FAMILY = "route", "family"
KINDS = (ROUTE, FAMILY)
FAMILY_CODE = "accompanying-family"
SELF_AND_FAMILY, SELF = "self_and_family", "self"
REGISTERS = (SELF_AND_FAMILY, SELF)
OFFICIAL, SECONDARY = "official", "secondary"
PROVENANCES = (OFFICIAL, SECONDARY)


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Where the law says it: a clause of a document, with its words."""

    slug: str
    document: Mapping[str, str]  # language -> title
    number: str
    article: str
    text: str
    provenance: str


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper that proves something; ``only_when`` narrows it to values of a fact."""

    code: str
    name: Mapping[str, str]
    alternatives: tuple[Mapping[str, str], ...] = ()
    only_when: Mapping[str, str] | None = None
    always: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleVersion:
    """One version of one rule, read and checked; compared by identity, named by its hash."""

    code: str
    version: str
    kind: str
    name: Mapping[str, str]
    summary: Mapping[str, str]
    areas: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    clause: str
    provenance: str
    registers: str
    parameters: Mapping[str, Parameter]
    condition: Condition
    citations: Mapping[str, Citation]
    papers: Mapping[str, Paper]
    content_hash: str

    @property
    def citation(self) -> Citation:
        """Return the clause that the rule as a whole rests on."""
        return self.citations[self.clause]

    @property
    def label(self) -> str:
        """Return the name by which logs and examples call it."""
        return f"{self.code}@{self.version}"

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """Return what other modules derived from this version, kept as long as it lives."""
        return {}

    @cached_property
    def nodes(self) -> tuple[Condition, ...]:
        """Return every node in the order of the text; marks are kept in the same order."""
        return tuple(walk(self.condition))

    def leaf_provenance(self, leaf: Any) -> str:
        """Return the weakest source that a leaf rests on."""
        found = {self.citations[leaf.clause].provenance}
        parameter = self.parameters.get(getattr(leaf, "parameter", ""))
        if parameter is not None:
            found.add(parameter.provenance or self.citations[parameter.clause].provenance)
        return SECONDARY if SECONDARY in found else OFFICIAL


def per_rule(derive: Callable[["RuleVersion"], T]) -> Callable[["RuleVersion"], T]:
    """Derive something from a version once, and keep it with the version."""

    def derived(rule: RuleVersion) -> T:
        if derive not in rule.memo:
            rule.memo[derive] = derive(rule)
        found: T = rule.memo[derive]
        return found

    return derived


def canonical(content: Any) -> bytes:
    """Return the one way in which content is written where it is hashed or compared."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(content: Any) -> str:
    """Return the hash that names ``content``."""
    return f"sha256:{hashlib.sha256(canonical(content)).hexdigest()}"


def read_rule(record: Mapping[str, Any]) -> RuleVersion:
    """Read a rule record; raises RuleMalformed with the path of the first mistake."""
    at = "rule"
    code, version = _text(record, "code", at), _text(record, "version", at)
    citations = {
        ref: Citation(
            slug=raw["slug"],
            document=raw["document"],
            number=raw["number"],
            article=raw["article"],
            text=raw["text"],
            provenance=_one_of(raw, "provenance", PROVENANCES, f"{at}.citations[{ref}]"),
        )
        for ref, raw in record["citations"].items()
    }
    papers = {
        name: Paper(
            code=name,
            name=raw["name"],
            alternatives=tuple(raw.get("alternatives", ())),
            only_when=raw.get("only_when"),
            always=raw.get("always", False),
        )
        for name, raw in record["papers"].items()
    }
    parameters = {
        name: _parameter(raw, citations, f"{at}.parameters.{name}")
        for name, raw in record["parameters"].items()
    }
    kind = _one_of(record, "kind", KINDS, at)
    scope = scope_for(kind, parameters, citations, papers)
    condition = parse(record["condition"], scope, f"{at}.condition")
    _check_ids(condition, f"{at}.condition")
    clause = _text(record, "clause", at)
    if clause not in citations:
        raise RuleMalformed(f"{at}.clause", "no clause %(clause)r is quoted", clause=clause)
    begins, ends = _day(record, "effective_from", at), record.get("effective_to")
    last = None if ends is None else _day(record, "effective_to", at)
    if begins is None or (last is not None and last < begins):
        raise RuleMalformed(f"{at}.effective_to", "the last day is before the first")
    return RuleVersion(
        code=code,
        version=version,
        kind=kind,
        name=_both(record, "name", at),
        summary=_both(record, "summary", at),
        areas=_areas(record, at),
        effective_from=begins,
        effective_to=last,
        clause=clause,
        provenance=_weakest(record, citations, parameters, condition, clause),
        registers=_one_of(record, "registers", REGISTERS, at),
        parameters=parameters,
        condition=condition,
        citations=citations,
        papers=papers,
        content_hash=digest(record),
    )


def _weakest(
    record: Mapping[str, Any],
    citations: Mapping[str, Citation],
    parameters: Mapping[str, Parameter],
    condition: Condition,
    clause: str,
) -> str:
    """Return `secondary` if anything that the rule rests on was not read in the official text."""
    found = {record.get("provenance") or citations[clause].provenance}
    found.update(citations[leaf.clause].provenance for leaf in leaves(condition))
    found.update(p.provenance or citations[p.clause].provenance for p in parameters.values())
    return SECONDARY if SECONDARY in found else OFFICIAL


def _text(record: Mapping[str, Any], key: str, at: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise RuleMalformed(
            f"{at}.{key}", "`%(key)s` is missing; give it as text in quotes", key=key
        )
    return value


def _one_of(record: Mapping[str, Any], key: str, choices: tuple[str, ...], at: str) -> str:
    value = record.get(key)
    if value not in choices:
        raise RuleMalformed(
            f"{at}.{key}",
            "`%(key)s` must be one of %(choices)s",
            key=key,
            choices=", ".join(choices),
        )
    return str(value)


def _both(record: Mapping[str, Any], key: str, at: str) -> Mapping[str, str]:
    match record.get(key):
        case {"zh": str(zh), "en": str(en)} if zh and en:
            return {"zh": zh, "en": en}
    raise RuleMalformed(f"{at}.{key}", "`%(key)s` needs a text in zh and in en", key=key)


def _day(record: Mapping[str, Any], key: str, at: str) -> date:
    try:
        return date.fromisoformat(record[key])
    except (TypeError, ValueError, KeyError):
        raise RuleMalformed(
            f"{at}.{key}", "`%(key)s` must be a day like 2018-05-01", key=key
        ) from None


def _areas(record: Mapping[str, Any], at: str) -> tuple[str, ...]:
    areas = record.get("areas")
    if not isinstance(areas, list) or not areas or not set(areas) <= set(AREA_CLASSES):
        raise RuleMalformed(
            f"{at}.areas", "`areas` takes a list of %(choices)s", choices=", ".join(AREA_CLASSES)
        )
    return tuple(area for area in AREA_CLASSES if area in areas)


def _parameter(raw: Any, citations: Mapping[str, Citation], at: str) -> Parameter:
    match raw:
        case {"value": value, "unit": str(unit), "clause": str(clause), **rest}:
            if clause not in citations:
                raise RuleMalformed(f"{at}.clause", "no clause %(clause)r is quoted", clause=clause)
            provenance = str(rest.get("provenance", ""))
            if provenance and provenance not in PROVENANCES:
                raise RuleMalformed(
                    f"{at}.provenance", "must be one of %(choices)s", choices=", ".join(PROVENANCES)
                )
            return Parameter(value=value, unit=unit, clause=clause, provenance=provenance)
    raise RuleMalformed(at, "a figure needs `value`, `unit` and the `clause` that gives it")


def _check_ids(condition: Condition, at: str) -> None:
    """Refuse one id for two different questions: versions are compared leaf by leaf, by id."""
    asked: dict[str, Any] = {}
    for leaf in leaves(condition):
        if asked.setdefault(leaf.id, serialise(leaf)) != serialise(leaf):
            raise RuleMalformed(
                at, "two different leaves are called %(name)r; rename one", name=leaf.id
            )


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The days on which a version is the rule of its route in one area class."""

    rule: RuleVersion
    area: str
    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the version is in force on ``day``."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A version that takes part on a day, and the area classes in which it does."""

    rule: RuleVersion
    areas: tuple[str, ...]


class Ruleset:
    """Every period in force, in the order of the rule table."""

    def __init__(self, periods: Iterable[InForce], order: Iterable[str] = ()):
        """Sort the periods; raises RulesConflict where two overlap or one has no day."""
        rank = {code: number for number, code in enumerate(order)}
        self.order = tuple(rank)
        self.periods = tuple(
            sorted(
                periods,
                key=lambda p: (
                    rank.get(p.rule.code, len(rank)),
                    p.rule.code,
                    AREA_CLASSES.index(p.area),
                    p.first,
                ),
            )
        )
        self._by_route: dict[tuple[str, str], list[InForce]] = {}
        for period in self.periods:
            if period.last is not None and period.last < period.first:
                raise RulesConflict(
                    "%(label)s would end in %(area)s on %(last)s, before it begins; no other "
                    "version may begin on %(first)s",
                    label=period.rule.label,
                    area=period.area,
                    last=period.last,
                    first=period.first,
                )
            line = self._by_route.setdefault((period.rule.code, period.area), [])
            if line and (line[-1].last is None or line[-1].last >= period.first):
                raise RulesConflict(
                    "%(label)s and %(other)s are both in force in %(area)s on %(first)s; end the "
                    "earlier one the day before",
                    label=line[-1].rule.label,
                    other=period.rule.label,
                    area=period.area,
                    first=period.first,
                )
            line.append(period)
        days = {p.first for p in self.periods}
        days |= {p.last + timedelta(days=1) for p in self.periods if p.last and p.last < date.max}
        self._changes = tuple(sorted(days))
        self.memo: dict[Any, Any] = {}  # what other modules derived, kept as long as it lives
        self._listings: dict[tuple[int, tuple[str, ...], str], tuple[Listed, ...]] = {}

    @cached_property
    def hash(self) -> str:
        """Return the name of this ruleset: its manifest's hash."""
        return digest(self.manifest)

    @property
    def manifest(self) -> dict[str, Any]:
        """Return what the ruleset is made of, versions by content hash."""
        return {
            "order": list(self.order),
            "periods": [
                [
                    p.rule.code,
                    p.area,
                    p.first.isoformat(),
                    p.last.isoformat() if p.last else None,
                    p.rule.content_hash,
                ]
                for p in self.periods
            ],
        }

    @cached_property
    def versions(self) -> tuple[RuleVersion, ...]:
        """Return each version once, in the order of the rule table."""
        return tuple({id(p.rule): p.rule for p in self.periods}.values())

    def line(self, code: str, area: str) -> tuple[InForce, ...]:
        """Return the periods of one route in one area class, earliest first."""
        return tuple(self._by_route.get((code, area), ()))

    def version_on(self, code: str, area: str, day: date) -> RuleVersion | None:
        """Return the version in force; None where none is, or the route is suspended."""
        for period in self._by_route.get((code, area), ()):
            if period.covers(day):
                return period.rule
        return None

    def era(self, day: date) -> int:
        """Return the number of the stretch of days around ``day`` in which nothing changes."""
        return bisect_right(self._changes, day)

    def listing(
        self, day: date, area_classes: tuple[str, ...], kind: str = ROUTE
    ) -> tuple[Listed, ...]:
        """Return the versions in force on ``day`` in any of the classes; one tuple a listing."""
        key = (self.era(day), area_classes, kind)
        known = self._listings.get(key)
        if known is None:
            found: dict[int, tuple[RuleVersion, list[str]]] = {}
            for period in self.periods:
                if period.rule.kind == kind and period.area in area_classes and period.covers(day):
                    found.setdefault(id(period.rule), (period.rule, []))[1].append(period.area)
            known = tuple(Listed(rule=r, areas=tuple(areas)) for r, areas in found.values())
            self._listings[key] = known
        return known


def stack(versions: Iterable[RuleVersion], order: Iterable[str] = ()) -> Ruleset:
    """Return the ruleset in which each later version ends the one before it the day before."""
    lines: dict[tuple[str, str], list[RuleVersion]] = {}
    for rule in sorted(versions, key=lambda r: r.effective_from):
        for area in rule.areas:
            lines.setdefault((rule.code, area), []).append(rule)
    periods = []
    for (_, area), line in lines.items():
        for rule, following in zip(line, [*line[1:], None], strict=True):
            last = rule.effective_to
            if following and (last is None or last >= following.effective_from):
                last = following.effective_from - timedelta(days=1)
            periods.append(InForce(rule=rule, area=area, first=rule.effective_from, last=last))
    return Ruleset(periods, order)
