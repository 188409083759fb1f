"""What the portal does to cases by itself."""

from datetime import timedelta

import pytest

from residence_permit.choices import CaseKind
from residence_permit.core.workflow import Status
from residence_permit.models import PermitEvent
from residence_permit.services.overdue import carry_out_approved, close_unanswered
from tests.residence_permit.workbench import NOW, case_in, draft

pytestmark = pytest.mark.django_db


def test_what_a_crash_left_approved_is_carried_out_once():
    case = case_in(Status.APPROVED)

    done = [carry_out_approved(now=NOW + timedelta(days=2)) for _ in range(2)]

    case.refresh_from_db()
    assert done == [1, 0]
    assert case.status == "issued"
    assert PermitEvent.objects.filter(application=case).count() == 1


@pytest.mark.parametrize(("days", "closed"), [(30, 0), (31, 1)])
def test_a_case_is_closed_when_thirty_days_have_passed_without_an_answer(days, closed):
    case = case_in(Status.CORRECTION_REQUESTED)

    assert close_unanswered(now=NOW + timedelta(days=days)) == closed
    case.refresh_from_db()
    assert case.status == ("closed" if closed else "correction_requested")


def test_a_case_that_cannot_be_carried_out_holds_up_no_other(caplog):
    first = case_in(Status.ISSUED)
    in_window = NOW + timedelta(days=350)
    endorsement = draft(CaseKind.ENDORSE, who=first.person, permit=first.permit, now=in_window)
    stuck = case_in(Status.APPROVED, case=endorsement, now=in_window)
    PermitEvent.objects.create(
        permit=first.permit,
        number=2,
        entry="cancel",
        on=in_window.date(),
        at=in_window,
        card_number="1",
    )
    other = case_in(Status.APPROVED, now=in_window)

    done = carry_out_approved(now=in_window + timedelta(days=1))

    stuck.refresh_from_db()
    other.refresh_from_db()
    assert done == 1
    assert (stuck.status, other.status) == ("approved", "issued")
    assert [record.case for record in caplog.records] == [stuck.pk]
