"""Work that services hand over. A task takes an id and makes one call."""

from celery import shared_task

from eligibility import measuring


@shared_task(name="eligibility.measure_impact")
def measure_impact(run_id: int) -> None:
    """Measure a draft on people; what does not fit into one task is handed to the next."""
    if measuring.measure(run_id):
        measure_impact.delay(run_id)
