"""Create the accounts with which a newcomer tries the portal."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from jiaxing_hukou.accounts.demo import ACCOUNTS, OFFICE, PASSWORD, TOTP_SECRET, DemoAccount
from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.accounts.station_tree import keep_stations


class Command(BaseCommand):
    """Safe to run again: it puts the same accounts back as they were."""

    help = "Create the demonstration accounts and their offices, and print the logins."

    def handle(self, *args, **options):
        """Create the accounts, unless these settings are the real service's."""
        if not settings.DEMO_ALLOWED:
            raise CommandError(
                "Demonstration accounts have public passwords; they are not made under "
                "production settings. Use createsuperuser."
            )
        with transaction.atomic():
            keep_stations(settings.BASE_DIR / "fixtures" / "divisions" / "jiaxing.csv")
            stations = dict(Station.objects.values_list("code", "pk"))
            for account in ACCOUNTS:
                self._keep(account, stations)
        self.stdout.write(f"Sign in at /accounts/login/ (password of all: {PASSWORD}):")
        for account in ACCOUNTS:
            by = "" if account.is_staff else f"  (residents: {account.phone})"
            self.stdout.write(f"  {account.name}{by}")
        self.stdout.write(
            "Staff need a code as well. Put this secret into an authenticator app:\n"
            f"  {TOTP_SECRET}\n"
            "or let the portal compute it: .venv/bin/python manage.py demo_code demo-officer\n"
            "Text messages and e-mails stay here; read them at /dev/messages/"
        )

    @staticmethod
    def _keep(account: DemoAccount, stations: dict[str, int]) -> None:
        values = {
            "is_active": True,
            "is_demo": True,
            "is_staff": account.is_staff,
            "is_superuser": account.superuser,
            "office": OFFICE if account.is_staff else "",
            "station_id": stations[account.station] if account.station else None,
            "phone": account.phone or None,
            "phone_verified": bool(account.phone),
        }
        user, created = User.objects.update_or_create(username=account.name, defaults=values)
        if created or not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
        if account.role:
            user.groups.set([Group.objects.get(name=account.role.value)])
        if account.is_staff:
            _keep_second_factor(user)


def _keep_second_factor(user: User) -> None:
    """Give the account the public secret; which code was used last stays as it is."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    row = row or Authenticator(user=user, type=Authenticator.Type.TOTP, data={})
    row.data = row.data | {"secret": encrypt(TOTP_SECRET)}
    row.save()
