"""Days, moments and deadlines in the reader's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from residence_permit.core import deadlines
from residence_permit.core.deadlines import Deadline, Line


@dataclass(frozen=True)
class Counted:
    """One line of how a deadline was counted."""

    day: str
    text: str


def full_day(day: date) -> str:
    """Return a day in full, as the reader's language writes it."""
    chinese = (get_language() or "").startswith("zh")
    return formats.date_format(day, "Y年n月j日" if chinese else "j F Y")


def moment(at: datetime) -> str:
    """Return day and time in Asia/Shanghai."""
    return f"{full_day(timezone.localtime(at).date())} {timezone.localtime(at):%H:%M}"


def days_left(due_on: date | None, today: date) -> str:
    """Return how much time is left until a day, both included."""
    if due_on is None:
        return _("no deadline runs")
    days = (due_on - today).days
    if days < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    if days == 0:
        return _("due today")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def counted(deadline: Deadline) -> Iterator[Counted]:
    """Yield how a deadline was counted, line by line."""
    for line in deadline.lines:
        yield Counted(full_day(line.day), _line(line))


def _line(line: Line) -> str:
    match line.kind:
        case deadlines.START:
            return _("begins; this day is not counted")
        case deadlines.WEEKEND:
            return _("weekend, not counted")
        case deadlines.HOLIDAY:
            return _("%(name)s, not counted") % {"name": line.name}
        case deadlines.WORKDAY:
            return _("a weekend day that is worked (调休), counted")
        case deadlines.WEEKENDS_ONLY:
            return _(
                "the holidays of %(year)s are not known yet; only weekends are left out from here"
            ) % {"year": line.name}
        case deadlines.SWAPS_UNKNOWN:
            return _(
                "which weekends of %(year)s are worked is not known yet; the last day may change"
            ) % {"year": line.name}
        case deadlines.EXTENDED:
            return _("was the last day before the extension")
    return _("last day, until midnight")
