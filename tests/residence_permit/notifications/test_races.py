"""Several workers at once: each notice is sent by one of them."""

import threading

import pytest
from django.db import connection, connections

from residence_permit.models import Notice
from residence_permit.notifications import delivery
from tests.residence_permit.notifications.mailroom import owed, reachable
from tests.residence_permit.workbench import NOW

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WORKERS = 4


def _side_by_side(work):
    barrier, failures = threading.Barrier(WORKERS), []

    def run():
        try:
            barrier.wait(10)
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def _text_messages(number):
    users = [reachable() for _ in range(number)]
    ids = owed(*users)
    rows = Notice.objects.filter(pk__in=ids, channel="sms")
    return list(rows.values_list("pk", flat=True))


def test_workers_side_by_side_send_each_once(simulator, settings, counts):
    settings.NOTICES = settings.NOTICES | {"BATCH": 10}
    number = counts(60, 1000)
    ids = _text_messages(number)

    _side_by_side(lambda: delivery.deliver_due("sms", now=NOW, seconds=60))
    _side_by_side(lambda: delivery.deliver(ids[:10], now=NOW))  # messages tripled

    assert len(simulator.ledger.delivered) == number
    assert set(simulator.ledger.asked.values()) == {1}
    assert set(Notice.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"sent"}


def test_without_the_lease_the_same_run_asks_twice(simulator, monkeypatch, settings):
    """The control run: with the claim taken away, workers ask for the same notices."""

    def everybody_takes_all(name, provider, *, now, ids=None, lapsed=False):
        if lapsed:
            return []
        rows = Notice.objects.filter(channel=name, state="pending")
        return list(rows.select_related("recipient", "application", "permit"))

    Notice.objects.filter(pk__in=_text_messages(8)).update(provider="simulator")
    monkeypatch.setattr(delivery, "claim", everybody_takes_all)

    _side_by_side(lambda: delivery._batch("sms", delivery.channel("sms"), delivery.Clock(NOW)))

    assert max(simulator.ledger.asked.values()) > 1
    assert len(simulator.ledger.delivered) == 8  # the key still keeps it to one each


def test_a_claim_waits_for_nobody_who_holds_a_row(simulator):
    first, second = _text_messages(2)
    seen = []

    def other_worker():
        seen.extend(n.pk for n in delivery.claim("sms", "simulator", now=NOW))
        connections.close_all()

    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM residence_permit_notice WHERE id = %s FOR UPDATE", [first])
        thread = threading.Thread(target=other_worker)
        thread.start()
        thread.join(10)
        cursor.execute("ROLLBACK")

    assert seen == [second]
