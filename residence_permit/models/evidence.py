"""Evidence: the files that prove what an applicant states."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .application import PermitApplication


class Evidence(models.Model):
    """One cleaned file for one requirement; the bytes lie in private storage, encrypted."""

    class State(models.TextChoices):
        HELD = "held", _("held until it has been scanned")
        READY = "ready", _("ready")
        INFECTED = "infected", _("refused by the scanner")
        REMOVED = "removed", _("removed")

    application = models.ForeignKey(
        PermitApplication, on_delete=models.PROTECT, related_name="evidence"
    )
    requirement = models.SlugField(_("proves"), max_length=60)
    storage_name = models.CharField(max_length=80, unique=True, editable=False)
    shown_name = models.CharField(_("file"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4)  # jpeg, png, pdf
    size = models.PositiveIntegerField(_("size"))  # bytes, after cleaning
    pages = models.PositiveSmallIntegerField(_("pages"), default=1)
    sha256 = models.CharField(max_length=64, db_index=True, editable=False)  # as it was sent
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    scanned = models.BooleanField(_("scanned for malware"), default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("application", "requirement", "pk")
        constraints = [
            # The same file sent twice for one requirement, by an impatient finger, is one file.
            models.UniqueConstraint(
                fields=("application", "requirement", "sha256"),
                condition=Q(removed_at__isnull=True),
                name="one_file_once",
            ),
        ]

    def __str__(self) -> str:
        return f"evidence {self.pk}"
