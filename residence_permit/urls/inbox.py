"""The messages of the person who is signed in."""

from django.urls import path

from residence_permit.views import inbox

urlpatterns = [
    path("messages/", inbox.inbox_list, name="inbox"),
    path("messages/preferences/", inbox.preferences, name="notice-preferences"),
    path("messages/<int:notice_id>/", inbox.notice_read, name="notice-read"),
]
