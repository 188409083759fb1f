"""Create one group for each role."""

from django.db import migrations

# As they were when this was written; a later role gets a migration of its own.
ROLES = (
    "resident",
    "reporter",
    "officer",
    "supervisor",
    "points_officer",
    "round_manager",
    "rule_author",
    "rule_approver",
    "auditor",
    "operator",
)


def create_groups(apps, schema_editor):
    """Create the groups that are not there yet."""
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    """Roles as groups."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    # Not undone: by then people are in the groups.
    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
