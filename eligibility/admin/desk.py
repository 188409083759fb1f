"""The rule author's desk in the staff pages: its list, and the addresses of all its pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from eligibility import records, rule_presentation, wording
from eligibility.admin import (
    desk_cases,
    desk_documents,
    desk_draft,
    desk_edit,
    desk_events,
    desk_gaps,
    desk_impact,
    desk_lines,
    desk_new_rule,
    desk_packages,
    desk_review,
)
from eligibility.admin.desk_base import READ, STATUS, WRITE, desk_view, page, published, url
from eligibility.admin.desk_head_forms import StartForm
from eligibility.core.rule import Ruleset
from eligibility.models import Rule, RuleVersion
from eligibility.services.desk import start_draft
from eligibility.services.rules import RuleError

NEWEST = 10  # published versions that the list names


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """One draft, or version in review, in the list."""

    row: RuleVersion
    name: str
    first_day: str
    waiting: str


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """One rule, what is in force of it, and the way to a new version."""

    code: str
    name: str
    now: str
    now_id: int | None
    to_come: str


def _draft_line(row: RuleVersion, user: Any) -> DraftLine:
    mine = row.author_id == user.pk
    author = row.author.get_username()
    if row.status == STATUS.DRAFT:
        waiting = (
            _("you write it and submit it")
            if mine
            else _("%(author)s writes it and submits it") % {"author": author}
        )
    else:
        waiting = (
            _("somebody other than you looks at it and approves it")
            if mine
            else _("somebody other than %(author)s looks at it and approves it")
            % {"author": author}
        )
    return DraftLine(
        row=row,
        name=wording.say(row.record["name"]),
        first_day=wording.full_date(row.effective_from),
        waiting=waiting,
    )


def _rule_rows(
    codes: Iterable[Rule], rows: Iterable[RuleVersion], ruleset: Ruleset, today: date
) -> list[RuleRow]:
    by_hash = {row.content_hash: row for row in rows}
    found = []
    for rule in codes:
        versions = [version for version in ruleset.versions if version.code == rule.code]
        if not versions:
            continue
        lines = [rule_presentation.version_line(ruleset, each, today) for each in versions]
        now = next((line for line in lines if line.in_force), None)
        coming = next((line for line in lines if line.to_come), None)
        row = by_hash.get(now.rule.content_hash) if now else None
        found.append(
            RuleRow(
                code=rule.code,
                name=wording.say(versions[-1].name),
                now=now.rule.version if now else "",
                now_id=row.pk if row else None,
                to_come=_("%(version)s from %(day)s")
                % {
                    "version": coming.rule.version,
                    "day": wording.full_date(coming.rule.effective_from),
                }
                if coming
                else "",
            )
        )
    return found


@desk_view(READ)
@require_safe
def desk_list(request: HttpRequest) -> HttpResponse:
    """Show what is being written, what waits for whom, and what is published."""
    rows = list(
        RuleVersion.objects.select_related("rule", "document", "author", "approver").order_by(
            "rule__position", "effective_from"
        )
    )
    lines = [_draft_line(row, request.user) for row in rows if row.status != STATUS.PUBLISHED]
    done = [row for row in rows if row.status == STATUS.PUBLISHED]
    newest = sorted(done, key=lambda row: (row.published_at, row.pk), reverse=True)[:NEWEST]
    context = {
        "title": _("The rule author’s desk"),
        "in_review": [line for line in lines if line.row.status == STATUS.IN_REVIEW],
        "drafts": [line for line in lines if line.row.status == STATUS.DRAFT],
        "proposals": desk_events.proposals(),
        "rules": _rule_rows(Rule.objects.all(), done, published(), timezone.localdate()),
        "newest": [
            {
                "row": row,
                "name": wording.say(row.record["name"]),
                "first_day": wording.full_date(row.effective_from),
                "published_on": wording.full_date(timezone.localdate(row.published_at)),
            }
            for row in newest
        ],
    }
    return page(request, "list", context)


@desk_view(WRITE)
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a new version from the one in force, or from the last that was."""
    rule = get_object_or_404(Rule, code=code)
    source = _newest(rule)
    form = StartForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            row = start_draft(
                source_id=source.pk,
                version=data["version"],
                effective_from=data["effective_from"],
                author=request.user,
                now=timezone.now(),
            )
        except RuleError:
            form.add_error("version", _("A version has this name already; choose another one."))
        else:
            messages.success(
                request,
                _(
                    "The draft begins with what version %(version)s asks. Change what the new "
                    "document changes."
                )
                % {"version": source.version},
            )
            return redirect(url("draft", row.pk))
    context = {
        "title": _("A new version of %(name)s") % {"name": wording.say(source.record["name"])},
        "form": form,
        "source": source,
        "condition": rule_presentation.condition_line(records.to_rule(source.record)),
    }
    return page(request, "start", context, status=422 if form.errors else 200)


def _newest(rule: Rule) -> RuleVersion:
    """Return the version in force today; where none is, the newest that was published."""
    rows = list(
        rule.versions.filter(status=STATUS.PUBLISHED)
        .select_related("rule", "document")
        .order_by("effective_from")
    )
    if not rows:
        raise Http404
    ruleset, today = published(), timezone.localdate()
    for row in reversed(rows):
        core = records.to_rule(row.record)
        if any(ruleset.version_on(rule.code, area, today) is core for area in core.areas):
            return row
    return rows[-1]


class DeskPages:
    """Adds the desk's addresses to the pages of the rule versions."""

    def get_urls(self) -> list[URLPattern]:
        """Put the desk before Django's own addresses."""
        return [*URLS, *super().get_urls()]  # type: ignore[misc]


def _at(route: str, view: Any, name: str) -> URLPattern:
    return path(f"desk/{route}", view, name=f"desk-{name}")


URLS = [
    _at("", desk_list, "list"),
    _at("gaps/", desk_gaps.gaps, "gaps"),
    _at("gaps/new/", desk_gaps.gap_new, "gap"),
    _at("packages/", desk_packages.packages, "packages"),
    _at("documents/", desk_documents.document_list, "documents"),
    _at("documents/new/", desk_documents.document_new, "document-new"),
    _at("documents/<slug:slug>/", desk_documents.document_edit, "document-edit"),
    _at("rules/new/", desk_new_rule.choose, "new-rule"),
    _at("rules/new/line/", desk_new_rule.begin, "new-rule-begin"),
    _at("new/<slug:code>/", start, "start"),
    _at("<int:pk>/", desk_draft.draft, "draft"),
    _at("<int:pk>/picture.svg", desk_draft.tree_picture, "picture"),
    _at("<int:pk>/head/", desk_edit.head, "head"),
    _at("<int:pk>/document/", desk_documents.document, "document"),
    _at("<int:pk>/act/", desk_edit.act, "act"),
    _at("<int:pk>/move/", desk_edit.move, "move"),
    _at("<int:pk>/line/", desk_lines.line, "line"),
    _at("<int:pk>/figure/<str:name>/", desk_edit.figure, "figure"),
    _at("<int:pk>/drop/", desk_edit.drop, "drop"),
    _at("<int:pk>/case/", desk_cases.case, "case"),
    _at("<int:pk>/examples/", desk_cases.example_list, "examples"),
    _at("<int:pk>/examples/new/", desk_cases.example_new, "example"),
    _at("<int:pk>/examples/generate/", desk_cases.example_generate, "generate"),
    _at("<int:pk>/examples/receipt/", desk_cases.example_receipt, "receipt"),
    _at("<int:pk>/examples/<int:example_id>/delete/", desk_cases.example_delete, "delete"),
    _at("<int:pk>/checks/", desk_review.checks_page, "checks"),
    _at("<int:pk>/impact/", desk_impact.impact_page, "impact"),
    _at("<int:pk>/impact/<int:run_id>/<slug:level>/<slug:by>.svg", desk_impact.impact_plot, "plot"),
    _at("<int:pk>/impact/<int:run_id>/cancel/", desk_impact.cancel, "cancel"),
    _at("<int:pk>/review/", desk_review.review, "review"),
    _at("<int:pk>/submit/", desk_review.submit, "submit"),
    _at("<int:pk>/back/", desk_review.take_back, "back"),
    _at("<int:pk>/events/", desk_events.events, "events"),
    _at("proposals/<int:proposal_id>/", desk_events.confirm, "confirm"),
    _at("<int:pk>/package.yaml", desk_packages.download, "download"),
]
