"""Whom a draft changes: runs asked for, watched, read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eligibility import error_words, wording
from eligibility.admin.desk_base import (
    APPROVE,
    READ,
    WRITE,
    desk_view,
    url,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_plot import LONGEST, WIDE, Bars, high, plot
from eligibility.admin.desk_review_forms import ImpactForm
from eligibility.core.condition import Leaf
from eligibility.core.disclosure import LEAST
from eligibility.core.impact import AGE_UNKNOWN, AND, LATER, NOT_ON_THE_LIST, PLACE, ROUTE, SEVERAL
from eligibility.core.impact_tables import CHANGED, Line, Table
from eligibility.core.rule import FAMILY
from eligibility.models import ImpactRun, RuleVersion
from eligibility.place_names import county_name
from eligibility.services import impact

RELOAD_SECONDS = 4
PLOTTED = ("area", "county", "age", "cause")


@dataclass(frozen=True, kw_only=True)
class ImpactLine:
    """One group of an impact table; a dash stands for what is hidden."""

    name: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImpactTable:
    """One table of an impact run."""

    title: str
    lines: tuple[ImpactLine, ...]
    plot: str = ""  # the address of its picture, if it has one
    plot_high: int = 0


def _number(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _impact_line(name: str, line: Line) -> ImpactLine:
    numbers = (*(line.counts[key] for key in CHANGED), line.changed)
    return ImpactLine(name=name, numbers=tuple(map(_number, numbers)))


def _table_title(by: str) -> str:
    titles = {
        "total": _("All together"),
        "area": _("By area class of the place"),
        "county": _("By county or district of the place"),
        "age": _("By age"),
        "cause": _("By the line that flipped them"),
        "move": _("By verdict before and after"),
    }
    return titles[by]


def _level_titles(version: RuleVersion) -> dict[str, str]:
    """Return the name of each level of the tables."""
    if version.rule.kind == FAMILY:
        return {
            "route": _("By this rule alone"),
            "overall": _("Together with how the applicant stands"),
        }
    return {"route": _("By this route"), "overall": _("By all routes together")}


def _has_plot(table: Table) -> bool:
    """Whether a picture of a table says more than the table."""
    shown = any(count for line in table.lines for count in line.counts.values())
    return table.by in PLOTTED and 1 < len(table.lines) <= LONGEST and shown


def _impact_tables(
    run: ImpactRun, tables: Sequence[Table], level: str, leaves: Mapping[str, Leaf]
) -> list[ImpactTable]:
    return [
        ImpactTable(
            title=_table_title(table.by),
            plot=url("plot", run.version_id, run.pk, level, table.by) if _has_plot(table) else "",
            plot_high=high(len(table.lines)),
            lines=tuple(
                _impact_line(_group_name(table.by, line.group, leaves), line)
                for line in table.lines
            ),
        )
        for table in tables
        if table.level == level and table.lines
    ]


def _group_name(by: str, group: str, leaves: Mapping[str, Leaf]) -> str:
    if by == "total":
        return _("everybody")
    if by == "area":
        if group == "open":
            return _("the place is not said")
        return wording.any_of(wording.AREAS[area] for area in group.split("_or_"))
    if by == "county":
        return county_name(group) if group else _("the place is not said")
    if by == "age":
        if group == AGE_UNKNOWN:
            return _("age not known")
        first, _sep, last = group.partition("-")
        return (
            _("%(first)s to %(last)s years old") % {"first": first, "last": last}
            if last
            else _("%(first)s and older") % {"first": first}
        )
    if by == "move":
        before, _sep, after = group.partition(">")
        return _("%(before)s → %(after)s") % {
            "before": _verdict(before),
            "after": _verdict(after),
        }
    causes = {
        SEVERAL: _("several lines together"),
        PLACE: _("where the version holds"),
        ROUTE: _("the route begins or ends here"),
        LATER: _("only the earliest day comes or goes"),
    }
    if group in causes:
        return causes[group]
    said = (
        wording.leaf_text(leaves[name]) if name in leaves else name for name in group.split(AND)
    )
    return wording.clauses_of(said)


def _verdict(name: str) -> str:
    others = {
        NOT_ON_THE_LIST: _("not on the list"),
        "eligible": _("can register"),
        "not_yet": _("not yet"),
        "not_eligible": _("not under these rules"),
        "more_information_needed": _("more has to be known"),
        "not_covered": _("outside these rules"),
    }
    return str(wording.VERDICTS.get(name) or others.get(name, name))


def impact_context(row: RuleVersion) -> dict[str, Any]:
    """Return the newest run of a version as it stands now, with its tables where it is done."""
    run = impact.latest_run(row)
    if run is None:
        return {"run": None}
    reached = impact.progress(run)
    context: dict[str, Any] = {
        "run": run,
        "progress": reached,
        "running": not reached.is_over,
        "done": _number(reached.done),
        "total": _number(reached.total),
        "as_of": wording.full_date(run.as_of),
        "least": LEAST,
        "plot_wide": WIDE,
    }
    if run.state == ImpactRun.State.DONE:
        found = impact.impact(run)
        context |= {
            "impact": found,
            "people": _number(found.result.people),
            "of_households": row.rule.kind == FAMILY,
            "levels": [
                {
                    "title": title,
                    "tables": _impact_tables(run, found.result.tables, level, found.leaves),
                }
                for level, title in _level_titles(row).items()
            ],
        }
    return context


@desk_view(READ)
def impact_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom a draft changes: ask for a run, watch it, read its tables."""
    row = version_or_404(pk)
    today = timezone.localdate()
    may = request.user.has_perm(WRITE) or request.user.has_perm(APPROVE)
    form = ImpactForm(
        request.POST if request.method == "POST" else None,
        populations=ImpactRun.Population.choices,
        initial={"population": "synthetic", "as_of": impact.day_for(row, today)},
    )
    if request.method == "POST" and not may:
        raise PermissionDenied
    if form.is_bound and form.is_valid():
        try:
            impact.request_run(
                version=row,
                population=form.cleaned_data["population"],
                as_of=form.cleaned_data["as_of"],
                user=request.user,
                now=timezone.now(),
            )
        except impact.ImpactRefused as refused:
            form.add_error(None, error_words.sentence(refused.said))
        else:
            return redirect(url("impact", row.pk))
    context = impact_context(row) | {"form": form, "may": may, "subtitle": _("Impact")}
    status = 422 if form.errors else 200
    response = version_page(request, "impact", row, context, tab="impact", status=status)
    if context["run"] and not context["progress"].is_over and request.method == "GET":
        response["Refresh"] = str(RELOAD_SECONDS)
    return response


@desk_view(READ)
@require_safe
def impact_plot(request: HttpRequest, pk: int, run_id: int, level: str, by: str) -> HttpResponse:
    """Draw one table of a finished run; what the table hides is not in the picture either."""
    runs = ImpactRun.objects.select_related("version__rule", "ruleset")
    run = get_object_or_404(runs, pk=run_id, version_id=pk, state=ImpactRun.State.DONE)
    found = impact.impact(run)
    table = next((t for t in found.result.tables if (t.level, t.by) == (level, by)), None)
    if table is None or not _has_plot(table):
        raise Http404
    groups = [
        Bars(
            name=_group_name(by, line.group, found.leaves),
            counts=[line.counts[kind] for kind in CHANGED],
        )
        for line in table.lines
    ]
    counted = (_("Number of people"), _("Number of household members"))
    unit = counted[run.version.rule.kind == FAMILY]
    title = _("%(level)s: %(table)s") % {
        "level": _level_titles(run.version)[level],
        "table": _table_title(by),
    }
    drawn = plot(title, unit, groups)
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    response["Cache-Control"] = "private, max-age=86400"  # a finished run stays as it is
    return response


@require_POST
def _cancel(request: HttpRequest, pk: int, run_id: int) -> HttpResponse:
    user = request.user
    if not (user.has_perm(WRITE) or user.has_perm(APPROVE)):
        raise PermissionDenied
    run = get_object_or_404(ImpactRun, pk=run_id, version_id=pk)
    if impact.cancel_run(run_id=run.pk, now=timezone.now()):
        messages.success(request, _("The run is cancelled."))
    else:
        messages.info(request, _("The run was over already."))
    return redirect(url("impact", pk))


cancel = desk_view(READ)(_cancel)
