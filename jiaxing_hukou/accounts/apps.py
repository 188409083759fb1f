"""Residents and staff, as a Django app."""

from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from jiaxing_hukou.accounts.rights import grant
from jiaxing_hukou.accounts.roles import Role

# Operators enter the real offices, and end the wait of somebody who mistyped a password.
OFFICES = tuple(
    (Role.OPERATOR, action, model)
    for model in ("station", "stationtownship")
    for action in ("view", "add", "change")
)
WAITS = ((Role.OPERATOR, "view", "accessattempt"), (Role.OPERATOR, "delete", "accessattempt"))


class AccountsConfig(AppConfig):
    """Who signs in, and in which role."""

    name = "jiaxing_hukou.accounts"
    verbose_name = _("Accounts")

    def ready(self):
        """Make the roles' groups once the tables stand."""
        post_migrate.connect(_make_groups, sender=self)


def _make_groups(using, apps=installed, **_kwargs):
    """Create the group of every role that has none yet.

    After every migrate and not in a migration: a role that is added to the list needs no
    migration of its own, and an emptied database gets its groups back.
    """
    group = apps.get_model("auth", "Group")
    for role in Role:
        group.objects.using(using).get_or_create(name=role.value)
    grant(OFFICES, app_label="accounts", using=using, apps=apps)
    grant(WAITS, app_label="axes", using=using, apps=apps)
