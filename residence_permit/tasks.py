"""Work that services hand over. A task takes ids and makes one call."""

from celery import shared_task
from django.utils import timezone

from residence_permit.notifications import delivery, outbox
from residence_permit.reports import reading

DUE_SECONDS = 20  # of one task; what is left is the next sweep's


@shared_task(name=outbox.DELIVER)
def deliver_notices(ids: list[int]) -> None:
    """Send these notices; whoever is told twice finds them claimed or sent."""
    delivery.deliver(ids, now=timezone.now())


@shared_task(name="residence_permit.deliver_due_notices")
def deliver_due_notices(channel: str) -> None:
    """Send what is due on a channel, as long as the time of one task allows."""
    delivery.deliver_due(channel, now=timezone.now(), seconds=DUE_SECONDS)


@shared_task(name="residence_permit.read_report")
def read_report(batch_id: int) -> None:
    """Carry out a report; what does not fit into one task is handed to the next."""
    if reading.read(batch_id):
        read_report.delay(batch_id)
