"""Loads the offices of the police: the city, its counties, one station a township."""

from django.conf import settings
from django.core.management.base import BaseCommand

from jiaxing_hukou.accounts.station_tree import keep_stations


class Command(BaseCommand):
    """Add the offices that are missing; safe to run again, what staff changed stays."""

    help = __doc__

    def handle(self, **options) -> None:
        """Load the file and say how many offices there are."""
        count = keep_stations(settings.BASE_DIR / "fixtures" / "divisions" / "jiaxing.csv")
        self.stdout.write(f"{count} offices")
