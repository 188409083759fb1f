"""The messages of a resident: his own only, read once, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from residence_permit.core.workflow import Status
from residence_permit.models import NoticePreference
from residence_permit.services import inbox
from tests.residence_permit.notifications.mailroom import owed, reachable
from tests.residence_permit.workbench import NOW, account, case_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(client):
    user = account()
    client.force_login(user)
    return user


def test_a_case_is_followed_in_the_messages(client):
    case = case_in(Status.ACCEPTED)
    client.force_login(case.applicant)

    page = client.get(reverse("inbox"))

    assert page.status_code == 200
    assert "您的申请已受理" in page.content.decode()
    assert case.reference in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert case.person.name not in page.content.decode()


def test_a_notice_is_read_once_and_the_time_stays(client, resident):
    owed(resident)
    notice = resident.notices.get()

    first = client.get(reverse("notice-read", args=[notice.pk]))
    notice.refresh_from_db()
    read_at = notice.read_at
    client.get(reverse("notice-read", args=[notice.pk]))

    notice.refresh_from_db()
    assert "我不住在这里" in first.content.decode()
    assert read_at is not None
    assert notice.read_at == read_at
    assert inbox.unread_count(user=resident) == 0


def test_english_is_read_in_english(client, resident):
    owed(resident)
    client.cookies["django_language"] = "en"

    page = client.get(reverse("inbox"))

    assert "Somebody has reported your residence" in page.content.decode()


@pytest.mark.parametrize("path", ["/messages/{}/", "/messages/999999999/", "/messages/9{}0/"])
def test_another_persons_notice_does_not_exist(client, resident, path):
    other = account()
    owed(other)
    notice = other.notices.get()

    response = client.get(path.format(notice.pk))

    assert response.status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_what_goes_out_by_other_channels_is_no_message_of_its_own(client):
    user = reachable()
    client.force_login(user)
    owed(user)

    mail = user.notices.get(channel="email")

    assert len(inbox.inbox_page(user=user, language="zh-hans").notices) == 1
    assert client.get(reverse("notice-read", args=[mail.pk])).status_code == 404


@pytest.mark.parametrize("name", ["inbox", "notice-preferences"])
def test_a_stranger_is_asked_to_sign_in(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_pages_lead_from_the_newest_to_the_oldest_and_back(client, resident):
    for number in range(45):
        owed(resident, cause=f"case-event:{number}")
    ids = list(resident.notices.order_by("-pk").values_list("pk", flat=True))

    first = inbox.inbox_page(user=resident, language="zh-hans")
    second = inbox.inbox_page(user=resident, language="zh-hans", before=first.older_than)
    third = inbox.inbox_page(user=resident, language="zh-hans", before=second.older_than)
    back = inbox.inbox_page(user=resident, language="zh-hans", after=third.newer_than)

    seen = [notice.id for page in (first, second, third) for notice in page.notices]
    assert seen == ids
    assert (first.newer_than, third.older_than) == (None, None)
    assert back.notices == second.notices
    assert f"?before={first.older_than}" in client.get(reverse("inbox")).content.decode()


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "after=9999999999999999999999", "before=١"]
)
def test_a_page_that_leads_nowhere_is_not_found(client, resident, query):
    assert client.get(f"{reverse('inbox')}?{query}").status_code == 404


def _queries(client):
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("inbox"))
    return len(asked)


def test_the_list_asks_as_often_for_three_as_for_one(client, resident):
    owed(resident)
    client.get(reverse("inbox"))
    one = _queries(client)
    owed(resident)
    owed(resident)

    assert _queries(client) == one <= 12


def test_wishes_are_kept_and_hold(client, resident):
    response = client.post(
        reverse("notice-preferences"),
        {"email": "on", "quiet_from": "22:00", "quiet_until": "07:00", "language": "en"},
    )

    kept = NoticePreference.objects.get(user=resident)
    assert response.status_code == 302
    assert (kept.email, kept.sms, kept.language) == (True, False, "en")
    assert f"{kept.quiet_from:%H:%M}" == "22:00"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"quiet_from": "22:00"}, "两个时间都填上"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "两个时间一样"),
        ({"quiet_from": "late"}, "请按 22:00 这样填写时间"),
    ],
)
def test_wishes_that_make_no_sense_are_refused_with_the_remedy(client, resident, given, says):
    response = client.post(reverse("notice-preferences"), {"language": "zh-hans", **given})

    assert response.status_code == 200
    assert says in response.content.decode()
    assert not NoticePreference.objects.exists()


def test_cancelled_notices_are_not_shown(client, resident):
    owed(resident, now=NOW)
    resident.notices.update(state="cancelled")

    assert inbox.inbox_page(user=resident, language="zh-hans").notices == ()
