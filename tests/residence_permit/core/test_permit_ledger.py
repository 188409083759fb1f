"""What a permit is on a day: the golden cases, and a simulation that lives day by day."""

import calendar
from datetime import date, timedelta

import hypothesis
import pytest
from hypothesis import strategies as st

from residence_permit.core.permit_ledger import (
    REMINDERS,
    Entry,
    LedgerEvent,
    LedgerImpossible,
    check_ledger,
    reminders_due,
    timeline,
    window,
)
from tests.residence_permit.core.golden import cases, day

CASES = cases("ledger")


def ledger_of(case):
    return [LedgerEvent(Entry(entry), day(on)) for entry, on in case["events"]]


def windows(found):
    return found and [found.number, found.opens.isoformat(), found.closes.isoformat()]


@pytest.mark.parametrize("case", [c for c in CASES if "on" in c], ids=lambda c: c["name"])
def test_a_golden_life(case):
    ledger = ledger_of(case)

    for on, expected in case["on"].items():
        found = timeline(ledger, day(on))
        answer = {
            "status": found.status,
            "usable": found.usable,
            "years": found.years_of_residence,
            "from": found.counted_from and found.counted_from.isoformat(),
            "window": windows(found.window),
            "reminder": next((r.key for r in reminders_due(ledger, day(on))), None),
        }
        assert {name: answer[name] for name in expected} == expected, on


@pytest.mark.parametrize("case", [c for c in CASES if "refused" in c], ids=lambda c: c["name"])
def test_a_ledger_that_cannot_be(case):
    with pytest.raises(LedgerImpossible) as refused:
        check_ledger(ledger_of(case))

    assert [refused.value.index + 1, refused.value.code] == case["refused"]


def test_an_empty_ledger_is_no_permit():
    check_ledger([])

    assert timeline([], date(2026, 1, 1)).status == "none"


def test_a_suspended_permit_may_be_endorsed_on_any_day():
    ledger = [LedgerEvent(Entry.ISSUE, date(2025, 3, 31))]

    found = timeline(ledger, date(2026, 9, 1))

    assert found.endorse_in is None
    assert found.suspended_from == date(2026, 4, 1)


def test_the_end_of_the_calendar_is_no_crash():
    ledger = [LedgerEvent(Entry.ISSUE, date(9999, 6, 1))]

    found = timeline(ledger, date.max)

    assert (found.status, found.window) == ("valid", None)
    assert reminders_due(ledger, date.max) == ()


# ---- An independent simulation: nothing of the module under test but its vocabulary ----


def clamped(year, month, wanted):
    return date(year, month, min(wanted, calendar.monthrange(year, month)[1]))


def closing_days(issued):
    """Yield (number, opens, closes), year by year."""
    for number in range(1, 40):
        closes = clamped(issued.year + number, issued.month, issued.day)
        year, month = (closes.year, closes.month - 1) if closes.month > 1 else (closes.year - 1, 12)
        yield number, clamped(year, month, closes.day), closes


class Simulated:
    """A permit that is carried through every single day."""

    def __init__(self, issued):
        self.issued = issued
        self.years = 0
        self.counted_from = issued
        self.suspended = False
        self.cancelled = False
        self.endorsed = set()
        self.calendar = list(closing_days(issued))

    def open_window(self, today):
        return next((w for w in self.calendar if w[1] <= today <= w[2]), None)

    def next_window(self, today):
        return next(w for w in self.calendar if today <= w[2])

    def morning(self, today):
        """Let a day begin: yesterday's window may have closed, a year may be full."""
        if self.cancelled:
            return
        for number, _opens, closes in self.calendar:
            if closes == today - timedelta(days=1) and number not in self.endorsed:
                self.suspended = True
        if not self.suspended:
            self.count(today)

    def count(self, today):
        start, years = self.counted_from, 0
        while clamped(start.year + years + 1, start.month, start.day) <= today:
            years += 1
        self.years = years

    def can_endorse(self, today):
        opened = self.open_window(today)
        return not self.cancelled and (
            self.suspended or (opened is not None and opened[0] not in self.endorsed)
        )

    def endorse(self, today):
        if self.suspended:
            self.counted_from, self.years, self.suspended = today, 0, False
        opened = self.open_window(today)
        if opened:
            self.endorsed.add(opened[0])

    def status(self, today):
        if self.cancelled:
            return "cancelled"
        if self.suspended:
            return "suspended"
        opened = self.open_window(today)
        return "due" if opened and opened[0] not in self.endorsed else "valid"


ISSUE_DAYS = st.dates(date(2015, 12, 1), date(2022, 12, 31)) | st.sampled_from(
    [date(2016, 2, 29), date(2020, 2, 29), date(2019, 3, 31), date(2019, 1, 31), date(2019, 12, 31)]
)
HABITS = st.sampled_from(["early", "in_time", "last_day", "late", "very_late", "never"])


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(ISSUE_DAYS, st.lists(HABITS, min_size=7, max_size=7), st.randoms())
def test_the_ledger_agrees_with_a_life_lived_day_by_day(issued, habits, chance):
    ledger = [LedgerEvent(Entry.ISSUE, issued)]
    lived, answers, refused = Simulated(issued), {}, []
    plans = {}
    for (_number, opens, closes), habit in zip(lived.calendar, habits, strict=False):
        days = {
            "early": [opens - timedelta(days=1), opens, opens + timedelta(days=1)],
            "in_time": [opens + timedelta(days=chance.randint(0, 27))],
            "last_day": [closes],
            "late": [closes + timedelta(days=1)],
            "very_late": [closes + timedelta(days=chance.randint(2, 800))],
            "never": [],
        }[habit]
        for planned in days:
            plans[planned] = Entry.ENDORSE
    plans.setdefault(issued + timedelta(days=chance.randint(1, 2500)), Entry.REPLACE)
    if chance.random() < 0.2:
        plans[issued + timedelta(days=chance.randint(1, 2500))] = Entry.CANCEL

    for offset in range(7 * 366):
        today = issued + timedelta(days=offset)
        lived.morning(today)
        entry = plans.get(today)
        if entry is Entry.ENDORSE and not lived.can_endorse(today):
            refused.append(([*ledger, LedgerEvent(entry, today)], len(ledger)))
        elif entry and not lived.cancelled:
            if entry is Entry.ENDORSE:
                lived.endorse(today)
            lived.cancelled = entry is Entry.CANCEL
            ledger.append(LedgerEvent(entry, today))
        answers[today] = (
            lived.status(today),
            None if lived.cancelled else lived.years,
            None if lived.cancelled else lived.counted_from,
            None if lived.cancelled else lived.open_window(today) or lived.next_window(today),
        )

    for today in [*chance.sample(sorted(answers), 60), *plans]:
        if today in answers:
            found = timeline(ledger, today)
            w = found.window and (found.window.number, found.window.opens, found.window.closes)
            got = (found.status, found.years_of_residence, found.counted_from, w)
            assert got == answers[today], today
    for impossible, index in refused:
        with pytest.raises(LedgerImpossible) as error:
            check_ledger(impossible)
        assert error.value.index == index


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(ISSUE_DAYS, st.integers(1, 4), st.randoms())
def test_each_reminder_comes_on_its_day_and_once(issued, number, chance):
    found = window(issued, number)
    ledger = [LedgerEvent(Entry.ISSUE, issued)]
    ledger += [LedgerEvent(Entry.ENDORSE, window(issued, n).closes) for n in range(1, number)]
    sent = {}

    for offset in range(-100, 30):
        today = found.closes + timedelta(days=offset)
        for reminder in reminders_due(ledger, today):
            sent.setdefault(reminder.key, offset)

    due = {f"before_{days}:{number}": -days for days in (60, 30, 7)}
    assert sent == {**due, f"last_day:{number}": 0, f"suspended:{number}": 1}
    assert {key.partition(":")[0] for key in sent} == set(REMINDERS)


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(ISSUE_DAYS, st.sets(st.integers(-90, 40)))
def test_days_on_which_nobody_asked_bring_one_notice(issued, asked):
    closes = window(issued, 1).closes
    ledger = [LedgerEvent(Entry.ISSUE, issued)]
    sent = set()

    for offset in sorted(asked):
        due = {r.key for r in reminders_due(ledger, closes + timedelta(days=offset))}
        assert len(due - sent) <= 1
        sent |= due

    assert len(sent) <= len(asked)
