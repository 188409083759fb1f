"""Every act of the desk in every state by every role: only the arrows of the table are taken."""

import pytest
from django.urls import reverse
from django.utils import timezone

from residence_permit.admin.case_acts import SERVICES
from residence_permit.core.workflow import TABLE, Role, Status
from residence_permit.models import CaseEvent
from tests.accounts import sign_in_staff
from tests.residence_permit.workbench import case_in, officer, supervisor

pytestmark = pytest.mark.django_db


def everything(colleague):
    """Return what the acts ask for, all of it."""
    return {
        "proposal": "approve",
        "ground": "ground_not_proved",
        "reason": "材料已核对。",
        "assignee": colleague.pk,
        "item-evidence:employment": "请补劳动合同。",
    }


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DRAFT])
def test_the_desk_takes_the_arrows_of_the_table_and_no_other(client, status):
    now = timezone.now()
    colleague = officer()
    taken = set()

    for role in (Role.OFFICER, Role.SUPERVISOR):
        for action in SERVICES:
            holder = officer()
            case = case_in(status, by=holder, now=now)
            events = case.events_count
            sign_in_staff(client, holder if role is Role.OFFICER else supervisor())
            address = reverse("admin:workbench-act", args=(case.reference, action))
            data = everything(colleague) | {"seen": events}

            answer = client.post(address, data)

            case.refresh_from_db()
            made = CaseEvent.objects.filter(application=case, number__gt=events).exclude(actor=None)
            assert made.count() == (1 if answer.status_code == 302 else 0)
            if made:
                assert made.get().action == action
                taken.add((action, role))

    # A supervisor asks for corrections only where an officer has asked before.
    assert taken == {
        (row.action, row.role)
        for row in TABLE
        if row.source is status
        and row.action in SERVICES
        and row.role in (Role.OFFICER, Role.SUPERVISOR)
        and row.after is None
    }


def test_a_draft_does_not_exist_for_the_desk(client):
    case = case_in(Status.DRAFT)
    sign_in_staff(client, officer())

    answers = {
        client.post(reverse("admin:workbench-act", args=(case.reference, action)), {"seen": 0})
        for action in SERVICES
    }

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize("action", ["submit", "withdraw", "issue", "close", "resubmit", "delete"])
def test_what_is_not_the_desks_has_no_address(client, action):
    case = case_in(Status.SUBMITTED)
    sign_in_staff(client, officer())

    answer = client.post(reverse("admin:workbench-act", args=(case.reference, action)), {"seen": 1})

    assert answer.status_code == 404
