"""The permit of the person who is signed in, and what a code of his shows to others."""

from django.urls import path

from residence_permit.views import permit, sharing, verify

PERMIT = "permit/<int:permit_id>/"
CODE = "permit/codes/<int:code_id>/"

urlpatterns = [
    path("permit/", permit.home, name="permit-home"),
    path(PERMIT, permit.detail, name="permit-detail"),
    path(f"{PERMIT}ledger/", permit.ledger, name="permit-ledger"),
    path(f"{PERMIT}services/", permit.services, name="permit-services"),
    path(f"{PERMIT}codes/", sharing.listed, name="share-list"),
    path(f"{PERMIT}codes/new/", sharing.new, name="share-new"),
    path(f"{CODE}made/", sharing.made, name="share-made"),
    path(f"{CODE}revoke/", sharing.revoke, name="share-revoke"),
    path("verify/", verify.enter, name="verify-enter"),
    path("verify/<str:code>/", verify.verify, name="verify"),
    path("verify/<str:code>/code.svg", verify.picture, name="verify-qr"),
]
