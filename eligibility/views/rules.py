"""The rules and the documents they rest on, for everybody to read."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from eligibility import records, rule_presentation, selectors, wording
from eligibility.core.rule import FAMILY_CODE, Ruleset
from eligibility.framed import framed
from eligibility.rule_forms import AsOfForm, VersionsForm
from jiaxing_hukou.rate_limits import limited


def _published() -> Ruleset:
    """Return the ruleset in use; an empty one while nothing is published."""
    try:
        return selectors.published_ruleset()
    except selectors.NoRules:
        return Ruleset(())


@require_safe
@limited("pages")
def rule_list(request: HttpRequest) -> HttpResponse:
    """List the routes with what is in force on a day, today unless another is asked for."""
    today = timezone.localdate()
    form = AsOfForm(request.GET)
    as_of = (form.cleaned_data["as_of"] if form.is_valid() else None) or today
    routes, families = rule_presentation.rule_lines(_published(), as_of)
    context = {
        "form": form,
        "as_of": as_of,
        "as_of_text": wording.full_date(as_of),
        "is_today": as_of == today,
        "routes": routes,
        "families": families,
    }
    return framed(request, "eligibility/rules/list.html", context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _versions_of(code: str) -> list[Any]:
    rows = list(selectors.published_versions(code).prefetch_related("events__document"))
    if not rows:
        raise Http404
    return rows


@require_safe
@limited("pages")
def rule_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show one rule: its versions on a timeline, and what the one in force says."""
    rows = _versions_of(code)
    today, ruleset = timezone.localdate(), _published()
    lines = [
        rule_presentation.version_line(
            ruleset, records.to_rule(row.record), today, row.events.all()
        )
        for row in rows
    ]
    shown = _newest_in_force(lines)
    context = {
        "code": code,
        "lines": lines[::-1],
        "page": rule_presentation.version_page(ruleset, rows[shown], today),
        "previous": rows[shown - 1].version if shown else None,
        "several": len(rows) > 1,
        "family_code": FAMILY_CODE,
    }
    return framed(request, "eligibility/rules/detail.html", context)


def _newest_in_force(lines: list[rule_presentation.VersionLine]) -> int:
    """Return the place of the version in force; of the newest that was, where none is."""
    for wanted in (lambda line: line.in_force, lambda line: line.spans and not line.to_come):
        found = [place for place, line in enumerate(lines) if wanted(line)]
        if found:
            return found[-1]
    return len(lines) - 1


@require_safe
@limited("pages")
def rule_version(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """Show one version under its permanent address, the clause beside what is checked."""
    rows = _versions_of(code)
    names = [row.version for row in rows]
    if version not in names:
        raise Http404
    place = names.index(version)
    context = {
        "code": code,
        "page": rule_presentation.version_page(_published(), rows[place], timezone.localdate()),
        "previous": names[place - 1] if place else None,
        "following": names[place + 1] if place + 1 < len(names) else None,
        "family_code": FAMILY_CODE,
    }
    return framed(request, "eligibility/rules/version.html", context)


@require_safe
@limited("pages")
def rule_diff(request: HttpRequest, code: str) -> HttpResponse:
    """Show what changed between two versions; the last two unless others are named."""
    rules = [records.to_rule(row.record) for row in _versions_of(code)]
    names = [rule.version for rule in rules]
    wanted = {
        "from": request.GET.get("from") or names[max(len(names) - 2, 0)],
        "to": request.GET.get("to") or names[-1],
    }
    form = VersionsForm(wanted, versions=names)
    if not form.is_valid():
        raise Http404
    before, after = (rules[names.index(wanted[side])] for side in ("from", "to"))
    context = {
        "code": code,
        "form": form,
        "wanted": wanted,
        "several": len(names) > 1,
        "page": rule_presentation.diff_page(
            _published(), rules, before, after, timezone.localdate()
        ),
    }
    return framed(request, "eligibility/rules/diff.html", context)


@require_safe
@limited("pages")
def document_list(request: HttpRequest) -> HttpResponse:
    """List the documents that the portal rests on, earliest first."""
    ruleset = _published()
    documents = [
        rule_presentation.document_page(ruleset, row) for row in selectors.public_documents()
    ]
    return framed(request, "eligibility/rules/documents.html", {"documents": documents})


@require_safe
@limited("pages")
def document_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one document: every clause under its own anchor, and which versions cite it."""
    row = get_object_or_404(selectors.public_documents(), slug=slug)
    page = rule_presentation.document_page(_published(), row)
    return framed(request, "eligibility/rules/document.html", {"page": page})
