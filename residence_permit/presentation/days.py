"""Moments, and the time that is left, in the reader's words."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from eligibility.wording import full_date


def moment(at: datetime) -> str:
    """Return day and time in Asia/Shanghai."""
    here = timezone.localtime(at)
    return f"{full_date(here.date())} {here:%H:%M}"


def days_left(due_on: date | None, today: date) -> str:
    """Return how much time is left until a last day."""
    if due_on is None:
        return _("no deadline runs")
    days = (due_on - today).days
    if days < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    if days == 0:
        return _("due today")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
