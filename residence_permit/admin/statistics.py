"""Figures for supervisors, with the way to the cases behind them, and their cases as a table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from eligibility.wording import full_date
from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import Station
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.accounts.second_factor import require_recent_second_factor
from residence_permit.admin.base import page, staff_page, url
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.forms.desk import ExportForm, FiguresForm
from residence_permit.presentation import desk, figures
from residence_permit.queues import Queue
from residence_permit.reports.streams import MEDIA_TYPES, stream
from residence_permit.services import statistics
from residence_permit.services.case_export import Wanted, export_cases
from residence_permit.services.statistics import Asked


@dataclass(frozen=True)
class _Read:
    """What the address asks for, and the offices within reach."""

    asked: Asked
    form: FiguresForm
    offices: dict[int, Station]


def _read(request: HttpRequest, now: datetime) -> _Read:
    """Read the address; wrong days are told, and the last ninety are shown instead."""
    if not request.user.has_role(Role.SUPERVISOR):
        raise PermissionDenied
    offices = {each.pk: each for each in jurisdiction.stations_within(request.user)}
    first, last = statistics.default_days(now)
    data: Any = {"first": first.isoformat(), "last": last.isoformat()} | request.GET.dict()
    form = FiguresForm(data, offices=list(offices.values()))
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    narrowed = form.cleaned_data
    kind, office = narrowed.get("kind"), narrowed.get("office")
    asked = Asked(
        user=request.user,
        first=first,
        last=last,
        office=offices[int(office)] if office else None,
        kind=CaseKind(kind) if kind else None,
    )
    return _Read(asked, form, offices)


@staff_page()
@require_safe
def statistics_page(request: HttpRequest) -> HttpResponse:
    """Show what lies in the offices, how long things took, and why they were refused."""
    now = timezone.now()
    read = _read(request, now)
    found = statistics.figures(read.asked, today=timezone.localdate(now))
    asked = read.asked
    query = urlencode(
        {
            "first": asked.first.isoformat(),
            "last": asked.last.isoformat(),
            "kind": asked.kind or "",
            "office": asked.office.pk if asked.office else "",
        }
    )
    names = {pk: office.name for pk, office in read.offices.items()}
    context = {
        "title": _("Statistics"),
        "form": read.form,
        "days": _("%(first)s to %(last)s")
        % {"first": full_date(asked.first), "last": full_date(asked.last)},
        "heads": figures.heads(),
        "total": figures.office_line(found.total, _("All together")),
        "offices": [
            figures.office_line(office, names.get(office.station_id, ""))
            for office in found.offices
        ],
        "states": [
            (desk.state_name(status), f"{number:,}", _queue(Queue.ALL, asked, status))
            for status, number in found.states
        ],
        "overdue_url": _queue(Queue.OVERDUE, asked),
        "plots": [
            {
                "name": name,
                "title": figures.plot_title(name),
                "rows": [(said, f"{number:,}") for said, number in figures.rows_of(found, name)],
                "url": f"{url('plot', name)}?{query}",
            }
            for name in figures.PLOTS
        ],
        "export": ExportForm(offices=list(read.offices.values()), auto_id="id_export_%s"),
    }
    return page(request, "statistics", context, status=422 if read.form.errors else 200)


def _queue(queue: Queue, asked: Asked, status: CaseStatus | None = None) -> str:
    """Return the address of the cases behind a figure."""
    query = {"queue": queue.value, "status": status, "kind": asked.kind}
    query["office"] = asked.office and asked.office.pk
    return f"{url('')}?{urlencode({name: value for name, value in query.items() if value})}"


@staff_page()
@require_safe
def plot(request: HttpRequest, name: str) -> HttpResponse:
    """Draw one plot."""
    if name not in figures.PLOTS:
        raise Http404
    now = timezone.now()
    read = _read(request, now)
    found = statistics.figures(read.asked, today=timezone.localdate(now))
    return HttpResponse(figures.picture(found, name), content_type="image/svg+xml")


@staff_page()
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Send the cases as a table, to whoever gives a code; it leaves while it is read."""
    now = timezone.now()
    if not request.user.has_role(Role.SUPERVISOR):
        raise PermissionDenied
    if request.method == "GET":
        return redirect(url("statistics"))
    if asked := require_recent_second_factor(request):
        return asked
    offices = {each.pk: each for each in jurisdiction.stations_within(request.user)}
    form = ExportForm(request.POST, offices=list(offices.values()))
    if not form.is_valid():
        return redirect(url("statistics"))
    data = form.cleaned_data
    wanted = Wanted(
        user=request.user,
        office=offices[int(data["office"])] if data["office"] else None,
        kind=CaseKind(data["kind"]) if data["kind"] else None,
        status=CaseStatus(data["status"]) if data["status"] else None,
    )
    rows = export_cases(wanted=wanted, file_kind=data["file"], now=now)
    name = f"cases-{timezone.localtime(now):%Y%m%d-%H%M}.{data['file']}"
    return StreamingHttpResponse(
        stream(rows, data["file"]),
        content_type=MEDIA_TYPES[data["file"]],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
