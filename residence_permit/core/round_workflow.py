"""The states of a points round and the one table of its moves."""

from enum import StrEnum

from residence_permit.core.arrows import Arrow
from residence_permit.core.workflow import Role


class RoundStatus(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    FROZEN = "frozen"  # the snapshot is sealed and its hash published
    NUMBER_ENTERED = "number_entered"  # by one person
    DRAWN = "drawn"  # a second person entered the same public number
    RANKED = "ranked"
    ALLOCATED = "allocated"
    OBJECTIONS = "objections"  # published; can be objected to
    FINAL = "final"
    CANCELLED = "cancelled"


class RoundAction(StrEnum):
    """What is done to a round."""

    OPEN = "open"
    CLOSE = "close"
    FREEZE = "freeze"
    ENTER_NUMBER = "enter_number"
    CONFIRM_NUMBER = "confirm_number"
    CLEAR_NUMBER = "clear_number"
    RANK = "rank"
    ALLOCATE = "allocate"
    PUBLISH = "publish"
    OBJECT = "object"
    REOPEN = "reopen"
    FINALISE = "finalise"
    WITHDRAW_SEAT = "withdraw_seat"
    CANCEL = "cancel"


A, S, R = RoundAction, RoundStatus, Role
RoundArrow = Arrow[RoundStatus, RoundAction]
WHY = ("reason",)

ROUND_TABLE: tuple[RoundArrow, ...] = (
    RoundArrow(
        A.OPEN,
        S.DRAFT,
        S.OPEN,
        R.SUPERVISOR,
        needs=("quotas", "opens_at", "closes_at"),
        when=("scheme_published",),
    ),
    RoundArrow(A.CLOSE, S.OPEN, S.CLOSED, R.SYSTEM, when=("closing_passed",)),
    # What is still disputed would have to be ranked with a score that may change.
    RoundArrow(
        A.FREEZE,
        S.CLOSED,
        S.FROZEN,
        R.SUPERVISOR,
        needs=("snapshot_hash",),
        when=("appeals_settled",),
    ),
    # The number is public and later than the hash, so nobody can choose an order.
    RoundArrow(A.ENTER_NUMBER, S.FROZEN, S.NUMBER_ENTERED, R.SUPERVISOR, needs=("number",)),
    RoundArrow(
        A.CONFIRM_NUMBER,
        S.NUMBER_ENTERED,
        S.DRAWN,
        R.SUPERVISOR,
        needs=("number",),
        unlike_last=A.ENTER_NUMBER,
        when=("numbers_agree",),
    ),
    RoundArrow(A.CLEAR_NUMBER, S.NUMBER_ENTERED, S.FROZEN, R.SUPERVISOR, needs=WHY),
    RoundArrow(A.RANK, S.DRAWN, S.RANKED, R.SYSTEM),
    RoundArrow(A.ALLOCATE, S.RANKED, S.ALLOCATED, R.SYSTEM),
    RoundArrow(A.PUBLISH, S.ALLOCATED, S.OBJECTIONS, R.SUPERVISOR, needs=("objections_until",)),
    RoundArrow(
        A.OBJECT, S.OBJECTIONS, S.OBJECTIONS, R.APPLICANT, needs=WHY, when=("objections_open",)
    ),
    # An objection that is right: corrected, frozen anew, drawn with a new number.
    RoundArrow(A.REOPEN, S.OBJECTIONS, S.CLOSED, R.SUPERVISOR, needs=WHY),
    RoundArrow(
        A.FINALISE,
        S.OBJECTIONS,
        S.FINAL,
        R.SUPERVISOR,
        when=("objections_over", "objections_settled"),
    ),
    *(RoundArrow(A.WITHDRAW_SEAT, s, s, R.APPLICANT) for s in (S.OBJECTIONS, S.FINAL)),
    *(RoundArrow(A.CANCEL, s, S.CANCELLED, R.SUPERVISOR, needs=WHY) for s in (S.DRAFT, S.OPEN)),
)
ROUND_TERMINAL: frozenset[RoundStatus] = frozenset(S) - {row.source for row in ROUND_TABLE}
