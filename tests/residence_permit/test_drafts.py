"""A draft is kept for a time, its owner is warned, and only then it ends."""

from datetime import timedelta

import pytest

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.models import Notice, PermitApplication
from residence_permit.services import applications, drafts, reminders
from tests.residence_permit.applicants import attach, begin, complete, load_law, photo, resident
from tests.residence_permit.workbench import NOW

pytestmark = pytest.mark.django_db

LAST = NOW + timedelta(days=90)


@pytest.fixture(autouse=True)
def _law(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    load_law()


def test_a_draft_ends_the_day_after_its_last_day_and_leaves_a_trace():
    case = complete()
    reminders.remind_of_drafts(now=LAST)

    assert drafts.delete_expired(now=LAST) == 0
    assert drafts.delete_expired(now=LAST + timedelta(days=1)) == 1

    assert not PermitApplication.objects.filter(pk=case.pk).exists()
    assert not Notice.objects.filter(template="draft-expiring").exists()
    [entry] = AuditEntry.objects.filter(act="delete_draft")
    assert (entry.actor_id, entry.purpose, entry.person_id) == (None, "retention", case.person_id)


def test_nobody_loses_a_draft_unwarned():
    begin(resident())

    assert drafts.delete_expired(now=LAST + timedelta(days=30)) == 0


def test_working_on_a_draft_keeps_it_and_a_new_warning_is_needed():
    case = begin(resident())
    reminders.remind_of_drafts(now=LAST)
    attach(case, "photo", content=photo(3), now=LAST)

    assert drafts.delete_expired(now=LAST + timedelta(days=1)) == 0
    assert drafts.delete_expired(now=LAST + timedelta(days=365)) == 0


def test_a_draft_that_was_warned_about_can_be_deleted_by_its_owner():
    case = begin(resident())
    reminders.remind_of_drafts(now=LAST)

    applications.delete_draft(application_id=case.pk, actor=case.applicant, now=LAST)

    assert not PermitApplication.objects.exists()
