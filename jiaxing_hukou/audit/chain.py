"""The chain of the audit log: what is hashed, and the first row that does not follow.

Pure: rows come in as values. An entry's hash covers all its columns and the hash of the entry
before it; a seal's hash covers the hash of the last entry it counts and the seal before it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

START = "0" * 64  # what the first entry and the first seal follow


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One act: who did what to which subject, what for, and whose file it is."""

    number: int
    at: datetime
    actor_id: int | None
    act: str
    subject: str
    purpose: str
    person_id: int | None
    details: Mapping[str, Any]
    previous_hash: str
    hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seal:
    """The end of a day: how far the chain went, and what its last hash was."""

    day: date
    last_number: int
    count: int
    head: str
    sealed_at: datetime
    previous_hash: str
    hash: str = ""


class Why(StrEnum):
    """What is wrong with the first broken row."""

    MISSING = "missing"  # an entry of this number is not there, or no longer
    CHANGED = "changed"  # its columns do not give its hash
    HASH_WRONG = "hash wrong"  # its columns give the hash that the next one follows
    REORDERED = "reordered"  # it does not follow the one before: moved, or put there instead
    REWRITTEN = "rewritten"  # it is whole, but it is not what was sealed
    SEAL_BROKEN = "seal broken"  # the seal itself was changed, or one before it is gone
    CUT = "cut"  # a seal counts entries after the last one that there is


@dataclass(frozen=True, slots=True)
class Broken:
    """The first broken row: an entry's number, and the day of the seal that says so."""

    number: int
    why: Why
    day: date | None = None


def entry_hash(entry: Entry) -> str:
    """Return the hash of an entry's columns; its own ``hash`` is not among them."""
    columns = [
        entry.number,
        _moment(entry.at),
        entry.actor_id,
        entry.act,
        entry.subject,
        entry.purpose,
        entry.person_id,
        _exact(entry.details),
        entry.previous_hash,
    ]
    return _digest(columns)


def seal_hash(seal: Seal) -> str:
    """Return the hash of a seal's columns; its own ``hash`` is not among them."""
    columns = [
        seal.day.isoformat(),
        seal.last_number,
        seal.count,
        seal.head,
        _moment(seal.sealed_at),
        seal.previous_hash,
    ]
    return _digest(columns)


def first_broken(entries: Iterable[Entry], seals: Iterable[Seal]) -> Broken | None:
    """Return the first row that does not follow, or None; both come in their own order.

    Holds one entry, the next one and one seal at a time, however many there are.
    """
    sealed = _Seals(seals)
    last, head = 0, START
    for entry, following in _with_next(entries):
        why = _fault(entry, following, last, head)
        if why is Why.MISSING:
            return Broken(last + 1, why)
        if why:
            return Broken(entry.number, why)
        last, head = entry.number, entry.hash
        broken = sealed.reach(last, head)
        if broken:
            return broken
    return sealed.reach_end(last)


def _fault(entry: Entry, following: Entry | None, last: int, head: str) -> Why | None:
    """Return what is wrong with an entry that should follow number ``last``."""
    if entry.number > last + 1:
        return Why.MISSING
    if entry.number < last + 1:
        return Why.REORDERED
    follows = entry.previous_hash == head
    computed = entry_hash(entry)
    if computed == entry.hash:
        return None if follows else Why.REORDERED
    if follows:
        confirmed = following is not None and following.previous_hash == computed
        return Why.HASH_WRONG if confirmed else Why.CHANGED
    # Only its link was changed, if it is whole with the right one.
    whole = entry_hash(replace(entry, previous_hash=head)) == entry.hash
    return Why.CHANGED if whole else Why.REORDERED


class _Seals:
    """The seals, taken one by one as the entries reach them."""

    def __init__(self, seals: Iterable[Seal]) -> None:
        self._rest = iter(seals)
        self._next = next(self._rest, None)
        self._last, self._hash = 0, START

    def reach(self, number: int, head: str) -> Broken | None:
        """Check the seals that end with this entry."""
        while (seal := self._next) and seal.last_number <= number:
            broken = self._fault(seal)
            if broken:
                return broken
            if seal.last_number != number or seal.head != head:
                return Broken(seal.last_number, Why.REWRITTEN, seal.day)
            self._last, self._hash = seal.last_number, seal.hash
            self._next = next(self._rest, None)
        return None

    def reach_end(self, last: int) -> Broken | None:
        """Check what is sealed beyond the last entry: the seal is broken, or the tail is cut."""
        seal = self._next
        if seal is None:
            return None
        return self._fault(seal) or Broken(last + 1, Why.CUT, seal.day)

    def _fault(self, seal: Seal) -> Broken | None:
        whole = (
            seal.previous_hash == self._hash
            and seal.count == seal.last_number - self._last
            and seal.hash == seal_hash(seal)
        )
        return None if whole else Broken(seal.last_number, Why.SEAL_BROKEN, seal.day)


def _with_next(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Yield each entry with the one after it."""
    rest = iter(entries)
    entry = next(rest, None)
    while entry is not None:
        following = next(rest, None)
        yield entry, following
        entry = following


def _digest(columns: list[Any]) -> str:
    text = json.dumps(columns, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _moment(at: datetime) -> str:
    """Return a moment as every database gives it back: in UTC, to the microsecond."""
    if at.tzinfo is None:
        raise ValueError("An audit entry needs a moment with its time zone, as timezone.now().")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _exact(value: Any) -> Any:
    """Return the details as they come back from JSON; refuse what would come back otherwise.

    A float is written in one way by Python and in another by PostgreSQL.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_exact(part) for part in value]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: _exact(part) for name, part in value.items()}
    raise TypeError(
        f"The details of an audit entry hold a {type(value).__name__}; "
        "write text, whole numbers, true or false, lists and objects with text as names."
    )
