"""One JSON line per event, with the request's id and nothing about the person.

A line names the route (``receipts/<reference>``), never the path, query, address or
agent: what people type or hold in a link does not belong in a log. Nor does what an exception
quotes: PostgreSQL repeats the whole row that it refused, a parser the text that it could not read.
"""

import json
import logging
import sqlite3
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


# Exceptions whose words are about the code, a template or a server, never about a person.
PLAIN = (
    AttributeError,
    BrokerError,
    ImportError,
    ImproperlyConfigured,
    NameError,
    RedisConnectionError,
    RedisTimeoutError,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    TypeError,
    sqlite3.Error,
)


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON; what was passed as ``extra`` goes along."""

    standard = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
    objects = frozenset({"request", "data"})  # extras of Django and Celery
    left_out = standard | objects

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._event(record),
            "request_id": request_id.get(),
        }
        for name, value in vars(record).items():
            if name not in self.left_out:
                line[name] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)

    def formatException(self, exc_info: Any) -> str:  # noqa: N802  logging's name
        """Return where it failed and with what kind of error, the cause first."""
        return "\n\n".join(reversed(list(_failures(exc_info[1]))))

    @staticmethod
    def _event(record: logging.LogRecord) -> str:
        # Django's own lines are "reason: path"; the route says as much as the path.
        if record.name.startswith("django.") and hasattr(record, "request"):
            reason = record.args[0] if record.args else record.name
            return f"{reason}: {route_of(record.request)}"
        # Celery's line on a task that failed quotes the exception.
        if isinstance(record.args, dict) and "exc" in record.args:
            done = record.args.get("description", "is tried again")
            return f"Task {record.args['name']}[{record.args['id']}] {done}"
        if isinstance(record.args, tuple):
            told = (_kind(one) if isinstance(one, Exception) else one for one in record.args)
            return str(record.msg) % tuple(told) if record.args else str(record.msg)
        return record.getMessage()


def _failures(error: BaseException | None) -> Iterator[str]:
    """Yield an exception and what led to it, each with its place in the code."""
    while error is not None:
        yield "".join(traceback.format_tb(error.__traceback__)) + _kind(error)
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _kind(error: BaseException) -> str:
    """Return the kind of an exception, and of what it says only what quotes nobody."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    diagnosis = getattr(error, "diag", None)  # psycopg2's
    if diagnosis is not None and diagnosis.sqlstate:
        names = ("sqlstate", "table_name", "column_name", "constraint_name")
        said = [f"{name} {value}" for name in names if (value := getattr(diagnosis, name))]
        return f"{kind}: {', '.join(said)}"
    if isinstance(error, OSError):
        return f"{kind}: {error.strerror or error.errno}"
    return f"{kind}: {error}" if isinstance(error, PLAIN) else kind


def route_of(request) -> str:
    """Return the URL pattern that answered, or a word for "none"."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else "(no route)"


class RequestLogMiddleware:
    """Give each request an id, return it in ``X-Request-ID``, log the outcome."""

    def __init__(self, get_response):
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request):
        """Answer the request under its own id."""
        request.id = uuid4().hex
        token = request_id.set(request.id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route_of(request),
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000),
                },
            )
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = request.id
        return response


@before_task_publish.connect
def send_request_id(headers=None, **_):
    """Hand the id to the worker, so that one request's lines can be read together."""
    if headers is not None:
        headers["request_id"] = request_id.get()


@task_prerun.connect
def take_request_id(task=None, **_):
    """Log under the id of the request that asked for the task."""
    if not task.request.is_eager:
        request_id.set(getattr(task.request, "request_id", None))


@task_postrun.connect
def drop_request_id(task=None, **_):
    """Leave no id behind for the next task."""
    if not task.request.is_eager:
        request_id.set(None)
