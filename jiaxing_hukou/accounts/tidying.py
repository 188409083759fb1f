"""What is kept about signing in goes again when it is no longer needed."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db.models import ProtectedError

from .models import OutgoingMessage, User

UNFINISHED_FOR = timedelta(days=1)
ATTEMPTS_FOR = timedelta(days=1)
MESSAGES_FOR = timedelta(days=7)
MOST_AT_ONCE = 500


def forget_unfinished(*, now: datetime) -> int:
    """Delete accounts that were begun and never confirmed; return how many."""
    confirmed = EmailAddress.objects.filter(verified=True).values("user_id")
    begun = User.objects.filter(
        date_joined__lt=now - UNFINISHED_FOR,
        last_login=None,
        phone_verified=False,
        is_staff=False,
        is_demo=False,
        socialaccount=None,
    ).exclude(pk__in=confirmed)
    count = 0
    for user in begun[:MOST_AT_ONCE]:
        try:
            user.delete()
            count += 1
        except ProtectedError:  # somebody entered data for it; then it stays
            continue
    return count


def forget_traces(*, now: datetime) -> None:
    """Delete ended sessions, old failures and old messages of the local outbox."""
    Session.objects.filter(expire_date__lt=now).delete()
    living = Session.objects.values("session_key")
    UserSession.objects.filter(last_seen_at__lt=now - UNFINISHED_FOR).exclude(
        session_key__in=living
    ).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_FOR).delete()
    OutgoingMessage.objects.filter(at__lt=now - MESSAGES_FOR).delete()
