"""Prepare everything that `make run` serves."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from jiaxing_hukou.catalogs import compile_catalogs

# In order; each may be run again and does only what is still to be done.
STEPS = (
    ("migrate", {"verbosity": 0}),
    ("createcachetable", {"verbosity": 0}),
    ("load_divisions", {}),
    ("load_stations", {}),
    ("load_demo_accounts", {}),
    (
        "load_rules",
        {
            "author": "demo-author",
            "approver": "demo-approver",
            "override": settings.BASE_DIR / "fixtures" / "overrides.yaml",
        },
    ),
    ("load_provisions", {}),
    ("seed_calendar", {}),
    ("load_demo_cases", {}),
)


class Command(BaseCommand):
    """One process instead of five: starting Django takes longer than the steps."""

    help = "Migrate, load the divisions, the rules and the demonstration accounts."

    def handle(self, *args, **options):
        """Take the steps."""
        compile_catalogs()
        for name, arguments in STEPS:
            call_command(name, stdout=self.stdout, **arguments)
