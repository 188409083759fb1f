"""The custom user."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from .roles import Role


class User(AbstractUser):
    """A resident or a member of staff; the groups say which (``roles.Role``)."""

    is_demo = models.BooleanField(
        _("demonstration account"),
        default=False,
        help_text=_("Made by load_demo_accounts; its password is public."),
    )

    office = models.CharField(
        _("office"),
        max_length=100,
        blank=True,
        help_text=_("Shown beside the rules that this person puts into force."),
    )

    def __str__(self) -> str:
        """Return the id: names do not belong in logs and lists."""
        return f"user {self.pk}"

    def has_role(self, role: Role) -> bool:
        """Say whether the user acts in ``role``."""
        return self.groups.filter(name=role.value).exists()
