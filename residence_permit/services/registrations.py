"""Residence registration: declared, changed and ended by the person, or by who acts for him.

What others report is in ``residence_permit.reports``; here the person answers it.
Source: ZJ 2, 7, 12, 13, 38; docs/policy/permit.md, 1.
"""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from eligibility.selectors import townships
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit.core.deadlines import day_of
from residence_permit.core.id_number import HMT_PREFIXES
from residence_permit.models import (
    Person,
    RegistrationEvent,
    Relation,
    ResidenceRegistration,
)
from residence_permit.references import new_reference
from residence_permit.services.people import is_under_age
from residence_permit.stays import Stay, stay_of, unit_of, write_stay

Source = ResidenceRegistration.Source
Status = ResidenceRegistration.Status
Event = RegistrationEvent.Action


class RegistrationError(Exception):
    """Something that cannot be registered; ``code`` is for whoever puts it in words."""

    def __init__(self, code: str, field: str = "", **params: Any):
        super().__init__(code)
        self.code, self.field, self.params = code, field, params


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

    ``source`` says who declares it: the person, or his guardian or near relative. Raises
    RegistrationError: ``local_hukou`` (who lives in his home county, or home 市区, is no case of
    this registration: ZJ 2), ``hmt`` (ZJ 38), ``needs_a_guardian`` and ``not_a_minor`` (ZJ 7),
    ``not_his_ward``, ``registered`` (he has one; change it instead), ``future``,
    ``before_birth``, ``no_such_township``.
    """
    today = day_of(now)
    _check(person, stay, today)
    _check_who(person, actor, source, today)
    if _active(person.id_hash).exists():
        raise RegistrationError("registered")
    row = _new(person, stay, source, today)
    _keep(row, Event.REGISTER, actor, now, after=stay.plain())
    _settle_reports(row, actor, now)
    _audit(row, Event.REGISTER, actor, now)
    return row


@transaction.atomic
def change(
    *,
    registration_id: int,
    stay: Stay,
    actor: User,
    now: datetime,
    seen: int,
    changed_on: date | None = None,
) -> ResidenceRegistration:
    """Write a change of address or employer (within 10 days: ZJ 13; later is taken, too).

    Inside one county or the 市区 the registration goes on; elsewhere it ends and another one
    begins, and so does the half year of the permit. ``changed_on`` is kept with the event. Raises
    RegistrationError: as ``register``, ``stale``, ``not_active``, ``unchanged`` and
    ``before_it_began`` where the change is older than the stay that it changes.
    """
    row = _locked(registration_id)
    if row.revision != seen and stay_of(row) == stay:
        return row  # a second press on the button
    _check_fresh(row, seen)
    today = day_of(now)
    if stay_of(row) == stay:
        raise RegistrationError("unchanged")
    _check(row.person, stay, today)
    if changed_on is not None and changed_on > today:
        raise RegistrationError("future", "changed_on")
    if changed_on is not None and changed_on < row.lives_there_since:
        raise RegistrationError("before_it_began", "changed_on", day=row.lives_there_since)
    told = {"changed_on": changed_on.isoformat()} if changed_on else {}
    if unit_of(stay.township_code) == unit_of(row.township_code):
        _rewrite(row, stay, actor, now, told)
    else:
        _end(row, today)
        _keep(row, Event.END, actor, now, after=told)
        row = _new(row.person, stay, Source(row.source), today)
        _keep(row, Event.REGISTER, actor, now, after=stay.plain() | told)
    _settle_reports(row, actor, now)
    _audit(row, Event.CHANGE, actor, now)
    return row


@transaction.atomic
def end(
    *, registration_id: int, actor: User, now: datetime, seen: int, on: date | None = None
) -> ResidenceRegistration:
    """End a registration: the person has moved away. ``on`` is today unless said.

    Raises RegistrationError: ``stale``, ``not_active``, ``future``, ``before_it_began``.
    """
    row = _locked(registration_id)
    last = on or day_of(now)
    if row.status == Status.ENDED and row.ended_on == last:
        return row  # a second press on the button
    _check_fresh(row, seen)
    if last > day_of(now):
        raise RegistrationError("future", "on")
    if last < row.registered_on:
        raise RegistrationError("before_it_began", "on", day=row.registered_on)
    _end(row, last)
    _keep(row, Event.END, actor, now, after={"ended_on": last.isoformat()})
    _audit(row, Event.END, actor, now)
    return row


@transaction.atomic
def confirm(
    *, registration_id: int, person: Person, actor: User, now: datetime
) -> ResidenceRegistration:
    """Let the person say that he lives where he was reported; only then he is registered.

    What he had registered before ends, or goes on where both are in one county or 市区. The
    half year counts from his own declaration, not from the report (ZJ 8, 16). Raises
    RegistrationError: as ``register``, and ``answered``.
    """
    row = _reported(registration_id, person)
    stay, today = stay_of(row), day_of(now)
    _check(person, stay, today)
    _check_who(person, actor, Source.SELF, today)
    old = _active(person.id_hash).select_for_update().first()
    kept = row
    if old is not None and unit_of(old.township_code) == unit_of(row.township_code):
        if stay_of(old) != stay:
            _rewrite(old, stay, actor, now, {})
        row.person = person
        _end(row, today)
        kept = old
    else:
        if old is not None:
            _end(old, today)
            _keep(old, Event.END, actor, now)
        row.person, row.status, row.registered_on = person, Status.ACTIVE, today
        row.revision += 1
        _save(row)
    _keep(row, Event.CONFIRM, actor, now)
    _settle_reports(kept, actor, now)
    _audit(kept, Event.CONFIRM, actor, now)
    return kept


@transaction.atomic
def deny(
    *, registration_id: int, person: Person, actor: User, now: datetime
) -> ResidenceRegistration:
    """Let the person say that he does not live where he was reported. Raises ``answered``."""
    row = _reported(registration_id, person)
    row.status, row.person = Status.DENIED, person
    row.revision += 1
    row.save()
    _keep(row, Event.DENY, actor, now)
    _audit(row, Event.DENY, actor, now)
    return row


def _check(person: Person, stay: Stay, today: date) -> None:
    if person.id_number[:2] in HMT_PREFIXES:
        raise RegistrationError("hmt")
    if stay.township_code not in townships():
        raise RegistrationError("no_such_township", "township_code")
    if unit_of(person.hukou_place) == unit_of(stay.township_code):
        raise RegistrationError("local_hukou", "township_code")
    if stay.lives_there_since > today:
        raise RegistrationError("future", "lives_there_since")
    if stay.lives_there_since < person.birth_date:
        raise RegistrationError("before_birth", "lives_there_since")


def _check_who(person: Person, actor: User, source: Source, today: date) -> None:
    """Refuse a child who registers himself, and whoever acts for somebody without being his kin."""
    is_minor = is_under_age(person.birth_date, today)
    if source == Source.SELF:
        if is_minor:
            raise RegistrationError("needs_a_guardian")
        return
    relation = Relation.objects.filter(
        guardian__user=actor, ward=person, ended_at__isnull=True
    ).first()
    if relation is None:
        raise RegistrationError("not_his_ward")
    if relation.kind == Relation.Kind.GUARDIAN and not is_minor:
        raise RegistrationError("not_a_minor")


def _active(hashed: str):
    return ResidenceRegistration.objects.filter(id_hash=hashed, status=Status.ACTIVE)


def _locked(registration_id: int) -> ResidenceRegistration:
    rows = ResidenceRegistration.objects.select_for_update(of=("self",)).select_related("person")
    return rows.get(pk=registration_id)


def _check_fresh(row: ResidenceRegistration, seen: int) -> None:
    if row.status != Status.ACTIVE:
        raise RegistrationError("not_active")
    if row.revision != seen:
        raise RegistrationError("stale")


def _reported(registration_id: int, person: Person) -> ResidenceRegistration:
    row = ResidenceRegistration.objects.select_for_update(of=("self",)).get(
        pk=registration_id, id_hash=person.id_hash
    )
    if row.status != Status.REPORTED:
        raise RegistrationError("answered")
    return row


def _new(person: Person, stay: Stay, source: Source, today: date) -> ResidenceRegistration:
    row = ResidenceRegistration(
        reference=new_reference(),
        id_hash=person.id_hash,
        person=person,
        source=source,
        status=Status.ACTIVE,
        registered_on=today,
    )
    write_stay(row, stay)
    _save(row)
    return row


def _save(row: ResidenceRegistration) -> None:
    """Save what is to be the one active registration; another tab may have been faster."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise RegistrationError("registered") from error


def _rewrite(
    row: ResidenceRegistration, stay: Stay, actor: User, now: datetime, told: dict[str, Any]
) -> None:
    before = stay_of(row).plain()
    write_stay(row, stay)
    row.revision += 1
    row.save()
    _keep(row, Event.CHANGE, actor, now, before=before, after=stay.plain() | told)


def _settle_reports(row: ResidenceRegistration, actor: User, now: datetime) -> None:
    """Take what the person declared as his answer to reports of the same address."""
    alike = ResidenceRegistration.objects.select_for_update().filter(
        id_hash=row.id_hash, address_key=row.address_key, status=Status.REPORTED
    )
    for report in alike:
        report.person = row.person
        _end(report, day_of(now))
        _keep(report, Event.CONFIRM, actor, now)


def _end(row: ResidenceRegistration, on: date) -> None:
    row.status, row.ended_on = Status.ENDED, max(on, row.registered_on)
    row.revision += 1
    row.save()


def _keep(
    row: ResidenceRegistration,
    action: RegistrationEvent.Action,
    actor: User,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    RegistrationEvent.objects.create(
        registration=row,
        action=action,
        on=day_of(now),
        at=now,
        actor=actor,
        before=before or {},
        after=after or {},
    )


def _audit(
    row: ResidenceRegistration, action: RegistrationEvent.Action, actor: User, now: datetime
) -> None:
    """Write the audit entry; the last thing of a transaction, since its log has one writer."""
    record(
        actor_id=actor.pk,
        act=f"registration_{action.value}",
        subject=f"registration:{row.pk}",
        purpose="residence_registration",
        now=now,
        person_id=row.person_id,
    )
