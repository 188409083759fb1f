"""What is answered when something went wrong: a page, or for programs a problem object.

Pages are ``templates/errors/<status>.html``; under /api/ the answer is RFC 9457
``application/problem+json``.
"""

import logging
import sys
from collections.abc import Iterable, Mapping

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from jiaxing_hukou.rate_limits import TooManyRequests

logger = logging.getLogger(__name__)

TITLES = {
    400: _("The request cannot be read"),
    403: _("This is not allowed"),
    404: _("There is nothing at this address"),
    405: _("This cannot be done at this address"),
    413: _("The request is too large"),
    429: _("Too many requests"),
    500: _("Something went wrong on our side"),
    503: _("The service is not available right now"),
}
DETAILS = {
    400: _("Check the address and the data, then send it again."),
    403: _("Reload the page and try again, or sign in with an account that may do it."),
    404: _("Check the address; what was here may have been moved or deleted."),
    405: _("Use one of the methods that the header Allow names."),
    413: _("Send less at once."),
    429: _("Wait a little, then try again."),
    500: _("The error was recorded. Please try again later."),
    503: _("Nothing was lost. Please try again in a minute."),
}
# Services that are away for a while; the request itself was in order.
UNAVAILABLE = (
    OperationalError,
    InterfaceError,
    BrokerError,
    RedisConnectionError,
    RedisTimeoutError,
)


def problem(status: int, *, detail: str = "", errors: Iterable[Mapping] = ()) -> JsonResponse:
    """Return an RFC 9457 problem object; ``errors`` say which field and why."""
    body = {
        "type": "about:blank",
        "title": str(TITLES[status]),
        "status": status,
        "detail": str(detail or DETAILS[status]),
        "errors": list(errors),
    }
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def bad_request(request, exception=None):
    """Answer what cannot be read: 400, or 413 where it is only too much."""
    return _answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request, exception=None):
    """Answer what is not allowed: 403, or 429 where it is only not allowed yet."""
    if isinstance(exception, TooManyRequests):
        response = _answer(request, 429)
        response["Retry-After"] = exception.retry_after
        return response
    return _answer(request, 403)


def csrf_failure(request, reason=""):
    """Answer a form whose secret is missing or stale."""
    return _answer(request, 403)


def not_found(request, exception=None):
    """Answer an address that leads nowhere."""
    return _answer(request, 404)


def method_not_allowed(request, allowed):
    """Answer what was sent by a method that the address does not take; ``allowed`` names those."""
    response = _answer(request, 405)
    response["Allow"] = allowed
    return response


def server_error(request):
    """Answer a failure: 503 while a service is away, 500 when it is our mistake."""
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        response = _answer(request, 503)
        response["Retry-After"] = 60
        return response
    return _answer(request, 500)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return problem(status)
    context = {"title": TITLES[status], "detail": DETAILS[status], "status": status}
    response = HttpResponse(status=status, headers={"Cache-Control": "no-store"})
    if status < 500:
        response.content = get_template(f"errors/{status}.html").render(context, request)
        return response
    # After a failure nothing can be relied on. The page is rendered without the
    # request, so that it asks neither session nor database; and if even that fails,
    # perhaps because the page itself is what failed, its words are sent alone.
    try:
        response.content = get_template(f"errors/{status}.html").render(context)
    except Exception:
        logger.exception("error page failed", extra={"status": status})
        response.content = f"{TITLES[status]}\n{DETAILS[status]}\n"
        response["Content-Type"] = "text/plain; charset=utf-8"
    return response
