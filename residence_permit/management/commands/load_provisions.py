"""Load the permit's conditions and what its holders get from ``fixtures/``."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from eligibility.legal_files import LegalFileError
from residence_permit.legal_files import read_provisions
from residence_permit.services.provisions import ProvisionChanged, load


class Command(BaseCommand):
    """Safe to run again; a version that is in use is never changed."""

    help = "Load the conditions of the permit and the services of its holders."

    def handle(self, *args, **options):
        """Load all of it, or say where the first mistake is."""
        try:
            tally = load(held=read_provisions(settings.BASE_DIR / "fixtures"), now=timezone.now())
        except (LegalFileError, ProvisionChanged) as error:
            raise CommandError(str(error)) from error
        done = ", ".join(f"{count} {what}" for what, count in sorted(tally.items()))
        self.stdout.write(f"Provisions: {done}")
