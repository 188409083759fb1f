"""How a holder shows his permit: codes made, shown once, listed with every look, withdrawn."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility.references import grouped
from residence_permit.core.deadlines import day_of
from residence_permit.forms.permit import ShareForm
from residence_permit.models import ShareCode
from residence_permit.presentation import sharing as words
from residence_permit.services import holder, sharing
from residence_permit.services.sharing import Shared, SharingError
from residence_permit.views.case_access import page, posted
from residence_permit.views.permit import held_or_404

FOLDER = "residence_permit/permit/"
CODE_COOKIE = "jiaxing_share_code"
CODE_SHOWN_FOR = 10 * 60  # seconds: long enough to change language or print, then gone


@page()
def listed(request: HttpRequest, permit_id: int) -> HttpResponse:
    """Show the codes of a permit and every look through them."""
    held = held_or_404(holder.held_permits(request.user), permit_id)
    now = timezone.now()
    lines = [words.code_line(row, now) for row in sharing.codes_of(permit_id)]
    context = {
        "held": held,
        "active": [line for line in lines if line.active],
        "over": [line for line in lines if not line.active],
        "closed": held.permit.closed_on is not None,
    }
    return render(request, f"{FOLDER}share_list.html", context)


@page("POST")
def new(request: HttpRequest, permit_id: int) -> HttpResponse:
    """Ask what for, how long and what is shown; make a code."""
    held = held_or_404(holder.held_permits(request.user), permit_id)
    now = timezone.now()
    form = ShareForm(posted(request), days=sharing.share_days(), today=day_of(now))
    if form.is_valid():
        try:
            made = sharing.create_share(
                permit_id=permit_id, actor=request.user, now=now, **form.given
            )
        except SharingError as error:
            form.refuse(error)
        else:
            return _shown_once(made)
    context = {"held": held, "form": form}
    return render(request, f"{FOLDER}share_new.html", context, status=422 if form.errors else 200)


def _shown_once(made: Shared) -> HttpResponse:
    """Lead to the page that shows the code, in this browser and for a few minutes."""
    path = reverse("share-made", args=[made.row.pk])
    response = redirect(path)
    response.set_signed_cookie(
        CODE_COOKIE,
        made.code,
        salt=_salt(made.row),
        max_age=CODE_SHOWN_FOR,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def _salt(row: ShareCode) -> str:
    return f"share:{row.pk}"


def _own(request: HttpRequest, code_id: int) -> ShareCode:
    try:
        return sharing.own_code(code_id=code_id, actor=request.user)
    except ShareCode.DoesNotExist:
        raise Http404 from None


@page()
def made(request: HttpRequest, code_id: int) -> HttpResponse:
    """Show code, link and QR code; afterwards nobody can, not even the portal."""
    row = _own(request, code_id)
    try:
        code = request.get_signed_cookie(CODE_COOKIE, salt=_salt(row), max_age=CODE_SHOWN_FOR)
    except (KeyError, BadSignature):
        return redirect("share-list", row.permit_id)
    context = {
        "row": row,
        "code": grouped(code),
        "url": link_of(request, code),
        "until": words.until_text(sharing.last_day(row)),
        "shows": words.shows_text(row.shows),
    }
    return render(request, f"{FOLDER}share_made.html", context)


def link_of(request: HttpRequest, code: str) -> str:
    """Return the address under which a code shows the permit."""
    return request.build_absolute_uri(reverse("verify", args=[grouped(code)]))


@page("POST")
def revoke(request: HttpRequest, code_id: int) -> HttpResponse:
    """Ask once more, then let a code show nothing."""
    row = _own(request, code_id)
    now: datetime = timezone.now()
    if request.method == "POST":
        sharing.revoke_share(code_id=row.pk, actor=request.user, now=now)
        messages.success(request, _("Withdrawn. The code shows nothing any more."))
        return redirect("share-list", row.permit_id)
    if not sharing.is_active(row, now):
        return redirect("share-list", row.permit_id)
    context = {"row": row, "back_url": reverse("share-list", args=[row.permit_id])}
    return render(request, f"{FOLDER}share_revoke.html", context)
