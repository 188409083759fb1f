"""The calendar of working days: filled from the library, never over what staff entered."""

from datetime import date

import pytest
from django.core.management import call_command

from residence_permit import selectors
from residence_permit.core import deadlines
from residence_permit.models import CalendarDay, CalendarYear
from residence_permit.services import calendar

pytestmark = pytest.mark.django_db
OFF, WORK = CalendarDay.Kind.OFF, CalendarDay.Kind.WORK


def kinds(*days):
    rows = dict(CalendarDay.objects.values_list("day", "kind"))
    return [rows.get(date.fromisoformat(day)) for day in days]


def test_the_years_hold_holidays_and_swapped_weekends(capsys):
    call_command("seed_calendar")

    # 国办发明电〔2023〕7号, 国办发明电〔2024〕12号, 国办发明电〔2025〕7号
    assert kinds("2024-02-15", "2024-02-18", "2024-10-12") == [OFF, WORK, WORK]
    assert kinds("2025-01-26", "2025-01-28", "2025-10-08", "2025-10-11") == [WORK, OFF, OFF, WORK]
    assert kinds("2026-02-14", "2026-02-23", "2026-05-09", "2026-10-07") == [WORK, OFF, WORK, OFF]
    assert kinds("2026-11-25", "2027-02-06") == [None, OFF]
    assert dict(CalendarYear.objects.values_list("year", "has_swapped_days")) == {
        2024: True,
        2025: True,
        2026: True,
        2027: False,
    }
    assert "2026: " in capsys.readouterr().out


def test_seeding_again_adds_nothing_and_takes_nothing_back():
    calendar.seed()
    CalendarDay.objects.filter(day=date(2026, 5, 9)).update(kind=OFF, name="市里另有安排")
    CalendarDay.objects.filter(day=date(2026, 10, 10)).delete()
    CalendarDay.objects.filter(day=date(2027, 10, 5)).update(kind=WORK, name="调休上班")

    again = calendar.seed()

    assert again == {2024: 0, 2025: 0, 2026: 0, 2027: 0}
    assert kinds("2026-05-09", "2026-10-10", "2027-10-05") == [OFF, None, WORK]


def test_a_year_that_staff_began_is_completed_around_what_they_entered():
    year = CalendarYear.objects.create(year=2026, source="国务院办公厅通知")
    CalendarDay.objects.create(day=date(2026, 1, 4), year=year, kind=OFF, name="另有安排")

    calendar.seed(years=(2026,))

    assert kinds("2026-01-04", "2026-02-14") == [OFF, WORK]


@pytest.mark.parametrize(
    ("start", "due_on", "certain"),
    [
        (date(2024, 2, 9), date(2024, 2, 20), True),  # Spring Festival; Sunday the 18th is worked
        (date(2025, 9, 30), date(2025, 10, 11), True),  # the 11th, a Saturday, is worked
        (date(2026, 2, 13), date(2026, 2, 25), True),  # Saturday the 14th is worked
        (date(2026, 12, 31), date(2027, 1, 6), False),  # which weekends of 2027 are worked?
        (date(2027, 2, 4), date(2027, 2, 15), False),
        (date(2028, 1, 3), date(2028, 1, 6), False),
    ],
)
def test_three_working_days_with_swapped_weekends(start, due_on, certain):
    calendar.seed()

    deadline = deadlines.report_deadline(start, selectors.calendar())

    assert (deadline.due_on, deadline.is_certain) == (due_on, certain)
