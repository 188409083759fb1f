"""A kept answer opened by somebody on the staff: it is somebody's statement, so it is recorded."""

from datetime import datetime
from typing import Any

from django.db import transaction

from eligibility.models import Receipt
from eligibility.services.checks import find_receipt
from jiaxing_hukou.audit import services as audit

COUNTER, EXAMPLE = "counter", "worked_example"  # why it was opened


@transaction.atomic
def open_receipt(*, reference: str, actor: Any, purpose: str, now: datetime) -> Receipt:
    """Return a kept answer, and record who opened it and what for.

    Raises ReceiptUnknown or ReceiptDeleted. If it cannot be recorded, it is not shown.
    """
    receipt = find_receipt(reference)
    audit.record(
        actor_id=actor.pk,
        act="open_receipt",
        subject=f"receipt:{receipt.pk}",
        purpose=purpose,
        now=now,
    )
    return receipt
