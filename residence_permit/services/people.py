"""Who somebody really is: the real-name profile, and those for whom one acts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from eligibility.core.periods import years_between
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit.choices import CaseStatus
from residence_permit.core.deadlines import day_of
from residence_permit.core.id_number import IdNumber, read_id_number
from residence_permit.models import (
    Permit,
    PermitApplication,
    Person,
    Relation,
    ResidenceRegistration,
)
from residence_permit.plain_text import tidy
from residence_permit.stays import id_hash

GUARDED_UNTIL = 16  # years; younger people are registered by their guardian (GW 9, ZJ 7)


class PersonError(Exception):
    """Something about a profile that cannot be done; ``code`` is for whoever puts it in words."""

    def __init__(self, code: str, field: str = ""):
        super().__init__(code)
        self.code, self.field = code, field


class ProfileChanged(PersonError):
    """Another tab saved the file after this page was opened; ``person`` is what stands there."""

    def __init__(self, person: Person):
        super().__init__("changed")
        self.person = person


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What somebody says about a person; the ID number as it was typed."""

    name: str
    id_number: str
    hukou_place: str
    hukou_address: str = ""
    ethnicity: str = ""
    phone: str = ""


@transaction.atomic
def save_profile(*, user: User, stated: Stated, now: datetime, seen: int | None = None) -> Person:
    """Make or correct the real-name profile of an account.

    ``seen`` is the revision that the page showed, 0 where there was no profile. Raises
    IdNumberRefused; ProfileChanged; PersonError ``frozen`` (see ``frozen_fields``) and
    ``number_taken`` where another account has the number.
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two tabs take turns
    person = Person.objects.select_for_update(of=("self",)).filter(user=user).first()
    identity = read_id_number(stated.id_number, day_of(now))
    if person is None:
        person = Person(user=user, created_at=now, revision=0)
    elif _is_settled(person, stated, identity, seen):
        return person
    return _keep(person, stated, identity, now, actor=user, act="save_profile", purpose="own_file")


@transaction.atomic
def add_ward(*, guardian: Person, kind: Relation.Kind, stated: Stated, now: datetime) -> Person:
    """Make the file of a child or a frail relative for whom ``guardian`` acts.

    Raises IdNumberRefused; PersonError ``himself``, ``not_a_minor`` (a guardian acts for people
    under 16, for others a near relative does), ``needs_a_guardian`` and ``known`` where he acts
    for that person already. Source: GW 9, ZJ 7.
    """
    Person.objects.select_for_update(of=("self",)).get(pk=guardian.pk)  # two tabs take turns
    identity = read_id_number(stated.id_number, day_of(now))
    _check_kind(guardian, kind, identity, now)
    if wards_of(guardian).filter(id_hash=id_hash(identity.number)).exists():
        raise PersonError("known", "id_number")
    ward = Person(created_at=now, revision=0)
    ward = _keep(ward, stated, identity, now, actor=guardian.user, act="add_ward")
    Relation.objects.create(guardian=guardian, ward=ward, kind=kind, declared_at=now)
    return ward


@transaction.atomic
def save_ward(
    *, guardian: Person, ward_id: int, stated: Stated, now: datetime, seen: int | None = None
) -> Person:
    """Correct the file of somebody for whom ``guardian`` acts; raises as ``save_profile``.

    Raises Person.DoesNotExist for anybody else.
    """
    rows = wards_of(guardian).select_for_update(of=("self",))
    ward = rows.get(pk=ward_id)
    identity = read_id_number(stated.id_number, day_of(now))
    if _is_settled(ward, stated, identity, seen):
        return ward
    relation = Relation.objects.get(guardian=guardian, ward=ward, ended_at=None)
    if ward.id_number != identity.number:
        _check_kind(guardian, Relation.Kind(relation.kind), identity, now)
    return _keep(ward, stated, identity, now, actor=guardian.user, act="save_ward")


def wards_of(guardian: Person) -> QuerySet[Person]:
    """Return the persons for whom somebody acts now, in the order in which he declared them."""
    return Person.objects.filter(guardians__guardian=guardian, guardians__ended_at=None).order_by(
        "pk"
    )


def is_under_age(birth_date: date, today: date) -> bool:
    """Say whether somebody is under 16. Unit: completed years. Source: GW 9, ZJ 7."""
    return years_between(birth_date, today) < GUARDED_UNTIL


def frozen_fields(person: Person) -> frozenset[str]:
    """Return which of name and number only an office corrects.

    Both once they stand in a case or on a permit; the number also once a residence is registered
    under it.
    """
    cases = PermitApplication.objects.filter(person=person).exclude(status=CaseStatus.DRAFT)
    if cases.exists() or Permit.objects.filter(person=person).exists():
        return frozenset({"name", "id_number"})
    if ResidenceRegistration.objects.filter(person=person).exists():
        return frozenset({"id_number"})
    return frozenset()


def _check_kind(guardian: Person, kind: Relation.Kind, identity: IdNumber, now: datetime) -> None:
    if id_hash(identity.number) == guardian.id_hash:
        raise PersonError("himself", "id_number")
    is_minor = is_under_age(identity.birth_date, day_of(now))
    if kind == Relation.Kind.GUARDIAN and not is_minor:
        raise PersonError("not_a_minor", "kind")
    if kind == Relation.Kind.NEAR_RELATIVE and is_minor:
        raise PersonError("needs_a_guardian", "kind")


def _is_settled(person: Person, stated: Stated, identity: IdNumber, seen: int | None) -> bool:
    """Say whether all of it stands there already, as after a second press on the button.

    Raises ProfileChanged where the page is out of date, PersonError where it may not be changed.
    """
    wanted = _columns(stated, identity)
    if all(getattr(person, name) == value for name, value in wanted.items()):
        return True
    if seen is not None and seen != person.revision:
        raise ProfileChanged(person)
    for name in sorted(frozen_fields(person)):
        if getattr(person, name) != wanted[name]:
            raise PersonError("frozen", name)
    return False


def _keep(
    person: Person,
    stated: Stated,
    identity: IdNumber,
    now: datetime,
    *,
    actor: User,
    act: str,
    purpose: str = "on_behalf",
) -> Person:
    before = person.id_hash
    for name, value in _columns(stated, identity).items():
        setattr(person, name, value)
    person.id_hash = id_hash(identity.number)
    person.birth_date = identity.birth_date
    person.sex = identity.sex
    person.updated_at = now
    person.revision += 1
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise PersonError("number_taken", "id_number") from error
    if before and before != person.id_hash:  # only drafts can stand under the mistyped number
        PermitApplication.objects.filter(person=person).update(id_hash=person.id_hash)
    record(
        actor_id=actor.pk,
        act=act,
        subject=f"person:{person.pk}",
        purpose=purpose,
        now=now,
        person_id=person.pk,
    )
    return person


def _columns(stated: Stated, identity: IdNumber) -> dict[str, str]:
    return {
        "name": tidy(stated.name),
        "id_number": identity.number,
        "hukou_place": stated.hukou_place,
        "hukou_address": tidy(stated.hukou_address),
        "ethnicity": tidy(stated.ethnicity),
        "phone": stated.phone,
    }
