"""The permit and its append-only ledger, and the codes that show it to others."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from residence_permit.choices import LedgerEntry

from .person import Person


class Permit(models.Model):
    """A residence permit; what it is on a day follows from its ledger, and is stored nowhere.

    ``closed_on`` repeats the ledger's cancellation, so that the database can refuse a second
    permit of the same person.
    """

    hashed_fields = {"id_hash": ("person__id_number", "id_number")}

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="permits")
    id_hash = models.CharField(max_length=64, editable=False)
    station = models.ForeignKey("accounts.Station", on_delete=models.PROTECT, related_name="+")
    county_code = models.CharField(_("issued by the police of"), max_length=6)
    township_code = models.CharField(_("township"), max_length=9)
    address = models.CharField(_("address"), max_length=200)
    closed_on = models.DateField(_("cancelled on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("residence permit")
        verbose_name_plural = _("residence permits")
        constraints = [
            models.UniqueConstraint(
                fields=("id_hash",),
                condition=Q(closed_on__isnull=True),
                name="one_permit_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"permit {self.pk}"


class PermitEvent(models.Model):
    """One line of a permit's ledger. Never changed, never deleted."""

    permit = models.ForeignKey(Permit, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField(_("line"))
    entry = models.CharField(_("entry"), max_length=8, choices=LedgerEntry.choices)
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("time"))
    card_number = models.CharField(_("card number"), max_length=24)
    application = models.OneToOneField(
        "residence_permit.PermitApplication",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_event",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("line of a permit's ledger")
        verbose_name_plural = _("ledger of a permit")
        ordering = ("permit", "number")
        constraints = [
            models.UniqueConstraint(fields=("permit", "number"), name="ledger_in_one_line"),
        ]

    def __str__(self) -> str:
        return f"line {self.number} of permit {self.permit_id}"


class ShareCode(models.Model):
    """A code that shows a permit to one purpose until a day; only its hash is kept."""

    permit = models.ForeignKey(Permit, on_delete=models.PROTECT, related_name="share_codes")
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    purpose = models.CharField(_("purpose"), max_length=100)
    shows = models.JSONField(default=list)  # names of what the holder agreed to show
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("shown until"))
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("share code")
        verbose_name_plural = _("share codes")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"share code {self.pk}"


class ShareCheck(models.Model):
    """One look at a permit through a share code; the holder sees the list."""

    share_code = models.ForeignKey(ShareCode, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField(_("time"))
    answer = models.CharField(_("answer"), max_length=10)  # valid, not_valid, expired, revoked

    class Meta:
        verbose_name = _("check of a permit")
        verbose_name_plural = _("checks of a permit")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"check {self.pk}"
