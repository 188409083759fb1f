"""How often passwords and codes may be tried, so that guessing is slow and nobody is locked out.

Three limits stand together. One address and one account: after five wrong passwords that address
waits (axes). One account: unknown browsers together have so many tries an hour, whatever their
addresses; a browser that signed in before has its own. One address: so many requests a minute.
Whoever has to wait can still set a new password with a code.
"""

from datetime import timedelta

from allauth.account.internal.userkit import user_id_to_str
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jiaxing_hukou.rate_limits import TooManyRequests, count_for, count_request

from . import devices
from .contacts import Contact, holder, read_contact

PAUSE = timedelta(minutes=15)


class SignInPaused(TooManyRequests):
    """Too many tries from where this browser stands, with one account or one code."""

    def __init__(self, retry_after: int, *, can_reset: bool):
        """Keep whether a new password helps."""
        super().__init__(retry_after)
        self.can_reset = can_reset


def pause(_request: HttpRequest | None = None) -> timedelta:
    """Return how long an address waits after too many wrong passwords for an account."""
    return PAUSE


def subject_of(request: HttpRequest, contact: Contact) -> str:
    """Return under what the tries of this browser with this account are counted.

    One subject whichever of its contacts is used; for a contact of no account it looks the same.
    """
    user = holder(contact)
    if user is None:
        return contact.subject
    number = devices.number_of(request, user.pk)
    return f"user:{user.pk}:{number}" if number else f"user:{user.pk}"


def count_sign_in(request: HttpRequest, contact: Contact) -> None:
    """Count one try to sign in; refuse one too many."""
    _count(request, "sign_in_account", subject_of(request, contact), can_reset=True)


def count_code_sent(request: HttpRequest, contact: Contact) -> None:
    """Count one message with a code, by address and by recipient."""
    count_request(request, "codes")
    _count(request, "codes_recipient", contact.subject)


def count_code_tried(request: HttpRequest, what: str) -> None:
    """Count one typed code of a session."""
    if not request.session.session_key:
        request.session.save()
    _count(request, "codes_tried", f"{what}:{request.session.session_key}")


def count_second_factor_tried(request: HttpRequest, user) -> None:
    """Count one typed second factor; the password was right before, so it is the account's."""
    _count(request, "codes_tried", f"second:{user_id_to_str(user)}")


def _count(request: HttpRequest, rate: str, subject: str, *, can_reset: bool = False) -> None:
    try:
        count_for(request, rate, subject)
    except TooManyRequests as error:
        raise SignInPaused(error.retry_after, can_reset=can_reset) from None


def axes_subject(request: HttpRequest, credentials: dict | None) -> str:
    """Return what axes calls the account: never what was typed."""
    credentials = credentials or {}
    for kind in ("phone", "email", "username"):
        if value := credentials.get(kind):
            return subject_of(request, read_contact(str(value)))
    return "nobody"


def paused_response(
    request: HttpRequest, _original: HttpResponse | None = None, _credentials=None
) -> HttpResponse:
    """Answer an address that has to wait (called by axes)."""
    return paused_page(request, retry_after=int(PAUSE.total_seconds()), can_reset=True)


def paused_page(request: HttpRequest, *, retry_after: int, can_reset: bool) -> HttpResponse:
    """Return the page that says how long to wait and what to do instead."""
    context = {"minutes": max(1, -(-retry_after // 60)), "can_reset": can_reset}
    response = render(request, "account/paused.html", context, status=429)
    response["Retry-After"] = retry_after
    response["Cache-Control"] = "no-store"
    return response
