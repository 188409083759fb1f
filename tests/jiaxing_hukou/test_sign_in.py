"""Signing up, in and out, and setting a new password; nobody learns who has an account."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import translation

from jiaxing_hukou.accounts.messages import MessageNotSent, keep_sms
from jiaxing_hukou.accounts.models import OutgoingMessage, User
from tests.jiaxing_hukou.conftest import EMAIL, PASSWORD, PHONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_outbox")]

NEW = "seven loud geese"
LOGIN, SIGNUP, RESET = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"
VERIFY = {"phone": "/accounts/phone/verify/", "email": "/accounts/confirm-email/"}
CONTACTS = [("phone", PHONE), ("email", EMAIL)]


def sign_up(client, by, contact, password=PASSWORD, **more):
    return client.post(SIGNUP, {"by": by, by: contact, "password1": password} | more)


def sign_in(client, contact, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": contact, "password": password} | more)


def last_code():
    return re.search(r"\b\d{6}\b", OutgoingMessage.objects.first().body).group()


def is_signed_in(client):
    return client.get("/accounts/").status_code == 200


# Signing up


@pytest.mark.parametrize(("by", "contact"), CONTACTS)
def test_a_contact_and_its_code_make_an_account(client, by, contact):
    asked = sign_up(client, by, contact)
    confirmed = client.post(VERIFY[by], {"code": last_code()})

    user = User.objects.get()
    assert asked.headers["Location"] == VERIFY[by]
    assert confirmed.headers["Location"] == "/my/"
    assert is_signed_in(client)
    assert getattr(user, by) == contact
    assert user.check_password(PASSWORD)
    assert not re.search("138|li", user.username)
    assert not user.is_staff
    if by == "phone":
        assert user.phone_verified
    else:
        assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(("by", "contact"), CONTACTS)
def test_without_the_code_nobody_is_signed_in(client, by, contact):
    sign_up(client, by, contact)

    client.post(VERIFY[by], {"code": "000000"})
    again = sign_in(client, contact)

    assert not is_signed_in(client)
    if by == "phone":
        assert again.status_code == 200 or "verify" in again.headers["Location"]
    else:
        assert again.headers["Location"] == VERIFY["email"]


def test_an_account_by_phone_can_do_without_an_address(client, phone_user):
    sign_in(client, "138 0000 0001")

    assert is_signed_in(client)


def test_three_wrong_codes_begin_again(client):
    sign_up(client, "phone", PHONE)
    code = last_code()

    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    answers = [client.post(VERIFY["phone"], {"code": wrong}) for _ in range(3)]
    late = client.post(VERIFY["phone"], {"code": code})

    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert late.status_code == 302
    assert not is_signed_in(client)


def test_a_wrong_number_can_be_written_anew(client):
    sign_up(client, "phone", "13800000009")

    client.post("/accounts/logout/", {"next": SIGNUP})
    page = client.get(SIGNUP)
    sign_up(client, "phone", PHONE)
    client.post(VERIFY["phone"], {"code": last_code()})

    assert page.status_code == 200
    assert is_signed_in(client)


@pytest.mark.parametrize(("by", "contact"), CONTACTS)
def test_whoever_began_with_a_foreign_contact_does_not_keep_it(client, by, contact):
    sign_up(Client(), by, contact, "squatting password")

    sign_up(client, by, contact)
    client.post(VERIFY[by], {"code": last_code()})

    assert is_signed_in(client)
    holder = User.objects.get(**{by: contact})
    assert holder.check_password(PASSWORD)


def test_a_double_click_makes_one_account_that_works(client):
    sign_up(client, "email", EMAIL)
    client.post("/accounts/logout/")
    sign_up(client, "email", EMAIL)

    client.post(VERIFY["email"], {"code": last_code()})

    assert is_signed_in(client)
    assert User.objects.filter(email=EMAIL).count() == 1


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "1234567890123",
        "password123",
        "iloveyou12",
        "13800000001x",
        "",
        " " * 12,
        "aaaaaaaaaaaaa",
    ],
)
def test_a_weak_password_is_refused_and_the_number_kept(client, password):
    response = sign_up(client, "phone", "13800000001", password)

    assert response.status_code == 200
    assert "13800000001" in response.content.decode()
    assert not User.objects.exists()
    assert not OutgoingMessage.objects.exists()


@pytest.mark.parametrize("typed", ["", "12345", "+1 202 555 0123", "<script>", "1" * 500, "\x00"])
def test_a_wrong_number_is_refused_and_kept(client, typed):
    response = sign_up(client, "phone", typed)

    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert "<script>1" not in response.content.decode()
    assert not User.objects.exists()


def test_without_a_provider_of_text_messages_only_addresses_are_offered(client, settings):
    settings.SMS_PROVIDER = ""

    page = client.get(SIGNUP).content.decode()
    response = sign_up(client, "phone", PHONE)

    assert 'name="email"' in page
    assert 'name="phone"' not in page
    assert response.status_code == 200
    assert not User.objects.exists()


def test_a_provider_that_fails_costs_a_message_and_no_account(client, settings, caplog):
    settings.SMS_PROVIDER = "tests.jiaxing_hukou.test_sign_in.broken_provider"

    sign_up(client, "phone", PHONE)
    page = client.get(VERIFY["phone"]).content.decode()

    assert "消息没有发出" in page
    assert "13800000001" not in caplog.text
    assert "RuntimeError" in [getattr(record, "kind", "") for record in caplog.records]


def broken_provider(*, to, body):
    raise RuntimeError(f"no credit for {to}: {body}")


def test_the_message_speaks_the_language_of_the_page(client):
    sign_up(client, "phone", PHONE)
    client.post("/accounts/logout/")
    client.cookies["django_language"] = "en"
    sign_up(client, "phone", PHONE)

    english, chinese = OutgoingMessage.objects.all()

    assert "您的验证码是" in chinese.body
    assert "Your code" in english.body


# Signing in and out


@pytest.mark.parametrize("typed", ["13800000001", "+86 138 0000 0001", "138-0000-0001"])
def test_a_number_signs_in_however_it_is_typed(client, phone_user, typed):
    assert sign_in(client, typed).headers["Location"] == "/my/"


@pytest.mark.parametrize("typed", [EMAIL, "LI@example.com", f" {EMAIL} "])
def test_an_address_signs_in_however_it_is_typed(client, email_user, typed):
    assert sign_in(client, typed).headers["Location"] == "/my/"


def test_the_session_is_a_new_one_after_signing_in(client, phone_user):
    client.get(SIGNUP)
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.cookies["jiaxing_session"] = planted

    sign_in(client, PHONE)

    stranger = Client()
    stranger.cookies["jiaxing_session"] = planted
    assert is_signed_in(client)
    assert client.session.session_key != planted
    assert not is_signed_in(stranger)


def test_signing_out_takes_a_post_and_ends_the_session(client, phone_user):
    sign_in(client, PHONE)
    key = client.session.session_key

    client.get("/accounts/logout/")
    still = is_signed_in(client)
    client.post("/accounts/logout/")

    stranger = Client()
    stranger.cookies["jiaxing_session"] = key
    assert still
    assert not is_signed_in(client)
    assert not is_signed_in(stranger)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://testserver.evil.example/",
        "\x01//evil.example",
    ],
)
def test_nobody_is_led_to_a_foreign_site(client, phone_user, target):
    page = client.get(LOGIN, {"next": target})
    response = sign_in(client, PHONE, next=target)

    assert page.status_code == 200
    assert response.headers["Location"] == "/my/"
    out = client.post("/accounts/logout/", {"next": target})
    assert out.headers["Location"] == "/"


def test_one_comes_back_to_where_one_was(client, phone_user):
    response = sign_in(client, PHONE, next="/rules/?as_of=2020-01-01")

    assert response.headers["Location"] == "/rules/?as_of=2020-01-01"


def test_a_foreign_host_is_neither_served_nor_written_into_mail(client, email_user):
    refused = client.post(RESET, {"contact": EMAIL}, headers={"host": "evil.example"})
    client.post(RESET, {"contact": EMAIL}, headers={"x-forwarded-host": "evil.example"})

    [message] = OutgoingMessage.objects.all()
    assert refused.status_code == 400
    assert "evil" not in message.subject + message.body
    assert "http" not in message.body


def test_a_disabled_account_is_out_with_the_next_request(client, phone_user):
    sign_in(client, PHONE)
    before = is_signed_in(client)

    User.objects.update(is_active=False)

    assert before
    assert not is_signed_in(client)
    assert sign_in(client, PHONE).headers["Location"] == "/accounts/inactive/"
    assert not is_signed_in(client)


def test_signed_in_pages_are_kept_by_nobody(client, phone_user):
    sign_in(client, PHONE)

    for path in ("/accounts/", "/accounts/email/", "/accounts/sessions/", "/accounts/2fa/"):
        response = client.get(path)
        assert response.status_code == 200
        assert "no-store" in response.headers["Cache-Control"], path


def test_the_list_of_sessions_ends_the_others(client, phone_user):
    sign_in(client, PHONE)
    other = Client()
    sign_in(other, PHONE)

    page = client.get("/accounts/sessions/").content.decode()
    client.post("/accounts/sessions/")

    assert "另一个浏览器" in page
    assert is_signed_in(client)
    assert not is_signed_in(other)


# Changing


def test_a_new_number_counts_once_it_is_confirmed(client, phone_user):
    sign_in(client, PHONE)

    asked = client.post("/accounts/phone/change/", {"phone": "13800000002"})
    phone_user.refresh_from_db()
    before = phone_user.phone
    client.post(VERIFY["phone"], {"code": last_code()})

    phone_user.refresh_from_db()
    assert asked.headers["Location"] == VERIFY["phone"]
    assert before == PHONE
    assert (phone_user.phone, phone_user.phone_verified) == ("+8613800000002", True)


def test_a_foreign_number_cannot_be_taken_over(client, phone_user):
    other = User.objects.create_user(
        "r-9", password=PASSWORD, phone="+8613800000002", phone_verified=True
    )
    sign_in(client, PHONE)

    client.post("/accounts/phone/change/", {"phone": "13800000002"})
    response = client.post(VERIFY["phone"], {"code": last_code()})

    other.refresh_from_db()
    phone_user.refresh_from_db()
    assert "不能在这里使用" in response.content.decode()
    assert (other.phone, phone_user.phone) == ("+8613800000002", PHONE)


def test_an_address_is_added_by_its_code(client, phone_user):
    sign_in(client, PHONE)

    client.post("/accounts/email/", {"email": EMAIL, "action_add": "1"})
    client.post(VERIFY["email"], {"code": last_code()})

    phone_user.refresh_from_db()
    assert phone_user.email == EMAIL


def test_an_address_that_was_not_confirmed_locks_nobody_out(client, phone_user):
    sign_in(client, PHONE)
    client.post("/accounts/email/", {"email": EMAIL, "action_add": "1"})
    client.post("/accounts/logout/")

    sign_in(client, PHONE)

    assert is_signed_in(client)


def test_a_new_password_ends_the_other_sessions_and_is_told(client, phone_user):
    sign_in(client, PHONE)
    other = Client()
    sign_in(other, PHONE)

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW})

    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert "登录方式刚刚更改" in OutgoingMessage.objects.first().body


# A new password


@pytest.mark.parametrize(("by", "contact"), CONTACTS)
def test_a_code_sets_a_new_password(client, phone_user, email_user, by, contact):
    client.post(RESET, {"contact": contact})
    client.post("/accounts/password/reset/confirm/", {"code": last_code()})
    response = client.post("/accounts/password/reset/complete/", {"password1": NEW})

    user = {"phone": phone_user, "email": email_user}[by]
    user.refresh_from_db()
    assert response.status_code == 302
    assert user.check_password(NEW)
    assert is_signed_in(client)


def test_the_code_works_once_and_in_this_browser_only(client, phone_user):
    client.post(RESET, {"contact": PHONE})
    code = last_code()
    stranger = Client()
    stranger.post("/accounts/password/reset/confirm/", {"code": code})
    stolen = stranger.post("/accounts/password/reset/complete/", {"password1": "stolen stolen"})
    client.post("/accounts/password/reset/confirm/", {"code": code})
    client.post("/accounts/password/reset/complete/", {"password1": NEW})
    client.post("/accounts/logout/")

    again = client.post("/accounts/password/reset/confirm/", {"code": code})

    phone_user.refresh_from_db()
    assert stolen.status_code == 302
    assert phone_user.check_password(NEW)
    assert again.headers["Location"] == LOGIN


def test_an_old_code_is_no_longer_valid(client, phone_user):
    client.post(RESET, {"contact": PHONE})
    session = client.session
    session["account_password_reset_verification"]["at"] -= 11 * 60
    session.save()

    response = client.post("/accounts/password/reset/confirm/", {"code": last_code()})

    assert response.headers["Location"] == LOGIN


# Words


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_is_left_in_the_other_language(client, phone_user, language):
    client.cookies["django_language"] = language
    sign_in(client, PHONE)
    with translation.override(language):
        pages = {
            path: client.get(path).content.decode()
            for path in ("/accounts/", "/accounts/2fa/", "/accounts/password/change/")
        }

    for path, page in pages.items():
        main = re.search("<main.*</main>", page, re.S).group()
        text = re.sub("<[^>]+>", " ", main)
        if language == "zh-hans":
            assert not re.search("[A-Za-z]{4,}", text), path
        else:
            assert not re.search("[\u4e00-\u9fff]", text), path


# The local outbox


def test_the_local_outbox_is_read_where_nothing_is_sent(client):
    sign_up(client, "phone", PHONE)

    page = client.get("/dev/messages/").content.decode()

    assert PHONE in page
    assert last_code() in page


def test_production_has_no_local_outbox(client, settings):
    settings.DEMO_ALLOWED = False

    assert client.get("/dev/messages/").status_code == 404
    with pytest.raises(MessageNotSent, match="demonstration"):
        keep_sms(to=PHONE, body="123456")
    assert not OutgoingMessage.objects.exists()
