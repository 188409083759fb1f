"""Nobody learns from a page, its words or its time who has an account."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.test import Client

from jiaxing_hukou.accounts.models import OutgoingMessage, User
from tests.jiaxing_hukou.conftest import EMAIL, PASSWORD, PHONE
from tests.jiaxing_hukou.test_sign_in import CONTACTS, RESET, VERIFY, sign_in, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_outbox")]


def shown(response):
    """Return what is on the page, without what is new each time."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"<time.*?</time>", "", text)


def test_a_disabled_account_looks_like_any_other_without_the_password(client, phone_user):
    User.objects.update(is_active=False)

    wrong = shown(sign_in(client, PHONE, "wrong password"))
    none = shown(sign_in(client, "13800000007", "wrong password"))

    assert wrong.replace(PHONE, "") == none.replace("13800000007", "")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("by", "contact"), CONTACTS)
def test_signing_up_looks_the_same_for_a_contact_with_an_account(by, contact, language):
    pages = []
    for has_account in (False, True):
        if has_account:
            user = User.objects.create_user("held", password="held held held", **{by: contact})
            User.objects.filter(pk=user.pk).update(phone_verified=by == "phone")
            if by == "email":
                EmailAddress.objects.create(user=user, email=contact, verified=True, primary=True)
        client = Client()
        client.cookies["django_language"] = language
        asked = sign_up(client, by, contact)
        page = client.get(VERIFY[by])
        wrong = client.post(VERIFY[by], {"code": "000000"})
        again = client.post(VERIFY[by], {"action": "resend"})
        pages.append(
            [
                (asked.status_code, asked.headers["Location"], sorted(asked.cookies)),
                (shown(page), shown(wrong)),
                (again.status_code, again.headers["Location"]),
            ]
        )
        User.objects.exclude(username="held").delete()

    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "contact", [PHONE, EMAIL, "13800000007", "nobody@example.com", "demo-officer", "nobody"]
)
def test_signing_in_answers_every_contact_alike(client, phone_user, email_user, contact):
    User.objects.create_user("demo-officer", password=PASSWORD, is_staff=True)

    wrong = sign_in(client, contact, "wrong password")

    page = shown(wrong).replace(contact, "")
    expected = shown(sign_in(Client(), "13899999999", "wrong password"))
    assert page == expected.replace("13899999999", "")


@pytest.mark.parametrize(
    ("known", "unknown"), [(PHONE, "+8613800000007"), (EMAIL, "nobody@example.com")]
)
def test_a_new_password_is_offered_to_everybody_alike(phone_user, email_user, known, unknown):
    pages = []
    for contact in (known, unknown):
        client = Client()
        asked = client.post(RESET, {"contact": contact})
        page = client.get("/accounts/password/reset/confirm/")
        wrong = client.post("/accounts/password/reset/confirm/", {"code": "000000"})
        pages.append(
            [
                (asked.status_code, asked.headers["Location"]),
                *(shown(response).replace(contact, "") for response in (page, wrong)),
            ]
        )

    assert pages[0] == pages[1]
    assert OutgoingMessage.objects.count() == 2


@pytest.fixture
def hashed(monkeypatch, settings):
    """Count how often a password is hashed: that is what takes the time."""
    counted = []

    class Counting(hashers.MD5PasswordHasher):
        def encode(self, password, salt):
            counted.append(salt)
            return super().encode(password, salt)

    monkeypatch.setattr(hashers, "MD5PasswordHasher", Counting)
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()
    yield counted
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()


def test_a_wrong_password_costs_the_same_for_everybody(client, phone_user, email_user, hashed):
    User.objects.create_user("demo-officer", password=PASSWORD, is_staff=True)
    costs = {}
    for contact in (PHONE, EMAIL, "demo-officer", "13800000007", "nobody@example.com", "nobody"):
        hashed.clear()
        sign_in(client, contact, "wrong password")
        costs[contact] = len(hashed)

    assert set(costs.values()) == {1}, costs


@pytest.mark.parametrize("by", ["phone", "email"])
def test_signing_up_costs_the_same_for_everybody(phone_user, email_user, hashed, by):
    costs = []
    for contact in {"phone": (PHONE, "13800000007"), "email": (EMAIL, "new@example.com")}[by]:
        hashed.clear()
        sign_up(Client(), by, contact)
        costs.append(len(hashed))

    assert costs[0] == costs[1] == 1
