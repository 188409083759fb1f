import io
import json
import logging

import pytest
from django.db import IntegrityError, connection, transaction

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


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["王小明"])  # so that no line of the code says it
def test_what_the_database_quotes_of_a_row_is_not_logged(lines, name):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE people (name text CHECK (name = ''))")
        try:
            with transaction.atomic():
                cursor.execute("INSERT INTO people VALUES (%s)", [name])
        except IntegrityError:
            logging.getLogger("any").exception("not kept")

    [line] = lines()
    assert "psycopg2.errors.CheckViolation: sqlstate 23514, table_name people" in line["exception"]
    assert "django.db.utils.IntegrityError" in line["exception"]
    assert name not in json.dumps(line, ensure_ascii=False)


def test_what_an_exception_quotes_is_not_logged_but_where_it_came_from_is(lines):
    def read(text):
        return int(text)

    try:
        try:
            read("王小明")
        except ValueError as error:
            raise RuntimeError("王小明") from error
    except RuntimeError as error:
        logging.getLogger("any").warning("refused: %s", error, exc_info=True)

    [line] = lines()
    assert line["event"] == "refused: builtins.RuntimeError"
    first, then = line["exception"].split("\n\n")
    assert (first.splitlines()[-1], then.splitlines()[-1]) == (
        "builtins.ValueError",
        "builtins.RuntimeError",
    )
    assert "return int(text)" in first
    assert "王小明" not in line["event"]


def test_a_mistake_in_the_code_is_logged_in_words(lines):
    try:
        None.name  # noqa: B018
    except AttributeError:
        logging.getLogger("any").exception("broken")

    [line] = lines()
    assert line["exception"].endswith("'NoneType' object has no attribute 'name'")


def test_a_task_that_failed_is_named_without_what_it_failed_on(lines):
    context = {"name": "task", "id": "7", "description": "raised unexpected", "exc": "王小明"}

    logging.getLogger("celery.app.trace").error("Task %(name)s: %(exc)s", context)

    [line] = lines()
    assert line["event"] == "Task task[7] raised unexpected"


def test_outside_a_request_there_is_no_id(lines):
    logging.getLogger("any").warning("已完成", extra={"count": 3})

    [line] = lines()
    assert (line["event"], line["count"], line["request_id"]) == ("已完成", 3, None)
    assert request_id.get() is None
