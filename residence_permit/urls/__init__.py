"""Every page of residence registration and of the permit."""

from django.urls import include, path

urlpatterns = [
    path("", include("residence_permit.urls.applications")),
    path("", include("residence_permit.urls.inbox")),
    path("", include("residence_permit.urls.my_data")),
    path("", include("residence_permit.urls.permit")),
    path("", include("residence_permit.urls.reports")),
    path("", include("residence_permit.urls.residence")),
]
