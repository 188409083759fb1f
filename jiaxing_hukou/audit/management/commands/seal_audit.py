"""Seals the days of the audit log that are over, and prints the seals to be kept elsewhere."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from jiaxing_hukou.audit.models import AuditSeal
from jiaxing_hukou.audit.services import AuditBroken, seal_days, witness


class Command(BaseCommand):
    """Print each new seal as a line of JSON; keep them where nobody can write the database.

    Safe to run again; a missed day is caught up. ``verify_audit --seals FILE`` reads the lines.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say whether the older seals are wanted, too."""
        parser.add_argument("--all", action="store_true", help="print the older seals as well")

    def handle(self, **options: Any) -> None:
        """Seal, then print."""
        try:
            made = seal_days(now=timezone.now())
        except AuditBroken as error:
            raise CommandError(str(error)) from error
        seals = AuditSeal.objects.order_by("day").iterator() if options["all"] else made
        for seal in seals:
            self.stdout.write(json.dumps(witness(seal)))
