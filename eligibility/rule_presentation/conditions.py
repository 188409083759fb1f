"""Conditions in words, with their figures, papers and clauses."""

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Leaf,
    Not,
    OfficerJudgement,
    children_of,
    leaves,
)
from eligibility.core.rule import OFFICIAL, SECONDARY, Paper, RuleVersion

from .shapes import ClauseLine, Figure, Line


def condition_line(
    rule: RuleVersion,
    anchors: Mapping[str, str] | None = None,
    marks: Mapping[int, str] | None = None,
) -> Line:
    """Return the condition line by line; ``marks`` says by place which leaves differ."""
    places = iter(range(len(rule.nodes)))
    return _line(rule, rule.condition, anchors or {}, marks or {}, places)


def _line(
    rule: RuleVersion,
    node: Condition,
    anchors: Mapping[str, str],
    marks: Mapping[int, str],
    places: Iterator[int],
) -> Line:
    place = next(places)
    if isinstance(node, Compare | OfficerJudgement):
        return _leaf_line(rule, node, anchors, marks.get(place, ""))
    parts = tuple(_line(rule, child, anchors, marks, places) for child in children_of(node))
    if isinstance(node, Not):
        return Line(kind="not", text=_("the opposite of this"), parts=parts)
    texts = {All: ("all", _("all of these")), AnyOf: ("any", _("one of these"))}
    kind, text = texts[type(node)]
    return Line(kind=kind, text=text, self_only=node.self_only, parts=parts)


def _leaf_line(rule: RuleVersion, leaf: Leaf, anchors: Mapping[str, str], mark: str) -> Line:
    cited = rule.citations[leaf.clause]
    return Line(
        kind="officer" if isinstance(leaf, OfficerJudgement) else "leaf",
        text=wording.leaf_text(leaf),
        source=_source(cited.article, rule.leaf_provenance(leaf)),
        anchor=anchors.get(leaf.clause, ""),
        papers=papers_text(rule.papers[code] for code in leaf.papers),
        mark=mark,
    )


def _source(article: str, provenance: str) -> str:
    if provenance == SECONDARY:
        return _("%(article)s, read in a reprint") % {"article": article}
    return article


def papers_text(papers: Iterable[Paper]) -> str:
    """Return papers in words, each with what does as well and with the case it is for."""
    return wording.clauses_of(_paper_text(paper) for paper in papers)


def _paper_text(paper: Paper) -> str:
    said = wording.say(paper.name)
    if paper.alternatives:
        others = wording.any_of(wording.say(name) for name in paper.alternatives)
        said = _("%(paper)s (or %(others)s)") % {"paper": said, "others": others}
    for name, value in (paper.only_when or {}).items():
        case = wording.VALUES[name][value]
        said = _("%(paper)s (for: %(case)s)") % {"case": case, "paper": said}
    return said


def figures(rule: RuleVersion) -> tuple[Figure, ...]:
    """Return the figures of a version, each named by what is compared with it."""
    asked = {
        leaf.parameter: wording.label(leaf.fact)
        for leaf in leaves(rule.condition)
        if isinstance(leaf, Compare) and leaf.parameter
    }
    return tuple(
        Figure(
            label=asked[name],
            amount=wording.amount(parameter.value, parameter.unit),
            source=_source(
                rule.citations[parameter.clause].article,
                parameter.provenance or rule.citations[parameter.clause].provenance,
            ),
        )
        for name, parameter in rule.parameters.items()
        if name in asked
    )


def clause_lines(rule: RuleVersion) -> dict[str, ClauseLine]:
    """Return by reference the words that a version rests on, its own clause first."""
    wanted = [rule.clause, *(leaf.clause for leaf in leaves(rule.condition))]
    wanted += [parameter.clause for parameter in rule.parameters.values()]
    found = {}
    for number, reference in enumerate(dict.fromkeys(wanted), start=1):
        cited = rule.citations[reference]
        found[reference] = ClauseLine(
            anchor=f"text-{number}",
            slug=cited.slug,
            document=wording.say(cited.document),
            number=cited.number,
            article=cited.article,
            text=cited.text,
            secondary=cited.provenance != OFFICIAL,
        )
    return found
