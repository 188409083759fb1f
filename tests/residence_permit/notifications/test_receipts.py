"""Receipts come late, twice, out of order or too early; a notice only goes forward."""

from itertools import permutations

import pytest

from residence_permit.core.workflow import Status
from residence_permit.models import DeliveryReceipt, Notice
from residence_permit.notifications import delivery, receipts
from tests.residence_permit.notifications.mailroom import owed, owed_sms
from tests.residence_permit.workbench import NOW, case_in

pytestmark = pytest.mark.django_db


def _sent(simulator):
    notice = owed_sms()
    delivery.deliver([notice.pk], now=NOW)
    notice.refresh_from_db()
    return notice


def _keep(notice, outcome="delivered", **given):
    reference = given.pop("reference", notice.provider_reference)
    return receipts.keep(
        provider="simulator", reference=reference, outcome=outcome, now=NOW, **given
    )


def test_a_receipt_marks_the_notice_as_delivered_once(simulator):
    notice = _sent(simulator)

    news = [_keep(notice), _keep(notice)]

    notice.refresh_from_db()
    assert news == [True, False]
    assert (notice.state, notice.delivered_at) == ("delivered", NOW)


def test_a_receipt_that_hands_back_our_key_is_matched_too(simulator):
    notice = _sent(simulator)

    _keep(notice, reference=str(notice.key))

    notice.refresh_from_db()
    assert notice.state == "delivered"


def test_a_receipt_that_comes_before_our_commit_is_kept_until_it_matches(simulator):
    notice = owed_sms()
    [held] = delivery.claim("sms", "simulator", now=NOW)
    _keep(held, reference="sim-1")

    early = receipts.match(now=NOW)
    delivery.record([(held, delivery.Sent("sim-1"))], now=NOW)
    later = receipts.match(now=NOW)

    notice.refresh_from_db()
    assert (early, later, notice.state) == (0, 1, "delivered")
    assert not DeliveryReceipt.objects.filter(matched_at=None).exists()


@pytest.mark.parametrize("order", list(permutations(["delivered", "undeliverable"])))
def test_delivered_is_never_taken_back(simulator, order):
    notice = _sent(simulator)

    for outcome in order:
        _keep(notice, outcome)

    notice.refresh_from_db()
    assert notice.state == "delivered"


def test_what_could_not_be_delivered_becomes_a_task_of_the_desk_once(simulator):
    case = case_in(Status.ACCEPTED)
    case.applicant.phone, case.applicant.phone_verified = "+8613912345678", True
    case.applicant.save()
    [pk] = owed(case.applicant, template="case-accept", application=case)
    delivery.deliver([pk], now=NOW)
    notice = Notice.objects.get(pk=pk)

    _keep(notice, "undeliverable")
    _keep(notice, "undeliverable")

    notice.refresh_from_db()
    assert (notice.state, notice.failure) == ("failed", "undeliverable")
    [task] = Notice.objects.filter(template="desk-undeliverable")
    assert (task.recipient, task.application) == (case.holder, case)
