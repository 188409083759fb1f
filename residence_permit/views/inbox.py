"""The messages of the person who is signed in."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from residence_permit.inbox_forms import WishesForm
from residence_permit.models import Notice
from residence_permit.services import inbox
from residence_permit.views.private import private

LARGEST = 2**63 - 1  # what a row's number can be


def _number(request: HttpRequest, name: str) -> int | None:
    """Return a row's number from the address; whatever else stands there leads nowhere."""
    text = request.GET.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST):
        raise Http404
    return int(text)


@require_safe
@private
def inbox_list(request: HttpRequest) -> HttpResponse:
    """Show the newest notices, or those before or after one."""
    page = inbox.inbox_page(
        user=request.user,
        language=get_language(),
        before=_number(request, "before"),
        after=_number(request, "after"),
    )
    unread = inbox.unread_count(user=request.user)
    return render(request, "residence_permit/inbox/list.html", {"page": page, "unread": unread})


@require_safe
@private
def notice_read(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Show a notice and record that it was read; another person's does not exist."""
    if notice_id > LARGEST:
        raise Http404
    try:
        notice = inbox.read_notice(
            user=request.user, notice_id=notice_id, language=get_language(), now=timezone.now()
        )
    except Notice.DoesNotExist:
        raise Http404 from None
    return render(request, "residence_permit/inbox/notice.html", {"notice": notice})


@require_http_methods(["GET", "HEAD", "POST"])
@private
def preferences(request: HttpRequest) -> HttpResponse:
    """Ask what else somebody wishes to get, and when."""
    kept = inbox.wishes(user=request.user)
    form = WishesForm(request.POST if request.method == "POST" else None, instance=kept)
    if form.is_valid():
        inbox.save_wishes(user=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. Your wishes hold from now on."))
        return redirect("notice-preferences")
    return render(request, "residence_permit/inbox/preferences.html", {"form": form})
