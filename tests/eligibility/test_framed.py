"""A page put together from the frame and its blocks is the page that the template makes."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

from eligibility import framed
from eligibility.context_processors import ELDER_COOKIE
from eligibility.services import questionnaires

pytestmark = pytest.mark.usefixtures("published_rules")

NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
GIVEN = {
    "target_county": "330402",
    "target_township": "330402010",
    "housing": "owned",
    "birth_date": "1980-01-01",
    "months_in_current_rental": 3,  # goes with no home of one's own
}
PAGES = [
    *("/", "/help/", "/check/", "/check/deleted/", "/check/nosuch/result/"),
    *("/receipt/", "/receipt/nosuch/", "/rules/", "/rules/urban-talent/", "/documents/"),
    *("/rules/urban-talent/2018/", "/rules/urban-talent/diff/", "/documents/jiaxing-2016-31/"),
]
OWN = [
    *("answers/", "result/", "places/", "family/", "family/new/", "family/m0/", "day/", "delete/"),
    *("family/m0/remove/", "target_county/", "housing/", "birth_date/", "education/?from=answers"),
    "months_in_current_rental/",
]


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def base():
    token = questionnaires.begin(as_of=None, now=NOON)
    for question, value in GIVEN.items():
        questionnaires.answer(token, question=question, value=value, now=NOON, today=NOON.date())
    questionnaires.keep_member(
        token,
        member="m0",
        stated={"relation": "child", "birth_date": "2010-05-01"},
        now=NOON,
        today=NOON.date(),
    )
    return f"/check/{token}/"


def text_of(response):
    """Return a page without what is drawn anew each time."""
    drawn = r'(name="(?:csrfmiddlewaretoken|member_id)" value=")[^"]*'
    return re.sub(drawn, r"\1", response.content.decode())


@pytest.mark.parametrize("elder", [False, True])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_in_the_frame_is_the_page_itself(client, base, language, elder, monkeypatch):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    if elder:
        client.cookies[ELDER_COOKIE] = "1"
    addresses = [*PAGES, *(base + page for page in OWN)]

    in_frame = {address: client.get(address) for address in addresses}
    monkeypatch.setattr(framed, "_blocks", lambda name: (None, None))
    whole = {address: client.get(address) for address in addresses}

    for address in addresses:
        assert in_frame[address].status_code == whole[address].status_code
        assert text_of(in_frame[address]) == text_of(whole[address]), address


def test_most_pages_stand_in_the_frame():
    for name in ("eligibility/check/question.html", "eligibility/check/result.html", "home.html"):
        _template, blocks = framed._blocks(name)

        assert blocks.keys() >= {"title", "content"}


@pytest.mark.parametrize("name", ["errors/404.html", "eligibility/check/_result.html"])
def test_a_template_that_does_more_is_rendered_by_itself(name):
    assert framed._blocks(name)[1] is None


def test_a_message_is_shown_on_the_next_page(client):
    brought = CookieStorage(RequestFactory().get("/"))._encode([Message(SUCCESS, "Done.")])
    client.cookies[CookieStorage.cookie_name] = brought

    page = client.get("/help/").content.decode()

    assert "Done." in page
    assert "Done." not in client.get("/help/").content.decode()


def test_somebody_signed_in_sees_a_page_rendered_by_itself(client, django_user_model, monkeypatch):
    client.force_login(django_user_model.objects.create_user("resident"))
    rendered = []
    monkeypatch.setattr(framed, "_frame", lambda *key: rendered.append(key))

    assert client.get("/help/").status_code == 200
    assert rendered == []


def test_the_day_of_printing_is_todays(client, time_machine):
    first = client.get("/help/").content.decode()
    time_machine.move_to(NOON + timedelta(days=1))

    second = client.get("/help/").content.decode()

    assert "2026年11月24日" in first
    assert "2026年11月25日" in second
