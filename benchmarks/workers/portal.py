"""The portal's engine, and the function written by hand, in one process."""

import platform
from collections.abc import Iterator
from datetime import date
from typing import Any

from benchmarks.workers import by_hand
from benchmarks.workers.rounds import Way, serve, work
from eligibility.core.condition import Compare, OfficerJudgement
from eligibility.core.evaluate import Assessment, Trace, evaluate, trace
from eligibility.core.places import Township
from eligibility.core.rule import read_rule, stack
from eligibility.core.stated import Facts, parse_facts

WORK = work()
DAY = date.fromisoformat(WORK["day"])
TOWNSHIPS = {code: Township(**place) for code, place in WORK["townships"].items()}
RULESET = stack(
    [read_rule(record) for record in WORK["records"]],
    dict.fromkeys(record["code"] for record in WORK["records"]),
)


def parsed(case: dict[str, Any]) -> Facts:
    """Return the facts anew, so that a call also counts the ages."""
    return parse_facts(case["facts"], as_of=DAY, townships=TOWNSHIPS)


def verdict(facts: Facts) -> tuple[int, Assessment]:
    """Judge: the overall mark, and the marks of every node of every listed route."""
    assessment = evaluate(RULESET, facts)
    return assessment.best, assessment


def with_trees(facts: Facts) -> tuple[int, Assessment, list[Trace]]:
    """Judge, and build the tree of every route with what was compared."""
    assessment = evaluate(RULESET, facts)
    trees = [trace(route.rule, route.marks, facts.values) for route in assessment.routes]
    return assessment.best, assessment, trees


def told(result: tuple[int, Assessment], case: dict[str, Any]) -> dict[str, Any]:
    """Return what the marks say."""
    overall, assessment = result
    leaves = {
        route.rule.code: {"area": route.area}
        | {
            node.id: mark
            for node, mark in zip(route.rule.nodes, route.marks, strict=True)
            if isinstance(node, Compare | OfficerJudgement)
        }
        for route in assessment.routes
    }
    return {"overall": overall, "routes": _routes(assessment), "leaves": leaves}


def told_by_trees(
    result: tuple[int, Assessment, list[Trace]], case: dict[str, Any]
) -> dict[str, Any]:
    """Return what the trees say."""
    overall, assessment, trees = result
    leaves = {
        route.rule.code: {"area": route.area} | dict(_leaves(tree))
        for route, tree in zip(assessment.routes, trees, strict=True)
    }
    return {"overall": overall, "routes": _routes(assessment), "leaves": leaves}


def _routes(assessment: Assessment) -> dict[str, int]:
    return {route.rule.code: int(route.verdict) for route in assessment.routes}


def _leaves(tree: Trace) -> Iterator[tuple[str, int]]:
    if isinstance(tree.node, Compare | OfficerJudgement):
        yield tree.node.id, int(tree.verdict)
    for part in tree.parts:
        yield from _leaves(part)


def given(case: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """Return what the functions by hand take: typed facts and the possible area classes."""
    facts = parsed(case)
    return facts.given, facts.area_classes


def hand_told(result: Any, case: dict[str, Any]) -> dict[str, Any]:
    """Return what the function by hand says."""
    return {"overall": result[0], "routes": result[1]}


def hand_explained(result: by_hand.Explained, case: dict[str, Any]) -> dict[str, Any]:
    """Return what the explaining function by hand says."""
    overall, routes = result
    return {
        "overall": overall,
        "routes": {code: verdict for code, (verdict, _) in routes.items()},
        "leaves": {code: leaves for code, (_, leaves) in routes.items()},
    }


WAYS = {
    "by hand, verdict": Way(given, lambda x: by_hand.verdicts(x[0], x[1], DAY), hand_told),
    "by hand, explained": Way(given, lambda x: by_hand.explained(x[0], x[1], DAY), hand_explained),
    "portal, verdict and marks": Way(parsed, verdict, told),
    "portal, trees": Way(parsed, with_trees, told_by_trees),
}

if __name__ == "__main__":
    serve(WAYS, WORK, {"Python": platform.python_version()})
