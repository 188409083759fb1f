"""What the database refuses by itself, from a shell or by raw SQL; on both databases."""

from datetime import date
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from eligibility.models import (
    Clause,
    LegalDocument,
    PeriodInForce,
    Receipt,
    Rule,
    RuleEvent,
    RulesetSnapshot,
    RuleVersion,
)
from eligibility.services import checks
from tests.eligibility.workbench import (
    approve,
    drafted,
    execute,
    happened,
    person,
    published,
    refused,
    submitted,
    trial,
)

pytestmark = pytest.mark.django_db

FROZEN = {
    "eligibility_ruleversion": "published rule version never changes|was reviewed",
    "eligibility_ruleevent": "event of a rule version is never changed",
    "eligibility_rulesetsnapshot": "snapshot is never changed",
    "eligibility_legaldocument": "document that a published version cites",
    "eligibility_clause": "document that a published version cites",
    "eligibility_receipt": "kept answer never changes",
}
MODELS = (RuleVersion, RuleEvent, RulesetSnapshot, LegalDocument, Clause, Receipt)


@pytest.fixture
def law():
    """Publish a version that was suspended once, and keep an answer by it."""
    row = published(trial(areas=["county", "urban"]))
    happened(row, RuleEvent.Kind.SUSPENDED, date(2025, 1, 1))
    today = timezone.localdate()
    check = checks.check_body({"facts": {"housing": "owned"}}, today)
    checks.keep_receipt(check, "{}", language="en", now=timezone.now())
    return row


def columns(model):
    table = model._meta.db_table
    return [(table, field.column) for field in model._meta.concrete_fields]


@pytest.mark.parametrize(
    ("table", "column"), [place for model in MODELS for place in columns(model)]
)
def test_no_column_of_a_frozen_row_is_written(law, table, column):
    with refused(FROZEN[table]) as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", [*FROZEN, "eligibility_periodinforce"])
def test_no_frozen_row_is_deleted(law, table):
    with refused() as cursor:
        cursor.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "table",
    [model._meta.db_table for model in (*MODELS, PeriodInForce)],
)
def test_no_frozen_row_is_replaced(law, table):
    """SQLite's REPLACE deletes a row without its DELETE triggers; PostgreSQL has none."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    with refused() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize("model", [RuleVersion, RuleEvent, LegalDocument, Clause, Receipt])
def test_no_frozen_row_is_replaced_by_one_of_the_same_name(law, model):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    table = model._meta.db_table
    names = ", ".join(f.column for f in model._meta.concrete_fields[1:])
    draft = names.replace("status", "'draft'") if model is RuleVersion else names

    with refused("is not replaced") as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {draft} FROM {table}")


@pytest.mark.parametrize(
    "change",
    [
        "ruleversion SET version = '1' WHERE version = '2'",
        "ruleversion SET id = (SELECT min(id) FROM eligibility_ruleversion) WHERE version = '2'",
        "legaldocument SET slug = 'trial' WHERE slug = 'other'",
        "clause SET document_id = (SELECT min(document_id) FROM eligibility_clause), "
        "article = '一' WHERE article = '二'",
    ],
)
def test_no_frozen_row_is_replaced_by_an_update(law, change):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    drafted(trial("2"))
    other = LegalDocument.objects.create(slug="other", provenance="official")
    other.clauses.create(article="二", text="x")

    with refused("is not replaced") as cursor:
        cursor.execute(f"UPDATE OR REPLACE eligibility_{change}")


@pytest.mark.postgresql
@pytest.mark.parametrize("model", [*MODELS, PeriodInForce, Rule])
def test_no_table_is_emptied_at_once(law, model):
    """The tests may (see ``django_db_setup``), so it is forbidden again here first."""
    table = model._meta.db_table
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # else a table with new rows is not altered
    execute(f"ALTER TABLE {table} ENABLE TRIGGER table_is_kept")

    with refused("never|stays|is emptied, not removed") as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("change", ["code = 'other-route'", "kind = 'family'", "id = id + 1000"])
def test_a_rule_in_force_keeps_its_name(law, change):
    with refused("keeps its code and kind") as cursor:
        cursor.execute(f"UPDATE eligibility_rule SET {change}")


@pytest.mark.parametrize("make", [drafted, submitted])
def test_a_rule_that_is_not_public_may_be_renamed(make):
    make(trial())

    assert execute("UPDATE eligibility_rule SET code = 'other-route'") == 1


def test_the_place_of_a_rule_in_the_table_may_change(law):
    assert execute("UPDATE eligibility_rule SET position = position + 1") == 1


@pytest.mark.parametrize(
    ("number", "code"), [("id", "'other-route'"), ("id + 1000", "code"), ("id", "code")]
)
def test_a_rule_is_not_replaced(law, number, code):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    with refused("is not replaced") as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO eligibility_rule (id, code, kind, position) "
            f"SELECT {number}, {code}, kind, position FROM eligibility_rule"
        )


def test_a_rule_is_not_replaced_by_an_update(law):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    drafted(trial(code="other-route"))

    with refused("is not replaced") as cursor:
        cursor.execute(
            "UPDATE OR REPLACE eligibility_rule SET code = 'trial-route' WHERE code = 'other-route'"
        )


def test_a_draft_is_not_frozen():
    """The control: the statements of the tests above are not refused for their form."""
    row = drafted(trial())

    for table, column in [*columns(RuleVersion), *columns(LegalDocument)]:
        assert execute(f"UPDATE {table} SET {column} = {column}") == 1
    assert execute("UPDATE eligibility_clause SET text = 'x'") == 1
    assert execute("DELETE FROM eligibility_ruleversion WHERE id = %s", (row.pk,)) == 1
    assert execute("DELETE FROM eligibility_clause") == 1


# --- Publishing


@pytest.mark.parametrize("status", ["published", "in_review"])
def test_no_version_is_born_further_than_a_draft(status):
    row = drafted(trial())
    names = [field.column for field in RuleVersion._meta.concrete_fields][1:]
    told = {"status": "%s", "version": "'2'", "content_hash": "'sha256:2'"}
    told |= {name: str(person("approver").pk) for name in ["approver_id"]}
    told |= dict.fromkeys(("approved_at", "published_at"), "drafted_at")
    values = ", ".join(told.get(name, name) for name in names)

    with refused("begins as a draft") as cursor:
        cursor.execute(
            f"INSERT INTO eligibility_ruleversion ({', '.join(names)}) "
            f"SELECT {values} FROM eligibility_ruleversion WHERE id = {row.pk}",
            [status],
        )


PUBLISH = (
    "UPDATE eligibility_ruleversion SET status = 'published', approver_id = %s, "
    "approved_at = drafted_at, published_at = drafted_at"
)


def test_a_reviewed_version_is_published_by_the_same_statement():
    """The control for the refusals below."""
    submitted(trial())

    assert execute(PUBLISH, (person("approver").pk,)) == 1


def test_a_draft_is_not_published_without_review():
    drafted(trial())

    with refused("Only what was reviewed") as cursor:
        cursor.execute(PUBLISH, [person("approver").pk])


def test_nobody_approves_his_own_version():
    submitted(trial(), author="author")

    with refused("approver_is_not_the_author") as cursor:
        cursor.execute(PUBLISH, [person("author").pk])


def test_nothing_is_published_without_an_approver():
    submitted(trial())

    with refused("published_by_an_approver") as cursor:
        cursor.execute(PUBLISH, [None])


@pytest.mark.parametrize(
    "change",
    [
        "record = '{}'",
        "content_hash = 'sha256:0'",
        "effective_from = '2016-06-28'",
        "effective_to = '2099-12-31'",
        "version = '2'",
        "author_id = OTHER",
        "rule_id = (SELECT max(id) FROM eligibility_rule)",
        "document_id = (SELECT max(id) FROM eligibility_legaldocument)",
    ],
)
def test_nothing_else_changes_while_a_version_is_published(change):
    submitted(trial())
    published(trial("3", code="other-route"))
    LegalDocument.objects.create(slug="other", provenance="official")
    approver, other = person("approver").pk, person("somebody").pk
    change = change.replace("OTHER", str(other))
    statement = f"{PUBLISH}, {change} WHERE status = 'in_review'"

    with refused("Only what was reviewed") as cursor:
        cursor.execute(statement, [approver])


def test_nobody_approves_his_own_event(law):
    author = person("author").pk

    with refused("event_approver_is_not_the_author") as cursor:
        cursor.execute(
            "INSERT INTO eligibility_ruleevent (version_id, kind, from_day, reason_zh, "
            "reason_en, clause, author_id, approver_id, at) SELECT version_id, 'resumed', "
            "'2026-01-01', reason_zh, reason_en, clause, %s, %s, at "
            "FROM eligibility_ruleevent",
            [author, author],
        )


# --- Days in force

INSERT_PERIOD = (
    "INSERT INTO eligibility_periodinforce (version_id, code, area, first_day, last_day) "
    "VALUES (%s, %s, %s, %s, %s)"
)


@pytest.mark.parametrize("make", [drafted, submitted])
def test_only_a_published_version_comes_into_force(make):
    row = make(trial())

    with refused("Only a published version") as cursor:
        cursor.execute(INSERT_PERIOD, [row.pk, "trial-route", "county", "2020-01-01", None])


def test_a_version_comes_into_force_for_its_own_rule_only(law):
    with refused("Only a published version of the same rule") as cursor:
        cursor.execute(INSERT_PERIOD, [law.pk, "other-route", "rural", "2020-01-01", None])


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2020-01-01", None),  # the same days
        ("2019-01-01", None),  # around them
        ("2019-01-01", "2020-01-01"),  # one day
        ("2024-01-01", "2024-01-01"),  # inside
        ("2099-01-01", None),  # later: the period there has no last day
    ],
)
def test_no_two_versions_are_in_force_on_one_day(law, first, last):
    other = RuleVersion.objects.get(pk=submitted(trial("2", "2030-01-01")).pk)
    execute(f"{PUBLISH} WHERE id = {other.pk}", (person("approver").pk,))

    with refused("one_version_a_day|in force in one area on one day") as cursor:
        cursor.execute(INSERT_PERIOD, [other.pk, "trial-route", "county", first, last])


@pytest.mark.parametrize(
    ("area", "first", "last"),
    [("rural", "2020-01-01", None), ("county", "2019-01-01", "2019-12-31")],
)
def test_another_area_or_other_days_are_free(law, area, first, last):
    """The control for the refusals above."""
    row = (law.pk, "trial-route", area, first, last)

    assert execute(INSERT_PERIOD, row) == 1


@pytest.mark.parametrize(
    "change",
    [
        "first_day = '2019-12-31'",
        "first_day = '2020-01-02'",
        "area = 'rural'",
        "code = 'other-route'",
        "version_id = version_id + 1",
        "last_day = '2019-12-31'",  # before the first day
    ],
)
def test_a_period_is_not_moved(law, change):
    with refused() as cursor:
        cursor.execute(f"UPDATE eligibility_periodinforce SET {change}")


def test_a_period_ends_earlier_and_never_later(law):
    change = "UPDATE eligibility_periodinforce SET last_day = %s"

    assert execute(change, ("2030-12-31",)) == 2
    assert execute(change, ("2028-12-31",)) == 2
    for later in ("2029-01-01", None):
        with refused("only be ended earlier") as cursor:
            cursor.execute(change, [later])


DELETE_PERIODS = "DELETE FROM eligibility_periodinforce"


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        ("suspended", "2020-01-01"),  # it may resume
        ("resumed", "2020-01-01"),
        ("withdrawn", "2020-01-02"),  # it was in force for a day
    ],
)
def test_days_in_force_stay_whatever_happened_later(kind, day):
    row = published(trial())
    recorded(row, kind, day)

    with refused("never deleted") as cursor:
        cursor.execute(DELETE_PERIODS)


@pytest.mark.parametrize("kind", ["withdrawn", "ended"])
def test_days_on_which_a_version_never_was_in_force_may_go(kind):
    row = published(trial())
    recorded(row, kind, "2020-01-01")
    other = published(trial("2", code="other-route"))

    assert execute(f"{DELETE_PERIODS} WHERE version_id = {row.pk}") == 1
    with refused("never deleted") as cursor:
        cursor.execute(f"{DELETE_PERIODS} WHERE version_id = {other.pk}")


def recorded(row, kind, day):
    """Write an event past the service."""
    RuleEvent.objects.create(
        version=row,
        kind=kind,
        from_day=day,
        reason_zh="试。",
        reason_en="A trial.",
        author=person("author"),
        approver=person("approver"),
        at=timezone.now(),
    )


# --- Receipts


@pytest.mark.parametrize(
    "change",
    [
        'record = \'{"verdict":"eligible"}\'',
        "result = '{}'",
        "record = '', result = ''",
        "as_of = '2019-01-01'",
        "deletion_digest = '0'",
        "reference_digest = '0', record = '', result = '', deleted_at = created_at",
        "record = 'x', result = '', deleted_at = created_at",
    ],
)
def test_a_kept_answer_is_not_tampered_with(law, change):
    with refused() as cursor:
        cursor.execute(f"UPDATE eligibility_receipt SET {change}")


def test_a_receipt_is_emptied_once_and_for_all(law):
    change = "UPDATE eligibility_receipt SET record = '', result = '', deleted_at = "

    assert execute(f"{change} created_at") == 1
    for again in ("created_at", "NULL"):
        with refused("kept answer never changes") as cursor:
            cursor.execute(f"{change} {again}")


def test_a_reference_is_given_once(law):
    names = [f.column for f in Receipt._meta.concrete_fields][1:]
    listed = ", ".join(names)

    with refused() as cursor:
        cursor.execute(
            f"INSERT INTO eligibility_receipt ({listed}) SELECT {listed} FROM eligibility_receipt"
        )


GUARDS = [
    import_module(f"eligibility.migrations.{name}")
    for name in (
        "0002_database_guards",
        "0003_nothing_is_emptied",
        "0004_editors_never_approve",
    )
]


def test_the_guards_can_be_taken_away_and_put_back():
    """The migrations are reversible: what they undo they can do again."""
    row = approve(submitted(trial()))
    touched = (
        f"UPDATE eligibility_ruleversion SET version = version WHERE id = {row.pk}",
        "UPDATE eligibility_rule SET kind = 'family'",
    )
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")  # else a table with new rows is not altered

    editor = connection.schema_editor(atomic=False)
    for guards in reversed(GUARDS):
        guards.unguard(None, editor)
    for touch in touched:
        assert execute(touch) == 1
    for guards in GUARDS:
        guards.guard(None, editor)
    for touch in touched:
        with refused("never changes|was reviewed|keeps its code") as cursor:
            cursor.execute(touch.replace("'family'", "'route'"))
