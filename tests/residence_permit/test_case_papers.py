"""The papers of a case that an applicant takes along, and how he finds his way to them."""

import re
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from residence_permit.core.workflow import Status
from tests.residence_permit.workbench import account, case_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_the_navigation_leads_to_what_is_open_and_visitors_to_signing_in(client):
    visitors = client.get(reverse("help"))
    client.force_login(account())

    own = client.get(reverse("help"))
    home = client.get(reverse("my-portal"))

    assert f'href="{reverse("account_login")}"' in visitors.text
    assert f'href="{reverse("my-portal")}"' not in visitors.text
    assert f'href="{reverse("account_login")}"' not in own.text
    assert f'<a href="{reverse("my-portal")}">我的办事</a>' in own.text
    assert f'<a href="{reverse("my-portal")}" aria-current="page">' in home.text


def test_slip_and_letter_are_papers_to_take_along(client, now):
    case = case_in(Status.REFUSED, now=now)
    client.force_login(case.applicant)

    slip = client.get(reverse("case-receipt-pdf", args=[case.reference]))
    letter = client.get(reverse("case-decision-pdf", args=[case.reference]))

    for answer in (slip, letter):
        assert answer.headers["Content-Type"] == "application/pdf"
        assert "no-store" in answer.headers["Cache-Control"]
        assert case.reference in written_in(answer)
        assert case.person.name in written_in(answer)
        assert case.person.id_number not in written_in(answer)
    assert "受理回执" in written_in(slip)
    assert "行政复议" in written_in(letter)
    assert "行政诉讼" in written_in(letter)


def written_in(answer):
    pages = PdfReader(BytesIO(answer.content)).pages
    return re.sub(r"[\s\0]", "", "".join(page.extract_text() for page in pages))


def test_there_is_no_letter_where_nothing_was_refused(client, now):
    case = case_in(Status.SUBMITTED, now=now)
    client.force_login(case.applicant)

    assert client.get(reverse("case-receipt-pdf", args=[case.reference])).status_code == 200
    assert client.get(reverse("case-decision-pdf", args=[case.reference])).status_code == 404
