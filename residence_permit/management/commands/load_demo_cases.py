"""Fill the stations with the cases by which a newcomer gets to know the portal."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from residence_permit import demo


class Command(BaseCommand):
    """Once; a second run finds them and leaves them as visitors have moved them."""

    help = "Create the demonstration cases, permits and registrations."

    def handle(self, *args, **options):
        """Tell the stories, unless these settings are the real service's."""
        if not settings.DEMO_ALLOWED:
            raise CommandError("Demonstration cases are not made under production settings.")
        if demo.is_told():
            self.stdout.write("The demonstration cases are there.")
            return
        told = list(demo.tell(timezone.now()))
        self.stdout.write(f"{len(told)} demonstration people, each with a case in another state.")
