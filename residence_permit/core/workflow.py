"""Statuses, actions, and the one table of moves that an application can make.

The table says what can happen to a case; :func:`check` says whether this person may do it, now,
with what he brought. "Impossible" and "not you" and "not yet" are different errors.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from residence_permit.core.deadlines import REVIEW_DAYS, calendar_days, day_of


class Status(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    CORRECTION_REQUESTED = "correction_requested"
    ACCEPTED = "accepted"
    AWAITING_DECISION = "awaiting_decision"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    ISSUED = "issued"
    UNDER_RECONSIDERATION = "under_reconsideration"


class Action(StrEnum):
    """What somebody does to a case."""

    SUBMIT = "submit"
    CLAIM = "claim"
    REQUEST_CORRECTION = "request_correction"
    RESUBMIT = "resubmit"
    ACCEPT = "accept"
    RECOMMEND = "recommend"
    DECIDE = "decide"
    EXTEND = "extend"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    ISSUE = "issue"
    REQUEST_REVIEW = "request_review"
    TAKE_OVER = "take_over"
    REASSIGN = "reassign"
    ESCALATE = "escalate"


class Role(StrEnum):
    """As what somebody acts in one case; in his own an officer is the applicant, nothing else."""

    APPLICANT = "applicant"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Kind(StrEnum):
    """What is applied for: the ledger event that the move ``issue`` writes."""

    ISSUE = "issue"
    ENDORSE = "endorse"
    CHANGE = "change"
    REPLACE = "replace"
    REISSUE = "reissue"
    CANCEL = "cancel"


class Proposal(StrEnum):
    """What an officer recommends."""

    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Move:
    """One arrow: who may take a case from where to where, and what he must bring."""

    action: Action
    source: Status
    target: Status
    role: Role
    needs: tuple[str, ...] = ()  # names of what must be given
    unlike: tuple[Action, ...] = ()  # not by a person who did one of these before
    once: bool = False  # in the life of a case
    within_days: int | None = None  # calendar days after the last decision
    after_deadline: bool = False  # only when the deadline has passed
    after: Action | None = None  # only when this was done before


class Past(NamedTuple):
    """One earlier move of the case, as far as a check needs it.

    An action may come as the text that a row holds: it is compared by value, never by identity.
    """

    action: Action
    actor_id: int | None
    at: datetime


A, S, R = Action, Status, Role
WHY = ("reason",)
REFUSAL = ("reason_code", "legal_basis", "reason")
WITH_AN_OFFICER = (S.UNDER_REVIEW, S.ACCEPTED)  # where a case is held by one officer
STAFF = (R.OFFICER, R.SUPERVISOR)

TABLE: tuple[Move, ...] = (
    Move(A.SUBMIT, S.DRAFT, S.SUBMITTED, R.APPLICANT),
    Move(A.CLAIM, S.SUBMITTED, S.UNDER_REVIEW, R.OFFICER),
    # Everything missing is told once (GW 9, ZJ 18): what could be seen then needs a supervisor.
    Move(A.REQUEST_CORRECTION, S.UNDER_REVIEW, S.CORRECTION_REQUESTED, R.OFFICER, needs=("items",)),
    Move(
        A.REQUEST_CORRECTION,
        S.UNDER_REVIEW,
        S.CORRECTION_REQUESTED,
        R.SUPERVISOR,
        needs=("items",),
        after=A.REQUEST_CORRECTION,
    ),
    Move(A.RESUBMIT, S.CORRECTION_REQUESTED, S.UNDER_REVIEW, R.APPLICANT),
    Move(A.ACCEPT, S.UNDER_REVIEW, S.ACCEPTED, R.OFFICER),
    Move(A.RECOMMEND, S.ACCEPTED, S.AWAITING_DECISION, R.OFFICER, needs=("proposal",)),
    Move(A.DECIDE, S.AWAITING_DECISION, S.APPROVED, R.SUPERVISOR, unlike=(A.RECOMMEND,)),
    Move(
        A.DECIDE,
        S.AWAITING_DECISION,
        S.REFUSED,
        R.SUPERVISOR,
        needs=REFUSAL,
        unlike=(A.RECOMMEND,),
    ),
    Move(A.EXTEND, S.ACCEPTED, S.ACCEPTED, R.SUPERVISOR, needs=WHY, once=True),
    Move(A.EXTEND, S.AWAITING_DECISION, S.AWAITING_DECISION, R.SUPERVISOR, needs=WHY, once=True),
    Move(A.WITHDRAW, S.DRAFT, S.WITHDRAWN, R.APPLICANT),
    Move(A.WITHDRAW, S.SUBMITTED, S.WITHDRAWN, R.APPLICANT),
    Move(A.WITHDRAW, S.UNDER_REVIEW, S.WITHDRAWN, R.APPLICANT),
    Move(A.WITHDRAW, S.CORRECTION_REQUESTED, S.WITHDRAWN, R.APPLICANT),
    Move(A.CLOSE, S.CORRECTION_REQUESTED, S.CLOSED, R.SYSTEM, after_deadline=True),
    Move(A.ISSUE, S.APPROVED, S.ISSUED, R.SYSTEM),
    Move(
        A.REQUEST_REVIEW,
        S.REFUSED,
        S.UNDER_RECONSIDERATION,
        R.APPLICANT,
        once=True,
        within_days=REVIEW_DAYS,
    ),
    Move(
        A.DECIDE,
        S.UNDER_RECONSIDERATION,
        S.APPROVED,
        R.SUPERVISOR,
        unlike=(A.RECOMMEND, A.DECIDE),
    ),
    Move(
        A.DECIDE,
        S.UNDER_RECONSIDERATION,
        S.REFUSED,
        R.SUPERVISOR,
        needs=REFUSAL,
        unlike=(A.RECOMMEND, A.DECIDE),
    ),
    *(Move(A.TAKE_OVER, held, held, R.OFFICER) for held in WITH_AN_OFFICER),
    *(Move(A.REASSIGN, held, held, R.SUPERVISOR, needs=("assignee",)) for held in WITH_AN_OFFICER),
    *(
        Move(A.ESCALATE, stuck, stuck, role, needs=WHY, after_deadline=role is R.APPLICANT)
        for stuck in (*WITH_AN_OFFICER, S.AWAITING_DECISION)
        for role in (R.OFFICER, R.APPLICANT)
    ),
)

ARROWS: frozenset[tuple[Action, Status, Status]] = frozenset(
    (row.action, row.source, row.target) for row in TABLE
)
TERMINAL: frozenset[Status] = frozenset(S) - {row.source for row in TABLE}


class WorkflowError(Exception):
    """A move that does not happen; ``code`` and ``params`` are for whoever puts it in words."""

    def __init__(self, code: str, message: str, **params: Any):
        super().__init__(message)
        self.code = code
        self.params = params


class MoveImpossible(WorkflowError):
    """The table has no such arrow from where the case stands."""


class MoveForbidden(WorkflowError):
    """The arrow is not for this role or this person: ``role``, ``own_case`` and so on."""


class MoveIncomplete(WorkflowError):
    """What the arrow needs was not given; ``missing`` lists the names."""

    def __init__(self, missing: Sequence[str]):
        super().__init__("incomplete", f"give {', '.join(missing)}", missing=tuple(missing))
        self.missing = tuple(missing)


class MoveTooLate(WorkflowError):
    """The time in which this could be asked for is over."""


class MoveTooEarly(WorkflowError):
    """What can be done only after a deadline, and that one is still running, or there is none."""


class MoveRepeated(WorkflowError):
    """What can be done once was done before."""


def find(action: Action, source: Status, target: Status | None = None) -> tuple[Move, ...]:
    """Return the arrows from ``source``; raises MoveImpossible where the table has none."""
    found = tuple(
        row
        for row in TABLE
        if row.action == action and row.source == source and target in (None, row.target)
    )
    if not found:
        to = f" to {target}" if target else ""
        raise MoveImpossible(
            "impossible",
            f"{action} is not possible from {source}{to}",
            action=action,
            source=source,
            target=target,
        )
    return found


def check(
    moves: Collection[Move],
    *,
    role: Role,
    actor_id: int | None,
    history: Sequence[Past],
    now: datetime,
    given: Mapping[str, Any],
    own_case: bool = False,
    household_case: bool = False,
    held_by_other: bool = False,
    deadline: date | None = None,
    first_time_visible: Collection[Any] = (),
) -> Move:
    """Return the one arrow that this person may take now; raises what stands against it.

    ``moves`` come from :func:`find`. ``own_case`` and ``household_case`` are about the member of
    staff who acts, ``held_by_other`` about an unexpired claim of another officer. ``deadline`` is
    the last day of the clock that runs where the case stands, None where none does.
    ``first_time_visible`` are the items of a second request for correction that could have been
    seen at the first: their target was not touched since.
    """
    row = _one(moves, role, own_case=own_case, household_case=household_case)
    _check_person(row, actor_id, history, held_by_other=held_by_other)
    _check_told_once(row, history, first_time_visible)
    if row.once and any(past.action == row.action for past in history):
        raise MoveRepeated("repeated", f"{row.action} can be done once only", action=row.action)
    _check_time(row, history, now, deadline)
    missing = [name for name in row.needs if not given.get(name)]
    if missing:
        raise MoveIncomplete(missing)
    return row


def _one(moves: Collection[Move], role: Role, *, own_case: bool, household_case: bool) -> Move:
    """Return the row for the role; raises where there is none, or where the target is open."""
    if role in STAFF and (own_case or household_case):
        code = "own_case" if own_case else "household_case"
        raise MoveForbidden(code, "nobody handles his own or a household member's case")
    rows = [row for row in moves if row.role == role]
    if not rows:
        roles = tuple(sorted({row.role for row in moves}))
        raise MoveForbidden("role", f"only for {', '.join(roles)}", role=role, roles=roles)
    if len(rows) > 1:
        raise MoveIncomplete(("target",))
    return rows[0]


def _check_person(
    row: Move, actor_id: int | None, history: Sequence[Past], *, held_by_other: bool
) -> None:
    if actor_id is None and row.role != R.SYSTEM:
        raise MoveForbidden("nobody", f"{row.action} is done by a person who is known")
    did = {past.action for past in history if past.actor_id == actor_id}
    for action in row.unlike:
        if action in did:
            raise MoveForbidden(
                "same_person",
                f"who did {action} cannot {row.action} as well",
                action=row.action,
                did=action,
            )
    if row.after is not None and all(past.action != row.after for past in history):
        raise MoveForbidden(
            "role", f"the first {row.action} is an officer's", role=row.role, roles=(R.OFFICER,)
        )
    if held_by_other and row.role == R.OFFICER and row.source in WITH_AN_OFFICER:
        raise MoveForbidden("held", "another officer is working on this case")


def _check_told_once(row: Move, history: Sequence[Past], visible: Collection[Any]) -> None:
    """Refuse an officer's second request for what he could have asked for at once.

    Source: GW 9, ZJ 18 (一次性告知).
    """
    asked_before = any(past.action == A.REQUEST_CORRECTION for past in history)
    if row.action == A.REQUEST_CORRECTION and row.role == R.OFFICER and asked_before and visible:
        raise MoveForbidden(
            "second_request",
            "only a supervisor may ask later for what could be seen at the first request",
            items=tuple(visible),
        )


def _check_time(row: Move, history: Sequence[Past], now: datetime, deadline: date | None) -> None:
    today = day_of(now)
    if row.within_days is not None:
        decided = [past.at for past in history if past.action == A.DECIDE]
        if not decided:
            raise MoveTooLate("undecided", f"no decision is known that {row.action} is about")
        last = calendar_days(day_of(decided[-1]), row.within_days).due_on
        if today > last:
            raise MoveTooLate("too_late", f"this was possible until {last}", last=last)
    if row.after_deadline and (deadline is None or today <= deadline):
        raise MoveTooEarly(
            "too_early", f"possible once {deadline or 'a deadline'} has passed", deadline=deadline
        )


def moves_for(
    status: Status,
    role: Role,
    *,
    actor_id: int | None,
    history: Sequence[Past],
    now: datetime,
    own_case: bool = False,
    household_case: bool = False,
    held_by_other: bool = False,
    deadline: date | None = None,
) -> tuple[Move, ...]:
    """Return the arrows that a desk may offer this person now, in the order of the table."""
    offered = []
    for row in TABLE:
        if row.source != status or row.role != role:
            continue
        try:
            check(
                (row,),
                role=role,
                actor_id=actor_id,
                history=history,
                now=now,
                given=dict.fromkeys(row.needs, True),
                own_case=own_case,
                household_case=household_case,
                held_by_other=held_by_other,
                deadline=deadline,
            )
        except WorkflowError:
            continue
        offered.append(row)
    return tuple(offered)
