"""Delivery receipts: what providers say later, twice, out of order, or before we have recorded.

Each is kept until the notice that it is about is found. A notice only goes forward: "delivered"
is never taken back, "undeliverable" may still be followed by "delivered".
"""

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from residence_permit.models import DeliveryReceipt, Notice
from residence_permit.notifications import delivery

logger = logging.getLogger(__name__)

UNDELIVERABLE = "undeliverable"
AT_ONCE = 500  # receipts matched in one go


def keep(*, provider: str, reference: str, outcome: str, now: datetime, code: str = "") -> bool:
    """Keep a receipt and match it if that is possible already; return whether it is news."""
    with transaction.atomic():
        receipt, is_new = DeliveryReceipt.objects.get_or_create(
            provider=provider,
            reference=reference,
            outcome=outcome,
            defaults={"received_at": now, "code": code},
        )
        if is_new:
            _match(receipt, now)
    return is_new


def match(*, now: datetime) -> int:
    """Match what came before its notice was recorded; return how many were."""
    matched = 0
    waiting = DeliveryReceipt.objects.filter(matched_at=None).order_by("received_at")
    for receipt in waiting[:AT_ONCE]:
        with transaction.atomic():
            matched += _match(receipt, now)
    return matched


def _match(receipt: DeliveryReceipt, now: datetime) -> bool:
    about = Q(provider_reference=receipt.reference)
    with suppress(ValueError):
        about |= Q(key=UUID(receipt.reference))  # some hand our key back instead of theirs
    found = Notice.objects.filter(about, provider=receipt.provider)
    notice = found.select_for_update(of=("self",)).select_related("application__station").first()
    if notice is None or notice.state not in (
        Notice.State.SENT,
        Notice.State.DELIVERED,
        Notice.State.FAILED,
    ):
        return False
    if receipt.outcome == DeliveryReceipt.Outcome.DELIVERED:
        notice.state, notice.failure = Notice.State.DELIVERED, ""
        notice.delivered_at = notice.delivered_at or receipt.received_at
        notice.sent_at = notice.sent_at or receipt.received_at
        notice.save(update_fields=("state", "failure", "delivered_at", "sent_at"))
    elif notice.state == Notice.State.SENT:
        notice.state, notice.failure = Notice.State.FAILED, UNDELIVERABLE
        notice.save(update_fields=("state", "failure"))
        logger.warning("notices.undeliverable", extra={"notice": notice.pk, "code": receipt.code})
        delivery.tell_desk(notice, now=now)
    receipt.matched_at = now
    receipt.save(update_fields=("matched_at",))
    return True
