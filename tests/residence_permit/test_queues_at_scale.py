"""Queues over very many cases: every page of each is read off one index, at the same cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from residence_permit import queues
from residence_permit.models import PermitApplication
from residence_permit.queues import CAP, Place, Queue, Wanted
from tests.residence_permit.many_cases import seed
from tests.residence_permit.workbench import (
    OTHER_TOWNSHIP,
    account,
    office,
    officer,
    supervisor,
)

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
# What an ordered index makes unnecessary, and what grows with the table.
SLOW = {"Seq Scan", "Sort", "Incremental Sort", "Bitmap Heap Scan"}


@pytest.fixture
def crowded(counts):
    """Return an officer of a crowded station, and supervisors of the county and the city."""
    here, there = office(), office(OTHER_TOWNSHIP)
    me = officer(here)
    seed(
        counts(100_000, 200_000),
        station=here,
        elsewhere=there,
        applicant=account(),
        holders=[me, officer(here)],
        now=timezone.now(),
    )
    return me, supervisor(here.parent), supervisor(here.parent.parent)


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def kinds_of_nodes(sql):
    """Return how PostgreSQL would read the cases."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        [[[plan]]] = cursor.fetchall()
    return {node["Node Type"] for node in nodes(plan["Plan"])}


def middle_of(wanted):
    """Return a place in the middle of a queue, found the slow way."""
    rows = PermitApplication.objects.filter(queues.reach_of(wanted.user))
    rows = rows.filter(status__in=queues.statuses_of(wanted.queue)).order_by(*queues.ORDER)
    if wanted.queue is Queue.MINE:
        rows = rows.filter(holder=wanted.user)
    return Place.of(rows[rows.count() // 2])


def keys_of_page(wanted, after):
    """Return a page, and the statement that found its rows."""
    with CaptureQueriesContext(connection) as made:
        page = queues.page(wanted, after)
    assert len(made) == (3 if page.rows else 2)
    return page, made.captured_queries[1]["sql"]


def test_every_page_of_every_queue_is_read_off_one_index(crowded):
    today = timezone.localdate()
    looked_at = 0

    for user in crowded:
        for queue in Queue:
            if queue is Queue.MINE and user is not crowded[0]:
                continue  # supervisors hold no case
            wanted = Wanted(user=user, queue=queue, today=today)
            for after in (None, middle_of(wanted)):
                page, sql = keys_of_page(wanted, after)

                assert not SLOW & kinds_of_nodes(sql), (queue, after, sql)
                assert page.rows or queue in (Queue.DUE_SOON, Queue.OVERDUE)
                looked_at += 1

    assert looked_at == 38


def test_counts_of_all_queues_are_one_query_that_stops(crowded):
    wanted = Wanted(user=crowded[1], queue=Queue.MINE, today=timezone.localdate())

    with CaptureQueriesContext(connection) as made:
        found = queues.counts(wanted)

    assert len(made) == 2
    assert max(found.values()) <= CAP + 1
    assert "Seq Scan" not in kinds_of_nodes(made.captured_queries[1]["sql"])
