"""What the law gives and asks, as versioned records: the permit's conditions, and services."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Provision(models.Model):
    """One version of one condition or service, loaded from fixtures; never changed.

    ``record`` is the whole of it, in the condition language of the settlement rules.
    """

    class Kind(models.TextChoices):
        PERMIT = "permit", _("condition of the permit")
        RIGHT = "right", _("right")
        SERVICE = "service", _("public service")
        CONVENIENCE = "convenience", _("convenience")
        WIDENED = "widened", _("wider service")

    code = models.SlugField(_("code"), max_length=60)
    version = models.CharField(_("version"), max_length=20)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(default=0)
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("in force until"), null=True, blank=True)
    record = models.JSONField()
    content_hash = models.CharField(max_length=71, editable=False)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        ordering = ("kind", "position", "code", "effective_from")
        constraints = [
            models.UniqueConstraint(fields=("code", "version"), name="one_provision_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code}@{self.version}"
