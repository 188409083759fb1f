"""Whatever breaks, what was owed arrives, and at a provider that honours its key arrives once.

The ledger of what was owed (the outbox) is held against what the provider took. Workers are real,
and so are their beats, their Redis and the provider; the relay's times are short.
"""

import signal

import pytest
from django.db import connection
from redis import Redis as Client

from tests.acceptance.notice_world import NoticeWorld, wait

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
]

STEPS = ("notice.claimed", "notice.sent", "notice.recorded")
MODES = ("hang", "error", "drop", "lose", "twice")


@pytest.fixture
def world(transactional_db, tmp_path):
    world = NoticeWorld(tmp_path)
    try:
        world.start()
        yield world
    finally:
        world.stop()


def _all_is_well(world) -> bool:
    return wait(world.all_sent) and not world.lost() and not world.doubled()


def test_workers_killed_at_every_step_lose_and_double_nothing(world):
    killed = [world.worker(failpoint=step, beat=False) for step in STEPS]
    for _ in STEPS:
        world.nudge(world.owe(4))

    died = wait(lambda: all(worker.poll() is not None for worker in killed))
    finished = world.all_sent()
    for _ in range(2):  # two relays and two beats
        world.worker()

    assert died
    assert [worker.returncode for worker in killed] == [-signal.SIGKILL] * len(STEPS)
    assert not finished
    assert _all_is_well(world)
    assert max(world.asked().values()) == 2  # what was sent and not recorded


def test_events_and_messages_that_come_three_times_make_one_notice_each(world, counts):
    number = counts(200, 1000)
    ids = world.owe(number, told=3)
    world.nudge(ids, times=3)

    for _ in range(2):
        world.worker()

    assert len(ids) == number
    assert _all_is_well(world)
    assert sum(world.delivered().values()) == number
    assert set(world.asked().values()) == {1}


def test_a_provider_that_fails_is_asked_again_with_the_same_key(world, counts):
    world.worker()
    known: set[str] = set()
    for mode in counts(("drop",), MODES):
        world.behave(mode, times=4)
        world.nudge(world.owe(4))

        assert _all_is_well(world), mode
        asked = {times for key, times in world.asked().items() if key not in known}
        assert asked == ({1} if mode == "twice" else {2}), mode
        known = set(world.asked())


def test_a_queue_that_is_emptied_and_killed_and_a_database_that_cuts_its_lines(world):
    world.nudge(world.owe(4))
    with Client.from_url(world.redis.url) as client:
        client.flushall()
    worker = world.worker()
    emptied = _all_is_well(world)

    world.kill_redis()
    world.owe(4)  # nobody can be told
    world.restart_redis()
    killed = _all_is_well(world)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    world.nudge(world.owe(4))
    cut = _all_is_well(world)

    assert (emptied, killed, cut) == (True, True, True)
    assert worker.poll() is None


# Controls: without its guards the relay fails these tests --------------------------------------


def test_control_without_the_sweep_a_killed_workers_notices_are_lost(world):
    world.nudge(world.owe(4))
    killed = world.worker(failpoint="notice.claimed", beat=False)
    wait(lambda: killed.poll() is not None)

    held = set(world.owed)
    world.worker(beat=False)
    world.nudge(world.owe(1))
    wait(lambda: world.lost() == held)  # the worker works
    came = wait(world.all_sent, seconds=9)  # the lease and more

    assert not came
    assert world.lost() == held


def test_control_without_the_key_a_killed_workers_notices_are_doubled(world):
    world.behave("ok", honours_key=False)
    world.nudge(world.owe(4))
    killed = world.worker(failpoint="notice.sent", beat=False)
    wait(lambda: killed.poll() is not None)

    world.worker()

    assert wait(world.all_sent)
    assert world.doubled() == world.owed
