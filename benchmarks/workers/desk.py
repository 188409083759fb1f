"""Adds cases to the database in use and measures the workbench over all of them; prints JSON.

``python -m benchmarks.workers.desk MORE ROUNDS``, with DATABASE_URL of a migrated PostgreSQL.
"""

import json
import resource
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from jiaxing_hukou.accounts.models import User  # noqa: E402
from jiaxing_hukou.encryption import keyed_hash  # noqa: E402
from residence_permit import queues  # noqa: E402
from residence_permit.models import PermitApplication, Person  # noqa: E402
from residence_permit.queues import Place, Queue, Wanted  # noqa: E402
from residence_permit.reports.streams import stream  # noqa: E402
from residence_permit.services import case_export, review, statistics  # noqa: E402
from tests.accounts import sign_in_staff  # noqa: E402
from tests.residence_permit import workbench as builders  # noqa: E402
from tests.residence_permit.many_cases import ID_NUMBER, seed  # noqa: E402
from tests.residence_permit.workbench import OTHER_TOWNSHIP, office, officer  # noqa: E402

settings.ALLOWED_HOSTS = ["testserver"]
settings.SECURE_SSL_REDIRECT = False
ADDRESS = reverse("admin:workbench")


@contextmanager
def calls():
    """Yield what collects the queries that are made meanwhile, as statement and parameters."""
    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def database_ms(act: Callable[[], Any]) -> float:
    """Return how long the database plans and executes the queries of an act, by its own account."""
    with calls() as made:
        act()
    total = 0.0
    with connection.cursor() as cursor:
        for sql, params in made:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            plan = cursor.fetchone()[0][0]
            total += plan["Planning Time"] + plan["Execution Time"]
    return total


def p95(times: list[float]) -> float:
    """Return the time that 95 of 100 stay under."""
    return quantiles(times, n=20)[-1]


def timed(act: Callable[[int], Any], rounds: int) -> list[float]:
    """Return how many milliseconds each round took."""
    times = []
    for number in range(rounds):
        start = perf_counter()
        act(number)
        times.append((perf_counter() - start) * 1000)
    return times


def place_at(who: User, queue: Queue, share: float) -> Place | None:
    """Return a place so deep in a queue, found the slow way."""
    rows = PermitApplication.objects.filter(queues.reach_of(who))
    rows = rows.filter(status__in=queues.statuses_of(queue)).order_by(*queues.ORDER)
    if queue is Queue.MINE:
        rows = rows.filter(holder=who)
    number = int(rows.count() * share)
    found = list(rows[number : number + 1])
    return Place.of(found[0]) if found and share else None


def depths(people: dict[str, User], today: Any, rounds: int) -> dict[str, list[float]]:
    """Return the database's time for a page of each queue at its start, middle and end."""
    found: dict[str, list[float]] = {}
    for queue in Queue:
        for share, name in ((0, "start"), (0.5, "middle"), (0.99, "end")):
            line = found.setdefault(f"{queue}, {name}", [])
            for who in people.values():
                wanted = Wanted(user=who, queue=queue, today=today)
                after = place_at(who, queue, share)
                asked = partial(queues.page, wanted, after)
                line.append(median(database_ms(asked) for _ in range(rounds)))
    return found


def exported(who: User, now: Any) -> tuple[float, float]:
    """Return rows a second and the memory that was added, in MB."""
    rows = case_export.export_cases(wanted=case_export.Wanted(user=who), file_kind="xlsx", now=now)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, done = perf_counter(), 0

    def counted():
        nonlocal done
        for row in rows:
            done += 1
            yield row

    for _piece in stream(counted(), "xlsx"):
        pass
    seconds = perf_counter() - start
    return done / seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main(more: int, rounds: int) -> dict[str, Any]:
    """Add the cases, measure, return the figures."""
    now = timezone.now()
    today = timezone.localdate(now)
    builders._serial = count(10 * User.objects.count() + 1)  # names that nobody has yet
    here, there = office(), office(OTHER_TOWNSHIP)
    me, boss = officer(here), builders.supervisor(here.parent)
    people = {"officer": me, "county": boss, "city": builders.supervisor(here.parent.parent)}
    applicant = builders.account()
    base = seed(
        more,
        station=here,
        elsewhere=there,
        applicant=applicant,
        holders=[me, *(officer(here) for _ in range(20))],
        now=now,
    )
    id_hash = keyed_hash(ID_NUMBER, "id_number")
    if not Person.objects.filter(id_hash=id_hash).exists():
        Person.objects.filter(pk=base + 1).update(id_hash=id_hash)
        PermitApplication.objects.filter(pk=base + 1).update(id_hash=id_hash, station=here)
    client = sign_in_staff(Client(), me)
    # Off the first page of each queue, so that a deep one is measured as well.
    pages = [f"{ADDRESS}?queue={queue}" for queue in Queue]
    for address in list(pages):
        following = client.get(address).context_data["next_url"]
        if following:
            pages.append(following)
    times = timed(lambda number: client.get(pages[number % len(pages)]), rounds * 2)
    with calls() as made:
        client.get(pages[0])
    wanted = Wanted(user=boss, queue=Queue.MINE, today=today)
    counting = [database_ms(partial(queues.counts, wanted)) for _ in range(5)]
    found = depths(people, today, 5)
    reference = PermitApplication.objects.get(pk=base + more // 2).reference
    search = reverse("admin:workbench-search")
    start = perf_counter()
    first, last = statistics.default_days(now)
    statistics.figures(statistics.Asked(user=boss, first=first, last=last), today=today)
    took = (perf_counter() - start) * 1000
    rows_a_second, memory = exported(boss, now)
    return {
        "cases": PermitApplication.objects.count(),
        "page_p95": p95(times),
        "page_median": median(times),
        "page_database": max(max(line) for line in found.values()),
        "queries": len(made),
        "counts": median(counting),
        "depths": found,
        "reference": p95(timed(lambda _n: client.post(search, {"query": reference}), rounds)),
        "number": p95(timed(lambda _n: client.post(search, {"query": ID_NUMBER}), rounds)),
        "next": p95(timed(lambda _n: review.next_case(actor=me, now=now), min(rounds, 50))),
        "statistics": took,
        "export_rows": rows_a_second,
        "export_mb": memory,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
