"""Addresses of the check and its receipts."""

from django.urls import path

from eligibility.views import check, receipts

urlpatterns = [
    path("check/", check.start, name="check-start"),
    path("check/deleted/", check.deleted, name="check-deleted"),
    path("check/<str:token>/", check.resume, name="check-resume"),
    path("check/<str:token>/answers/", check.review, name="check-review"),
    path("check/<str:token>/day/", check.day, name="check-day"),
    path("check/<str:token>/rules/", check.renew, name="check-renew"),
    path("check/<str:token>/delete/", check.delete, name="check-delete"),
    path("check/<str:token>/family/", check.family, name="check-family"),
    path("check/<str:token>/family/<slug:member>/", check.member, name="check-member"),
    path(
        "check/<str:token>/family/<slug:member>/remove/",
        check.remove_member,
        name="check-member-remove",
    ),
    path("check/<str:token>/result/", check.result, name="check-result"),
    path("check/<str:token>/places/", check.compare, name="check-compare"),
    path("check/<str:token>/keep/", receipts.keep, name="check-keep"),
    path("check/<str:token>/<slug:question>/", check.question, name="check-question"),
    path("receipt/", receipts.lookup, name="receipt-lookup"),
    path("receipt/<str:reference>/", receipts.detail, name="receipt-detail"),
    path("receipt/<str:reference>/kept/", receipts.kept, name="receipt-kept"),
    path("receipt/<str:reference>/repeat/", receipts.repeat, name="receipt-repeat"),
    path("receipt/<str:reference>/delete/", receipts.delete, name="receipt-delete"),
    path("receipt/<str:reference>/code.svg", receipts.code, name="receipt-code"),
    path("receipt/<str:reference>/receipt.pdf", receipts.pdf, name="receipt-pdf"),
]
