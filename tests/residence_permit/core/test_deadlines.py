"""Clocks: the golden deadlines of 2024-2027, and what holds of every deadline."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import holidays
import hypothesis
import pytest
from hypothesis import strategies as st

from residence_permit.core import deadlines
from residence_permit.core.deadlines import Calendar, Line, Named, calendar_of, working_days
from tests.residence_permit.core.golden import cases, day

YEARS = range(2024, 2028)


@cache
def china():
    """Return the calendar as the library has it; the core never knows where it comes from."""
    table = holidays.country_holidays("CN", years=YEARS, language="zh_CN")
    off = [(on, True, name) for on, name in table.items()]
    worked = [(on, False, "调休上班") for on in table.weekend_workdays if on.year in YEARS]
    return calendar_of([*off, *worked], YEARS)


CLOCKS = {
    "issue": deadlines.issue_deadline,
    "extended": lambda start: deadlines.issue_deadline(start, extended=True),
    "change": deadlines.change_deadline,
    "report": lambda start: deadlines.report_deadline(start, china()),
    "review": deadlines.review_deadline,
    "suit": deadlines.suit_deadline,
}


@pytest.mark.parametrize("case", cases("deadlines"), ids=lambda c: c["name"])
def test_a_golden_deadline(case):
    found = CLOCKS[case["clock"]](day(case["from"]))

    assert found.due_on == day(case["due"])
    if "lines" in case:
        assert [[line.kind, line.day.isoformat()] for line in found.lines] == case["lines"]


def test_an_extension_explains_itself():
    found = deadlines.issue_deadline(date(2026, 11, 25), extended=True)

    assert found.lines == (
        Line("start", date(2026, 11, 25)),
        Line("extended", date(2026, 12, 10)),
        Line("end", date(2026, 12, 25)),
    )


def test_the_last_day_lasts_until_midnight_in_shanghai():
    found = deadlines.calendar_days(date(2026, 11, 25), 15)

    assert not found.passed(datetime(2026, 12, 10, 15, 59, 59, tzinfo=UTC))
    assert found.passed(datetime(2026, 12, 10, 16, 0, tzinfo=UTC))


def test_a_holiday_is_named_and_a_year_without_holidays_says_so():
    found = working_days(date(2026, 9, 30), 1, china())
    unknown = working_days(date(2031, 9, 30), 1, china())

    assert found.lines[1] == Line(
        "holiday", date(2026, 10, 1), china().days[date(2026, 10, 1)].name
    )
    assert found.is_certain
    assert unknown.due_on == date(2031, 10, 1)
    assert unknown.lines[1] == Line("weekends_only", date(2031, 10, 1), "2031")
    assert not unknown.is_certain


def test_a_year_whose_swapped_days_are_not_out_yet_says_so():
    calendar = Calendar(years=frozenset({2027}), provisional=frozenset({2027}))

    found = working_days(date(2027, 6, 1), 3, calendar)

    assert found.lines[1] == Line("swaps_unknown", date(2027, 6, 2), "2027")
    assert not found.is_certain


DAYS = st.dates(date(2023, 6, 1), date(2028, 12, 31))
NAMED = st.dictionaries(DAYS, st.booleans().map(lambda off: Named(off, "x")), max_size=60)


@hypothesis.settings(max_examples=200, deadline=None)
@hypothesis.given(DAYS, st.integers(0, 40), NAMED)
def test_working_days_are_the_days_that_are_worked(start, count, named):
    calendar = Calendar(named, frozenset({2024, 2025}))

    found = working_days(start, count, calendar)

    between = [start + timedelta(days=n) for n in range(1, (found.due_on - start).days + 1)]
    worked = [d for d in between if (not named[d].off if d in named else d.weekday() < 5)]
    assert len(worked) == count
    assert not count or worked[-1] == found.due_on
    skipped = [line.day for line in found.lines if line.kind in ("weekend", "holiday")]
    assert skipped == [d for d in between if d not in worked]
    untold = {d.year for d in between} - calendar.years
    assert {int(x.name) for x in found.lines if x.kind == "weekends_only"} == untold
