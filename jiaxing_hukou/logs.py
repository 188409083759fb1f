"""One JSON line per event, with the request's id and nothing about the person.

A line names the route (``receipts/<reference>``), never the path, query, address or
agent: what people type or hold in a link does not belong in a log.
"""

import json
import logging
import time
from contextvars import ContextVar
from uuid import uuid4

from celery.signals import before_task_publish, task_postrun, task_prerun

logger = logging.getLogger(__name__)

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


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

    @staticmethod
    def _event(record: logging.LogRecord) -> str:
        # Django's own line is "reason: path"; the route says as much as the path.
        if record.name == "django.request" and hasattr(record, "request"):
            return f"{record.args[0]}: {route_of(record.request)}"
        return record.getMessage()


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
