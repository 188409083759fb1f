"""What a supervisor's offices have done in a time, and what lies there now.

Everything is counted by the database in groups of days, so that little leaves it however many
cases there are. Days are those of Asia/Shanghai; times run in calendar days.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate

from jiaxing_hukou.accounts.models import Station, User
from residence_permit import queues
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.deadlines import SHANGHAI, day_of
from residence_permit.core.workflow import Action
from residence_permit.models import CaseEvent, PermitApplication

# What an office has to do something about; who has been asked something is the applicant's turn.
WITH_OFFICE = (
    CaseStatus.SUBMITTED,
    CaseStatus.UNDER_REVIEW,
    CaseStatus.ACCEPTED,
    CaseStatus.AWAITING_DECISION,
    CaseStatus.APPROVED,
    CaseStatus.UNDER_RECONSIDERATION,
)
BACKLOG = (*WITH_OFFICE, CaseStatus.CORRECTION_REQUESTED)
CLOCKED = (CaseStatus.ACCEPTED, CaseStatus.AWAITING_DECISION)
# First and last day since submitting; the last band has no end.
BANDS: tuple[tuple[int, int | None], ...] = (
    (0, 5),
    (6, 10),
    (11, 15),
    (16, 30),
    (31, 60),
    (61, None),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose figures, of which days, narrowed down to what."""

    user: User
    first: date
    last: date
    office: Station | None = None
    kind: CaseKind | None = None


@dataclass(frozen=True, kw_only=True)
class Band:
    """How many open cases were submitted so many days ago."""

    first: int
    last: int | None
    count: int


@dataclass(frozen=True, kw_only=True)
class OfficeFigures:
    """The figures of one office, or of all together."""

    station_id: int | None
    open: int
    overdue: int
    decided: int
    median_days: int | None
    p90_days: int | None
    accepted: int
    right_first_time: int
    refused: int

    @property
    def right_share(self) -> Fraction | None:
        """Return the part of the accepted ones that needed no correction; None of none."""
        return Fraction(self.right_first_time, self.accepted) if self.accepted else None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything on the page of figures."""

    bands: tuple[Band, ...]
    states: tuple[tuple[CaseStatus, int], ...]
    days: tuple[tuple[int, int], ...]  # days from submitting to the decision, how many
    reasons: tuple[tuple[str, int], ...]  # code of the ground, how many; the most first
    total: OfficeFigures
    offices: tuple[OfficeFigures, ...]


def figures(asked: Asked, *, today: date) -> Figures:
    """Return the figures; six queries, whatever the number of cases and offices."""
    opened = _open(asked)
    late = _overdue(asked, today)
    decided = _decided(asked)
    accepted = _accepted(asked)
    stations = {row[0] for row in (*opened, *decided, *accepted)}
    return Figures(
        bands=tuple(_bands(opened, today)),
        states=tuple(_states(opened)),
        days=tuple(sorted(_days(decided).items())),
        reasons=tuple(_reasons(asked)),
        total=_office(None, opened, late, decided, accepted),
        offices=tuple(
            _office(
                station,
                [row for row in opened if row[0] == station],
                {station: late[station]} if station in late else {},
                [row for row in decided if row[0] == station],
                [row for row in accepted if row[0] == station],
            )
            for station in sorted(stations)
        ),
    )


def percentile(days: Mapping[int, int], share: Fraction) -> int | None:
    """Return the least number of days within which that share was decided; None of none.

    >>> [percentile({3: 5, 10: 4, 40: 1}, share) for share in (Fraction(1, 2), Fraction(9, 10))]
    [3, 10]
    """
    wanted = ceil(share * sum(days.values()))
    reached = 0
    for number in sorted(days):
        reached += days[number]
        if reached >= wanted > 0:
            return number
    return None


def _within(asked: Asked, prefix: str = "") -> Q:
    """Return the condition that keeps cases to what was asked for, with a path before it."""
    reach = queues.reach_of(asked.user, prefix)
    if asked.office is not None:
        reach &= queues.at_office(asked.office, prefix)
    if asked.kind is not None:
        reach &= Q(**{f"{prefix}kind": asked.kind})
    return reach


def _open(asked: Asked) -> list[tuple[int, str, date, int]]:
    """Return (station, state, day of submitting, how many) of what is open now."""
    rows = PermitApplication.objects.filter(_within(asked), status__in=BACKLOG)
    rows = rows.annotate(on=TruncDate("submitted_at", tzinfo=SHANGHAI))
    return list(
        rows.order_by().values_list("station_id", "status", "on").annotate(number=Count("pk"))
    )


def _overdue(asked: Asked, today: date) -> dict[int, int]:
    rows = PermitApplication.objects.filter(_within(asked), status__in=CLOCKED, queue_on__lt=today)
    return dict(rows.order_by().values_list("station_id").annotate(number=Count("pk")))


def _events(asked: Asked, action: Action) -> QuerySet[CaseEvent]:
    start = datetime.combine(asked.first, time(), SHANGHAI)
    end = datetime.combine(asked.last + timedelta(days=1), time(), SHANGHAI)
    rows = CaseEvent.objects.filter(action=action, at__gte=start, at__lt=end)
    return rows.filter(_within(asked, "application__")).order_by()


def _decided(asked: Asked) -> list[tuple[int, date, date, str, int]]:
    """Return (station, submitted, decided, outcome, how many) of the first decisions."""
    rows = _events(asked, Action.DECIDE).filter(source=CaseStatus.AWAITING_DECISION)
    rows = rows.annotate(
        submitted=TruncDate("application__submitted_at", tzinfo=SHANGHAI),
        decided=TruncDate("at", tzinfo=SHANGHAI),
    )
    return list(
        rows.values_list("application__station_id", "submitted", "decided", "target").annotate(
            number=Count("pk")
        )
    )


def _accepted(asked: Asked) -> list[tuple[int, bool, int]]:
    """Return (station, whether something had to be corrected, how many) of the accepted ones."""
    asked_before = CaseEvent.objects.filter(
        application=OuterRef("application"), action=Action.REQUEST_CORRECTION
    )
    rows = _events(asked, Action.ACCEPT).annotate(corrected=Exists(asked_before))
    return list(
        rows.values_list("application__station_id", "corrected").annotate(number=Count("pk"))
    )


def _reasons(asked: Asked) -> Iterable[tuple[str, int]]:
    rows = _events(asked, Action.DECIDE).filter(target=CaseStatus.REFUSED)
    rows = rows.annotate(code=KeyTextTransform("reason_code", "details"))
    found = rows.values_list("code").annotate(number=Count("pk"))
    return sorted(found, key=lambda row: (-row[1], row[0] or ""))


def _bands(opened: Iterable[Any], today: date) -> Iterable[Band]:
    ages = Counter[int]()
    for _station, _status, on, number in opened:
        ages[max((today - (on or today)).days, 0)] += number
    for first, last in BANDS:
        count = sum(n for age, n in ages.items() if first <= age and (last is None or age <= last))
        yield Band(first=first, last=last, count=count)


def _states(opened: Iterable[Any]) -> Iterable[tuple[CaseStatus, int]]:
    found = Counter[str]()
    for _station, status, _on, number in opened:
        found[status] += number
    return ((status, found[status]) for status in BACKLOG if found[status])


def _days(decided: Iterable[Any]) -> Counter[int]:
    found = Counter[int]()
    for _station, submitted, decided_on, _target, number in decided:
        if submitted is not None:
            found[max((decided_on - submitted).days, 0)] += number
    return found


def _office(
    station: int | None,
    opened: list[Any],
    late: Mapping[int, int],
    decided: list[Any],
    accepted: list[Any],
) -> OfficeFigures:
    days = _days(decided)
    return OfficeFigures(
        station_id=station,
        open=_count(opened),
        overdue=sum(late.values()),
        decided=_count(decided),
        median_days=percentile(days, Fraction(1, 2)),
        p90_days=percentile(days, Fraction(9, 10)),
        accepted=_count(accepted),
        right_first_time=_count(row for row in accepted if not row[1]),
        refused=_count(row for row in decided if row[3] == CaseStatus.REFUSED),
    )


def _count(rows: Iterable[Any]) -> int:
    return sum(row[-1] for row in rows)


def default_days(now: datetime) -> tuple[date, date]:
    """Return the ninety days that end today."""
    today = day_of(now)
    return today - timedelta(days=89), today
