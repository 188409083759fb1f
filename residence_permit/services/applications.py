"""The applicant's side of a case: drafted step by step, submitted once, corrected, followed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from eligibility.core.errors import FieldError
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit import selectors, selectors_case
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import steps
from residence_permit.core.deadlines import day_of
from residence_permit.core.steps import Step
from residence_permit.core.workflow import Action, Kind
from residence_permit.models import CorrectionItem, Evidence, Permit, PermitApplication, Person
from residence_permit.references import new_reference
from residence_permit.services import drafts, evidence
from residence_permit.services.assessment import Problem, assess
from residence_permit.services.people import is_under_age
from residence_permit.services.transition import move

# What may be begun anew from what was written then.
OVER = (CaseStatus.WITHDRAWN, CaseStatus.CLOSED, CaseStatus.REFUSED)


class ApplicationError(Exception):
    """Something that cannot be done with an application; ``code`` is for whoever words it."""

    def __init__(self, code: str, **params: Any):
        super().__init__(code)
        self.code, self.params = code, params


class NotReady(ApplicationError):
    """The application lacks something; ``problems`` are all that it lacks."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("not_ready")
        self.problems = tuple(problems)


class StepRefused(ApplicationError):
    """Answers that cannot be kept; ``errors`` name the questions."""

    def __init__(self, errors: Sequence[FieldError]):
        super().__init__("refused")
        self.errors = tuple(errors)


class StepChanged(ApplicationError):
    """Another tab saved the step after this page was opened; both versions, and the new stamp."""

    def __init__(self, mine: Mapping[str, Any], theirs: Mapping[str, Any], seen: str):
        super().__init__("changed")
        self.mine, self.theirs, self.seen = dict(mine), dict(theirs), seen


def stamp(case: PermitApplication, step: str) -> str:
    """Return what a page has to name to save a step: it changes with the answers that are kept.

    It is a step's own, so that two tabs on two steps do not stand in each other's way.
    """
    kept = json.dumps(case.statements.get(step) or {}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{case.reference}:{step}:{kept}".encode()).hexdigest()[:16]


@transaction.atomic
def start_draft(*, actor: User, kind: CaseKind, person: Person, now: datetime) -> PermitApplication:
    """Return the draft of this kind for a person, a new one if there is none.

    Raises ApplicationError: ``no_profile``, ``not_for_him``, ``needs_guardian`` (under 16: GW 9),
    ``no_registration``, ``no_permit``, ``has_permit``, ``other_case_open`` (its ``reference``).
    """
    persons = selectors_case.persons_of(actor)
    if not persons:
        raise ApplicationError("no_profile")
    if person.pk not in {known.pk for known in persons}:
        raise ApplicationError("not_for_him")
    drafts = PermitApplication.objects.filter(
        applicant=actor, person=person, kind=kind, status=CaseStatus.DRAFT
    )
    found = drafts.first()
    if found is not None:
        return found
    if person.user_id == actor.pk and is_under_age(person.birth_date, day_of(now)):
        raise ApplicationError("needs_guardian")
    registration = selectors.registration_of(person)
    if registration is None:
        raise ApplicationError("no_registration")
    permit = selectors_case.open_permits([person]).first()
    _check_kind(actor, kind, person, permit)
    draft = PermitApplication(
        reference=new_reference(),
        kind=kind,
        applicant=actor,
        person=person,
        id_hash=person.id_hash,
        registration=registration,
        permit=permit,
        station=registration.station,
        township_code=registration.township_code,
        status_since=now,
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:  # the same press, in another tab
        return drafts.get()
    _audit(draft, actor, "start_draft", now)
    return draft


def _check_kind(actor: User, kind: CaseKind, person: Person, permit: Permit | None) -> None:
    if kind == CaseKind.ISSUE and permit is not None:
        raise ApplicationError("has_permit")
    if kind != CaseKind.ISSUE and permit is None:
        raise ApplicationError("no_permit")
    other = selectors_case.open_cases(person, kind).first()
    if other is not None:
        own = other.reference if other.applicant_id == actor.pk else ""
        raise ApplicationError("other_case_open", reference=own)


@transaction.atomic
def save_step(
    *,
    application_id: int,
    step: str,
    answers: Mapping[str, Any],
    seen: str,
    actor: User,
    now: datetime,
) -> PermitApplication:
    """Keep the answers to one step; ``seen`` is the stamp that the page carried.

    Raises StepRefused, StepChanged, and ApplicationError ``locked`` for what is neither a draft
    nor asked to be corrected.
    """
    case = _own(application_id, actor)
    if _write_step(case, _unlocked_step(case, step), answers, seen, now):
        _audit(case, actor, "save_step", now, step=step)
    return case


def _own(application_id: int, actor: User) -> PermitApplication:
    """Return and lock an own case; another person's does not exist."""
    rows = PermitApplication.objects.select_for_update(of=("self",))
    return rows.select_related("person", "station").get(pk=application_id, applicant=actor)


def _unlocked_step(case: PermitApplication, name: str) -> Step:
    step = steps.step_of(Kind(case.kind), name)
    if step is None:
        raise ApplicationError("locked")
    if case.status != CaseStatus.DRAFT:
        asked = {item.target for item in selectors_case.items_to_correct(case)}
        if f"{steps.STEP_TARGET}{name}" not in asked:
            raise ApplicationError("locked")
    return step


def _write_step(
    case: PermitApplication, step: Step, answers: Mapping[str, Any], seen: str, now: datetime
) -> bool:
    """Keep the answers; return whether that changed anything."""
    given = {name: value for name, value in answers.items() if value not in (None, "")}
    errors = steps.refusals(step, given, day_of(now))
    if errors:
        raise StepRefused(errors)
    kept = case.statements.get(step.name) or {}
    if kept == given:
        return False
    if seen != stamp(case, step.name):
        raise StepChanged(given, kept, stamp(case, step.name))
    case.statements = {**case.statements, step.name: given}
    case.revision += 1
    case.updated_at = now
    case.save(update_fields=["statements", "revision", "updated_at"])
    return True


@transaction.atomic
def submit_application(*, application_id: int, actor: User, now: datetime) -> PermitApplication:
    """Hand a draft in; what was handed in before comes back as it is.

    Unmet conditions do not stand against it: a person decides. Raises NotReady; MoveForbidden
    where the permit's ledger could never take it on this day, or another case is open.
    """
    case = _own(application_id, actor)
    if case.status != CaseStatus.DRAFT:
        return case
    assessed = assess(case=case, now=now)
    if assessed.problems:
        raise NotReady(assessed.problems)
    if assessed.obstacle is not None:
        raise assessed.obstacle
    case.registration = assessed.registration
    case.station = assessed.registration.station
    case.township_code = assessed.registration.township_code
    case.id_hash = case.person.id_hash
    case.assessment = assessed.record()
    case.updated_at = now
    case.save()
    return move(Action.SUBMIT, application_id=case.pk, actor=actor, now=now)


@transaction.atomic
def delete_draft(*, application_id: int, actor: User, now: datetime) -> None:
    """Delete a draft and its files; what was handed in stays."""
    case = _own(application_id, actor)
    if case.status != CaseStatus.DRAFT:
        raise ApplicationError("locked")
    drafts.drop(case, actor_id=actor.pk, now=now)


@transaction.atomic
def copy_closed(*, application_id: int, actor: User, now: datetime) -> PermitApplication:
    """Begin anew from what was written in a case that is over, its files included.

    Where there is a draft already, that one is returned as it is.
    """
    old = _own(application_id, actor)
    if old.status not in OVER:
        raise ApplicationError("not_over")
    draft = start_draft(actor=actor, kind=CaseKind(old.kind), person=old.person, now=now)
    if draft.statements or draft.evidence.exists():
        return draft
    # Whoever applies agrees anew that his data are right.
    draft.statements = {
        step.name: old.statements[step.name]
        for step in steps.STEPS[Kind(old.kind)]
        if step.name in old.statements and step is not steps.WHO
    }
    draft.save(update_fields=["statements"])
    evidence.copy_files(source=old, target=draft, actor=actor, now=now)
    return draft


@transaction.atomic
def answer_item(
    *,
    item_id: int,
    actor: User,
    now: datetime,
    text: str = "",
    answers: Mapping[str, Any] | None = None,
    seen: str = "",
) -> CorrectionItem:
    """Answer one thing that was asked for; until it is all sent back the answer can be changed.

    A step is answered by its answers, a proof by a new file or by words, anything else by words.
    Raises StepRefused, StepChanged; ApplicationError ``locked``, ``nothing_new``, ``too_long``.
    """
    found = CorrectionItem.objects.get(pk=item_id, application__applicant=actor)
    case = _own(found.application_id, actor)
    item = next((i for i in selectors_case.items_to_correct(case) if i.pk == item_id), None)
    if item is None:
        raise ApplicationError("locked")
    text = text.strip()
    if len(text) > steps.TEXT_LIMIT:
        raise ApplicationError("too_long", limit=steps.TEXT_LIMIT)
    step = steps.step_of(Kind(case.kind), item.target.removeprefix(steps.STEP_TARGET))
    if step is not None:
        _write_step(case, step, answers or {}, seen, now)
    elif not text and not _has_new_file(case, item):
        raise ApplicationError("nothing_new")
    item.answer, item.answered_at = text, now
    item.save(update_fields=["answer", "answered_at"])
    _audit(case, actor, "answer_item", now, item=item.pk)
    return item


def _has_new_file(case: PermitApplication, item: CorrectionItem) -> bool:
    if not item.target.startswith(steps.EVIDENCE_TARGET):
        return False
    return case.evidence.filter(
        requirement=item.target.removeprefix(steps.EVIDENCE_TARGET),
        uploaded_at__gte=item.event.at,
        state__in=(Evidence.State.READY, Evidence.State.HELD),
    ).exists()


@transaction.atomic
def resubmit(*, application_id: int, actor: User, now: datetime) -> PermitApplication:
    """Send a corrected case back; raises MoveIncomplete while an item has no answer."""
    case = _own(application_id, actor)
    if _was_done(case, actor, Action.RESUBMIT, CaseStatus.UNDER_REVIEW):
        return case
    return move(Action.RESUBMIT, application_id=case.pk, actor=actor, now=now)


@transaction.atomic
def withdraw(
    *, application_id: int, actor: User, now: datetime, reason: str = ""
) -> PermitApplication:
    """Take an application back, as long as it has not been accepted."""
    case = _own(application_id, actor)
    if _was_done(case, actor, Action.WITHDRAW, CaseStatus.WITHDRAWN):
        return case
    return move(
        Action.WITHDRAW, application_id=case.pk, actor=actor, now=now, reason=_words(reason)
    )


@transaction.atomic
def request_review(
    *, application_id: int, actor: User, now: datetime, reason: str
) -> PermitApplication:
    """Ask for a refusal to be looked at again: once, within 60 days, with reasons."""
    case = _own(application_id, actor)
    if _was_done(case, actor, Action.REQUEST_REVIEW, CaseStatus.UNDER_RECONSIDERATION):
        return case
    if not reason.strip():
        raise ApplicationError("reason_missing")
    return move(
        Action.REQUEST_REVIEW, application_id=case.pk, actor=actor, now=now, reason=_words(reason)
    )


@transaction.atomic
def escalate(*, application_id: int, actor: User, now: datetime, reason: str) -> PermitApplication:
    """Bring a case before the supervisor once its deadline has passed."""
    case = _own(application_id, actor)
    if _was_done(case, actor, Action.ESCALATE, CaseStatus(case.status)):
        return case
    if not reason.strip():
        raise ApplicationError("reason_missing")
    return move(
        Action.ESCALATE, application_id=case.pk, actor=actor, now=now, reason=_words(reason)
    )


def _words(reason: str) -> str:
    text = reason.strip()
    if len(text) > steps.TEXT_LIMIT:
        raise ApplicationError("too_long", limit=steps.TEXT_LIMIT)
    return text


def _was_done(case: PermitApplication, actor: User, action: Action, status: CaseStatus) -> bool:
    """Whether this very act was the last one: a second press, or a retry after a cut line."""
    last = case.events.order_by("-number").first()
    return (
        case.status == status
        and last is not None
        and (last.action, last.actor_id) == (action.value, actor.pk)
    )


def _audit(case: PermitApplication, actor: User, act: str, now: datetime, **details: Any) -> None:
    record(
        actor_id=actor.pk,
        act=act,
        subject=f"case:{case.pk}",
        purpose="applicant",
        now=now,
        person_id=case.person_id,
        details=details,
    )
