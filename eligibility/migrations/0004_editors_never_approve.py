"""Whoever wrote in a version may not approve it: the database refuses it, also from raw SQL.

The list of editors only grows, and is not touched while a version is published, so that nobody
takes himself off it first.
"""

from django.db import migrations

FORGOTTEN = "Whoever wrote in a rule version stays one of its editors."
APPROVES = "Whoever wrote in a rule version does not approve it."

POSTGRESQL = f"""
CREATE TRIGGER editors_are_not_forgotten
    BEFORE UPDATE ON eligibility_ruleversion FOR EACH ROW
    WHEN (NOT NEW.editors @> OLD.editors
        OR (NEW.status = 'published' AND NEW.editors IS DISTINCT FROM OLD.editors))
    EXECUTE FUNCTION eligibility_refuse('{FORGOTTEN}');
CREATE TRIGGER editors_do_not_approve
    BEFORE UPDATE ON eligibility_ruleversion FOR EACH ROW
    WHEN (NEW.status = 'published' AND NEW.approver_id <> NEW.author_id
        AND NEW.editors @> to_jsonb(NEW.approver_id))
    EXECUTE FUNCTION eligibility_refuse('{APPROVES}');
"""

POSTGRESQL_UNDO = """
DROP TRIGGER editors_do_not_approve ON eligibility_ruleversion;
DROP TRIGGER editors_are_not_forgotten ON eligibility_ruleversion;
"""

# name, condition, message
SQLITE = (
    (
        "editors_are_not_forgotten",
        "EXISTS (SELECT 1 FROM json_each(OLD.editors) o "
        "WHERE o.value NOT IN (SELECT n.value FROM json_each(NEW.editors) n)) "
        "OR (NEW.status = 'published' AND NEW.editors IS NOT OLD.editors)",
        FORGOTTEN,
    ),
    (
        "editors_do_not_approve",
        "NEW.status = 'published' AND NEW.approver_id <> NEW.author_id AND EXISTS "
        "(SELECT 1 FROM json_each(NEW.editors) e WHERE e.value = NEW.approver_id)",
        APPROVES,
    ),
)


def guard(apps, schema_editor):
    """Create the triggers of the database in use."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
        return
    for name, condition, message in SQLITE:
        schema_editor.execute(
            f"CREATE TRIGGER eligibility_{name} BEFORE UPDATE ON eligibility_ruleversion "
            f"FOR EACH ROW WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def unguard(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_UNDO)
        return
    for name, *_ in SQLITE:
        schema_editor.execute(f"DROP TRIGGER eligibility_{name}")


class Migration(migrations.Migration):
    """Four eyes, for everybody who wrote and not the last author alone."""

    dependencies = [("eligibility", "0003_nothing_is_emptied")]

    operations = [migrations.RunPython(guard, unguard)]
