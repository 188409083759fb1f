"""More that the database itself refuses: to empty a table, and to rename a rule in force.

A rule that has a published version keeps its code and kind. A version that was stopped for good
from its first day never was in force; its days, and only those, may go. SQLite has no TRUNCATE.
"""

from django.db import migrations

KEPT = {
    "rule": "A rule with published versions stays.",
    "ruleversion": "A published rule version never changes; write a new one.",
    "periodinforce": "A period in force is never deleted.",
    "ruleevent": "An event of a rule version is never changed or deleted.",
    "rulesetsnapshot": "A ruleset snapshot is never changed or deleted.",
    "legaldocument": "A document that a published version cites never changes.",
    "clause": "A document that a published version cites never changes.",
    "receipt": "A receipt is emptied, not removed.",
}
NAMED = "A rule with a published version keeps its code and kind."
IN_FORCE = "A period in force is never deleted."
PUBLISHED = (
    "EXISTS (SELECT 1 FROM eligibility_ruleversion v "
    "WHERE v.rule_id = OLD.id AND v.status = 'published')"
)
NEVER_IN_FORCE = (
    "EXISTS (SELECT 1 FROM eligibility_ruleevent e WHERE e.version_id = OLD.version_id "
    "AND e.kind IN ('withdrawn', 'ended') AND e.from_day <= OLD.first_day)"
)

POSTGRESQL = f"""
CREATE FUNCTION eligibility_rule_is_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {PUBLISHED} THEN
        RAISE EXCEPTION '{NAMED}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_is_named
    BEFORE UPDATE ON eligibility_rule FOR EACH ROW
    WHEN ((NEW.id, NEW.code, NEW.kind) IS DISTINCT FROM (OLD.id, OLD.code, OLD.kind))
    EXECUTE FUNCTION eligibility_rule_is_named();

CREATE FUNCTION eligibility_period_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT {NEVER_IN_FORCE} THEN
        RAISE EXCEPTION '{IN_FORCE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER period_stays ON eligibility_periodinforce;
CREATE TRIGGER period_stays
    BEFORE DELETE ON eligibility_periodinforce FOR EACH ROW
    EXECUTE FUNCTION eligibility_period_stays();
""" + "".join(
    f"""
CREATE TRIGGER table_is_kept
    BEFORE TRUNCATE ON eligibility_{table} FOR EACH STATEMENT
    EXECUTE FUNCTION eligibility_refuse('{message}');
"""
    for table, message in KEPT.items()
)

POSTGRESQL_UNDO = (
    "".join(f"DROP TRIGGER table_is_kept ON eligibility_{table};\n" for table in KEPT)
    + f"""
DROP TRIGGER period_stays ON eligibility_periodinforce;
CREATE TRIGGER period_stays
    BEFORE DELETE ON eligibility_periodinforce FOR EACH ROW
    EXECUTE FUNCTION eligibility_refuse('{IN_FORCE}');
DROP FUNCTION eligibility_period_stays();
DROP TRIGGER rule_is_named ON eligibility_rule;
DROP FUNCTION eligibility_rule_is_named();
"""
)

REPLACED = "There is such a row already, and it is not replaced."
# name, event and table, condition, message
PERIOD_STAYS = ("period_stays", "DELETE ON eligibility_periodinforce")
SQLITE = (
    (
        "rule_is_named",
        "UPDATE ON eligibility_rule",
        f"(NEW.id, NEW.code, NEW.kind) IS NOT (OLD.id, OLD.code, OLD.kind) AND {PUBLISHED}",
        NAMED,
    ),
    # OR REPLACE deletes the row that is in the way, and fires no DELETE trigger.
    (
        "rule_is_not_replaced_by_insert",
        "INSERT ON eligibility_rule",
        "EXISTS (SELECT 1 FROM eligibility_rule r WHERE r.id = NEW.id OR r.code = NEW.code)",
        REPLACED,
    ),
    (
        "rule_is_not_replaced_by_update",
        "UPDATE ON eligibility_rule",
        "EXISTS (SELECT 1 FROM eligibility_rule r "
        "WHERE r.id <> OLD.id AND (r.id = NEW.id OR r.code = NEW.code))",
        REPLACED,
    ),
)


def _create(schema_editor, name, place, condition, message):
    schema_editor.execute(
        f"CREATE TRIGGER eligibility_{name} BEFORE {place} FOR EACH ROW "
        f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def guard(apps, schema_editor):
    """Create the triggers of the database in use."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
        return
    schema_editor.execute("DROP TRIGGER eligibility_period_stays")
    _create(schema_editor, *PERIOD_STAYS, f"NOT {NEVER_IN_FORCE}", IN_FORCE)
    for trigger in SQLITE:
        _create(schema_editor, *trigger)


def unguard(apps, schema_editor):
    """Take them away again, and put back the one that was replaced."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_UNDO)
        return
    for name, *_ in SQLITE:
        schema_editor.execute(f"DROP TRIGGER eligibility_{name}")
    schema_editor.execute("DROP TRIGGER eligibility_period_stays")
    _create(schema_editor, *PERIOD_STAYS, "1", IN_FORCE)


class Migration(migrations.Migration):
    """Guards beside the tables of the rule records, continued."""

    dependencies = [("eligibility", "0002_database_guards")]

    operations = [migrations.RunPython(guard, unguard)]
