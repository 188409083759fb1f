"""A table of an impact run as a picture: bars from zero, told apart in grey."""

import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pygal
from django.utils.translation import gettext as _
from pygal.style import Style

# The library's hook for plugins, of which we have none, warns at every later import of anything.
sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__name__ != "PluginImportFixer"]

WIDE, TITLE_HIGH, GROUP_HIGH = 620, 130, 46
FONT = 13
MOST_EMS = 15.0  # of a label; the table beside has the whole of it
LATIN = 0.6  # what the library reckons a letter to be wide
LONGEST = 24  # groups of a plot; more are read in the table alone
GREYS = ("#1b2733", "#8793a0", "#e3e8ec")
OUTLINES = (
    "inline:.bar .rect, .legend rect { stroke: #1b2733; stroke-width: 1px }"  # light bars on white
)


@dataclass(frozen=True, kw_only=True)
class Bars:
    """One group: its name, and how many gain, lose and change otherwise; None is hidden."""

    name: str
    counts: Sequence[int | None]


def plot(title: str, unit: str, groups: Sequence[Bars]) -> bytes:
    """Return the picture as SVG, without a script."""
    chart = pygal.HorizontalBar(
        width=WIDE,
        height=high(len(groups)),
        style=Style(
            background="#ffffff",
            plot_background="#ffffff",
            foreground="#1b2733",
            foreground_strong="#1b2733",
            foreground_subtle="#5b6873",
            opacity="1",
            colors=GREYS,
            font_family='"Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
            label_font_size=FONT,
            major_label_font_size=FONT,
            legend_font_size=FONT,
            title_font_size=FONT + 2,
            guide_stroke_color="#d5dbe0",
            major_guide_stroke_color="#d5dbe0",
        ),
        js=[],
        css=["file://style.css", "file://graph.css", OUTLINES],
        title=title,
        x_title=unit,
        y_title=_("Groups"),
        max_scale=5,
        include_x_axis=True,  # bars begin at zero
        show_y_guides=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(GREYS),
        truncate_label=-1,
        truncate_legend=-1,
        margin_left=_room(groups),
        formatter=lambda number: f"{number:,.0f}",
        value_formatter=lambda number: f"{number:,.0f}",
    )
    chart.x_labels = [_label(group) for group in reversed(groups)]  # the first on top
    for place, name in enumerate((_("Gained"), _("Lost"), _("Otherwise"))):
        chart.add(name, [group.counts[place] for group in reversed(groups)])
    return re.sub(rb"<script.*?</script>", b"", chart.render(), flags=re.DOTALL)


def high(groups: int) -> int:
    """Return how high the picture of so many groups is."""
    return TITLE_HIGH + GROUP_HIGH * groups


def _room(groups: Sequence[Bars]) -> float:
    """Return by how much more room the labels need than the library reckons."""
    labels = [_label(group) for group in groups]
    longest = max(map(len, labels)) * LATIN
    return 10 + max(0.0, max(map(ems, labels)) - longest) * FONT


def _label(group: Bars) -> str:
    """Return the name of a group, which says so where a bar is missing because it is hidden."""
    name = shortened(group.name)
    return _("%(group)s (–)") % {"group": name} if None in group.counts else name


def shortened(text: str) -> str:
    """Return a label, cut where it gets too long."""
    while ems(text) > MOST_EMS:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text


def ems(text: str) -> float:
    """Return how wide a text is."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else LATIN for sign in text)
