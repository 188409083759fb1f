"""Permits and residence registrations to look at, within the reach of whoever looks."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _l

from eligibility.wording import full_date
from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.audit.services import record
from residence_permit.admin.base import ReadOnly
from residence_permit.choices import PermitStatus
from residence_permit.core.id_number import masked
from residence_permit.core.permit_ledger import Entry, LedgerEvent, timeline
from residence_permit.models import (
    Permit,
    PermitEvent,
    RegistrationEvent,
    ResidenceRegistration,
)


class Looked(ReadOnly):
    """A list within reach, and a page of which every reading is recorded."""

    act: str
    subject: str

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows of the offices within reach, never one's own."""
        user = request.user
        rows = super().get_queryset(request)  # type: ignore[misc]
        rows = rows.filter(station__in=jurisdiction.offices_within(user))
        return rows.exclude(Q(person__user=user) & Q(person__isnull=False))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show one row, and write down that it was read."""
        response = super().changeform_view(  # type: ignore[misc]
            request, object_id, *args, **kwargs
        )
        shown = getattr(response, "context_data", None)
        if response.status_code == 200 and shown and shown.get("original"):
            row = shown["original"]
            record(
                actor_id=request.user.pk,
                act=self.act,
                subject=f"{self.subject}:{row.pk}",
                purpose="case",
                now=timezone.now(),
                person_id=row.person_id,
            )
        return response

    @admin.display(description=_l("ID number"))
    def id_number(self, row: Any) -> str:
        """Return the ID number without the date of birth."""
        return masked(row.person.id_number) if row.person else "–"

    @admin.display(description=_l("name"))
    def name(self, row: Any) -> str:
        """Return the name of the person."""
        return row.person.name if row.person else "–"


class LinesInline(ReadOnly, admin.TabularInline):
    """The events under a row."""

    extra = 0
    max_num = 0
    can_delete = False
    template = "admin/eligibility/read_only_inline.html"


class PermitEventInline(LinesInline):
    """The ledger."""

    model = PermitEvent
    fields = ("number", "entry", "on", "card_number", "at")
    readonly_fields = fields


@admin.register(Permit)
class PermitAdmin(Looked, admin.ModelAdmin):
    """What a permit is today follows from its ledger; nothing is stored and nothing is set."""

    act, subject = "view_permit", "permit"
    list_display = ("number", "status_today", "station", "closed_on")
    list_filter = (("closed_on", admin.EmptyFieldListFilter),)
    list_select_related = ("station",)
    ordering = ("-pk",)
    fields = ("number", "status_today", "window", "years", "name", "id_number", "address")
    fields = (*fields, "station", "closed_on")
    readonly_fields = fields
    inlines = (PermitEventInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Permit]:
        """Bring the ledgers along: a list costs the same however long it is."""
        return super().get_queryset(request).select_related("person").prefetch_related("events")

    @admin.display(description=_l("today"))
    def status_today(self, permit: Permit) -> str:
        """Return what the permit is today."""
        return str(PermitStatus(self._today(permit).status).label)

    @admin.display(description=_l("window for the endorsement"))
    def window(self, permit: Permit) -> str:
        """Return the window that is open, or the next one."""
        window = self._today(permit).window
        return f"{full_date(window.opens)} – {full_date(window.closes)}" if window else "–"

    @admin.display(description=_l("years of residence"))
    def years(self, permit: Permit) -> str:
        """Return the completed years, and since when they count."""
        today = self._today(permit)
        if today.counted_from is None:
            return "–"
        return f"{today.years_of_residence} ({full_date(today.counted_from)} –)"

    @staticmethod
    def _today(permit: Permit) -> Any:
        lines = sorted(permit.events.all(), key=lambda line: line.number)
        ledger = tuple(LedgerEvent(Entry(line.entry), line.on) for line in lines)
        return timeline(ledger, timezone.localdate())


class RegistrationEventInline(LinesInline):
    """What happened to a registration."""

    model = RegistrationEvent
    fields = ("action", "on", "at", "before", "after")
    readonly_fields = fields


@admin.register(ResidenceRegistration)
class ResidenceRegistrationAdmin(Looked, admin.ModelAdmin):
    """Registrations, the newest first."""

    act, subject = "view_registration", "registration"
    list_display = ("reference", "status", "source", "registered_on", "ended_on", "station")
    list_filter = ("status", "source")
    list_select_related = ("station",)
    ordering = ("-pk",)
    fields = ("reference", "status", "source", "name", "id_number", "address", "housing")
    fields = (*fields, "employer", "registered_on", "lives_there_since", "ended_on", "station")
    readonly_fields = fields
    inlines = (RegistrationEventInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResidenceRegistration]:
        """Bring the person along."""
        return super().get_queryset(request).select_related("person")
