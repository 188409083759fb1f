"""The auditors' pages: the log to read, nothing to change, and each reading in the log itself."""

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.models import AuditEntry, AuditSeal
from jiaxing_hukou.audit.services import seal_days
from tests.jiaxing_hukou.audit_log import DAY, NOON, numbers, written

pytestmark = pytest.mark.django_db

LIST = reverse("admin:audit_auditentry_changelist")
SEALS = reverse("admin:audit_auditseal_changelist")


@pytest.fixture
def auditor(client):
    """Return the client of an auditor who has signed in, as ``client.user``."""
    client.user = sign_in(client, Role.AUDITOR)
    return client


def sign_in(client, role):
    user = User.objects.create_user(f"staff-{role}", is_staff=True, is_superuser=role is None)
    if role is not None:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "mfa")  # as after the second factor
    request.session.save()
    return user


def newest():
    return AuditEntry.objects.first()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("address", [LIST, SEALS])
def test_only_auditors_read_the_log(client, role, address):
    sign_in(client, role)

    response = client.get(address)

    assert response.status_code == (200 if role is Role.AUDITOR else 403)


def test_a_page_shows_who_did_what(auditor):
    officer = User.objects.create_user("officer-wang", is_staff=True)
    resident = User.objects.create_user("resident-li")
    written(1, actor_id=officer.pk)
    written(1, actor_id=resident.pk)

    body = auditor.get(LIST).content.decode()

    assert f"officer-wang ({officer.pk})" in body
    assert "resident-li" not in body  # a resident's account stays a number
    assert 'href="?subject=case%3A1"' in body


def test_reading_a_page_is_recorded_once(auditor):
    written(2)

    auditor.get(LIST, {"person_id": "3", "p": "1"})

    entry = newest()
    assert numbers() == [1, 2, 3]
    assert (entry.actor_id, entry.act, entry.subject) == (auditor.user.pk, "read_audit", "audit")
    assert (entry.person_id, entry.details) == (3, {"page": 1, "filters": {"person_id": "3"}})


def test_reading_one_entry_is_recorded_for_its_person(auditor):
    written(1)

    response = auditor.get(reverse("admin:audit_auditentry_change", args=[1]))

    assert response.status_code == 200
    assert (newest().subject, newest().person_id) == ("audit:1", 3)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"actor_id": "8"}, [3]),
        ({"act": "export"}, [4]),
        ({"subject": "case:2"}, [2]),
        ({"person_id": "4"}, [5]),
        ({"person_id": "3", "subject": "case:1"}, [4, 3, 1]),
    ],
)
def test_the_filters_find(auditor, filters, found):
    written(2)
    written(1, actor_id=8)
    written(1, act="export")
    written(1, person_id=4)

    page = auditor.get(LIST, filters).context["cl"]

    assert [entry.number for entry in page.result_list] == found
    assert page.result_count == len(found)


def test_what_is_no_code_finds_nothing_and_is_not_recorded(auditor):
    written(2)

    page = auditor.get(LIST, {"subject": "王小明"}).context["cl"]

    assert list(page.result_list) == []
    assert newest().details == {"page": 1, "filters": {"subject": None}}


def test_the_whole_log_is_counted_by_its_last_number(auditor):
    written(60)

    page = auditor.get(LIST, {"p": "2"}).context["cl"]

    assert page.result_count == 60
    assert [entry.number for entry in page.result_list] == list(range(10, 0, -1))


@pytest.mark.parametrize("count", [1, 40])
def test_the_number_of_queries_does_not_depend_on_the_entries(
    auditor, count, django_assert_max_num_queries
):
    auditor.get(LIST)  # the first request of a session writes it
    written(count)

    with django_assert_max_num_queries(10):
        auditor.get(LIST)


def test_nobody_adds_changes_or_deletes_here(client):
    sign_in(client, None)
    written(1)
    seal_days(now=NOON + DAY)

    statuses = {
        client.post(reverse(f"admin:audit_{model}_{what}", args=args), {"post": "yes"}).status_code
        for model, key in (("auditentry", "1"), ("auditseal", "2026-11-23"))
        for what, args in (("add", []), ("change", [key]), ("delete", [key]))
    }

    assert statuses == {403}
    assert (AuditEntry.objects.count(), AuditSeal.objects.count()) == (1, 1)
