"""Owes notices and drains them to a channel that keeps nothing; prints JSON.

``python -m benchmarks.workers.notices COUNT``, with DATABASE_URL of an empty PostgreSQL.
"""

import json
import resource
import sys
from collections.abc import Sequence
from time import perf_counter

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from residence_permit.models import Notice  # noqa: E402
from residence_permit.notifications import channels, delivery, outbox, people  # noqa: E402
from residence_permit.notifications.channels.base import Message, Outcome, Sent  # noqa: E402
from tests.residence_permit.notifications.mailroom import reachable  # noqa: E402


class NullChannel:
    """Takes everything at once and gives each message a reference of its own."""

    slice_size = 200

    def preferred(self) -> str:
        """Return the one provider."""
        return "null"

    def addresses(self, user_ids: Sequence[int]):
        """Return the confirmed phone numbers."""
        return people.phones_of(user_ids)

    def send(self, messages: Sequence[Message], in_time) -> Sequence[Outcome]:
        """Say that all were sent."""
        return [Sent(str(message.key)) for message in messages]


def _owe(user, number: int, series: str) -> float:
    """Owe one notice after another, each with its own transaction; return seconds."""
    now, start = timezone.now(), perf_counter()
    for place in range(number):
        with transaction.atomic():
            outbox.owe(
                cause=f"benchmark:{series}:{place}",
                template="registration-reported",
                recipients=(user,),
                now=now,
            )
    seconds = perf_counter() - start
    Notice.objects.filter(channel="email", state="pending").update(state="cancelled")
    return seconds


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_batches() -> dict[str, float]:
    start = perf_counter()
    done = delivery.deliver_due("sms", now=timezone.now(), seconds=600)
    return {"sent": done["sent"], "seconds": perf_counter() - start}


def _one_by_one() -> dict[str, float]:
    ids = list(Notice.objects.filter(channel="sms", state="pending").values_list("pk", flat=True))
    start = perf_counter()
    sent = sum(delivery.deliver([pk], now=timezone.now())["sent"] for pk in ids)
    return {"sent": sent, "seconds": perf_counter() - start}


def main(count: int) -> None:
    """Measure and print."""
    call_command("migrate", verbosity=0)
    channels._CHANNELS["sms"] = NullChannel
    user, few = reachable(), max(count // 20, 10)
    _owe(user, few, "warm")
    _in_batches()
    _owe(user, few, "one")
    single = _one_by_one()
    owing = _owe(user, count, "many")
    before = _memory_mb()
    batches = _in_batches()
    found = {
        "owe_ms": owing / count * 1000,
        "batches": batches,
        "single": single,
        "memory_growth_mb": _memory_mb() - before,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
