"""What offices set: the days off of each year, and limits for which no law gives a figure."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CalendarYear(models.Model):
    """A year whose days off are known; any other counts weekends only, and says so."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    source = models.CharField(_("source"), max_length=200)
    has_swapped_days = models.BooleanField(
        _("swapped working days are entered"),
        default=False,
        help_text=_("Untick until the State Council's notice of the year has been entered."),
    )

    class Meta:
        verbose_name = _("year of the calendar")
        verbose_name_plural = _("years of the calendar")
        ordering = ("-year",)

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day off, or a weekend day that is worked (调休)."""

    class Kind(models.TextChoices):
        OFF = "off", _("day off")
        WORK = "work", _("working day")

    day = models.DateField(_("day"), primary_key=True)
    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("day of the calendar")
        verbose_name_plural = _("days of the calendar")
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.kind}"


class OfficeSetting(models.Model):
    """A limit that an office sets because no law gives it; shown as such wherever it counts."""

    class Code(models.TextChoices):
        CORRECTION_DAYS = "correction_days", _("days to answer a request for correction")
        ENDORSE_DAYS = "endorse_days", _("days to endorse a permit")
        CHANGE_DAYS = "change_days", _("days to change a permit")
        REPLACE_DAYS = "replace_days", _("days to replace or re-issue a permit")
        CANCEL_DAYS = "cancel_days", _("days to cancel a permit")
        LEASE_MINUTES = "lease_minutes", _("minutes an officer holds a case")
        DRAFT_DAYS = "draft_days", _("days a draft is kept")
        RECONSIDERATION_DAYS = "reconsideration_days", _("days to reconsider a refusal")

    station = models.ForeignKey(
        "accounts.Station",
        on_delete=models.PROTECT,
        null=True,  # the whole city
        blank=True,
        related_name="settings",
        verbose_name=_("office"),
    )
    code = models.CharField(_("limit"), max_length=20, choices=Code.choices)
    value = models.PositiveSmallIntegerField(_("value"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    set_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("office setting")
        verbose_name_plural = _("office settings")
        constraints = [
            models.UniqueConstraint(fields=("station", "code"), name="one_value_per_office"),
            models.UniqueConstraint(
                fields=("code",), condition=Q(station__isnull=True), name="one_value_for_the_city"
            ),
            models.CheckConstraint(condition=Q(value__gte=1), name="limit_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.code} = {self.value}"
