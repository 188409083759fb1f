"""The figures of offices in words, as tables and as pictures."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pygal
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pygal.style import Style

from residence_permit.presentation.refusals import GROUNDS, SHORT
from residence_permit.services.statistics import Band, Figures, OfficeFigures

# One dark colour on white: readable in grey, in print and in the dark scheme.
STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#1b2733",
    foreground_strong="#1b2733",
    foreground_subtle="#6b7684",
    opacity="1",
    opacity_hover="1",
    transition="0s",
    colors=("#0a4a94",),
    font_family="PingFang SC, Noto Sans SC, Microsoft YaHei, sans-serif",
    label_font_size=13,
    major_label_font_size=13,
    value_font_size=13,
    title_font_size=15,
    value_colors=("#1b2733",),
)
PLOTS = ("age", "days", "reasons")
MOST_DAYS = 30  # the plot's last bar holds what took longer


@dataclass(frozen=True, kw_only=True)
class OfficeLine:
    """The figures of one office in words."""

    station_id: int | None
    name: str
    cells: tuple[str, ...]


def heads() -> list[str]:
    """Return the heads of the table of offices."""
    return [
        _("Open cases"),
        _("Overdue"),
        _("Decided"),
        _("Half decided within"),
        _("Nine of ten decided within"),
        _("Right the first time"),
        _("Refused"),
    ]


def office_line(figures: OfficeFigures, name: str) -> OfficeLine:
    """Return one line of the table of offices."""
    return OfficeLine(
        station_id=figures.station_id,
        name=name,
        cells=(
            f"{figures.open:,}",
            f"{figures.overdue:,}",
            f"{figures.decided:,}",
            days_text(figures.median_days),
            days_text(figures.p90_days),
            share_text(figures.right_share, figures.accepted),
            share_text(
                Fraction(figures.refused, figures.decided) if figures.decided else None,
                figures.decided,
            ),
        ),
    )


def days_text(days: int | None) -> str:
    """Return a number of days; a dash where nothing was decided."""
    if days is None:
        return "–"
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def share_text(share: Fraction | None, of: int) -> str:
    """Return a share with what it is of; a dash where there is nothing."""
    if share is None:
        return "–"
    return _("%(percent)s %% of %(of)s") % {"percent": round(share * 100), "of": f"{of:,}"}


def band_name(band: Band) -> str:
    """Return the days of a band."""
    if band.last is None:
        return _("%(first)s days and more") % {"first": band.first}
    return _("%(first)s to %(last)s days") % {"first": band.first, "last": band.last}


def reason_name(code: str) -> str:
    """Return a ground in words, the few of the plot first."""
    if code not in GROUNDS:
        return code or "–"
    return _("%(short)s: %(ground)s") % {"short": SHORT[code], "ground": GROUNDS[code]}


def rows_of(figures: Figures, plot: str) -> list[tuple[str, int]]:
    """Return name and number of each bar of a plot: the table beside it has the same."""
    match plot:
        case "age":
            return [(band_name(band), band.count) for band in figures.bands]
        case "days":
            return _day_rows(figures)
    return [(reason_name(code), number) for code, number in figures.reasons]


def _day_rows(figures: Figures) -> list[tuple[str, int]]:
    if not figures.days:
        return []
    numbers = dict(figures.days)
    last = min(max(numbers), MOST_DAYS)
    rows = [(str(day), numbers.get(day, 0)) for day in range(last + 1)]
    longer = sum(number for day, number in numbers.items() if day > last)
    return [*rows, (_("more"), longer)] if longer else rows


def plot_title(plot: str) -> str:
    """Return what a plot shows, with its unit."""
    return {
        "age": _("Open cases by days since they were submitted"),
        "days": _("Decided cases by days from submitting to the decision"),
        "reasons": _("Refusals by ground"),
    }[plot]


def picture(figures: Figures, plot: str) -> bytes:
    """Return a plot as SVG, to be shown as an image: it runs no script and asks for nothing."""
    rows = rows_of(figures, plot)
    if plot == "reasons":
        rows = [(str(SHORT.get(code, code)), number) for code, number in figures.reasons]
    most = max((number for _name, number in rows), default=0)
    chart: Any = (pygal.HorizontalBar if plot == "reasons" else pygal.Bar)(
        style=STYLE,
        js=(),
        show_legend=False,
        print_values=plot == "age",
        title=plot_title(plot),
        x_title=_("days") if plot != "reasons" else _("cases"),
        y_title=_("cases") if plot != "reasons" else None,
        include_x_axis=True,
        width=720,
        height=360,
        margin=12,
        truncate_label=30,
        print_values_position="top",
        range=(0, max(most, 1)),
        value_formatter=lambda number: f"{number:,.0f}",
        x_labels_major_every=1 if len(rows) <= 12 else 5,
        show_minor_x_labels=len(rows) <= 12,
        no_data_text=_("nothing to show"),
        disable_xml_declaration=False,
    )
    if plot == "reasons":
        rows = rows[::-1]
    chart.y_labels = range(0, most + 1, max(1, -(-most // 5)))
    chart.add_xml_filter(_without_script)
    chart.x_labels = [name for name, _number in rows]
    chart.add(_("cases"), [number for _name, number in rows])
    return chart.render()


def _without_script(tree: Any) -> Any:
    """Take out what the library puts in for moving pictures: an image runs nothing."""
    for parent in list(tree.iter()):
        for child in list(parent):
            if isinstance(child.tag, str) and child.tag.endswith("script"):
                parent.remove(child)
    return tree
