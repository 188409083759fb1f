"""The draft: its head, its condition line by line, its figures, and what it says in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from eligibility import records, rule_presentation, wording
from eligibility.admin import desk_forms as forms
from eligibility.admin.desk_base import (
    READ,
    STATUS,
    WRITE,
    desk_view,
    documents,
    draft_or_refuse,
    published,
    replaced_by,
    stale_page,
    url,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_breaches import BreachLine, breach_lines
from eligibility.admin.desk_tree import node_of, picture, places
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
from eligibility.core.editing import ACTS, insert, replace
from eligibility.core.errors import RuleMalformed
from eligibility.core.facts import Kind
from eligibility.core.review import county_keeps_stable_housing, faults, invariants
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.models import DataGap, RuleVersion
from eligibility.services import desk, rules

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
                    "registers": forms.REGISTER_WORDS[rule.registers] + "",
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
        "registers": forms.REGISTER_WORDS[rule.registers],
        "clauses": tuple(rule_presentation.clause_lines(rule).values()),
        "parameters": _parameters(rule),
        "before": before,
        "edits": row.status == STATUS.DRAFT and request.user.has_perm(WRITE),
    }
    return version_page(request, "draft", row, context, tab="draft")


def _parameters(rule: CoreRule) -> list[dict[str, Any]]:
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


# Saving


def _revision(request: HttpRequest) -> int:
    raw = request.POST.get("revision", "")
    if not raw.isdigit():
        raise Http404
    return int(raw)


def _saved(request: HttpRequest, row: RuleVersion, text: str, at: str = "") -> HttpResponse:
    messages.success(request, text)
    return redirect(url("draft", row.pk) + (f"#n-{at}" if at else ""))


def _explain(error: Exception) -> str:
    """Return why an edit is refused, in words."""
    if isinstance(error, RuleMalformed):
        return _("This cannot be saved: %(why)s.") % {"why": error.message.rstrip(".")}
    return str(error)


class _Edit:
    """One form over a draft: shown, refused with what was typed kept, or saved."""

    def __init__(self, request: HttpRequest, row: RuleVersion):
        """Keep the request and the row."""
        self.request, self.row = request, row

    @property
    def data(self) -> Any:
        """Return what was typed, if anything was."""
        return self.request.POST if self.request.method == "POST" else None

    @property
    def saves(self) -> bool:
        """Whether this request saves; after a clash the form is first shown again."""
        return self.request.method == "POST" and "again" not in self.request.POST

    def save(
        self, form: Any, changes: Mapping[str, Any], now: Mapping[str, Any], said: str
    ) -> HttpResponse | None:
        """Keep the changes; return the answer, or None with the error added to the form."""
        try:
            saved = desk.save_draft(
                rule_version_id=self.row.pk,
                revision=_revision(self.request),
                changes=changes,
                author=self.request.user,
                now=timezone.now(),
            )
        except desk.DraftChanged as stale:
            return stale_page(self.request, stale.row, form, now)
        except (RuleMalformed, rules.RuleError) as error:
            form.add_error(None, _explain(error))
            return None
        return _saved(self.request, saved, said)

    def show(self, name: str, form: Any, context: Mapping[str, Any]) -> HttpResponse:
        """Return the page of the form."""
        status = 422 if self.saves and form.errors else 200
        full = {"form": form, **context}
        return version_page(self.request, name, self.row, full, tab="draft", status=status)


@desk_view(WRITE)
def head(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit what a draft says about itself."""
    row = draft_or_refuse(pk)
    edit, initial = _Edit(request, row), forms.head_initial(row.record)
    form = forms.HeadForm(
        edit.data, initial=initial, documents=documents(), first=row.record["document"]
    )
    if edit.saves and form.is_valid():
        data = form.cleaned_data
        if row.rule.versions.exclude(pk=row.pk).filter(version=data["version"]).exists():
            form.add_error("version", _("Another version has this name; choose another one."))
        else:
            last = data["effective_to"]
            changes = {
                "document": data["document"],
                "clause": data["clause"],
                "version": data["version"],
                "effective_from": data["effective_from"].isoformat(),
                "effective_to": last and last.isoformat(),
                "areas": data["areas"],
                "registers": data["registers"],
                "name": {"zh": data["name_zh"], "en": data["name_en"]},
                "summary": {"zh": data["summary_zh"], "en": data["summary_en"]},
            }
            answer = edit.save(form, changes, initial, _("The description is saved."))
            if answer:
                return answer
    return edit.show("head", form, {"subtitle": _("Description")})


@desk_view(WRITE)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a document that the desk does not know, with its clauses."""
    row = draft_or_refuse(pk)
    data = request.POST if request.method == "POST" else None
    form = forms.DocumentForm(data)
    clauses = forms.ClauseFormSet(data, prefix="clause")
    more = request.method == "POST" and "more" in request.POST
    if more:  # more rows for clauses; what was typed stays
        kept = request.POST.copy()
        rows = kept.get("clause-TOTAL_FORMS", "")
        kept["clause-TOTAL_FORMS"] = str(min(int(rows) + 4, 60)) if rows.isdecimal() else "8"
        clauses = forms.ClauseFormSet(kept, prefix="clause")
    elif request.method == "POST" and form.is_valid() and clauses.is_valid():
        given = form.cleaned_data
        kept_document = desk.keep_document(
            document={
                "slug": given["slug"],
                "title": {"zh": given["title_zh"], "en": given["title_en"]},
                "number": given["number"],
                "issuer": {"zh": given["issuer_zh"], "en": given["issuer_en"]},
                "issued_on": given["issued_on"],
                "effective_from": given["effective_from"],
                "provenance": given["provenance"],
                "level": given["level"],
                "note": {},
            },
            clauses=clauses.words,
            now=timezone.now(),
        )
        messages.success(
            request,
            _("%(document)s is kept; now choose it and its clauses.")
            % {
                "document": wording.say(
                    {"zh": kept_document.title_zh, "en": kept_document.title_en}
                )
            },
        )
        return redirect(url("head", row.pk))
    context = {"form": form, "clauses": clauses, "more": more, "subtitle": _("A new document")}
    wrong = data is not None and not more
    return version_page(
        request, "document", row, context, tab="draft", status=422 if wrong else 200
    )


@desk_view(WRITE)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Do one thing to one node of the tree."""
    row = draft_or_refuse(pk)
    at, name = request.POST.get("at", "r"), request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    try:
        if row.revision != _revision(request):
            raise desk.DraftChanged(row)
        saved = desk.save_draft(
            rule_version_id=row.pk,
            revision=row.revision,
            changes={"condition": ACTS[name](row.record["condition"], at)},
            author=request.user,
            now=timezone.now(),
        )
    except desk.DraftChanged:
        messages.warning(
            request,
            _(
                "Somebody else saved this draft in the meantime, so nothing was done. This is how "
                "it stands now; look at it and press again."
            ),
        )
        return redirect(url("draft", row.pk))
    except (RuleMalformed, rules.RuleError) as error:
        messages.error(request, _explain(error))
        return redirect(url("draft", row.pk) + f"#n-{at}")
    left = {address for address, _node in places(records.to_rule(saved.record).condition)}
    near = at if at in left else at.rpartition("-")[0]
    return _saved(
        request, saved, _("Done; the words beside show the draft as it stands now."), near
    )


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
    if fact_name in forms.comparable(rule.kind):
        return _leaf(_Edit(request, row), rule, node, fact_name, context)
    if gap_name:
        gap = get_object_or_404(DataGap, leaf_id=gap_name)
        return _judgement(_Edit(request, row), node, gap, context)
    context |= {
        "fact_form": forms.FactChoiceForm(kind=rule.kind),
        "gap_form": forms.GapChoiceForm(),
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
    edit: _Edit, rule: CoreRule, node: Condition, fact_name: str, context: dict[str, Any]
) -> HttpResponse:
    row, is_new = edit.row, context["where"] != "replace"
    fact = forms.comparable(rule.kind)[fact_name]
    initial: dict[str, Any] = {
        "id": fact_name.replace("_", "-"),
        "clause": forms.full_reference(row.record, row.record["clause"]),
        "operator": "at_least" if fact.kind in (Kind.INT, Kind.DECIMAL) else "is",
    }
    if not is_new and isinstance(node, Compare | OfficerJudgement):
        initial |= {"clause": forms.full_reference(row.record, node.clause)}
        if isinstance(node, Compare) and node.fact == fact_name:
            initial = forms.leaf_initial(row.record, node)
    form = forms.LeafForm(
        edit.data,
        initial=initial,
        fact=fact,
        parameters=row.record["parameters"],
        taken_ids=_other_ids(rule, None if is_new else context["at"]),
        documents=documents(),
        first=row.record["document"],
        papers=desk.paper_register(),
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


def _judgement(edit: _Edit, node: Condition, gap: DataGap, context: dict[str, Any]) -> HttpResponse:
    row, is_new = edit.row, context["where"] != "replace"
    initial: dict[str, Any] = {"clause": forms.full_reference(row.record, row.record["clause"])}
    if not is_new and isinstance(node, Compare | OfficerJudgement):
        initial = forms.leaf_initial(row.record, node)
    form = forms.JudgementForm(
        edit.data,
        initial=initial,
        documents=documents(),
        first=row.record["document"],
        papers=desk.paper_register(),
        is_new=is_new,
    )
    if edit.saves and form.is_valid():
        answer = _put(edit, form, form.in_group(form.taken(gap)), {}, context, initial)
        if answer:
            return answer
    context |= {"gap": gap, "subtitle": _("A line that an officer decides")}
    return edit.show("line", form, context)


def _put(
    edit: _Edit,
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
        form.add_error(None, _explain(error))
        return None
    changes = {"condition": condition, "parameters": {**record["parameters"], **figures}}
    return edit.save(form, changes, now, _("The line is saved."))


@desk_view(WRITE)
def figure(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Edit a figure of the law; every line that names it follows."""
    row = draft_or_refuse(pk)
    raw = row.record["parameters"].get(name)
    if raw is None:
        raise Http404
    edit = _Edit(request, row)
    initial = {
        "value": raw["value"],
        "clause": forms.full_reference(row.record, raw["clause"]),
        "provenance": raw.get("provenance", ""),
    }
    form = forms.FigureForm(
        edit.data,
        initial=initial,
        documents=documents(),
        first=row.record["document"],
        whole=isinstance(raw["value"], int),
    )
    if edit.saves and form.is_valid():
        data = form.cleaned_data
        given = {"value": data["value"], "unit": raw["unit"], "clause": data["clause"]}
        if data["provenance"]:
            given["provenance"] = data["provenance"]
        parameters = {**row.record["parameters"], name: given}
        answer = edit.save(form, {"parameters": parameters}, initial, _("The figure is saved."))
        if answer:
            return answer
    shown = next(one for one in _parameters(records.to_rule(row.record)) if one["name"] == name)
    context = {
        "figure": shown,
        "unit": forms.UNITS.get(raw["unit"], raw["unit"]),
        "subtitle": _("A figure of the law"),
    }
    return edit.show("figure", form, context)


@desk_view(WRITE)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away, by the one who wrote it."""
    row = draft_or_refuse(pk)
    if row.author_id != request.user.pk:
        raise PermissionDenied
    if request.method == "POST":
        label = str(row)
        desk.delete_draft(rule_version_id=row.pk, revision=row.revision)
        messages.success(request, _("The draft %(label)s is thrown away.") % {"label": label})
        return redirect(url("list"))
    return version_page(request, "drop", row, {"subtitle": _("Throw the draft away")}, tab="draft")
