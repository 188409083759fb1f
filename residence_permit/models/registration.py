"""Residence registration (居住登记): where somebody lives, since when, and who said so."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .person import Person


class ResidenceRegistration(models.Model):
    """One unbroken stay of one person in one county or 市区.

    A change of address or employer inside it keeps ``registered_on``, from which the half year
    of the permit counts; moving elsewhere ends it and begins another one.
    """

    hashed_fields = {"id_hash": ("person__id_number", "id_number")}

    class Status(models.TextChoices):
        REPORTED = "reported", _("reported, to be confirmed by the person")
        ACTIVE = "active", _("registered")
        DENIED = "denied", _("denied by the person")
        ENDED = "ended", _("ended")

    class Source(models.TextChoices):
        SELF = "self", _("the person")
        GUARDIAN = "guardian", _("guardian or near relative")
        EMPLOYER = "employer", _("employer")
        LANDLORD = "landlord", _("landlord")
        PROPERTY_MANAGER = "property_manager", _("property manager")
        AGENT = "agent", _("agent")

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,  # reported before the person has an account; found by id_hash
        blank=True,
        related_name="registrations",
        verbose_name=_("person"),
    )
    id_hash = models.CharField(max_length=64, db_index=True, editable=False)
    status = models.CharField(_("state"), max_length=8, choices=Status.choices)
    source = models.CharField(_("reported by"), max_length=16, choices=Source.choices)
    station = models.ForeignKey(
        "accounts.Station", on_delete=models.PROTECT, null=True, verbose_name=_("station")
    )
    township_code = models.CharField(_("township"), max_length=9)
    address = models.CharField(_("address"), max_length=200)
    address_key = models.CharField(max_length=64, db_index=True, editable=False)
    housing = models.CharField(_("housing"), max_length=20, blank=True)  # values of the fact
    employer = models.CharField(_("employer"), max_length=100, blank=True)
    registered_on = models.DateField(_("registered on"))  # when it was declared, not moved in
    lives_there_since = models.DateField(_("lives there since"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("residence registration")
        verbose_name_plural = _("residence registrations")
        ordering = ("-registered_on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("id_hash",), condition=Q(status="active"), name="one_residence_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("registered_on")),
                name="registration_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"registration {self.reference}"


class RegistrationEvent(models.Model):
    """What happened to a registration; never changed, never deleted."""

    class Action(models.TextChoices):
        REPORT = "report", _("reported")
        REGISTER = "register", _("registered")
        CONFIRM = "confirm", _("confirmed by the person")
        DENY = "deny", _("denied by the person")
        CHANGE = "change", _("changed")
        END = "end", _("ended")

    registration = models.ForeignKey(
        ResidenceRegistration, on_delete=models.PROTECT, related_name="events"
    )
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("registration event")
        verbose_name_plural = _("registration events")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"registration event {self.pk}"
