"""What the database itself refuses, also from a shell and from raw SQL.

PostgreSQL and SQLite keep the same promises; PostgreSQL refuses overlapping days by an exclusion
constraint, SQLite (one writer at a time) by a trigger. SQLite alone knows REPLACE, and refuses it.
"""

from django.db import migrations

POSTGRESQL = """
CREATE EXTENSION IF NOT EXISTS btree_gist;

ALTER TABLE eligibility_periodinforce ADD CONSTRAINT one_version_a_day
    EXCLUDE USING gist (code WITH =, area WITH =, daterange(first_day, last_day, '[]') WITH &&);

CREATE FUNCTION eligibility_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER published_version_is_frozen
    BEFORE UPDATE OR DELETE ON eligibility_ruleversion FOR EACH ROW
    WHEN (OLD.status = 'published')
    EXECUTE FUNCTION eligibility_refuse('A published rule version never changes; write a new one.');
CREATE TRIGGER version_is_published_from_review
    BEFORE UPDATE ON eligibility_ruleversion FOR EACH ROW
    WHEN (NEW.status = 'published' AND (OLD.status <> 'in_review'
        OR (NEW.rule_id, NEW.version, NEW.document_id, NEW.record, NEW.content_hash,
            NEW.effective_from, NEW.effective_to, NEW.author_id)
        IS DISTINCT FROM (OLD.rule_id, OLD.version, OLD.document_id, OLD.record, OLD.content_hash,
            OLD.effective_from, OLD.effective_to, OLD.author_id)))
    EXECUTE FUNCTION eligibility_refuse('Only what was reviewed can be published, unchanged.');
CREATE TRIGGER version_is_not_born_published
    BEFORE INSERT ON eligibility_ruleversion FOR EACH ROW
    WHEN (NEW.status <> 'draft')
    EXECUTE FUNCTION eligibility_refuse('A rule version begins as a draft.');

CREATE FUNCTION eligibility_period_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM eligibility_ruleversion v JOIN eligibility_rule r ON r.id = v.rule_id
        WHERE v.id = NEW.version_id AND v.status = 'published' AND r.code = NEW.code
    ) THEN
        RAISE EXCEPTION 'Only a published version of the same rule can be in force.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER period_of_published
    BEFORE INSERT ON eligibility_periodinforce FOR EACH ROW
    EXECUTE FUNCTION eligibility_period_of_published();
CREATE TRIGGER period_only_ends_earlier
    BEFORE UPDATE ON eligibility_periodinforce FOR EACH ROW
    WHEN (NEW.version_id <> OLD.version_id OR NEW.code <> OLD.code OR NEW.area <> OLD.area
        OR NEW.first_day <> OLD.first_day OR NEW.last_day IS NULL OR NEW.last_day > OLD.last_day)
    EXECUTE FUNCTION eligibility_refuse('A period in force can only be ended earlier.');
CREATE TRIGGER period_stays
    BEFORE DELETE ON eligibility_periodinforce FOR EACH ROW
    EXECUTE FUNCTION eligibility_refuse('A period in force is never deleted.');

CREATE TRIGGER event_is_kept
    BEFORE UPDATE OR DELETE ON eligibility_ruleevent FOR EACH ROW
    EXECUTE FUNCTION eligibility_refuse('An event of a rule version is never changed or deleted.');
CREATE TRIGGER snapshot_is_kept
    BEFORE UPDATE OR DELETE ON eligibility_rulesetsnapshot FOR EACH ROW
    EXECUTE FUNCTION eligibility_refuse('A ruleset snapshot is never changed or deleted.');

CREATE TRIGGER cited_document_is_frozen
    BEFORE UPDATE OR DELETE ON eligibility_legaldocument FOR EACH ROW
    WHEN (OLD.frozen_at IS NOT NULL)
    EXECUTE FUNCTION eligibility_refuse('A document that a published version cites never changes.');
CREATE FUNCTION eligibility_clause_of_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM eligibility_legaldocument d
               WHERE d.id = OLD.document_id AND d.frozen_at IS NOT NULL) THEN
        RAISE EXCEPTION 'A document that a published version cites never changes.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cited_clause_is_frozen
    BEFORE UPDATE OR DELETE ON eligibility_clause FOR EACH ROW
    EXECUTE FUNCTION eligibility_clause_of_frozen();

CREATE TRIGGER receipt_is_only_emptied
    BEFORE UPDATE ON eligibility_receipt FOR EACH ROW
    WHEN (OLD.deleted_at IS NOT NULL OR NEW.deleted_at IS NULL
        OR NEW.reference_digest <> OLD.reference_digest)
    EXECUTE FUNCTION eligibility_refuse('A kept answer never changes; its holder may delete it.');
CREATE TRIGGER receipt_leaves_a_trace
    BEFORE DELETE ON eligibility_receipt FOR EACH ROW
    EXECUTE FUNCTION eligibility_refuse('A receipt is emptied, not removed.');
"""

POSTGRESQL_UNDO = """
DROP TRIGGER receipt_leaves_a_trace ON eligibility_receipt;
DROP TRIGGER receipt_is_only_emptied ON eligibility_receipt;
DROP TRIGGER cited_clause_is_frozen ON eligibility_clause;
DROP FUNCTION eligibility_clause_of_frozen();
DROP TRIGGER cited_document_is_frozen ON eligibility_legaldocument;
DROP TRIGGER snapshot_is_kept ON eligibility_rulesetsnapshot;
DROP TRIGGER event_is_kept ON eligibility_ruleevent;
DROP TRIGGER period_stays ON eligibility_periodinforce;
DROP TRIGGER period_only_ends_earlier ON eligibility_periodinforce;
DROP TRIGGER period_of_published ON eligibility_periodinforce;
DROP FUNCTION eligibility_period_of_published();
DROP TRIGGER version_is_not_born_published ON eligibility_ruleversion;
DROP TRIGGER version_is_published_from_review ON eligibility_ruleversion;
DROP TRIGGER published_version_is_frozen ON eligibility_ruleversion;
DROP FUNCTION eligibility_refuse();
ALTER TABLE eligibility_periodinforce DROP CONSTRAINT one_version_a_day;
"""

# name, event and table, condition, message
SQLITE = (
    (
        "published_version_is_frozen_update",
        "UPDATE ON eligibility_ruleversion",
        "OLD.status = 'published'",
        "A published rule version never changes; write a new one.",
    ),
    (
        "published_version_is_frozen_delete",
        "DELETE ON eligibility_ruleversion",
        "OLD.status = 'published'",
        "A published rule version never changes; write a new one.",
    ),
    (
        "version_is_published_from_review",
        "UPDATE ON eligibility_ruleversion",
        "NEW.status = 'published' AND (OLD.status <> 'in_review' "
        "OR (NEW.rule_id, NEW.version, NEW.document_id, NEW.record, NEW.content_hash, "
        "NEW.effective_from, NEW.effective_to, NEW.author_id) "
        "IS NOT (OLD.rule_id, OLD.version, OLD.document_id, OLD.record, OLD.content_hash, "
        "OLD.effective_from, OLD.effective_to, OLD.author_id))",
        "Only what was reviewed can be published, unchanged.",
    ),
    (
        "version_is_not_born_published",
        "INSERT ON eligibility_ruleversion",
        "NEW.status <> 'draft'",
        "A rule version begins as a draft.",
    ),
    (
        "period_of_published",
        "INSERT ON eligibility_periodinforce",
        "NOT EXISTS (SELECT 1 FROM eligibility_ruleversion v JOIN eligibility_rule r "
        "ON r.id = v.rule_id WHERE v.id = NEW.version_id AND v.status = 'published' "
        "AND r.code = NEW.code)",
        "Only a published version of the same rule can be in force.",
    ),
    (
        "period_overlaps",
        "INSERT ON eligibility_periodinforce",
        "EXISTS (SELECT 1 FROM eligibility_periodinforce p WHERE p.code = NEW.code "
        "AND p.area = NEW.area AND p.first_day <= coalesce(NEW.last_day, '9999-12-31') "
        "AND coalesce(p.last_day, '9999-12-31') >= NEW.first_day)",
        "Two versions of a rule are in force in one area on one day.",
    ),
    (
        "period_only_ends_earlier",
        "UPDATE ON eligibility_periodinforce",
        "NEW.version_id <> OLD.version_id OR NEW.code <> OLD.code OR NEW.area <> OLD.area "
        "OR NEW.first_day <> OLD.first_day OR NEW.last_day IS NULL "
        "OR NEW.last_day > OLD.last_day",
        "A period in force can only be ended earlier.",
    ),
    (
        "period_stays",
        "DELETE ON eligibility_periodinforce",
        "1",
        "A period in force is never deleted.",
    ),
    (
        "event_is_kept_update",
        "UPDATE ON eligibility_ruleevent",
        "1",
        "An event of a rule version is never changed or deleted.",
    ),
    (
        "event_is_kept_delete",
        "DELETE ON eligibility_ruleevent",
        "1",
        "An event of a rule version is never changed or deleted.",
    ),
    (
        "snapshot_is_kept_update",
        "UPDATE ON eligibility_rulesetsnapshot",
        "1",
        "A ruleset snapshot is never changed or deleted.",
    ),
    (
        "snapshot_is_kept_delete",
        "DELETE ON eligibility_rulesetsnapshot",
        "1",
        "A ruleset snapshot is never changed or deleted.",
    ),
    (
        "cited_document_is_frozen_update",
        "UPDATE ON eligibility_legaldocument",
        "OLD.frozen_at IS NOT NULL",
        "A document that a published version cites never changes.",
    ),
    (
        "cited_document_is_frozen_delete",
        "DELETE ON eligibility_legaldocument",
        "OLD.frozen_at IS NOT NULL",
        "A document that a published version cites never changes.",
    ),
    (
        "cited_clause_is_frozen_update",
        "UPDATE ON eligibility_clause",
        "EXISTS (SELECT 1 FROM eligibility_legaldocument d WHERE d.id = OLD.document_id "
        "AND d.frozen_at IS NOT NULL)",
        "A document that a published version cites never changes.",
    ),
    (
        "cited_clause_is_frozen_delete",
        "DELETE ON eligibility_clause",
        "EXISTS (SELECT 1 FROM eligibility_legaldocument d WHERE d.id = OLD.document_id "
        "AND d.frozen_at IS NOT NULL)",
        "A document that a published version cites never changes.",
    ),
    (
        "receipt_is_only_emptied",
        "UPDATE ON eligibility_receipt",
        "OLD.deleted_at IS NOT NULL OR NEW.deleted_at IS NULL "
        "OR NEW.reference_digest <> OLD.reference_digest",
        "A kept answer never changes; its holder may delete it.",
    ),
    (
        "receipt_leaves_a_trace",
        "DELETE ON eligibility_receipt",
        "1",
        "A receipt is emptied, not removed.",
    ),
    # OR REPLACE deletes the row that is in the way, and fires no DELETE trigger.
    *(
        (
            f"{table}_is_not_replaced_by_{act.lower()}",
            f"{act} ON eligibility_{table}",
            f"EXISTS (SELECT 1 FROM eligibility_{table} r "
            f"WHERE {others} AND (r.id = NEW.id OR {same}))",
            "There is such a row already, and it is not replaced.",
        )
        for act, others in (("INSERT", "1"), ("UPDATE", "r.id <> OLD.id"))
        for table, same in (
            (
                "ruleversion",
                "r.content_hash = NEW.content_hash "
                "OR (r.rule_id = NEW.rule_id AND r.version = NEW.version)",
            ),
            ("periodinforce", "0"),
            (
                "ruleevent",
                "(r.version_id = NEW.version_id AND r.kind = NEW.kind "
                "AND r.from_day = NEW.from_day)",
            ),
            ("rulesetsnapshot", "0"),
            ("legaldocument", "r.slug = NEW.slug"),
            ("clause", "(r.document_id = NEW.document_id AND r.article = NEW.article)"),
            ("receipt", "r.reference_digest = NEW.reference_digest"),
        )
    ),
)


def guard(apps, schema_editor):
    """Create the constraint and the triggers of the database in use."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)  # the "%" in it is no placeholder
        return
    for name, place, condition, message in SQLITE:
        schema_editor.execute(
            f"CREATE TRIGGER eligibility_{name} BEFORE {place} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def unguard(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_UNDO)
        return
    for name, *_ in SQLITE:
        schema_editor.execute(f"DROP TRIGGER eligibility_{name}")


class Migration(migrations.Migration):
    """Guards beside the tables of the rule records."""

    dependencies = [("eligibility", "0001_rule_records")]

    operations = [migrations.RunPython(guard, unguard)]
