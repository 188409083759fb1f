"""What happens to a published version: proposed by one person, confirmed by another."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility import error_words, wording
from eligibility.admin.desk_base import (
    APPROVE,
    EVENT,
    STATUS,
    desk_view,
    url,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_review_forms import EventForm
from eligibility.models import ProposedEvent, RuleEvent
from eligibility.services import desk, rules


@desk_view(EVENT)
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose that a published version is suspended, resumed or withdrawn."""
    row = version_or_404(pk)
    if row.status != STATUS.PUBLISHED:
        raise PermissionDenied
    past = list(row.events.select_related("author", "approver"))
    last = past[-1].kind if past else ""
    over = last in (RuleEvent.Kind.WITHDRAWN, RuleEvent.Kind.ENDED)
    waiting = row.proposed_events.select_related("author").first()
    form = EventForm(
        request.POST if request.method == "POST" else None,
        suspended=last == RuleEvent.Kind.SUSPENDED,
    )
    if form.is_bound and not over and not waiting and form.is_valid():
        data = form.cleaned_data
        try:
            desk.propose_event(
                rule_version_id=row.pk,
                kind=data["kind"],
                from_day=data["from_day"],
                reason={"zh": data["reason_zh"], "en": data["reason_en"]},
                author=request.user,
                now=timezone.now(),
            )
        except rules.RuleError:
            form.add_error(
                "from_day",
                _("Choose the first day of the version or a later one, after its last event."),
            )
        else:
            messages.success(request, _("Proposed. It holds once a second person confirms it."))
            return redirect(url("events", row.pk))
    context = {
        "form": form,
        "over": over,
        "events": [event_line(event) for event in past],
        "waiting": proposal_line(waiting) if waiting else None,
        "subtitle": _("Suspend, resume, withdraw"),
    }
    status = 422 if form.errors else 200
    return version_page(request, "events", row, context, tab="review", status=status)


@desk_view(EVENT)
def confirm(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Confirm what another person proposed, or take it off the table."""
    found = ProposedEvent.objects.select_related("version__rule", "author")
    proposal = get_object_or_404(found, pk=proposal_id)
    row = version_or_404(proposal.version_id)
    is_author = proposal.author_id == request.user.pk
    may_confirm = request.user.has_perm(APPROVE) and not is_author
    if request.method == "POST":
        if "drop" in request.POST and (is_author or may_confirm):
            desk.drop_event(proposed_event_id=proposal.pk)
            messages.success(request, _("The proposal is dropped; nothing has changed."))
            return redirect(url("events", row.pk))
        if not may_confirm:
            raise PermissionDenied
        try:
            desk.approve_event(
                proposed_event_id=proposal.pk, approver=request.user, now=timezone.now()
            )
        except rules.RuleError as error:
            messages.error(request, error_words.sentence(error.said))
        else:
            messages.success(request, _("Recorded. The public pages show it from now on."))
        return redirect(url("events", row.pk))
    context = {
        "proposal": proposal_line(proposal),
        "is_author": is_author,
        "may_confirm": may_confirm,
        "subtitle": _("Suspend, resume, withdraw"),
    }
    return version_page(request, "confirm", row, context, tab="review")


def event_line(event: RuleEvent) -> dict[str, Any]:
    """Return an event in words."""
    forms_ = {
        RuleEvent.Kind.WITHDRAWN: _("Withdrawn from %(day)s."),
        RuleEvent.Kind.ENDED: _("Ended by a later document from %(day)s."),
        RuleEvent.Kind.SUSPENDED: _("Suspended from %(day)s."),
        RuleEvent.Kind.RESUMED: _("In force again from %(day)s."),
    }
    return {
        "text": forms_[RuleEvent.Kind(event.kind)] % {"day": wording.full_date(event.from_day)},
        "reason": wording.say({"zh": event.reason_zh, "en": event.reason_en}),
        "author": event.author.get_username(),
        "approver": event.approver.get_username(),
    }


def proposal_line(proposal: ProposedEvent) -> dict[str, Any]:
    """Return in words what waits for a second person."""
    forms_ = {
        RuleEvent.Kind.WITHDRAWN: _("Withdraw it for good from %(day)s"),
        RuleEvent.Kind.SUSPENDED: _("Suspend it from %(day)s"),
        RuleEvent.Kind.RESUMED: _("Put it back in force from %(day)s"),
    }
    text = forms_[RuleEvent.Kind(proposal.kind)] % {"day": wording.full_date(proposal.from_day)}
    return {
        "pk": proposal.pk,
        "label": str(proposal.version),
        "name": wording.say(proposal.version.record["name"]),
        "text": text,
        "reason_zh": proposal.reason_zh,
        "reason_en": proposal.reason_en,
        "author": proposal.author.get_username(),
    }


def proposals() -> list[dict[str, Any]]:
    """Return what waits for a second person."""
    rows = ProposedEvent.objects.select_related("version__rule", "author")
    return [proposal_line(row) for row in rows]
