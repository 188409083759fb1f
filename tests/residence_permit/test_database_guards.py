"""What the database refuses by itself, whatever asks it."""

import pytest
from django.db import DatabaseError, connection, transaction

from residence_permit.core.workflow import Action, Status
from residence_permit.models import (
    CaseEvent,
    PermitApplication,
    PermitEvent,
    RegistrationEvent,
    Relation,
    StaffRelative,
)
from tests.residence_permit.workbench import (
    NOW,
    case_in,
    draft,
    officer,
    person,
    registered,
    supervisor,
)

pytestmark = pytest.mark.django_db


def refused(act) -> bool:
    """Say whether the database refuses what ``act`` does."""
    try:
        with transaction.atomic():
            act()
    except DatabaseError:
        return True
    return False


def event(case, action=Action.ACCEPT, target=Status.ACCEPTED, **given):
    """Return an event that would be the next one of the case."""
    return CaseEvent(
        **{
            "application": case,
            "number": case.events_count + 1,
            "action": action.value,
            "source": case.status,
            "target": target.value,
            "role": "officer",
            "actor": case.holder,
            "at": NOW,
        }
        | given
    )


def test_a_status_is_not_set_by_hand():
    case = case_in(Status.UNDER_REVIEW)
    rows = PermitApplication.objects.filter(pk=case.pk)

    assert refused(lambda: rows.update(status="accepted"))
    assert refused(lambda: rows.update(status="accepted", events_count=case.events_count + 1))
    assert refused(lambda: rows.update(events_count=case.events_count + 1))
    assert not refused(lambda: rows.update(lease_until=NOW))


def test_a_case_is_not_born_decided():
    case = draft()
    case.pk, case.reference, case.status = None, "C-other", "approved"

    assert refused(lambda: case.save(force_insert=True))


def test_an_event_takes_an_arrow_of_the_table():
    case = case_in(Status.UNDER_REVIEW)

    assert refused(event(case, target=Status.APPROVED).save)
    assert refused(event(case, action=Action.DECIDE, target=Status.APPROVED).save)
    assert refused(event(case, source="submitted").save)
    assert refused(event(case, number=case.events_count).save)
    assert refused(event(case, number=case.events_count + 2).save)
    assert refused(event(case, actor=None).save)
    assert not refused(event(case).save)


def test_who_recommended_does_not_decide():
    case = case_in(Status.AWAITING_DECISION)
    row = event(case, action=Action.DECIDE, target=Status.APPROVED, role="supervisor")

    row.actor = case.recommended_by
    assert refused(row.save)
    row.actor = supervisor()
    assert not refused(row.save)


def test_two_people_are_two_people_in_the_row_as_well():
    case = case_in(Status.REFUSED)
    rows = PermitApplication.objects.filter(pk=case.pk)

    assert refused(lambda: rows.update(decided_by=case.recommended_by))
    assert refused(lambda: rows.update(recommended_by=case.applicant))
    assert refused(lambda: rows.update(reconsidered_by=case.decided_by))


def _relative(case, colleague):
    StaffRelative.objects.create(staff=colleague, id_hash=case.id_hash, declared_at=NOW)


def _ward(case, colleague):
    guardian = person(colleague)
    Relation.objects.create(
        guardian=guardian, ward=case.person, kind="near_relative", declared_at=NOW
    )


def _guardian(case, colleague):
    ward = person(colleague)
    Relation.objects.create(guardian=case.person, ward=ward, kind="guardian", declared_at=NOW)


def _same_address(case, colleague):
    mine = registered(person(colleague))
    mine.address_key = case.registration.address_key
    mine.save()


def _himself(case, colleague):
    case.person.user = None
    case.person.save()
    person(colleague, id_number=case.person.id_number)


@pytest.mark.parametrize("tie", [_relative, _ward, _guardian, _same_address, _himself])
def test_nobody_handles_a_case_of_his_household(tie):
    case = case_in(Status.SUBMITTED)
    colleague = officer()
    row = event(case, action=Action.CLAIM, target=Status.UNDER_REVIEW, actor=colleague)

    tie(case, colleague)

    assert refused(row.save)


def test_a_tie_that_ended_stands_in_nobodys_way():
    case = case_in(Status.SUBMITTED)
    colleague = officer()
    row = event(case, action=Action.CLAIM, target=Status.UNDER_REVIEW, actor=colleague)
    _ward(case, colleague)
    Relation.objects.update(ended_at=NOW)

    assert not refused(row.save)


def test_events_and_ledgers_are_only_added_to():
    case = case_in(Status.ISSUED)
    RegistrationEvent.objects.create(
        registration=case.registration, action="register", on=NOW.date(), at=NOW
    )

    for rows in (CaseEvent.objects, PermitEvent.objects, RegistrationEvent.objects):
        assert refused(lambda rows=rows: rows.update(at=NOW))
        assert refused(rows.all().delete)
    assert refused(lambda: _raw_delete("residence_permit_permitapplication"))


def _raw_delete(table):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_a_ledger_begins_with_its_issue_and_ends_with_its_cancellation():
    case = case_in(Status.ISSUED)
    [first] = case.permit.events.all()

    def line(number, entry, on=first.on):
        return PermitEvent(
            permit=case.permit, number=number, entry=entry, on=on, at=NOW, card_number="1"
        )

    assert refused(line(2, "issue").save)
    assert refused(line(3, "change").save)
    assert refused(line(2, "change", on=first.on.replace(year=2025)).save)
    assert not refused(line(2, "cancel").save)
    assert refused(line(3, "endorse").save)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite knows REPLACE")
def test_no_event_is_replaced():
    case = case_in(Status.SUBMITTED)
    [row] = case.events.all()

    def replace():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO residence_permit_caseevent (id, application_id, number,"
                " action, source, target, role, actor_id, at, reason, details) SELECT id,"
                " application_id, number, 'withdraw', source, target, role, actor_id, at,"
                " reason, details FROM residence_permit_caseevent WHERE id = %s",
                [row.pk],
            )

    assert refused(replace)
