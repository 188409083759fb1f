"""The table of moves: its arrows are the law's, and who may take them when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from residence_permit.core.permit_ledger import Entry
from residence_permit.core.workflow import (
    ARROWS,
    TABLE,
    TERMINAL,
    Action,
    Kind,
    MoveForbidden,
    MoveImpossible,
    MoveIncomplete,
    MoveRepeated,
    MoveTooEarly,
    MoveTooLate,
    Past,
    Role,
    Status,
    check,
    find,
    moves_for,
)

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EVERYTHING = {
    "items": ["photo"],
    "proposal": "approve",
    "reason": "why",
    "reason_code": "ground",
    "legal_basis": "ZJ 16",
    "assignee": 7,
}

# As in docs/policy/permit.md, 2; written out a second time on purpose.
LAW = """
draft submit applicant submitted
submitted claim officer under_review
under_review request_correction officer correction_requested
under_review request_correction supervisor correction_requested
correction_requested resubmit applicant under_review
under_review accept officer accepted
accepted recommend officer awaiting_decision
awaiting_decision decide supervisor approved
awaiting_decision decide supervisor refused
accepted extend supervisor accepted
awaiting_decision extend supervisor awaiting_decision
draft withdraw applicant withdrawn
submitted withdraw applicant withdrawn
under_review withdraw applicant withdrawn
correction_requested withdraw applicant withdrawn
correction_requested close system closed
approved issue system issued
refused request_review applicant under_reconsideration
under_reconsideration decide supervisor approved
under_reconsideration decide supervisor refused
under_review take_over officer under_review
accepted take_over officer accepted
under_review reassign supervisor under_review
accepted reassign supervisor accepted
under_review escalate officer under_review
accepted escalate officer accepted
awaiting_decision escalate officer awaiting_decision
under_review escalate applicant under_review
accepted escalate applicant accepted
awaiting_decision escalate applicant awaiting_decision
"""
ARROWS_OF_THE_LAW = {tuple(line.split()) for line in LAW.split("\n") if line}


def past(*steps):
    """Return a history: (action, actor) or (action, actor, days ago)."""
    return [
        Past(action, actor, NOW - (ago[0] if ago else 1) * DAY) for action, actor, *ago in steps
    ]


def attempt(action, source, role, target=None, **about):
    """Try one move of person 1 who brings everything."""
    standing = {"actor_id": 1, "history": [], "now": NOW, "given": EVERYTHING} | about
    return check(find(action, source, target), role=role, **standing)


def test_the_table_is_the_law_arrow_by_arrow():
    assert {(m.source, m.action, m.role, m.target) for m in TABLE} == ARROWS_OF_THE_LAW
    assert len(TABLE) == len(ARROWS_OF_THE_LAW)
    assert {(m.action, m.source, m.target) for m in TABLE} == ARROWS


def test_what_is_over_is_over():
    assert {Status.WITHDRAWN, Status.CLOSED, Status.ISSUED} == TERMINAL


def test_every_kind_of_application_has_its_line_in_the_ledger():
    assert [kind.value for kind in Kind] == [entry.value for entry in Entry]


@pytest.mark.parametrize("source", Status)
@pytest.mark.parametrize("action", Action)
def test_outside_the_table_nothing_moves(source, action):
    targets = {m.target for m in TABLE if m.source is source and m.action is action}

    for target in [None, *Status]:
        if targets and target in {None, *targets}:
            assert find(action, source, target)
        else:
            with pytest.raises(MoveImpossible):
                find(action, source, target)


@pytest.mark.parametrize("move", TABLE, ids=lambda m: f"{m.source}-{m.action}-{m.role}-{m.target}")
def test_an_arrow_is_for_its_own_role(move):
    roles = {m.role for m in TABLE if (m.action, m.source) == (move.action, move.source)}

    for role in set(Role) - roles:
        with pytest.raises(MoveForbidden) as refused:
            attempt(move.action, move.source, role, move.target)
        assert refused.value.code == "role"


@pytest.mark.parametrize("move", [m for m in TABLE if m.needs], ids=str)
def test_an_arrow_asks_for_what_it_needs(move):
    history = past(("request_correction", 9), ("decide", 9))
    late = {"deadline": date(2026, 11, 1)}
    reached = {"history": [h for h in history if h.action not in move.unlike], **late}

    for name in move.needs:
        given = {**EVERYTHING, name: ""}
        with pytest.raises(MoveIncomplete) as refused:
            attempt(move.action, move.source, move.role, move.target, given=given, **reached)
        assert refused.value.missing == (name,)
    assert attempt(move.action, move.source, move.role, move.target, **reached) is move


def test_a_decision_without_its_outcome_is_incomplete():
    with pytest.raises(MoveIncomplete) as refused:
        attempt(Action.DECIDE, Status.AWAITING_DECISION, Role.SUPERVISOR)

    assert refused.value.missing == ("target",)


@pytest.mark.parametrize("target", [Status.APPROVED, Status.REFUSED])
def test_who_recommended_does_not_decide(target):
    here = (Action.DECIDE, Status.AWAITING_DECISION, Role.SUPERVISOR, target)

    with pytest.raises(MoveForbidden) as refused:
        attempt(*here, history=past(("recommend", 1)))

    assert (refused.value.code, refused.value.params["did"]) == ("same_person", "recommend")
    assert attempt(*here, history=past(("recommend", 2))).target is target


@pytest.mark.parametrize("did", [Action.RECOMMEND, Action.DECIDE])
def test_a_refusal_is_reconsidered_by_a_third_person(did):
    here = (Action.DECIDE, Status.UNDER_RECONSIDERATION, Role.SUPERVISOR, Status.APPROVED)
    others = [("recommend", 2), ("decide", 3)]

    assert attempt(*here, history=past(*others))
    with pytest.raises(MoveForbidden):
        attempt(*here, history=past(*others, (did, 1)))


@pytest.mark.parametrize("about", ["own_case", "household_case"])
@pytest.mark.parametrize("move", [m for m in TABLE if m.role in ("officer", "supervisor")], ids=str)
def test_nobody_handles_his_own_or_a_household_members_case(move, about):
    with pytest.raises(MoveForbidden) as refused:
        attempt(move.action, move.source, move.role, move.target, **{about: True})

    assert refused.value.code == about


def test_nobody_moves_anything_without_being_known():
    with pytest.raises(MoveForbidden) as refused:
        attempt(Action.ACCEPT, Status.UNDER_REVIEW, Role.OFFICER, actor_id=None)

    assert refused.value.code == "nobody"


def test_a_claim_that_runs_keeps_other_officers_out():
    held = {"held_by_other": True}

    for action in (Action.ACCEPT, Action.TAKE_OVER, Action.REQUEST_CORRECTION):
        with pytest.raises(MoveForbidden) as refused:
            attempt(action, Status.UNDER_REVIEW, Role.OFFICER, **held)
        assert refused.value.code == "held"
    assert attempt(Action.REASSIGN, Status.UNDER_REVIEW, Role.SUPERVISOR, **held)


def test_what_could_be_seen_at_once_needs_a_supervisor_later():
    here = (Action.REQUEST_CORRECTION, Status.UNDER_REVIEW)
    again = {"history": past(("request_correction", 1), ("resubmit", 5))}

    assert attempt(*here, Role.OFFICER, first_time_visible=["photo"])
    assert attempt(*here, Role.OFFICER, **again)
    with pytest.raises(MoveForbidden) as refused:
        attempt(*here, Role.OFFICER, first_time_visible=["photo"], **again)
    assert refused.value.code == "second_request"
    assert attempt(*here, Role.SUPERVISOR, first_time_visible=["photo"], **again)
    with pytest.raises(MoveForbidden):  # the first request is an officer's
        attempt(*here, Role.SUPERVISOR)


@pytest.mark.parametrize("source", [Status.ACCEPTED, Status.AWAITING_DECISION])
def test_an_extension_is_given_once(source):
    assert attempt(Action.EXTEND, source, Role.SUPERVISOR)

    with pytest.raises(MoveRepeated):
        attempt(Action.EXTEND, source, Role.SUPERVISOR, history=past(("extend", 4)))


def test_a_review_is_asked_for_once():
    history = past(("decide", 3, 20), ("request_review", 1, 10), ("decide", 4, 2))

    with pytest.raises(MoveRepeated):
        attempt(Action.REQUEST_REVIEW, Status.REFUSED, Role.APPLICANT, history=history)


@pytest.mark.parametrize(
    ("now", "in_time"),
    [
        (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), True),  # 23:59:59 of the sixtieth day
        (datetime(2026, 3, 1, 16, 0, tzinfo=UTC), False),  # midnight in Shanghai
    ],
)
def test_a_review_is_asked_for_within_sixty_days(now, in_time):
    refused_at = datetime(2025, 12, 30, 17, 0, tzinfo=UTC)  # already the 31st in Shanghai
    asked = {"history": [Past(Action.DECIDE, 3, refused_at)], "now": now}

    if in_time:
        assert attempt(Action.REQUEST_REVIEW, Status.REFUSED, Role.APPLICANT, **asked)
        return
    with pytest.raises(MoveTooLate) as late:
        attempt(Action.REQUEST_REVIEW, Status.REFUSED, Role.APPLICANT, **asked)
    assert late.value.params["last"] == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("deadline", "possible"),
    [
        (None, False),
        (date(2026, 11, 25), False),  # the last day is the applicant's
        (date(2026, 11, 24), True),
    ],
)
def test_what_waits_for_a_deadline_waits(deadline, possible):
    closing = (Action.CLOSE, Status.CORRECTION_REQUESTED, Role.SYSTEM)
    escalating = (Action.ESCALATE, Status.ACCEPTED, Role.APPLICANT)

    for move in (closing, escalating):
        if possible:
            assert attempt(*move, deadline=deadline)
        else:
            with pytest.raises(MoveTooEarly):
                attempt(*move, deadline=deadline)
    assert attempt(Action.ESCALATE, Status.ACCEPTED, Role.OFFICER, deadline=deadline)


def test_a_desk_offers_what_the_check_would_let_pass():
    standing = {"actor_id": 1, "history": past(("recommend", 1)), "now": NOW}

    officer = moves_for(Status.UNDER_REVIEW, Role.OFFICER, **standing)
    supervisor = moves_for(Status.AWAITING_DECISION, Role.SUPERVISOR, **standing)

    assert [m.action for m in officer] == ["request_correction", "accept", "take_over", "escalate"]
    assert [m.action for m in supervisor] == ["extend"]
    assert moves_for(Status.UNDER_REVIEW, Role.OFFICER, household_case=True, **standing) == ()
    assert moves_for(Status.ISSUED, Role.SUPERVISOR, **standing) == ()
