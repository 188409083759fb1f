"""A case after it was submitted: followed, corrected, withdrawn, contested."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility.wording import full_date
from residence_permit import selectors, selectors_case
from residence_permit.choices import CaseStatus
from residence_permit.core import steps, workflow
from residence_permit.core.refusals import remedies
from residence_permit.core.steps import Step
from residence_permit.core.workflow import Action, Kind, Role, Status, WorkflowError
from residence_permit.forms.applications import EvidenceForm, ItemForm, ReasonForm, StepForm
from residence_permit.models import CorrectionItem, PermitApplication
from residence_permit.presentation import case as words
from residence_permit.presentation import papers_pdf, statements, workflow_errors
from residence_permit.presentation.deadlines import deadline_words
from residence_permit.presentation.refusals import Letter, letter_of
from residence_permit.services import applications
from residence_permit.services.applications import (
    OVER,
    ApplicationError,
    StepChanged,
    StepRefused,
    stamp,
)
from residence_permit.services.assessment import papers
from residence_permit.services.transition import circumstances
from residence_permit.views.applications import task_list
from residence_permit.views.case_access import own_case, page, posted
from residence_permit.views.case_evidence import file_rows, take_in_all

FOLDER = "residence_permit/application/"


@page()
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the task list of a draft, or where a case stands and how it came there."""
    case = own_case(request, reference)
    if case.status == CaseStatus.DRAFT:
        return task_list(request, case)
    now, today = timezone.now(), timezone.localdate()
    deadline = selectors.deadline(case)
    items = selectors_case.items_to_correct(case)
    context = {
        "case": case,
        "standing": words.standing(case),
        "deadline": deadline
        and deadline_words(deadline, kind=case.kind, status=case.status, today=today),
        "happened": words.history(case.events.order_by("number"), case),
        "items": _item_rows(case, items, now),
        "all_answered": bool(items) and all(item.answered_at for item in items),
        "may_copy": case.status in OVER,
        "offers": _offers(case, request, now),
        "permit": case.permit,
    }
    return render(request, f"{FOLDER}case.html", context)


def _offers(case: PermitApplication, request: HttpRequest, now: datetime) -> set[str]:
    """Return the acts that the table allows the applicant now."""
    given = circumstances(case, request.user, now)
    moves = workflow.moves_for(Status(case.status), Role.APPLICANT, **given)
    return {move.action.value for move in moves}


def _item_rows(
    case: PermitApplication, items: list[CorrectionItem], now: datetime
) -> list[dict[str, Any]]:
    known = papers(now) if items else {}
    return [
        {
            "item": item,
            "name": statements.target_name(Kind(case.kind), item.target, known),
            "url": reverse("case-item", args=[case.reference, item.pk]),
            "answered": item.answered_at is not None,
        }
        for item in items
    ]


@page()
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the number, what happens next, and once it is accepted the acceptance slip."""
    case = own_case(request, reference)
    if case.submitted_at is None:
        return redirect("case-detail", case.reference)
    return render(request, f"{FOLDER}receipt.html", _slip(case))


@page()
def receipt_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """Return the slip as PDF; of a draft there is none."""
    case = own_case(request, reference)
    if case.submitted_at is None:
        raise Http404
    slip = _slip(case)
    deadline = slip["deadline"]
    rows = [
        (_("Number of the application"), case.reference),
        (_("What you applied for"), slip["standing"].kind),
        (_("For"), case.person.name),
        (_("Submitted on"), slip["submitted_on"]),
        (_("Accepted on"), slip["accepted_on"]),
        (_("Office in charge"), case.station.name if case.station else ""),
        (_("By which day"), deadline.day if deadline else ""),
    ]
    content = papers_pdf.slip_pdf(
        reference=case.reference,
        title=_("Acceptance slip") if case.accepted_on else _("Your application has arrived"),
        rows=[row for row in rows if row[1]],
        papers=[paper["name"] for paper in slip["papers"]],
    )
    return _pdf(content, "acceptance-slip.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    disposition = f'inline; filename="{name}"'
    headers = {"Content-Disposition": disposition}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _slip(case: PermitApplication) -> dict[str, Any]:
    deadline = selectors.deadline(case)
    return {
        "case": case,
        "standing": words.standing(case),
        "deadline": deadline
        and deadline_words(
            deadline, kind=case.kind, status=case.status, today=timezone.localdate()
        ),
        "submitted_on": full_date(timezone.localdate(case.submitted_at)),
        "accepted_on": full_date(case.accepted_on) if case.accepted_on else "",
        "papers": _handed_in(case),
        "first": case.status == CaseStatus.SUBMITTED,
    }


def _handed_in(case: PermitApplication) -> list[dict[str, Any]]:
    known = papers(timezone.now())
    return [
        {"name": statements.paper_name(code, known.get(code)), "count": len(files)}
        for code, files in selectors_case.files_of(case).items()
    ]


@page()
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the letter of the last refusal: reasons, articles, remedies with their last days."""
    case = own_case(request, reference)
    letter, on = _letter(case)
    context = {
        "case": case,
        "letter": letter,
        "open": any(remedy.until >= timezone.localdate() for remedy in remedies(on)),
        "offers": _offers(case, request, timezone.now()),
        "back_url": reverse("case-detail", args=[case.reference]),
    }
    return render(request, f"{FOLDER}decision.html", context)


@page()
def decision_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """Return the letter of the last refusal as PDF."""
    letter, _on = _letter(own_case(request, reference))
    return _pdf(papers_pdf.letter_pdf(letter), "decision.pdf")


def _letter(case: PermitApplication) -> tuple[Letter, date]:
    """Return the letter of the last refusal and its day; what was never refused has none."""
    refusals = case.events.filter(action=Action.DECIDE, target=CaseStatus.REFUSED)
    event = refusals.order_by("-number").first()
    if event is None:
        raise Http404
    event.application = case
    on = timezone.localdate(event.at)
    return letter_of(event, on=on, office=case.station.name if case.station else ""), on


# What was asked to be corrected ----------------------------------------------------------------


@page("POST")
def item(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Ask for one correction, and keep it; the others stay as they are."""
    case = own_case(request, reference)
    found = {one.pk: one for one in selectors_case.items_to_correct(case)}.get(number)
    if found is None:
        if case.correction_items.filter(pk=number).exists():
            messages.info(request, workflow_errors.say("locked"))
            return redirect("case-detail", case.reference)
        raise Http404
    step = steps.step_of(Kind(case.kind), found.target.removeprefix(steps.STEP_TARGET))
    forms = _item_forms(request, case, found, step)
    if request.method == "POST" and all(form.is_valid() for form in forms.values()):
        answered = _answer(request, case, found, step, forms)
        if answered is not None:
            return answered
    return _item_page(request, case, found, step, forms)


def _item_forms(
    request: HttpRequest, case: PermitApplication, found: CorrectionItem, step: Step | None
) -> dict[str, Any]:
    """Return the forms of an item: its step's, or a file's; and always a few words."""
    data = posted(request)
    forms: dict[str, Any] = {}
    if step is not None:
        forms["step"] = StepForm(
            data,
            initial=case.statements.get(step.name) or {},
            step=step,
            today=timezone.localdate(),
        )
    elif found.target.startswith(steps.EVIDENCE_TARGET):
        files = request.FILES or None
        forms["files"] = EvidenceForm(data, files, label=_("Add files"))
        forms["files"].fields["files"].required = False
    forms["words"] = ItemForm(data, initial={"text": found.answer}, required=not forms)
    return forms


def _answer(
    request: HttpRequest,
    case: PermitApplication,
    found: CorrectionItem,
    step: Step | None,
    forms: dict[str, Any],
) -> HttpResponse | None:
    """Keep the answer; None where the page has to be shown again with what is wrong."""
    if "files" in forms:
        requirement = found.target.removeprefix(steps.EVIDENCE_TARGET)
        files = forms["files"].cleaned_data["files"]
        _kept, refusals = take_in_all(request, case, requirement, files)
        for text in refusals:
            forms["files"].add_error("files", text)
        if refusals:
            return None
    try:
        applications.answer_item(
            item_id=found.pk,
            actor=request.user,
            now=timezone.now(),
            text=forms["words"].cleaned_data["text"],
            answers=forms["step"].answers if step else None,
            seen=request.POST.get("seen", ""),
        )
    except StepRefused as refused:
        forms["step"].refuse(refused.errors)
        return None
    except StepChanged:
        forms["step"].add_error(
            None,
            _("Another tab saved this meanwhile. Reload the page, then enter your answer again."),
        )
        return None
    except ApplicationError as error:
        target = forms.get("files") or forms["words"]
        target.add_error(None, workflow_errors.explain(error))
        return None
    messages.success(request, _("Your answer is kept."))
    return redirect("case-detail", case.reference)


def _item_page(
    request: HttpRequest,
    case: PermitApplication,
    found: CorrectionItem,
    step: Step | None,
    forms: dict[str, Any],
) -> HttpResponse:
    rows = []
    if "files" in forms:
        requirement = found.target.removeprefix(steps.EVIDENCE_TARGET)
        live = case.evidence.filter(requirement=requirement, state__in=selectors_case.SHOWN)
        rows = [
            one
            for row in live.order_by("pk")
            for one in file_rows(case, [row], removable=row.uploaded_at >= found.event.at)
        ]
    wrong = any(form.errors for form in forms.values())
    context = {
        "case": case,
        "item": found,
        "name": statements.target_name(Kind(case.kind), found.target, papers(timezone.now())),
        "forms": forms,
        "files": rows,
        "wrong": wrong,
        "seen": request.POST.get("seen") or (stamp(case, step.name) if step else ""),
        "back_url": reverse("case-detail", args=[case.reference]),
        "registration": step is None and "files" not in forms,
    }
    return render(request, f"{FOLDER}item.html", context, status=422 if wrong else 200)


# What else the applicant may do ------------------------------------------------------------------


@page("POST")
def resubmit(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a corrected case back."""
    case = own_case(request, reference)
    if request.method == "POST":
        try:
            applications.resubmit(application_id=case.pk, actor=request.user, now=timezone.now())
        except WorkflowError as error:
            messages.warning(request, workflow_errors.explain(error))
        else:
            messages.success(request, _("Sent back. An officer goes on with your case."))
    return redirect("case-detail", case.reference)


def _with_reason(
    request: HttpRequest,
    reference: str,
    *,
    action: Action,
    act: Callable[..., PermitApplication],
    label: str,
    done: str,
    required: bool = True,
) -> HttpResponse:
    """Ask for reasons, act, and say so; an act that is not possible now leads to the case."""
    case = own_case(request, reference)
    form = ReasonForm(posted(request), label=label, required=required)
    if request.method == "POST" and form.is_valid():
        try:
            act(
                application_id=case.pk,
                actor=request.user,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except (WorkflowError, ApplicationError) as refused:
            form.add_error(None, workflow_errors.explain(refused))
        else:
            messages.success(request, done)
            return redirect("case-detail", case.reference)
    if request.method != "POST" and action.value not in _offers(case, request, timezone.now()):
        messages.info(request, _why_not(action))
        return redirect("case-detail", case.reference)
    context = {
        "case": case,
        "form": form,
        "action": action.value,
        "back_url": reverse("case-detail", args=[case.reference]),
    }
    return render(request, f"{FOLDER}reason.html", context, status=422 if form.errors else 200)


def _why_not(action: Action) -> str:
    if action is Action.ESCALATE:
        return workflow_errors.say("too_early")
    return workflow_errors.say("impossible")


@page("POST")
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take an application back, after asking once more."""
    return _with_reason(
        request,
        reference,
        action=Action.WITHDRAW,
        act=applications.withdraw,
        label=_("Why do you withdraw it? (optional)"),
        done=_("The application is withdrawn. You can apply again at any time."),
        required=False,
    )


@page("POST")
def request_review(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for a refusal to be looked at again."""
    return _with_reason(
        request,
        reference,
        action=Action.REQUEST_REVIEW,
        act=applications.request_review,
        label=_("Why is the decision wrong?"),
        done=_("Your request has arrived. Somebody else looks at your case."),
    )


@page("POST")
def escalate(request: HttpRequest, reference: str) -> HttpResponse:
    """Bring a case before the supervisor once its deadline has passed."""
    return _with_reason(
        request,
        reference,
        action=Action.ESCALATE,
        act=applications.escalate,
        label=_("What should the supervisor know?"),
        done=_("Your case was brought before the supervisor."),
    )
