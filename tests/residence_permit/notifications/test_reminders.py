"""What a day makes due is said once, and after a gap in one notice."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from eligibility.core.periods import add_months
from residence_permit.beat import remind
from residence_permit.core.permit_ledger import Entry, LedgerEvent, reminders_due
from residence_permit.core.workflow import Action, Status
from residence_permit.models import Notice, Permit, PermitEvent, Relation
from residence_permit.services import reminders
from residence_permit.services.transition import move
from tests.residence_permit.workbench import (
    NOW,
    SHANGHAI,
    TODAY,
    account,
    case_in,
    draft,
    office,
    person,
)

pytestmark = pytest.mark.django_db


def _permit(issued, *, who=None):
    who = who or person(account())
    permit = Permit.objects.create(
        number=f"P{who.pk:08d}",
        person=who,
        id_hash=who.id_hash,
        station=office(),
        county_code="330402",
        township_code="330402010",
        address="中山东路1号",
    )
    PermitEvent.objects.create(
        permit=permit, number=1, entry="issue", on=issued, at=NOW, card_number="1"
    )
    return permit


def _at(day):
    return datetime.combine(day, time(9), tzinfo=SHANGHAI)


def _told(user):
    return list(user.notices.order_by("pk").values_list("template", "cause"))


def test_a_holder_hears_of_each_stage_once_and_of_the_suspension():
    permit = _permit(date(2025, 3, 31))
    day = date(2026, 1, 1)

    while day < date(2026, 4, 10):
        for _ in range(2):
            reminders.remind_holders(now=_at(day))
        day += timedelta(days=1)

    kinds = [(template, cause.split(":")[2]) for template, cause in _told(permit.person.user)]
    assert kinds == [
        ("permit-window", "before_60"),
        ("permit-window", "before_30"),
        ("permit-window", "before_7"),
        ("permit-window", "last_day"),
        ("permit-suspended", "suspended"),
    ]


def test_days_that_nobody_looked_at_are_caught_up_with_one_notice():
    permit = _permit(date(2025, 3, 31))

    reminders.remind_holders(now=_at(date(2026, 3, 27)))

    [(template, cause)] = _told(permit.person.user)
    assert (template, cause) == ("permit-window", f"permit:{permit.pk}:before_7:1")


def test_a_child_is_reminded_through_whoever_acts_for_it():
    guardian = person(account())
    child = person(None, birth=date(2018, 5, 6))
    Relation.objects.create(guardian=guardian, ward=child, kind="guardian", declared_at=NOW)
    _permit(date(2025, 3, 31), who=child)

    reminders.remind_holders(now=_at(date(2026, 3, 31)))

    assert len(_told(guardian.user)) == 1


def test_a_cancelled_permit_reminds_of_nothing():
    permit = _permit(date(2025, 3, 31))
    permit.closed_on = date(2026, 1, 1)
    permit.save()

    reminders.remind_holders(now=_at(date(2026, 3, 31)))

    assert _told(permit.person.user) == []


def test_chunks_find_what_one_by_one_finds(monkeypatch):
    monkeypatch.setattr(reminders, "CHUNK", 3)
    issued = [date(2025, 1, 1) + timedelta(days=17 * n) for n in range(10)]
    permits = [_permit(day) for day in issued]
    day, after = date(2026, 3, 31), 0

    while after is not None:
        after = reminders.remind_holders(now=_at(day), after=after).last

    expected = {
        f"permit:{permit.pk}:{reminder.key}"
        for permit, on in zip(permits, issued, strict=True)
        for reminder in reminders_due((LedgerEvent(Entry.ISSUE, on),), day)
    }
    assert set(Notice.objects.values_list("cause", flat=True)) == expected
    assert len(expected) > 3


def test_a_chunk_asks_as_often_for_many_as_for_few():
    def asked(number):
        for _ in range(number):
            _permit(date(2025, 3, 31))
        with CaptureQueriesContext(connection) as queries:
            reminders.remind_holders(now=_at(date(2026, 3, 31)))
        return len(queries)

    assert asked(1) == asked(5)


def test_the_task_goes_through_every_kind():
    case_in(Status.CORRECTION_REQUESTED, now=timezone.now() - timedelta(days=25))
    permit = _permit(add_months(timezone.localdate(), -12))

    remind()

    assert set(Notice.objects.filter(template="correction-reminder").values_list("channel")) == {
        ("in_app",)
    }
    assert [template for template, _ in _told(permit.person.user)] == ["permit-window"]


def test_a_correction_is_reminded_of_a_week_and_a_day_before():
    case = case_in(Status.CORRECTION_REQUESTED)
    day = TODAY

    while day <= case.due_on + timedelta(days=2):
        reminders.remind_of_corrections(now=_at(day))
        day += timedelta(days=1)

    told = case.notices.filter(template="correction-reminder").order_by("pk")
    assert [notice.created_at for notice in told] == [
        _at(case.due_on - timedelta(days=7)),
        _at(case.due_on - timedelta(days=1)),
    ]


def test_a_corrected_case_is_not_reminded_of():
    case = case_in(Status.CORRECTION_REQUESTED)
    case.correction_items.update(answer="已补", answered_at=NOW)
    move(
        Action.RESUBMIT,
        application_id=case.pk,
        actor=case.applicant,
        now=NOW + timedelta(hours=1),
    )

    reminders.remind_of_corrections(now=_at(case.due_on - timedelta(days=3)))

    assert not Notice.objects.filter(template="correction-reminder").exists()


def test_a_draft_that_is_left_alone_is_reminded_of_once():
    case = draft()
    expires = TODAY + timedelta(days=90)

    for days in (8, 7, 6, 1, 0):
        reminders.remind_of_drafts(now=_at(expires - timedelta(days=days)))

    [notice] = case.notices.all()
    assert (notice.template, notice.params) == ("draft-expiring", {"expires_on": str(expires)})
    assert notice.created_at == _at(expires - timedelta(days=7))
