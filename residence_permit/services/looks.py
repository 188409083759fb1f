"""Who looked at somebody's file and who changed it, read from the audit log.

Staff are named by their roles and their office, never by name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.models import AuditEntry
from residence_permit import selectors
from residence_permit.models import Person

LOOKS = 50  # a page of the list
CHUNK = 200


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """One entry of the audit log about somebody's file; staff by role and office, never by name."""

    number: int
    at: datetime
    who: str  # you, portal, staff, other
    roles: tuple[str, ...]
    office: str
    act: str
    purpose: str
    case: str  # the reference of one's own case, where the act was about it
    person_id: int | None

    def plain(self) -> dict[str, Any]:
        """Return it as the file has it."""
        return {
            "at": self.at,
            "who": self.who,
            "roles": list(self.roles),
            "office": self.office,
            "act": self.act,
            "purpose": self.purpose,
            "case": self.case,
        }


@dataclass(frozen=True)
class LookPage:
    """Some entries, the newest first, and the number before which the next page begins."""

    looks: tuple[LookedAt, ...]
    before: int | None


def looks_page(*, user: User, person_id: int, before: int | None, own: bool) -> LookPage:
    """Return who did what with a file; ``own`` says whether one's own acts are among it.

    Raises Person.DoesNotExist for a file that is neither his nor of one for whom he acts.
    """
    if person_id not in files_of(user):
        raise Person.DoesNotExist
    rows = _entries(user, {person_id}, own=own)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: LOOKS + 1])
    more = len(found) > LOOKS
    looks = tuple(_resolved(found[:LOOKS], user))
    return LookPage(looks, looks[-1].number if more else None)


def files_of(user: User) -> set[int]:
    """Return the files that are his, and of those for whom he acts now."""
    wards = Q(guardians__guardian__user=user, guardians__ended_at=None)
    rows = Person.objects.filter(Q(user=user) | wards)
    return set(rows.values_list("pk", flat=True))


def _entries(user: User, person_ids: Iterable[int], *, own: bool = True) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(person_id__in=list(person_ids)).order_by("-number")
    return rows if own else rows.exclude(actor_id=user.pk)


def every_look(user: User) -> Iterator[LookedAt]:
    """Yield every entry about his file and about those of his wards, the newest first."""
    rows = _entries(user, files_of(user)).iterator(CHUNK)
    while batch := list(islice(rows, CHUNK)):
        yield from _resolved(batch, user)


def _resolved(entries: list[AuditEntry], user: User) -> Iterator[LookedAt]:
    actors = {row.actor_id for row in entries} - {None, user.pk}
    staff = {
        one.pk: one
        for one in User.objects.filter(pk__in=actors, is_staff=True)
        .select_related("station")
        .prefetch_related("groups")
    }
    numbers = {number for row in entries if (number := _case_of(row)) is not None}
    cases = dict(
        selectors.own_cases(user).filter(pk__in=numbers).values_list("pk", "reference")
        if numbers
        else ()
    )
    for row in entries:
        member = staff.get(row.actor_id)
        yield LookedAt(
            number=row.number,
            at=row.at,
            who=_who(row, user, member),
            roles=tuple(sorted(group.name for group in member.groups.all())) if member else (),
            office=member.station.name if member and member.station else "",
            act=row.act,
            purpose=row.purpose,
            case=cases.get(_case_of(row), ""),
            person_id=row.person_id,
        )


def _who(row: AuditEntry, user: User, member: User | None) -> str:
    if row.actor_id is None:
        return "portal"
    if row.actor_id == user.pk:
        return "you"
    return "staff" if member else "other"


def _case_of(row: AuditEntry) -> int | None:
    """Return the case that an entry was about: it is named, or the file belongs to it."""
    kind, _sep, number = row.subject.partition(":")
    found = number if kind == "case" else (row.details or {}).get("case")
    return int(found) if str(found).isdecimal() else None
