"""The settlement rules and their evaluation, as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from eligibility.rights import grant_rights


class EligibilityConfig(AppConfig):
    """Settlement in Jiaxing: who may register, where, and from when."""

    name = "eligibility"
    verbose_name = _("Settlement rules")

    def ready(self) -> None:
        """Give the roles their rights once the tables stand."""
        post_migrate.connect(grant_rights, sender=self)
