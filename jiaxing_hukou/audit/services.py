"""Writes the audit log: entries as things happen, a seal for each day that is over."""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from jiaxing_hukou.audit import chain
from jiaxing_hukou.audit.models import AuditEntry, AuditSeal

logger = logging.getLogger(__name__)

LOCK = 0x6A786175646974  # "jxaudit": the log's own among PostgreSQL's advisory locks
ACT = re.compile(r"[a-z][a-z0-9_.:-]{0,63}")
SUBJECT = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9_.-]+)?")


class AuditBroken(Exception):
    """The log lacks entries that it had; nothing more is sealed until somebody has looked."""


@dataclass(frozen=True)
class About:
    """What one act was about: ``case:12``, whose file that is, and codes or counts."""

    subject: str
    person_id: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def record(
    *,
    actor_id: int | None,
    act: str,
    subject: str,
    purpose: str,
    now: datetime,
    person_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry in the caller's transaction; if it fails, so does that transaction.

    Without a transaction it opens its own. On PostgreSQL everybody else who records waits until
    the caller commits, so let this be the last thing that a transaction does, and call nobody
    outside after it. Subject, purpose and details carry ids, codes and counts, never a name, a
    number or an address of a person.
    """
    about = About(subject, person_id, details or {})
    [entry] = record_many(actor_id=actor_id, act=act, purpose=purpose, about=[about], now=now)
    return entry


def record_many(
    *,
    actor_id: int | None,
    act: str,
    purpose: str,
    about: Iterable[About],
    now: datetime,
) -> list[AuditEntry]:
    """Write one entry for each thing the act was about, as ``record`` does, under one lock."""
    wanted = list(about)
    _refuse_free_text(act, wanted)
    if not wanted:
        return []
    # No savepoint: whoever swallows the error still cannot commit without the entry.
    with transaction.atomic(savepoint=False):
        _one_at_a_time()
        number, head = _last()
        rows = []
        for one in wanted:
            entry = chain.Entry(
                number=(number := number + 1),
                at=now,
                actor_id=actor_id,
                act=act,
                subject=one.subject,
                purpose=purpose,
                person_id=one.person_id,
                details=one.details,
                previous_hash=head,
            )
            head = chain.entry_hash(entry)
            rows.append(_row(entry, head))
        return AuditEntry.objects.bulk_create(rows, batch_size=500)


def seal_days(*, now: datetime) -> list[AuditSeal]:
    """Seal every day that is over and has no seal, in order; running twice is harmless.

    A seal counts the entries up to the first one of a later day. What was still being written at
    midnight counts for the day after. Days are those of the portal's time zone.
    """
    today = timezone.localdate(now)
    made = []
    with transaction.atomic():
        _one_at_a_time()
        seal = AuditSeal.objects.first()
        day = seal.day + timedelta(days=1) if seal else _first_day()
        while day is not None and day < today:
            seal = _seal(day, seal, now)
            made.append(seal)
            day += timedelta(days=1)
    for seal in made:  # the log is kept elsewhere, and so bears witness
        logger.info("audit day sealed", extra=witness(seal))
    return made


def witness(seal: AuditSeal) -> dict[str, Any]:
    """Return a seal as it is kept outside, where nobody who can write the database writes."""
    return {
        "day": seal.day.isoformat(),
        "last_number": seal.last_number,
        "hash": seal.hash,
    }


def _refuse_free_text(act: str, about: list[About]) -> None:
    """Refuse an act or a subject that is no code: there is no place here for a name."""
    if not ACT.fullmatch(act):
        raise ValueError("An act is a code of small letters, such as view_case.")
    if not all(SUBJECT.fullmatch(one.subject) for one in about):
        raise ValueError("A subject is a kind and an id, such as case:12.")


def _one_at_a_time() -> None:
    """Let the log have one writer until the transaction ends; SQLite has no second one anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _last() -> tuple[int, str]:
    """Return number and hash of the last entry. Ask only after the lock: it shows what is new."""
    last = AuditEntry.objects.order_by("-number").values_list("number", "hash").first()
    return last or (0, chain.START)


def _row(entry: chain.Entry, head: str) -> AuditEntry:
    return AuditEntry(
        number=entry.number,
        at=entry.at,
        actor_id=entry.actor_id,
        act=entry.act,
        subject=entry.subject,
        purpose=entry.purpose,
        person_id=entry.person_id,
        details=dict(entry.details),
        previous_hash=entry.previous_hash,
        hash=head,
    )


def _first_day() -> date | None:
    first = AuditEntry.objects.order_by("number").first()
    return timezone.localdate(first.at) if first else None


def _seal(day: date, before: AuditSeal | None, now: datetime) -> AuditSeal:
    """Seal one day on top of the seal before it."""
    start = before.last_number if before else 0
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    later = AuditEntry.objects.filter(number__gt=start, at__gte=midnight).order_by("number")
    number = later.values_list("number", flat=True).first()
    last, head = _last() if number is None else _at(number - 1)
    if last < start:
        raise AuditBroken(
            f"The entries up to {start} are sealed, but those after {last} are gone; "
            "run verify_audit."
        )
    seal = chain.Seal(
        day=day,
        last_number=last,
        count=last - start,
        head=head,
        sealed_at=now,
        previous_hash=before.hash if before else chain.START,
    )
    return AuditSeal.objects.create(
        day=seal.day,
        last_number=seal.last_number,
        count=seal.count,
        head=seal.head,
        sealed_at=seal.sealed_at,
        previous_hash=seal.previous_hash,
        hash=chain.seal_hash(seal),
    )


def _at(number: int) -> tuple[int, str]:
    """Return number and hash of an entry, or of the one before it if that is gone."""
    up_to = AuditEntry.objects.filter(number__lte=number).order_by("-number")
    return up_to.values_list("number", "hash").first() or (0, chain.START)
