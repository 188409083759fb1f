"""The one function that moves a case, walked through its whole table."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.choices import CaseAction, CaseKind, CaseRole, CaseStatus, LedgerEntry
from residence_permit.core import workflow
from residence_permit.core.permit_ledger import Entry
from residence_permit.core.workflow import Action, Kind, Role, Status
from residence_permit.models import Notice, Permit, PermitApplication, PermitEvent
from residence_permit.services.transition import CaseChanged, carry_out, move
from tests.residence_permit.workbench import (
    NOW,
    REFUSAL,
    case_in,
    draft,
    office,
    officer,
    person,
    registered,
    supervisor,
)

pytestmark = pytest.mark.django_db

GUARDS = import_module("residence_permit.migrations.0002_database_guards")
LATER = NOW + timedelta(days=3)
EVERYTHING = {
    "items": (("evidence:housing", "请补一份租赁合同。"),),
    "proposal": "approve",
    "reason": "原因",
    "reason_code": REFUSAL["reason_code"],
    "legal_basis": REFUSAL["legal_basis"],
}


@pytest.mark.parametrize(
    ("words", "core"),
    [
        (CaseStatus, Status),
        (CaseAction, Action),
        (CaseKind, Kind),
        (CaseRole, Role),
        (LedgerEntry, Entry),
    ],
)
def test_every_name_of_the_core_has_words(words, core):
    assert {word.value for word in words} == {name.value for name in core}


def test_the_database_knows_the_arrows_of_the_table():
    assert {tuple(map(str, arrow)) for arrow in workflow.ARROWS} == set(GUARDS.ARROWS)


def _people(case):
    """Return who acts in each role: people who have not acted in the case yet."""
    return {
        Role.APPLICANT: case.applicant,
        Role.OFFICER: case.holder or officer(case.station),
        Role.SUPERVISOR: supervisor(case.station.parent),
        Role.SYSTEM: None,
    }


def _now_for(case, action):
    """Return a time at which nothing but the table stands against the move."""
    overdue = action in (Action.CLOSE, Action.ESCALATE)
    return max(NOW, case.status_since) + timedelta(days=40 if overdue else 2)


@pytest.mark.parametrize("status", list(Status))
def test_only_the_moves_of_the_table_succeed(status):
    case = case_in(status)
    case.correction_items.update(answered_at=NOW, answer="已补。")

    for action in Action:
        for target in {row.target for row in workflow.TABLE if row.action is action}:
            for role in Role:
                with transaction.atomic():
                    case.refresh_from_db()
                    _try_one(case, action, role, target)
                    transaction.set_rollback(True)


def _try_one(case, action, role, target):
    """Try one triple (and each of its targets) and see that only the table's moves succeed."""
    status = Status(case.status)
    people = _people(case)
    given = EVERYTHING | {"assignee": people[Role.OFFICER].pk}
    if action is Action.TAKE_OVER:
        people[Role.OFFICER] = officer(case.station)
    possible = any(
        (row.action, row.source, row.target, row.role) == (action, status, target, role)
        # A supervisor asks for corrections only after an officer did.
        and row.after is None
        # Nobody waits for the end of a clock that does not run.
        and not (row.after_deadline and case.due_on is None)
        for row in workflow.TABLE
    )
    before = (case.status, case.events_count)

    try:
        move(
            action,
            application_id=case.pk,
            actor=people[role],
            now=_now_for(case, action),
            target=target,
            **given,
        )
    except workflow.WorkflowError:
        succeeded = False
    else:
        succeeded = True

    case.refresh_from_db()
    assert succeeded == possible, (status, action, role, target)
    assert (case.status, case.events_count) == (
        (target.value, before[1] + 1) if possible else before
    )


def test_a_move_writes_state_event_notice_and_audit_together():
    case = draft()

    move(Action.SUBMIT, application_id=case.pk, actor=case.applicant, now=NOW)

    case.refresh_from_db()
    [event] = case.events.all()
    entry = AuditEntry.objects.order_by("-number").first()
    assert case.status == "submitted"
    assert (event.action, event.source, event.target) == ("submit", "draft", "submitted")
    assert (entry.act, entry.subject, entry.actor_id) == (
        "submit",
        f"case:{case.pk}",
        case.applicant_id,
    )
    assert Notice.objects.filter(application=case, recipient=case.applicant).exists()


def test_a_move_without_its_audit_entry_does_not_happen():
    case = case_in(Status.AWAITING_DECISION)
    who = supervisor(case.station.parent)
    before = Notice.objects.count()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE audit_auditentry ADD CONSTRAINT disk_full CHECK (number < 0) NOT VALID"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON audit_auditentry "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )

    with pytest.raises(IntegrityError), transaction.atomic():
        move(
            Action.DECIDE,
            application_id=case.pk,
            actor=who,
            now=LATER,
            target=Status.APPROVED,
        )

    case.refresh_from_db()
    assert case.status == "awaiting_decision"
    assert Notice.objects.count() == before


def test_a_stale_page_is_told_what_happened_meanwhile():
    case = case_in(Status.SUBMITTED)
    seen, first, second = case.events_count, officer(), officer()
    move(Action.CLAIM, application_id=case.pk, actor=first, now=NOW, seen=seen)

    with pytest.raises(CaseChanged) as caught:
        move(Action.CLAIM, application_id=case.pk, actor=second, now=NOW, seen=seen)

    assert [event.action for event in caught.value.events] == ["claim"]


@pytest.mark.parametrize("days", [14, 15])
def test_an_accepted_case_is_due_on_the_fifteenth_day(days):
    case = case_in(Status.ACCEPTED)

    assert (case.due_on > case.accepted_on + timedelta(days=days)) == (days == 14)


def test_an_extension_runs_from_acceptance_to_the_thirtieth_day():
    case = case_in(Status.ACCEPTED)

    move(
        Action.EXTEND,
        application_id=case.pk,
        actor=supervisor(case.station.parent),
        now=LATER,
        reason="制证设备故障。",
    )

    case.refresh_from_db()
    assert case.due_on == case.accepted_on + timedelta(days=30)


def test_approval_opens_the_ledger(django_capture_on_commit_callbacks):
    case = case_in(Status.AWAITING_DECISION)

    with django_capture_on_commit_callbacks(execute=True):
        move(
            Action.DECIDE,
            application_id=case.pk,
            actor=supervisor(case.station.parent),
            now=LATER,
            target=Status.APPROVED,
        )
    carry_out(case.pk, now=LATER)  # the sweep, coming later

    case.refresh_from_db()
    [line] = PermitEvent.objects.filter(permit__person=case.person)
    assert case.status == "issued"
    assert (line.entry, line.on, line.application_id) == ("issue", LATER.date(), case.pk)
    assert case.permit.number == f"3304022026{case.pk:08d}"


def test_nobody_recommends_and_decides():
    both = supervisor(office())
    both.groups.add(*officer().groups.all())
    case = case_in(Status.AWAITING_DECISION, by=both)

    with pytest.raises(workflow.MoveForbidden) as caught:
        move(
            Action.DECIDE,
            application_id=case.pk,
            actor=both,
            now=LATER,
            target=Status.APPROVED,
        )

    assert caught.value.code == "same_person"


def test_an_officer_of_the_household_handles_nothing():
    case = case_in(Status.SUBMITTED)
    neighbour = officer()
    registered(person(neighbour), address=case.registration.address)
    neighbour.person.registrations.update(address_key=case.registration.address_key)

    with pytest.raises(workflow.MoveForbidden) as caught:
        move(Action.CLAIM, application_id=case.pk, actor=neighbour, now=LATER)

    assert caught.value.code == "household_case"


def test_a_lapsed_claim_is_taken_over_before_anything_is_done():
    case = case_in(Status.UNDER_REVIEW)
    colleague, at = officer(case.station), case.lease_until + timedelta(seconds=1)

    with pytest.raises(workflow.MoveForbidden):
        move(Action.ACCEPT, application_id=case.pk, actor=colleague, now=at)
    with pytest.raises(workflow.MoveForbidden):
        move(
            Action.TAKE_OVER,
            application_id=case.pk,
            actor=colleague,
            now=case.lease_until - timedelta(seconds=1),
        )
    move(Action.TAKE_OVER, application_id=case.pk, actor=colleague, now=at)
    move(Action.ACCEPT, application_id=case.pk, actor=colleague, now=at)

    case.refresh_from_db()
    assert (case.status, case.holder) == ("accepted", colleague)


def test_what_could_be_seen_at_first_needs_the_supervisor_later():
    case = case_in(Status.CORRECTION_REQUESTED)
    case.correction_items.update(answered_at=NOW, answer="已补。")
    case = move(Action.RESUBMIT, application_id=case.pk, actor=case.applicant, now=NOW)
    late = (("evidence:housing", "请补租赁合同。"),)
    same = (("evidence:employment", "合同缺最后一页。"),)

    with pytest.raises(workflow.MoveForbidden) as caught, transaction.atomic():
        move(
            Action.REQUEST_CORRECTION,
            application_id=case.pk,
            actor=case.holder,
            now=NOW,
            items=late,
        )
    move(
        Action.REQUEST_CORRECTION,
        application_id=case.pk,
        actor=case.holder,
        now=NOW,
        items=same,
    )

    assert caught.value.code == "second_request"


def test_items_without_an_answer_keep_the_case_with_the_applicant():
    case = case_in(Status.CORRECTION_REQUESTED)

    with pytest.raises(workflow.MoveIncomplete):
        move(Action.RESUBMIT, application_id=case.pk, actor=case.applicant, now=NOW)


def test_a_person_has_one_open_case_of_a_kind():
    first = case_in(Status.SUBMITTED)
    again = draft(who=first.person)

    with pytest.raises(workflow.MoveForbidden) as caught, transaction.atomic():
        move(Action.SUBMIT, application_id=again.pk, actor=again.applicant, now=NOW)

    assert caught.value.code == "other_case_open"


def test_a_holder_of_a_permit_is_not_given_another():
    first = case_in(Status.ISSUED)
    second = case_in(Status.AWAITING_DECISION, case=draft(who=first.person, now=LATER), now=LATER)

    with pytest.raises(workflow.MoveForbidden) as caught, transaction.atomic():
        move(
            Action.DECIDE,
            application_id=second.pk,
            actor=supervisor(),
            now=LATER,
            target=Status.APPROVED,
        )

    assert caught.value.code == "has_permit"
    assert Permit.objects.count() == 1


def test_an_endorsement_counts_from_the_day_it_was_asked_for():
    first = case_in(Status.ISSUED)
    asked = NOW + timedelta(days=360)
    again = draft(CaseKind.ENDORSE, who=first.person, permit=first.permit, now=asked)
    decided = asked + timedelta(days=20)  # the window has closed meanwhile

    case = case_in(Status.AWAITING_DECISION, case=again, now=asked)
    move(
        Action.DECIDE,
        application_id=case.pk,
        actor=supervisor(),
        now=decided,
        target=Status.APPROVED,
    )
    carry_out(case.pk, now=decided)

    assert first.permit.events.last().on == asked.date()


def test_an_endorsement_outside_its_window_is_not_approved():
    first = case_in(Status.ISSUED)
    early = NOW + timedelta(days=100)
    again = draft(CaseKind.ENDORSE, who=first.person, permit=first.permit, now=early)
    case = case_in(Status.AWAITING_DECISION, case=again, now=early)

    with pytest.raises(workflow.MoveForbidden) as caught, transaction.atomic():
        move(
            Action.DECIDE,
            application_id=case.pk,
            actor=supervisor(),
            now=early,
            target=Status.APPROVED,
        )

    assert caught.value.code == "outside_window"


def test_only_a_third_person_reconsiders():
    case = case_in(Status.UNDER_RECONSIDERATION)
    decided = case.decided_by

    with pytest.raises(workflow.MoveForbidden), transaction.atomic():
        move(
            Action.DECIDE,
            application_id=case.pk,
            actor=decided,
            now=LATER,
            target=Status.APPROVED,
        )
    move(
        Action.DECIDE,
        application_id=case.pk,
        actor=supervisor(),
        now=LATER,
        target=Status.APPROVED,
    )

    assert PermitApplication.objects.get(pk=case.pk).status == "approved"


@pytest.mark.parametrize(("days", "possible"), [(60, True), (61, False)])
def test_a_refusal_can_be_reconsidered_for_sixty_days(days, possible):
    case = case_in(Status.REFUSED)
    at = case.status_since + timedelta(days=days)

    try:
        move(
            Action.REQUEST_REVIEW,
            application_id=case.pk,
            actor=case.applicant,
            now=at,
            reason="合同已经续签。",
        )
    except workflow.MoveTooLate:
        done = False
    else:
        done = True

    assert done is possible
