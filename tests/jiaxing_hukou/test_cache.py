import multiprocessing
from datetime import timedelta

import pytest
import time_machine
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from jiaxing_hukou.cache import AtomicDatabaseCache

TABLE = "test_cache"
PROCESSES = 4
HITS = 25


@pytest.fixture
def table(settings, transactional_db):
    settings.CACHES = {
        "default": {
            "BACKEND": "jiaxing_hukou.cache.AtomicDatabaseCache",
            "LOCATION": TABLE,
        }
    }
    call_command("createcachetable", TABLE)
    yield TABLE
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def hit(backend, barrier):
    """Count in a process of its own, on a connection of its own."""
    connections.close_all()
    cache = backend(TABLE, {})
    barrier.wait()
    for _ in range(HITS):
        cache.incr("hits")
    connections.close_all()


def count_in_parallel(backend) -> int:
    backend(TABLE, {}).set("hits", 0, timeout=None)
    connections.close_all()  # a connection must not be shared with a child
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(PROCESSES)
    children = [context.Process(target=hit, args=(backend, barrier)) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * PROCESSES
    return backend(TABLE, {}).get("hits")


def test_no_hit_of_four_processes_is_lost(table):
    assert count_in_parallel(AtomicDatabaseCache) == PROCESSES * HITS


@pytest.mark.postgresql
def test_the_stock_cache_does_lose_hits(table):
    """The control: if this fails, the test above proves nothing."""
    assert count_in_parallel(DatabaseCache) < PROCESSES * HITS


def test_a_counter_keeps_its_expiry(table):
    cache = AtomicDatabaseCache(TABLE, {})
    start = timezone.now()

    with time_machine.travel(start, tick=False):
        cache.add("hits", 1, timeout=3600)
    with time_machine.travel(start + timedelta(minutes=59), tick=False):
        assert cache.incr("hits") == 2
    with time_machine.travel(start + timedelta(minutes=61), tick=False):
        assert cache.get("hits") is None
        with pytest.raises(ValueError, match="not found"):
            cache.incr("hits")
