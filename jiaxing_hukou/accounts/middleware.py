"""What being signed in asks for on every request: not too long idle, and staff's second factor."""

import logging
import time
from urllib.parse import urlencode

import requests
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaxing_hukou.rate_limits import count_request

from .resend import ask_before_resending, came_from_here
from .second_factor import has_second_factor, passed_at
from .sign_in_limits import SignInPaused, paused_page

logger = logging.getLogger(__name__)

SEEN = "seen_at"
NOTED_EVERY = 60  # seconds; each note is a write
# What each address may be asked for by posting, by the name of its rate.
RATES = {
    "account_login": "sign_in",
    "account_reauthenticate": "sign_in",
    "mfa_authenticate": "sign_in",
    "mfa_reauthenticate": "sign_in",
    "account_signup": "sign_up",
    "socialaccount_signup": "sign_up",
}
# Where staff may go without the second factor: to set it up, and out.
OPEN_TO_STAFF = {
    "account_logout",
    "account_reauthenticate",
    "elder-mode",
    "mfa_activate_totp",
    "mfa_reauthenticate",
    "set_language",
}


class SignInMiddleware:
    """End idle sessions, send staff to their second factor, and keep what was typed."""

    def __init__(self, get_response):
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; a form sent after the session ended is not lost."""
        idle = self._has_session(request) and self._end_if_idle(request)
        response = self.get_response(request)
        if request.method == "POST" and _leads_to_sign_in(response) and came_from_here(request):
            context = {"signed_out": True, "idle": idle, "sign_in": _sign_in_url(request)}
            return ask_before_resending(request, "account/resend.html", context, status=403)
        if self._has_session(request) and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request, view, args, kwargs):
        """Count tries by address; let staff without second factor only set it up."""
        name = request.resolver_match.view_name
        if request.method == "POST" and name in RATES:
            count_request(request, RATES[name])
        if not self._has_session(request) or name in OPEN_TO_STAFF or _is_for_programs(request):
            return None
        user = request.user
        if not user.is_authenticated or not user.is_staff or passed_at(request) is not None:
            return None
        where = "mfa_reauthenticate" if has_second_factor(user) else "mfa_activate_totp"
        back = {"next": request.get_full_path()} if request.method == "GET" else {}
        return HttpResponseRedirect(f"{reverse(where)}?{urlencode(back)}".rstrip("?"))

    def process_exception(self, request, exception):
        """Answer a paused sign-in with its own page, and a provider that is away with ours."""
        if isinstance(exception, SignInPaused):
            return paused_page(
                request, retry_after=exception.retry_after, can_reset=exception.can_reset
            )
        if isinstance(exception, requests.RequestException) and _is_elsewhere(request):
            logger.warning("provider of sign-ins failed", extra={"kind": type(exception).__name__})
            messages.error(
                request,
                _("Signing in there does not work at the moment. Use your number or address here."),
            )
            return HttpResponseRedirect(resolve_url(settings.LOGIN_URL))
        return None

    @staticmethod
    def _has_session(request: HttpRequest) -> bool:
        return settings.SESSION_COOKIE_NAME in request.COOKIES

    @staticmethod
    def _end_if_idle(request: HttpRequest) -> bool:
        """End a session that nobody used for too long; else note that it is used."""
        user = request.user
        if not user.is_authenticated:
            return False
        now = time.time()
        seen = request.session.get(SEEN, now)
        allowed = settings.SESSION_IDLE_SECONDS["staff" if user.is_staff else "residents"]
        if now - seen > allowed:
            logout(request)
            messages.info(request, _("You were away for a while, so we signed you out."))
            return True
        if SEEN not in request.session or not 0 <= now - seen < NOTED_EVERY:
            request.session[SEEN] = now
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=timezone.now()
            )
        return False


def _leads_to_sign_in(response: HttpResponse) -> bool:
    location = response.headers.get("Location", "")
    return response.status_code == 302 and location.startswith(
        (f"{resolve_url(settings.LOGIN_URL)}?next=", f"{reverse('admin:login')}?next=")
    )


def _sign_in_url(request: HttpRequest) -> str:
    back = urlencode({"next": reverse("account-signed-in")})
    return f"{resolve_url(settings.LOGIN_URL)}?{back}"


def _is_elsewhere(request: HttpRequest) -> bool:
    return request.resolver_match.view_name.startswith("openid_connect_")


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
