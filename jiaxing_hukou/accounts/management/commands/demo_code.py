"""Prints the code that a demonstration account signs in with now."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jiaxing_hukou.accounts.demo import current_code
from jiaxing_hukou.accounts.models import User


class Command(BaseCommand):
    """Stand in for the authenticator app of a demonstration account."""

    help = __doc__

    def add_arguments(self, parser):
        """Take the account's name."""
        parser.add_argument("user")

    def handle(self, *, user, **options):
        """Print the code, unless these settings are the real service's."""
        if not settings.DEMO_ALLOWED:
            raise CommandError("There are no demonstration accounts under production settings.")
        if not User.objects.filter(username=user, is_demo=True, is_staff=True).exists():
            raise CommandError(f"{user} is no demonstration account that needs a code.")
        self.stdout.write(current_code())
