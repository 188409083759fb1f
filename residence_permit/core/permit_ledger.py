"""What a permit is on a day, from its append-only ledger: nothing here is stored or flipped.

Source: 居住证暂行条例 10-11, 浙江省流动人口居住登记条例 19, 22; docs/policy/permit.md, 3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from eligibility.core.periods import add_months, add_years, years_between

REMINDER_DAYS = (60, 30, 7, 0)  # before the window closes; docs/policy/permit.md, 3
_DAY = timedelta(days=1)


class Entry(StrEnum):
    """One kind of line in a permit's ledger."""

    ISSUE = "issue"
    ENDORSE = "endorse"
    CHANGE = "change"
    REPLACE = "replace"
    REISSUE = "reissue"
    CANCEL = "cancel"


class PermitStatus(StrEnum):
    """What a permit is on a day."""

    NONE = "none"
    VALID = "valid"
    DUE = "due"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


USABLE = (PermitStatus.VALID, PermitStatus.DUE)


@dataclass(frozen=True)
class LedgerEvent:
    """One line: what was entered, and on which day."""

    entry: Entry
    on: date


class LedgerImpossible(ValueError):
    """A ledger that cannot be; ``index`` is its first impossible line, counted from 0."""

    def __init__(self, index: int, code: str, **params: Any):
        super().__init__(f"event {index}: {code}")
        self.index, self.code, self.params = index, code, params


@dataclass(frozen=True)
class Window:
    """The days on which one year's endorsement can be made, both included."""

    number: int
    opens: date
    closes: date

    def covers(self, day: date) -> bool:
        """Whether the window is open on ``day``."""
        return self.opens <= day <= self.closes


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What a permit is on one day.

    ``window`` is the open one, else the next, whether it was endorsed already or not;
    ``endorse_in`` is the window that the holder has to use, None while the permit is suspended
    (then any day will do) or is no longer, ``suspended_from`` the first day of a suspension.
    """

    status: PermitStatus
    usable: bool
    years_of_residence: int | None
    counted_from: date | None
    window: Window | None
    endorse_in: Window | None = None
    suspended_from: date | None = None


_NO_PERMIT = Timeline(
    status=PermitStatus.NONE,
    usable=False,
    years_of_residence=None,
    counted_from=None,
    window=None,
)


def window(issued: date, number: int) -> Window | None:
    """Return the window at the end of the ``number``-th year since issue.

    Unit: calendar days, both included; a day that a month lacks is its last one. None where the
    calendar ends.
    Source: GW 10, ZJ 19 (自证件签发之日起每满一年之日前一个月内).

    >>> window(date(2025, 3, 31), 1)
    Window(number=1, opens=datetime.date(2026, 2, 28), closes=datetime.date(2026, 3, 31))
    >>> window(date(2024, 2, 29), 1)
    Window(number=1, opens=datetime.date(2025, 1, 28), closes=datetime.date(2025, 2, 28))
    """
    closes = add_years(issued, number)
    opens = closes and add_months(closes, -1)
    return Window(number, opens, closes) if opens and closes else None


def window_on(issued: date, day: date) -> Window | None:
    """Return the window that is open on ``day``, else the next one."""
    number = max(years_between(issued, day), 1)
    found = window(issued, number)
    return window(issued, number + 1) if found and found.closes < day else found


@dataclass(frozen=True)
class _Life:
    """What the lines of a ledger up to some day come to."""

    issued: date
    counted_from: date
    endorsed_on: date  # the latest endorsement; the issue before there is one
    cancelled: bool = False

    @property
    def awaited(self) -> Window | None:
        """Return the first window that the latest endorsement does not count for."""
        found = window_on(self.issued, self.endorsed_on)
        if found and self.endorsed_on >= found.opens:
            return window(self.issued, found.number + 1)
        return found

    def missed(self, day: date) -> Window | None:
        """Return the window whose end suspended the permit, if it is suspended on ``day``."""
        awaited = self.awaited
        return awaited if awaited and awaited.closes < day else None

    def refusal(self, event: LedgerEvent) -> tuple[str, dict[str, Any]] | None:
        """Say why the event cannot be the next line."""
        if self.cancelled:
            return "after_cancellation", {}
        if event.entry == Entry.ISSUE:
            return "second_issue", {}
        if event.entry != Entry.ENDORSE or self.missed(event.on):
            return None
        here = window_on(self.issued, event.on)
        facts = {"number": here.number, "opens": here.opens, "closes": here.closes} if here else {}
        if here is None or event.on < here.opens:
            return "outside_window", facts
        if self.endorsed_on >= here.opens:
            return "endorsed_already", {**facts, "endorsed_on": self.endorsed_on}
        return None

    def after(self, event: LedgerEvent) -> "_Life":
        """Return what it comes to with one more line."""
        if event.entry == Entry.CANCEL:
            return _Life(self.issued, self.counted_from, self.endorsed_on, cancelled=True)
        if event.entry == Entry.ENDORSE:
            # Late: years of residence count anew from this day (GW 10).
            start = event.on if self.missed(event.on) else self.counted_from
            return _Life(self.issued, start, event.on)
        return self  # a new card, or a new address: same issue date, same counters


def _lives(ledger: Sequence[LedgerEvent]) -> Iterator[_Life]:
    """Yield what the ledger comes to after each line; raises LedgerImpossible."""
    life, before = None, date.min
    for index, event in enumerate(ledger):
        if life is None:
            if event.entry != Entry.ISSUE:
                raise LedgerImpossible(index, "no_issue_first")
            life = _Life(event.on, event.on, event.on)
        else:
            if event.on < before:
                raise LedgerImpossible(index, "out_of_order", before=before)
            refusal = life.refusal(event)
            if refusal:
                raise LedgerImpossible(index, refusal[0], **refusal[1])
            life = life.after(event)
        before = event.on
        yield life


def check_ledger(ledger: Sequence[LedgerEvent]) -> None:
    """Raise LedgerImpossible for the first line that cannot be; an empty ledger can."""
    for _ in _lives(ledger):
        pass


def _life_on(ledger: Sequence[LedgerEvent], day: date) -> _Life | None:
    found = None
    for event, life in zip(ledger, _lives(ledger), strict=True):
        if event.on <= day:
            found = life
    return found


def timeline(ledger: Sequence[LedgerEvent], day: date) -> Timeline:
    """Return what the permit is on ``day``; raises LedgerImpossible for the whole ledger.

    A day lasts until its midnight in Asia/Shanghai: the last day of a window is in time, the day
    after suspends by itself.
    """
    life = _life_on(ledger, day)
    if life is None:
        return _NO_PERMIT
    if life.cancelled:
        return Timeline(
            status=PermitStatus.CANCELLED,
            usable=False,
            years_of_residence=None,
            counted_from=None,
            window=None,
        )
    missed, awaited = life.missed(day), life.awaited
    if missed:
        status = PermitStatus.SUSPENDED
    elif awaited and awaited.covers(day):
        status = PermitStatus.DUE
    else:
        status = PermitStatus.VALID
    return Timeline(
        status=status,
        usable=status in USABLE,
        # While suspended they stand where they stood on the window's last day.
        years_of_residence=years_between(life.counted_from, missed.closes if missed else day),
        counted_from=life.counted_from,
        window=window_on(life.issued, day),
        endorse_in=None if missed else awaited,
        suspended_from=missed.closes + _DAY if missed else None,
    )


@dataclass(frozen=True)
class Reminder:
    """A notice that is due; of equal keys one is sent, ever."""

    kind: str  # before_60, before_30, before_7, last_day, suspended
    window: Window

    @property
    def key(self) -> str:
        """Return the name under which it is sent once, within its permit."""
        return f"{self.kind}:{self.window.number}"


def _kind(days: int) -> str:
    return f"before_{days}" if days else "last_day"


REMINDERS = (*(_kind(days) for days in REMINDER_DAYS), "suspended")


def reminders_due(ledger: Sequence[LedgerEvent], day: date) -> tuple[Reminder, ...]:
    """Return the reminder that belongs to ``day``, if any.

    Asked on any later day, it is still the latest one that has come: after days on which nobody
    asked, the holder gets one notice, not all that were missed. What came before the latest
    endorsement is over.
    """
    life = _life_on(ledger, day)
    awaited = life and not life.cancelled and life.awaited
    if not life or not awaited:
        return ()
    if awaited.closes < day:
        return (Reminder("suspended", awaited),)
    for days in reversed(REMINDER_DAYS):
        wanted = awaited.closes - timedelta(days=days)
        if life.endorsed_on < wanted <= day:
            return (Reminder(_kind(days), awaited),)
    return ()
