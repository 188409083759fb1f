"""The settlement rules and their evaluation, as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EligibilityConfig(AppConfig):
    """Settlement in Jiaxing: who may register, where, and from when."""

    name = "eligibility"
    verbose_name = _("Settlement rules")
