"""The custom user, the offices and what each of them is responsible for."""

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .phones import NotAPhone, to_e164
from .roles import Role


def check_phone(value: str) -> None:
    """Refuse a phone number that is not in the one form that is kept."""
    try:
        kept = to_e164(value)
    except NotAPhone:
        kept = ""
    if kept != value:
        raise ValidationError(_("Write the mobile number as +8613800000000."))


class PhoneField(models.CharField):
    """A phone number in E.164; none at all is NULL, so that the others can be unique."""

    def __init__(self, *args, **kwargs):
        """Leave room for the longest number that there can be."""
        kwargs.setdefault("max_length", 16)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value):
        """Return what is stored."""
        return super().get_prep_value(value) or None


class Station(models.Model):
    """An office of the police: the city's, a county's, or a station under a county's."""

    class Kind(models.TextChoices):
        CITY = "city", _("City bureau")
        COUNTY = "county", _("County bureau")
        STATION = "station", _("Police station")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    code = models.CharField(_("code"), max_length=20, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("under"),
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                name="station_kind_known",
                condition=models.Q(kind__in=("city", "county", "station")),
            ),
            models.CheckConstraint(
                name="station_only_city_on_top",
                condition=models.Q(kind="city", parent__isnull=True)
                | (~models.Q(kind="city") & models.Q(parent__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        """Return the name in the language of the page."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class StationTownship(models.Model):
    """A township (by its code) that a station is responsible for; each has one station."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="townships")
    township_code = models.CharField(_("township code"), max_length=12, unique=True)

    class Meta:
        verbose_name = _("township of a station")
        verbose_name_plural = _("townships of stations")
        ordering = ("township_code",)

    def __str__(self) -> str:
        """Return the code."""
        return self.township_code


class User(AbstractUser):
    """A resident or a member of staff; the groups say which (``roles.Role``)."""

    phone = PhoneField(
        _("mobile number"), unique=True, null=True, blank=True, validators=[check_phone]
    )
    phone_verified = models.BooleanField(_("mobile number confirmed"), default=False)
    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="staff",
        verbose_name=_("station"),
        help_text=_("Staff see this office and those under it; without one they see no case."),
    )
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

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message=_("Another account uses this e-mail address."),
            ),
        ]

    def __str__(self) -> str:
        """Return the id: names do not belong in logs and lists."""
        return f"user {self.pk}"

    def has_role(self, role: Role) -> bool:
        """Say whether the user acts in ``role``."""
        return self.groups.filter(name=role.value).exists()


class OutgoingMessage(models.Model):
    """A message that would have left the house; kept where nothing is really sent.

    Only the local outbox writes it, and production has no such page: it may hold codes.
    """

    class Channel(models.TextChoices):
        SMS = "sms", _("Text message")
        EMAIL = "email", _("E-mail")

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        """Return the id; who it is to does not belong in logs."""
        return f"message {self.pk}"
