"""Every page of residence registration and of the permit."""

from django.urls import include, path

urlpatterns = [
    path("", include("residence_permit.urls.inbox")),
]
