"""The officers' queues: each read in the order of one index, whatever the office, however deep.

A page is found by its last row (keyset), a count stops at ``CAP``: neither grows with the cases.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from heapq import merge

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from jiaxing_hukou.accounts.models import Station, User
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.models import PermitApplication, Person

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


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the place after which the next one begins."""

    rows: tuple[PermitApplication, ...]
    next: Place | None


def page(wanted: Wanted, after: Place | None = None, size: int = PAGE) -> Page:
    """Return one page of a queue, the most urgent first: three queries at most, of few rows."""
    branches = (_branch(wanted, status, after)[: size + 1] for status in _statuses(wanted))
    rows = list(merge(*branches, key=lambda case: Place.of(case).key))[: size + 1]
    more = len(rows) > size
    return Page(tuple(rows[:size]), Place.of(rows[size - 1]) if more else None)


def count(wanted: Wanted) -> int:
    """Return how many there are; CAP + 1 means more than can be counted in passing."""
    total = 0
    for status in _statuses(wanted):
        rows = _branch(wanted, status, None).order_by()
        total += rows.values("pk")[: CAP + 1 - total].count()
        if total > CAP:
            break
    return min(total, CAP + 1)


def counts(wanted: Wanted) -> Mapping[Queue, int]:
    """Return the count of each queue of the officer."""
    return {queue: count(replace(wanted, queue=queue)) for queue in Queue if queue != Queue.ALL}


def _statuses(wanted: Wanted) -> Iterable[CaseStatus]:
    held = _STATUSES[wanted.queue]
    if wanted.status is None:
        return held
    return (wanted.status,) if wanted.status in held else ()


def _branch(wanted: Wanted, status: CaseStatus, after: Place | None) -> QuerySet[PermitApplication]:
    """Return the cases of one status, in the order of the queues."""
    rows = PermitApplication.objects.filter(reach(wanted.user), status=status)
    rows = rows.exclude(applicant=wanted.user)
    own = Person.objects.filter(user=wanted.user).values_list("id_hash", flat=True).first()
    if own:
        rows = rows.exclude(id_hash=own)
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
    return rows.select_related("person", "holder", "station").order_by(*ORDER)


def reach(user: User) -> Q:
    """Return the condition that keeps an officer in his jurisdiction, as one indexed column."""
    office = Station.objects.filter(staff=user, staff__is_active=True).first()
    if office is None:
        return Q(pk__in=())
    match office.kind:
        case Station.Kind.CITY:
            return Q()
        case Station.Kind.COUNTY:
            return Q(county=office)
        case _:
            return Q(station=office)
