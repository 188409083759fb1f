"""What the database itself refuses: to change, delete or empty the log, or to leave a gap in it.

PostgreSQL and SQLite keep the same promises. SQLite alone knows REPLACE, and refuses it; it has no
TRUNCATE.
"""

from django.db import migrations

KEPT = {
    "auditentry": "An audit entry is never changed or deleted.",
    "auditseal": "An audit seal is never changed or deleted.",
}
FOLLOWS = "An audit entry follows the last one; write it through the service."
# Of a new entry: that it is the first one, or that the one before it is there.
FOLLOWING = (
    f"((NEW.number = 1 AND NEW.previous_hash = '{'0' * 64}') OR EXISTS ("
    "SELECT 1 FROM audit_auditentry e WHERE e.number = NEW.number - 1 "
    "AND e.hash = NEW.previous_hash))"
)

POSTGRESQL = f"""
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT {FOLLOWING} THEN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_follows
    BEFORE INSERT ON audit_auditentry FOR EACH ROW
    EXECUTE FUNCTION audit_follows('{FOLLOWS}');
""" + "".join(
    f"""
CREATE TRIGGER row_is_kept
    BEFORE UPDATE OR DELETE ON audit_{table} FOR EACH ROW
    EXECUTE FUNCTION audit_refuse('{message}');
CREATE TRIGGER table_is_kept
    BEFORE TRUNCATE ON audit_{table} FOR EACH STATEMENT
    EXECUTE FUNCTION audit_refuse('{message}');
"""
    for table, message in KEPT.items()
)

POSTGRESQL_UNDO = """
DROP TRIGGER table_is_kept ON audit_auditseal;
DROP TRIGGER row_is_kept ON audit_auditseal;
DROP TRIGGER table_is_kept ON audit_auditentry;
DROP TRIGGER row_is_kept ON audit_auditentry;
DROP TRIGGER entry_follows ON audit_auditentry;
DROP FUNCTION audit_follows();
DROP FUNCTION audit_refuse();
"""

# name, event and table, condition, message
SQLITE = (
    ("entry_follows", "INSERT ON audit_auditentry", f"NOT {FOLLOWING}", FOLLOWS),
    *(
        (f"{table}_is_kept_{event.lower()}", f"{event} ON audit_{table}", "1", message)
        for table, message in KEPT.items()
        for event in ("UPDATE", "DELETE")
    ),
    # OR REPLACE deletes the row that is in the way, and fires no DELETE trigger.
    *(
        (
            f"{table}_is_not_replaced",
            f"INSERT ON audit_{table}",
            f"EXISTS (SELECT 1 FROM audit_{table} r WHERE r.{key} = NEW.{key})",
            KEPT[table],
        )
        for table, key in (("auditentry", "number"), ("auditseal", "day"))
    ),
)


def guard(apps, schema_editor):
    """Create the triggers of the database in use."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)  # the "%" in it is no placeholder
        return
    for name, place, condition, message in SQLITE:
        schema_editor.execute(
            f"CREATE TRIGGER audit_{name} BEFORE {place} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def unguard(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_UNDO)
        return
    for name, *_ in SQLITE:
        schema_editor.execute(f"DROP TRIGGER audit_{name}")


class Migration(migrations.Migration):
    """Guards beside the tables of the audit log."""

    dependencies = [("audit", "0001_entries_and_seals")]

    operations = [migrations.RunPython(guard, unguard)]
