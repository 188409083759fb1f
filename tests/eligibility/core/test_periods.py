"""Months, years and birthdays."""

import doctest
from datetime import MAXYEAR, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.core import periods
from eligibility.core.periods import (
    add_months,
    add_years,
    age_on,
    birthday,
    months_between,
    year_begins,
    years_begun,
    years_between,
)
from tests import oracle

DAY = timedelta(days=1)
days = st.one_of(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(
        lambda day: date(day.year - day.year % 4 + 4, 2, 29) if day.year < 2090 else day
    ),
)


def test_the_examples_in_the_docstrings_hold():
    failed, tried = doctest.testmod(periods)

    assert tried >= 6
    assert failed == 0


@pytest.mark.parametrize(
    ("start", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 1, date(2026, 2, 28)),
        (date(2026, 1, 28), 1, date(2026, 2, 28)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(MAXYEAR, 12, 1), 1, None),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(start, months, later):
    assert add_months(start, months) == later


def test_the_two_29_februaries():
    born = date(2004, 2, 29)

    assert birthday(born, 18) == date(2022, 3, 1)
    assert add_years(born, 18) == date(2022, 2, 28)
    assert [age_on(born, date(2022, 2, 28)), age_on(born, date(2022, 3, 1))] == [17, 18]
    assert years_between(born, date(2022, 2, 28)) == 18
    assert birthday(born, 20) == add_years(born, 20) == date(2024, 2, 29)


def test_what_lies_after_the_calendar_is_never_reached():
    last = date(MAXYEAR, 12, 31)

    assert birthday(date(2000, 1, 1), 8000) is None
    assert year_begins(date(2000, 1, 1), 9000) is None
    assert year_begins(last, 1) is None


@given(days, st.integers(0, 1500))
def test_a_month_is_complete_on_its_day_and_not_the_day_before(start, months):
    later = add_months(start, months)

    assert months_between(start, later) == months
    assert months_between(start, later - DAY) == months - 1
    assert later == oracle.month_later(start, months)


@given(days, st.integers(0, 130))
def test_an_age_is_reached_on_the_birthday_and_not_the_day_before(born, age):
    day = birthday(born, age)

    assert age_on(born, day) == age == oracle.age(born, day)
    assert age_on(born, day - DAY) == age - 1 == oracle.age(born, day - DAY)


@given(days, st.integers(0, 60), st.integers(-400, 400))
def test_begun_years_are_at_most_n_up_to_the_anniversary(start, years, shift):
    anniversary = add_years(start, years)
    day = anniversary + timedelta(days=shift)
    if day < start:
        return

    assert (years_begun(start, day) <= years) == (day <= anniversary)
    assert anniversary == oracle.anniversary(start, years)


@given(days, st.integers(1, 60))
def test_a_year_begins_the_day_after_an_anniversary(start, number):
    day = year_begins(start, number)

    assert years_begun(start, day) == number
    assert years_begun(start, day - DAY) == number - 1
