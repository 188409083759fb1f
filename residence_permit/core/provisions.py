"""Versioned records of what the law asks for a permit, and gives to its holder.

The condition is in the language of the settlement rules, over the facts of ``permit_facts``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eligibility.core.condition import Condition, Parameter, Scope, leaves, parse, serialise
from eligibility.core.errors import RuleMalformed, RulesConflict
from eligibility.core.facts import Fact
from eligibility.core.rule import PROVENANCES, Citation, digest
from residence_permit.core.permit_facts import HOLDER_FACTS, PERMIT_FACTS, comparable

PERMIT = "permit"  # what is asked of an applicant; every other kind is something a holder gets
KINDS = (PERMIT, "right", "service", "convenience", "widened")
EVERYWHERE = "000000"  # the area of a national law


@dataclass(frozen=True, kw_only=True)
class ProvisionPaper:
    """A paper that proves something; ``only_when`` narrows it to some values of facts."""

    code: str
    name: Mapping[str, str]
    clause: str
    alternatives: tuple[Mapping[str, str], ...] = ()
    only_when: Mapping[str, tuple[str, ...]]
    always: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Provision:
    """One version of one provision, read and checked; named by its hash."""

    code: str
    version: str
    kind: str
    name: Mapping[str, str]
    summary: Mapping[str, str]
    area: str  # the code of the division in which it holds; zeros at its end mean all of it
    office: Mapping[str, str] | None  # as the text names it; None where it names none
    clause: str
    also: tuple[str, ...]  # further clauses that say the same
    effective_from: date
    effective_to: date | None
    parameters: Mapping[str, Parameter]
    condition: Condition
    citations: Mapping[str, Citation]
    papers: Mapping[str, ProvisionPaper]
    content_hash: str

    @property
    def label(self) -> str:
        """Return the name by which logs and examples call it."""
        return f"{self.code}@{self.version}"

    @property
    def citation(self) -> Citation:
        """Return the clause that the provision rests on."""
        return self.citations[self.clause]

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Return the dictionary that its condition is about."""
        return facts_of(self.kind)

    def holds_in(self, county_code: str) -> bool:
        """Whether it holds in a county; divisions are coded two digits a level."""
        place = self.area
        while place.endswith("00"):
            place = place[:-2]
        return county_code.startswith(place)

    def covers(self, day: date) -> bool:
        """Whether ``day`` is between its first and its own last day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )


def facts_of(kind: str) -> Mapping[str, Fact]:
    """Return the dictionary of a kind: an applicant's, or a holder's."""
    return PERMIT_FACTS if kind == PERMIT else HOLDER_FACTS


def read_provision(record: Mapping[str, Any]) -> Provision:
    """Read a full record; raises RuleMalformed with the path of the first mistake."""
    at = "provision"
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
    kind = _one_of(record, "kind", KINDS, at)
    dictionary = facts_of(kind)
    papers = {
        code: _paper(code, raw, citations, dictionary, f"{at}.papers.{code}")
        for code, raw in record["papers"].items()
    }
    parameters = {
        name: _parameter(raw, citations, f"{at}.parameters.{name}")
        for name, raw in record["parameters"].items()
    }
    scope = Scope(
        facts=comparable(dictionary),
        parameters=parameters,
        clauses=frozenset(citations),
        papers=frozenset(papers),
    )
    condition = parse(record["condition"], scope, f"{at}.condition")
    _check_ids(condition, f"{at}.condition")
    begins, ends = _day(record, "effective_from", at), None
    if record.get("effective_to") is not None:
        ends = _day(record, "effective_to", at)
        if ends < begins:
            raise RuleMalformed(f"{at}.effective_to", "the last day is before the first")
    return Provision(
        code=_text(record, "code", at),
        version=_text(record, "version", at),
        kind=kind,
        name=_both(record, "name", at),
        summary=_both(record, "summary", at),
        area=_area(record, at),
        office=None if record.get("office") is None else _both(record, "office", at),
        clause=_cited(record.get("clause"), citations, f"{at}.clause"),
        also=tuple(_cited(ref, citations, f"{at}.also") for ref in record.get("also") or ()),
        effective_from=begins,
        effective_to=ends,
        parameters=parameters,
        condition=condition,
        citations=citations,
        papers=papers,
        content_hash=digest(record),
    )


def in_force(
    provisions: Iterable[Provision],
    day: date,
    *,
    kinds: Iterable[str] = KINDS,
    county_code: str | None = None,
) -> tuple[Provision, ...]:
    """Return the version of each code that holds on ``day``, in the order given.

    The later version wins from its first day; ``county_code`` leaves out what holds elsewhere.
    """
    wanted = frozenset(kinds)
    found: dict[str, Provision] = {}
    for provision in provisions:
        if provision.kind not in wanted or provision.effective_from > day:
            continue
        if county_code is not None and not provision.holds_in(county_code):
            continue
        known = found.get(provision.code)
        if known is None or known.effective_from < provision.effective_from:
            found[provision.code] = provision
    return tuple(provision for provision in found.values() if provision.covers(day))


def check_versions(provisions: Iterable[Provision]) -> None:
    """Raise RulesConflict where two versions of one code begin on one day, or share a name."""
    days: dict[tuple[str, date], Provision] = {}
    names: dict[str, Provision] = {}
    for provision in provisions:
        other = days.setdefault((provision.code, provision.effective_from), provision)
        if other is not provision:
            raise RulesConflict(
                f"{other.label} and {provision.label} both begin on {provision.effective_from}"
            )
        if names.setdefault(provision.label, provision) is not provision:
            raise RulesConflict(f"there are two {provision.label}; name one anew")


def _text(record: Mapping[str, Any], key: str, at: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise RuleMalformed(f"{at}.{key}", f"`{key}` is missing; give it as text in quotes")
    return value


def _one_of(record: Mapping[str, Any], key: str, choices: tuple[str, ...], at: str) -> str:
    value = record.get(key)
    if value not in choices:
        raise RuleMalformed(f"{at}.{key}", f"`{key}` must be one of {', '.join(choices)}")
    return str(value)


def _both(record: Mapping[str, Any], key: str, at: str) -> Mapping[str, str]:
    match record.get(key):
        case {"zh": str(zh), "en": str(en)} if zh and en:
            return {"zh": zh, "en": en}
    raise RuleMalformed(f"{at}.{key}", f"`{key}` needs a text in zh and in en")


def _day(record: Mapping[str, Any], key: str, at: str) -> date:
    try:
        return date.fromisoformat(record[key])
    except (TypeError, ValueError, KeyError):
        raise RuleMalformed(f"{at}.{key}", f"`{key}` must be a day like 2018-05-01") from None


def _area(record: Mapping[str, Any], at: str) -> str:
    area = record.get("area")
    if not isinstance(area, str) or len(area) != 6 or not area.isdecimal():
        raise RuleMalformed(f"{at}.area", "`area` takes the six digits of a division in quotes")
    return area


def _cited(clause: Any, citations: Mapping[str, Citation], at: str) -> str:
    if not isinstance(clause, str) or clause not in citations:
        raise RuleMalformed(at, f"no clause {clause!r} is held; add its words under `clauses:`")
    return clause


def _parameter(raw: Any, citations: Mapping[str, Citation], at: str) -> Parameter:
    match raw:
        case {"value": value, "unit": str(unit), "clause": str(clause)}:
            clause = _cited(clause, citations, f"{at}.clause")
            return Parameter(value=value, unit=unit, clause=clause)
    raise RuleMalformed(at, "a figure needs `value`, `unit` and the `clause` that gives it")


def _paper(
    code: str,
    raw: Mapping[str, Any],
    citations: Mapping[str, Citation],
    dictionary: Mapping[str, Fact],
    at: str,
) -> ProvisionPaper:
    only_when = {}
    for name, values in (raw.get("only_when") or {}).items():
        fact = dictionary.get(name)
        if fact is None or not isinstance(values, list) or not set(values) <= set(fact.values):
            raise RuleMalformed(f"{at}.only_when", f"`{name}` needs a list of values of a fact")
        only_when[name] = tuple(values)
    return ProvisionPaper(
        code=code,
        name=_both(raw, "name", at),
        clause=_cited(raw.get("clause"), citations, f"{at}.clause"),
        alternatives=tuple(raw.get("alternatives") or ()),
        only_when=only_when,
        always=bool(raw.get("always", False)),
    )


def _check_ids(condition: Condition, at: str) -> None:
    """Refuse one id for two different questions: versions are compared by it."""
    asked: dict[str, Any] = {}
    for leaf in leaves(condition):
        if asked.setdefault(leaf.id, serialise(leaf)) != serialise(leaf):
            raise RuleMalformed(at, f"two different leaves are called {leaf.id!r}; rename one")
