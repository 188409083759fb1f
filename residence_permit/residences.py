"""Whose residence somebody may look at and declare: his own, and that of his wards.

A number alone opens nothing. What others reported or registered under somebody's ID number is his
only if the name is his too, and what a child's other guardian registered stays with that one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from jiaxing_hukou.accounts.models import User
from residence_permit.models import Person, RegistrationEvent, Relation, ResidenceRegistration
from residence_permit.stays import letters_of, name_hash

Status = ResidenceRegistration.Status
NAME_HASH = "name_hash"  # in what the event of a report keeps


@dataclass(frozen=True)
class Member:
    """A person, whether he is somebody's ward, and his registrations, the newest first."""

    person: Person
    kind: Relation.Kind | None  # None: the account's own person
    registrations: tuple[ResidenceRegistration, ...]
    unnamed: int = 0  # reports under his number, but under another name

    def _in(self, status: Status) -> list[ResidenceRegistration]:
        return [row for row in self.registrations if row.status == status]

    @property
    def active(self) -> ResidenceRegistration | None:
        """Return where he is registered now."""
        return next(iter(self._in(Status.ACTIVE)), None)

    @property
    def reported(self) -> Sequence[ResidenceRegistration]:
        """Return what others reported and he has to answer."""
        return self._in(Status.REPORTED)

    @property
    def past(self) -> Sequence[ResidenceRegistration]:
        """Return what is over."""
        return [row for row in self.registrations if row.status in (Status.ENDED, Status.DENIED)]


def person_of(user: User) -> Person | None:
    """Return who the account belongs to, once that has been stated."""
    return Person.objects.filter(user=user).first()


def household(user: User) -> list[Member]:
    """Return the person and his wards with their registrations and events; nothing without him."""
    me = person_of(user)
    if me is None:
        return []
    acts_for = Relation.objects.filter(guardian=me, ended_at=None).select_related("ward")
    relations = list(acts_for.order_by("pk"))
    wards = {relation.ward_id for relation in relations}
    rows = list(
        ResidenceRegistration.objects.filter(Q(id_hash=me.id_hash) | Q(person__in=wards))
        .select_related("person", "station")
        .prefetch_related(Prefetch("events", RegistrationEvent.objects.order_by("pk")))
    )
    mine = [row for row in rows if row.person_id not in wards and row.id_hash == me.id_hash]
    own = tuple(row for row in mine if is_his(row, me))
    unnamed = sum(row.status == Status.REPORTED for row in mine) - sum(
        row.status == Status.REPORTED for row in own
    )
    return [
        Member(me, None, own, unnamed),
        *(
            Member(
                relation.ward,
                Relation.Kind(relation.kind),
                tuple(row for row in rows if row.person_id == relation.ward_id),
            )
            for relation in relations
        ),
    ]


def find_registration(
    members: Iterable[Member], reference: str
) -> tuple[Member, ResidenceRegistration] | None:
    """Return a registration that is theirs, and whose; None for anybody else's."""
    for member in members:
        for row in member.registrations:
            if row.reference == reference:
                return member, row
    return None


def is_his(row: ResidenceRegistration, person: Person) -> bool:
    """Say whether what is kept under somebody's number is his: it has to be under his name, too.

    What others registered under a ward's number is never shown to who acts for the ward.
    """
    if row.person_id == person.pk and row.status != Status.REPORTED:
        return True
    if person.user_id is None:
        return False
    if row.person is not None and row.person_id != person.pk:  # his guardian registered him
        return letters_of(row.person.name) == letters_of(person.name)
    told = [e.after.get(NAME_HASH) for e in row.events.all() if NAME_HASH in e.after]
    return not told or name_hash(person.name) in told
