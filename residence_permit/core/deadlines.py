"""Clocks in calendar and working days, each of which explains itself line by line.

The day of the event is not counted; the last day is, until 24:00 in Asia/Shanghai. A last day
that falls on a holiday stays the last day: no text read moves it.
Source: docs/policy/permit.md, 5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime, time, timedelta, timezone

from eligibility.core.periods import add_months

ISSUE_DAYS = 15  # calendar days from acceptance; GW 9, ZJ 18
EXTENDED_ISSUE_DAYS = 30  # from acceptance, at most; GW 9
CHANGE_DAYS = 10  # calendar days from the change of address or employer; ZJ 13, 19
REPORT_WORKING_DAYS = 3  # employers, landlords, property managers, agents; ZJ 8-11
REVIEW_DAYS = 60  # calendar days from the refusal, 行政复议; docs/policy/permit.md, 2
SUIT_MONTHS = 6  # calendar months from the refusal, 行政诉讼; docs/policy/permit.md, 2
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # one hour, all year round
_SATURDAY = 5

START, WEEKEND, HOLIDAY, WORKDAY = "start", "weekend", "holiday", "workday"
WEEKENDS_ONLY, SWAPS_UNKNOWN = "weekends_only", "swaps_unknown"
EXTENDED, END = "extended", "end"


@dataclass(frozen=True)
class Named:
    """A day that is not what its weekday says: off, or worked (调休)."""

    off: bool
    name: str = ""


@dataclass(frozen=True)
class Calendar:
    """Days off and days worked, as data; of years not in ``years`` only the weekends are known.

    ``provisional`` are years whose holidays are known, but not yet which weekends are worked.
    """

    days: Mapping[date, Named] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    provisional: frozenset[int] = frozenset()

    def is_off(self, day: date) -> bool:
        """Whether no work is done on ``day``."""
        named = self.days.get(day)
        return named.off if named else day.weekday() >= _SATURDAY


@dataclass(frozen=True)
class Line:
    """One line of the explanation; what it says in words is for others.

    ``start``: the day of the event, not counted. ``weekend``, ``holiday``: a day that is not
    counted. ``workday``: a weekend day that is. ``weekends_only``: from this day the year's
    holidays are not known; ``swaps_unknown``: they are, but not the weekends that are worked; the
    name is the year. ``extended``: the last day before an extension. ``end``: the last day.
    """

    kind: str
    day: date
    name: str = ""


@dataclass(frozen=True)
class Deadline:
    """The last day on which something is in time, and how it was counted."""

    due_on: date
    lines: tuple[Line, ...]

    @property
    def ends_at(self) -> datetime:
        """Return the first moment that is too late: the midnight after the last day."""
        return datetime.combine(self.due_on + timedelta(days=1), time(), SHANGHAI)

    @property
    def is_certain(self) -> bool:
        """Whether the days off of every year it runs through are known."""
        return all(line.kind not in (WEEKENDS_ONLY, SWAPS_UNKNOWN) for line in self.lines)

    def passed(self, now: datetime) -> bool:
        """Whether it is too late at ``now``."""
        return now >= self.ends_at


def day_of(moment: datetime) -> date:
    """Return the day of a moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def calendar_days(start: date, count: int) -> Deadline:
    """Return the last of ``count`` days after ``start``.

    Unit: calendar days.

    >>> calendar_days(date(2026, 9, 28), 15).due_on
    datetime.date(2026, 10, 13)
    """
    return _plain(start, start + timedelta(days=count))


def calendar_months(start: date, count: int) -> Deadline:
    """Return the same day ``count`` months after ``start``, or that month's last day.

    Unit: calendar months.

    >>> calendar_months(date(2026, 8, 31), 6).due_on
    datetime.date(2027, 2, 28)
    """
    return _plain(start, add_months(start, count) or date(MAXYEAR, 12, 31))


def _plain(start: date, due_on: date) -> Deadline:
    return Deadline(due_on, (Line(START, start), Line(END, due_on)))


def working_days(start: date, count: int, calendar: Calendar) -> Deadline:
    """Return the last of ``count`` working days after ``start``.

    Unit: working days: no weekend, no holiday, but the weekend days that are worked (调休).

    >>> working_days(date(2026, 11, 20), 3, Calendar()).due_on  # a Friday
    datetime.date(2026, 11, 25)
    """
    lines, day, left = [Line(START, start)], start, count
    told: set[int] = set()
    while left > 0:
        day += timedelta(days=1)
        if day.year not in told:
            told.add(day.year)
            if day.year not in calendar.years:
                lines.append(Line(WEEKENDS_ONLY, day, str(day.year)))
            elif day.year in calendar.provisional:
                lines.append(Line(SWAPS_UNKNOWN, day, str(day.year)))
        named = calendar.days.get(day)
        if not calendar.is_off(day):
            left -= 1
            if day.weekday() >= _SATURDAY:
                lines.append(Line(WORKDAY, day, named.name if named else ""))
        elif named:
            lines.append(Line(HOLIDAY, day, named.name))
        else:
            lines.append(Line(WEEKEND, day))
    return Deadline(day, (*lines, Line(END, day)))


def issue_deadline(accepted_on: date, *, extended: bool = False) -> Deadline:
    """Return the last day to issue, or to refuse.

    Unit: 15 calendar days from acceptance; extended once, 30 from acceptance.
    Source: GW 9, ZJ 18.
    """
    first = calendar_days(accepted_on, ISSUE_DAYS)
    if not extended:
        return first
    due_on = accepted_on + timedelta(days=EXTENDED_ISSUE_DAYS)
    start, end = first.lines
    return Deadline(due_on, (start, Line(EXTENDED, end.day), Line(END, due_on)))


def change_deadline(changed_on: date) -> Deadline:
    """Return the last day to register a change. Unit: 10 calendar days. Source: ZJ 13, 19."""
    return calendar_days(changed_on, CHANGE_DAYS)


def report_deadline(happened_on: date, calendar: Calendar) -> Deadline:
    """Return the last day of a reporter. Unit: 3 working days. Source: ZJ 8-11."""
    return working_days(happened_on, REPORT_WORKING_DAYS, calendar)


def review_deadline(refused_on: date) -> Deadline:
    """Return the last day to ask for 行政复议. Unit: 60 calendar days."""
    return calendar_days(refused_on, REVIEW_DAYS)


def suit_deadline(refused_on: date) -> Deadline:
    """Return the last day to go to court (行政诉讼). Unit: 6 calendar months."""
    return calendar_months(refused_on, SUIT_MONTHS)


def calendar_of(
    days: Iterable[tuple[date, bool, str]], years: Iterable[int], provisional: Iterable[int] = ()
) -> Calendar:
    """Return a calendar of rows of (day, whether it is off, name)."""
    return Calendar(
        {day: Named(off, name) for day, off, name in days}, frozenset(years), frozenset(provisional)
    )
