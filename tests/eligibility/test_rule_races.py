"""Two people at the same instant, on PostgreSQL; each guard with a run without it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import QuerySet

from eligibility.models import PeriodInForce, RulesetSnapshot, RuleVersion
from eligibility.services import rules
from tests.eligibility.workbench import (
    NOW,
    approve,
    drafted,
    execute,
    person,
    submitted,
    trial,
    trial_document,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

OVERLAP = (
    "ALTER TABLE eligibility_periodinforce ADD CONSTRAINT one_version_a_day EXCLUDE USING "
    "gist (code WITH =, area WITH =, daterange(first_day, last_day, '[]') WITH &&)"
)


@pytest.fixture
def without_lock(monkeypatch):
    """Let publications not wait for each other."""
    monkeypatch.setattr(rules, "_one_at_a_time", lambda: None)


@pytest.fixture
def without_row_lock(monkeypatch):
    """Let nobody wait for a row."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)


@pytest.fixture
def without_constraint():
    """Let the database allow two versions on one day."""
    execute("ALTER TABLE eligibility_periodinforce DROP CONSTRAINT one_version_a_day")
    yield
    execute("TRUNCATE eligibility_periodinforce")
    execute(OVERLAP)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do each act in a thread and a transaction of its own, all open at the same time.

    Nobody commits before the others are as far, unless they are kept waiting. Returns what each
    returned or raised.
    """
    begun, done = (threading.Barrier(len(acts)) for _ in range(2))
    outcomes: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                begun.wait(10)
                outcomes[number] = act()
                # A barrier breaks where the other one waits for us, or was refused.
                with suppress(threading.BrokenBarrierError):
                    done.wait(0.4)
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def freeze_the_document() -> None:
    """Publish something else first: to freeze a document, publications wait for each other."""
    approve(submitted(trial(code="earlier-route", areas=["rural"])))


# --- Two versions of one route


def approve_two_of_one_route() -> list[Any]:
    freeze_the_document()
    rows = [submitted(trial("1")), submitted(trial("2"))]
    person("approver")
    return at_once(*(lambda row=row: approve(row) for row in rows))


def test_of_two_overlapping_versions_one_is_published():
    outcomes = approve_two_of_one_route()

    assert kinds(outcomes) == ["RuleOverlaps", "RuleVersion"]
    assert PeriodInForce.objects.filter(code="trial-route").count() == 1
    assert RuleVersion.objects.filter(status="published").count() == 2
    assert len(RulesetSnapshot.objects.first().manifest["periods"]) == 2


def test_the_constraint_alone_refuses_the_second_too(without_lock):
    outcomes = approve_two_of_one_route()

    # Where both reach the index at once, PostgreSQL refuses one of them as a deadlock instead.
    assert kinds(outcomes) in (["RuleOverlaps", "RuleVersion"], ["OperationalError", "RuleVersion"])
    assert PeriodInForce.objects.filter(code="trial-route").count() == 1


def test_without_both_guards_two_versions_are_in_force(without_lock, without_constraint):
    """The control: if this fails, the tests above prove nothing."""
    outcomes = approve_two_of_one_route()

    assert kinds(outcomes) == ["RuleVersion", "RuleVersion"]
    assert PeriodInForce.objects.filter(code="trial-route").count() == 2


# --- Two routes


def publish_two_routes() -> list[list[Any]]:
    """Publish versions of two routes at once; return the periods of the newest ruleset."""
    freeze_the_document()
    rows = [submitted(trial(code=f"route-{name}")) for name in "ab"]
    person("approver")
    outcomes = at_once(*(lambda row=row: approve(row) for row in rows))
    assert kinds(outcomes) == ["RuleVersion", "RuleVersion"]
    return [p for p in RulesetSnapshot.objects.first().manifest["periods"] if p[1] == "county"]


def test_the_newest_ruleset_holds_both_of_two_publications():
    periods = publish_two_routes()

    assert [period[0] for period in periods] == ["route-a", "route-b"]


def test_without_the_lock_the_newest_ruleset_misses_one(without_lock):
    """The control: each publication is blind to the other."""
    periods = publish_two_routes()

    assert len(periods) == 1


# --- One version


def test_a_version_is_published_once():
    row = submitted(trial())
    person("approver")

    outcomes = at_once(lambda: approve(row), lambda: approve(row))

    assert kinds(outcomes) == ["RuleNotInReview", "RuleVersion"]
    assert PeriodInForce.objects.count() == 1


def test_without_the_locks_the_database_still_refuses_the_second_time(
    without_lock, without_row_lock
):
    """The control: both pass the check of the status, the second fails on the frozen row."""
    row = submitted(trial())
    person("approver")

    outcomes = at_once(lambda: approve(row), lambda: approve(row))

    assert kinds(outcomes) == ["RuleOverlaps", "RuleVersion"]
    assert PeriodInForce.objects.count() == 1


def approve_while_it_is_edited() -> tuple[Any, RuleVersion]:
    """Let an edit come between the reading and the writing of an approval."""
    row = submitted(trial())
    document, author = trial_document(), person("author")
    seen, edited = row.content_hash, threading.Event()
    person("approver")

    def edit() -> str:
        record = trial(registers="self")
        _, done = rules.draft_rule(
            record=record, document=document, author=author, position=90, now=NOW
        )
        edited.set()
        return done

    def publish() -> RuleVersion:
        edited.wait(10)  # written, and not yet committed
        return approve(row, reviewed_hash=seen)

    done, outcome = at_once(edit, publish)
    assert done == "updated"
    row.refresh_from_db()
    return outcome, row


def test_what_is_edited_during_the_approval_is_not_published():
    outcome, row = approve_while_it_is_edited()

    assert isinstance(outcome, rules.RuleNotInReview)
    assert row.status == "draft"


def test_without_the_row_lock_the_database_refuses_it(without_row_lock):
    """The control: the approval reads the version as it was, and goes on."""
    outcome, row = approve_while_it_is_edited()

    assert isinstance(outcome, rules.RuleOverlaps)
    assert "Only what was reviewed" in str(outcome)
    assert row.status == "draft"


def test_two_drafts_of_one_version_leave_one():
    document, author = trial_document(), person("author")
    drafted(trial("0"))

    def draft(registers: str) -> str:
        record = trial("1", registers=registers)
        return rules.draft_rule(
            record=record, document=document, author=author, position=90, now=NOW
        )[1]

    outcomes = at_once(lambda: draft("self"), lambda: draft("self_and_family"))

    assert kinds(outcomes) == ["RuleError", "str"]
    assert RuleVersion.objects.filter(version="1").count() == 1


def test_publishing_waits_for_an_event_and_holds_it():
    """An event and a publication at once: the newest ruleset knows of both."""
    ended = approve(submitted(trial(code="route-a")))
    row = submitted(trial(code="route-b"))

    def end() -> Any:
        return rules.record_event(
            rule_version_id=ended.pk,
            kind="ended",
            from_day=NOW.date(),
            ground=rules.Ground(reason={"zh": "终止", "en": "Over"}),
            author=person("author"),
            approver=person("approver"),
            now=NOW,
        )

    outcomes = at_once(end, lambda: approve(row))

    assert kinds(outcomes) == ["RuleEvent", "RuleVersion"]
    periods = RulesetSnapshot.objects.first().manifest["periods"]
    assert [(p[0], p[3]) for p in periods] == [
        ("route-a", "2026-11-22"),
        ("route-b", None),
    ]


def test_the_locks_are_gone_afterwards():
    approve_two_of_one_route()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND locktype = 'relation' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert cursor.fetchone() == (0,)
