"""Who answers which address. The two health addresses are ``HealthMiddleware``'s."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("eligibility.urls")),
]

handler400 = "jiaxing_hukou.errors.bad_request"
handler403 = "jiaxing_hukou.errors.permission_denied"
handler404 = "jiaxing_hukou.errors.not_found"
handler500 = "jiaxing_hukou.errors.server_error"
