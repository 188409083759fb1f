"""judge(provision, facts) -> Judged: one trace, from which reasons, papers and date are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    leaves,
    satisfying,
)
from eligibility.core.evaluate import Trace
from eligibility.core.explain import Gap, proofs, reasons
from eligibility.core.facts import Fact, Growth, Kind
from eligibility.core.verdict import Verdict
from residence_permit.core.permit_facts import Stated, asked_as
from residence_permit.core.provisions import PERMIT, Provision, ProvisionPaper, in_force

PERMIT_CODE = "residence-permit"
_OPPOSITE = {Verdict.MET: Verdict.NOT_MET, Verdict.NOT_MET: Verdict.MET}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A leaf that settles the answer: what it asks, what is known, what is missing."""

    leaf: Compare | OfficerJudgement
    verdict: Verdict
    actual: Any = None
    gap: Gap | None = None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How somebody stands under one provision on a day."""

    provision: Provision
    verdict: Verdict
    trace: Trace
    reasons: tuple[Reason, ...]
    unknown_facts: tuple[str, ...]
    earliest_date: date | None
    papers: tuple[ProvisionPaper, ...]


class NoPermitRule(LookupError):
    """No version of the permit's conditions is in force on a day."""

    def __init__(self, day: date):
        super().__init__(f"no conditions of the permit are held for {day}; ask for a later day")
        self.day = day


def trace(node: Condition, values: Mapping[str, Any], dictionary: Mapping[str, Fact]) -> Trace:
    """Judge a condition, every branch of it; a value that is missing is unknown.

    Source: docs/policy/rules.md, 6. A test holds it to the compiled settlement rules.
    """
    match node:
        case All(children=children):
            parts = tuple(trace(child, values, dictionary) for child in children)
            return Trace(node, min(part.verdict for part in parts), parts)
        case AnyOf(children=children):
            parts = tuple(trace(child, values, dictionary) for child in children)
            return Trace(node, max(part.verdict for part in parts), parts)
        case Not(child=child):
            part = trace(child, values, dictionary)
            return Trace(node, _OPPOSITE.get(part.verdict, part.verdict), (part,))
        case OfficerJudgement():
            return Trace(node, Verdict.OFFICER)
        case Compare():
            actual = values.get(node.fact)
            if actual is None:
                return Trace(node, Verdict.UNKNOWN)
            met = _meets(node, actual, dictionary[node.fact])
            return Trace(node, Verdict.MET if met else Verdict.NOT_MET, actual=actual)
    assert_never(node)


def _meets(leaf: Compare, actual: Any, fact: Fact) -> bool:
    if fact.kind is Kind.CHOICE:
        return actual in satisfying(leaf, fact)
    bound = leaf.value
    tests = {
        "is": actual == bound,
        "at_least": actual >= bound,
        "at_most": actual <= bound,
        "above": actual > bound,
        "below": actual < bound,
    }
    return bool(tests[leaf.operator])


def judge(provision: Provision, facts: Stated) -> Judged:
    """Judge what is known about somebody; equal inputs, equal answers."""
    found = trace(provision.condition, facts.values, provision.facts)
    return Judged(
        provision=provision,
        verdict=found.verdict,
        trace=found,
        reasons=tuple(_reason(part, provision.facts) for part in reasons(found)),
        unknown_facts=_unknown(found, provision.facts),
        earliest_date=None if found.verdict is Verdict.MET else earliest_date(provision, facts),
        papers=papers(provision, found, facts.values),
    )


def judge_permit(provisions: Iterable[Provision], facts: Stated) -> Judged:
    """Judge whether a permit can be applied for; raises NoPermitRule before the first version.

    Source: GW 2, ZJ 2, 16.
    """
    for provision in in_force(provisions, facts.as_of, kinds=(PERMIT,)):
        if provision.code == PERMIT_CODE:
            return judge(provision, facts)
    raise NoPermitRule(facts.as_of)


def judge_services(
    provisions: Iterable[Provision], facts: Stated, county_code: str
) -> tuple[Judged, ...]:
    """Judge everything that a holder in a county may get, in the order of the records."""
    listed = in_force(provisions, facts.as_of, county_code=county_code)
    return tuple(judge(provision, facts) for provision in listed if provision.kind != PERMIT)


def _reason(part: Trace, dictionary: Mapping[str, Fact]) -> Reason:
    leaf = part.node
    if not isinstance(leaf, Compare | OfficerJudgement):
        raise TypeError(f"{leaf!r} is no leaf")
    gap = _gap(part, leaf, dictionary) if isinstance(leaf, Compare) else None
    return Reason(leaf=leaf, verdict=part.verdict, actual=part.actual, gap=gap)


def _gap(part: Trace, leaf: Compare, dictionary: Mapping[str, Fact]) -> Gap | None:
    fact = dictionary[leaf.fact]
    counted = fact.kind in (Kind.INT, Kind.DECIMAL) and leaf.operator in ("at_least", "above")
    if not counted or part.actual is None or _meets(leaf, part.actual, fact):
        return None
    amount = leaf.value - part.actual + (leaf.operator == "above")
    return Gap(amount=amount, unit=fact.unit, grows=fact.growth is not Growth.NEVER)


def _unknown(found: Trace, dictionary: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts to ask for, on which an unknown answer hangs."""
    if found.verdict is not Verdict.UNKNOWN:
        return ()
    compared = (part.node for part in reasons(found))
    names = (asked_as(dictionary, leaf.fact) for leaf in compared if isinstance(leaf, Compare))
    return tuple(dict.fromkeys(names))


def earliest_date(provision: Provision, facts: Stated) -> date | None:
    """Return the first later day on which the condition is met if only time passes.

    Exact: it can change only on a day when a known leaf flips, and those days are tried in order.
    """
    days = set()
    for leaf in leaves(provision.condition):
        if isinstance(leaf, Compare) and provision.facts[leaf.fact].growth is not Growth.NEVER:
            for amount in (leaf.value, leaf.value + 1):
                day = facts.day_reached(leaf.fact, amount)
                if day is not None and day > facts.as_of and provision.covers(day):
                    days.add(day)
    for day in sorted(days):
        values = facts.values_on(day)
        if trace(provision.condition, values, provision.facts).verdict is Verdict.MET:
            return day
    return None


def papers(
    provision: Provision, found: Trace, values: Mapping[str, Any]
) -> tuple[ProvisionPaper, ...]:
    """Return the papers to bring: those for everybody, then those of the grounds that count."""
    codes = [code for code, paper in provision.papers.items() if paper.always]
    for leaf in proofs(found):
        if isinstance(leaf.node, Compare | OfficerJudgement):
            codes += leaf.node.papers
    chosen = (provision.papers[code] for code in dict.fromkeys(codes))
    return tuple(paper for paper in chosen if _wanted(paper, values))


def _wanted(paper: ProvisionPaper, values: Mapping[str, Any]) -> bool:
    """Whether a paper goes with what is known."""
    return all(
        name not in values or values[name] in wanted for name, wanted in paper.only_when.items()
    )
