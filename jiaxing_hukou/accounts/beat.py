"""What the clock starts for the accounts."""

from celery import shared_task
from django.utils import timezone

from .tidying import forget_traces, forget_unfinished


@shared_task(name="accounts.tidy")
def tidy() -> int:
    """Forget unfinished accounts and old traces; running twice is harmless."""
    now = timezone.now()
    forget_traces(now=now)
    return forget_unfinished(now=now)
