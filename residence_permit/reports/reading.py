"""Carries out the lines of a report: taken with a lease, chunk by chunk, each line once.

A worker takes a batch by writing a lease into the row. Each chunk is one transaction: the lease is
renewed, the lines are carried out, their results and what they caused are written together. So a
worker that dies loses the chunk in hand and no more; once its lease has run out, the sweep hands
the batch to another one, which goes on with the lines that still wait. All chunks of all reports
take turns, so that two reporters who name one person make one report of it.
"""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from eligibility.selectors import townships
from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import Station
from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import keyed_hash
from residence_permit import selectors
from residence_permit.core.deadlines import Calendar, Deadline, day_of, report_deadline
from residence_permit.failpoints import failpoint
from residence_permit.models import (
    Person,
    RegistrationEvent,
    ReportBatch,
    ReportRow,
    ResidenceRegistration,
)
from residence_permit.notifications import outbox
from residence_permit.references import new_reference
from residence_permit.residences import NAME_HASH
from residence_permit.stays import name_hash

from .lines import Line, LineError, Places, read_line

CHUNK = 500  # lines of one transaction
LEASE = timedelta(seconds=45)  # longer than a chunk takes, shorter than anybody likes to wait
BUDGET_SECONDS = 60  # then the next task goes on, so that others get their turn
MOST_ATTEMPTS = 5  # at one place, before a batch is given up
LOCK = 0x6A787265706F7274  # "jxreport": ours among PostgreSQL's advisory locks
OPEN = (ReportBatch.Status.QUEUED, ReportBatch.Status.RUNNING)
TEMPLATE = "registration-reported"

Result = ReportRow.Result
Status = ResidenceRegistration.Status
Event = RegistrationEvent.Action
logger = logging.getLogger(__name__)


@dataclass
class Work:
    """What one task knows all the time: the batch, the places, the calendar."""

    batch: ReportBatch
    places: Places
    calendar: Calendar
    stations: dict[str, Station | None] = field(default_factory=dict)
    deadlines: dict[date, Deadline] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the day on which the report was made, whenever it is read."""
        return day_of(self.batch.created_at)

    def station(self, township_code: str) -> Station | None:
        """Return the station of a township, asked for once."""
        if township_code not in self.stations:
            self.stations[township_code] = jurisdiction.station_for(township_code)
        return self.stations[township_code]

    def in_time(self, line: Line) -> LineError:
        """Return whether the line came within three working days, as a note (ZJ 8-11)."""
        day = line.happened_on
        if day not in self.deadlines:
            self.deadlines[day] = report_deadline(day, self.calendar)
        deadline = self.deadlines[day]
        code = "late" if self.today > deadline.due_on else "in_time"
        told = {"due_on": deadline.due_on.isoformat(), "certain": deadline.is_certain}
        return LineError("ended_on" if line.ended_on else "started_on", code, told)


def due(now: datetime) -> QuerySet[ReportBatch]:
    """Return the batches that no worker holds."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return ReportBatch.objects.filter(free, status__in=OPEN).order_by("pk")


def read(batch_id: int, *, budget: float = BUDGET_SECONDS) -> bool:
    """Carry out a batch until it is done or the time is up; return whether more is to be done.

    Safe to run twice and by two workers at once.
    """
    batch = _take(batch_id)
    if batch is None:
        return False
    work = Work(batch, Places(townships()), selectors.calendar())
    stop_at = time.monotonic() + budget
    try:
        while _chunk(work):
            if time.monotonic() > stop_at:
                _ours(batch).update(claimed_until=None)
                return True
    except Exception:  # the sweep tries again when the lease has run out, and gives up in the end
        logger.exception("report stopped", extra={"batch": batch.pk})
    return False


def _take(batch_id: int) -> ReportBatch | None:
    """Take the batch for ``LEASE``; None if it is not ours to read."""
    now = timezone.now()
    until = now + LEASE
    taken = due(now).filter(pk=batch_id)
    if not taken.update(status=ReportBatch.Status.RUNNING, claimed_until=until):
        return None
    batch = ReportBatch.objects.select_related("reporter").get(pk=batch_id)
    if batch.claimed_until != until:
        return None
    at, times = batch.failure_params.get("attempts", (-1, 0))
    times = times + 1 if at == batch.rows_done else 1
    if times > MOST_ATTEMPTS:
        _ours(batch).update(
            status=ReportBatch.Status.FAILED,
            failure="gave_up",
            claimed_until=None,
            finished_at=now,
        )
        return None
    _ours(batch).update(failure_params={"attempts": [batch.rows_done, times]})
    return batch


def _ours(batch: ReportBatch) -> QuerySet[ReportBatch]:
    """Return the row, if this worker still holds it."""
    return ReportBatch.objects.filter(
        pk=batch.pk, status=ReportBatch.Status.RUNNING, claimed_until=batch.claimed_until
    )


def _chunk(work: Work) -> bool:
    """Carry out some lines; return whether there may be more, and they are ours."""
    batch, now = work.batch, timezone.now()
    until = now + LEASE
    with transaction.atomic():
        _one_at_a_time()
        if not _ours(batch).update(claimed_until=until):
            return False
        mine = ReportBatch.objects.filter(pk=batch.pk)  # locked by the update
        waiting = batch.rows.filter(result=Result.WAITING).order_by("number")
        rows = list(waiting[:CHUNK])
        failpoint("report.claimed")
        notices = _carry_out(work, rows, now) if rows else []
        failpoint("report.written")
        mine.update(rows_done=F("rows_done") + len(rows))
        if len(rows) < CHUNK:
            mine.update(
                status=ReportBatch.Status.DONE,
                claimed_until=None,
                finished_at=now,
                failure_params={},
            )
            _audit(batch, now)
        transaction.on_commit(lambda: outbox.hand_over(notices), robust=True)
    failpoint("report.committed")
    batch.claimed_until = until
    return len(rows) == CHUNK


def _one_at_a_time() -> None:
    """Let chunks take turns; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _audit(batch: ReportBatch, now: datetime) -> None:
    """Write one entry for the whole batch; its lines have no entries of their own."""
    found = batch.rows.order_by().values_list("result").annotate(Count("pk"))
    record(
        actor_id=batch.reporter_id,
        act="report_residents",
        subject=f"report:{batch.pk}",
        purpose="residence_report",
        now=now,
        details={"source": batch.source, "rows": batch.rows_total} | dict(sorted(found)),
    )


@dataclass
class Chunk:
    """What is known about the people of some lines, and what the lines come to."""

    work: Work
    now: datetime
    seen: dict[str, tuple[int, str]]  # key -> row and result of the same line before
    known: dict[tuple[str, str], list[ResidenceRegistration]]
    accounts: Mapping[str, Person]
    made: list[tuple[ResidenceRegistration, Line]] = field(default_factory=list)
    ended: list[ResidenceRegistration] = field(default_factory=list)
    told_of_end: list[tuple[ResidenceRegistration, Line]] = field(default_factory=list)


def _carry_out(work: Work, rows: Sequence[ReportRow], now: datetime) -> list[int]:
    """Write what the rows come to; return the notices that are to be sent."""
    lines: dict[int, Line] = {}
    for row in rows:
        read_as = read_line(json.loads(row.cells), work.places, work.today)
        if isinstance(read_as, Line):
            lines[row.number] = read_as
            row.key = line_key(work.batch, read_as)
        else:
            row.result = Result.REFUSED
            row.errors = [error.plain() for error in read_as]
    chunk = Chunk(
        work=work,
        now=now,
        seen=_seen_before(work.batch, [row.key for row in rows if row.key]),
        known=_registrations(lines.values()),
        accounts=_accounts(lines.values()),
    )
    for row in rows:
        if row.number in lines:
            _settle(chunk, row, lines[row.number])
    _write(chunk)
    for row in rows:
        if row.result != Result.REFUSED:
            row.cells = ""  # what is settled is in the registration, and nowhere twice
        if row.registration is not None:
            row.registration_id = row.registration.pk
    ReportRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["cells", "key", "result", "errors", "registration"],
    )
    return _tell(chunk)


def line_key(batch: ReportBatch, line: Line) -> str:
    """Return what is the same for two lines of a reporter that say the same."""
    days = (line.started_on or "", line.ended_on or "")
    parts = (batch.reporter_id, batch.source, line.id_hash, line.address_key, *days)
    return keyed_hash("|".join(map(str, parts)), "report_row")


def _seen_before(batch: ReportBatch, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return the lines that were settled before: the row in this batch, or 0 for an earlier one."""
    rows = ReportRow.objects.filter(key__in=keys).exclude(result=Result.WAITING)
    found: dict[str, tuple[int, str]] = {}
    for key, batch_id, number, result in rows.values_list("key", "batch", "number", "result"):
        if batch_id == batch.pk:
            found[key] = (number, result)
        elif result != Result.REFUSED:  # what was refused then may be right now
            found.setdefault(key, (0, result))
    return found


def _registrations(
    lines: Iterable[Line],
) -> dict[tuple[str, str], list[ResidenceRegistration]]:
    """Return what is registered of these people at these addresses, locked, the oldest first."""
    people, addresses = set(), set()
    for line in lines:
        people.add(line.id_hash)
        addresses.add(line.address_key)
    rows = ResidenceRegistration.objects.filter(id_hash__in=people, address_key__in=addresses)
    found = defaultdict(list)
    for row in rows.order_by("pk").select_for_update(of=("self",)):
        found[row.id_hash, row.address_key].append(row)
    return found


def _accounts(lines: Iterable[Line]) -> dict[str, Person]:
    hashes = {line.id_hash for line in lines}
    people = Person.objects.filter(id_hash__in=hashes, user__isnull=False).select_related("user")
    return {person.id_hash: person for person in people}


def _settle(chunk: Chunk, row: ReportRow, line: Line) -> None:
    """Decide what one line comes to."""
    if line.ended_on is None and _denied(chunk, line):
        row.result = Result.REFUSED
        row.errors = [LineError("address", "denied").plain()]
        return
    before = chunk.seen.get(row.key)
    if before is not None:
        number, _result = before
        code = "same_as_row" if number else "reported_before"
        _known(row, LineError("row", code, {"row": number} if number else {}))
        return
    if line.ended_on is None:
        _settle_start(chunk, row, line)
    else:
        _settle_end(chunk, row, line)
    chunk.seen[row.key] = (row.number, row.result)


def _denied(chunk: Chunk, line: Line) -> bool:
    """Say whether the person has answered that he does not live there; a later day is new."""
    return any(
        found.status == Status.DENIED and line.started_on <= found.lives_there_since
        for found in chunk.known[line.id_hash, line.address_key]
    )


def _settle_start(chunk: Chunk, row: ReportRow, line: Line) -> None:
    for found in reversed(chunk.known[line.id_hash, line.address_key]):
        if found.status in (Status.ACTIVE, Status.REPORTED):
            row.registration = found
            code = "registered" if found.status == Status.ACTIVE else "reported_by_others"
            _known(row, LineError("row", code))
            return
    row.registration = _new(chunk, line, Status.REPORTED)
    _taken(chunk, row, line, Result.REPORTED)


def _settle_end(chunk: Chunk, row: ReportRow, line: Line) -> None:
    rows = chunk.known[line.id_hash, line.address_key]
    standing = [found for found in rows if found.status in (Status.REPORTED, Status.ACTIVE)]
    if standing:
        for found in standing:
            if found.status == Status.REPORTED:
                found.status = Status.ENDED
                found.ended_on = max(line.ended_on, found.registered_on)
                found.revision += 1
                chunk.ended.append(found)
            chunk.told_of_end.append((found, line))
        row.registration = standing[-1]
    elif any(found.status == Status.ENDED for found in rows):
        row.registration = rows[-1]
        _known(row, LineError("row", "ended_before"))
        return
    elif line.started_on is None:
        row.result = Result.REFUSED
        row.errors = [LineError("started_on", "no_start").plain()]
        return
    else:  # start and end in one line: nobody is asked about what is over
        made = _new(chunk, line, Status.ENDED)
        made.ended_on = max(line.ended_on, made.registered_on)
        chunk.told_of_end.append((made, line))
        row.registration = made
    _taken(chunk, row, line, Result.ENDED)


def _known(row: ReportRow, note: LineError) -> None:
    row.result, row.errors = Result.KNOWN, [note.plain()]


def _taken(chunk: Chunk, row: ReportRow, line: Line, result: ReportRow.Result) -> None:
    row.result, row.errors = result, [chunk.work.in_time(line).plain()]


def _new(chunk: Chunk, line: Line, status: str) -> ResidenceRegistration:
    person = chunk.accounts.get(line.id_hash)
    his = person is not None and name_hash(person.name) == line.name_hash
    made = ResidenceRegistration(
        reference=new_reference(),
        id_hash=line.id_hash,
        person=person if his else None,
        source=chunk.work.batch.source,
        status=status,
        station=chunk.work.station(line.township_code),
        township_code=line.township_code,
        address=line.address,
        address_key=line.address_key,
        housing=line.housing,
        employer=line.employer,
        registered_on=chunk.work.today,
        lives_there_since=line.started_on,
    )
    chunk.made.append((made, line))
    chunk.known[line.id_hash, line.address_key].append(made)
    return made


def _write(chunk: Chunk) -> None:
    """Write registrations and their events, a statement for each kind."""
    made = [row for row, _line in chunk.made]
    ResidenceRegistration.objects.bulk_create(made)
    new = {id(row) for row in made}
    changed = {row.pk: row for row in chunk.ended if id(row) not in new}
    ResidenceRegistration.objects.bulk_update(
        changed.values(), ["status", "ended_on", "revision"], batch_size=100
    )
    events = [
        _event(chunk, row, Event.REPORT, line.stay().plain() | {NAME_HASH: line.name_hash})
        for row, line in chunk.made
    ]
    for row, line in chunk.told_of_end:
        told = {"ended_on": line.ended_on.isoformat(), "source": chunk.work.batch.source}
        action = Event.END if row.status == Status.ENDED else Event.REPORT
        events.append(_event(chunk, row, action, told))
    RegistrationEvent.objects.bulk_create(events)


def _event(
    chunk: Chunk, row: ResidenceRegistration, action: RegistrationEvent.Action, after: dict
) -> RegistrationEvent:
    return RegistrationEvent(
        registration=row,
        action=action,
        on=chunk.work.today,
        at=chunk.now,
        actor_id=chunk.work.batch.reporter_id,
        after=after,
    )


def _tell(chunk: Chunk) -> list[int]:
    """Owe a notice to everybody who has an account and is now to answer."""
    debts = [
        outbox.Debt(
            cause=f"report:{row.pk}",
            template=TEMPLATE,
            recipient=chunk.accounts[row.id_hash].user,
        )
        for row, _line in chunk.made
        if row.status == Status.REPORTED and row.id_hash in chunk.accounts
    ]
    return outbox.owe_all(debts, now=chunk.now)
