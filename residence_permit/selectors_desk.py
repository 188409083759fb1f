"""What the desk reads about one case: itself, what a machine noticed, who could take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, prefetch_related_objects

from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role as UserRole
from residence_permit import selectors
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Action
from residence_permit.models import (
    CaseEvent,
    Evidence,
    Permit,
    PermitApplication,
    ResidenceRegistration,
)

LISTED = 20  # other cases that a hint names
COUNTED = 1000  # rows that a hint looks at

# Who reports a resident, beside the person and those who act for him (ZJ 8-11).
REPORTERS = (
    ResidenceRegistration.Source.EMPLOYER,
    ResidenceRegistration.Source.LANDLORD,
    ResidenceRegistration.Source.PROPERTY_MANAGER,
    ResidenceRegistration.Source.AGENT,
)


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something that a machine noticed: worth a look, never a reason to refuse by itself.

    ``references`` are other cases within the officer's reach; ``elsewhere`` counts those beyond.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    elsewhere: int = 0


def case_at_desk(user: User, reference: str) -> PermitApplication | None:
    """Return a case within the reach of ``user`` with what its page names; else None."""
    rows = selectors.case_for(user, reference).select_related(
        "person",
        "applicant",
        "station__parent__parent",
        "holder",
        "registration",
        "permit",
        "recommended_by",
        "decided_by",
    )
    return rows.first()


def events_of(case: PermitApplication) -> list[CaseEvent]:
    """Return the events of a case, the oldest first, with who acted and what was asked for."""
    events = list(case.events.select_related("actor").order_by("number"))
    asked = [event for event in events if event.action == Action.REQUEST_CORRECTION]
    if asked:
        prefetch_related_objects(asked, "items")
    return events


def officers_for(case: PermitApplication) -> list[User]:
    """Return the officers to whom a case can be given: of its station and the offices above."""
    offices, station = [], case.station
    while station is not None:
        offices.append(station.pk)
        station = station.parent
    rows = User.objects.filter(
        station__in=offices, is_active=True, is_staff=True, groups__name=UserRole.OFFICER.value
    )
    return list(rows.exclude(pk=case.holder_id).order_by("username"))


def officers_within(user: User) -> list[User]:
    """Return the officers of the offices of ``user`` and of those under them."""
    rows = User.objects.filter(
        station__in=jurisdiction.offices_within(user),
        is_active=True,
        is_staff=True,
        groups__name=UserRole.OFFICER.value,
    )
    return list(rows.select_related("station").order_by("username"))


def hints(case: PermitApplication, user: User, files: Sequence[Evidence]) -> tuple[Hint, ...]:
    """Return what other files say about this one.

    The number of people at one address has no limit in any text, so only the number is told.
    """
    found = (
        _same_person(case, user),
        _holds_permit(case),
        _same_document(case, user, files),
        _same_address(case),
        *_reports(case),
    )
    return tuple(hint for hint in found if hint is not None)


def _same_person(case: PermitApplication, user: User) -> Hint | None:
    others = PermitApplication.objects.filter(id_hash=case.id_hash).exclude(pk=case.pk)
    others = others.exclude(status=CaseStatus.DRAFT).order_by("-pk")
    return _elsewhere("same_person", others, "", user)


def _holds_permit(case: PermitApplication) -> Hint | None:
    """Tell the office what an applicant is not told: the number has a permit already."""
    if case.kind != CaseKind.ISSUE or case.permit_id is not None:
        return None
    held = Permit.objects.filter(id_hash=case.id_hash, closed_on=None).exists()
    return Hint(code="holds_permit") if held else None


def _same_document(case: PermitApplication, user: User, files: Sequence[Evidence]) -> Hint | None:
    """Notice a file that somebody else handed in as well, byte for byte."""
    wanted = [row.sha256 for row in files]
    if not wanted:
        return None
    others = Evidence.objects.filter(sha256__in=wanted, removed_at=None)
    others = others.exclude(application__id_hash=case.id_hash)
    others = others.exclude(application__status=CaseStatus.DRAFT).order_by("-application_id")
    return _elsewhere("same_document", others, "application__", user)


def _elsewhere(code: str, rows: QuerySet, path: str, user: User) -> Hint | None:
    """Return a hint at other cases: those within reach by name, those beyond by their number."""
    offices = jurisdiction.stations_within(user).values("pk")
    within = ExpressionWrapper(Q(**{f"{path}station__in": offices}), BooleanField())
    found = set(rows.annotate(within=within).values_list(f"{path}reference", "within")[:COUNTED])
    here = sorted(reference for reference, is_within in found if is_within)
    beyond = len(found) - len(here)
    if not found:
        return None
    return Hint(code=code, references=tuple(here[:LISTED]), elsewhere=beyond)


def _same_address(case: PermitApplication) -> Hint | None:
    if case.registration is None:
        return None
    active = ResidenceRegistration.Status.ACTIVE
    living = ResidenceRegistration.objects.filter(
        address_key=case.registration.address_key, status=active
    )
    others = living.exclude(id_hash=case.id_hash).values("id_hash").distinct().count()
    return Hint(code="same_address", params={"count": others}) if others else None


def _reports(case: PermitApplication) -> list[Hint]:
    """Say what employers, landlords and agents have reported about the person."""
    rows = ResidenceRegistration.objects.filter(id_hash=case.id_hash, source__in=REPORTERS)
    found = []
    for row in rows.order_by("-pk")[:LISTED]:
        key = case.registration and case.registration.address_key
        params = {"source": row.source, "on": row.registered_on}
        if row.status == ResidenceRegistration.Status.DENIED:
            found.append(Hint(code="report_denied", params=params))
        elif row.address_key == key:
            found.append(Hint(code="report_agrees", params=params))
        else:
            found.append(Hint(code="report_elsewhere", params=params))
    return found
