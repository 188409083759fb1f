"""One edit of a draft: shown, refused with what was typed kept, saved; and the short ones."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from eligibility import error_words, records
from eligibility.admin.desk_base import (
    WRITE,
    desk_view,
    documents,
    draft_or_refuse,
    stale_page,
    url,
    version_page,
)
from eligibility.admin.desk_draft import figure_lines
from eligibility.admin.desk_head_forms import HeadForm, head_initial
from eligibility.admin.desk_line_forms import FigureForm, MoveForm
from eligibility.admin.desk_tree import group_words, groups_for, node_of, places, spoken_short
from eligibility.core.editing import ACTS, transfer
from eligibility.core.errors import RuleMalformed
from eligibility.forms import UNITS
from eligibility.models import RuleVersion
from eligibility.services import desk, rules
from eligibility.services.draft_records import full_reference


def revision_of(request: HttpRequest) -> int:
    """Return the revision of the draft that a page showed."""
    raw = request.POST.get("revision", "")
    if not raw.isdigit():
        raise Http404
    return int(raw)


def saved_page(request: HttpRequest, row: RuleVersion, text: str, at: str = "") -> HttpResponse:
    """Say that an edit is kept, and go back to its place in the draft."""
    messages.success(request, text)
    return redirect(url("draft", row.pk) + (f"#n-{at}" if at else ""))


def explain(error: Exception) -> str:
    """Return why an edit is refused, in words."""
    if isinstance(error, RuleMalformed):
        return _("This cannot be saved: %(why)s.") % {"why": error_words.sentence(error.said)}
    if isinstance(error, rules.RuleError):
        return error_words.sentence(error.said)
    return str(error)


class Edit:
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
                revision=revision_of(self.request),
                changes=changes,
                author=self.request.user,
                now=timezone.now(),
            )
        except desk.DraftChanged as stale:
            return stale_page(self.request, stale.row, form, now)
        except (RuleMalformed, rules.RuleError) as error:
            form.add_error(None, explain(error))
            return None
        return saved_page(self.request, saved, said)

    def show(self, name: str, form: Any, context: Mapping[str, Any]) -> HttpResponse:
        """Return the page of the form."""
        status = 422 if self.saves and form.errors else 200
        full = {"form": form, **context}
        return version_page(self.request, name, self.row, full, tab="draft", status=status)


@desk_view(WRITE)
def head(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit what a draft says about itself."""
    row = draft_or_refuse(pk)
    edit, initial = Edit(request, row), head_initial(row.record)
    form = HeadForm(edit.data, initial=initial, documents=documents(), first=row.record["document"])
    if edit.saves and form.is_valid():
        said = form.record()
        if row.rule.versions.exclude(pk=row.pk).filter(version=said["version"]).exists():
            form.add_error("version", _("Another version has this name; choose another one."))
        else:
            answer = edit.save(form, said, initial, _("The description is saved."))
            if answer:
                return answer
    return edit.show("head", form, {"subtitle": _("Description")})


@desk_view(WRITE)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Do one thing to one node of the tree."""
    row = draft_or_refuse(pk)
    at, name = request.POST.get("at", "r"), request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    try:
        if row.revision != revision_of(request):
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
        messages.error(request, explain(error))
        return redirect(url("draft", row.pk) + f"#n-{at}")
    left = {address for address, _node in places(records.to_rule(saved.record).condition)}
    near = at if at in left else at.rpartition("-")[0]
    return saved_page(request, saved, _done(), near)


def _done() -> str:
    return _("Done; the words beside show the draft as it stands now.")


@desk_view(WRITE)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a line, or a group with its lines, to the end of another group."""
    row = draft_or_refuse(pk)
    at = request.GET.get("at", "")
    condition = records.to_rule(row.record).condition
    node, groups = node_of(condition, at), groups_for(condition, at)
    edit = Edit(request, row)
    if node is None or not groups or (edit.saves and row.revision != revision_of(request)):
        messages.warning(
            request,
            _(
                "Somebody else saved this draft in the meantime, so nothing was done. This is how "
                "it stands now; look at it and press again."
            ),
        )
        return redirect(url("draft", row.pk))
    named = [(address, group_words(address, group)) for address, group in groups]
    form = MoveForm(edit.data, groups=named)
    if edit.saves and form.is_valid():
        moved = transfer(row.record["condition"], at, form.cleaned_data["group"])
        answer = edit.save(form, {"condition": moved}, {}, _done())
        if answer:
            return answer
    context = {"at": at, "moved": spoken_short(node), "subtitle": _("Move to another group")}
    return edit.show("move", form, context)


@desk_view(WRITE)
def figure(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Edit a figure of the law; every line that names it follows."""
    row = draft_or_refuse(pk)
    raw = row.record["parameters"].get(name)
    if raw is None:
        raise Http404
    edit = Edit(request, row)
    initial = {
        "value": raw["value"],
        "clause": full_reference(row.record, raw["clause"]),
        "provenance": raw.get("provenance", ""),
    }
    form = FigureForm(
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
    shown = next(one for one in figure_lines(records.to_rule(row.record)) if one["name"] == name)
    context = {
        "figure": shown,
        "unit": UNITS.get(raw["unit"], raw["unit"]),
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
