"""Create the accounts with which a newcomer tries the portal."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role

# Public on purpose; production refuses the command.
PASSWORD = "jiaxing-demo"  # noqa: S105
ROLES = {
    "demo-author": Role.RULE_AUTHOR,
    "demo-approver": Role.RULE_APPROVER,
    "demo-officer": Role.OFFICER,
    "demo-operator": Role.OPERATOR,
    "demo-auditor": Role.AUDITOR,
}
SUPERUSER = "demo-admin"
OFFICE = "演示机构（Demonstration office）"


class Command(BaseCommand):
    """Safe to run again: it puts the same accounts back as they were."""

    help = "Create one demonstration account per role, and print the logins."

    def handle(self, *args, **options):
        """Create the accounts, unless these settings are the real service's."""
        if not settings.DEMO_ALLOWED:
            raise CommandError(
                "Demonstration accounts have public passwords; they are not made under "
                "production settings. Use createsuperuser."
            )
        with transaction.atomic():
            for name, role in ROLES.items():
                group = Group.objects.get(name=role.value)
                self._account(name).groups.set([group])
            self._account(SUPERUSER, is_superuser=True)
        self.stdout.write(f"Sign in at /admin/ (password of all: {PASSWORD}):")
        for name in (*ROLES, SUPERUSER):
            self.stdout.write(f"  {name}")

    @staticmethod
    def _account(name: str, *, is_superuser: bool = False) -> User:
        flags = {
            "is_active": True,
            "is_demo": True,
            "is_staff": True,
            "is_superuser": is_superuser,
            "office": OFFICE,
        }
        user, created = User.objects.update_or_create(username=name, defaults=flags)
        if created or not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
        return user
