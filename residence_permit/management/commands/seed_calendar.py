"""Fill the calendar of working days."""

from django.core.management.base import BaseCommand

from residence_permit.services import calendar


class Command(BaseCommand):
    """Safe to run again: what staff have entered or changed stays."""

    help = "Enter the public holidays of 2024 to 2027 and the weekend days that are worked."

    def handle(self, *args, **options):
        """Say for every year how many days are new."""
        added = calendar.seed()
        said = ", ".join(f"{year}: {count} new" for year, count in added.items())
        self.stdout.write(f"Calendar days: {said}.")
