"""Many who record at the same instant; on PostgreSQL with a run without the lock."""

import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from django.db import connection, connections, transaction

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit import services
from jiaxing_hukou.audit.chain import Why, first_broken
from jiaxing_hukou.audit.models import AuditSeal
from jiaxing_hukou.audit.selectors import chain_entries, chain_seals
from jiaxing_hukou.audit.services import seal_days
from tests.jiaxing_hukou.audit_log import DAY, NOON, numbers, written
from tests.services.portal import ROOT, environment


@pytest.fixture
def without_lock(monkeypatch):
    """Let nobody wait for the one who records."""
    monkeypatch.setattr(services, "_one_at_a_time", lambda: None)


@pytest.fixture
def without_guards():
    """Let the table take a number twice."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DROP CONSTRAINT audit_auditentry_pkey")
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER entry_follows")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_auditentry")
        cursor.execute("ALTER TABLE audit_auditentry ADD PRIMARY KEY (number)")
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER entry_follows")


def in_threads(count, work):
    """Run ``work(number)`` in so many threads; return what each raised, or None."""
    raised = [None] * count

    def run(number):
        try:
            work(number)
        except Exception as error:
            raised[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def record_at_once(count=2):
    """Let everybody have read the log's end before anybody commits, unless they are kept waiting.

    Each also writes a row of its own, the act that is recorded.
    """
    begun, done = (threading.Barrier(count) for _ in range(2))

    def act(number):
        with transaction.atomic():
            begun.wait(10)
            User.objects.create_user(f"made-{number}")
            written(1, actor_id=number)
            with suppress(threading.BrokenBarrierError):
                done.wait(0.4)

    return [type(error).__name__ for error in in_threads(count, act)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_those_who_record_at_once_wait_for_each_other():
    outcomes = record_at_once(3)

    assert outcomes == ["NoneType"] * 3
    assert numbers() == [1, 2, 3]
    assert first_broken(chain_entries(), []) is None
    assert User.objects.count() == 3


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_refuses_one_and_his_act_with_it(without_lock):
    """The control: they read the same end of the log; the act of one is lost."""
    outcomes = record_at_once()

    assert sorted(outcomes) == ["IntegrityError", "NoneType"]
    assert numbers() == [1]
    assert User.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_lock_and_guards_two_entries_have_one_number(without_lock, without_guards):
    """The control: it would look like tampering."""
    outcomes = record_at_once()

    assert outcomes == ["NoneType"] * 2
    assert numbers() == [1, 1]
    assert first_broken(chain_entries(), []).why is Why.REORDERED


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_storm_of_acts_some_undone_leaves_one_whole_chain(counts):
    threads, rounds = counts(6, 12), counts(25, 100)

    def work(number):
        for turn in range(rounds):
            with transaction.atomic():
                written(1 + turn % 3, actor_id=number)
                if turn % 5 == number % 5:
                    transaction.set_rollback(True)  # a fifth is undone
            if turn % 10 == 0:
                seal_days(now=NOON + (1 + turn // 10) * DAY)

    assert in_threads(threads, work) == [None] * threads
    kept = numbers()
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) > threads * rounds
    assert first_broken(chain_entries(), chain_seals()) is None
    days = list(AuditSeal.objects.order_by("day").values_list("day", flat=True))
    assert len(days) == len(set(days)) == (rounds - 1) // 10 + 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_undone_savepoint_frees_the_lock_and_its_number():
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            written(1)
            raise ZeroDivisionError
        assert in_threads(1, lambda _: written(1)) == [None]  # he need not wait
        written(1)

    assert numbers() == [1, 2]
    assert first_broken(chain_entries(), []) is None


ON_SQLITE = """
import sys, threading
import django
django.setup()
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone
from jiaxing_hukou.audit.services import record

call_command("migrate", verbosity=0)
failed = []

def work(actor):
    try:
        for turn in range(20):
            with transaction.atomic():
                record(actor_id=actor, act="view_case", subject="case:1", purpose="review",
                       now=timezone.now())
                transaction.set_rollback(turn % 5 == 0)
    except Exception as error:
        failed.append(repr(error))
    finally:
        connections.close_all()

threads = [threading.Thread(target=work, args=[actor]) for actor in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not failed, failed
call_command("verify_audit")
"""


@pytest.mark.processes
def test_on_sqlite_too_there_is_one_whole_chain(tmp_path):
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="jiaxing_hukou.settings.dev")

    done = subprocess.run(
        [sys.executable, "-c", ON_SQLITE],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("The audit log is whole: 96 entries")
