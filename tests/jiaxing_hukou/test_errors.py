import json

import pytest
from django.test import Client

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.jiaxing_hukou.urls"),
]
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FAILURES = [
    ("nowhere", 404),
    ("test/forbidden", 403),
    ("test/broken", 500),
    ("test/database-away", 503),
    ("test/nul%00", 400),
    ("test/read?a=%00", 400),
]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def assert_has_security_headers(response):
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["X-Request-ID"]


@pytest.mark.parametrize(("address", "status"), FAILURES)
def test_a_failure_is_a_page_of_ours_with_all_headers(client, address, status):
    response = client.get(f"/{address}")

    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert_has_security_headers(response)


@pytest.mark.parametrize(("address", "status"), FAILURES)
def test_under_api_a_failure_is_a_problem_object(client, address, status):
    response = client.get(f"/api/{address}", headers={"Accept-Language": "en"})

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert_has_security_headers(response)
    body = json.loads(response.content)
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert (body["status"], body["errors"]) == (status, [])


def test_a_method_that_a_page_does_not_take_is_answered_with_a_page(client):
    response = client.get("/large-print/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "这个页面不能这样打开" in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert_has_security_headers(response)


@pytest.mark.parametrize(("prefix", "kind"), [("", "text"), ("api/", "application")])
def test_one_request_too_many_is_told_when_to_come_back(client, settings, prefix, kind):
    settings.RATES = {"pages": "2/h"}

    answers = [client.get(f"/{prefix}test/often") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 3600
    assert answers[2].headers["Content-Type"].startswith(kind)
    assert_has_security_headers(answers[2])


@pytest.mark.parametrize("host", ["evil.example", "a b{}", "x" * 300, "[::1", "é"])
def test_a_foreign_or_malformed_host_is_refused(client, host):
    response = client.get("/nowhere", SERVER_NAME=host, HTTP_HOST=host)

    assert response.status_code == 400
    assert_has_security_headers(response)


@pytest.mark.parametrize("prefix", ["", "api/"])
def test_too_large_a_body_is_refused_as_that(client, settings, prefix):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    response = client.post(f"/{prefix}test/read", b"x" * 101, content_type="application/json")

    assert response.status_code == 413


def test_too_many_fields_are_refused(client):
    response = client.post("/test/read", {f"field{n}": "1" for n in range(2000)})

    assert response.status_code == 400


def test_a_form_without_its_secret_is_forbidden():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/test/read", {"a": "1"})

    assert response.status_code == 403
    assert_has_security_headers(response)


def test_a_failure_page_asks_the_database_for_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/test/broken").status_code == 500


def test_even_a_broken_error_page_is_an_answer(client, settings, tmp_path):
    (tmp_path / "errors").mkdir()
    (tmp_path / "errors" / "500.html").write_text("{% nonsense %}")
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path]}]

    response = client.get("/test/broken")

    assert response.status_code == 500
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert_has_security_headers(response)
