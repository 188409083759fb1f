"""The calendar of working days: filled from a library, corrected by staff, never overwritten."""

import re
from collections.abc import Iterable
from importlib.metadata import version

import holidays
from django.db import transaction

from residence_permit.models import CalendarDay, CalendarYear

YEARS = (2024, 2025, 2026, 2027)
_SWAPPED = re.compile(r"调休")
OFF_IN_RETURN, WORKED = "调休放假", "调休上班"


@transaction.atomic
def seed(*, years: Iterable[int] = YEARS) -> dict[int, int]:
    """Fill in years that are not there, or not complete; return how many days each has got.

    A year whose swapped days (调休) the library did not hold yet is marked so, and completed once
    it does. A day that stands there stays as it is, and a year that staff have completed stays
    without those that they took out.
    """
    added = {}
    for year in years:
        days, knows_swaps = _days_of(year)
        row = CalendarYear.objects.select_for_update().filter(year=year).first()
        if row is None:
            row = CalendarYear(year=year)
        elif row.has_swapped_days or not knows_swaps:
            added[year] = 0
            continue
        row.has_swapped_days = knows_swaps
        row.source = f"python-holidays {version('holidays')}"
        row.save()
        there = set(row.days.values_list("day", flat=True))
        new = [CalendarDay(year=row, **day) for day in days if day["day"] not in there]
        CalendarDay.objects.bulk_create(new)
        added[year] = len(new)
    return added


def _days_of(year: int) -> tuple[list[dict], bool]:
    """Return the days off and the weekend days worked, and whether the latter are known."""
    known = holidays.China(years=year, language="zh_CN")
    off = [
        {"day": day, "kind": CalendarDay.Kind.OFF, "name": _name(name)}
        for day, name in sorted(known.items())
    ]
    worked = sorted(day for day in known.weekend_workdays if day.year == year)
    work = [{"day": day, "kind": CalendarDay.Kind.WORK, "name": WORKED} for day in worked]
    return off + work, bool(worked)


def _name(name: str) -> str:
    return OFF_IN_RETURN if _SWAPPED.search(name) else name[:40]
