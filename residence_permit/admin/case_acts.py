"""What is done on the page of a case: its acts, the letter of a refusal, files, the ID number."""

from collections.abc import Mapping
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jiaxing_hukou.accounts.second_factor import require_recent_second_factor
from jiaxing_hukou.audit.services import record
from residence_permit.admin.base import case_or_404, page, staff_page, url
from residence_permit.admin.case_page import (
    AtDesk,
    compared,
    form_for,
    moves,
    packed,
    read,
    show,
)
from residence_permit.choices import CaseStatus
from residence_permit.core import refusals
from residence_permit.core.workflow import Action, Proposal, WorkflowError
from residence_permit.evidence.errors import EvidenceMissing, EvidenceTampered
from residence_permit.evidence.serving import serving_headers
from residence_permit.forms.desk import DeskForm, UnmaskForm
from residence_permit.models import Evidence
from residence_permit.presentation import desk
from residence_permit.presentation.refusals import letter, letter_of
from residence_permit.services import review
from residence_permit.services.evidence import EvidenceNotTaken, open_for
from residence_permit.services.transition import CaseChanged

SERVICES = {
    Action.CLAIM: review.claim,
    Action.TAKE_OVER: review.take_over,
    Action.REASSIGN: review.reassign,
    Action.REQUEST_CORRECTION: review.request_correction,
    Action.ACCEPT: review.accept,
    Action.RECOMMEND: review.recommend,
    Action.DECIDE: review.decide,
    Action.EXTEND: review.extend,
    Action.ESCALATE: review.escalate,
}
NOT_TYPED = ("csrfmiddlewaretoken", "seen", "shown", "confirmed")


@staff_page()
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Do one act; what was typed is kept whatever happens."""
    if action not in map(str, SERVICES):
        raise Http404
    wanted = Action(action)
    case = case_or_404(request, reference)
    if request.method == "GET":  # the way back from a page that asked for something
        return redirect(url("case", case.reference))
    if wanted is Action.DECIDE and (asked := require_recent_second_factor(request)):
        return asked
    now = timezone.now()
    at_desk = read(case, now)
    form = form_for(wanted, at_desk, data=request.POST)
    if not form.is_valid():
        return show(request, at_desk, now, failed=(wanted, _with_stamp(form, at_desk)), status=422)
    if _needs_preview(request, wanted, form) and form.cleaned_data["seen"] == case.events_count:
        return _preview(request, at_desk, form)
    try:
        SERVICES[wanted](
            application_id=case.pk,
            actor=request.user,
            now=now,
            seen=form.cleaned_data["seen"],
            **form.given(),
        )
    except CaseChanged as changed:
        return _conflict(request, reference, wanted, form, changed)
    except WorkflowError as error:
        form.add_error(None, desk.explain(error))
        return show(request, at_desk, now, failed=(wanted, form), status=409)
    messages.success(request, desk.DONE[wanted])
    return redirect(url("case", case.reference))


def _with_stamp(form: DeskForm, at_desk: AtDesk) -> DeskForm:
    """Give a form that came without the number of events the present one."""
    if "seen" in form.errors:
        form.data = form.data.copy()
        form.data["seen"] = at_desk.case.events_count
        form.data["shown"] = packed(at_desk)
    return form


def _needs_preview(request: HttpRequest, action: Action, form: DeskForm) -> bool:
    refuses = form.cleaned_data.get("proposal") == Proposal.REFUSE
    return action is Action.DECIDE and refuses and "confirmed" not in request.POST


def _preview(request: HttpRequest, at_desk: AtDesk, form: DeskForm) -> HttpResponse:
    """Show the letter before the refusal happens."""
    given = form.given()
    ground = refusals.ground_for(given["reason_code"], at_desk.kind)
    case = at_desk.case
    context = {
        "title": _("The letter, before you refuse"),
        "case": case,
        "letter": letter(
            case,
            on=timezone.localdate(),
            given={
                "reason_code": ground.code,
                "legal_basis": ground.legal_basis,
                "reason": given["reason"],
            },
            office=case.station.name if case.station else "",
        ),
        "kept": _kept(request),
        "action_url": url("act", case.reference, Action.DECIDE),
    }
    return page(request, "letter", context)


def _kept(request: HttpRequest, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "confirmed", *without)
    ]


def _conflict(
    request: HttpRequest, reference: str, action: Action, form: DeskForm, changed: CaseChanged
) -> HttpResponse:
    """Show what changed meanwhile, field by field, beside what was typed."""
    now = timezone.now()
    at_desk = read(case_or_404(request, reference), now)
    possible = {move.action for move in moves(request, at_desk, now)}
    names = dict(at_desk.targets)
    numbers = {event.number for event in changed.events}
    context = {
        "title": _("Somebody moved the case while you were at it"),
        "case": at_desk.case,
        "act": desk.ACTS[action],
        "events": [
            desk.event_line(event, names, request.user)
            for event in at_desk.events
            if event.number in numbers
        ],
        "rows": compared(at_desk, form.cleaned_data["shown"]),
        "typed": list(_typed(form)),
        "possible": action in possible,
        "kept": _kept(request, without=("seen", "shown")),
        "seen": at_desk.case.events_count,
        "shown": packed(at_desk),
        "action_url": url("act", at_desk.case.reference, action),
    }
    return page(request, "conflict", context, status=409)


def _typed(form: DeskForm) -> Any:
    """Yield label and words of everything that was typed or chosen."""
    for field in form.visible_fields():
        value = form.cleaned_data.get(field.name)
        if value in (None, ""):
            continue
        choices: Mapping[str, Any] = {}
        if isinstance(field.field, django_forms.ChoiceField):
            choices = {str(key): words for key, words in field.field.choices}
        yield field.label, str(choices.get(str(value), value))


@staff_page()
@require_safe
def letter_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the letter of a refusal as it was sent."""
    now = timezone.now()
    case = case_or_404(request, reference)
    refused = case.events.filter(target=CaseStatus.REFUSED).order_by("-number").first()
    if refused is None:
        raise Http404
    refused.application = case
    record(
        actor_id=request.user.pk,
        act="view_case",
        subject=f"case:{case.pk}",
        purpose="case",
        now=now,
        person_id=case.person_id,
        details={"part": "letter"},
    )
    context = {
        "title": _("The letter of the refusal"),
        "case": case,
        "letter": letter_of(
            refused,
            on=timezone.localdate(refused.at),
            office=case.station.name if case.station else "",
        ),
    }
    return page(request, "letter", context)


@staff_page()
@require_safe
def evidence(request: HttpRequest, reference: str, evidence_id: int) -> HttpResponse:
    """Hand out a file of a case in its own window; the look is recorded."""
    case = case_or_404(request, reference)
    if not case.evidence.filter(pk=evidence_id).exists():
        raise Http404
    try:
        opened = open_for(user=request.user, evidence_id=evidence_id, now=timezone.now())
    except Evidence.DoesNotExist:
        raise Http404 from None
    except EvidenceNotTaken:
        text = _("The file waits for the malware scanner and is not shown until then.")
        return _no_file(request, case, text)
    except (EvidenceMissing, EvidenceTampered):
        text = _("The storage cannot open this file. Tell the operator; ask for the paper itself.")
        return _no_file(request, case, text)
    headers = serving_headers(kind=opened.row.kind, shown_name=opened.row.shown_name)
    return HttpResponse(opened.content, headers=headers)


def _no_file(request: HttpRequest, case: Any, text: str) -> HttpResponse:
    context = {"title": _("This file is not shown"), "case": case, "text": text}
    return page(request, "no_file", context, status=409)


@staff_page()
@require_http_methods(["GET", "POST"])
def unmask(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the whole ID number once, to whoever gives a code and says what for."""
    case = case_or_404(request, reference)
    if request.method == "GET":
        return redirect(url("case", case.reference))
    if asked := require_recent_second_factor(request):
        return asked
    now = timezone.now()
    at_desk = read(case, now)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return show(request, at_desk, now, unmask=form, status=422)
    record(
        actor_id=request.user.pk,
        act="unmask_id_number",
        subject=f"case:{case.pk}",
        purpose="case",
        now=now,
        person_id=case.person_id,
        details={"reason": form.cleaned_data["reason"]},
    )
    return show(request, at_desk, now, number=case.person.id_number)
