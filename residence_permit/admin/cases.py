"""Cases in the admin: the list is the workbench, the page is the desk, and nothing is edited."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from residence_permit import selectors
from residence_permit.admin import case_acts, case_page, notice_templates, statistics, workbench
from residence_permit.admin.base import VIEW_CASES, ReadOnly, url
from residence_permit.models import PermitApplication


@admin.register(PermitApplication)
class PermitApplicationAdmin(ReadOnly, admin.ModelAdmin):
    """Leads to the workbench; whatever is out of reach does not exist."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[PermitApplication]:
        """Return the cases within reach."""
        return selectors.cases_for(request.user)

    def get_urls(self) -> list[URLPattern]:
        """Put the workbench before Django's own addresses."""
        return [*URLS, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the workbench."""
        return redirect(url(""))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Lead to the page of the case."""
        return _to_case(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the page of the case: its timeline is the history."""
        return _to_case(request, object_id)


def _to_case(request: HttpRequest, object_id: Any) -> HttpResponse:
    if not request.user.has_perm(VIEW_CASES):
        raise PermissionDenied
    number = str(object_id or "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    case = selectors.cases_for(request.user).filter(pk=int(number)).first()
    if case is None:
        raise Http404
    return redirect(url("case", case.reference))


def _at(route: str, view: Any, name: str) -> URLPattern:
    return path(f"workbench/{route}", view, name=f"workbench{'-' if name else ''}{name}")


URLS = [
    _at("", workbench.workbench, ""),
    _at("next/", workbench.next_case, "next"),
    _at("search/", workbench.search, "search"),
    _at("several/", workbench.bulk, "bulk"),
    _at("statistics/", statistics.statistics_page, "statistics"),
    _at("statistics/plot/<slug:name>.svg", statistics.plot, "plot"),
    _at("statistics/export/", statistics.export, "export"),
    _at("notices/", notice_templates.templates_page, "notices"),
    _at("notices/<slug:code>/<int:version>/", notice_templates.template_page, "notice"),
    _at("case/<slug:reference>/", case_page.case_page, "case"),
    _at("case/<slug:reference>/do/<slug:action>/", case_acts.act, "act"),
    _at("case/<slug:reference>/letter/", case_acts.letter_page, "letter"),
    _at("case/<slug:reference>/file/<int:evidence_id>/", case_acts.evidence, "file"),
    _at("case/<slug:reference>/number/", case_acts.unmask, "number"),
]
