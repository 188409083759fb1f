"""The first version of a rule that there was not: what it asks first, then what it says."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from eligibility import error_words, wording
from eligibility.admin.desk_base import WRITE, desk_view, documents, page, url
from eligibility.admin.desk_head_forms import NewRuleForm
from eligibility.admin.desk_line_forms import (
    FactChoiceForm,
    GapChoiceForm,
    JudgementForm,
    LeafForm,
    comparable,
)
from eligibility.core.errors import RuleMalformed
from eligibility.core.facts import Kind
from eligibility.core.rule import ROUTE
from eligibility.models import DataGap
from eligibility.services import desk, rules
from eligibility.services.draft_records import paper_register


@desk_view(WRITE)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Ask what the rule asks first: a fact, or a matter that an officer decides."""
    context = {
        "title": _("A new rule"),
        "fact_form": FactChoiceForm(kind=ROUTE),
        "gap_form": GapChoiceForm(),
    }
    return page(request, "new_rule", context)


@desk_view(WRITE)
def begin(request: HttpRequest) -> HttpResponse:
    """Describe the rule and its first line on one page, and begin the draft."""
    fact_name, gap_name = request.GET.get("fact", ""), request.GET.get("gap", "")
    if fact_name not in comparable(ROUTE) and not gap_name:
        return redirect(url("new-rule"))
    gap = get_object_or_404(DataGap, leaf_id=gap_name) if gap_name else None
    known = documents()
    data = request.POST if request.method == "POST" else None
    form = NewRuleForm(data, documents=known, first=known[0].slug if known else "")
    line = _line_form(data, fact_name, gap, known)
    if data is not None and all([form.is_valid(), line.is_valid()]):  # say all that is wrong
        answer = _begin(request, form, line, gap)
        if answer:
            return answer
    asked = wording.say({"zh": gap.asks_zh, "en": gap.asks_en}) if gap else wording.label(fact_name)
    context = {"title": _("A new rule"), "form": form, "line": line, "asked": asked}
    status = 422 if data is not None else 200
    return page(request, "new_rule_begin", context, status=status)


def _line_form(data: Any, fact_name: str, gap: DataGap | None, known: Any) -> Any:
    """Return the form of the first line."""
    options = {
        "prefix": "line",
        "documents": known,
        "first": known[0].slug if known else "",
        "papers": paper_register(),
        "is_new": False,  # the first line stands alone; groups come later
    }
    if gap:
        return JudgementForm(data, **options)
    fact = comparable(ROUTE)[fact_name]
    operator = "at_least" if fact.kind in (Kind.INT, Kind.DECIMAL) else "is"
    initial = {"id": fact_name.replace("_", "-"), "operator": operator}
    return LeafForm(data, initial=initial, fact=fact, parameters={}, **options)


def _begin(
    request: HttpRequest, form: NewRuleForm, line: Any, gap: DataGap | None
) -> HttpResponse | None:
    """Begin the draft; return the answer, or None with the error added to the form."""
    leaf, figures = (line.taken(gap), {}) if gap else line.taken()
    record = {
        **form.record(),
        "kind": ROUTE,
        "parameters": figures,
        "condition": leaf,
        "papers": line.new_papers,
    }
    try:
        row = desk.start_rule(record=record, author=request.user, now=timezone.now())
    except (RuleMalformed, rules.RuleError) as error:
        form.add_error(None, error_words.sentence(error.said))
        return None
    messages.success(
        request, _("The rule has its first draft. Add what else the document asks, line by line.")
    )
    return redirect(url("draft", row.pk))
