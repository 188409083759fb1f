"""What the database itself refuses, also from a shell and from raw SQL.

Each guard is one condition under which a statement is refused, written once for PostgreSQL and
SQLite. A case takes a new status only together with the event that brought it, an event only the
arrows of the table, and nobody handles his own or a household member's case.
"""

from django.db import migrations

# core.workflow.TABLE as it was when this was written: action, from, to. A test compares the two;
# an arrow that is added later comes with a migration of its own.
ARROWS = (
    ("submit", "draft", "submitted"),
    ("claim", "submitted", "under_review"),
    ("request_correction", "under_review", "correction_requested"),
    ("resubmit", "correction_requested", "under_review"),
    ("accept", "under_review", "accepted"),
    ("recommend", "accepted", "awaiting_decision"),
    ("decide", "awaiting_decision", "approved"),
    ("decide", "awaiting_decision", "refused"),
    ("decide", "under_reconsideration", "approved"),
    ("decide", "under_reconsideration", "refused"),
    ("extend", "accepted", "accepted"),
    ("extend", "awaiting_decision", "awaiting_decision"),
    ("withdraw", "draft", "withdrawn"),
    ("withdraw", "submitted", "withdrawn"),
    ("withdraw", "under_review", "withdrawn"),
    ("withdraw", "correction_requested", "withdrawn"),
    ("close", "correction_requested", "closed"),
    ("issue", "approved", "issued"),
    ("request_review", "refused", "under_reconsideration"),
    ("take_over", "under_review", "under_review"),
    ("take_over", "accepted", "accepted"),
    ("reassign", "under_review", "under_review"),
    ("reassign", "accepted", "accepted"),
    ("escalate", "under_review", "under_review"),
    ("escalate", "accepted", "accepted"),
    ("escalate", "awaiting_decision", "awaiting_decision"),
)
_ARROWS = " OR ".join(
    f"(NEW.action = '{action}' AND NEW.source = '{source}' AND NEW.target = '{target}')"
    for action, source, target in ARROWS
)

APPLICATION = "residence_permit_permitapplication"
EVENT = "residence_permit_caseevent"
LEDGER = "residence_permit_permitevent"
PERSON = "residence_permit_person"
REGISTRATION = "residence_permit_residenceregistration"

# The member of staff who acts is the applicant, the person, linked to him, or of his address.
_HOUSEHOLD = f"""
NEW.role IN ('officer', 'supervisor') AND EXISTS (
    SELECT 1 FROM {APPLICATION} a JOIN {PERSON} p ON p.id = a.person_id
    WHERE a.id = NEW.application_id AND (
        a.applicant_id = NEW.actor_id
        OR p.user_id = NEW.actor_id
        OR EXISTS (SELECT 1 FROM residence_permit_staffrelative s
                   WHERE s.staff_id = NEW.actor_id AND s.id_hash = a.id_hash)
        OR EXISTS (
            SELECT 1 FROM {PERSON} me WHERE me.user_id = NEW.actor_id AND (
                me.id_hash = a.id_hash
                OR EXISTS (
                    SELECT 1 FROM residence_permit_relation r
                    JOIN {PERSON} g ON g.id = r.guardian_id JOIN {PERSON} w ON w.id = r.ward_id
                    WHERE r.ended_at IS NULL
                    AND ((g.id_hash = me.id_hash AND w.id_hash = a.id_hash)
                         OR (w.id_hash = me.id_hash AND g.id_hash = a.id_hash)))
                OR EXISTS (
                    SELECT 1 FROM {REGISTRATION} mine JOIN {REGISTRATION} his
                    ON his.address_key = mine.address_key
                    WHERE mine.status = 'active' AND his.status = 'active'
                    AND mine.id_hash = me.id_hash AND his.id_hash = a.id_hash)))))
"""

# name, act, table, condition under which it is refused, message
GUARDS = (
    (
        "case_begins_as_draft",
        "INSERT",
        APPLICATION,
        "NEW.status <> 'draft' OR NEW.events_count <> 0",
        "A case begins as a draft.",
    ),
    (
        "case_moves_with_its_event",
        "UPDATE",
        APPLICATION,
        f"(NEW.status <> OLD.status OR NEW.events_count <> OLD.events_count) AND NOT EXISTS ("
        f"SELECT 1 FROM {EVENT} e WHERE e.application_id = NEW.id "
        "AND NEW.events_count = OLD.events_count + 1 AND e.number = NEW.events_count "
        "AND e.source = OLD.status AND e.target = NEW.status)",
        "A case takes a new state only together with the event that brought it.",
    ),
    (
        "case_stays",
        "DELETE",
        APPLICATION,
        "OLD.status <> 'draft'",
        "A case that was submitted is never deleted.",
    ),
    (
        "event_follows_the_table",
        "INSERT",
        EVENT,
        f"NOT ({_ARROWS})",
        "The table of moves has no such arrow.",
    ),
    (
        "event_follows_the_case",
        "INSERT",
        EVENT,
        f"NOT EXISTS (SELECT 1 FROM {APPLICATION} a WHERE a.id = NEW.application_id "
        "AND a.status = NEW.source AND a.events_count + 1 = NEW.number)",
        "The case is not where this event begins.",
    ),
    (
        "staff_events_have_an_actor",
        "INSERT",
        EVENT,
        "(NEW.actor_id IS NULL) <> (NEW.role = 'system')",
        "Somebody who is known does this; only the portal has no name.",
    ),
    (
        "nobody_handles_his_household",
        "INSERT",
        EVENT,
        _HOUSEHOLD,
        "Nobody handles his own case or that of a household member.",
    ),
    (
        "decision_by_another_person",
        "INSERT",
        EVENT,
        f"NEW.action = 'decide' AND EXISTS (SELECT 1 FROM {EVENT} e "
        "WHERE e.application_id = NEW.application_id AND e.actor_id = NEW.actor_id "
        "AND (e.action = 'recommend' OR e.action = 'decide'))",
        "Recommending and deciding are two different people.",
    ),
    (
        "ledger_begins_with_the_issue",
        "INSERT",
        LEDGER,
        "(NEW.number = 1) <> (NEW.entry = 'issue')",
        "A ledger begins with the issue, once.",
    ),
    (
        "ledger_has_no_gap",
        "INSERT",
        LEDGER,
        f"NEW.number <> 1 + (SELECT count(*) FROM {LEDGER} e WHERE e.permit_id = NEW.permit_id)",
        "A ledger is written line after line.",
    ),
    (
        "ledger_ends_with_the_cancellation",
        "INSERT",
        LEDGER,
        f"EXISTS (SELECT 1 FROM {LEDGER} e WHERE e.permit_id = NEW.permit_id "
        'AND (e.entry = \'cancel\' OR e."on" > NEW."on"))',
        "Nothing follows a cancellation, and no line is dated before the last one.",
    ),
    *(
        (f"{name}_{act.lower()}", act, table, "1 = 1", message)
        for name, table, message in (
            ("event_is_kept", EVENT, "An event of a case is never changed or deleted."),
            ("ledger_is_kept", LEDGER, "A line of a ledger is never changed or deleted."),
            (
                "registration_event_is_kept",
                "residence_permit_registrationevent",
                "An event of a registration is never changed or deleted.",
            ),
            (
                "check_is_kept",
                "residence_permit_sharecheck",
                "A check of a permit is never changed or deleted.",
            ),
            (
                "provision_is_kept",
                "residence_permit_provision",
                "A provision never changes; write a new version.",
            ),
        )
        for act in ("UPDATE", "DELETE")
    ),
)

# OR REPLACE deletes the row that is in the way and fires no DELETE trigger; only SQLite knows it.
SQLITE_ONLY = tuple(
    (
        f"{table}_is_not_replaced",
        "INSERT",
        f"residence_permit_{table}",
        f"EXISTS (SELECT 1 FROM residence_permit_{table} r WHERE r.id = NEW.id OR {same})",
        "There is such a row already, and it is not replaced.",
    )
    for table, same in (
        ("permitapplication", "r.reference = NEW.reference"),
        ("caseevent", "(r.application_id = NEW.application_id AND r.number = NEW.number)"),
        ("permitevent", "(r.permit_id = NEW.permit_id AND r.number = NEW.number)"),
        ("registrationevent", "1 = 0"),
        ("sharecheck", "1 = 0"),
        ("provision", "(r.code = NEW.code AND r.version = NEW.version)"),
    )
)


def guard(apps, schema_editor):
    """Create the triggers of the database in use."""
    if schema_editor.connection.vendor == "postgresql":
        for name, act, table, condition, message in GUARDS:
            row = "OLD" if act == "DELETE" else "NEW"
            schema_editor.execute(
                f"CREATE FUNCTION permit_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition} THEN RAISE EXCEPTION '{message}' "
                f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$",
                params=None,
            )
            schema_editor.execute(
                f"CREATE TRIGGER permit_{name} BEFORE {act} ON {table} FOR EACH ROW "
                f"EXECUTE FUNCTION permit_{name}()"
            )
        return
    for name, act, table, condition, message in (*GUARDS, *SQLITE_ONLY):
        schema_editor.execute(
            f"CREATE TRIGGER permit_{name} BEFORE {act} ON {table} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END",
            params=None,
        )


def unguard(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        for name, _act, table, *_ in GUARDS:
            schema_editor.execute(f"DROP TRIGGER permit_{name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION permit_{name}()")
        return
    for name, *_ in (*GUARDS, *SQLITE_ONLY):
        schema_editor.execute(f"DROP TRIGGER permit_{name}")


class Migration(migrations.Migration):
    """Guards beside the tables of cases, ledgers and registrations."""

    dependencies = [("residence_permit", "0001_cases_and_permits")]

    operations = [migrations.RunPython(guard, unguard)]
