"""Residence registration and the real-name profile of the person who is signed in."""

from django.urls import path

from residence_permit.views import residence, residence_people

ROW = "residence/<str:reference>/"

urlpatterns = [
    path("residence/", residence.home, name="residence-home"),
    path("residence/profile/", residence_people.profile, name="residence-profile"),
    path("residence/people/add/", residence_people.ward_add, name="residence-ward-add"),
    path("residence/people/<int:person_id>/", residence_people.ward, name="residence-ward"),
    path("residence/register/", residence.register, name="residence-register"),
    path("residence/register/<int:person_id>/", residence.register, name="residence-register-ward"),
    path(f"{ROW}change/", residence.change, name="residence-change"),
    path(f"{ROW}end/", residence.end, name="residence-end"),
    path(f"{ROW}confirm/", residence.confirm, name="residence-confirm"),
    path(f"{ROW}deny/", residence.deny, name="residence-deny"),
]
