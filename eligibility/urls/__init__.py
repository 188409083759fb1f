"""Addresses of the eligibility check: the API, the check and its receipts, the rules."""

from django.urls import include, path

from eligibility.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("eligibility.urls.check")),
    path("", include("eligibility.urls.rules")),
]
