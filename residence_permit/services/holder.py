"""What a permit is today, what its holder can do with it, and what is known about him.

Nothing here is stored: everything follows from the ledger, the registration and the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q

from eligibility.core.errors import FactsRefused
from jiaxing_hukou.accounts.models import User
from residence_permit import selectors, selectors_case, selectors_provisions
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import steps
from residence_permit.core.judging import Judged, judge_services
from residence_permit.core.permit_facts import HOLDER_FACTS, Stated, holder_facts
from residence_permit.core.permit_ledger import (
    Entry,
    LedgerEvent,
    LedgerImpossible,
    PermitStatus,
    Timeline,
    check_ledger,
    timeline,
)
from residence_permit.core.provisions import KINDS, PERMIT
from residence_permit.models import (
    Permit,
    PermitApplication,
    PermitEvent,
    Person,
    Relation,
    ResidenceRegistration,
)
from residence_permit.models.application import OPEN
from residence_permit.stays import letters_of, unit_of

_LINES = (
    PermitEvent.objects.select_related("application")
    .defer("application__statements", "application__assessment")
    .order_by("number")
)
CASES_READ = 50  # of one person; what counts are the open ones and the latest that was approved


@dataclass(frozen=True, kw_only=True)
class Held:
    """A permit as somebody may see it: his own, or that of a person for whom he acts."""

    permit: Permit
    person: Person
    for_self: bool
    lines: tuple[PermitEvent, ...]

    @cached_property
    def ledger(self) -> tuple[LedgerEvent, ...]:
        """Return the ledger, the oldest line first."""
        return tuple(LedgerEvent(Entry(line.entry), line.on) for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Endorsement:
    """Whether the ledger takes an endorsement on a day, and from which day on it will."""

    possible: bool
    opens: date | None = None
    closes: date | None = None


@dataclass(frozen=True, kw_only=True)
class Today:
    """A permit on a day, with what is under way for it."""

    held: Held
    day: date
    timeline: Timeline
    counted_by: PermitEvent | None  # the line from which years of residence count
    endorsement: Endorsement
    cases: Mapping[CaseKind, PermitApplication]  # drafts and open cases, by what they ask for
    registration: ResidenceRegistration | None
    moved: str  # "", "inside" the county or 市区, "elsewhere"
    statements: Mapping[str, Any]  # of the latest application that was carried out
    stated_on: date | None


def held_permits(user: User) -> list[Held]:
    """Return the permits somebody may see: his own first, what is in force before what is over.

    A number alone opens nothing: one's own permit is also under one's own name, and that of a
    ward is the one that was issued to the ward as this guardian made him known.
    """
    persons = selectors_case.persons_of(user)
    if not persons:
        return []
    me, wards = persons[0], {person.pk: person for person in persons[1:]}
    rows = (
        Permit.objects.filter(Q(id_hash=me.id_hash) | Q(person__in=list(wards)))
        .select_related("person", "station")
        .prefetch_related(Prefetch("events", _LINES))
    )
    found = []
    for row in rows:
        person = wards.get(row.person_id) or (me if _is_mine(row, me) else None)
        if person is not None:
            found.append(
                Held(
                    permit=row,
                    person=person,
                    for_self=person.pk == me.pk,
                    lines=tuple(row.events.all()),
                )
            )
    found.sort(
        key=lambda held: (not held.for_self, held.permit.closed_on is not None, -held.permit.pk)
    )
    return found


def find_held(held: Iterable[Held], permit_id: int) -> Held | None:
    """Return the permit of a number, if it is among those that somebody may see."""
    return next((one for one in held if one.permit.pk == permit_id), None)


def _is_mine(permit: Permit, me: Person) -> bool:
    same_name = letters_of(permit.person.name) == letters_of(me.name)
    return permit.person_id == me.pk or (permit.id_hash == me.id_hash and same_name)


def today_of(*, held: Held, user: User, day: date) -> Today:
    """Return what a permit is on a day, and what is under way for it."""
    line = timeline(held.ledger, day)
    registration = selectors.registration_of(held.person)
    cases = list(
        selectors.own_cases(user)
        .filter(person=held.person)
        .only("reference", "kind", "status", "statements", "submitted_at", "accepted_on")[
            :CASES_READ
        ]
    )
    carried_out = next((case for case in cases if _states_ground(case)), None)
    return Today(
        held=held,
        day=day,
        timeline=line,
        counted_by=_counted_by(held.lines, line.counted_from),
        endorsement=endorsement(held.ledger, line, day),
        cases={
            CaseKind(case.kind): case
            for case in reversed(cases)
            if case.status in (*OPEN, CaseStatus.DRAFT)
        },
        registration=registration,
        moved=_moved(held.permit, registration),
        statements=carried_out.statements if carried_out else {},
        stated_on=carried_out.accepted_on if carried_out else None,
    )


def _states_ground(case: PermitApplication) -> bool:
    return case.status == CaseStatus.ISSUED and bool(steps.ground_facts(case.statements))


def _counted_by(lines: Sequence[PermitEvent], counted_from: date | None) -> PermitEvent | None:
    starts = [
        line
        for line in lines
        if line.on == counted_from and line.entry in (Entry.ISSUE, Entry.ENDORSE)
    ]
    return starts[-1] if starts else None


def endorsement(ledger: Sequence[LedgerEvent], line: Timeline, day: date) -> Endorsement:
    """Return whether the ledger takes an endorsement on ``day``, else when it will.

    Source: GW 10, ZJ 19; docs/policy/permit.md, 3.
    """
    window = line.endorse_in
    days = {"opens": window.opens, "closes": window.closes} if window else {}
    try:
        check_ledger((*ledger, LedgerEvent(Entry.ENDORSE, day)))
    except LedgerImpossible:
        return Endorsement(possible=False, **days)
    return Endorsement(possible=line.status is not PermitStatus.NONE, **days)


def _moved(permit: Permit, registration: ResidenceRegistration | None) -> str:
    if registration is None:
        return ""
    if unit_of(registration.township_code) != unit_of(permit.county_code):
        return "elsewhere"
    here = (registration.township_code, registration.address)
    return "" if here == (permit.township_code, permit.address) else "inside"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known about a holder, and where each fact comes from.

    A source is ``ledger``, ``registration``, ``application``, ``household`` or ``answer``.
    """

    stated: Stated
    sources: Mapping[str, str]


def known_facts(today: Today, answers: Mapping[str, Any] | None = None) -> Known:
    """Return the facts of a holder; what nobody has said stays unknown.

    ``answers`` are what he has just answered himself; they are not kept.
    """
    found: dict[str, tuple[Any, str]] = {
        "permit_usable": (today.timeline.usable, "ledger"),
        "residence_years": (today.timeline.years_of_residence, "ledger"),
    }
    ground = steps.ground_facts(today.statements)
    found |= {
        name: (value, "application") for name, value in ground.items() if name in HOLDER_FACTS
    }
    registration = today.registration
    if registration is not None and registration.housing:
        found["housing"] = (registration.housing, "registration")
    if _has_child_here(today):
        found["has_accompanying_child"] = (True, "household")
    for name, value in (answers or {}).items():
        if value is not None and name not in ("permit_usable", "residence_years"):
            found[name] = (value, "answer")
    given = {name: value for name, (value, _source) in found.items() if value is not None}
    try:
        stated = holder_facts(today.day, given)
    except FactsRefused as refused:  # a value that the dictionary does not know is not known
        wrong = {error.field for error in refused.errors}
        given = {name: value for name, value in given.items() if name not in wrong}
        stated = holder_facts(today.day, given)
    return Known(stated=stated, sources={name: found[name][1] for name in given})


def _has_child_here(today: Today) -> bool:
    """Say whether a child of his is registered at his address; that none is says nothing."""
    if today.registration is None or not today.held.for_self:
        return False
    return ResidenceRegistration.objects.filter(
        status=ResidenceRegistration.Status.ACTIVE,
        address_key=today.registration.address_key,
        person__guardians__guardian=today.held.person,
        person__guardians__kind=Relation.Kind.GUARDIAN,
        person__guardians__ended_at=None,
    ).exists()


def entitlements(*, today: Today, known: Known) -> tuple[Judged, ...]:
    """Judge the rights, services and conveniences of a holder by the records in force."""
    kinds = tuple(kind for kind in KINDS if kind != PERMIT)
    held = selectors_provisions.provisions(kinds)
    return judge_services(held, known.stated, today.held.permit.county_code)
