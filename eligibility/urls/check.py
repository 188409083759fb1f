"""Addresses of the check and its receipts."""

from django.urls import include, path

from eligibility.views import answers, check, family, question, receipts

# What stands before all of them is matched once.
QUESTIONNAIRE = [
    path("", check.resume, name="check-resume"),
    path("answers/", answers.review, name="check-review"),
    path("day/", check.day, name="check-day"),
    path("rules/", check.renew, name="check-renew"),
    path("delete/", check.delete, name="check-delete"),
    path("family/", family.family, name="check-family"),
    path("family/<slug:member>/", family.member, name="check-member"),
    path("family/<slug:member>/remove/", family.remove_member, name="check-member-remove"),
    path("result/", answers.result, name="check-result"),
    path("places/", answers.compare, name="check-compare"),
    path("keep/", receipts.keep, name="check-keep"),
    path("<slug:question>/", question.question, name="check-question"),
]
RECEIPT = [
    path("", receipts.detail, name="receipt-detail"),
    path("kept/", receipts.kept, name="receipt-kept"),
    path("repeat/", receipts.repeat, name="receipt-repeat"),
    path("delete/", receipts.delete, name="receipt-delete"),
    path("code.svg", receipts.code, name="receipt-code"),
    path("receipt.pdf", receipts.pdf, name="receipt-pdf"),
]

urlpatterns = [
    path("check/", check.start, name="check-start"),
    path("check/deleted/", check.deleted, name="check-deleted"),
    path("check/<str:token>/", include(QUESTIONNAIRE)),
    path("receipt/", receipts.lookup, name="receipt-lookup"),
    path("receipt/<str:reference>/", include(RECEIPT)),
]
