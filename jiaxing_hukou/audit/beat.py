"""What the clock starts for the audit log."""

from celery import shared_task
from django.utils import timezone

from jiaxing_hukou.audit.services import seal_days


@shared_task(name="audit.seal_days")
def seal() -> int:
    """Seal the days that are over; running twice is harmless, a missed night is caught up."""
    return len(seal_days(now=timezone.now()))
