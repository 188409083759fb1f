"""Reads the audit log: a person's own part of it page by page, and the whole chain in order."""

from collections.abc import Iterator
from dataclasses import dataclass

from jiaxing_hukou.audit import chain
from jiaxing_hukou.audit.models import AuditEntry, AuditSeal

CHUNK = 2000
ENTRY = (
    *("number", "at", "actor_id", "act", "subject", "purpose", "person_id", "details"),
    *("previous_hash", "hash"),
)
SEAL = ("day", "last_number", "count", "head", "sealed_at", "previous_hash", "hash")


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and the number before which the next page begins."""

    entries: list[AuditEntry]
    before: int | None


def entries_of_person(*, person_id: int, before: int | None = None, size: int = 50) -> Page:
    """Return who did what with a person's file, newest first; ``before`` comes from a page."""
    rows = AuditEntry.objects.filter(person_id=person_id).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: size + 1])
    more = len(found) > size
    return Page(found[:size], found[size - 1].number if more else None)


def chain_entries() -> Iterator[chain.Entry]:
    """Yield every entry by number, a few thousand in memory at a time."""
    rows = AuditEntry.objects.order_by("number").values_list(*ENTRY)
    for row in rows.iterator(chunk_size=CHUNK):
        yield chain.Entry(**dict(zip(ENTRY, row, strict=True)))


def chain_seals() -> Iterator[chain.Seal]:
    """Yield the seals that there are now, by day.

    The last one is fixed before anything is read: a seal that is made meanwhile may count
    entries which ``chain_entries`` does not see any more.
    """
    newest = AuditSeal.objects.first()
    return _seals(newest) if newest else iter(())


def _seals(newest: AuditSeal) -> Iterator[chain.Seal]:
    rows = AuditSeal.objects.filter(day__lte=newest.day).order_by("day").values_list(*SEAL)
    for row in rows.iterator(chunk_size=CHUNK):
        yield chain.Seal(**dict(zip(SEAL, row, strict=True)))
