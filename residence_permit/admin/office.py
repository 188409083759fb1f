"""What offices set: days off, limits for which no law gives a figure; and relatives of staff."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import Station
from jiaxing_hukou.accounts.roles import Role as UserRole
from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import keyed_hash
from residence_permit.admin.base import CappedPaginator, OutOfReach
from residence_permit.core.id_number import IdNumberRefused, read_id_number
from residence_permit.models import CalendarDay, CalendarYear, OfficeSetting, StaffRelative

MOST = {  # what no limit exceeds, so that a slip of the finger is caught
    OfficeSetting.Code.LEASE_MINUTES: 24 * 60,
}
MOST_DAYS = 366


class Recorded(OutOfReach, admin.ModelAdmin):
    """A table that staff change: each change is recorded with the values before and after."""

    actions = None
    show_full_result_count = False
    paginator = CappedPaginator
    subject: str

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and write down what was changed; both or neither."""
        before = {name: str(form.initial.get(name, "")) for name in form.changed_data}
        super().save_model(request, obj, form, change)
        after = {name: str(form.cleaned_data.get(name, "")) for name in form.changed_data}
        self._write_down(request, obj, "set", {"before": before, "after": after})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and write it down."""
        values = {field.name: str(field.value_from_object(obj)) for field in obj._meta.fields}
        self._write_down(request, obj, "delete", {"before": values})
        super().delete_model(request, obj)

    def _write_down(
        self, request: HttpRequest, obj: Any, act: str, details: dict[str, Any]
    ) -> None:
        record(
            actor_id=request.user.pk,
            act=f"{act}_{self.subject}",
            subject=f"{self.subject}:{obj.pk}",
            purpose="office",
            now=timezone.now(),
            details=details,
        )


class CalendarDayForm(forms.ModelForm):
    """A day that is not what its weekday says."""

    class Meta:
        model = CalendarDay
        fields = ("day", "kind", "name")

    def clean(self) -> dict[str, Any]:
        """Refuse a day of a year that is not entered, and a worked day that is worked anyway."""
        cleaned = super().clean()
        day, kind = cleaned.get("day"), cleaned.get("kind")
        if day is None:
            return cleaned
        if not CalendarYear.objects.filter(pk=day.year).exists():
            self.add_error("day", _("Enter the year %(year)s first.") % {"year": day.year})
        if kind == CalendarDay.Kind.WORK and day.weekday() < 5:
            self.add_error("kind", _("This is no weekend day; it is worked anyway."))
        return cleaned


@admin.register(CalendarYear)
class CalendarYearAdmin(Recorded):
    """Years whose days off are known."""

    subject = "calendar_year"
    list_display = ("year", "has_swapped_days", "source")
    fields = ("year", "source", "has_swapped_days")


@admin.register(CalendarDay)
class CalendarDayAdmin(Recorded):
    """Days off, and weekend days that are worked."""

    subject = "calendar_day"
    form = CalendarDayForm
    list_display = ("day", "kind", "name")
    list_filter = ("kind", "year")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the day of a row: another day is another row."""
        return ("day",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Put the day under its year."""
        obj.year_id = obj.day.year
        super().save_model(request, obj, form, change)


class OfficeSettingForm(forms.ModelForm):
    """A limit of one office."""

    class Meta:
        model = OfficeSetting
        fields = ("station", "code", "value")

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot have been meant."""
        cleaned = super().clean()
        code, value = cleaned.get("code") or self.instance.code, cleaned.get("value")
        most = MOST.get(code, MOST_DAYS)
        if value is not None and not 1 <= value <= most:
            text = _("Write a number from 1 to %(most)s.") % {"most": most}
            self.add_error("value", text)
        return cleaned


@admin.register(OfficeSetting)
class OfficeSettingAdmin(Recorded):
    """The limits that offices set, each within the reach of whoever sets it."""

    subject = "office_setting"
    form = OfficeSettingForm
    list_display = ("code", "station", "value", "set_at")
    list_filter = ("code",)
    list_select_related = ("station",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OfficeSetting]:
        """Show what holds in the offices within reach; operators see all."""
        rows = super().get_queryset(request)
        if _is_operator(request):
            return rows
        offices = jurisdiction.offices_within(request.user)
        return rows.filter(Q(station__in=offices) | Q(station=None))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a supervisor change his own offices' limits, never those above them."""
        return super().has_change_permission(request, obj) and _holds(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and _holds(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the offices within reach; the whole city is the operators' alone."""
        field = super().formfield_for_foreignkey(
            db_field, request, **kwargs | {"queryset": _offices(request)}
        )
        if field is not None:
            field.required = not _is_operator(request)
            field.empty_label = _("the whole city") if _is_operator(request) else "---------"
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = field.widget.can_delete_related = False
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep which limit of which office a row is."""
        return ("station", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep who set it, and when."""
        obj.set_by, obj.set_at = request.user, timezone.now()
        super().save_model(request, obj, form, change)


def _is_operator(request: HttpRequest) -> bool:
    user = request.user
    return user.is_superuser or user.has_role(UserRole.OPERATOR)


def _offices(request: HttpRequest) -> QuerySet[Station]:
    if _is_operator(request):
        return Station.objects.all()
    return jurisdiction.stations_within(request.user)


def _holds(request: HttpRequest, obj: Any) -> bool:
    return obj is None or _is_operator(request) or jurisdiction.holds(request.user, obj.station_id)


class StaffRelativeForm(forms.ModelForm):
    """A relative, by ID number; only its hash is kept."""

    id_number = forms.CharField(
        label=_l("ID number of the relative"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_l("Only a hash is kept: nobody can read it again, and you handle no such case."),
    )

    class Meta:
        model = StaffRelative
        fields = ()

    staff: Any = None  # who declares; set by the admin

    def clean_id_number(self) -> str:
        """Return the hash of the number."""
        try:
            typed = read_id_number(self.cleaned_data["id_number"], timezone.localdate())
        except IdNumberRefused:
            raise forms.ValidationError(
                _("This is no ID number; compare all 18 characters with the document.")
            ) from None
        hashed = keyed_hash(typed.number, "id_number")
        if StaffRelative.objects.filter(staff=self.staff, id_hash=hashed).exists():
            raise forms.ValidationError(_("You have declared this relative already."))
        return hashed


@admin.register(StaffRelative)
class StaffRelativeAdmin(Recorded):
    """Relatives whom a member of staff declares: his own alone, and for good."""

    subject = "staff_relative"
    form = StaffRelativeForm
    list_display = ("pk", "declared_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffRelative]:
        """Show everybody his own."""
        return super().get_queryset(request).filter(staff=request.user)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the form who declares."""
        form = super().get_form(request, obj, **kwargs)
        return type("OwnRelativeForm", (form,), {"staff": request.user})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a hash cannot be corrected, only another one be added."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: whoever could take a relative back could handle his case."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the hash and who declared it; the log gets neither number nor hash."""
        obj.staff, obj.id_hash = request.user, form.cleaned_data["id_number"]
        obj.declared_at = timezone.now()
        obj.save()
        self._write_down(request, obj, "declare", {})
