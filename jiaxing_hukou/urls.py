"""Who answers which address. The two health addresses are ``HealthMiddleware``'s."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from residence_permit.api import api

# Staff sign in where everybody does: there the tries are counted and the second factor is asked.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("eligibility.urls")),  # first: it is asked for most, and tried in this order
    path("", include("jiaxing_hukou.accounts.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", api.urls),
    path("", include("residence_permit.urls")),
]

handler400 = "jiaxing_hukou.errors.bad_request"
handler403 = "jiaxing_hukou.errors.permission_denied"
handler404 = "jiaxing_hukou.errors.not_found"
handler500 = "jiaxing_hukou.errors.server_error"
