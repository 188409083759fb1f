"""What every page of the desk needs: rights, the row, the tabs, and the version it replaces."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from eligibility import (
    error_words,
    records,
    rule_pages,
    rule_presentation,
    selectors,
    wording,
)
from eligibility.core.errors import RuleMalformed
from eligibility.core.rule import Ruleset
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.models import LegalDocument, RuleVersion

logger = logging.getLogger(__name__)

# The groups hold these (see the migrations); the services ask for the second person besides.
READ = "eligibility.view_ruleversion"
WRITE = "eligibility.change_ruleversion"
APPROVE = "eligibility.add_periodinforce"
EVENT = "eligibility.add_ruleevent"

View = Callable[..., HttpResponse]
STATUS = RuleVersion.Status


def desk_view(right: str) -> Callable[[View], View]:
    """Let in the staff who hold a right; others who are signed in are refused."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(right):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except RuleMalformed as error:
                return _unreadable(request, error)

        return admin.site.admin_view(guarded)

    return decorate


def _unreadable(request: HttpRequest, error: RuleMalformed) -> HttpResponse:
    """Say that a record was changed past the desk and cannot be read, and where."""
    logger.error("rule record cannot be read", extra={"place": error.at})
    context = {
        "title": _("This version cannot be read"),
        "place": error.at,
        "why": error_words.sentence(error.said),
    }
    return page(request, "unreadable", context, status=409)


def url(name: str, *args: Any) -> str:
    """Return the address of a page of the desk."""
    return reverse(f"admin:desk-{name}", args=args)


def page(
    request: HttpRequest, name: str, context: Mapping[str, Any], status: int = 200
) -> TemplateResponse:
    """Return a page of the desk inside Django's admin."""
    user = request.user
    full = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,  # two columns need the room
        "may_write": user.has_perm(WRITE),
        "may_approve": user.has_perm(APPROVE),
        **context,
    }
    return TemplateResponse(request, f"admin/eligibility/desk/{name}.html", full, status=status)


def version_or_404(pk: int) -> RuleVersion:
    """Return a version with what every page names of it."""
    rows = RuleVersion.objects.select_related("rule", "document", "author", "approver")
    return get_object_or_404(rows, pk=pk)


def draft_or_refuse(pk: int) -> RuleVersion:
    """Return a draft; anything else is not edited."""
    row = version_or_404(pk)
    if row.status != STATUS.DRAFT:
        raise PermissionDenied
    return row


TABS = ("draft", "case", "examples", "checks", "impact", "review")


def tab_names() -> dict[str, str]:
    """Return the pages of one version, in the order of the work."""
    return {
        "draft": _("Draft"),
        "case": _("Try a case"),
        "examples": _("Worked examples"),
        "checks": _("Checks"),
        "impact": _("Impact"),
        "review": _("Review and publish"),
    }


def version_page(
    request: HttpRequest,
    name: str,
    row: RuleVersion,
    context: Mapping[str, Any],
    *,
    tab: str = "",
    status: int = 200,
) -> TemplateResponse:
    """Return a page about one version, with its tabs."""
    rule = records.to_rule(row.record)
    tabs = [
        {"name": text, "url": url(key, row.pk), "current": key == tab}
        for key, text in tab_names().items()
    ]
    title = _("%(name)s, version %(version)s") % {
        "name": wording.say(rule.name),
        "version": rule.version,
    }
    full = {
        "title": title,
        "row": row,
        "tabs": tabs,
        "tab": tab,
        "first_day": wording.full_date(rule.effective_from),
        "is_draft": row.status == STATUS.DRAFT,
        "is_published": row.status == STATUS.PUBLISHED,
        **context,
    }
    return page(request, name, full, status=status)


def published() -> Ruleset:
    """Return the ruleset in use; an empty one while nothing is published."""
    try:
        return selectors.published_ruleset()
    except selectors.NoRules:
        return Ruleset(())


def replaced_by(rule: CoreRule, ruleset: Ruleset) -> CoreRule | None:
    """Return the version that was in force before ``rule``; None for the first of its kind."""
    periods = [
        period
        for area in rule.areas
        for period in ruleset.line(rule.code, area)
        if period.first < rule.effective_from and period.rule.content_hash != rule.content_hash
    ]
    latest = max(periods, key=lambda period: period.first, default=None)
    return latest.rule if latest else None


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What a version changes against the one before it."""

    version: str  # of the one before
    sentences: tuple[str, ...]
    old: rule_presentation.Line
    new: rule_presentation.Line
    template: str  # the version whose differences alone are held, if any
    template_sentences: tuple[str, ...]


def diff(row: RuleVersion, ruleset: Ruleset) -> Diff | None:
    """Return the difference to the version before in words; None where there is none."""
    rule = records.to_rule(row.record)
    before = replaced_by(rule, ruleset)
    if before is None:
        return None
    lines = rule_presentation.diff_page(ruleset, [before, rule], before, rule, rule.effective_from)
    template = row.record.get("inherits", "")
    found = next((each for each in ruleset.versions if each.label == template), None)
    return Diff(
        version=before.version,
        sentences=tuple(rule_pages.differences_in_words(before, rule)),
        old=lines.old,
        new=lines.new,
        template=found.label if found else "",
        template_sentences=tuple(rule_pages.differences_in_words(found, rule)) if found else (),
    )


def documents() -> list[LegalDocument]:
    """Return every document with its clauses, newest first: that is what is entered."""
    return list(reversed(selectors.documents()))


def typed(form: forms.BaseForm, source: Callable[[str], Any]) -> list[tuple[str, str]]:
    """Return label and text of each field, the values from ``source``."""
    return [(str(field.label), _shown(field.field, source(field.name))) for field in form]


def _shown(field: forms.Field, value: Any) -> str:
    choices = {}
    for key, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            choices.update({inner: str(text) for inner, text in label})
        else:
            choices[key] = str(label)
    values = value if isinstance(value, list | tuple) else [value]
    said = [str(choices.get(each, each)) for each in values if each not in (None, "")]
    return wording.clauses_of(said) if said else "-"


def stale_page(
    request: HttpRequest, row: RuleVersion, form: forms.BaseForm, now: Mapping[str, Any]
) -> TemplateResponse:
    """Show what was typed beside what somebody else saved meanwhile; nothing is lost."""
    mine = typed(form, lambda name: form[name].value())
    theirs = typed(form, lambda name: now.get(name))
    kept = [
        (key, value)
        for key, values in request.POST.lists()
        if key not in ("csrfmiddlewaretoken", "revision", "again")
        for value in values
    ]
    rows = [
        {"label": label, "theirs": there, "mine": here, "differs": there != here}
        for (label, here), (_label, there) in zip(mine, theirs, strict=True)
    ]
    context = {
        "rows": rows,
        "kept": kept,
        "again_at": request.get_full_path(),
        "condition": rule_presentation.condition_line(records.to_rule(row.record)),
        "subtitle": _("Somebody else saved this draft in the meantime"),
    }
    return version_page(request, "stale", row, context, tab="draft", status=409)
