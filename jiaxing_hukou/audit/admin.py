"""The auditors' reading room: the log and its seals. Whoever reads the log is written into it."""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import pgettext_lazy

from jiaxing_hukou.audit.models import AuditEntry, AuditSeal
from jiaxing_hukou.audit.services import ACT, SUBJECT, record

NUMBER = re.compile(r"[0-9]{1,18}")


class TypedFilter(admin.SimpleListFilter):
    """A filter with a box for one code or number; anything else finds nothing."""

    template = "admin/audit/typed_filter.html"
    pattern: re.Pattern[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer no list: there are too many values."""
        return []

    def has_output(self) -> bool:
        """Show the box all the same."""
        return True

    def well_formed(self) -> str | None:
        """Return what was typed, if it is a value that there can be."""
        value = self.value()
        return value if value and self.pattern.fullmatch(value) else None

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        """Keep the entries with this value."""
        if not self.value():
            return None
        value = self.well_formed()
        return queryset.filter(**{self.parameter_name: value}) if value else queryset.none()

    def choices(self, changelist: ChangeList) -> Any:
        """Give the template what it needs: the box, and what else is in the address."""
        chosen = changelist.get_filters_params().items()
        others = [
            (name, value)
            for name, values in chosen
            if name != self.parameter_name
            for value in (values if isinstance(values, list) else [values])
        ]
        yield {"value": self.value() or "", "pattern": self.pattern.pattern, "others": others}


class ActorFilter(TypedFilter):
    """By the account that acted."""

    title, parameter_name, pattern = pgettext_lazy("audit log", "actor"), "actor_id", NUMBER


class ActFilter(TypedFilter):
    """By what was done."""

    title, parameter_name, pattern = pgettext_lazy("audit log", "act"), "act", ACT


class SubjectFilter(TypedFilter):
    """By what it was done to."""

    title, parameter_name, pattern = pgettext_lazy("audit log", "subject"), "subject", SUBJECT


class PersonFilter(TypedFilter):
    """By whose file it is."""

    title, parameter_name, pattern = pgettext_lazy("audit log", "person"), "person_id", NUMBER


class LogPaginator(Paginator):
    """Counts the whole log by its last number: there is no gap in it."""

    @cached_property
    def count(self) -> int:
        """Return how many entries there are."""
        if self.object_list.query.where:
            return super().count
        last = self.object_list.order_by("-number").values_list("number", flat=True).first()
        return last or 0


class LogList(ChangeList):
    """A page of the log, with the user names of the staff on it, read at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; accounts of residents stay numbers."""
        super().get_results(request)
        entries = list(self.result_list)
        wanted = {entry.actor_id for entry in entries} - {None}
        staff = get_user_model().objects.filter(pk__in=wanted, is_staff=True)
        names = dict(staff.values_list("pk", "username"))
        for entry in entries:
            entry.actor_name = names.get(entry.actor_id, "")
        self.result_list = entries


class ReadOnlyAdmin(admin.ModelAdmin):
    """No adding, no changing, no deleting; nor does the database allow it."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The log, newest first; each page that is read adds one entry to it."""

    list_display = ("number", "at", "actor", "act", "about", "person", "purpose")
    list_filter = (
        *("at", ActorFilter, ActFilter, SubjectFilter),
        PersonFilter,
    )
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    sortable_by = ()
    ordering = ("-number",)
    paginator = LogPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Bring the actors' user names along."""
        return LogList

    @admin.display(description=pgettext_lazy("audit log", "actor"))
    def actor(self, entry: AuditEntry) -> str:
        """Return who acted, as a link to all that he did."""
        name = getattr(entry, "actor_name", "")
        return _narrowed("actor_id", entry.actor_id, f"{name} ({entry.actor_id})" if name else "")

    @admin.display(description=pgettext_lazy("audit log", "subject"))
    def about(self, entry: AuditEntry) -> str:
        """Return what was acted on, as a link to all that was done to it."""
        return _narrowed("subject", entry.subject)

    @admin.display(description=pgettext_lazy("audit log", "person"))
    def person(self, entry: AuditEntry) -> str:
        """Return whose file it is, as a link to all that was done with it."""
        return _narrowed("person_id", entry.person_id)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show a page of the log, and write down that it was read."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None)
        if response.status_code == 200 and shown and "cl" in shown:
            page = shown["cl"]
            filters = [spec for spec in page.filter_specs if isinstance(spec, TypedFilter)]
            asked = {spec.parameter_name: spec.well_formed() for spec in filters if spec.value()}
            details = {"page": page.page_num, "filters": asked}
            self._write_down(request, "audit", asked.get("person_id"), details)
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any
    ):
        """Show one entry, and write down that it was read."""
        response = super().changeform_view(request, object_id, *args, **kwargs)
        shown = getattr(response, "context_data", None)
        if response.status_code == 200 and shown and shown.get("original"):
            entry = shown["original"]
            self._write_down(request, f"audit:{entry.number}", entry.person_id, {})
        return response

    def _write_down(
        self, request: HttpRequest, subject: str, person_id: Any, details: dict[str, Any]
    ) -> None:
        record(
            actor_id=request.user.pk,
            act="read_audit",
            subject=subject,
            purpose="supervision",
            person_id=int(person_id) if person_id else None,
            details=details,
            now=timezone.now(),
        )


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    """The seals, newest first."""

    list_display = ("day", "last_number", "count", "hash", "sealed_at")
    list_per_page = 50
    show_full_result_count = False


def _narrowed(name: str, value: Any, words: str = "") -> str:
    """Return a value as a link to the entries that share it."""
    if value is None:
        return "—"
    return format_html('<a href="?{}">{}</a>', urlencode({name: value}), words or value)
