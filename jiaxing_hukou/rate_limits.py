"""How often one client may ask; the rates are settings (``JIAXING_RATE_*``)."""

from functools import wraps
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from django_ratelimit.exceptions import Ratelimited


class TooManyRequests(Ratelimited):
    """The client has to wait ``retry_after`` seconds; answered with 429."""

    def __init__(self, retry_after: int):
        """Keep the seconds for the Retry-After header."""
        super().__init__(f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


def count_request(request: HttpRequest, rate: str) -> None:
    """Count one request against the rate of that name; refuse one too many."""
    usage = get_usage(request, group=rate, key="ip", rate=settings.RATES[rate], increment=True)
    if usage and usage["should_limit"]:
        raise TooManyRequests(retry_after=max(1, usage["time_left"]))


def count_for(request: HttpRequest, rate: str, subject: str) -> None:
    """Count one act on ``subject`` against the rate; whoever does it, refuse one too many.

    The subject is an id or a keyed hash: it becomes part of a key in the cache.
    """
    usage = get_usage(
        request,
        group=rate,
        key=lambda _group, _request: subject,
        rate=settings.RATES[rate],
        increment=True,
    )
    if usage and usage["should_limit"]:
        raise TooManyRequests(retry_after=max(1, usage["time_left"]))


def limited(rate: str):
    """Decorate a view: each of its requests counts against the rate of that name."""

    def decorate(view):
        @wraps(view)
        def counted(request, *args, **kwargs):
            count_request(request, rate)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def client_address(request: HttpRequest) -> str:
    """Return the client's address as the outermost of our proxies saw it.

    Each of the ``PROXY_COUNT`` proxies appends the address it was asked from, so only
    the last so many entries are ours; everything before is the client's invention.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")
        address = forwarded[-settings.PROXY_COUNT :][0].strip() or address
    try:
        return str(ip_address(address))
    except ValueError:  # a Unix socket has none, and a client may send anything
        return "0.0.0.0"  # noqa: S104  a name for all of these, not a bind
