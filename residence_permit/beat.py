"""What the clock starts for the residence permit."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from residence_permit.notifications import delivery, receipts
from residence_permit.notifications.channels import OUTSIDE
from residence_permit.services import drafts, evidence, overdue, reminders, reports
from residence_permit.tasks import deliver_due_notices

SIDE_BY_SIDE = 4  # tasks of one sweep and channel
REMINDERS = {
    "holders": reminders.remind_holders,
    "corrections": reminders.remind_of_corrections,
    "drafts": reminders.remind_of_drafts,
}


@shared_task(name="residence_permit.sweep_notices")
def sweep_notices() -> int:
    """Hand over what is due, whatever message was lost; running twice is harmless."""
    now, size = timezone.now(), settings.NOTICES["BATCH"]
    delivery.park_poison(now=now)
    receipts.match(now=now)
    handed = 0
    for channel in OUTSIDE:
        due = delivery.waiting(channel, now=now, at_most=SIDE_BY_SIDE * size)
        for _ in range(-(-due // size)):
            deliver_due_notices.apply_async((channel,), expires=settings.NOTICES["SWEEP"])
            handed += 1
    return handed


@shared_task(name="residence_permit.remind")
def remind(what: str = "", after: int = 0) -> None:
    """Owe the reminders of today, chunk by chunk; running twice is harmless."""
    if not what:
        for each in REMINDERS:
            remind.delay(each)
        return
    chunk = REMINDERS[what](now=timezone.now(), after=after)
    if chunk.last is not None:
        remind.delay(what, chunk.last)


@shared_task(name="residence_permit.rescan_evidence")
def rescan_evidence() -> dict[str, int]:
    """Ask the scanner about the files that wait for it; running twice is harmless."""
    return evidence.rescan_held(now=timezone.now())


@shared_task(name="residence_permit.sweep_evidence")
def sweep_evidence() -> int:
    """Delete the files that no row names any more; running twice is harmless."""
    return evidence.sweep(now=timezone.now())


@shared_task(name="residence_permit.delete_expired_drafts")
def delete_expired_drafts() -> int:
    """Delete the drafts whose last day is over; running twice is harmless."""
    return drafts.delete_expired(now=timezone.now())


@shared_task(name="residence_permit.sweep_cases")
def sweep_cases() -> dict[str, int]:
    """Carry out what was approved, close what nobody answered; running twice is harmless."""
    now = timezone.now()
    return {
        "carried_out": overdue.carry_out_approved(now=now),
        "closed": overdue.close_unanswered(now=now),
    }


@shared_task(name="residence_permit.sweep_reports")
def sweep_reports() -> int:
    """Hand over the reports that no worker holds; running twice is harmless."""
    return reports.hand_over_due(now=timezone.now())


@shared_task(name="residence_permit.forget_refused_lines")
def forget_refused_lines() -> int:
    """Empty the lines of reports that nobody corrected in time; running twice is harmless."""
    return reports.forget_refused(now=timezone.now())
