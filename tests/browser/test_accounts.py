"""Signing up, in and out in a browser: on a phone and on a desk, without scripts, for all eyes."""

import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

from jiaxing_hukou.accounts.demo import current_code
from jiaxing_hukou.accounts.models import OutgoingMessage, User
from jiaxing_hukou.accounts.roles import Role
from tests.accounts import RECORDS, give_second_factor, next_code, sign_in_with_browser
from tests.browser.eyes import faults

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = [390, 1280]
LANGUAGES = ["zh-hans", "en"]
PASSWORD = "three quiet herons"
PHONE = "+8613800000001"


@pytest.fixture
def portal(live_server, settings):
    settings.EMAIL_BACKEND = "jiaxing_hukou.accounts.messages.LocalOutbox"
    call_command("load_stations", stdout=Silent())
    for role in Role:  # a test that commits empties the tables afterwards
        Group.objects.get_or_create(name=role.value)
    return live_server.url


class Silent:
    def write(self, text):
        """Say nothing."""


class Visitor:
    """Somebody at a browser; every page that is seen is looked at."""

    def __init__(self, page, portal, width=390, language="zh-hans"):
        self.page, self.portal, self.found = page, portal, {}
        page.set_viewport_size({"width": width, "height": 844})
        page.context.add_cookies([{"name": "django_language", "value": language, "url": portal}])
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda line: (
                line.type == "error"
                and "status of 4" not in line.text
                and self.complaints.append(line.text)
            ),
        )

    def open(self, path):
        self.page.goto(self.portal + path)
        self.look()

    def send(self, **values):
        for name, value in values.items():
            self.page.fill(f"#id_{name}", value)
        self.press("main form button.btn-primary")

    def press(self, where):
        with self.page.expect_navigation():
            self.page.locator(where).first.click()
        self.look()

    def look(self):
        name = f"{self.page.url.removeprefix(self.portal)} {self.page.title()}"
        if wrong := faults(self.page):
            self.found[name] = wrong


def last_code():
    return re.search(r"\b\d{6}\b", OutgoingMessage.objects.first().body).group()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_resident_signs_up_with_a_phone_and_looks_after_the_account(
    page, portal, width, language
):
    visitor = Visitor(page, portal, width, language)
    visitor.open("/accounts/signup/?by=email")
    visitor.open("/accounts/signup/")
    visitor.send(phone="12", password1="x")
    assert page.locator("#error-summary a").count() >= 2
    assert page.input_value("#id_phone") == "12"
    visitor.send(phone="138 0000 0001", password1=PASSWORD)
    visitor.send(code="000000")
    visitor.send(code=last_code())
    assert page.url == f"{portal}/my/"
    for path in (
        "/accounts/phone/change/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/sessions/",
        "/accounts/2fa/",
        "/accounts/3rdparty/",
        "/accounts/logout/",
        "/accounts/signed-in/",
        "/dev/messages/",
    ):
        visitor.open(path)
    visitor.open("/accounts/2fa/totp/activate/")  # asks for the password first
    visitor.send(password=PASSWORD)
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 100
    visitor.send(code="000000")
    secret = page.locator(".copy-line").inner_text()
    visitor.send(code=current_code(secret))
    assert page.locator("main .fingerprint li").count() == 10
    visitor.open("/accounts/2fa/")
    visitor.open("/accounts/2fa/totp/deactivate/")
    visitor.open("/accounts/2fa/recovery-codes/generate/")
    visitor.open("/accounts/logout/")
    visitor.press("main form button.btn-primary")

    assert visitor.found == {}
    assert visitor.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_forgotten_password_and_its_errors(page, portal, width):
    User.objects.create_user("r-1", password=PASSWORD, phone=PHONE, phone_verified=True)
    visitor = Visitor(page, portal, width)
    visitor.open("/accounts/login/")
    visitor.send(login="138", password="wrong")
    visitor.send(login=PHONE, password="wrong")
    assert page.input_value("#id_login") == PHONE
    assert page.input_value("#id_password") == ""
    for _ in range(4):
        visitor.open("/accounts/login/")
        visitor.send(login=PHONE, password="wrong")
    assert "15 分钟" in page.inner_text("main")
    visitor.press("main a.btn-primary")
    visitor.send(contact="nonsense")
    visitor.send(contact=PHONE)
    visitor.send(code="1")
    visitor.send(code=last_code())
    visitor.send(password1="short")
    visitor.send(password1="seven loud geese")
    assert page.url == f"{portal}/my/"
    visitor.open("/accounts/inactive/")

    assert visitor.found == {}
    assert visitor.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_an_officer_sets_up_the_second_step_and_signs_in_with_it(page, portal, width):
    officer = User.objects.create_user("officer", password=PASSWORD, is_staff=True)
    officer.groups.add(Group.objects.get(name="officer"))
    visitor = Visitor(page, portal, width)
    visitor.open("/admin/")
    visitor.send(login="officer", password=PASSWORD)
    assert "/2fa/totp/activate/" in page.url
    visitor.send(code=current_code(page.locator(".copy-line").inner_text()))
    visitor.press("main a.btn-primary")
    assert page.url == f"{portal}/admin/"
    with page.expect_navigation():
        page.click("#logout-form button")
    visitor.open("/admin/")
    visitor.send(login="officer", password=PASSWORD)
    visitor.send(code="000000")
    visitor.send(code=next_code(officer))
    assert page.url == f"{portal}/admin/"

    assert visitor.found == {}
    assert visitor.complaints == []


def test_typed_text_comes_back_after_the_session_ended(page, portal):
    resident = User.objects.create_user("r-1", password=PASSWORD, phone=PHONE, phone_verified=True)
    visitor = Visitor(page, portal)
    sign_in_with_browser(page, portal, resident, PASSWORD)
    visitor.open("/accounts/phone/change/")
    page.context.clear_cookies(name="jiaxing_session")
    visitor.send(phone="13800000002")
    assert "填写的内容还在" in page.inner_text("main")
    with page.context.expect_page() as opened:
        page.click("ol.steps a")
    tab = opened.value
    tab.fill("#id_login", PHONE)
    tab.fill("#id_password", PASSWORD)
    with tab.expect_navigation():
        tab.click("main button[type=submit]")
    assert "回到刚才的页面" in tab.inner_text("main")

    visitor.press("main form button.btn-primary")
    visitor.press("main form button.btn-primary")  # the form's secret was renewed by the sign-in

    assert page.url == f"{portal}/accounts/phone/verify/"
    assert OutgoingMessage.objects.first().to == "+8613800000002"
    assert visitor.found == {}


def test_everything_works_without_scripts(browser, portal):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{portal}/accounts/signup/")
    page.fill("#id_phone", "13800000001")
    page.fill("#id_password1", PASSWORD)
    page.locator("#id_password1").press("Enter")
    page.wait_for_url("**/phone/verify/")
    page.fill("#id_code", last_code())
    page.locator("#id_code").press("Enter")
    page.wait_for_url(f"{portal}/my/")

    assert page.locator("h1").inner_text() == "我的办事"
    context.close()


def test_large_print_and_200_percent_leave_nothing_outside(page, portal):
    resident = User.objects.create_user("r-1", password=PASSWORD, phone=PHONE, phone_verified=True)
    give_second_factor(resident)
    visitor = Visitor(page, portal, width=320)
    page.context.add_cookies([{"name": "elder", "value": "1", "url": portal}])
    sign_in_with_browser(page, portal, resident, PASSWORD)
    for path in ("/accounts/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/email/"):
        visitor.open(path)

    assert visitor.found == {}


@pytest.mark.urls("tests.jiaxing_hukou.test_sign_in_staff")
def test_the_question_for_a_code_carries_what_was_typed(page, portal):
    officer = User.objects.create_user("officer", password=PASSWORD, is_staff=True)
    give_second_factor(officer)
    visitor = Visitor(page, portal)
    sign_in_with_browser(page, portal, officer, PASSWORD)
    [session] = [c["value"] for c in page.context.cookies() if c["name"] == "jiaxing_session"]
    store = SessionStore(session)
    for record in store[RECORDS]:
        record["at"] -= 3600
    store.save()
    visitor.open("/accounts/logout/")
    page.evaluate(
        """() => {
            const form = document.querySelector("main form");
            form.action = "/decide/?case=7";
            const field = document.createElement("textarea");
            field.name = "reason";
            field.value = "\\n第一行\\n  第二行 <b>&amp;";
            form.append(field);
        }"""
    )
    visitor.press("main form button.btn-primary")
    assert "您填写的内容已保留" in page.inner_text("main")
    page.fill("#id_step_up", "000000")
    visitor.press("main form button.btn-primary")
    assert page.locator("#error-summary").count() == 1
    page.fill("#id_step_up", next_code(officer))
    with page.expect_navigation():
        page.click("main form button.btn-primary")

    assert r"\r\n第一行\r\n  第二行 <b>&amp;" in page.inner_text("body")
    assert visitor.found == {}
    assert visitor.complaints == []
