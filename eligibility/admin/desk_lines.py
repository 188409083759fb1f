"""The lines of a condition: which fact, what is asked of it, where it stands."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from eligibility import records, wording
from eligibility.admin.desk_base import (
    WRITE,
    desk_view,
    documents,
    draft_or_refuse,
    url,
    version_page,
)
from eligibility.admin.desk_edit import Edit, explain
from eligibility.admin.desk_line_forms import (
    FactChoiceForm,
    GapChoiceForm,
    JudgementForm,
    LeafForm,
    comparable,
    leaf_initial,
)
from eligibility.admin.desk_tree import node_of, places
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
)
from eligibility.core.editing import insert, replace
from eligibility.core.errors import RuleMalformed
from eligibility.core.facts import Kind
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.models import DataGap
from eligibility.services.draft_records import full_reference, paper_register


@desk_view(WRITE)
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a line of the condition, or add one: first which fact, then what is asked of it."""
    row = draft_or_refuse(pk)
    rule = records.to_rule(row.record)
    at, where = request.GET.get("at", "r"), request.GET.get("where", "replace")
    node = node_of(rule.condition, at)
    if node is None or where not in ("replace", "before", "inside"):
        messages.warning(request, _("This line is not there any more; look at the tree again."))
        return redirect(url("draft", row.pk))
    fact_name, gap_name = request.GET.get("fact", ""), request.GET.get("gap", "")
    choosing = "choose" in request.GET
    if where == "replace" and not (fact_name or gap_name or choosing):
        fact_name = node.fact if isinstance(node, Compare) else ""
        gap_name = node.id if isinstance(node, OfficerJudgement) else ""
    context = {"at": at, "where": where, "place": _place_words(node, where)}
    if fact_name in comparable(rule.kind):
        return _leaf(Edit(request, row), rule, node, fact_name, context)
    if gap_name:
        gap = get_object_or_404(DataGap, leaf_id=gap_name)
        return _judgement(Edit(request, row), node, gap, context)
    context |= {
        "fact_form": FactChoiceForm(kind=rule.kind),
        "gap_form": GapChoiceForm(),
        "subtitle": _("A line of the condition"),
    }
    return version_page(request, "choose_fact", row, context, tab="draft")


def _place_words(node: Condition, where: str) -> str:
    texts = {All: _("all of these"), AnyOf: _("one of these"), Not: _("the opposite of this")}
    said = (
        wording.leaf_text(node)
        if isinstance(node, Compare | OfficerJudgement)
        else str(texts[type(node)])
    )
    forms_ = {
        "replace": _("In place of: %(line)s"),
        "before": _("Before: %(line)s"),
        "inside": _("Inside the group: %(line)s"),
    }
    return forms_[where] % {"line": said}


def _leaf(
    edit: Edit, rule: CoreRule, node: Condition, fact_name: str, context: dict[str, Any]
) -> HttpResponse:
    row, is_new = edit.row, context["where"] != "replace"
    fact = comparable(rule.kind)[fact_name]
    initial: dict[str, Any] = {
        "id": fact_name.replace("_", "-"),
        "clause": full_reference(row.record, row.record["clause"]),
        "operator": "at_least" if fact.kind in (Kind.INT, Kind.DECIMAL) else "is",
    }
    if not is_new and isinstance(node, Compare | OfficerJudgement):
        initial |= {"clause": full_reference(row.record, node.clause)}
        if isinstance(node, Compare) and node.fact == fact_name:
            initial = leaf_initial(row.record, node)
    form = LeafForm(
        edit.data,
        initial=initial,
        fact=fact,
        parameters=row.record["parameters"],
        taken_ids=_other_ids(rule, None if is_new else context["at"]),
        documents=documents(),
        first=row.record["document"],
        papers=paper_register(),
        is_new=is_new,
    )
    if edit.saves and form.is_valid():
        leaf, figures = form.taken()
        answer = _put(edit, form, form.in_group(leaf), figures, context, initial)
        if answer:
            return answer
    question = fact.question_en if wording.language() == "en" else fact.question_zh
    context |= {
        "fact": wording.label(fact_name),
        "question": question,
        "subtitle": _("A line of the condition"),
    }
    return edit.show("line", form, context)


def _other_ids(rule: CoreRule, at: str | None) -> list[str]:
    """Return the names of the lines outside the one that is edited."""
    return [
        node.id
        for address, node in places(rule.condition)
        if isinstance(node, Compare | OfficerJudgement)
        and not (at and (address == at or address.startswith(f"{at}-")))
    ]


def _judgement(edit: Edit, node: Condition, gap: DataGap, context: dict[str, Any]) -> HttpResponse:
    row, is_new = edit.row, context["where"] != "replace"
    initial: dict[str, Any] = {"clause": full_reference(row.record, row.record["clause"])}
    if not is_new and isinstance(node, Compare | OfficerJudgement):
        initial = leaf_initial(row.record, node)
    form = JudgementForm(
        edit.data,
        initial=initial,
        documents=documents(),
        first=row.record["document"],
        papers=paper_register(),
        is_new=is_new,
    )
    if edit.saves and form.is_valid():
        answer = _put(edit, form, form.in_group(form.taken(gap)), {}, context, initial)
        if answer:
            return answer
    context |= {"gap": gap, "subtitle": _("A line that an officer decides")}
    return edit.show("line", form, context)


def _put(
    edit: Edit,
    form: Any,
    node: dict[str, Any],
    figures: Mapping[str, Any],
    context: Mapping[str, Any],
    now: Mapping[str, Any],
) -> HttpResponse | None:
    """Put a node where it belongs and save."""
    record, at = edit.row.record, context["at"]
    try:
        if context["where"] == "replace":
            condition = replace(record["condition"], at, node)
        else:
            condition = insert(record["condition"], at, node, context["where"])
    except RuleMalformed as error:
        form.add_error(None, explain(error))
        return None
    changes = {
        "condition": condition,
        "parameters": {**record["parameters"], **figures},
        "papers": {**record["papers"], **form.new_papers},
    }
    return edit.save(form, changes, now, _("The line is saved."))
