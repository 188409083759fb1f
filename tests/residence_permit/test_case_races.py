"""Many people move one case at the same instant, on PostgreSQL; each guard with a control run.

The control run takes the row's lock away, and with it the trigger and the constraint that would
still catch what the lock no longer prevents: without all of them, two people succeed.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models import QuerySet

from residence_permit.core.workflow import Action, Status
from residence_permit.models import CaseEvent, PermitApplication, PermitEvent
from residence_permit.services.transition import move
from tests.residence_permit.crowd import Crowd
from tests.residence_permit.workbench import (
    NOW,
    REFUSAL,
    case_in,
    draft,
    officer,
    supervisor,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

LATER = NOW + timedelta(days=1)
GUARDED = ("residence_permit_permitapplication", "residence_permit_caseevent")
LINE = (
    "ALTER TABLE residence_permit_caseevent ADD CONSTRAINT events_in_one_line "
    "UNIQUE (application_id, number)"
)


@pytest.fixture
def unguarded(monkeypatch):
    """Take away the row lock, the triggers and the constraint that make moves take turns."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE residence_permit_caseevent DROP CONSTRAINT events_in_one_line")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE residence_permit_permitapplication CASCADE")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(LINE)


def succeeded(results) -> int:
    """Count the moves that went through."""
    return sum(isinstance(result, PermitApplication) for result in results)


def decide(case, who, target, **given):
    return partial(
        move,
        Action.DECIDE,
        application_id=case.pk,
        actor=who,
        now=LATER,
        target=target,
        **given,
    )


def do(action, case, who, **given):
    """Return a move by somebody who has the page of the case before him as it is now."""
    return partial(
        move,
        action,
        application_id=case.pk,
        actor=who,
        now=LATER,
        seen=case.events_count,
        **given,
    )


def decisions(case):
    """Return three people who decide one case at once, one of them its applicant."""
    return [
        decide(case, supervisor(), Status.APPROVED),
        decide(case, supervisor(), Status.REFUSED, **REFUSAL),
        do(Action.WITHDRAW, case, case.applicant),
    ]


def reviews(case):
    """Return what officer and applicant may do to a case under review, all at once."""
    items = (("evidence:employment", "请补合同。"),)
    return [
        do(Action.ACCEPT, case, case.holder),
        do(Action.REQUEST_CORRECTION, case, case.holder, items=items),
        do(Action.WITHDRAW, case, case.applicant),
    ]


@pytest.mark.parametrize(
    ("status", "acts"), [(Status.AWAITING_DECISION, decisions), (Status.UNDER_REVIEW, reviews)]
)
def test_a_case_has_one_outcome(status, acts, counts):
    with Crowd(3) as crowd:
        for _ in range(counts(15, 200)):
            case = case_in(status)

            results = crowd.at_once(acts(case))

            before = case.events_count
            case.refresh_from_db()
            new = case.events.filter(number__gt=before).exclude(action=Action.ISSUE)
            assert succeeded(results) == new.count() == 1
            assert PermitEvent.objects.filter(application=case).count() <= 1


def test_without_the_guards_a_case_has_two_outcomes(unguarded):
    doubled = 0
    with Crowd(3) as crowd:
        for _ in range(40):
            case = case_in(Status.UNDER_REVIEW)
            doubled += succeeded(crowd.at_once(reviews(case))) > 1

    assert doubled


def test_fifty_officers_claim_and_one_has_the_case(counts):
    officers = [officer() for _ in range(50)]
    with Crowd(50) as crowd:
        for _ in range(counts(5, 200)):
            case = case_in(Status.SUBMITTED)

            results = crowd.at_once([do(Action.CLAIM, case, who) for who in officers])

            case.refresh_from_db()
            [claim] = case.events.filter(action=Action.CLAIM)
            assert succeeded(results) == 1
            assert case.holder_id == claim.actor_id


def test_without_the_guards_two_officers_have_one_case(unguarded):
    officers, doubled = [officer() for _ in range(10)], 0
    with Crowd(10) as crowd:
        for _ in range(20):
            case = case_in(Status.SUBMITTED)
            doubled += succeeded(crowd.at_once([do(Action.CLAIM, case, o) for o in officers])) > 1

    assert doubled


def test_fifty_equal_submissions_make_one_case(counts):
    with Crowd(50) as crowd:
        for _ in range(counts(5, 200)):
            case = draft()

            results = crowd.at_once([do(Action.SUBMIT, case, case.applicant)] * 50)

            assert succeeded(results) == 1
            assert CaseEvent.objects.filter(application=case).count() == 1


def test_without_the_guards_one_case_is_submitted_twice(unguarded):
    doubled = 0
    with Crowd(10) as crowd:
        for _ in range(20):
            case = draft()
            acts = [do(Action.SUBMIT, case, case.applicant)] * 10
            doubled += succeeded(crowd.at_once(acts)) > 1

    assert doubled
