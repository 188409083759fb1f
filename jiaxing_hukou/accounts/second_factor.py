"""The second factor: who has passed it, how recently, and what happens where it is missing.

A code is good once. The counter of the last one that was used is kept in the row and read under a
lock, so that neither a second request nor a second browser gets in with the same code.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .resend import ask_before_resending
from .sign_in_limits import count_second_factor_tried

LAST_COUNTER = "last_counter"
STEP_UP_FIELD = "second_factor_code"


def has_second_factor(user) -> bool:
    """Say whether the account has an authenticator app set up."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def counter_of(secret: str, code: str) -> int | None:
    """Return the time step that a code is of; None if it is none of now."""
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if compare_user_code(actual=code, expected=expected):
            return counter
    return None


def use_code(user, code: str) -> Authenticator | None:
    """Use up a code of the app or a recovery code; None if it is wrong or was used."""
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk).order_by("-type")
        for row in rows:
            row.user = user
            if row.type == Authenticator.Type.TOTP:
                counter = counter_of(decrypt(row.data["secret"]), code)
                if counter is not None and counter > row.data.get(LAST_COUNTER, -1):
                    keep_counter(row, counter)
                    return row
            elif row.type == Authenticator.Type.RECOVERY_CODES and row.wrap().validate_code(code):
                row.refresh_from_db()
                return row
    return None


def keep_counter(row: Authenticator, counter: int) -> None:
    """Keep which code of the app was used last."""
    row.data = row.data | {LAST_COUNTER: counter}
    row.save(update_fields=["data"])


def passed_at(request: HttpRequest) -> float | None:
    """Return when this session last passed a second factor, in seconds; None if never."""
    records = get_authentication_records(request, request.user)
    return max((entry["at"] for entry in records if entry.get("method") == "mfa"), default=None)


def passed_recently(request: HttpRequest, within: timedelta | None = None) -> bool:
    """Say whether this session passed a second factor within the time."""
    at = passed_at(request)
    seconds = settings.STEP_UP_SECONDS if within is None else within.total_seconds()
    return at is not None and 0 <= time.time() - at < seconds


def require_recent_second_factor(
    request: HttpRequest, within: timedelta | None = None
) -> HttpResponse | None:
    """Return None if the code was typed recently, else the page that asks for it.

    Reading a page leads to the question and back. What was posted is not lost: the page carries it
    along in its own form, and it is sent again together with the code.
    """
    if not has_second_factor(request.user):
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    if passed_recently(request, within):
        return None
    if request.method in ("GET", "HEAD"):
        back = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{back}")
    code = request.POST.get(STEP_UP_FIELD, "").strip()
    if code:
        count_second_factor_tried(request, request.user)
        if row := use_code(request.user, code):
            post_authentication(request, row, reauthenticated=True)
            return None
    return ask_before_resending(
        request, "account/step_up.html", {"wrong": bool(code), "code_name": STEP_UP_FIELD}
    )


def second_factor_required(within: timedelta | None = None) -> Callable:
    """Decorate a view that asks for a recent second factor before anything else."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return require_recent_second_factor(request, within) or view(request, *args, **kwargs)

        return asked

    return decorate
