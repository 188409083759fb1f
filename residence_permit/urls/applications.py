"""Applications of the person who is signed in, and where a case stands without an account."""

from django.urls import path

from residence_permit.views import applications, case_evidence, case_status, cases, my_portal

CASE = "permit/applications/<str:reference>/"

urlpatterns = [
    path("my/", my_portal.my_portal, name="my-portal"),
    path("permit/status/", case_status.look_up, name="case-status"),
    path("permit/applications/start/", applications.start, name="case-start"),
    path(CASE, cases.detail, name="case-detail"),
    path(f"{CASE}steps/<slug:step>/", applications.step, name="case-step"),
    path(f"{CASE}papers/<slug:requirement>/", case_evidence.papers, name="case-evidence"),
    path(f"{CASE}files/<int:number>/", case_evidence.file, name="case-file"),
    path(f"{CASE}files/<int:number>/remove/", case_evidence.remove, name="case-file-remove"),
    path(f"{CASE}review/", applications.review, name="case-review"),
    path(f"{CASE}receipt/", cases.receipt, name="case-receipt"),
    path(f"{CASE}receipt.pdf", cases.receipt_pdf, name="case-receipt-pdf"),
    path(f"{CASE}decision/", cases.decision, name="case-decision"),
    path(f"{CASE}decision.pdf", cases.decision_pdf, name="case-decision-pdf"),
    path(f"{CASE}items/<int:number>/", cases.item, name="case-item"),
    path(f"{CASE}resubmit/", cases.resubmit, name="case-resubmit"),
    path(f"{CASE}withdraw/", cases.withdraw, name="case-withdraw"),
    path(f"{CASE}reconsideration/", cases.request_review, name="case-request-review"),
    path(f"{CASE}escalate/", cases.escalate, name="case-escalate"),
    path(f"{CASE}delete/", applications.delete, name="case-delete"),
    path(f"{CASE}again/", applications.again, name="case-again"),
]
