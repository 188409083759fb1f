"""The draft: what it says about itself, its tree with the buttons, and the words beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from eligibility import records, rule_presentation, wording
from eligibility.admin.desk_base import (
    READ,
    STATUS,
    WRITE,
    desk_view,
    published,
    replaced_by,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_breaches import BreachLine, breach_lines
from eligibility.admin.desk_head_forms import REGISTER_WORDS
from eligibility.admin.desk_tree import groups_for, picture
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    children_of,
    leaves,
)
from eligibility.core.review import county_keeps_stable_housing, faults, invariants
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.models import RuleVersion

LANGUAGES = (("zh-hans", "zh-Hans"), ("en", "en"))


@dataclass(frozen=True, kw_only=True)
class NodeLine:
    """One node of the tree with what can be done to it."""

    address: str
    kind: str  # all, any, not, leaf, officer
    text: str
    source: str
    papers: str
    self_only: bool
    first: bool  # among its neighbours
    last: bool
    movable: bool
    transferable: bool  # whether another group could take it
    in_not: bool
    faults: tuple[BreachLine, ...]
    parts: tuple["NodeLine", ...]

    @property
    def is_group(self) -> bool:
        """Whether lines can be added inside."""
        return self.kind in ("all", "any")


def node_lines(rule: CoreRule, found: Iterable[BreachLine]) -> NodeLine:
    """Return the tree of a version, each node with its faults."""
    by_address: dict[str, list[BreachLine]] = {}
    for breach in found:
        if breach.address is not None:
            by_address.setdefault(breach.address, []).append(breach)
    return _node_line(rule, rule.condition, "r", by_address, (0, 1), in_not=False)


def _node_line(
    rule: CoreRule,
    node: Condition,
    address: str,
    found: Mapping[str, list[BreachLine]],
    place: tuple[int, int],
    *,
    in_not: bool,
) -> NodeLine:
    number, among = place
    kinds = {All: "all", AnyOf: "any", Not: "not", Compare: "leaf", OfficerJudgement: "officer"}
    texts = {All: _("all of these"), AnyOf: _("one of these"), Not: _("the opposite of this")}
    text, source, papers = str(texts.get(type(node), "")), "", ""
    if isinstance(node, Compare | OfficerJudgement):
        text = wording.leaf_text(node)
        source = rule.citations[node.clause].article
        papers = rule_presentation.papers_text(rule.papers[code] for code in node.papers)
    children = children_of(node)
    return NodeLine(
        address=address,
        kind=kinds[type(node)],
        text=text,
        source=source,
        papers=papers,
        self_only=isinstance(node, All | AnyOf) and node.self_only,
        first=number == 0,
        last=number == among - 1,
        movable=among > 1,
        transferable=not in_not and bool(groups_for(rule.condition, address)),
        in_not=in_not,
        faults=tuple(found.get(address, ())),
        parts=tuple(
            _node_line(
                rule,
                child,
                f"{address}-{place}",
                found,
                (place, len(children)),
                in_not=isinstance(node, Not),
            )
            for place, child in enumerate(children)
        ),
    )


def preview(row: RuleVersion) -> list[dict[str, Any]]:
    """Return what residents would read, in both languages."""
    rule = records.to_rule(row.record)
    found = []
    for language, tag in LANGUAGES:
        with override(language):
            found.append(
                {
                    "language": language,
                    "tag": tag,
                    "name": wording.say(rule.name),
                    "summary": wording.say(rule.summary),
                    "areas": rule_presentation.areas_text(rule.areas),
                    "first_day": wording.full_date(rule.effective_from),
                    "registers": REGISTER_WORDS[rule.registers] + "",
                    "condition": rule_presentation.condition_line(rule),
                }
            )
    return found


def _quick(rule: CoreRule) -> list[BreachLine]:
    """Return what the condition alone gets wrong; the checks page has the whole list."""
    found = [*invariants(rule), *county_keeps_stable_housing(rule), *faults(rule)]
    return breach_lines(rule, found)


@desk_view(READ)
@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version: what it says, its tree with the buttons, and the words beside it."""
    row = version_or_404(pk)
    rule = records.to_rule(row.record)
    found = _quick(rule)
    before = replaced_by(rule, published())
    context = {
        "rule": rule,
        "tree": node_lines(rule, found),
        "whole": [breach for breach in found if breach.address is None],
        "preview": preview(row),
        "picture": picture(rule),
        "picture_version": rule.content_hash[-12:],
        "areas": rule_presentation.areas_text(rule.areas),
        "registers": REGISTER_WORDS[rule.registers],
        "clauses": tuple(rule_presentation.clause_lines(rule).values()),
        "parameters": figure_lines(rule),
        "before": before,
        "edits": row.status == STATUS.DRAFT and request.user.has_perm(WRITE),
    }
    return version_page(request, "draft", row, context, tab="draft")


def figure_lines(rule: CoreRule) -> list[dict[str, Any]]:
    """Return the figures of a version, each named for the fact that is compared with it."""
    asked = {
        leaf.parameter: wording.label(leaf.fact)
        for leaf in leaves(rule.condition)
        if isinstance(leaf, Compare) and leaf.parameter
    }
    return [
        {
            "name": name,
            "label": asked.get(name, name),
            "amount": wording.amount(figure.value, figure.unit),
            "article": rule.citations[figure.clause].article,
        }
        for name, figure in rule.parameters.items()
    ]


@desk_view(READ)
@require_safe
def tree_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the tree as an image."""
    rule = records.to_rule(version_or_404(pk).record)
    drawn = render_to_string("admin/eligibility/desk/tree.svg", {"picture": picture(rule)})
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    response["Cache-Control"] = "private, no-cache"
    return response
