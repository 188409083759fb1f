"""Why a question is asked: the clauses on which it bears."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eligibility import wording
from eligibility.core.condition import Compare
from eligibility.core.rule import RuleVersion, per_rule

from .grounds import Places, ground_of
from .lacks import DERIVED_FROM
from .phrases import joined_names
from .shapes import Ground, Shown


@dataclass(frozen=True, kw_only=True)
class Why(Shown):
    """A clause for which a question is asked, and the routes that rest on it."""

    routes: str
    ground: Ground


def why_asked(check: Any, question: str, places: Places) -> tuple[Why, ...]:
    """Return the clauses on which a question bears, of the routes that are still open."""
    all_count = question in check.facts.given or check.verdict.value in ("not_yet", "not_eligible")
    rules = tuple(
        route.rule
        for route in check.routes
        if (all_count or route.verdict.wire == "unknown") and _leaf_of(route.rule, question)
    )
    key = (question, wording.language(), rules)
    known: tuple[Why, ...] | None = places.memo.get(key)
    if known is None:
        known = places.memo[key] = _why(rules, question, places)
    return known


def _why(rules: Sequence[RuleVersion], question: str, places: Places) -> tuple[Why, ...]:
    found: dict[str, tuple[Ground, list[str]]] = {}
    for rule in rules:
        leaf = _leaf_of(rule, question)
        cited = rule.citations[leaf.clause]
        ground = ground_of(
            {
                "document": wording.say(cited.document),
                "number": cited.number,
                "article": cited.article,
                "text": cited.text,
                "provenance": rule.leaf_provenance(leaf),
            },
            places,
        )
        names = found.setdefault(ground.text, (ground, []))[1]
        names.append(wording.say(rule.name))
    return tuple(
        Why(routes=joined_names(list(dict.fromkeys(names))), ground=ground)
        for ground, names in found.values()
    )


@per_rule
def _leaves_of(rule: RuleVersion) -> dict[str, Any]:
    """Return the first leaf of a version that asks for each fact."""
    found: dict[str, Any] = {}
    for node in rule.nodes:
        if isinstance(node, Compare):
            found.setdefault(node.fact, node)
    return found


def _leaf_of(rule: RuleVersion, question: str) -> Any:
    return _leaves_of(rule).get(DERIVED_FROM.get(question, question))
