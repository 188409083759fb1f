"""The states of a points application and the one table of its moves.

``before_closing`` is told as fulfilled, too, where the application is for no round.
"""

from enum import StrEnum

from residence_permit.core.arrows import Arrow
from residence_permit.core.workflow import Role


class PointsStatus(StrEnum):
    """Where a points application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFYING = "verifying"  # line by line
    ASKED = "asked"
    SCORED = "scored"  # every line is decided; a supervisor has to confirm
    CONFIRMED = "confirmed"
    APPEALED = "appealed"
    IN_ROUND = "in_round"
    WITHDRAWN = "withdrawn"


class PointsAction(StrEnum):
    """What is done to a points application."""

    ADD_EVIDENCE = "add_evidence"
    SUBMIT = "submit"
    START = "start"
    ACCEPT_LINE = "accept_line"
    REJECT_LINE = "reject_line"
    ASK = "ask"
    ANSWER = "answer"
    SCORE = "score"
    CONFIRM = "confirm"
    RETURN = "return"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide_appeal"
    ENTER_ROUND = "enter_round"
    CHOOSE = "choose"
    LEAVE_ROUND = "leave_round"
    DROP = "drop"
    WITHDRAW = "withdraw"


A, S, R = PointsAction, PointsStatus, Role
PointsArrow = Arrow[PointsStatus, PointsAction]
LINE, CHOICES = ("line",), ("choices",)
IN_TIME = ("before_closing",)
JUDGED = (A.ACCEPT_LINE, A.REJECT_LINE, A.SCORE)

POINTS_TABLE: tuple[PointsArrow, ...] = (
    *(
        PointsArrow(A.ADD_EVIDENCE, s, s, R.APPLICANT, needs=LINE, when=IN_TIME)
        for s in (S.DRAFT, S.SUBMITTED, S.VERIFYING, S.ASKED)
    ),
    PointsArrow(A.SUBMIT, S.DRAFT, S.SUBMITTED, R.APPLICANT, when=("permit_valid", *IN_TIME)),
    PointsArrow(A.START, S.SUBMITTED, S.VERIFYING, R.OFFICER),
    PointsArrow(A.ACCEPT_LINE, S.VERIFYING, S.VERIFYING, R.OFFICER, needs=LINE),
    PointsArrow(A.REJECT_LINE, S.VERIFYING, S.VERIFYING, R.OFFICER, needs=("line", "reason")),
    PointsArrow(A.ASK, S.VERIFYING, S.ASKED, R.OFFICER, needs=("items",)),
    PointsArrow(A.ANSWER, S.ASKED, S.VERIFYING, R.APPLICANT, when=IN_TIME),
    # After closing nobody can answer any more: the line is decided on what is there.
    PointsArrow(A.ANSWER, S.ASKED, S.VERIFYING, R.SYSTEM, when=("closing_passed",)),
    PointsArrow(A.SCORE, S.VERIFYING, S.SCORED, R.OFFICER, when=("lines_decided",)),
    PointsArrow(A.CONFIRM, S.SCORED, S.CONFIRMED, R.SUPERVISOR, unlike=(*JUDGED, A.DECIDE_APPEAL)),
    PointsArrow(A.RETURN, S.SCORED, S.VERIFYING, R.SUPERVISOR, needs=("reason",)),
    PointsArrow(A.APPEAL, S.CONFIRMED, S.APPEALED, R.APPLICANT, needs=("line", "reason")),
    PointsArrow(
        A.DECIDE_APPEAL,
        S.APPEALED,
        S.SCORED,
        R.OFFICER,
        needs=("line", "outcome", "reason"),
        unlike=JUDGED,
    ),
    PointsArrow(
        A.ENTER_ROUND,
        S.CONFIRMED,
        S.IN_ROUND,
        R.APPLICANT,
        needs=CHOICES,
        when=("permit_valid", *IN_TIME, "no_other_entry"),
    ),
    PointsArrow(A.CHOOSE, S.IN_ROUND, S.IN_ROUND, R.APPLICANT, needs=CHOICES, when=IN_TIME),
    PointsArrow(A.LEAVE_ROUND, S.IN_ROUND, S.CONFIRMED, R.APPLICANT),
    PointsArrow(A.DROP, S.IN_ROUND, S.CONFIRMED, R.SYSTEM, when=("permit_suspended_at_closing",)),
    *(
        PointsArrow(A.WITHDRAW, s, S.WITHDRAWN, R.APPLICANT)
        for s in (S.DRAFT, S.SUBMITTED, S.VERIFYING, S.ASKED, S.SCORED, S.CONFIRMED, S.IN_ROUND)
    ),
)
POINTS_TERMINAL: frozenset[PointsStatus] = frozenset(S) - {row.source for row in POINTS_TABLE}
