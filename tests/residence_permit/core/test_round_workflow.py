"""Both tables of the points side, walked cell by cell."""

import itertools

import pytest

from residence_permit.core.arrows import ConditionNotMet, Done, take
from residence_permit.core.points_workflow import (
    POINTS_TABLE,
    POINTS_TERMINAL,
    PointsAction,
    PointsStatus,
)
from residence_permit.core.round_workflow import (
    ROUND_TABLE,
    ROUND_TERMINAL,
    RoundAction,
    RoundStatus,
)
from residence_permit.core.workflow import MoveForbidden, MoveImpossible, MoveIncomplete, Role

TABLES = [
    (ROUND_TABLE, RoundStatus, RoundAction),
    (POINTS_TABLE, PointsStatus, PointsAction),
]
CELLS = [
    (table, status, action, role)
    for table, statuses, actions in TABLES
    for status, action, role in itertools.product(statuses, actions, Role)
]
ARROWS = [(table, row) for table, _, _ in TABLES for row in table]


def all_of(row):
    """Return what the arrow asks for; somebody else did what it may not be done with."""
    before = [*row.unlike, *([row.unlike_last] if row.unlike_last else [])]
    return {
        "given": dict.fromkeys(row.needs, "x"),
        "told": row.when,
        "history": [Done(action, 99) for action in before],
    }


@pytest.mark.parametrize(("table", "status", "action", "role"), CELLS)
def test_what_the_table_does_not_have_does_not_happen(table, status, action, role):
    rows = [row for row in table if (row.source, row.action) == (status, action)]
    mine = [row for row in rows if row.role == role]
    assert len(mine) <= 1  # else the check could not choose

    if mine:
        assert take(table, action, status, role=role, actor_id=1, **all_of(mine[0])) == mine[0]
    else:
        with pytest.raises(MoveForbidden if rows else MoveImpossible):
            take(table, action, status, role=role, actor_id=1)


@pytest.mark.parametrize(("table", "row"), ARROWS)
def test_each_condition_and_each_paper_counts(table, row):
    brought = all_of(row)

    for condition in row.when:
        told = [other for other in row.when if other != condition]
        with pytest.raises(ConditionNotMet) as refused:
            take(
                table,
                row.action,
                row.source,
                role=row.role,
                actor_id=1,
                **brought | {"told": told},
            )
        assert refused.value.code == condition
    for name in row.needs:
        given = {other: "x" for other in row.needs if other != name}
        with pytest.raises(MoveIncomplete) as incomplete:
            take(
                table,
                row.action,
                row.source,
                role=row.role,
                actor_id=1,
                **brought | {"given": given},
            )
        assert incomplete.value.missing == (name,)


@pytest.mark.parametrize(("table", "row"), ARROWS)
def test_persons_are_kept_apart(table, row):
    brought = all_of(row)

    for action in {past.action for past in brought["history"]}:
        with pytest.raises(MoveForbidden) as refused:
            take(
                table,
                row.action,
                row.source,
                role=row.role,
                actor_id=1,
                **brought | {"history": [*brought["history"], Done(action, 1)]},
            )
        assert refused.value.code == "same_person"
    if row.role != Role.SYSTEM:
        with pytest.raises(MoveForbidden):
            take(table, row.action, row.source, role=row.role, actor_id=None, **brought)
    if row.role in (Role.OFFICER, Role.SUPERVISOR):
        with pytest.raises(MoveForbidden):
            take(table, row.action, row.source, role=row.role, actor_id=1, own_case=True, **brought)


@pytest.mark.parametrize(
    ("action", "did"),
    [
        (PointsAction.CONFIRM, PointsAction.ACCEPT_LINE),
        (PointsAction.CONFIRM, PointsAction.REJECT_LINE),
        (PointsAction.CONFIRM, PointsAction.DECIDE_APPEAL),
        (PointsAction.DECIDE_APPEAL, PointsAction.REJECT_LINE),
    ],
)
def test_who_checks_confirms_nothing_and_hears_no_appeal(action, did):
    assert all(did in row.unlike for row in POINTS_TABLE if row.action == action)


def test_after_a_number_was_cleared_only_the_last_entry_binds():
    history = [
        Done(RoundAction.ENTER_NUMBER, 1),
        Done(RoundAction.CLEAR_NUMBER, 2),
        Done(RoundAction.ENTER_NUMBER, 2),
    ]

    def confirm(actor_id):
        return take(
            ROUND_TABLE,
            RoundAction.CONFIRM_NUMBER,
            RoundStatus.NUMBER_ENTERED,
            role=Role.SUPERVISOR,
            actor_id=actor_id,
            history=history,
            given={"number": "7"},
            told=["numbers_agree"],
        )

    assert confirm(1).target == RoundStatus.DRAWN
    with pytest.raises(MoveForbidden):
        confirm(2)


def test_what_is_over_is_over():
    assert {RoundStatus.CANCELLED} == ROUND_TERMINAL
    assert {PointsStatus.WITHDRAWN} == POINTS_TERMINAL


@pytest.mark.parametrize(("table", "statuses", "actions"), TABLES)
def test_every_state_is_reached_and_every_action_used(table, statuses, actions):
    reached = {statuses.DRAFT}
    while more := {row.target for row in table if row.source in reached} - reached:
        reached |= more

    assert reached == set(statuses)
    assert {row.action for row in table} == set(actions)
