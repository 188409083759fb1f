"""The texts of notices in the admin: read by staff, tried on a case, never beyond one's reach."""

import pytest
from django.utils import timezone
from django.utils.html import escape

from jiaxing_hukou.accounts.roles import Role
from residence_permit.core.workflow import Status
from residence_permit.models import Notice
from residence_permit.notifications import registry
from tests.accounts import sign_in_staff
from tests.residence_permit.desk_pages import at, foreign_case
from tests.residence_permit.workbench import case_in, officer, staff

pytestmark = pytest.mark.django_db

TEMPLATES = list(registry.shipped())


def test_every_text_is_listed(client):
    sign_in_staff(client, officer())

    page = client.get(at("notices"))

    assert all(f"/{template.code}/{template.version}/" in page.text for template in TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.code)
def test_a_text_is_shown_with_the_names_of_what_is_filled_in(client, template):
    sign_in_staff(client, officer())

    page = client.get(at("notice", template.code, template.version))

    assert page.status_code == 200
    for text in template.texts.values():
        assert all(escape(line) in page.text for line in (text.subject, *text.body))


def test_it_is_tried_on_a_case_and_nothing_is_sent(client):
    case = case_in(Status.SUBMITTED, now=timezone.now())
    sign_in_staff(client, officer())
    before = Notice.objects.count()

    page = client.get(at("notice", "case-submit", 1), {"case": case.reference})

    assert "{reference}" not in page.text
    assert page.text.count(case.reference) >= 4  # both languages, in the body and the message
    assert Notice.objects.count() == before


def test_a_case_of_another_office_cannot_be_tried(client):
    case = foreign_case(timezone.now())
    sign_in_staff(client, officer())

    page = client.get(at("notice", "case-submit", 1), {"case": case.reference})

    assert page.status_code == 404
    assert "{reference}" in page.text
    assert 'aria-invalid="true"' in page.text


def test_an_operator_reads_texts_and_no_case(client):
    case = case_in(Status.SUBMITTED, now=timezone.now())
    sign_in_staff(client, staff(Role.OPERATOR))

    assert client.get(at("notices")).status_code == 200
    assert client.get(at("notice", "case-submit", 1), {"case": case.reference}).status_code == 404


def test_a_version_that_there_is_not_is_absent(client):
    sign_in_staff(client, officer())

    assert client.get(at("notice", "case-submit", 99)).status_code == 404
