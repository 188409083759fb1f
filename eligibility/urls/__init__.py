"""Addresses of the eligibility check and its receipts, and of the rules.

The API stands in ``jiaxing_hukou.urls``: other packages add operations to it first.
"""

from django.urls import include, path

urlpatterns = [
    path("", include("eligibility.urls.check")),
    path("", include("eligibility.urls.rules")),
]
