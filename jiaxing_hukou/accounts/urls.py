"""Addresses of the account: allauth's, after the few that are ours."""

from django.conf import settings
from django.urls import include, path
from django.views.decorators.cache import never_cache

from . import views

urlpatterns = [
    path("accounts/", views.home, name="account-home"),
    path("accounts/signed-in/", views.signed_in, name="account-signed-in"),
    path(
        "accounts/2fa/totp/activate/",
        never_cache(views.ActivateView.as_view()),
        name="mfa_activate_totp",
    ),
    path("accounts/", include("allauth.urls")),
]
if settings.DEMO_ALLOWED:
    urlpatterns.append(path("dev/messages/", views.local_messages, name="local-messages"))
