"""What a machine notices about a case: told to the officer, never held against the applicant."""

from datetime import date

import pytest

from residence_permit import selectors_desk
from residence_permit.core.workflow import Status
from residence_permit.models import Evidence, ResidenceRegistration
from residence_permit.presentation.desk import hint_line
from residence_permit.selectors_desk import Hint
from tests.residence_permit import applicants
from tests.residence_permit.workbench import (
    OTHER_TOWNSHIP,
    account,
    case_in,
    draft,
    officer,
    person,
    registered,
)

pytestmark = pytest.mark.django_db
ADDRESS = "中山东路一百号"


def living_at(address, **given):
    """Return a draft of somebody who is registered at an address."""
    who = person(account())
    registered(who, address=address, **given)
    return draft(who=who)


def noticed(case, files=()):
    """Return the hints about a case, as an officer of its office has them."""
    return selectors_desk.hints(case, officer(case.station), files)


def test_nothing_is_noticed_about_an_ordinary_case():
    assert noticed(case_in(Status.SUBMITTED)) == ()


def test_other_cases_of_the_person_are_named_and_foreign_ones_counted():
    earlier = case_in(Status.WITHDRAWN)
    who = earlier.person
    ResidenceRegistration.objects.filter(person=who).update(status="ended", ended_on="2026-06-01")
    registered(who, township=OTHER_TOWNSHIP)
    case = case_in(Status.SUBMITTED, case=draft(who=who))

    [theirs] = noticed(case)
    [ours] = noticed(earlier)

    assert theirs == Hint(code="same_person", references=(), elsewhere=1)
    assert ours.elsewhere == 1
    assert "同一人另有 1 个案件" in hint_line(theirs).text
    assert "其中 1 个属于其他单位" in hint_line(theirs).text


def test_a_number_that_has_a_permit_already_is_told_to_the_office():
    first = case_in(Status.ISSUED)
    first.person.registrations.update(status="ended", ended_on=date(2027, 1, 4))
    ward = person(None, birth=first.person.birth_date, id_number=first.person.id_number)
    ward.user = account()  # the account that applies for him

    second = case_in(Status.SUBMITTED, case=draft(who=ward))

    told = {hint.code: hint for hint in noticed(second)}
    assert set(told) == {"same_person", "holds_permit"}
    assert "已有居住证" in hint_line(told["holds_permit"]).text
    first.refresh_from_db()
    assert "holds_permit" not in {hint.code for hint in noticed(first)}


def test_a_file_that_somebody_else_handed_in_is_noticed():
    applicants.load_law()
    first = case_in(Status.SUBMITTED, case=applicants.complete())
    second = case_in(Status.SUBMITTED, case=applicants.complete())

    [hint] = noticed(second, list(second.evidence.all()))

    assert hint == Hint(code="same_document", references=(first.reference,))
    Evidence.objects.filter(application=first).update(removed_at=first.status_since)
    assert noticed(second, list(second.evidence.all())) == ()


@pytest.mark.parametrize("others", [1, 3])
def test_people_at_one_address_are_counted_and_no_limit_is_made_up(others):
    case = case_in(Status.SUBMITTED, case=living_at(ADDRESS))
    for _ in range(others):
        living_at(ADDRESS)
    living_at("中山东路一百零一号")

    [hint] = noticed(case)

    assert hint == Hint(code="same_address", params={"count": others})
    assert f"另外 {others} 人" in hint_line(hint).text


@pytest.mark.parametrize(
    ("status", "same", "code"),
    [
        ("reported", True, "report_agrees"),
        ("reported", False, "report_elsewhere"),
        ("denied", True, "report_denied"),
    ],
)
def test_what_others_reported_about_the_person_is_compared(status, same, code):
    case = case_in(Status.SUBMITTED, case=living_at(ADDRESS))
    mine = case.registration
    ResidenceRegistration.objects.create(
        reference="R-REPORT",
        person=case.person,
        id_hash=case.id_hash,
        status=status,
        source=ResidenceRegistration.Source.LANDLORD,
        station=mine.station,
        township_code=mine.township_code,
        address=mine.address,
        address_key=mine.address_key if same else "another",
        registered_on=date(2026, 1, 7),
        lives_there_since=date(2026, 1, 7),
    )

    [hint] = noticed(case)

    assert hint.code == code
    assert "2026年1月7日" in hint_line(hint).text
