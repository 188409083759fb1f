import multiprocessing
from datetime import timedelta

import pytest
import time_machine
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from jiaxing_hukou.cache import AtomicDatabaseCache, CountingRedisCache
from jiaxing_hukou.settings import env

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


def count_once(cache):
    cache.count("hits", 3600)


def increase(cache):
    cache.incr("hits")


def hit(backend, step, barrier):
    """Count in a process of its own, on a connection of its own."""
    connections.close_all()
    cache = backend(TABLE, {})
    barrier.wait()
    for _ in range(HITS):
        step(cache)
    connections.close_all()


def in_parallel(backend, step):
    connections.close_all()  # a connection must not be shared with a child
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(PROCESSES)
    given = (backend, step, barrier)
    children = [context.Process(target=hit, args=given) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * PROCESSES


def count_in_parallel(backend) -> int:
    backend(TABLE, {}).set("hits", 0, timeout=None)
    in_parallel(backend, increase)
    return backend(TABLE, {}).get("hits")


def test_no_hit_of_four_processes_is_lost(table):
    assert count_in_parallel(AtomicDatabaseCache) == PROCESSES * HITS


def test_counting_in_one_step_loses_no_hit_either(table):
    in_parallel(AtomicDatabaseCache, count_once)

    assert AtomicDatabaseCache(TABLE, {}).count("hits", 3600) == PROCESSES * HITS + 1


def test_each_key_is_counted_apart_in_one_statement(table, django_assert_num_queries):
    cache = AtomicDatabaseCache(TABLE, {})
    cache.count("one", 60)

    with django_assert_num_queries(1):
        assert cache.count("one", 60) == 2
    assert cache.count("other", 60) == 1


def test_counts_that_are_over_make_room(table):
    cache = AtomicDatabaseCache(TABLE, {"max_entries": 10})
    start = timezone.now()

    with time_machine.travel(start, tick=False):
        for number in range(10):
            cache.count(f"soon-over-{number}", 60)
    with time_machine.travel(start + timedelta(minutes=2), tick=False):
        cache.count("live", 60)

    assert rows_of(table) == 1


def rows_of(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.mark.skipif(not env.REDIS_URL, reason="there is no Redis")
def test_redis_counts_in_one_step_and_keeps_the_lifetime():
    cache = CountingRedisCache(env.REDIS_URL, {})

    assert [cache.count("hits", 60) for _ in range(3)] == [1, 2, 3]
    assert cache.count("other-hits", 60) == 1
    key = cache.make_key("hits")
    assert 0 < cache._cache.get_client(key).ttl(key) <= 60
    cache.delete_many(["hits", "other-hits"])


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
