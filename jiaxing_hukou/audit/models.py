"""The audit log's rows. The database refuses to change or delete them (0002_database_guards)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AuditEntry(models.Model):
    """Who read or wrote what, and what for; linked to the entry before it.

    Actor and person are numbers without a constraint: an account that is deleted takes nothing
    out of the log. The number is the primary key: 1, 2, 3, without a gap.
    """

    number = models.BigIntegerField(pgettext_lazy("audit log", "number"), primary_key=True)
    at = models.DateTimeField(pgettext_lazy("audit log", "time"), db_index=True)
    actor_id = models.BigIntegerField(
        pgettext_lazy("audit log", "actor"),
        null=True,
        blank=True,
        help_text=_("The account; none means the portal itself."),
    )
    act = models.CharField(pgettext_lazy("audit log", "act"), max_length=64)
    subject = models.CharField(pgettext_lazy("audit log", "subject"), max_length=100)
    purpose = models.CharField(pgettext_lazy("audit log", "purpose"), max_length=200)
    person_id = models.BigIntegerField(
        pgettext_lazy("audit log", "person"),
        null=True,
        blank=True,
        help_text=_("Whose file it is."),
    )
    details = models.JSONField(pgettext_lazy("audit log", "details"), default=dict, blank=True)
    previous_hash = models.CharField(pgettext_lazy("audit log", "hash before it"), max_length=64)
    hash = models.CharField(pgettext_lazy("audit log", "hash"), max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ("-number",)
        indexes = [
            models.Index(fields=[name, "-number"], name=f"audit_by_{name}")
            for name in ("actor_id", "act", "subject", "person_id")
        ]

    def __str__(self) -> str:
        """Return the number."""
        return f"audit entry {self.number}"


class AuditSeal(models.Model):
    """How far the log went by the end of a day; made the day after, also for a quiet day."""

    day = models.DateField(pgettext_lazy("audit log", "day"), primary_key=True)
    last_number = models.BigIntegerField(pgettext_lazy("audit log", "last number"))
    count = models.BigIntegerField(pgettext_lazy("audit log", "entries"))
    head = models.CharField(_("hash of the last entry"), max_length=64)
    sealed_at = models.DateTimeField(pgettext_lazy("audit log", "sealed at"))
    previous_hash = models.CharField(pgettext_lazy("audit log", "hash before it"), max_length=64)
    hash = models.CharField(pgettext_lazy("audit log", "hash"), max_length=64)

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        ordering = ("-day",)

    def __str__(self) -> str:
        """Return the day."""
        return f"audit seal {self.day}"
