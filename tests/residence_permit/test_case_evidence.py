"""Files of a case: taken in, limited, opened with a trace, held while the scanner is away."""

import os
from datetime import timedelta

import pytest

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.beat import rescan_evidence, sweep_evidence
from residence_permit.core.workflow import Status
from residence_permit.evidence.errors import EvidenceMissing, EvidenceRefused
from residence_permit.evidence.storage import open_evidence, private_storage
from residence_permit.models import Evidence
from residence_permit.services import evidence
from residence_permit.services.evidence import EvidenceNotTaken
from tests.residence_permit.applicants import attach, begin, complete, load_law, photo, resident
from tests.residence_permit.evidence.files import EICAR, locked_pdf, text_pdf
from tests.residence_permit.workbench import (
    NOW,
    OTHER_TOWNSHIP,
    account,
    case_in,
    office,
    officer,
)

pytestmark = pytest.mark.django_db

State = Evidence.State
NOWHERE = "unix:///nonexistent/clamd.ctl"


@pytest.fixture(autouse=True)
def _law(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    load_law()


def test_a_file_is_kept_clean_and_opened_with_a_trace():
    case = begin(resident())

    row = attach(case, "photo", name="../我的照片.jpeg")
    opened = evidence.open_for(user=case.applicant, evidence_id=row.pk, now=NOW)

    assert (row.state, row.kind, row.shown_name) == (State.READY, "png", "我的照片.png")
    assert opened.content == open_evidence(row.storage_name)
    acts = AuditEntry.objects.filter(subject=f"evidence:{row.pk}").order_by("number")
    assert [(entry.act, entry.person_id) for entry in acts] == [
        ("attach_evidence", case.person_id),
        ("open_evidence", case.person_id),
    ]


def test_the_same_file_twice_is_one(settings):
    case = begin(resident())

    first, second = attach(case, "photo"), attach(case, "photo")

    assert first == second
    assert len(list(private_storage().names())) == 1


def test_the_same_file_may_prove_two_things():
    case = begin(resident())

    assert attach(case, "photo") != attach(case, "identity_document")


def test_a_case_holds_so_many_files_and_no_more(settings):
    settings.EVIDENCE_PER_REQUIREMENT, settings.EVIDENCE_PER_CASE = 2, 3
    case = begin(resident())
    for number in range(2):
        attach(case, "photo", content=photo(number))

    with pytest.raises(EvidenceNotTaken) as here:
        attach(case, "photo", content=photo(9))
    attach(case, "other", content=photo(3))
    with pytest.raises(EvidenceNotTaken) as everywhere:
        attach(case, "identity_document", content=photo(4))

    assert (here.value.code, here.value.params) == ("too_many_here", {"limit": 2})
    assert (everywhere.value.code, everywhere.value.params) == ("too_many_in_case", {"limit": 3})
    assert len(list(private_storage().names())) == 3


def test_a_removed_file_makes_room_and_its_bytes_are_gone(
    settings, django_capture_on_commit_callbacks
):
    settings.EVIDENCE_PER_REQUIREMENT = 1
    case = begin(resident())
    row = attach(case, "photo")

    with django_capture_on_commit_callbacks(execute=True):
        evidence.remove(evidence_id=row.pk, actor=case.applicant, now=NOW)
        evidence.remove(evidence_id=row.pk, actor=case.applicant, now=NOW)

    with pytest.raises(EvidenceMissing):
        open_evidence(row.storage_name)
    with pytest.raises(Evidence.DoesNotExist):
        evidence.open_for(user=case.applicant, evidence_id=row.pk, now=NOW)
    assert attach(case, "photo") != row
    assert AuditEntry.objects.filter(act="remove_evidence").count() == 1


def test_a_file_for_what_nobody_asks_for_is_not_taken():
    case = begin(resident())

    with pytest.raises(EvidenceNotTaken, match="locked"):
        attach(case, "lease")
    with pytest.raises(EvidenceNotTaken, match="locked"):
        attach(case, "no-such-thing")


@pytest.mark.parametrize("content", [EICAR, b"", b"<svg/>", locked_pdf(), photo()[:200]])
def test_a_refused_file_leaves_nothing_behind(content):
    case = begin(resident())

    with pytest.raises(EvidenceRefused):
        attach(case, "photo", content=content)

    assert not case.evidence.exists()
    assert list(private_storage().names()) == []


def test_what_an_officer_has_seen_is_not_removed():
    case = case_in(Status.SUBMITTED, case=complete())
    row = case.evidence.first()

    with pytest.raises(EvidenceNotTaken, match="locked"):
        evidence.remove(evidence_id=row.pk, actor=case.applicant, now=NOW)


def test_only_the_applicant_and_the_office_see_a_file():
    case = case_in(Status.UNDER_REVIEW, case=complete())
    row = case.evidence.first()

    opened = evidence.open_for(user=case.holder, evidence_id=row.pk, now=NOW)

    assert opened.row == row
    assert AuditEntry.objects.get(act="open_evidence").purpose == "case"
    for stranger in (account(), officer(office(OTHER_TOWNSHIP))):
        with pytest.raises(Evidence.DoesNotExist):
            evidence.open_for(user=stranger, evidence_id=row.pk, now=NOW)
        with pytest.raises(Evidence.DoesNotExist):
            evidence.remove(evidence_id=row.pk, actor=stranger, now=NOW)


def test_a_draft_is_not_shown_to_the_office():
    case = complete()

    with pytest.raises(Evidence.DoesNotExist):
        evidence.open_for(user=officer(), evidence_id=case.evidence.first().pk, now=NOW)


def test_while_the_scanner_is_away_a_file_is_held_and_shown_to_nobody(settings):
    settings.CLAMD = NOWHERE
    case = begin(resident())
    row = attach(case, "photo", content=text_pdf())

    with pytest.raises(EvidenceNotTaken, match="not_shown"):
        evidence.open_for(user=case.applicant, evidence_id=row.pk, now=NOW)
    assert evidence.rescan_held(now=NOW) == {"ready": 0, "infected": 0, "waiting": 1}
    settings.CLAMD = ""
    assert rescan_evidence() == {"ready": 1, "infected": 0, "waiting": 0}

    row.refresh_from_db()
    assert (row.state, row.scanned) == (State.READY, False)
    assert evidence.open_for(user=case.applicant, evidence_id=row.pk, now=NOW).row == row


def test_a_file_that_no_row_names_is_swept_away_after_a_day():
    case = begin(resident())
    kept = attach(case, "photo").storage_name
    young, old = private_storage().keep(b"young"), private_storage().keep(b"old")
    long_ago = (NOW - timedelta(days=3650)).timestamp()
    for name in (old, kept):
        os.utime(private_storage()._path(name), (long_ago, long_ago))

    assert sweep_evidence() == 1

    assert set(private_storage().names()) == {young, kept}
