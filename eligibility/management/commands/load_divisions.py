"""Loads the townships of Jiaxing."""

import csv
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from eligibility.models import Township

FILE = Path(settings.BASE_DIR) / "fixtures" / "divisions" / "jiaxing.csv"


class Command(BaseCommand):
    """Create or update the townships of fixtures/divisions/; safe to run again."""

    help = __doc__

    @transaction.atomic
    def handle(self, **options) -> None:
        """Load the file and say how many townships there are."""
        with FILE.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                Township.objects.update_or_create(
                    code=row["township_code"],
                    defaults={
                        "name": row["township"],
                        "county_code": row["county_code"],
                        "county": row["county"],
                        "kind": row["kind"],
                    },
                )
        self.stdout.write(f"{Township.objects.count()} townships")
