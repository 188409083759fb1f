"""What belongs to one case: its files, what is to be corrected, who stands behind it."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from jiaxing_hukou.accounts.models import User
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Action
from residence_permit.models import (
    CaseEvent,
    CorrectionItem,
    Evidence,
    Permit,
    PermitApplication,
    Person,
    Relation,
)
from residence_permit.models.application import OPEN

SHOWN = (Evidence.State.READY, Evidence.State.HELD)


def persons_of(user: User) -> list[Person]:
    """Return the person himself, then those for whom he acts now; nobody without a profile."""
    own = Q(user=user)
    wards = Q(guardians__guardian__user=user, guardians__ended_at=None)
    found = list(Person.objects.filter(own | wards).distinct().order_by("pk"))
    me = [person for person in found if person.user_id == user.pk]
    return me + [person for person in found if person.user_id != user.pk] if me else []


def applied_by(case: PermitApplication) -> str | None:
    """Return as what the applicant acts (a value of the fact); None where he no longer may."""
    if case.person.user_id == case.applicant_id:
        return "self"
    relations = Relation.objects.filter(
        guardian__user=case.applicant_id, ward=case.person_id, ended_at=None
    )
    return relations.values_list("kind", flat=True).first()


def open_permits(persons: Sequence[Person]) -> QuerySet[Permit]:
    """Return the permits of some persons that are not cancelled.

    A number alone opens nothing, since anybody may type one: a permit is found through the file
    that it was issued to, or through a profile of the same number and the same name.
    """
    theirs = Q(person__in=persons)
    for person in persons:
        if person.user_id is not None:
            theirs |= Q(id_hash=person.id_hash, person__name=person.name)
    return Permit.objects.filter(theirs, closed_on=None)


def open_cases(person: Person, kind: CaseKind) -> QuerySet[PermitApplication]:
    """Return what is submitted and not yet decided for a person, of one kind."""
    return PermitApplication.objects.filter(id_hash=person.id_hash, kind=kind, status__in=OPEN)


def files_of(case: PermitApplication) -> dict[str, list[Evidence]]:
    """Return the files of a case by what they prove; removed and infected ones left out."""
    found: dict[str, list[Evidence]] = {}
    for row in case.evidence.filter(state__in=SHOWN).order_by("pk"):
        found.setdefault(row.requirement, []).append(row)
    return found


def items_to_correct(case: PermitApplication) -> list[CorrectionItem]:
    """Return what was asked for last and may be answered now; nothing in any other state."""
    if case.status != CaseStatus.CORRECTION_REQUESTED:
        return []
    asked = case.events.filter(action=Action.REQUEST_CORRECTION).order_by("-number")
    last = asked.values("pk")[:1]
    return list(
        CorrectionItem.objects.filter(event__in=last).select_related("event").order_by("pk")
    )


def last_event(case: PermitApplication, action: Action) -> CaseEvent | None:
    """Return the latest event of an action."""
    return case.events.filter(action=action).order_by("-number").first()
