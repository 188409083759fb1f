"""What the clock starts for the check."""

from celery import shared_task
from django.utils import timezone

from eligibility.services.impact import hand_over_due
from eligibility.services.questionnaires import purge_expired


@shared_task(name="eligibility.purge_questionnaires")
def purge_questionnaires() -> int:
    """Delete the questionnaires whose thirty days are over; running twice is harmless."""
    return purge_expired(now=timezone.now())


@shared_task(name="eligibility.sweep_impact_runs")
def sweep_impact_runs() -> int:
    """Hand over the impact runs that no worker holds; running twice is harmless."""
    return hand_over_due(now=timezone.now())
