"""An application as a draft: begun, answered step by step, read through, submitted, deleted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from residence_permit import selectors, selectors_case
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import steps
from residence_permit.core.id_number import masked
from residence_permit.core.steps import Step
from residence_permit.core.workflow import Kind, WorkflowError
from residence_permit.forms.applications import StartForm, StepForm
from residence_permit.models import PermitApplication, Person
from residence_permit.presentation import statements, workflow_errors
from residence_permit.presentation.conditions import conditions_words
from residence_permit.services import applications
from residence_permit.services.applications import (
    ApplicationError,
    NotReady,
    StepChanged,
    StepRefused,
    stamp,
)
from residence_permit.services.assessment import Assessed, Needed, assess
from residence_permit.views.case_access import own_case, page, posted

MINE = "mine"  # the prefix under which the page of two versions carries what was typed
FOLDER = "residence_permit/application/"


# Begin -------------------------------------------------------------------------------------


@page("POST")
def start(request: HttpRequest) -> HttpResponse:
    """Ask what is applied for and for whom; begin, or go on with the draft there is."""
    persons = selectors_case.persons_of(request.user)
    if not persons:
        return render(request, f"{FOLDER}start.html", {"no_profile": True})
    listed = [(person.pk, _person_name(request, person)) for person in persons]
    initial = {"kind": request.GET.get("kind"), "person": str(persons[0].pk)}
    form = StartForm(posted(request), persons=listed, initial=initial)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        person = next(p for p in persons if p.pk == form.person_id)
        kind = CaseKind(form.cleaned_data["kind"])
        try:
            case = applications.start_draft(
                actor=request.user, kind=kind, person=person, now=timezone.now()
            )
        except ApplicationError as error:
            context |= _cannot_begin(form, error, for_other=person.user_id != request.user.pk)
        else:
            return redirect("case-detail", case.reference)
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}start.html", context, status=status)


def _person_name(request: HttpRequest, person: Person) -> str:
    if person.user_id == request.user.pk:
        return _("For myself: %(name)s") % {"name": person.name}
    return person.name


def _cannot_begin(form: StartForm, error: ApplicationError, *, for_other: bool) -> dict[str, Any]:
    """Show why nothing can be begun, at the field, and lead to what has to come first."""
    code = error.code
    shown = f"{code}_other" if code == "no_registration" and for_other else code
    field = "person" if code in ("needs_guardian", "not_for_him") else "kind"
    form.add_error(field if field in form.fields else None, workflow_errors.say(shown))
    return {
        "needs_registration": code == "no_registration",
        "open_reference": error.params.get("reference", ""),
    }


# The task list -----------------------------------------------------------------------------


def task_list(request: HttpRequest, case: PermitApplication) -> HttpResponse:
    """Show what is done and what is still to be done of a draft."""
    assessed = assess(case=case, now=timezone.now())
    lacking = {(problem.kind, problem.name) for problem in assessed.problems}
    context = {
        "case": case,
        "steps": [
            {
                "url": reverse("case-step", args=[case.reference, step.name]),
                "title": statements.title(step.name),
                "done": ("step", step.name) not in lacking,
            }
            for step in steps.STEPS[Kind(case.kind)]
        ],
        "papers": _papers(case, assessed.needed),
        "ready": assessed.ready,
        **_standing(case, assessed),
    }
    return render(request, f"{FOLDER}task_list.html", context)


def _papers(case: PermitApplication, needed: tuple[Needed, ...]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "url": reverse("case-evidence", args=[case.reference, one.code]),
            "name": statements.paper_name(one.code, one.paper),
            "required": one.required,
            "files": one.files,
        }
        for one in needed
    ]


def _standing(case: PermitApplication, assessed: Assessed) -> dict[str, Any]:
    """Return what the conditions and the permit's ledger say, and what else is in the way."""
    has_ground = steps.GROUND not in steps.STEPS[Kind(case.kind)] or bool(
        steps.ground_facts(case.statements)
    )
    judged = assessed.judged if has_ground else None
    return {
        "conditions": judged and conditions_words(judged),
        "obstacle": assessed.obstacle and workflow_errors.explain(assessed.obstacle),
        "warnings": [workflow_errors.say(code) for code in assessed.warnings],
        "hindrances": [
            {"text": workflow_errors.say(problem.name), "name": problem.name}
            for problem in assessed.problems
            if problem.kind == "other"
        ],
    }


def next_url(case: PermitApplication, assessed: Assessed) -> str:
    """Return the page of the first thing that is still open, then the page to read through."""
    for problem in assessed.problems:
        if problem.kind == "step":
            return reverse("case-step", args=[case.reference, problem.name])
        if problem.kind == "evidence":
            return reverse("case-evidence", args=[case.reference, problem.name])
    return reverse("case-review", args=[case.reference])


# One step ----------------------------------------------------------------------------------


@page("POST")
def step(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Ask one step and keep its answers; two tabs never overwrite each other silently."""
    case = own_case(request, reference)
    asked = steps.step_of(Kind(case.kind), step)
    if asked is None:
        raise Http404
    if case.status != CaseStatus.DRAFT:
        return redirect("case-detail", case.reference)
    today = timezone.localdate()
    if request.method != "POST":
        form = StepForm(initial=case.statements.get(step) or {}, step=asked, today=today)
        return _ask(request, case, asked, form)
    if "keep" in request.GET:
        answers, form = _chosen(request, case, asked)
        if form.errors:  # nothing that our page sent
            return redirect("case-step", case.reference, step)
    else:
        form = StepForm(request.POST, step=asked, today=today)
        answers = form.answers if form.is_valid() else {}
    if form.errors:
        return _ask(request, case, asked, form)
    try:
        saved = applications.save_step(
            application_id=case.pk,
            step=step,
            answers=answers,
            seen=request.POST.get("seen", ""),
            actor=request.user,
            now=timezone.now(),
        )
    except StepRefused as refused:
        form.refuse(refused.errors)
        return _ask(request, case, asked, form)
    except StepChanged as changed:
        return _two_versions(request, case, asked, changed)
    except ApplicationError as error:  # submitted in another tab
        messages.warning(request, workflow_errors.explain(error))
        return redirect("case-detail", case.reference)
    if request.GET.get("from") == "review":
        return redirect("case-review", case.reference)
    return redirect(next_url(saved, assess(case=saved, now=timezone.now())))


def _ask(
    request: HttpRequest, case: PermitApplication, asked: Step, form: StepForm
) -> HttpResponse:
    context = {
        "case": case,
        "step": asked.name,
        "title": statements.title(asked.name),
        "form": form,
        "seen": request.POST.get("seen") or stamp(case, asked.name),
        "who": who_rows(case) if asked is steps.WHO else None,
        "registration": _registration(case) if asked in (steps.WHO, steps.CHANGE) else None,
        "for_self": case.person.user_id == request.user.pk,
        "back_url": reverse("case-detail", args=[case.reference]),
    }
    return render(request, f"{FOLDER}step.html", context, status=422 if form.errors else 200)


def _registration(case: PermitApplication) -> list[statements.Answer] | None:
    found = selectors.registration_of(case.person)
    return statements.registration_rows(found) if found else None


def who_rows(case: PermitApplication) -> list[statements.Answer]:
    """Return the person's data as they will stand on the permit; the number is masked."""
    return statements.person_rows(case.person, masked(case.person.id_number))


def _two_versions(
    request: HttpRequest, case: PermitApplication, asked: Step, changed: StepChanged
) -> HttpResponse:
    """Show both versions field by field; nothing is kept until one is chosen."""
    names = [question.name for question in asked.questions]
    rows = [
        {
            "name": name,
            "label": statements.label(asked.name, name),
            "mine": statements.answer_text(asked.name, name, changed.mine.get(name)),
            "theirs": statements.answer_text(asked.name, name, changed.theirs.get(name)),
        }
        for name in names
        if changed.mine.get(name) != changed.theirs.get(name)
    ]
    context = {
        "case": case,
        "title": statements.title(asked.name),
        "rows": rows,
        "carried": _carried(request.POST, names),
        "seen": changed.seen,
        "action": f"{reverse('case-step', args=[case.reference, asked.name])}?keep=1",
    }
    return render(request, f"{FOLDER}two_versions.html", context, status=409)


def _carried(sent: QueryDict, names: list[str]) -> list[tuple[str, str]]:
    """Return what was typed under the names of the page of two versions."""
    return [
        (f"{MINE}-{name.removeprefix(f'{MINE}-')}", value)
        for name in sent
        for value in sent.getlist(name)
        if any(name.removeprefix(f"{MINE}-").startswith(known) for known in names)
    ]


def _chosen(
    request: HttpRequest, case: PermitApplication, asked: Step
) -> tuple[dict[str, Any], StepForm]:
    """Return the answers that were chosen from the two versions."""
    form = StepForm(request.POST, prefix=MINE, step=asked, today=timezone.localdate())
    kept = case.statements.get(asked.name) or {}
    if not form.is_valid():
        return {}, form
    chosen = {
        question.name: kept.get(question.name)
        if request.POST.get(f"keep-{question.name}") == "theirs"
        else form.answers.get(question.name)
        for question in asked.questions
    }
    return {name: value for name, value in chosen.items() if value is not None}, form


# Read through, submit, delete ----------------------------------------------------------------


@page("POST")
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Show everything with ways to change it; submit on POST, once however often it is pressed."""
    case = own_case(request, reference)
    if request.method == "POST":
        try:
            applications.submit_application(
                application_id=case.pk, actor=request.user, now=timezone.now()
            )
        except NotReady:
            return _review(request, case, status=422)
        except (ApplicationError, WorkflowError) as error:
            return _review(request, case, status=422, error=workflow_errors.explain(error))
        return redirect("case-receipt", case.reference)
    if case.status != CaseStatus.DRAFT:
        return redirect("case-detail", case.reference)
    return _review(request, case)


def _review(
    request: HttpRequest, case: PermitApplication, *, status: int = 200, error: str = ""
) -> HttpResponse:
    assessed = assess(case=case, now=timezone.now())
    registration = assessed.registration
    context = {
        "case": case,
        "error": error,
        "who": who_rows(case),
        "registration": registration and statements.registration_rows(registration),
        "office": registration.station.name if registration and registration.station else "",
        "steps": [
            {
                "title": statements.title(step.name),
                "url": reverse("case-step", args=[case.reference, step.name]),
                "answers": statements.answers(step, case.statements.get(step.name) or {}),
            }
            for step in steps.STEPS[Kind(case.kind)]
            if step is not steps.WHO
        ],
        "papers": _papers(case, assessed.needed),
        "missing": missing_rows(case, assessed),
        "ready": assessed.ready,
        "first_url": next_url(case, assessed),
        "back_url": reverse("case-detail", args=[case.reference]),
        **_standing(case, assessed),
    }
    return render(request, f"{FOLDER}review.html", context, status=status)


def missing_rows(case: PermitApplication, assessed: Assessed) -> list[dict[str, str]]:
    """Return what is still open, each with the way to it."""
    names = {one.code: statements.paper_name(one.code, one.paper) for one in assessed.needed}
    rows = []
    for problem in assessed.problems:
        if problem.kind == "step":
            url = reverse("case-step", args=[case.reference, problem.name])
            rows.append({"text": statements.title(problem.name), "url": url})
        elif problem.kind == "evidence":
            url = reverse("case-evidence", args=[case.reference, problem.name])
            rows.append({"text": names[problem.name], "url": url})
    return rows


@page("POST")
def delete(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask once more, then delete a draft with its files."""
    case = own_case(request, reference)
    if case.status != CaseStatus.DRAFT:
        return redirect("case-detail", case.reference)
    if request.method == "POST":
        try:
            applications.delete_draft(
                application_id=case.pk, actor=request.user, now=timezone.now()
            )
        except ApplicationError as error:
            messages.warning(request, workflow_errors.explain(error))
            return redirect("case-detail", case.reference)
        except PermitApplication.DoesNotExist:  # pressed twice
            pass
        messages.success(request, _("The draft and its files are deleted."))
        return redirect("my-portal")
    context = {"case": case, "back_url": reverse("case-detail", args=[case.reference])}
    return render(request, f"{FOLDER}delete.html", context)


@page("POST")
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin anew from what was written in a case that is over."""
    case = own_case(request, reference)
    if request.method != "POST":
        return redirect("case-detail", case.reference)
    try:
        new = applications.copy_closed(
            application_id=case.pk, actor=request.user, now=timezone.now()
        )
    except ApplicationError as error:
        messages.warning(request, workflow_errors.explain(error))
        return redirect("case-detail", case.reference)
    messages.success(request, _("Your earlier answers and files are in this draft."))
    return redirect("case-detail", new.reference)
