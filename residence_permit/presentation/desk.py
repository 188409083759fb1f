"""The officers' desk in words: queues, lines, hints, events, acts, and why one did not happen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from eligibility.wording import full_date
from jiaxing_hukou.accounts.models import User
from residence_permit.choices import CaseAction, CaseKind, CaseStatus
from residence_permit.core import refusals
from residence_permit.core.workflow import Action, Proposal, Role, WorkflowError
from residence_permit.models import CaseEvent, PermitApplication, ResidenceRegistration
from residence_permit.models.application import NO_CLOCK
from residence_permit.presentation import workflow_errors
from residence_permit.presentation.days import days_left, moment
from residence_permit.presentation.refusals import GROUNDS
from residence_permit.queues import CAP, SOON, Queue
from residence_permit.selectors_desk import Hint
from residence_permit.services.transition import CaseChanged

QUEUES: Mapping[Queue, Any] = {
    Queue.MINE: _l("Mine"),
    Queue.UNCLAIMED: _l("Unclaimed"),
    Queue.DUE_SOON: _l("Due soon"),
    Queue.OVERDUE: _l("Overdue"),
    Queue.WAITING: _l("Waiting for the applicant"),
    Queue.TO_DECIDE: _l("To decide"),
    Queue.ALL: _l("All cases"),
}
EMPTY: Mapping[Queue, Any] = {
    Queue.MINE: _l("You have no case in your hands. Take the next one."),
    Queue.UNCLAIMED: _l("Every case of your office has been claimed."),
    Queue.DUE_SOON: _l("Nothing is due within three days."),
    Queue.OVERDUE: _l("Nothing is overdue."),
    Queue.WAITING: _l("No applicant has been asked to correct anything."),
    Queue.TO_DECIDE: _l("No case waits for a decision."),
    Queue.ALL: _l("There is no case."),
}
# What the desk's buttons say.
ACTS: Mapping[Action, Any] = {
    Action.CLAIM: _l("Claim"),
    Action.TAKE_OVER: _l("Take over"),
    Action.REASSIGN: _l("Reassign"),
    Action.REQUEST_CORRECTION: _l("Request corrections"),
    Action.ACCEPT: _l("Accept"),
    Action.RECOMMEND: _l("Recommend"),
    Action.DECIDE: _l("Decide"),
    Action.EXTEND: _l("Extend the time limit"),
    Action.ESCALATE: _l("Bring before the supervisor"),
}
# What an act does, for whoever is about to do it.
EXPLAINED: Mapping[Action, Any] = {
    Action.CLAIM: _l("You hold the case for a while; colleagues leave it alone until then."),
    Action.TAKE_OVER: _l("The time of its holder has run out, or it is yours and begins anew."),
    Action.REASSIGN: _l("The colleague is told at once."),
    Action.REQUEST_CORRECTION: _l(
        "Ask for everything that is missing at once (居住证暂行条例 第九条). Only what you ask for "
        "becomes open to the applicant; what stays empty is not asked for."
    ),
    Action.ACCEPT: _l(
        "The papers are complete. The acceptance slip is issued and the time limit begins."
    ),
    Action.RECOMMEND: _l("A supervisor decides; you cannot decide this case afterwards."),
    Action.DECIDE: _l(
        "You are asked for the code of your app. A refusal is shown to you before it is sent."
    ),
    Action.EXTEND: _l("Once only, to at most 30 days from acceptance (居住证暂行条例 第九条)."),
    Action.ESCALATE: _l("The supervisors of the office are told."),
}
DONE: Mapping[Action, Any] = {
    Action.CLAIM: _l("The case is yours now."),
    Action.TAKE_OVER: _l("The case is yours now."),
    Action.REASSIGN: _l("The case was handed over; your colleague has been told."),
    Action.REQUEST_CORRECTION: _l("The applicant has been told what to correct."),
    Action.ACCEPT: _l("Accepted. The slip is issued and the time limit runs."),
    Action.RECOMMEND: _l("Recommended. A supervisor decides."),
    Action.DECIDE: _l("Decided. The applicant has been told."),
    Action.EXTEND: _l("The time limit has been extended; the applicant has been told."),
    Action.ESCALATE: _l("The supervisors have been told."),
}
_MISSING: Mapping[str, Any] = {
    "items": _l("Name at least one item, and say for each what is to be done."),
    "reason": _l("Give the reason, so that the applicant and later readers understand it."),
    "reason_code": _l("Choose the ground of the refusal."),
    "legal_basis": _l("Choose the ground of the refusal."),
    "proposal": _l("Choose whether to approve or to refuse."),
    "target": _l("Choose whether to approve or to refuse."),
    "assignee": _l("Choose the colleague who is to have the case."),
}
_PROPOSALS = {Proposal.APPROVE.value: _l("approve"), Proposal.REFUSE.value: _l("refuse")}
_REMEDIES = {
    refusals.RECONSIDERATION: _l("administrative reconsideration (行政复议)"),
    refusals.LAWSUIT: _l("administrative lawsuit (行政诉讼)"),
}
_SOURCES = ResidenceRegistration.Source


@dataclass(frozen=True, kw_only=True)
class QueueTab:
    """One queue with its count, as a link."""

    name: str
    title: str
    count: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """One case in a queue."""

    reference: str
    kind: str
    left: str
    urgency: str  # late, soon, calm, none
    state: str
    waiting: str
    office: str
    escalated: bool


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """One line of the timeline."""

    at: str
    title: str
    who: str
    reason: str
    details: tuple[str, ...]
    items: tuple[tuple[str, str, str], ...]  # what, what to do, the answer


@dataclass(frozen=True, kw_only=True)
class HintLine:
    """One hint in words, with the cases that it points to."""

    text: str
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One thing that the page showed, and what it is now."""

    label: str
    before: str
    now: str

    @property
    def differs(self) -> bool:
        """Whether it changed meanwhile."""
        return self.before != self.now


def count_text(count: int) -> str:
    """Return a count; one that was not counted to its end says so."""
    return _("%(cap)s+") % {"cap": f"{CAP:,}"} if count > CAP else f"{count:,}"


def tabs(counts: Mapping[Queue, int], current: Queue) -> list[QueueTab]:
    """Return the queues in the order of the work; that of all cases has no count."""
    return [
        QueueTab(
            name=queue.value,
            title=str(QUEUES[queue]),
            count=count_text(counts[queue]) if queue in counts else "",
            current=queue is current,
        )
        for queue in Queue
    ]


def case_line(case: PermitApplication, *, user: User, now: datetime, today: date) -> CaseLine:
    """Return one case of a queue in words: nothing in it names the applicant."""
    due_on = None if case.queue_on == NO_CLOCK else case.queue_on
    return CaseLine(
        reference=case.reference,
        kind=case.get_kind_display(),
        left=days_left(due_on, today),
        urgency=urgency(due_on, today),
        state=state_name(case.status),
        waiting=waiting(case, user=user, now=now),
        office=case.station.name if case.station else "",
        escalated=case.escalated_at is not None,
    )


def urgency(due_on: date | None, today: date) -> str:
    """Return how near a last day is: late, soon, calm, none."""
    if due_on is None:
        return "none"
    if due_on < today:
        return "late"
    return "soon" if due_on <= today + SOON else "calm"


def state_name(status: str) -> str:
    """Return a state as the desk calls it."""
    if status == CaseStatus.CORRECTION_REQUESTED:
        return _("To be corrected by the applicant")
    return str(CaseStatus(status).label)


def waiting(case: PermitApplication, *, user: User, now: datetime) -> str:
    """Return what a case waits for."""
    match CaseStatus(case.status):
        case CaseStatus.SUBMITTED:
            return _("an officer to claim it")
        case CaseStatus.UNDER_REVIEW | CaseStatus.ACCEPTED:
            return _with_officer(case, user=user, now=now)
        case CaseStatus.CORRECTION_REQUESTED:
            return _("the applicant’s answer")
        case CaseStatus.AWAITING_DECISION:
            return _("the decision of a supervisor who did not recommend")
        case CaseStatus.UNDER_RECONSIDERATION:
            return _("a third person’s decision")
        case CaseStatus.APPROVED:
            return _("the entry in the permit’s ledger")
        case CaseStatus.REFUSED:
            return _("nothing; the applicant may ask for reconsideration")
    return _("nothing any more")


def _with_officer(case: PermitApplication, *, user: User, now: datetime) -> str:
    if case.holder is None:
        return _("an officer to take it over")
    lapsed = case.lease_until is not None and case.lease_until <= now
    if case.holder_id == user.pk:
        return _("you; your time has run out, take it over again") if lapsed else _("you")
    names = {"officer": case.holder.get_username()}
    if lapsed:
        return _("%(officer)s, whose time has run out: it can be taken over") % names
    return names["officer"]


def hint_line(hint: Hint) -> HintLine:
    """Return a hint in words."""
    return HintLine(text=_hint(hint), references=hint.references)


def _hint(hint: Hint) -> str:
    total = len(hint.references) + hint.elsewhere
    match hint.code:
        case "same_person":
            text = ngettext(
                "%(total)s other case is about the same person.",
                "%(total)s other cases are about the same person.",
                total,
            )
        case "holds_permit":
            return _(
                "A permit stands under this ID number already. Compare both files; a second"
                " one is not issued."
            )
        case "same_document":
            text = ngettext(
                "A file of this case was handed in by somebody else as well, in %(total)s case.",
                "Files of this case were handed in by others as well, in %(total)s cases.",
                total,
            )
        case "same_address":
            total = hint.params["count"]
            text = ngettext(
                "%(total)s other person is registered at this address. No text gives a limit.",
                "%(total)s other people are registered at this address. No text gives a limit.",
                total,
            )
        case _:
            return _report(hint)
    said = text % {"total": total}
    if hint.elsewhere:
        elsewhere = ngettext(
            "%(count)s of them is another office’s and is not shown.",
            "%(count)s of them are other offices’ and are not shown.",
            hint.elsewhere,
        )
        said = f"{said} {elsewhere % {'count': hint.elsewhere}}"
    return said


def _report(hint: Hint) -> str:
    said = {
        "source": _SOURCES(hint.params["source"]).label,
        "day": full_date(hint.params["on"]),
    }
    if hint.code == "report_denied":
        return _("A report (%(source)s, %(day)s) was denied by the person.") % said
    if hint.code == "report_agrees":
        return _("A report (%(source)s, %(day)s) names the same address.") % said
    return _("A report (%(source)s, %(day)s) names another address.") % said


def event_line(event: CaseEvent, names: Mapping[str, str], user: User) -> EventLine:
    """Return one event in words; ``names`` are those of what can be corrected."""
    return EventLine(
        at=moment(event.at),
        title=_title(event),
        who=_actor(event, user),
        reason=event.reason,
        details=tuple(_details(event)),
        items=_items(event, names),
    )


def _items(event: CaseEvent, names: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Return what was asked for: nothing but a request for corrections has items."""
    if event.action != Action.REQUEST_CORRECTION:
        return ()
    return tuple(
        (names.get(item.target, item.target), item.text, item.answer) for item in event.items.all()
    )


def _title(event: CaseEvent) -> str:
    if event.action == Action.DECIDE:
        approved = event.target == CaseStatus.APPROVED
        return _("Approved") if approved else _("Refused")
    return str(CaseAction(event.action).label)


def _actor(event: CaseEvent, user: User) -> str:
    if event.actor is None:
        return _("The portal")
    if event.actor_id == user.pk:
        return _("you")
    if event.role == Role.APPLICANT:
        return _("The applicant")
    return event.actor.get_username()


def _details(event: CaseEvent) -> Iterable[str]:
    details = event.details
    if "proposal" in details:
        yield _("Proposal: %(what)s") % {"what": _PROPOSALS.get(details["proposal"], "")}
    if "reason_code" in details:
        ground = GROUNDS.get(details["reason_code"], details["reason_code"])
        yield _("Ground: %(ground)s") % {"ground": ground}
    if "legal_basis" in details:
        yield _("Legal basis: %(articles)s") % {"articles": details["legal_basis"]}
    if "remedies" in details:
        named = [str(_REMEDIES[code]) for code in details["remedies"] if code in _REMEDIES]
        yield _("Remedies stated: %(remedies)s") % {"remedies": ", ".join(named)}


def explain_any(error: WorkflowError | CaseChanged | None) -> str:
    """Return why an act on one case of several did not happen; None is a case out of reach."""
    if error is None:
        return _("There is no such case in your offices.")
    if isinstance(error, CaseChanged):
        return _("Somebody else moved this case at the same time. Open it and look.")
    return explain(error)


def explain(error: WorkflowError) -> str:
    """Return why an act did not happen, and what to do, as staff have to hear it."""
    if error.code == "incomplete":
        missing = [str(_MISSING[name]) for name in error.params["missing"] if name in _MISSING]
        if missing:
            return " ".join(dict.fromkeys(missing))
    if error.code == "no_such_item":
        return _("One of the items is no part of this application. Choose from the list.")
    if error.code == "no_such_ground":
        return _(
            "An application of the kind “%(kind)s” cannot be refused for this: no text gives it. "
            "Choose a ground from the list."
        ) % {"kind": CaseKind(error.params["kind"]).label}
    return workflow_errors.explain(error)
