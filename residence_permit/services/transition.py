"""The one function that moves a case: lock, check, record, owe the notices; all or nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit import selectors
from residence_permit.core import workflow
from residence_permit.core.deadlines import day_of
from residence_permit.core.workflow import Action, Role, Status
from residence_permit.failpoints import failpoint
from residence_permit.models import CaseEvent, CorrectionItem, OfficeSetting, PermitApplication
from residence_permit.models.application import NO_CLOCK
from residence_permit.notifications import outbox
from residence_permit.services import ledger

# What an event keeps of what was given; everything else has a place of its own.
KEPT = ("proposal", "reason_code", "legal_basis", "remedies", "assignee", "requirements")


class CaseChanged(Exception):
    """Somebody else moved the case after the page was opened; ``events`` are his moves."""

    def __init__(self, events: tuple[CaseEvent, ...]):
        super().__init__(f"{len(events)} newer events")
        self.events = events


@transaction.atomic
def move(
    action: Action,
    *,
    application_id: int,
    actor: User | None,
    now: datetime,
    target: Status | None = None,
    seen: int | None = None,
    **given: Any,
) -> PermitApplication:
    """Take one arrow of the table, or raise and leave everything as it was.

    ``actor`` is None for the portal itself. ``seen`` is the number of events that the page
    showed; raises CaseChanged when there are more. Raises the WorkflowErrors of the core.
    """
    # The row's own lock, not that of what it points to: PostgreSQL locks no outer joins.
    case = (
        PermitApplication.objects.select_for_update(of=("self",))
        .select_related("person", "station")
        .get(pk=application_id)
    )
    if seen is not None and seen != case.events_count:
        raise CaseChanged(tuple(case.events.filter(number__gt=seen).select_related("actor")))
    row = _arrow(case, action, actor, now, target, given)
    given = {name: value for name, value in given.items() if value not in (None, "", (), [])}
    failpoint(f"{action}.checked")
    case.events_count += 1
    event = CaseEvent.objects.create(
        application=case,
        number=case.events_count,
        action=row.action.value,
        source=row.source.value,
        target=row.target.value,
        role=row.role.value,
        actor=actor,
        at=now,
        reason=given.get("reason", ""),
        details=_details(given),
    )
    failpoint(f"{action}.event")
    case.status = row.target.value
    if row.source is not row.target:
        case.status_since = now
    effect = _EFFECTS.get(row.action)
    if effect is not None:
        effect(case, event, given)
    deadline = selectors.deadline(case)
    case.due_on = deadline and deadline.due_on
    case.queue_on = case.due_on or NO_CLOCK
    _save(case)
    failpoint(f"{action}.state")
    notices = outbox.owe_for_event(event, now=now)
    failpoint(f"{action}.notices")
    record(
        actor_id=actor.pk if actor else None,
        act=row.action.value,
        subject=f"case:{case.pk}",
        purpose=row.role.value,
        now=now,
        person_id=case.person_id,
        details={"event": event.number, "from": row.source.value, "to": row.target.value},
    )
    failpoint(f"{action}.audited")
    transaction.on_commit(lambda: outbox.hand_over(notices), robust=True)
    return case


def _arrow(
    case: PermitApplication,
    action: Action,
    actor: User | None,
    now: datetime,
    target: Status | None,
    given: dict[str, Any],
) -> workflow.Move:
    """Return the arrow that this person may take; raises why he may not.

    Somebody who is officer and supervisor takes the arrow of the one role that has it.
    """
    moves = workflow.find(action, Status(case.status), target)
    errors = []
    for role in sorted(selectors.roles_in(case, actor)) or [None]:
        try:
            return workflow.check(
                moves,
                role=role,
                given=given,
                **circumstances(case, actor, now, action),
                first_time_visible=_visible_at_first(case, action, given),
            )
        except workflow.WorkflowError as error:
            errors.append(error)
    # "Not you" of one role says less than what the other role lacked.
    errors.sort(key=lambda error: error.code == "role")
    raise errors[0]


def circumstances(
    case: PermitApplication, actor: User | None, now: datetime, action: Action | None = None
) -> dict[str, Any]:
    """Return what the core asks about this person and this case on this day.

    A claim is another officer's until he gives it up; once its lease has run out somebody may
    take it over, and only then act.
    """
    deadline = selectors.deadline(case)
    staff = actor is not None and actor.pk != case.applicant_id
    held = case.holder_id is not None and actor is not None and case.holder_id != actor.pk
    if action is Action.TAKE_OVER and case.lease_until is not None:
        held = held and case.lease_until > now
    return {
        "actor_id": actor.pk if actor else None,
        "history": selectors.history(case),
        "now": now,
        "own_case": staff and selectors.is_own(case, actor),
        "household_case": staff and selectors.is_household(case, actor),
        "held_by_other": held,
        "deadline": deadline and deadline.due_on,
    }


def _visible_at_first(
    case: PermitApplication, action: Action, given: dict[str, Any]
) -> tuple[str, ...]:
    """Return the items of a second request that could have been asked for at the first.

    What the applicant sent with his answer could not be seen before: those are the targets of
    the items that were asked then.
    """
    if action is not Action.REQUEST_CORRECTION:
        return ()
    asked = set(case.correction_items.values_list("target", flat=True))
    return tuple(target for target, _text in given.get("items", ()) if target not in asked)


def _save(case: PermitApplication) -> None:
    """Save a case; two open cases of one person and kind are refused by the database."""
    try:
        case.save()
    except IntegrityError as error:
        if "one_open_case" in str(error) or "id_hash" in str(error):
            raise workflow.MoveForbidden(
                "other_case_open", "another case of this person and kind is open"
            ) from error
        raise


def _details(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in KEPT if name in given}


def _lease(case: PermitApplication, event: CaseEvent, holder: User | None) -> None:
    """Put a case into somebody's hands, for as long as the office lets him hold it."""
    minutes = selectors.setting(OfficeSetting.Code.LEASE_MINUTES, case.station)
    case.holder = holder
    case.lease_until = event.at + timedelta(minutes=minutes) if holder else None


def _submit(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    case.submitted_at = event.at
    case.county = case.station and case.station.parent


def _take(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    _lease(case, event, event.actor)


def _reassign(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    """Hand a case to an officer of the same jurisdiction, who may not be of the household."""
    assignee = User.objects.get(pk=given["assignee"])
    if Role.OFFICER not in selectors.roles_in(case, assignee):
        raise workflow.MoveForbidden("assignee", "the assignee is no officer of this station")
    if selectors.is_own(case, assignee) or selectors.is_household(case, assignee):
        raise workflow.MoveForbidden("assignee_household", "the assignee is of the household")
    _lease(case, event, assignee)


def _request_correction(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    CorrectionItem.objects.bulk_create(
        CorrectionItem(application=case, event=event, target=target, text=text)
        for target, text in given["items"]
    )


def _resubmit(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    """Give the case back to its officer; refuse while an item has no answer.

    Nobody sits before it now, so his lease has run out: a colleague may take it over.
    """
    if case.correction_items.filter(answered_at=None).exists():
        raise workflow.MoveIncomplete(("answers",))
    case.lease_until = event.at


def _accept(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    case.accepted_on = day_of(event.at)
    _lease(case, event, event.actor)


def _recommend(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    case.recommended_by = event.actor
    _lease(case, event, None)


def _decide(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    if event.source == Status.UNDER_RECONSIDERATION.value:
        case.reconsidered_by = event.actor
    else:
        case.decided_by = event.actor
    if event.target == Status.APPROVED.value:
        ledger.check_entry(case, event.at)
        # Carried out once this stands; what a crash leaves approved, the sweep carries out.
        transaction.on_commit(lambda: carry_out(case.pk, now=event.at), robust=True)


def carry_out(application_id: int, *, now: datetime) -> PermitApplication:
    """Enter what was approved in the permit's ledger; safe to run twice."""
    try:
        return move(Action.ISSUE, application_id=application_id, actor=None, now=now)
    except workflow.MoveImpossible:  # somebody else did it
        return PermitApplication.objects.get(pk=application_id)


def _escalate(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    case.escalated_at = event.at


def _issue(case: PermitApplication, event: CaseEvent, given: dict[str, Any]) -> None:
    ledger.enter(case, event)


_EFFECTS: dict[Action, Callable[[PermitApplication, CaseEvent, dict[str, Any]], None]] = {
    Action.SUBMIT: _submit,
    Action.CLAIM: _take,
    Action.TAKE_OVER: _take,
    Action.REASSIGN: _reassign,
    Action.REQUEST_CORRECTION: _request_correction,
    Action.RESUBMIT: _resubmit,
    Action.ACCEPT: _accept,
    Action.RECOMMEND: _recommend,
    Action.DECIDE: _decide,
    Action.ESCALATE: _escalate,
    Action.ISSUE: _issue,
}
