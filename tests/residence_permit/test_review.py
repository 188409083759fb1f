"""The services of officers and supervisors: what they do, and what they refuse."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from residence_permit import selectors
from residence_permit.choices import CaseStatus
from residence_permit.core import refusals
from residence_permit.core.refusals import NoSuchGround
from residence_permit.core.workflow import (
    Action,
    Kind,
    MoveForbidden,
    MoveIncomplete,
    Proposal,
    Role,
    Status,
)
from residence_permit.models import PermitApplication, StaffRelative
from residence_permit.services import review
from residence_permit.services.review import Item, NoSuchItem
from residence_permit.services.transition import CaseChanged
from tests.residence_permit.crowd import Crowd
from tests.residence_permit.workbench import (
    NOW,
    OTHER_TOWNSHIP,
    account,
    case_in,
    draft,
    office,
    officer,
    person,
    registered,
    supervisor,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)  # every lease of the builders has run out by then


def on(case, actor, now=LATER, **given):
    """Return what every service is handed."""
    return {"application_id": case.pk, "actor": actor, "now": now, **given}


def test_the_next_case_is_the_one_that_bears_the_greatest_risk():
    me, colleague = officer(), officer()
    waiting = case_in(Status.SUBMITTED, now=NOW - timedelta(days=3))
    dropped = case_in(Status.UNDER_REVIEW, by=colleague, now=NOW - timedelta(days=2))
    late = case_in(Status.ACCEPTED, by=colleague, now=NOW - timedelta(days=1))
    later = case_in(Status.ACCEPTED, by=colleague)

    taken = [review.next_case(actor=me, now=LATER) for _ in range(5)]

    assert taken == [late, later, waiting, dropped, None]
    assert {case.holder for case in taken[:4]} == {me}
    assert waiting.events.last().action == Action.CLAIM
    assert dropped.events.last().action == Action.TAKE_OVER


def test_a_case_that_somebody_holds_is_nobodys_next():
    me, colleague = officer(), officer()
    case_in(Status.ACCEPTED, by=colleague)
    case_in(Status.UNDER_REVIEW, by=colleague)

    assert review.next_case(actor=me, now=NOW + timedelta(minutes=30)) is None


def test_the_next_case_is_never_of_the_household_and_never_foreign():
    me = officer()
    family, other = case_in(Status.SUBMITTED), case_in(Status.SUBMITTED)
    StaffRelative.objects.create(staff=me, id_hash=family.id_hash, declared_at=NOW)
    elsewhere = person(account())
    registered(elsewhere, township=OTHER_TOWNSHIP)
    case_in(Status.SUBMITTED, case=draft(who=elsewhere))

    assert review.next_case(actor=me, now=LATER) == other
    assert review.next_case(actor=me, now=LATER) is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_officers_who_ask_at_once_get_different_cases(counts):
    rounds, size = counts(5, 200), 8
    station = office()
    people = [officer(station) for _ in range(size)]
    with Crowd(size) as crowd:
        for _ in range(rounds):
            cases = {case_in(Status.SUBMITTED).pk for _ in range(size)}

            got = crowd.at_once(
                [lambda who=who: review.next_case(actor=who, now=LATER) for who in people]
            )

            assert {case.pk for case in got} == cases


def test_everything_missing_is_asked_for_at_once():
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me)
    items = [Item("evidence:lease", " 请补房屋租赁合同。 "), Item("step:ground", "请选一项。")]

    review.request_correction(**on(case, me, items=items))

    case.refresh_from_db()
    assert case.status == CaseStatus.CORRECTION_REQUESTED
    assert [(item.target, item.text) for item in case.correction_items.all()] == [
        ("evidence:lease", "请补房屋租赁合同。"),
        ("step:ground", "请选一项。"),
    ]


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ([], MoveIncomplete),
        ([Item("evidence:lease", " ")], MoveIncomplete),
        ([Item("step:card", "请补。")], NoSuchItem),  # a step of another kind of application
        ([Item("status", "请补。")], NoSuchItem),
    ],
)
def test_what_is_no_item_is_not_asked_for(items, error):
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me)

    with pytest.raises(error):
        review.request_correction(**on(case, me, items=items))

    case.refresh_from_db()
    assert case.status == CaseStatus.UNDER_REVIEW


def test_a_refusal_is_decided_with_ground_articles_and_remedies():
    me, boss = officer(), supervisor()
    case = case_in(Status.ACCEPTED, by=me)
    refuse = {
        "proposal": Proposal.REFUSE,
        "reason_code": "ground_not_proved",
        "reason": "劳动合同已到期。",
    }

    review.recommend(**on(case, me, **refuse))
    review.decide(**on(case, boss, **refuse))

    event = case.events.get(action=Action.DECIDE)
    assert event.target == CaseStatus.REFUSED
    assert event.reason == "劳动合同已到期。"
    assert event.details == {
        "reason_code": "ground_not_proved",
        "legal_basis": "《居住证暂行条例》第二条；《浙江省流动人口居住登记条例》第十六条",
        "remedies": ["reconsideration", "lawsuit"],
    }


@pytest.mark.parametrize("service", [review.recommend, review.decide])
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"reason_code": "", "reason": "不符合条件。"}, MoveIncomplete),
        ({"reason_code": "ground_not_proved", "reason": "  "}, MoveIncomplete),
        ({"reason_code": "not_welcome", "reason": "不符合条件。"}, NoSuchGround),
        ({"reason_code": "ground_ended", "reason": "只用于签注。"}, NoSuchGround),
    ],
)
def test_nothing_is_refused_without_a_ground_that_a_text_gives(service, given, error):
    me, boss = officer(), supervisor()
    status = Status.ACCEPTED if service is review.recommend else Status.AWAITING_DECISION
    case = case_in(status, by=me)
    who = me if service is review.recommend else boss

    with pytest.raises(error):
        service(**on(case, who, proposal=Proposal.REFUSE, **given))

    case.refresh_from_db()
    assert case.status == status


def test_every_ground_cites_a_text_and_every_kind_but_the_end_can_be_refused():
    assert all(ground.clauses for ground in refusals.GROUNDS)
    without = [kind for kind in Kind if not refusals.grounds_for(kind)]

    assert without == [Kind.CANCEL]


def test_the_desk_offers_what_the_service_then_does():
    me, colleague, boss = officer(), officer(), supervisor()
    case = case_in(Status.ACCEPTED, by=me)

    clock = selectors.deadline(case)

    def offered(who, now):
        return [
            (row.action, row.role) for row in review.moves_open_to(case, who, now, deadline=clock)
        ]

    held, lapsed = NOW + timedelta(minutes=30), LATER
    own = [Action.RECOMMEND, Action.TAKE_OVER, Action.ESCALATE]
    assert offered(me, held) == [(action, Role.OFFICER) for action in own]
    assert offered(colleague, held) == []
    assert offered(colleague, lapsed) == [(Action.TAKE_OVER, Role.OFFICER)]
    assert [action for action, _ in offered(boss, held)] == [Action.EXTEND, Action.REASSIGN]
    assert offered(officer(office(OTHER_TOWNSHIP)), lapsed) == []


def test_a_case_is_handed_over_to_an_officer_of_its_office_only():
    me, boss = officer(), supervisor()
    case = case_in(Status.ACCEPTED, by=me)
    stranger, colleague = officer(office(OTHER_TOWNSHIP)), officer()

    with pytest.raises(MoveForbidden, match="assignee"):
        review.reassign(**on(case, boss, assignee_id=stranger.pk))
    review.reassign(**on(case, boss, assignee_id=colleague.pk, reason="休假。"))

    case.refresh_from_db()
    assert case.holder == colleague


def test_who_looks_at_an_old_page_changes_nothing():
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me)
    review.accept(**on(case, me, seen=2))

    with pytest.raises(CaseChanged) as changed:
        review.accept(**on(case, me, seen=2))

    assert [event.action for event in changed.value.events] == [Action.ACCEPT]


def test_several_cases_are_moved_one_by_one():
    me = officer()
    free, taken = case_in(Status.SUBMITTED), case_in(Status.ACCEPTED, by=officer())
    elsewhere = person(account())
    registered(elsewhere, township=OTHER_TOWNSHIP)
    foreign = case_in(Status.SUBMITTED, case=draft(who=elsewhere))
    references = [free.reference, taken.reference, foreign.reference, free.reference]

    lines = review.in_bulk(Action.CLAIM, references=references, actor=me, now=LATER)

    assert [(line.reference, line.done, line.found) for line in lines] == [
        (free.reference, True, True),
        (taken.reference, False, True),
        (foreign.reference, False, False),
    ]
    assert PermitApplication.objects.filter(holder=me).get() == free


def test_the_rows_are_locked_while_one_is_claimed():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    me = officer()
    case_in(Status.SUBMITTED)

    with CaptureQueriesContext(connection) as queries:
        review.next_case(actor=me, now=LATER)

    assert sum("SKIP LOCKED" in query["sql"] for query in queries.captured_queries) == 3
