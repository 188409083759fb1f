"""A version of a rule in words: what does not depend on the person is worded once a language."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.condition import Compare, Condition, OfficerJudgement, leaves
from eligibility.core.facts import asked_as
from eligibility.core.rule import Citation, Paper, RuleVersion

_KINDS = {"All": "all", "AnyOf": "any", "Not": "not"}


@dataclass(frozen=True)
class Words:
    """A version in one language: what is said of every route, and a template for each node.

    The nodes stand by their places.
    """

    head: dict[str, Any]
    nodes: tuple[dict[str, Any], ...]
    area: dict[str, Any]
    whole: dict[str, Any]
    papers: dict[tuple[str, str], dict[str, Any]]


def citation(cited: Citation, provenance: str = "") -> dict[str, Any]:
    """Return where the law says it."""
    return {
        "document": wording.say(cited.document),
        "number": cited.number,
        "article": cited.article,
        "text": cited.text,
        "provenance": provenance or cited.provenance,
    }


def words_of(rule: RuleVersion, language: str) -> Words:
    """Return a version in the active language, which is ``language``; worded once."""
    known: Words | None = rule.memo.get(language)
    if known is None:
        whole = citation(rule.citation, rule.provenance)
        known = rule.memo[language] = Words(
            head={
                "code": rule.code,
                "name": wording.say(rule.name),
                "version": rule.version,
                "provenance": rule.provenance,
                "verdict": "",
                "citation": whole,
            },
            nodes=tuple(_node_words(rule, node) for node in rule.nodes),
            whole={
                "kind": "all",
                "verdict": "",
                "text": _("all of these"),
                "citation": whole,
                "children": [],
            },
            papers={
                (paper.code, clause): _paper(rule, paper, clause)
                for paper, clause in _named_papers(rule)
            },
            area={
                "kind": "leaf",
                "verdict": "",
                "text": _("the place of registration is in %(areas)s")
                % {"areas": wording.any_of(wording.AREAS[area] for area in rule.areas)},
                "fact": "target_township",
                "required": list(rule.areas),
                "citation": whole,
            },
        )
    return known


def _node_words(rule: RuleVersion, node: Condition) -> dict[str, Any]:
    match node:
        case Compare():
            cited = rule.citations[node.clause]
            return {
                "kind": "leaf",
                "verdict": "",
                "id": node.id,
                "text": wording.leaf_text(node),
                "fact": asked_as(node.fact),
                "actual": None,
                "operator": node.operator,
                "required": wording.plain_value(node.value),
                "citation": citation(cited, rule.leaf_provenance(node)),
            }
        case OfficerJudgement():
            return {
                "kind": "officer",
                "verdict": "",
                "id": node.id,
                "text": wording.leaf_text(node),
                "citation": citation(rule.citations[node.clause]),
            }
    kind = _KINDS[type(node).__name__]
    texts = {"all": _("all of these"), "any": _("one of these"), "not": _("the opposite of this")}
    return {
        "kind": kind,
        "verdict": "",
        "text": texts[kind],
        "citation": citation(rule.citation, rule.provenance),
    }


def _named_papers(rule: RuleVersion) -> Iterator[tuple[Paper, str]]:
    """Yield each paper of a version with each clause that it may prove."""
    for paper in rule.papers.values():
        if paper.always:
            yield paper, rule.clause
    for leaf in leaves(rule.condition):
        for code in leaf.papers:
            yield rule.papers[code], leaf.clause


def _paper(rule: RuleVersion, paper: Paper, clause: str) -> dict[str, Any]:
    return {
        "code": paper.code,
        "name": wording.say(paper.name),
        "alternatives": [wording.say(name) for name in paper.alternatives],
        "for": "applicant",
        "clause": clause_name(rule, clause),
    }


def clause_name(rule: RuleVersion, reference: str) -> str:
    """Return a clause as it is cited: number or title, and article."""
    cited = rule.citations[reference]
    return f"{cited.number or wording.say(cited.document)} {cited.article}"


def leaves_in_words(rule: RuleVersion) -> Iterator[tuple[Condition, dict[str, Any]]]:
    """Yield every node of a version with its words, in the order of the text."""
    yield from zip(rule.nodes, words_of(rule, wording.language()).nodes, strict=True)
