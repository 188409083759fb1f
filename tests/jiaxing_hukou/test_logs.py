import io
import json
import logging

import pytest

from jiaxing_hukou.logs import JsonFormatter, request_id


@pytest.fixture
def lines():
    """Return a function that reads what was logged since, line by line."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("", "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.urls("tests.jiaxing_hukou.urls")
def test_a_request_is_one_line_that_says_nothing_about_the_person(client, lines):
    response = client.get(
        "/test/often?name=王小明",
        headers={"User-Agent": "a phone"},
        REMOTE_ADDR="192.0.2.77",
    )

    [line] = [line for line in lines() if line["logger"] == "jiaxing_hukou.logs"]
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "test/often", 200)
    for personal in ("王小明", "192.0.2.77", "a phone"):
        assert personal not in json.dumps(line, ensure_ascii=False)


@pytest.mark.django_db
@pytest.mark.urls("tests.jiaxing_hukou.urls")
def test_a_failure_is_logged_with_its_cause_under_the_same_id(client, lines):
    client.raise_request_exception = False

    response = client.get("/test/broken?name=王小明")

    [line] = [line for line in lines() if "exception" in line]
    assert line["event"] == "Internal Server Error: test/broken"
    assert "a mistake of ours" in line["exception"]
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert "王小明" not in json.dumps(line, ensure_ascii=False)


def test_outside_a_request_there_is_no_id(lines):
    logging.getLogger("any").warning("已完成", extra={"count": 3})

    [line] = lines()
    assert (line["event"], line["count"], line["request_id"]) == ("已完成", 3, None)
    assert request_id.get() is None
