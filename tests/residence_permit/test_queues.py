"""The officers' queues: who finds what in them, in which order, at which cost."""

from datetime import timedelta
from itertools import pairwise

import pytest

from residence_permit import queues
from residence_permit.core.workflow import Action, Status
from residence_permit.models import PermitApplication
from residence_permit.queues import Queue, Wanted
from residence_permit.services.transition import move
from tests.residence_permit.workbench import (
    NOW,
    OTHER_TOWNSHIP,
    TODAY,
    case_in,
    draft,
    office,
    officer,
    person,
    registered,
    supervisor,
)

pytestmark = pytest.mark.django_db


def found(user, queue, **given):
    """Return the cases of a queue."""
    given = {"today": TODAY} | given
    return list(queues.page(Wanted(user=user, queue=queue, **given)).rows)


def test_a_case_waits_in_the_queue_of_its_state():
    first, boss = officer(), supervisor()
    submitted = case_in(Status.SUBMITTED)
    mine = case_in(Status.UNDER_REVIEW, by=first)
    waiting = case_in(Status.CORRECTION_REQUESTED, by=first)
    decide = case_in(Status.AWAITING_DECISION, by=first)

    assert found(first, Queue.UNCLAIMED) == [submitted]
    assert found(first, Queue.MINE) == [mine]
    assert found(first, Queue.WAITING) == [waiting]
    assert found(boss, Queue.TO_DECIDE) == [decide]
    assert found(boss, Queue.MINE) == []


@pytest.mark.parametrize(("days", "soon", "late"), [(11, 0, 0), (12, 1, 0), (15, 1, 0), (16, 0, 1)])
def test_a_case_is_due_soon_for_three_days_and_then_overdue(days, soon, late):
    who = officer()
    case_in(Status.ACCEPTED, by=who)
    today = TODAY + timedelta(days=days)

    assert len(found(who, Queue.DUE_SOON, today=today)) == soon
    assert len(found(who, Queue.OVERDUE, today=today)) == late


def test_the_case_with_the_nearest_end_comes_first():
    boss = supervisor()
    late = case_in(Status.AWAITING_DECISION, now=NOW + timedelta(days=2))
    early = case_in(Status.AWAITING_DECISION)
    extended = case_in(Status.ACCEPTED)
    move(
        Action.EXTEND,
        application_id=extended.pk,
        actor=boss,
        now=NOW + timedelta(hours=1),
        reason="制证设备故障。",
    )

    assert found(boss, Queue.TO_DECIDE) == [early, late]
    assert found(boss, Queue.ALL)[-1] == extended


def test_nobody_finds_a_foreign_case_a_draft_or_his_own():
    here = officer()
    own = case_in(Status.SUBMITTED, case=draft(who=person(here)))
    draft()
    elsewhere = person(own.applicant.__class__.objects.create_user(username="elsewhere"))
    registered(elsewhere, township=OTHER_TOWNSHIP)
    foreign = case_in(Status.SUBMITTED, case=draft(who=elsewhere))

    assert found(here, Queue.ALL) == []
    assert found(officer(office(OTHER_TOWNSHIP)), Queue.ALL) == [foreign]
    assert found(supervisor(), Queue.ALL) == [own, foreign]


def test_who_is_moved_or_disabled_finds_nothing():
    who = officer()
    case_in(Status.SUBMITTED)

    who.station = office(OTHER_TOWNSHIP)
    who.save()
    assert found(who, Queue.UNCLAIMED) == []
    who.station, who.is_active = office(), False
    who.save()
    assert found(who, Queue.UNCLAIMED) == []


def test_pages_follow_each_other_without_a_gap():
    boss, place, seen = supervisor(), None, []
    for number in range(9):
        status = Status.AWAITING_DECISION if number % 2 else Status.ACCEPTED
        case_in(status, now=NOW + timedelta(days=number % 3))
    wanted = Wanted(user=boss, queue=Queue.ALL, today=TODAY)

    while True:
        part = queues.page(wanted, after=place, size=2)
        seen += part.rows
        place = part.next
        if place is None:
            break

    keys = [queues.Place.of(case).key for case in seen]
    assert len(seen) == PermitApplication.objects.count() == 9
    assert all(one < other for one, other in pairwise(keys))


def test_a_count_stops_where_it_would_become_expensive(monkeypatch):
    monkeypatch.setattr(queues, "CAP", 2)
    who = officer()
    for _ in range(4):
        case_in(Status.SUBMITTED)

    assert queues.count(Wanted(user=who, queue=Queue.UNCLAIMED, today=TODAY)) == 3


@pytest.mark.parametrize("cases", [1, 3])
def test_a_page_costs_the_same_however_many_there_are(cases, django_assert_num_queries):
    boss = supervisor()
    for _ in range(cases):
        case_in(Status.AWAITING_DECISION)

    with django_assert_num_queries(3):
        rows = found(boss, Queue.TO_DECIDE)
        assert [str(case.station) for case in rows]
