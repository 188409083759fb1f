"""The home page, the help, and the switch to large print."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from eligibility.context_processors import ELDER_COOKIE
from eligibility.framed import framed
from jiaxing_hukou.rate_limits import limited


@require_safe
@limited("pages")
def home(request: HttpRequest) -> HttpResponse:
    """Show the three doors."""
    return framed(request, "home.html")


@require_safe
@limited("pages")
def help_page(request: HttpRequest) -> HttpResponse:
    """Show how the check works, what is stored and what it cannot decide."""
    return framed(request, "help.html")


@require_POST
@limited("pages")
def elder_mode(request: HttpRequest) -> HttpResponse:
    """Switch large print on or off, and go back to the page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = reverse("home")
    response = HttpResponseRedirect(target)
    if request.POST.get("elder") == "1":
        response.set_cookie(
            ELDER_COOKIE,
            "1",
            max_age=365 * 24 * 60 * 60,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    else:
        response.delete_cookie(ELDER_COOKIE, samesite="Lax")
    return response
