"""What a code shows to whoever was given it, without an account."""

import io
from collections.abc import Callable
from functools import wraps

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from eligibility.references import grouped, is_well_formed, normalise
from jiaxing_hukou.encryption import keyed_hash
from jiaxing_hukou.rate_limits import count_for, limited
from residence_permit.forms.permit import CodeForm
from residence_permit.presentation import sharing as words
from residence_permit.presentation.days import moment
from residence_permit.services import sharing
from residence_permit.views.case_access import posted
from residence_permit.views.sharing import link_of

FOLDER = "residence_permit/permit/"


def _public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a page whose address opens it: kept by nobody, indexed by nobody, told to nobody.

    The referrer is the portal's name alone. ``no-referrer`` would also hide from the portal where
    a form was sent from, and language and large print could not be switched here.
    """

    @limited("verify")
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response["Referrer-Policy"] = "strict-origin"
        return response

    return guarded


@require_safe
@_public
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a code shows now; each time is one look that its holder can see.

    A code that nobody made, one that has run out and one that was withdrawn get one answer.
    """
    if not is_well_formed(code):
        return render(request, f"{FOLDER}verify_nothing.html", {"mistyped": True}, status=404)
    # Whoever changes addresses looks no more often; a code that nobody made counts as well.
    count_for(request, "verify_code", keyed_hash(normalise(code), "verify"))
    now = timezone.now()
    checked = sharing.check_share(code=code, now=now)
    if checked is None:
        return render(request, f"{FOLDER}verify_nothing.html", status=404)
    context = {
        "valid": checked.valid,
        "purpose": checked.purpose,
        "shown": words.shown_values(checked),
        "until": words.until_text(checked.last_day),
        "moment": moment(now),
    }
    return render(request, f"{FOLDER}verify.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_public
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for a code that was written or told."""
    form = CodeForm(posted(request))
    if form.is_valid():
        return redirect("verify", grouped(form.cleaned_data["code"]))
    return render(
        request, f"{FOLDER}verify_enter.html", {"form": form}, status=422 if form.errors else 200
    )


@require_safe
@_public
def picture(request: HttpRequest, code: str) -> HttpResponse:
    """Return the address of a code as a QR code; whether there is such a code is not looked up."""
    if not is_well_formed(code):
        raise Http404
    out = io.BytesIO()
    image = segno.make(link_of(request, code), error="m")
    image.save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")
