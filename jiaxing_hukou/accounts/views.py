"""The account's own page, and the few steps that allauth does not have."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .models import OutgoingMessage
from .phones import masked
from .second_factor import has_second_factor, keep_counter


@require_safe
@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show how one signs in, and lead to what can be changed."""
    user = request.user
    context = {
        "phone": masked(user.phone) if user.phone else "",
        "email": user.email,
        "has_password": user.has_usable_password(),
        "second_factor": has_second_factor(user),
        "sessions": UserSession.objects.filter(user=user).count(),
    }
    return render(request, "account/home.html", context)


@require_safe
@never_cache
@login_required
def signed_in(request: HttpRequest) -> HttpResponse:
    """Say that one is signed in, in a window that was opened only for that."""
    return render(request, "account/signed_in.html")


class ActivateView(ActivateTOTPView):
    """Set up the app; the code that proves it counts as the second factor of this session."""

    def form_valid(self, form):
        """Use up the code that was typed."""
        response = super().form_valid(form)
        row = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        keep_counter(row, form.counter)
        record_authentication(
            self.request, self.request.user, "mfa", id=row.pk, type=row.type, reauthenticated=True
        )
        return response


@require_safe
@never_cache
def local_messages(request: HttpRequest) -> HttpResponse:
    """Show what would have been sent; only where nothing is."""
    if not settings.DEMO_ALLOWED:
        raise Http404
    page = Paginator(OutgoingMessage.objects.all(), 20).get_page(request.GET.get("page"))
    return render(request, "account/local_messages.html", {"page": page})
