"""Whether the conditions are met, what is to be proved, and what an application still lacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from eligibility.core.errors import FactsRefused
from eligibility.core.rule import Citation
from residence_permit import selectors, selectors_case, selectors_provisions
from residence_permit.choices import CaseKind
from residence_permit.core import steps
from residence_permit.core.deadlines import change_deadline, day_of
from residence_permit.core.judging import PERMIT_CODE, Judged, judge
from residence_permit.core.permit_facts import Stated, permit_facts
from residence_permit.core.provisions import Provision, ProvisionPaper
from residence_permit.core.workflow import Kind, MoveForbidden
from residence_permit.models import Evidence, PermitApplication, ResidenceRegistration
from residence_permit.services import ledger
from residence_permit.stays import unit_of

# The ground has to hold for the first permit (ZJ 16) and for each endorsement (ZJ 19).
JUDGED = (CaseKind.ISSUE, CaseKind.ENDORSE)


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Something that is to be proved: how it is called, by which article, and its files."""

    code: str
    required: bool
    paper: ProvisionPaper | None  # None where no record of the law names it
    citation: Citation | None
    files: tuple[Evidence, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that stands against submitting; ``kind`` is step, evidence or other."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """How an application stands on a day."""

    judged: Judged | None  # None where no condition is judged, or none is held
    obstacle: MoveForbidden | None  # why the permit's ledger could not take it today
    needed: tuple[Needed, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]  # what the office will look at; nothing of it forbids to apply
    registration: ResidenceRegistration | None
    applied_by: str | None

    @property
    def ready(self) -> bool:
        """Whether it can be submitted now; unmet conditions never forbid to apply."""
        return not self.problems and self.obstacle is None

    def record(self) -> dict[str, Any] | None:
        """Return how the conditions were judged, as the case keeps it."""
        if self.judged is None:
            return None
        judged = self.judged
        return {
            "provision": judged.provision.label,
            "hash": judged.provision.content_hash,
            "verdict": judged.verdict.name.lower(),
            "earliest_date": judged.earliest_date and judged.earliest_date.isoformat(),
            "reasons": [
                {"id": reason.leaf.id, "verdict": reason.verdict.name.lower()}
                for reason in judged.reasons
            ],
            "unknown_facts": list(judged.unknown_facts),
        }


def assess(*, case: PermitApplication, now: datetime) -> Assessed:
    """Judge an application by the conditions in force today, and say what it lacks."""
    today = day_of(now)
    registration = selectors.registration_of(case.person)
    by = selectors_case.applied_by(case)
    provision = _provision(today)
    stated = _stated(case, registration, by, now)
    files = selectors_case.files_of(case)
    needed = _needed(case, provision, stated, files)
    obstacle = _obstacle(case, now)
    return Assessed(
        judged=judge(provision, stated) if provision and case.kind in JUDGED else None,
        obstacle=obstacle,
        needed=needed,
        problems=_problems(case, registration, by, needed, now),
        warnings=_warnings(case, registration, today),
        registration=registration,
        applied_by=by,
    )


def needed_of(case: PermitApplication, now: datetime) -> tuple[Needed, ...]:
    """Return what is to be proved in a case, with its files."""
    provision = _provision(day_of(now))
    by = selectors_case.applied_by(case)
    stated = _stated(case, selectors.registration_of(case.person), by, now)
    return _needed(case, provision, stated, selectors_case.files_of(case))


def papers(now: datetime) -> Mapping[str, ProvisionPaper]:
    """Return the papers that the conditions of the day name, by their codes."""
    provision = _provision(day_of(now))
    return provision.papers if provision else {}


def _provision(day: date) -> Provision | None:
    held = selectors_provisions.permit_provisions(day)
    return next((provision for provision in held if provision.code == PERMIT_CODE), None)


def _stated(
    case: PermitApplication,
    registration: ResidenceRegistration | None,
    by: str | None,
    now: datetime,
) -> Stated:
    """Return what is known of the person; a value that the dictionary refuses is not known."""
    given: dict[str, Any] = {
        "hukou_place": case.person.hukou_place,
        "has_residence_registration": registration is not None,
        "applied_by": by,
        **steps.ground_facts(case.statements),
    }
    if registration is not None:
        given["residence_county"] = registration.township_code[:6]
        given["registered_on"] = registration.registered_on
    today = day_of(now)
    try:
        return permit_facts(today, given)
    except FactsRefused as refused:
        wrong = {error.field for error in refused.errors}
        return permit_facts(today, {name: given[name] for name in given if name not in wrong})


def _needed(
    case: PermitApplication,
    provision: Provision | None,
    stated: Stated,
    files: dict[str, list[Evidence]],
) -> tuple[Needed, ...]:
    has_ground = bool(steps.ground_facts(case.statements))
    wanted = steps.requirements(Kind(case.kind), provision, stated.values, has_ground=has_ground)
    # A file for what is no longer asked for stays in sight: it can be taken away.
    extra = [code for code in files if code not in {one.code for one in wanted}]
    listed = (*wanted, *(steps.Requirement(code, required=False) for code in extra))
    return tuple(
        Needed(
            code=one.code,
            required=one.required,
            paper=(paper := provision.papers.get(one.code) if provision else None),
            citation=provision.citations[paper.clause] if provision and paper else None,
            files=tuple(files.get(one.code, ())),
        )
        for one in listed
    )


def _obstacle(case: PermitApplication, now: datetime) -> MoveForbidden | None:
    """Return why the case cannot be handed in, as far as its applicant may know it.

    Anybody may type a stranger's ID number for a ward; whether that number has a permit is told
    to the office alone, which cannot approve a second one.
    """
    if case.kind == CaseKind.ISSUE and selectors_case.open_permits([case.person]).exists():
        return MoveForbidden("has_permit", "the person holds a permit already")
    try:
        ledger.check_line(case, now)
    except MoveForbidden as error:
        return error
    return None


def _warnings(
    case: PermitApplication, registration: ResidenceRegistration | None, today: date
) -> tuple[str, ...]:
    """Return what speaks against a change: another county, or more than ten days (ZJ 19)."""
    if case.kind != CaseKind.CHANGE or case.permit is None:
        return ()
    found = []
    if registration and unit_of(registration.township_code) != unit_of(case.permit.county_code):
        found.append("moved_elsewhere")
    changed_on = (case.statements.get(steps.CHANGE.name) or {}).get("changed_on")
    if changed_on and change_deadline(date.fromisoformat(changed_on)).due_on < today:
        found.append("change_late")
    return tuple(found)


def _problems(
    case: PermitApplication,
    registration: ResidenceRegistration | None,
    by: str | None,
    needed: tuple[Needed, ...],
    now: datetime,
) -> tuple[Problem, ...]:
    found = []
    if by is None:
        found.append(Problem(kind="other", name="relation_ended"))
    if registration is None:
        found.append(Problem(kind="other", name="no_registration"))
    elif registration.station_id is None:
        found.append(Problem(kind="other", name="no_station"))
    today = day_of(now)
    for step in steps.STEPS[Kind(case.kind)]:
        if not steps.is_complete(step, case.statements, today):
            found.append(Problem(kind="step", name=step.name))
    found += [
        Problem(kind="evidence", name=one.code) for one in needed if one.required and not one.files
    ]
    return tuple(found)
