"""The residence permit, as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResidencePermitConfig(AppConfig):
    """Applications for the residence permit, and the permits."""

    name = "residence_permit"
    verbose_name = _("Residence permits")
