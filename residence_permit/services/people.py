"""Who somebody really is: the real-name profile, and those for whom one acts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from eligibility.core.periods import years_between
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import keyed_hash
from residence_permit.core.deadlines import day_of
from residence_permit.core.id_number import read_id_number
from residence_permit.models import Permit, PermitApplication, Person, Relation

GUARDED_UNTIL = 16  # years; younger people are registered by their guardian (GW 9, ZJ 7)


class PersonError(Exception):
    """Something about a profile that cannot be done; ``code`` is for whoever puts it in words."""

    def __init__(self, code: str, field: str = ""):
        super().__init__(code)
        self.code, self.field = code, field


class ProfileChanged(PersonError):
    """Another tab saved the profile after this page was opened."""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What somebody says about a person; the ID number as it was typed."""

    name: str
    id_number: str
    hukou_place: str
    hukou_address: str = ""
    ethnicity: str = ""
    phone: str = ""


def id_hash(number: str) -> str:
    """Return the hash by which a person is found; the number as ``read_id_number`` gives it."""
    return keyed_hash(number, "id_number")


@transaction.atomic
def save_profile(*, user: User, stated: Stated, now: datetime, seen: int | None = None) -> Person:
    """Make or correct the real-name profile of an account.

    ``seen`` is the revision that the page showed. Raises IdNumberRefused; ProfileChanged;
    PersonError ``frozen`` where name or number stand in a case or on a permit already, and
    ``number_taken`` where another account has the number.
    """
    person = Person.objects.select_for_update().filter(user=user).first()
    if person is not None and seen is not None and seen != person.revision:
        raise ProfileChanged("changed")
    identity = _identity(stated, now)
    if person is None:
        person = Person(user=user, created_at=now, revision=0)
    elif _identity_of(person) != identity and is_frozen(person):
        raise PersonError("frozen", "id_number")
    _write(person, stated, identity, now)
    try:
        person.save()
    except IntegrityError as error:
        raise PersonError("number_taken", "id_number") from error
    record(
        actor_id=user.pk,
        act="save_profile",
        subject=f"person:{person.pk}",
        purpose="own_file",
        now=now,
        person_id=person.pk,
    )
    return person


@transaction.atomic
def add_ward(*, guardian: Person, kind: Relation.Kind, stated: Stated, now: datetime) -> Person:
    """Make the file of a child or a frail relative for whom ``guardian`` acts.

    Raises IdNumberRefused; PersonError ``himself``, ``not_a_minor`` (a guardian acts for people
    under 16, for others a near relative does) and ``known`` where he acts for that person already.
    Source: GW 9, ZJ 7.
    """
    identity = _identity(stated, now)
    digest = id_hash(identity.number)
    if digest == guardian.id_hash:
        raise PersonError("himself", "id_number")
    is_minor = is_under_age(identity.birth_date, day_of(now))
    if kind == Relation.Kind.GUARDIAN and not is_minor:
        raise PersonError("not_a_minor", "kind")
    if kind == Relation.Kind.NEAR_RELATIVE and is_minor:
        raise PersonError("needs_a_guardian", "kind")
    if wards_of(guardian).filter(id_hash=digest).exists():
        raise PersonError("known", "id_number")
    ward = Person(created_at=now, revision=0)
    _write(ward, stated, identity, now)
    ward.save()
    Relation.objects.create(guardian=guardian, ward=ward, kind=kind, declared_at=now)
    record(
        actor_id=guardian.user_id,
        act="add_ward",
        subject=f"person:{ward.pk}",
        purpose="on_behalf",
        now=now,
        person_id=ward.pk,
    )
    return ward


def wards_of(guardian: Person):
    """Return the persons for whom somebody acts now."""
    return Person.objects.filter(guardians__guardian=guardian, guardians__ended_at=None).order_by(
        "pk"
    )


def is_under_age(birth_date: date, today: date) -> bool:
    """Say whether somebody is under 16. Unit: completed years. Source: GW 9, ZJ 7."""
    return years_between(birth_date, today) < GUARDED_UNTIL


def is_frozen(person: Person) -> bool:
    """Say whether name and number stand in a case or on a permit, and an office corrects them."""
    cases = PermitApplication.objects.filter(person=person).exclude(status="draft")
    return cases.exists() or Permit.objects.filter(person=person).exists()


def _identity(stated: Stated, now: datetime):
    return read_id_number(stated.id_number, day_of(now))


def _identity_of(person: Person):
    return read_id_number(person.id_number, person.updated_at.date())


def _write(person: Person, stated: Stated, identity, now: datetime) -> None:
    person.name = stated.name.strip()
    person.id_number = identity.number
    person.id_hash = id_hash(identity.number)
    person.birth_date = identity.birth_date
    person.sex = identity.sex
    person.hukou_place = stated.hukou_place
    person.hukou_address = stated.hukou_address.strip()
    person.ethnicity = stated.ethnicity.strip()
    person.phone = stated.phone
    person.updated_at = now
    person.revision += 1
