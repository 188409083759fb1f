"""How often one client may ask; the rates are settings (``JIAXING_RATE_*``)."""

import hashlib
import time
import zlib
from functools import lru_cache, wraps
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

SECONDS = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}
MARGIN = 5  # seconds that a count outlives its period, for clocks that differ


class TooManyRequests(PermissionDenied):
    """The client has to wait ``retry_after`` seconds; answered with 429."""

    def __init__(self, retry_after: int):
        """Keep the seconds for the Retry-After header."""
        super().__init__(f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


def count_request(request: HttpRequest, rate: str) -> None:
    """Count one request against the rate of that name; refuse one too many."""
    _count(rate, _client(client_address(request)))


def count_for(request: HttpRequest, rate: str, subject: str) -> None:
    """Count one act on ``subject`` against the rate; whoever does it, refuse one too many.

    The subject is an id or a keyed hash: it becomes part of a key in the cache.
    """
    _count(rate, subject)


def _count(rate: str, subject: str) -> None:
    """Count by periods that begin at a second of each subject's own, not all at the same."""
    limit, period = _parsed(settings.RATES[rate])
    now = int(time.time())
    begun = (now - zlib.crc32(subject.encode())) % period
    ends = now - begun + period
    counted = "/".join((rate, str(limit), str(period), subject, str(ends)))
    key = f"rate:{hashlib.sha256(counted.encode()).hexdigest()}"
    if _step(key, period + MARGIN) > limit:
        raise TooManyRequests(retry_after=ends - now)


def _step(key: str, lifetime: int) -> int:
    """Count one more, in one step where the cache knows how."""
    count = getattr(cache, "count", None)
    if count is not None:
        return count(key, lifetime)
    cache.add(key, 0, lifetime)
    return cache.incr(key)


@lru_cache(maxsize=50)
def _parsed(rate: str) -> tuple[int, int]:
    """Return count and seconds of a rate such as 120/m or 20/10s."""
    count, _sep, period = rate.partition("/")
    return int(count), int(period[:-1] or 1) * SECONDS[period[-1]]


def _client(address: str) -> str:
    """Return what counts as one client: an address, of the sixth version its network of 64 bits."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/64", strict=False).network_address)


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
