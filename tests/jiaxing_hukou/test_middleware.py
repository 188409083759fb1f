import pytest
from django.conf import settings

COOKIE = settings.LANGUAGE_COOKIE_NAME
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, "", "zh-hans"),
        (None, "en", "zh-hans"),  # a page does not follow the browser
        ("en", "zh", "en"),
        ("zh-hans", "en", "zh-hans"),
        ("xx", "en", "zh-hans"),
        ("\x00" * 600, "", "zh-hans"),
    ],
)
def test_a_page_speaks_the_chosen_language_else_chinese(client, cookie, header, language):
    if cookie:
        client.cookies[COOKIE] = cookie

    response = client.get("/accounts/login/", headers={"Accept-Language": header})

    assert response.headers["Content-Language"] == language
    assert "Cookie" in response.headers["Vary"]
    assert f'lang="{language}"' in response.content.decode()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh-hans"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.5", "en"),
        ("zh-CN", "zh-hans"),
        ("zh, en;q=0.9", "zh-hans"),
        ("en;q=0.1, zh;q=0.2", "zh-hans"),
        ("*", "zh-hans"),
        ("fr", "zh-hans"),
        (";;;=" + "x" * 5000, "zh-hans"),
    ],
)
def test_the_api_speaks_the_language_that_was_asked_for(client, header, language):
    response = client.get("/api/nowhere", headers={"Accept-Language": header})

    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_the_choice_is_kept_in_a_cookie(client):
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/admin/"})

    assert response.url == "/admin/"
    assert client.cookies[COOKIE].value == "en"


def test_the_choice_leads_to_no_foreign_page(client):
    response = client.post("/i18n/setlang/", {"language": "en", "next": "https://evil.example/"})

    assert response.url == "/"
