"""Why: only the nodes that settle an answer, and the papers that prove it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eligibility.core.condition import AnyOf, Compare, Not, OfficerJudgement
from eligibility.core.evaluate import Trace
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Growth, asked_as
from eligibility.core.rule import Paper, RuleVersion
from eligibility.core.verdict import Verdict


def determining(trace: Trace) -> tuple[Trace, ...]:
    """Return the children that settle a node: those with its own verdict."""
    if isinstance(trace.node, Not):
        return trace.parts
    return tuple(part for part in trace.parts if part.verdict is trace.verdict)


def reasons(trace: Trace) -> Iterator[Trace]:
    """Yield the leaves that settle the answer, in the order of the text."""
    if isinstance(trace.node, Compare | OfficerJudgement):
        yield trace
    for part in determining(trace):
        yield from reasons(part)


def unknown_facts(trace: Trace) -> tuple[str, ...]:
    """Return the missing facts on which an unknown answer hangs."""
    if trace.verdict is not Verdict.UNKNOWN:
        return ()
    return tuple(
        dict.fromkeys(
            asked_as(leaf.node.fact) for leaf in reasons(trace) if isinstance(leaf.node, Compare)
        )
    )


@dataclass(frozen=True)
class Gap:
    """What is missing to a figure, and whether it grows by itself."""

    amount: int | Decimal
    unit: str
    grows: bool


def gap(trace: Trace) -> Gap | None:
    """Return what is missing to the figure of an unmet leaf; None where nothing is counted."""
    leaf = trace.node
    if not isinstance(leaf, Compare) or trace.verdict is not Verdict.NOT_MET:
        return None
    if leaf.operator not in ("at_least", "above") or isinstance(leaf.value, str):
        return None
    fact = COMPARABLE.get(leaf.fact) or MEMBER_COMPARABLE[leaf.fact]
    amount = leaf.value - trace.actual + (leaf.operator == "above")
    return Gap(amount=amount, unit=fact.unit, grows=fact.growth is not Growth.NEVER)


def proofs(trace: Trace) -> Iterator[Trace]:
    """Yield the leaves to be proved: all of an `all`, the best child of an `any`."""
    if isinstance(trace.node, Compare | OfficerJudgement):
        yield trace
        return
    if isinstance(trace.node, Not):
        return
    parts = determining(trace)[:1] if isinstance(trace.node, AnyOf) else trace.parts
    for part in parts:
        yield from proofs(part)


def papers(
    rule: RuleVersion, trace: Trace, values: Mapping[str, Any]
) -> tuple[tuple[Paper, str], ...]:
    """Return the papers to bring, each with the clause that it proves.

    A paper that only goes with certain values (a lease with a rented home) is left out when the
    value is known to be another.
    """
    found: dict[str, tuple[Paper, str]] = {}
    for paper in rule.papers.values():
        if paper.always:
            found[paper.code] = (paper, rule.clause)
    for leaf in proofs(trace):
        if not isinstance(leaf.node, Compare | OfficerJudgement):
            continue
        for code in leaf.node.papers:
            if code not in found and wanted(rule.papers[code], values):
                found[code] = (rule.papers[code], leaf.node.clause)
    return tuple(found.values())


def wanted(paper: Paper, values: Mapping[str, Any]) -> bool:
    """Whether a paper goes with what is known."""
    return all(values.get(name) in (None, value) for name, value in (paper.only_when or {}).items())
