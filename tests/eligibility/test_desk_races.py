"""Two people at the desk at the same instant, on PostgreSQL; each guard with a run without it."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from eligibility.models import PeriodInForce, ProposedEvent, RuleVersion, WorkedExample
from eligibility.services import desk, examples, rules
from tests.eligibility.test_rule_races import (
    OVERLAP,
    at_once,
    freeze_the_document,
    kinds,
)
from tests.eligibility.workbench import (
    ENTERED_LATER,
    NOW,
    WHY,
    drafted,
    execute,
    person,
    proved,
    published,
    submitted,
    trial,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def without_row_lock(monkeypatch):
    """Let nobody wait for a row."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)


@pytest.fixture
def without_lock(monkeypatch):
    """Let publications not wait for each other."""
    monkeypatch.setattr(rules, "_one_at_a_time", lambda: None)


def save(row, author, **changes):
    return desk.save_draft(
        rule_version_id=row.pk,
        revision=1,
        changes=changes,
        author=person(author),
        now=NOW,
    )


def publish(row, approver="approver"):
    return desk.publish(
        rule_version_id=row.pk,
        approver=person(approver),
        now=NOW,
        reviewed_hash=row.content_hash,
        overrides=ENTERED_LATER,
    )


# --- Two authors


def save_twice_at_once() -> tuple[list[Any], RuleVersion]:
    row = drafted(trial())
    # Both wrote in it before: else the database would miss one of them among the editors.
    writers = [person(name).pk for name in ("author", "wang", "li")]
    RuleVersion.objects.filter(pk=row.pk).update(editors=writers)
    outcomes = at_once(
        lambda: save(row, "wang", registers="self"),
        lambda: save(row, "li", summary={"zh": "李", "en": "Li"}),
    )
    return outcomes, RuleVersion.objects.get(pk=row.pk)


def test_of_two_edits_at_once_one_is_told_of_the_other():
    outcomes, row = save_twice_at_once()

    assert kinds(outcomes) == ["DraftChanged", "RuleVersion"]
    [kept] = [outcome for outcome in outcomes if isinstance(outcome, RuleVersion)]
    [told] = [outcome for outcome in outcomes if isinstance(outcome, desk.DraftChanged)]
    assert row.content_hash == kept.content_hash == told.row.content_hash
    assert row.revision == 2


def test_without_the_row_lock_one_edit_overwrites_the_other(without_row_lock):
    """The control: both see revision 1, and the second takes back what the first wrote."""
    outcomes, row = save_twice_at_once()

    assert kinds(outcomes) == ["RuleVersion", "RuleVersion"]
    both = row.record["registers"] == "self" and row.record["summary"]["zh"] == "李"
    assert not both
    assert row.revision == 2  # as if there had been one edit


# --- Two approvers


def test_of_two_approvers_one_publishes():
    row = submitted(trial())
    person("wang"), person("li")

    outcomes = at_once(lambda: publish(row, "wang"), lambda: publish(row, "li"))

    assert kinds(outcomes) == ["RuleNotInReview", "RuleVersion"]
    assert PeriodInForce.objects.count() == 1


def test_without_the_locks_the_database_refuses_the_second_approver(without_lock, without_row_lock):
    """The control: both come past the check of the status."""
    row = submitted(trial())
    person("wang"), person("li")

    outcomes = at_once(lambda: publish(row, "wang"), lambda: publish(row, "li"))

    assert kinds(outcomes) == ["RuleOverlaps", "RuleVersion"]
    assert PeriodInForce.objects.count() == 1


# --- An edit during the approval


def edit_during_approval() -> tuple[list[Any], RuleVersion]:
    """Take a version back and edit it between the reading and the writing of its approval."""
    row = submitted(trial())
    edited = threading.Event()
    person("author"), person("approver")

    def edit():
        desk.take_back(rule_version_id=row.pk)
        saved = save(row, "author", registers="self")
        edited.set()
        return saved

    def approve():
        edited.wait(10)  # written, and not yet committed
        return publish(row)

    return at_once(edit, approve), RuleVersion.objects.get(pk=row.pk)


def test_what_is_taken_back_during_the_approval_is_not_published():
    outcomes, row = edit_during_approval()

    assert kinds(outcomes) == ["RuleNotInReview", "RuleVersion"]
    assert (row.status, row.record["registers"]) == ("draft", "self")
    assert not PeriodInForce.objects.exists()


def test_without_the_row_lock_the_database_keeps_it_a_draft(without_row_lock):
    """The control: the approval read the version in review, and goes on to write."""
    outcomes, row = edit_during_approval()

    assert kinds(outcomes) == ["RuleOverlaps", "RuleVersion"]
    assert "Only what was reviewed" in str(outcomes[1])
    assert (row.status, row.record["registers"]) == ("draft", "self")


# --- Overlapping versions of two desks


@pytest.fixture
def without_constraint():
    """Let the database allow two versions on one day."""
    execute("ALTER TABLE eligibility_periodinforce DROP CONSTRAINT one_version_a_day")
    yield
    execute("TRUNCATE eligibility_periodinforce")
    execute(OVERLAP)


def publish_overlapping() -> list[Any]:
    freeze_the_document()
    rows = [submitted(trial(name)) for name in ("1", "2")]
    person("approver")
    return at_once(*(lambda row=row: publish(row) for row in rows))


def test_of_two_versions_that_begin_on_one_day_one_is_published():
    outcomes = publish_overlapping()

    assert kinds(outcomes) == ["RuleOverlaps", "RuleVersion"]
    assert PeriodInForce.objects.filter(code="trial-route").count() == 1


def test_without_the_guards_both_are_in_force(without_lock, without_constraint):
    """The control: neither gate sees the other version."""
    outcomes = publish_overlapping()

    assert kinds(outcomes) == ["RuleVersion", "RuleVersion"]
    assert PeriodInForce.objects.filter(code="trial-route").count() == 2


# --- Examples during the approval


def add_example_during_approval() -> tuple[list[Any], RuleVersion]:
    """Let a failing example come between the reading of the proof and the publication."""
    row = submitted(trial())
    person("author"), person("approver")
    written = threading.Event()

    def attach():
        example = examples.attach_example(
            rule_version_id=row.pk,
            name="不会出现的结果",
            as_of="2020-01-01",
            facts={"housing": "none"},
            expect={"routes": {"trial-route": "met"}},
            author=person("author"),
            now=NOW,
        )
        written.set()
        return example

    def approve():
        written.wait(10)
        return publish(row)

    return at_once(attach, approve), RuleVersion.objects.get(pk=row.pk)


def test_an_example_that_is_written_during_the_approval_counts():
    outcomes, row = add_example_during_approval()

    assert kinds(outcomes) == ["RuleBreaches", "WorkedExample"]
    assert row.status == "in_review"


def test_without_the_row_lock_a_failing_example_stands_by_a_published_version(without_row_lock):
    """The control: the approval does not see the example that is being written."""
    outcomes, row = add_example_during_approval()

    assert kinds(outcomes) == ["RuleVersion", "WorkedExample"]
    assert row.status == "published"
    assert WorkedExample.objects.filter(version=row, name="不会出现的结果").exists()


# --- Events


def test_a_proposed_event_is_approved_once():
    row = published(trial())
    proposed = desk.propose_event(
        rule_version_id=row.pk,
        kind="suspended",
        from_day=NOW.date(),
        reason=WHY,
        author=person("author"),
        now=NOW,
    )
    person("wang"), person("li")

    def approve(name):
        return desk.approve_event(proposed_event_id=proposed.pk, approver=person(name), now=NOW)

    outcomes = at_once(lambda: approve("wang"), lambda: approve("li"))

    assert kinds(outcomes) == ["DoesNotExist", "RuleEvent"]
    assert row.events.count() == 1
    assert not ProposedEvent.objects.exists()


def test_two_drafts_of_one_name_at_once_leave_one():
    old = published(trial())
    proved(drafted(trial("0")))
    person("wang"), person("li")

    def start(name):
        return desk.start_draft(source_id=old.pk, version="2", author=person(name), now=NOW)

    outcomes = at_once(lambda: start("wang"), lambda: start("li"))

    assert kinds(outcomes) == ["RuleError", "RuleVersion"]
    assert RuleVersion.objects.filter(version="2").count() == 1


def test_the_locks_are_gone_afterwards():
    save_twice_at_once()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND locktype = 'relation' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert cursor.fetchone() == (0,)
