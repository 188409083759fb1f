"""The browsers that a person signed in with before.

Each holds a signed cookie with a number of its own for the account. Guesses from a browser
without one are counted together, guesses from a known browser by themselves: a stranger who
tries passwords uses up his own tries and not those of the holder.
"""

from secrets import token_hex

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

MAX_AGE = 180 * 24 * 60 * 60
MOST_ACCOUNTS = 5
SALT = "jiaxing_hukou.accounts.devices"


def number_of(request: HttpRequest, user_id: int) -> str | None:
    """Return the number of this browser for the account; None if it is not known."""
    return _numbers(request).get(str(user_id))


def remember(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Let the browser be known for the account from now on."""
    numbers = _numbers(request)
    number = numbers.pop(str(user_id), None) or token_hex(8)
    newest = dict(list(numbers.items())[-(MOST_ACCOUNTS - 1) :]) | {str(user_id): number}
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(newest, salt=SALT),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _numbers(request: HttpRequest) -> dict[str, str]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        return signing.loads(cookie, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return {}
