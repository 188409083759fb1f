"""Residents and staff, as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Who signs in, and in which role."""

    name = "jiaxing_hukou.accounts"
    verbose_name = _("Accounts")
