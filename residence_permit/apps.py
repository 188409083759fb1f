"""The residence permit, as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from residence_permit.rights import grant_rights


class ResidencePermitConfig(AppConfig):
    """Applications for the residence permit, and the permits."""

    name = "residence_permit"
    verbose_name = _("Residence permits")

    def ready(self) -> None:
        """Give the roles their rights once the tables stand."""
        post_migrate.connect(grant_rights, sender=self)
