"""What officers and supervisors do to a case: short services around the one function that moves.

Everything raises the WorkflowErrors of the core, and CaseChanged when somebody else was faster;
``seen`` is the number of events that the page showed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from jiaxing_hukou.accounts.models import User
from residence_permit import queues, selectors
from residence_permit.choices import CaseStatus
from residence_permit.core import refusals, steps
from residence_permit.core.deadlines import Deadline
from residence_permit.core.workflow import (
    WITH_AN_OFFICER,
    Action,
    Kind,
    Move,
    MoveIncomplete,
    Past,
    Proposal,
    Role,
    Status,
    WorkflowError,
    moves_for,
)
from residence_permit.models import PermitApplication
from residence_permit.services.transition import CaseChanged, move

TRIES = 20  # cases of his own household that an officer may have to pass over


class NoSuchItem(WorkflowError):
    """An item to be corrected that is no step and no proof of this kind of application."""

    def __init__(self, target: str):
        super().__init__("no_such_item", f"{target!r} is no part of the application")


@dataclass(frozen=True)
class Item:
    """One thing to be corrected: a step or a proof, and what is to be done about it."""

    target: str
    text: str


@dataclass(frozen=True)
class BulkLine:
    """What became of one case of several: done, or why not."""

    reference: str
    error: WorkflowError | CaseChanged | None = None
    found: bool = True

    @property
    def done(self) -> bool:
        """Whether it happened."""
        return self.found and self.error is None


def moves_open_to(
    case: PermitApplication,
    actor: User,
    now: datetime,
    *,
    deadline: Deadline | None,
    history: Sequence[Past] | None = None,
) -> tuple[Move, ...]:
    """Return the arrows that this person may take in a case now, in the order of the table.

    ``deadline`` is the clock that runs where the case stands; ``history`` is read if it is not
    given.
    """
    held = case.holder_id is not None and case.holder_id != actor.pk
    # A claim is a colleague's until he gives it up, but one that has run out can be taken over.
    lapsed = case.lease_until is None or case.lease_until <= now
    facts = {
        "actor_id": actor.pk,
        "history": selectors.history(case) if history is None else history,
        "now": now,
        "own_case": selectors.is_own(case, actor),
        "household_case": selectors.is_household(case, actor),
        "deadline": deadline and deadline.due_on,
    }
    found = []
    for role in sorted(selectors.roles_in(case, actor)):
        for row in moves_for(Status(case.status), role, **facts):
            mine = not held or row.role != Role.OFFICER or row.source not in WITH_AN_OFFICER
            if mine or (row.action is Action.TAKE_OVER and lapsed):
                found.append(row)
    return tuple(found)


def claim(
    *, application_id: int, actor: User, now: datetime, seen: int | None = None
) -> PermitApplication:
    """Take a submitted case into one's hands, for as long as the office lets one hold it."""
    return move(Action.CLAIM, application_id=application_id, actor=actor, now=now, seen=seen)


def take_over(
    *, application_id: int, actor: User, now: datetime, seen: int | None = None
) -> PermitApplication:
    """Take over a case whose officer let his time run out, or begin one's own time anew."""
    return move(Action.TAKE_OVER, application_id=application_id, actor=actor, now=now, seen=seen)


@transaction.atomic
def next_case(*, actor: User, now: datetime) -> PermitApplication | None:
    """Claim the case that bears the greatest risk; None where nothing is left to be claimed.

    First the accepted ones that nobody holds any more, the nearest end first; then whoever has
    waited longest. Officers who ask at the same moment get different cases: on PostgreSQL a row
    that another one is claiming is passed over.
    """
    passed_over: list[int] = []
    while len(passed_over) < TRIES:
        case = queues.riskiest(actor, now, without=passed_over)
        if case is None:
            return None
        act = Action.CLAIM if case.status == CaseStatus.SUBMITTED else Action.TAKE_OVER
        try:
            return move(act, application_id=case.pk, actor=actor, now=now)
        except WorkflowError:  # of his household, say: somebody else's to take
            passed_over.append(case.pk)
    return None


def reassign(
    *,
    application_id: int,
    assignee_id: int,
    actor: User,
    now: datetime,
    seen: int | None = None,
    reason: str = "",
) -> PermitApplication:
    """Give a case to an officer of its office."""
    return move(
        Action.REASSIGN,
        application_id=application_id,
        actor=actor,
        now=now,
        seen=seen,
        assignee=assignee_id,
        reason=reason,
    )


def request_correction(
    *,
    application_id: int,
    items: Iterable[Item],
    actor: User,
    now: datetime,
    seen: int | None = None,
) -> PermitApplication:
    """Ask for everything that is missing, item by item, at once.

    Source: GW 9, ZJ 18 (一次性告知).
    """
    wanted = [Item(item.target, item.text.strip()) for item in items]
    kind = Kind(PermitApplication.objects.values_list("kind", flat=True).get(pk=application_id))
    for item in wanted:
        if not steps.is_target(kind, item.target):
            raise NoSuchItem(item.target)
        if not item.text:
            raise MoveIncomplete(("items",))
    return move(
        Action.REQUEST_CORRECTION,
        application_id=application_id,
        actor=actor,
        now=now,
        seen=seen,
        items=tuple((item.target, item.text) for item in wanted),
    )


def accept(
    *, application_id: int, actor: User, now: datetime, seen: int | None = None
) -> PermitApplication:
    """Accept a complete case: the slip is issued and the clock starts (GW 9, ZJ 18)."""
    return move(Action.ACCEPT, application_id=application_id, actor=actor, now=now, seen=seen)


def recommend(
    *,
    application_id: int,
    proposal: Proposal,
    actor: User,
    now: datetime,
    seen: int | None = None,
    reason: str = "",
    reason_code: str = "",
) -> PermitApplication:
    """Propose a decision; to propose a refusal needs its ground and the reason in words."""
    given: dict[str, Any] = {"proposal": proposal.value, "reason": reason.strip()}
    if proposal is Proposal.REFUSE:
        given = given | _refusal(application_id, reason_code, reason)
    return move(
        Action.RECOMMEND, application_id=application_id, actor=actor, now=now, seen=seen, **given
    )


def decide(
    *,
    application_id: int,
    proposal: Proposal,
    actor: User,
    now: datetime,
    seen: int | None = None,
    reason: str = "",
    reason_code: str = "",
) -> PermitApplication:
    """Decide a case; a refusal states its ground, the reason and what can be done against it."""
    given: dict[str, Any] = {"reason": reason.strip()}
    if proposal is Proposal.REFUSE:
        given = given | _refusal(application_id, reason_code, reason)
        given["remedies"] = list(refusals.REMEDIES)
    target = Status.APPROVED if proposal is Proposal.APPROVE else Status.REFUSED
    return move(
        Action.DECIDE,
        application_id=application_id,
        actor=actor,
        now=now,
        seen=seen,
        target=target,
        **given,
    )


def _refusal(application_id: int, reason_code: str, reason: str) -> Mapping[str, Any]:
    """Return what a refusal states; raises NoSuchGround, and MoveIncomplete without a reason."""
    missing = [
        name
        for name, value in (("reason_code", reason_code), ("reason", reason.strip()))
        if not value
    ]
    if missing:
        raise MoveIncomplete(missing)
    kind = Kind(PermitApplication.objects.values_list("kind", flat=True).get(pk=application_id))
    ground = refusals.ground_for(reason_code, kind)
    return {
        "reason_code": ground.code,
        "legal_basis": ground.legal_basis,
        "reason": reason.strip(),
    }


def extend(
    *, application_id: int, reason: str, actor: User, now: datetime, seen: int | None = None
) -> PermitApplication:
    """Extend the time to decide, once and with a reason, to 30 days from acceptance (GW 9)."""
    return move(
        Action.EXTEND,
        application_id=application_id,
        actor=actor,
        now=now,
        seen=seen,
        reason=reason.strip(),
    )


def escalate(
    *, application_id: int, reason: str, actor: User, now: datetime, seen: int | None = None
) -> PermitApplication:
    """Bring a case that is stuck before the supervisor."""
    return move(
        Action.ESCALATE,
        application_id=application_id,
        actor=actor,
        now=now,
        seen=seen,
        reason=reason.strip(),
    )


# What may be done to several cases at once: nothing that has to be looked at one by one.
BULK = {
    Action.CLAIM: claim,
    Action.TAKE_OVER: take_over,
    Action.REASSIGN: reassign,
    Action.EXTEND: extend,
    Action.ESCALATE: escalate,
}


def in_bulk(
    action: Action,
    *,
    references: Sequence[str],
    actor: User,
    now: datetime,
    **given: Any,
) -> tuple[BulkLine, ...]:
    """Do the same to several cases, each by itself; return what became of each, in their order."""
    known = dict(
        selectors.cases_for(actor).filter(reference__in=references).values_list("reference", "pk")
    )
    lines = []
    for reference in dict.fromkeys(references):
        if reference not in known:
            lines.append(BulkLine(reference, found=False))
            continue
        try:
            BULK[action](application_id=known[reference], actor=actor, now=now, **given)
        except (WorkflowError, CaseChanged) as error:
            lines.append(BulkLine(reference, error))
        else:
            lines.append(BulkLine(reference))
    return tuple(lines)
