"""Checks, and the second person's review."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eligibility import records, wording
from eligibility.admin.desk_base import (
    APPROVE,
    READ,
    STATUS,
    WRITE,
    desk_view,
    diff,
    published,
    url,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_breaches import BreachLine, breach_lines, title_of
from eligibility.admin.desk_events import event_line
from eligibility.admin.desk_impact import impact_context
from eligibility.admin.desk_review_forms import OverridesForm
from eligibility.models import RuleVersion
from eligibility.services import desk, examples, rules


@desk_view(READ)
@require_safe
def checks_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the one list of what stands in the way, and what the version changes."""
    row = version_or_404(pk)
    found = [] if row.status == STATUS.PUBLISHED else _breaches(row)
    context = {
        "breaches": found,
        "absolute": sum(breach.absolute for breach in found),
        "overridable": sum(not breach.absolute for breach in found),
        "diff": diff(row, published()),
        "subtitle": _("Checks"),
    }
    return version_page(request, "checks", row, context, tab="checks")


def _breaches(row: RuleVersion) -> list[BreachLine]:
    rule = records.to_rule(row.record)
    return breach_lines(rule, rules.breaches_of(row, now=timezone.now()))


@desk_view(READ)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the author submit, and another person approve exactly what is shown here."""
    row = version_or_404(pk)
    is_author = row.author_id == request.user.pk
    wrote = is_author or request.user.pk in row.editors
    approves = row.status == STATUS.IN_REVIEW and request.user.has_perm(APPROVE) and not wrote
    if request.method == "POST" and not approves:
        raise PermissionDenied
    found = [] if row.status == STATUS.PUBLISHED else _breaches(row)
    codes = [breach.code for breach in found if not breach.absolute]
    form = OverridesForm(request.POST if request.method == "POST" else None, codes=codes)
    refused = ""
    if form.is_bound and form.is_valid():
        refused = _approve(request, row, form)
        if not refused:
            messages.success(
                request,
                _("Published. It holds from %(day)s.")
                % {"day": wording.full_date(row.effective_from)},
            )
            return redirect(url("review", row.pk))
        row = version_or_404(pk)
    proof = examples.run_examples(row)
    absolute = [breach for breach in found if breach.absolute]
    context = {
        "form": form,
        "refused": refused,
        "approves": approves and not absolute,
        "is_author": is_author,
        "wrote": wrote,
        "absolute": absolute,
        "asked": [
            {
                "breaches": [breach for breach in found if breach.code == code],
                "fields": form.pair(code),
            }
            for code in dict.fromkeys(codes)
        ],
        "diff": diff(row, published()),
        "examples": len(proof.outcomes),
        "failed": len(proof.failed),
        "complete": proof.complete,
        "override_reasons": [
            {"title": title_of(code), "said": wording.say(said)}
            for code, said in row.override_reasons.items()
        ],
        "events": [event_line(event) for event in row.events.select_related("author", "approver")],
        "waiting": row.proposed_events.first(),
        "can_submit": is_author and row.status == STATUS.DRAFT,
        "can_take_back": row.status == STATUS.IN_REVIEW
        and (is_author or request.user.has_perm(APPROVE)),
        "subtitle": _("Review and publish"),
        **impact_context(row),
    }
    status = 422 if form.errors or refused else 200
    return version_page(request, "review", row, context, tab="review", status=status)


def _approve(request: HttpRequest, row: RuleVersion, form: OverridesForm) -> str:
    """Publish; return why it is refused, or nothing."""
    try:
        desk.publish(
            rule_version_id=row.pk,
            approver=request.user,
            now=timezone.now(),
            reviewed_hash=request.POST.get("reviewed_hash", ""),
            overrides=form.taken(),
        )
    except rules.RuleNotInReview:
        return _(
            "The version was changed after this page was opened, so it is not published. Look at "
            "it once more; this page shows it as it stands now."
        )
    except rules.ApproverIsAuthor:
        return _("You wrote or edited this version; somebody else has to approve it.")
    except rules.RuleBreaches:
        return _(
            "Something stands in the way that was not there when the page was opened. Look at the "
            "list below."
        )
    except rules.RuleOverlaps:
        return _("Another version begins on the same day. Choose another first day.")
    return ""


@desk_view(WRITE)
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft up for review, if nothing absolute stands in the way."""
    row = version_or_404(pk)
    if row.status != STATUS.DRAFT or row.author_id != request.user.pk:
        raise PermissionDenied
    try:
        desk.submit(
            rule_version_id=row.pk,
            revision=row.revision,
            author=request.user,
            now=timezone.now(),
        )
    except rules.RuleBreaches:
        messages.error(
            request,
            _("Not submitted: what is listed first has to be mended before it can be approved."),
        )
        return redirect(url("checks", row.pk))
    messages.success(request, _("Submitted. Somebody else looks at it now and approves it."))
    return redirect(url("review", row.pk))


@desk_view(READ)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a version in review a draft again, by its author or by an approver."""
    row = version_or_404(pk)
    is_author = row.author_id == request.user.pk
    if row.status != STATUS.IN_REVIEW or not (is_author or request.user.has_perm(APPROVE)):
        raise PermissionDenied
    desk.take_back(rule_version_id=row.pk)
    messages.success(request, _("It is a draft again, and can be edited."))
    return redirect(url("draft", row.pk))
