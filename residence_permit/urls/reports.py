"""Reports of employees and tenants in bulk, for accounts that may report."""

from django.urls import path, re_path

from residence_permit.views import reports

urlpatterns = [
    path("reports/", reports.home, name="report-home"),
    path("reports/upload/", reports.upload, name="report-upload"),
    re_path(r"^reports/template\.(?P<kind>csv|xlsx)$", reports.template, name="report-template"),
    path("reports/<str:reference>/", reports.batch, name="report-batch"),
    path("reports/<str:reference>/results/", reports.results, name="report-results"),
]
