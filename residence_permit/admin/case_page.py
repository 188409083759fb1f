"""One case: what was stated beside its evidence, hints, timeline, and the desk with its acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from eligibility.wording import VALUES, full_date
from jiaxing_hukou.audit.services import record
from residence_permit import selectors, selectors_desk
from residence_permit.admin.base import case_or_404, page, staff_page
from residence_permit.choices import CaseStatus
from residence_permit.core import refusals, steps
from residence_permit.core.deadlines import Deadline
from residence_permit.core.id_number import masked
from residence_permit.core.workflow import Action, Kind, Move, Past
from residence_permit.forms import desk as forms
from residence_permit.models import CaseEvent, Evidence, PermitApplication, Relation
from residence_permit.presentation import desk, statements
from residence_permit.presentation.conditions import conditions_words
from residence_permit.presentation.days import days_left, moment
from residence_permit.presentation.deadlines import deadline_words
from residence_permit.presentation.desk import Compared
from residence_permit.presentation.refusals import ground_choices
from residence_permit.services.assessment import Assessed, Needed, assess
from residence_permit.services.review import moves_open_to

SHOWN = "residence_permit.case_page"  # the salt of what a page showed
PICTURES = ("jpeg", "png")


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act of the desk, with its form."""

    action: str
    title: str
    explained: str
    form: Form
    simple: bool  # nothing to fill in: one button
    opened: bool  # as it comes back with something to put right


@dataclass(frozen=True)
class AtDesk:
    """A case as it is read for its page, once."""

    case: PermitApplication
    events: list[CaseEvent]
    assessed: Assessed
    deadline: Deadline | None

    @property
    def kind(self) -> Kind:
        """Return the kind of the application."""
        return Kind(self.case.kind)

    @property
    def files(self) -> list[Evidence]:
        """Return every file of the case."""
        return [file for needed in self.assessed.needed for file in needed.files]

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Return what can be asked to be corrected."""
        papers = {need.code: need.paper for need in self.assessed.needed if need.paper}
        codes = [need.code for need in self.assessed.needed]
        return statements.targets(self.kind, papers, codes)


def read(case: PermitApplication, now: datetime) -> AtDesk:
    """Read what belongs to a case."""
    events = selectors_desk.events_of(case)
    return AtDesk(
        case,
        events,
        assess(case=case, now=now),
        selectors.deadline(case, past=_past(events)),
    )


def _past(events: Sequence[CaseEvent]) -> list[Past]:
    return [Past(Action(event.action), event.actor_id, event.at) for event in events]


@staff_page()
@require_safe
def case_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a case to whoever has it in his offices; the look is recorded."""
    now = timezone.now()
    at_desk = read(case_or_404(request, reference), now)
    return show(request, at_desk, now)


def show(
    request: HttpRequest,
    at_desk: AtDesk,
    now: datetime,
    *,
    failed: tuple[Action, Form] | None = None,
    number: str = "",
    unmask: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a case; ``failed`` is a form that comes back, ``number`` an ID shown."""
    case, user = at_desk.case, request.user
    record(
        actor_id=user.pk,
        act="view_case",
        subject=f"case:{case.pk}",
        purpose="case",
        now=now,
        person_id=case.person_id,
    )
    today = timezone.localdate(now)
    deadline = at_desk.deadline
    names = dict(at_desk.targets)
    shown = _chosen_picture(request, at_desk)
    context = {
        "title": _("Case %(reference)s") % {"reference": case.reference},
        "case": case,
        "kind": case.get_kind_display(),
        "state": desk.state_name(case.status),
        "waiting": desk.waiting(case, user=user, now=now),
        "left": days_left(deadline and deadline.due_on, today),
        "urgency": desk.urgency(deadline and deadline.due_on, today),
        "deadline": deadline
        and deadline_words(deadline, kind=case.kind, status=case.status, today=today),
        "identity": _identity(case, number),
        "number_shown": bool(number),
        "unmask": unmask or forms.UnmaskForm(),
        "registration": _registration(case),
        "steps": _steps(at_desk),
        "conditions": at_desk.assessed.judged and conditions_words(at_desk.assessed.judged),
        "needed": [_need(need) for need in at_desk.assessed.needed],
        "picture": shown,
        "hints": [desk.hint_line(hint) for hint in selectors_desk.hints(case, user, at_desk.files)],
        "events": [desk.event_line(event, names, user) for event in reversed(at_desk.events)],
        "acts": acts(request, at_desk, now, failed),
        "failed": failed[1] if failed else None,
        "was_refused": any(event.target == CaseStatus.REFUSED for event in at_desk.events),
    }
    return page(request, "case", context, status=status)


def _chosen_picture(request: HttpRequest, at_desk: AtDesk) -> Evidence | None:
    """Return the picture that is to be shown beside the statement, if one was chosen."""
    wanted = request.GET.get("show", "")
    return next(
        (
            file
            for file in at_desk.files
            if str(file.pk) == wanted
            and file.kind in PICTURES
            and file.state == Evidence.State.READY
        ),
        None,
    )


def _identity(case: PermitApplication, number: str) -> list[tuple[str, str]]:
    person = case.person
    by = _("the person") if case.applicant_id == person.user_id else _agent(case)
    return [
        (_("Full name"), person.name),
        (_("ID number"), number or masked(person.id_number)),
        (_("Date of birth"), full_date(person.birth_date) if number else _("hidden")),
        (_("Sex"), person.get_sex_display()),
        (_("Phone"), person.phone or "–"),
        (
            _("Hukou"),
            " · ".join(
                filter(
                    None,
                    (
                        str(VALUES["hukou_place"].get(person.hukou_place, person.hukou_place)),
                        person.hukou_address,
                    ),
                )
            ),
        ),
        (_("Applied by"), by),
    ]


def _agent(case: PermitApplication) -> str:
    relation = Relation.objects.filter(
        guardian__user=case.applicant_id, ward=case.person_id, ended_at=None
    ).first()
    return relation.get_kind_display() if relation else _("somebody who no longer may")


def _registration(case: PermitApplication) -> list[tuple[str, str]]:
    row = case.registration
    if row is None:
        return []
    return [
        (_("Address"), row.address),
        (_("Registered on"), full_date(row.registered_on)),
        (_("Lives there since"), full_date(row.lives_there_since)),
        (_("Housing"), str(VALUES["housing"].get(row.housing, row.housing or "–"))),
        (_("Employer or school"), row.employer or "–"),
        (_("State"), row.get_status_display()),
    ]


def _steps(at_desk: AtDesk) -> list[tuple[str, list[statements.Answer]]]:
    kept = at_desk.case.statements
    return [
        (statements.title(step.name), statements.answers(step, kept.get(step.name) or {}))
        for step in steps.STEPS[at_desk.kind]
    ]


def _need(need: Needed) -> dict[str, Any]:
    return {
        "name": statements.paper_name(need.code, need.paper),
        "instead": statements.instead(need.paper),
        "required": need.required,
        "files": [
            {
                "row": file,
                "ready": file.state == Evidence.State.READY,
                "picture": file.kind in PICTURES,
                "kind": file.kind.upper(),
                "kilobytes": max(1, file.size // 1024),
                "at": moment(file.uploaded_at),
            }
            for file in need.files
        ],
    }


def snapshot(at_desk: AtDesk) -> list[tuple[str, str]]:
    """Return what a page shows of a case, as label and text, to be compared later."""
    case = at_desk.case
    due = case.due_on
    found = [
        (_("State"), desk.state_name(case.status)),
        (_("In the hands of"), case.holder.get_username() if case.holder else "–"),
        (_("Last day"), full_date(due) if due else "–"),
    ]
    for title, answers in _steps(at_desk):
        found += [(f"{title} · {answer.label}", answer.text) for answer in answers]
    for need in at_desk.assessed.needed:
        names = [file.shown_name for file in need.files]
        label = _("Files · %(paper)s") % {"paper": statements.paper_name(need.code, need.paper)}
        found.append((label, "; ".join(names) or "–"))
    return found


def packed(at_desk: AtDesk) -> str:
    """Return the snapshot as a form carries it: signed."""
    return signing.dumps(snapshot(at_desk), salt=SHOWN, compress=True)


def compared(at_desk: AtDesk, shown: str) -> list[Compared]:
    """Return field by field what the page showed and what holds now."""
    try:
        before = dict(map(tuple, signing.loads(shown, salt=SHOWN)))
    except signing.BadSignature:
        before = {}
    now = dict(snapshot(at_desk))
    labels = [*now, *(label for label in before if label not in now)]
    return [
        Compared(label=label, before=before.get(label, "–"), now=now.get(label, "–"))
        for label in labels
    ]


def moves(request: HttpRequest, at_desk: AtDesk, now: datetime) -> tuple[Move, ...]:
    """Return the arrows that state and role allow now."""
    return moves_open_to(
        at_desk.case,
        request.user,
        now,
        deadline=at_desk.deadline,
        history=_past(at_desk.events),
    )


def acts(
    request: HttpRequest,
    at_desk: AtDesk,
    now: datetime,
    failed: tuple[Action, Form] | None = None,
) -> list[Act]:
    """Return the acts that state and role allow now, each with its form."""
    offered = dict.fromkeys(move.action for move in moves(request, at_desk, now))
    if failed and failed[0] not in offered:
        offered[failed[0]] = None  # what was typed is kept even where it is too late for it
    shown = packed(at_desk)
    found = []
    for action in offered:
        came_back = failed is not None and failed[0] is action
        form = (
            failed[1]
            if failed is not None and came_back
            else form_for(
                action, at_desk, initial={"seen": at_desk.case.events_count, "shown": shown}
            )
        )
        found.append(
            Act(
                action=action.value,
                title=str(desk.ACTS[action]),
                explained=str(desk.EXPLAINED[action]),
                form=form,
                simple=not form.visible_fields(),
                opened=came_back,
            )
        )
    return found


def form_for(
    action: Action,
    at_desk: AtDesk,
    data: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
) -> forms.DeskForm:
    """Return the form of an act."""
    common: dict[str, Any] = {"data": data, "initial": initial, "auto_id": f"id_{action}_%s"}
    match action:
        case Action.REQUEST_CORRECTION:
            return forms.ItemsForm(**common, targets=at_desk.targets)
        case Action.RECOMMEND | Action.DECIDE:
            grounds = ground_choices(refusals.grounds_for(at_desk.kind))
            return forms.ProposalForm(**common, grounds=grounds)
        case Action.REASSIGN:
            officers = selectors_desk.officers_for(at_desk.case)
            return forms.ReassignForm(**common, officers=officers)
        case Action.EXTEND | Action.ESCALATE:
            return forms.ReasonForm(**common)
    return forms.PlainForm(**common)
