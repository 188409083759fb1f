"""Impatient fingers, on PostgreSQL: the same press many times at the same instant is one act."""

from functools import partial

import pytest
from django.contrib.auth.models import Group

from jiaxing_hukou.accounts.roles import Role
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.models import CaseEvent, Evidence, PermitApplication
from residence_permit.services import applications
from residence_permit.services.applications import StepChanged, stamp
from tests.residence_permit.applicants import attach, begin, complete, load_law, photo, resident
from tests.residence_permit.crowd import Crowd
from tests.residence_permit.workbench import NOW

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _portal(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    load_law()


def cases(results):
    return [result for result in results if isinstance(result, PermitApplication)]


def test_fifty_equal_submissions_are_one_case(counts):
    with Crowd(50) as crowd:
        for _ in range(counts(3, 50)):
            case = complete()
            act = partial(
                applications.submit_application,
                application_id=case.pk,
                actor=case.applicant,
                now=NOW,
            )

            results = crowd.at_once([act] * 50)

            assert {found.pk for found in cases(results)} == {case.pk}
            assert len(cases(results)) == 50
            assert CaseEvent.objects.filter(application=case).count() == 1
            assert PermitApplication.objects.filter(person=case.person).count() == 1


def test_twenty_equal_starts_are_one_draft(counts):
    with Crowd(20) as crowd:
        for _ in range(counts(3, 50)):
            who = resident()
            act = partial(
                applications.start_draft,
                actor=who.user,
                kind=CaseKind.ISSUE,
                person=who,
                now=NOW,
            )

            results = crowd.at_once([act] * 20)

            assert len({found.pk for found in cases(results)}) == 1
            assert PermitApplication.objects.get(person=who).status == CaseStatus.DRAFT


def test_of_two_tabs_one_saves_and_the_other_is_asked(counts):
    answers = [{"ground": "schooling"}, {"ground": "housing:owned"}]
    with Crowd(2) as crowd:
        for _ in range(counts(5, 200)):
            case = begin(resident())
            acts = [
                partial(
                    applications.save_step,
                    application_id=case.pk,
                    step="ground",
                    answers=given,
                    seen=stamp(case, "ground"),
                    actor=case.applicant,
                    now=NOW,
                )
                for given in answers
            ]

            results = crowd.at_once(acts)

            [changed] = [result for result in results if isinstance(result, StepChanged)]
            [saved] = cases(results)
            case.refresh_from_db()
            assert case.statements == {"ground": changed.theirs} == saved.statements


def test_the_same_file_sent_at_once_is_one_row(counts):
    with Crowd(4) as crowd:
        for number in range(counts(2, 20)):
            case = begin(resident())
            act = partial(attach, case, "photo", content=photo(number))

            results = crowd.at_once([act] * 4)

            rows = {result.pk for result in results if isinstance(result, Evidence)}
            assert len(rows) == 1
            assert case.evidence.count() == 1
