"""Months and years counted the way the rules count them.

There are two 29 Februaries. An age is reached on 1 March of a common year; every other
anniversary falls on the last day of February.
"""

import calendar
from datetime import MAXYEAR, date, timedelta


def add_months(day: date, months: int) -> date | None:
    """Return the same day of the month ``months`` later, or that month's last day.

    Unit: calendar months. None where the calendar ends.
    Source: docs/policy/rules.md, 6, "what grows".

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date | None:
    """Return the anniversary ``years`` later; 29 February falls on the 28th.

    >>> add_years(date(2024, 2, 29), 1)
    datetime.date(2025, 2, 28)
    """
    return add_months(day, 12 * years)


def birthday(birth: date, age: int) -> date | None:
    """Return the day on which ``age`` completed years are reached.

    >>> birthday(date(2004, 2, 29), 18)
    datetime.date(2022, 3, 1)
    """
    year = birth.year + age
    if year > MAXYEAR:
        return None
    if (birth.month, birth.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return birth.replace(year=year)


def age_on(birth: date, day: date) -> int:
    """Return the age in completed years on ``day``.

    >>> age_on(date(2004, 2, 29), date(2022, 2, 28))
    17
    """
    years, month, born = day.year - birth.year, day.month, birth.month
    if month == born:
        return years - (day.day < birth.day)
    return years - (month < born)


def months_between(start: date, day: date) -> int:
    """Return how many whole months have passed, by the clamping of ``add_months``.

    >>> months_between(date(2026, 1, 31), date(2026, 2, 28))
    1
    """
    months = (day.year - start.year) * 12 + day.month - start.month
    last = calendar.monthrange(day.year, day.month)[1]
    return months - (day.day < min(start.day, last))


def years_between(start: date, day: date) -> int:
    """Return how many anniversaries have passed, by the clamping of ``add_years``."""
    return months_between(start, day) // 12


def years_begun(start: date, day: date) -> int:
    """Return the years since ``start``, a begun year counted whole.

    ``years_begun(start, day) <= n`` says that ``day`` is not after the n-th anniversary.

    >>> years_begun(date(2010, 6, 30), date(2025, 6, 30))
    15
    >>> years_begun(date(2010, 6, 30), date(2025, 7, 1))
    16
    """
    years, month, began = day.year - start.year, day.month, start.month
    if month != began:
        return years + (month > began)
    last = start.day
    if last == 29 and month == 2 and not calendar.isleap(day.year):
        last = 28
    return years + (day.day > last)


def year_begins(start: date, number: int) -> date | None:
    """Return the first day on which ``years_begun`` reaches ``number``."""
    anniversary = add_years(start, number - 1)
    if anniversary is None or anniversary == date.max:
        return None
    return anniversary + timedelta(days=1)
