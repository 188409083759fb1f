"""The audit log, as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from jiaxing_hukou.audit.rights import grant_rights


class AuditConfig(AppConfig):
    """Who read or wrote what about whom."""

    name = "jiaxing_hukou.audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        """Give the auditors their rights once the tables stand."""
        post_migrate.connect(grant_rights, sender=self)
