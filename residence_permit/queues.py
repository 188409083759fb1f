"""The officers' queues: each read in the order of one index, whatever the office, however deep.

A page is found by its last row (keyset), a count stops at ``CAP``: neither grows with the cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from jiaxing_hukou.accounts.models import Station, User
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.models import PermitApplication

CAP = 1000  # a count above it is shown as "more than 1,000"
SOON = timedelta(days=3)
PAGE = 25
ORDER = ("queue_on", "status_since", "pk")


class Queue(StrEnum):
    """What an officer may have before him."""

    MINE = "mine"
    UNCLAIMED = "unclaimed"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    WAITING = "waiting"
    TO_DECIDE = "to_decide"
    ALL = "all"


_STATUSES: Mapping[Queue, tuple[CaseStatus, ...]] = {
    Queue.MINE: (CaseStatus.ACCEPTED, CaseStatus.UNDER_REVIEW),
    Queue.UNCLAIMED: (CaseStatus.SUBMITTED,),
    Queue.DUE_SOON: (CaseStatus.ACCEPTED, CaseStatus.AWAITING_DECISION),
    Queue.OVERDUE: (CaseStatus.ACCEPTED, CaseStatus.AWAITING_DECISION),
    Queue.WAITING: (CaseStatus.CORRECTION_REQUESTED,),
    Queue.TO_DECIDE: (CaseStatus.AWAITING_DECISION, CaseStatus.UNDER_RECONSIDERATION),
    Queue.ALL: tuple(status for status in CaseStatus if status != CaseStatus.DRAFT),
}


@dataclass(frozen=True)
class Place:
    """Where a page ends: the keys of its last row."""

    queue_on: date
    status_since: datetime
    pk: int

    @classmethod
    def of(cls, case: PermitApplication) -> "Place":
        """Return the place of a case in every queue."""
        return cls(case.queue_on, case.status_since, case.pk)

    @property
    def key(self) -> tuple[date, datetime, int]:
        """Return what queues are ordered by."""
        return (self.queue_on, self.status_since, self.pk)


@dataclass(frozen=True)
class Wanted:
    """One queue of one officer on one day, perhaps narrowed down."""

    user: User
    queue: Queue
    today: date
    kind: CaseKind | None = None
    status: CaseStatus | None = None
    office: Station | None = None  # one of those within his reach


@dataclass(frozen=True)
class _Reach:
    """What of the cases is an officer's, as conditions on indexed columns."""

    within: Q
    but: Q  # never his own


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the place after which the next one begins."""

    rows: tuple[PermitApplication, ...]
    next: Place | None


def statuses_of(queue: Queue) -> tuple[CaseStatus, ...]:
    """Return the states in which a case lies in a queue."""
    return _STATUSES[queue]


def page(wanted: Wanted, after: Place | None = None, size: int = PAGE) -> Page:
    """Return one page of a queue, the most urgent first: three queries, of few rows."""
    branches = _branches(wanted, _reach(wanted.user), after)
    if not branches:
        return Page((), None)
    sql, params = _merged(branches, size + 1)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        places = [_place(*keys) for keys in cursor.fetchall()]
    rows = PermitApplication.objects.filter(pk__in=[place.pk for place in places[:size]])
    rows = rows.select_related("holder", "station").order_by(*ORDER)
    return Page(tuple(rows), places[size - 1] if len(places) > size else None)


def count(wanted: Wanted) -> int:
    """Return how many there are; CAP + 1 means more than can be counted in passing."""
    return _counted(wanted.user, {wanted.queue: wanted})[wanted.queue]


def counts(wanted: Wanted) -> Mapping[Queue, int]:
    """Return the count of each queue of the officer, by one query for all of them."""
    queues = [queue for queue in Queue if queue != Queue.ALL]
    return _counted(
        wanted.user, {queue: replace(wanted, queue=queue, status=None) for queue in queues}
    )


def riskiest(user: User, now: datetime, without: Sequence[int] = ()) -> PermitApplication | None:
    """Return, locked, the free case that bears the greatest risk; None where none is free.

    Accepted ones whose officer let his time run out come first, the nearest end first; then
    whoever has waited longest. What somebody else is locking is passed over (PostgreSQL).
    """
    reach = _reach(user)
    if reach is None:
        return None
    free = PermitApplication.objects.select_for_update(of=("self",), skip_locked=True)
    free = free.filter(reach.within).exclude(reach.but).exclude(pk__in=without).order_by(*ORDER)
    lapsed = free.filter(lease_until__lte=now)
    case = lapsed.filter(status=CaseStatus.ACCEPTED).first()
    if case is not None:
        return case
    waiting = (
        free.filter(status=CaseStatus.SUBMITTED).first(),
        lapsed.filter(status=CaseStatus.UNDER_REVIEW).first(),
    )
    return min(filter(None, waiting), key=lambda case: case.status_since, default=None)


def find(user: User, *, reference: str = "", id_hash: str = "") -> tuple[PermitApplication, ...]:
    """Return the cases of a reference, or of whoever has an ID number of that hash."""
    reach = _reach(user)
    if reach is None:
        return ()
    rows = PermitApplication.objects.filter(reach.within).exclude(reach.but)
    rows = rows.exclude(status=CaseStatus.DRAFT)
    rows = rows.filter(reference=reference) if reference else rows.filter(id_hash=id_hash)
    return tuple(rows.select_related("holder", "station").order_by("-pk")[:PAGE])


def _merged(branches: Sequence[QuerySet], size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the query of the first keys of several ordered branches, merged by the database.

    The ORM writes no such query for SQLite; each branch is its own.
    """
    joined, params = _joined([branch[:size] for branch in branches])
    return f"{joined} ORDER BY 1, 2, 3 LIMIT {size}", params


def _counted(user: User, each: Mapping[Queue, Wanted]) -> dict[Queue, int]:
    """Return how many there are in each of some queues, up to CAP + 1, by one query."""
    reach, parts, params = _reach(user), [], []
    for wanted in each.values():
        branches = _branches(wanted, reach, None)
        if not branches:
            parts.append("0")
            continue
        # Still in order: else the table is read from its start until enough rows were met.
        joined, given = _joined([rows.values("pk")[: CAP + 1] for rows in branches])
        parts.append(f"(SELECT count(*) FROM ({joined} LIMIT {CAP + 1}) AS capped)")  # noqa: S608
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(each, cursor.fetchone(), strict=True))


def _joined(branches: Sequence[QuerySet]) -> tuple[str, tuple[Any, ...]]:
    parts, params = [], []
    for number, branch in enumerate(branches):
        sql, given = branch.query.sql_with_params()
        parts.append(f"SELECT * FROM ({sql}) AS branch_{number}")  # noqa: S608  the ORM's own
        params += given
    return " UNION ALL ".join(parts), tuple(params)


def _place(queue_on: Any, status_since: Any, pk: int) -> Place:
    """Return the place of a row as the driver gives it; SQLite's gives text, or no time zone."""
    if isinstance(queue_on, str):
        queue_on = date.fromisoformat(queue_on)
    if isinstance(status_since, str):
        status_since = datetime.fromisoformat(status_since)
    return Place(queue_on, status_since.replace(tzinfo=status_since.tzinfo or UTC), pk)


def _branches(wanted: Wanted, reach: _Reach | None, after: Place | None) -> list[QuerySet]:
    """Return the keys of the cases of each status; nothing where there can be none."""
    if reach is None:
        return []
    held = _STATUSES[wanted.queue]
    if wanted.status is not None:
        held = (wanted.status,) if wanted.status in held else ()
    return [_branch(wanted, reach, status, after) for status in held]


def _branch(wanted: Wanted, reach: _Reach, status: CaseStatus, after: Place | None) -> QuerySet:
    rows = PermitApplication.objects.filter(reach.within, status=status).exclude(reach.but)
    if wanted.office is not None:
        rows = rows.filter(at_office(wanted.office))
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    match wanted.queue:
        case Queue.MINE:
            rows = rows.filter(holder=wanted.user)
        case Queue.DUE_SOON:
            rows = rows.filter(queue_on__range=(wanted.today, wanted.today + SOON))
        case Queue.OVERDUE:
            rows = rows.filter(queue_on__lt=wanted.today)
    if after is not None:
        # One comparison of rows, which the index answers; three joined by OR it does not.
        rows = rows.filter(TupleGreaterThan(tuple(F(name) for name in ORDER), after.key))
    return rows.order_by(*ORDER).values_list(*ORDER)


def at_office(office: Station, path: str = "") -> Q:
    """Return the condition that keeps cases to an office and those under it: one column.

    ``path`` leads to the case, as ``application__`` from an event.
    """
    match office.kind:
        case Station.Kind.CITY:
            return Q()
        case Station.Kind.COUNTY:
            return Q(**{f"{path}county": office})
        case _:
            return Q(**{f"{path}station": office})


def reach_of(user: User, path: str = "") -> Q:
    """Return the condition that keeps cases to the reach of ``user``; his own are left out."""
    reach = _reach(user, path)
    return reach.within & ~reach.but if reach else Q(pk__in=())


def _reach(user: User, path: str = "") -> _Reach | None:
    """Return what is an officer's, as it is at this moment; nothing for who holds no office."""
    row = (
        User.objects.filter(pk=user.pk, is_active=True).select_related("station", "person").first()
    )
    if row is None or row.station is None:
        return None
    own = Q(**{f"{path}applicant": user})
    person = getattr(row, "person", None)
    if person is not None:
        own |= Q(**{f"{path}id_hash": person.id_hash})
    return _Reach(at_office(row.station, path), own)
