"""The audit log in the database: written with what it is about, sealed, and never changed."""

import json
import logging
from contextlib import suppress
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit import chain
from jiaxing_hukou.audit.beat import seal
from jiaxing_hukou.audit.models import AuditEntry, AuditSeal
from jiaxing_hukou.audit.selectors import chain_entries, chain_seals, entries_of_person
from jiaxing_hukou.audit.services import About, AuditBroken, record, record_many, seal_days
from tests.jiaxing_hukou.audit_log import DAY, NOON, numbers, without_guards, written

pytestmark = pytest.mark.django_db


def verify(*options):
    out = StringIO()
    call_command("verify_audit", *options, stdout=out)
    return out.getvalue().strip()


def broken(*options):
    with pytest.raises(CommandError) as found:
        verify(*options)
    assert found.value.returncode == 1
    return str(found.value).removeprefix("The audit log is broken: ")


# --- Writing


def test_an_entry_says_who_did_what_to_whose_file_and_why():
    [entry] = written(details={"fields": ["phone"], "page": 2})

    kept = AuditEntry.objects.get()
    assert (kept.number, kept.at, kept.actor_id, kept.act) == (1, NOON, 7, "view_case")
    assert (kept.subject, kept.purpose, kept.person_id) == ("case:1", "review", 3)
    assert kept.details == {"fields": ["phone"], "page": 2}
    assert (kept.previous_hash, kept.hash) == (chain.START, entry.hash)


def test_entries_are_numbered_without_a_gap_and_linked():
    written(3)

    entries = list(AuditEntry.objects.order_by("number"))
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous_hash for entry in entries[1:]] == [e.hash for e in entries[:2]]
    assert verify() == "The audit log is whole: 3 entries, 0 sealed days, 0 seals kept elsewhere."


def test_many_are_written_under_one_lock_and_one_insert(django_assert_num_queries):
    about = [About(f"case:{n}", person_id=n) for n in range(1, 41)]
    queries = 3 if connection.vendor == "postgresql" else 2

    with django_assert_num_queries(queries):
        entries = record_many(actor_id=7, act="view_list", purpose="review", about=about, now=NOON)

    assert [entry.person_id for entry in entries] == list(range(1, 41))
    assert numbers() == list(range(1, 41))
    assert chain.first_broken(chain_entries(), []) is None


def test_nothing_to_write_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert record_many(actor_id=7, act="view", purpose="p", about=[], now=NOON) == []


def test_an_act_that_is_undone_leaves_no_gap():
    written(1)
    with transaction.atomic():
        written(2)
        transaction.set_rollback(True)
    written(1)

    assert numbers() == [1, 2]
    assert chain.first_broken(chain_entries(), []) is None


@pytest.mark.parametrize("wrong", [{"details": {"share": 0.5}}, {"now": NOON.replace(tzinfo=None)}])
def test_whoever_swallows_the_error_still_cannot_commit(wrong):
    """The act is undone with the entry that could not be written."""
    user = User.objects.create_user("officer")

    with pytest.raises(DatabaseError), transaction.atomic():  # noqa: PT012
        User.objects.filter(pk=user.pk).update(first_name="decided")
        with suppress(TypeError, ValueError):  # as a careless caller would
            written(**wrong)
        User.objects.count()

    user.refresh_from_db()
    assert (user.first_name, numbers()) == ("", [])


@pytest.mark.parametrize(
    "wrong", [{"act": "查看"}, {"act": "View case"}, {"subject": "case:王小明"}, {"subject": "a b"}]
)
def test_there_is_no_place_for_a_name(wrong):
    with pytest.raises(ValueError, match="such as"):
        written(**wrong)


# --- Whose file it is


def test_a_person_sees_who_opened_his_file_page_by_page():
    written(5, person_id=3)
    written(2, person_id=4)
    written(1, person_id=None)

    first = entries_of_person(person_id=3, size=2)
    second = entries_of_person(person_id=3, size=2, before=first.before)
    third = entries_of_person(person_id=3, size=2, before=second.before)

    pages = [[entry.number for entry in page.entries] for page in (first, second, third)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert third.before is None


def test_a_page_costs_one_query_however_long_the_log(django_assert_num_queries):
    written(3)

    with django_assert_num_queries(1):
        entries_of_person(person_id=3, size=1, before=3)


# --- What the database refuses

STATEMENTS = {
    "change": "UPDATE audit_auditentry SET purpose = 'other' WHERE number = 1",
    "delete": "DELETE FROM audit_auditentry WHERE number = 2",
    "update seal": "UPDATE audit_auditseal SET count = 9",
    "delete seal": "DELETE FROM audit_auditseal",
    "gap": "INSERT INTO audit_auditentry (number, at, act, subject, purpose, details, "
    "previous_hash, hash) SELECT number + 5, at, act, subject, purpose, details, hash, hash "
    "FROM audit_auditentry WHERE number = 2",
    "wrong link": "INSERT INTO audit_auditentry (number, at, act, subject, purpose, details, "
    "previous_hash, hash) SELECT number + 1, at, act, subject, purpose, details, 'x', hash "
    "FROM audit_auditentry WHERE number = 2",
    "second first": "INSERT INTO audit_auditentry (number, at, act, subject, purpose, details, "
    "previous_hash, hash) SELECT 0, at, act, subject, purpose, details, previous_hash, hash "
    "FROM audit_auditentry WHERE number = 1",
}
ONLY = {
    "sqlite": (
        "INSERT OR REPLACE INTO audit_auditentry SELECT * FROM audit_auditentry WHERE number = 2",
        "INSERT OR REPLACE INTO audit_auditseal SELECT * FROM audit_auditseal",
    ),
    "postgresql": (
        "TRUNCATE audit_auditentry",
        "TRUNCATE audit_auditseal",
        "INSERT INTO audit_auditentry SELECT * FROM audit_auditentry WHERE number = 1 "
        "ON CONFLICT (number) DO UPDATE SET purpose = 'other'",
    ),
}


def refused(statement):
    """Try a statement; nothing may have changed."""
    before = list(AuditEntry.objects.values()), list(AuditSeal.objects.values())
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match=r"audit (entry|seal)"),
        transaction.atomic(),
    ):
        cursor.execute(statement)
    assert (list(AuditEntry.objects.values()), list(AuditSeal.objects.values())) == before


@pytest.mark.parametrize("what", STATEMENTS)
def test_the_database_refuses(what):
    written(2)
    seal_days(now=NOON + DAY)

    refused(STATEMENTS[what])


def test_the_database_refuses_what_it_alone_knows():
    written(2)
    seal_days(now=NOON + DAY)
    if connection.vendor == "postgresql":  # the test run switched this guard off
        with connection.cursor() as cursor:
            for table in ("auditentry", "auditseal"):
                cursor.execute(f"ALTER TABLE audit_{table} ENABLE TRIGGER table_is_kept")

    for statement in ONLY[connection.vendor]:
        refused(statement)


# --- Seals


def test_each_day_that_is_over_is_sealed_once():
    written(2, now=NOON)
    written(1, now=NOON + DAY)
    written(1, now=NOON + 3 * DAY)  # a quiet day before it, and it is not over

    made = seal_days(now=NOON + 3 * DAY)

    days = [(seal.day, seal.last_number, seal.count) for seal in made]
    assert days == [
        (date(2026, 11, 23), 2, 2),
        (date(2026, 11, 24), 3, 1),
        (date(2026, 11, 25), 3, 0),
    ]
    assert seal_days(now=NOON + 3 * DAY) == []
    assert chain.first_broken(chain_entries(), chain_seals()) is None


def test_missed_days_are_caught_up():
    written(1)
    seal_days(now=NOON + DAY)

    assert len(seal_days(now=NOON + 6 * DAY)) == 5
    assert chain.first_broken(chain_entries(), chain_seals()) is None


def test_a_day_ends_at_midnight_here():
    midnight = NOON + timedelta(hours=12)
    written(1, now=midnight - timedelta(microseconds=1))
    written(1, now=midnight)

    [seal] = seal_days(now=midnight)

    assert (seal.day, seal.last_number) == (date(2026, 11, 23), 1)


def test_what_was_written_across_midnight_counts_for_the_day_after():
    written(1)
    written(1, now=NOON + DAY)
    written(1, now=NOON)  # began before midnight and ended after

    seals = seal_days(now=NOON + 2 * DAY)

    assert [(seal.last_number, seal.count) for seal in seals] == [(1, 1), (3, 2)]
    assert chain.first_broken(chain_entries(), chain_seals()) is None


def test_an_empty_log_has_no_seal():
    assert seal_days(now=NOON) == []


def test_a_cut_log_is_not_sealed_on():
    written(3)
    seal_days(now=NOON + DAY)
    without_guards()
    AuditEntry.objects.filter(number=3).delete()

    with pytest.raises(AuditBroken, match="up to 3 are sealed, but those after 2 are gone"):
        seal_days(now=NOON + 2 * DAY)

    assert AuditSeal.objects.count() == 1


def test_the_clock_seals_and_the_log_bears_witness(caplog):
    written(1, now=timezone.now() - DAY)

    with caplog.at_level(logging.INFO, "jiaxing_hukou.audit"):
        assert seal() == 1

    [line] = [r for r in caplog.records if r.message == "audit day sealed"]
    assert line.hash == AuditSeal.objects.get().hash


# --- Verifying

ENTRY_CHANGES = {
    "at": NOON + timedelta(microseconds=1),
    "actor_id": None,
    "act": "view_other",
    "subject": "case:99",
    "purpose": "",
    "person_id": 4,
    "details": {"more": True},
    "previous_hash": "f" * 64,
}
SEAL_CHANGES = {
    "day": date(2026, 1, 1),
    "last_number": 1,
    "count": 4,
    "head": "f" * 64,
    "sealed_at": NOON,
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
}


@pytest.fixture
def log():
    """Write five entries over three days, seal them, and take the guards away."""
    for count, days in ((2, 0), (1, 1), (2, 2)):
        written(count, now=NOON + days * DAY)
    seal_days(now=NOON + 3 * DAY)
    without_guards()


@pytest.mark.parametrize("column", ENTRY_CHANGES)
def test_a_tampered_column_is_found_and_the_row_named(log, column):
    AuditEntry.objects.filter(number=3).update(**{column: ENTRY_CHANGES[column]})

    assert broken() == "entry 3 was changed after it was written."


def test_a_tampered_hash_is_found(log):
    AuditEntry.objects.filter(number=3).update(hash="f" * 64)

    assert broken() == "the hash of entry 3 was changed; what it says was not."


def test_a_tampered_number_is_found(log):
    AuditEntry.objects.filter(number=3).update(number=9)

    assert broken() == "entry 3 is missing."


def test_a_deleted_row_is_found(log):
    AuditEntry.objects.filter(number=1).delete()

    assert broken() == "entry 1 is missing."


def test_swapped_rows_are_found(log):
    for old, new in ((2, 99), (4, 2), (99, 4)):
        AuditEntry.objects.filter(number=old).update(number=new)

    assert broken() == "entry 2 does not follow the one before it: it was moved or replaced."


def test_a_cut_tail_is_found_by_its_seal(log):
    AuditEntry.objects.filter(number__gt=3).delete()

    assert broken() == "entry 4 and those after it are gone; the seal of 2026-11-25 counts them."


def test_a_tail_that_was_cut_and_grew_again_is_found(log):
    AuditEntry.objects.filter(number__gt=3).delete()
    written(4, now=NOON + 5 * DAY)

    assert broken() == "entry 5 is not the one that was sealed on 2026-11-25."


@pytest.mark.parametrize("column", SEAL_CHANGES)
def test_a_tampered_seal_is_found(log, column):
    AuditSeal.objects.filter(day=date(2026, 11, 24)).update(**{column: SEAL_CHANGES[column]})

    assert "the seal of" in broken()


def test_a_log_that_was_written_anew_with_its_seals_is_found_by_what_was_kept_elsewhere(
    log, tmp_path
):
    kept = tmp_path / "seals"
    out = StringIO()
    call_command("seal_audit", "--all", stdout=out)
    kept.write_text(out.getvalue())
    assert verify("--seals", str(kept)).endswith("3 seals kept elsewhere.")

    AuditSeal.objects.all().delete()
    AuditEntry.objects.all().delete()
    written(5, now=NOON)
    seal_days(now=NOON + 3 * DAY)

    assert "The audit log is whole" in verify()
    assert broken("--seals", str(kept)).startswith("the seal of 2026-11-23 is not the one")


@pytest.mark.parametrize("text", ["{}", "day", '["day"]', b"\xff"])
def test_a_file_that_holds_no_seals_is_refused(tmp_path, text):
    file = tmp_path / "seals"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(CommandError, match="seals"):
        verify("--seals", str(file))


def test_seal_audit_prints_what_it_made():
    written(1, now=timezone.now() - DAY)
    out = StringIO()

    call_command("seal_audit", stdout=out)
    call_command("seal_audit", stdout=out)

    [line] = out.getvalue().splitlines()
    seal = AuditSeal.objects.get()
    assert json.loads(line) == {"day": str(seal.day), "last_number": 1, "hash": seal.hash}


def test_a_long_log_is_read_in_pieces(django_assert_num_queries):
    """One query, however many entries; the cursor hands them over by the thousand."""
    about = [About(f"case:{n}") for n in range(3000)]
    record_many(actor_id=7, act="export", purpose="statistics", about=about, now=NOON)

    with django_assert_num_queries(1):
        assert sum(1 for _ in chain_entries()) == 3000


def test_record_takes_keywords_only():
    with pytest.raises(TypeError):
        record(7, "view_case", "case:1", "review", NOON)
