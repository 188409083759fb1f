"""What is read: cases within somebody's reach, who stands close to whom, what offices have set."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, Q, QuerySet

from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.accounts.roles import Role as UserRole
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import deadlines
from residence_permit.core.deadlines import Calendar, Deadline
from residence_permit.core.permit_ledger import Entry, LedgerEvent
from residence_permit.core.workflow import Action, Past, Role
from residence_permit.models import (
    CalendarDay,
    CalendarYear,
    OfficeSetting,
    Permit,
    PermitApplication,
    Person,
    Relation,
    ResidenceRegistration,
    StaffRelative,
)
from residence_permit.residences import is_his

# What an office has not set and the law does not give has no value; these two have to work
# before anybody has set them. docs/policy/permit.md, 2: thirty days without an answer.
DEFAULTS = {
    OfficeSetting.Code.CORRECTION_DAYS: 30,
    OfficeSetting.Code.LEASE_MINUTES: 60,
    OfficeSetting.Code.DRAFT_DAYS: 90,
}


def cases_for(user: User) -> QuerySet[PermitApplication]:
    """Return the cases ``user`` may see as staff: of his offices, never his own, no drafts."""
    return _seen_by(user, jurisdiction.offices_within(user))


def case_for(user: User, reference: str) -> QuerySet[PermitApplication]:
    """Return the case of a reference, or nothing: what ``cases_for`` has, in one statement.

    A queue is read in the order of an index only if the offices are listed; one case is not.
    """
    offices = jurisdiction.stations_within(user).values("pk")
    return _seen_by(user, offices).filter(reference=reference)


def _seen_by(user: User, offices: Sequence[int] | QuerySet) -> QuerySet[PermitApplication]:
    cases = PermitApplication.objects.filter(station__in=offices)
    own = Q(applicant=user) | Q(person__user=user)
    return cases.exclude(status=CaseStatus.DRAFT).exclude(own)


def own_cases(user: User) -> QuerySet[PermitApplication]:
    """Return what ``user`` has applied for, for himself and for others, the newest first."""
    return PermitApplication.objects.filter(applicant=user).order_by("-pk")


def roles_in(case: PermitApplication, user: User | None) -> frozenset[Role]:
    """Return as what ``user`` may act in a case; nobody at all is the portal itself.

    In his own case an officer is the applicant and nothing else.
    """
    if user is None:
        return frozenset({Role.SYSTEM})
    if not user.is_active:
        return frozenset()
    if user.pk == case.applicant_id:
        return frozenset({Role.APPLICANT})
    if not user.is_staff or case.station_id is None:
        return frozenset()
    within = Exists(jurisdiction.stations_within(user).filter(pk=case.station_id))
    names = set(user.groups.filter(within).values_list("name", flat=True))
    known = {UserRole.OFFICER: Role.OFFICER, UserRole.SUPERVISOR: Role.SUPERVISOR}
    return frozenset(role for name, role in known.items() if name.value in names)


def history(case: PermitApplication) -> tuple[Past, ...]:
    """Return the earlier moves of a case, the oldest first."""
    rows = case.events.order_by("number").values_list("action", "actor_id", "at")
    return tuple(Past(Action(action), actor_id, at) for action, actor_id, at in rows)


def is_own(case: PermitApplication, user: User) -> bool:
    """Say whether a case is about ``user`` or was made by him."""
    return user.pk == case.applicant_id or user.pk == case.person.user_id


def is_household(case: PermitApplication, user: User) -> bool:
    """Say whether a case is about somebody of the household of ``user``.

    Linked as guardian, ward or near relative; declared as a relative; or registered at the same
    address (docs/policy/permit.md, 2).
    """
    profile = Person.objects.filter(user=user)
    me = profile.values("id_hash")
    linked = Q(guardian__id_hash__in=me, ward__id_hash=case.id_hash)
    linked |= Q(ward__id_hash__in=me, guardian__id_hash=case.id_hash)
    active = ResidenceRegistration.objects.filter(status=ResidenceRegistration.Status.ACTIVE)
    mine = active.filter(id_hash__in=me).values("address_key")
    ties = (
        StaffRelative.objects.filter(staff=user, id_hash=case.id_hash),
        profile.filter(id_hash=case.id_hash),
        Relation.objects.filter(linked, ended_at__isnull=True),
        active.filter(id_hash=case.id_hash, address_key__in=mine),
    )
    close = Exists(ties[0]) | Exists(ties[1]) | Exists(ties[2]) | Exists(ties[3])
    return User.objects.filter(close, pk=user.pk).exists()


def setting(code: OfficeSetting.Code, station: Station | None) -> int | None:
    """Return what the nearest office above a case has set; None where nobody has set anything."""
    offices = []
    while station is not None:
        offices.append(station.pk)
        station = station.parent
    rows = OfficeSetting.objects.filter(Q(station__in=offices) | Q(station=None), code=code)
    found = dict(rows.values_list("station_id", "value"))
    for office in (*offices, None):
        if office in found:
            return found[office]
    return DEFAULTS.get(code)


def calendar() -> Calendar:
    """Return the days off that are known."""
    rows = CalendarDay.objects.values_list("day", "kind", "name")
    years = dict(CalendarYear.objects.values_list("year", "has_swapped_days"))
    off = CalendarDay.Kind.OFF
    return deadlines.calendar_of(
        ((day, kind == off, name) for day, kind, name in rows),
        years,
        (year for year, is_complete in years.items() if not is_complete),
    )


# The limit of each kind for which no law gives one.
_DAYS_OF = {
    CaseKind.ENDORSE: OfficeSetting.Code.ENDORSE_DAYS,
    CaseKind.CHANGE: OfficeSetting.Code.CHANGE_DAYS,
    CaseKind.REPLACE: OfficeSetting.Code.REPLACE_DAYS,
    CaseKind.REISSUE: OfficeSetting.Code.REPLACE_DAYS,
    CaseKind.CANCEL: OfficeSetting.Code.CANCEL_DAYS,
}


def deadline(case: PermitApplication, *, past: Sequence[Past] | None = None) -> Deadline | None:
    """Return the clock that runs where the case stands; None where none does.

    ``past`` are its earlier moves, the oldest first; they are read if they are not given.

    Unit: 15 (extended 30) calendar days from acceptance for a first permit (GW 9, ZJ 18);
    calendar days for an answer to a correction and working days for everything else, both as the
    office has set them, since no text gives a limit.
    """
    match CaseStatus(case.status):
        case CaseStatus.CORRECTION_REQUESTED:
            days = setting(OfficeSetting.Code.CORRECTION_DAYS, case.station)
            asked = _day_of_last(case, Action.REQUEST_CORRECTION, past)
            return deadlines.calendar_days(asked, days)
        case CaseStatus.UNDER_RECONSIDERATION:
            days = setting(OfficeSetting.Code.RECONSIDERATION_DAYS, case.station)
            asked = _day_of_last(case, Action.REQUEST_REVIEW, past)
            return deadlines.working_days(asked, days, calendar()) if days else None
        case CaseStatus.ACCEPTED | CaseStatus.AWAITING_DECISION:
            if case.kind == CaseKind.ISSUE:
                extended = _has(case, Action.EXTEND, past)
                return deadlines.issue_deadline(case.accepted_on, extended=extended)
            days = setting(_DAYS_OF[CaseKind(case.kind)], case.station)
            return deadlines.working_days(case.accepted_on, days, calendar()) if days else None
    return None


def _has(case: PermitApplication, action: Action, past: Sequence[Past] | None) -> bool:
    if past is None:
        return case.events.filter(action=action).exists()
    return any(one.action == action for one in past)


def _day_of_last(case: PermitApplication, action: Action, past: Sequence[Past] | None) -> date:
    if past is None:
        past = history(case)
    return deadlines.day_of(max(one.at for one in past if one.action == action))


def ledger_of(permit: Permit) -> tuple[LedgerEvent, ...]:
    """Return the ledger of a permit, the oldest line first."""
    lines = permit.events.order_by("number").values_list("entry", "on")
    return tuple(LedgerEvent(Entry(entry), on) for entry, on in lines)


def registration_of(person: Person) -> ResidenceRegistration | None:
    """Return where the person is registered now; nothing that is somebody else's by its name."""
    active = ResidenceRegistration.objects.filter(
        id_hash=person.id_hash, status=ResidenceRegistration.Status.ACTIVE
    )
    row = active.select_related("person").first()
    return row if row is not None and is_his(row, person) else None
