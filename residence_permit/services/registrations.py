"""Residence registration: declared, changed and ended by the person; reported by others.

Source: ZJ 7-13; docs/policy/permit.md, 1.
"""

import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from eligibility.core.places import CITY_DISTRICTS
from eligibility.selectors import townships
from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import keyed_hash
from residence_permit.core.deadlines import day_of
from residence_permit.models import Person, RegistrationEvent, ResidenceRegistration
from residence_permit.references import new_reference

Source = ResidenceRegistration.Source
Status = ResidenceRegistration.Status
Event = RegistrationEvent.Action


class RegistrationError(Exception):
    """Something that cannot be registered; ``code`` is for whoever puts it in words."""

    def __init__(self, code: str, field: str = "", **params: Any):
        super().__init__(code)
        self.code, self.field, self.params = code, field, params


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Where somebody lives and works, as stated."""

    township_code: str
    address: str
    lives_there_since: date
    housing: str = ""
    employer: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as an event keeps it."""
        return asdict(self) | {"lives_there_since": self.lives_there_since.isoformat()}


def unit_of(place: str) -> str:
    """Return the county, or the 市区 as one: moving inside it is no move (ZJ 2)."""
    county = place[:6]
    return "urban" if county in CITY_DISTRICTS else county


def address_key(township_code: str, address: str) -> str:
    """Return the hash by which people of one address find each other.

    Width, case, spaces and punctuation do not make another address.
    """
    plain = unicodedata.normalize("NFKC", address).casefold()
    letters = "".join(c for c in plain if unicodedata.category(c)[0] in "LN")
    return keyed_hash(f"{township_code}|{letters}", "address")


@transaction.atomic
def register(
    *,
    person: Person,
    stay: Stay,
    actor: User,
    now: datetime,
    source: Source = Source.SELF,
) -> ResidenceRegistration:
    """Register where somebody lives, from today on.

    Raises RegistrationError: ``local_hukou`` (who lives in his home county, or home 市区, is no
    case of this registration: ZJ 2), ``registered`` (he has one; change it instead),
    ``future``, ``no_such_township``, ``no_station``.
    """
    today = day_of(now)
    _check(person, stay, today)
    if _active(person.id_hash).exists():
        raise RegistrationError("registered")
    registration = _new(person.id_hash, person, stay, source, Status.ACTIVE, today)
    _keep(registration, Event.REGISTER, actor, now, after=stay.plain())
    return registration


@transaction.atomic
def change(
    *, registration_id: int, stay: Stay, actor: User, now: datetime, seen: int
) -> ResidenceRegistration:
    """Write a change of address or employer (within 10 days: ZJ 13).

    Inside one county or the 市区 the registration goes on; elsewhere it ends and another one
    begins, and so does the half year of the permit. Raises RegistrationError, also ``stale``.
    """
    row = _locked(registration_id, seen)
    today = day_of(now)
    _check(row.person, stay, today)
    if unit_of(stay.township_code) != unit_of(row.township_code):
        _end(row, actor, now, today)
        new = _new(row.id_hash, row.person, stay, Source(row.source), Status.ACTIVE, today)
        _keep(new, Event.REGISTER, actor, now, after=stay.plain())
        return new
    before = _stay(row).plain()
    _write(row, stay)
    row.revision += 1
    row.save()
    _keep(row, Event.CHANGE, actor, now, before=before, after=stay.plain())
    return row


@transaction.atomic
def end(
    *, registration_id: int, actor: User, now: datetime, seen: int, on: date | None = None
) -> ResidenceRegistration:
    """End a registration: the person has moved away. ``on`` is today unless said."""
    row = _locked(registration_id, seen)
    last = on or day_of(now)
    if last > day_of(now):
        raise RegistrationError("future", "on")
    if last < row.registered_on:
        raise RegistrationError("before_it_began", "on", day=row.registered_on)
    _end(row, actor, now, last)
    return row


@transaction.atomic
def report(
    *, id_hash: str, stay: Stay, source: Source, actor: User, now: datetime
) -> tuple[ResidenceRegistration, bool]:
    """Take a report of an employer or landlord; the person will be asked.

    Returns the registration and whether it is new; the same report again finds the first.
    """
    key = address_key(stay.township_code, stay.address)
    alike = ResidenceRegistration.objects.filter(
        id_hash=id_hash, address_key=key, status__in=(Status.REPORTED, Status.ACTIVE)
    )
    found = alike.first()
    if found is not None:
        return found, False
    person = Person.objects.filter(id_hash=id_hash, user__isnull=False).first()
    row = _new(id_hash, person, stay, source, Status.REPORTED, day_of(now))
    _keep(row, Event.REPORT, actor, now, after=stay.plain(), audit=False)
    return row, True


@transaction.atomic
def report_end(*, id_hash: str, address_key: str, actor: User, now: datetime) -> bool:
    """Note that a reporter says somebody has left; the person's own registration stays his."""
    rows = ResidenceRegistration.objects.select_for_update().filter(
        id_hash=id_hash, address_key=address_key, status=Status.REPORTED
    )
    for row in rows:
        _end(row, actor, now, day_of(now), audit=False)
    return bool(rows)


@transaction.atomic
def confirm(
    *, registration_id: int, person: Person, actor: User, now: datetime
) -> ResidenceRegistration:
    """Let the person say that he lives where he was reported; only then he is registered.

    What he had registered before ends, or goes on where both are in one county or 市区. The
    half year counts from his own declaration, not from the report (ZJ 8, 16).
    """
    row = _reported(registration_id, person)
    stay, today = _stay(row), day_of(now)
    _check(person, stay, today)
    old = _active(person.id_hash).select_for_update().first()
    if old is not None and unit_of(old.township_code) == unit_of(row.township_code):
        before = _stay(old).plain()
        _write(old, stay)
        old.revision += 1
        old.save()
        _keep(old, Event.CHANGE, actor, now, before=before, after=stay.plain())
        row.status, row.ended_on = Status.ENDED, max(today, row.registered_on)
        row.save()
        _keep(row, Event.CONFIRM, actor, now)
        return old
    if old is not None:
        _end(old, actor, now, today)
    row.person, row.status, row.registered_on = person, Status.ACTIVE, today
    row.revision += 1
    row.save()
    _keep(row, Event.CONFIRM, actor, now)
    return row


@transaction.atomic
def deny(
    *, registration_id: int, person: Person, actor: User, now: datetime
) -> ResidenceRegistration:
    """Let the person say that he does not live where he was reported."""
    row = _reported(registration_id, person)
    row.status = Status.DENIED
    row.person = person
    row.revision += 1
    row.save()
    _keep(row, Event.DENY, actor, now)
    return row


def _check(person: Person, stay: Stay, today: date) -> None:
    if stay.township_code not in townships():
        raise RegistrationError("no_such_township", "township_code")
    if unit_of(person.hukou_place) == unit_of(stay.township_code):
        raise RegistrationError("local_hukou", "township_code")
    if stay.lives_there_since > today:
        raise RegistrationError("future", "lives_there_since")
    if stay.lives_there_since < person.birth_date:
        raise RegistrationError("before_birth", "lives_there_since")


def _active(id_hash: str):
    return ResidenceRegistration.objects.filter(id_hash=id_hash, status=Status.ACTIVE)


def _locked(registration_id: int, seen: int) -> ResidenceRegistration:
    rows = ResidenceRegistration.objects.select_for_update(of=("self",)).select_related("person")
    row = rows.get(pk=registration_id)
    if row.revision != seen:
        raise RegistrationError("stale")
    if row.status != Status.ACTIVE:
        raise RegistrationError("not_active")
    return row


def _reported(registration_id: int, person: Person) -> ResidenceRegistration:
    row = ResidenceRegistration.objects.select_for_update().get(
        pk=registration_id, id_hash=person.id_hash
    )
    if row.status != Status.REPORTED:
        raise RegistrationError("answered")
    return row


def _new(
    id_hash: str,
    person: Person | None,
    stay: Stay,
    source: Source,
    status: Status,
    today: date,
) -> ResidenceRegistration:
    row = ResidenceRegistration(
        reference=new_reference(),
        id_hash=id_hash,
        person=person,
        source=source,
        status=status,
        registered_on=today,
    )
    _write(row, stay)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise RegistrationError("registered") from error
    return row


def _write(row: ResidenceRegistration, stay: Stay) -> None:
    row.township_code = stay.township_code
    row.station = jurisdiction.station_for(stay.township_code)
    row.address = stay.address.strip()
    row.address_key = address_key(stay.township_code, stay.address)
    row.lives_there_since = stay.lives_there_since
    row.housing = stay.housing
    row.employer = stay.employer.strip()


def _stay(row: ResidenceRegistration) -> Stay:
    return Stay(
        township_code=row.township_code,
        address=row.address,
        lives_there_since=row.lives_there_since,
        housing=row.housing,
        employer=row.employer,
    )


def _end(
    row: ResidenceRegistration, actor: User, now: datetime, on: date, *, audit: bool = True
) -> None:
    row.status, row.ended_on = Status.ENDED, max(on, row.registered_on)
    row.revision += 1
    row.save()
    _keep(row, Event.END, actor, now, audit=audit)


def _keep(
    row: ResidenceRegistration,
    action: RegistrationEvent.Action,
    actor: User,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    audit: bool = True,
) -> None:
    """Write the event, and the audit entry (a batch of reports writes one for all of its rows)."""
    RegistrationEvent.objects.create(
        registration=row,
        action=action,
        on=day_of(now),
        at=now,
        actor=actor,
        before=before or {},
        after=after or {},
    )
    if audit:
        record(
            actor_id=actor.pk,
            act=f"registration_{action}",
            subject=f"registration:{row.pk}",
            purpose="residence_registration",
            now=now,
            person_id=row.person_id,
        )
