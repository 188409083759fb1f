"""Files that prove something: taken in clean, kept sealed, opened with a trace, removed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit import selectors, selectors_case
from residence_permit.choices import CaseStatus
from residence_permit.core import steps
from residence_permit.core.workflow import Action
from residence_permit.evidence.errors import EvidenceMissing, EvidenceTampered
from residence_permit.evidence.inspection import CleanFile, Readable, take_in
from residence_permit.evidence.scanner import Verdict, scanner
from residence_permit.evidence.storage import PrivateStorage, private_storage
from residence_permit.models import Evidence, PermitApplication
from residence_permit.services.assessment import needed_of

logger = logging.getLogger(__name__)
State = Evidence.State
RESCANNED_AT_ONCE = 50


class EvidenceNotTaken(Exception):
    """A file that is not kept for a reason of the case, not of the file.

    ``code``: ``locked``, ``too_many_here``, ``too_many_in_case``, ``infected``, ``not_shown``.
    """

    def __init__(self, code: str, **params: Any):
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class OpenedFile:
    """A file for somebody who may see it."""

    row: Evidence
    content: bytes


def attach(
    *,
    application_id: int,
    requirement: str,
    stream: Readable,
    declared_name: str,
    actor: User,
    now: datetime,
) -> Evidence:
    """Take a file in for something that is to be proved; the same file again is the same row.

    Raises EvidenceRefused (the file) and EvidenceNotTaken (the case). Cleaning and scanning cost
    seconds, so nothing is locked meanwhile; what may be done is looked at before and after.
    """
    case = PermitApplication.objects.select_related("person").get(
        pk=application_id, applicant=actor
    )
    _check_room(case, requirement, now)
    clean = take_in(stream, declared_name=declared_name)
    known = _same(case, requirement, clean.sha256)
    if known is not None:
        return known
    verdict = scanner().scan(clean.content)
    if verdict is Verdict.INFECTED:
        logger.warning("The scanner refused a file of case %s", case.pk)
        raise EvidenceNotTaken("infected")
    name = private_storage().keep(clean.content)
    try:
        return _keep(case.pk, requirement, clean, name, verdict, actor, now)
    except IntegrityError:  # the same file, sent twice at once
        private_storage().delete(name)
        known = _same(case, requirement, clean.sha256)
        if known is None:
            raise
        return known
    except BaseException:
        private_storage().delete(name)
        raise


@transaction.atomic
def _keep(
    application_id: int,
    requirement: str,
    clean: CleanFile,
    name: str,
    verdict: Verdict,
    actor: User,
    now: datetime,
) -> Evidence:
    case = _locked(application_id, actor)
    _check_room(case, requirement, now)
    row = Evidence.objects.create(
        application=case,
        requirement=requirement,
        storage_name=name,
        shown_name=clean.shown_name,
        kind=clean.kind,
        size=clean.size,
        pages=clean.pages,
        sha256=clean.sha256,
        state=State.READY if verdict.may_be_shown else State.HELD,
        scanned=verdict is Verdict.CLEAN,
        uploaded_by=actor,
        uploaded_at=now,
    )
    _touch(case, now)
    _audit(row, case, actor, "attach_evidence", "applicant", now)
    return row


def _touch(case: PermitApplication, now: datetime) -> None:
    """Note that somebody works on the case: a draft is kept from this day on."""
    PermitApplication.objects.filter(pk=case.pk).update(updated_at=now)


def _locked(application_id: int, actor: User) -> PermitApplication:
    rows = PermitApplication.objects.select_for_update(of=("self",)).select_related("person")
    return rows.get(pk=application_id, applicant=actor)


def _same(case: PermitApplication, requirement: str, sha256: str) -> Evidence | None:
    """Return the row of a file that was sent before; one that was infected stays refused."""
    row = case.evidence.filter(requirement=requirement, sha256=sha256, removed_at=None).first()
    if row is not None and row.state == State.INFECTED:
        raise EvidenceNotTaken("infected")
    return row


def _check_room(case: PermitApplication, requirement: str, now: datetime) -> None:
    """Refuse a file for what is not open, or one more than a case holds."""
    if not is_open_for(case, requirement, now):
        raise EvidenceNotTaken("locked")
    files = selectors_case.files_of(case)
    here, everywhere = settings.EVIDENCE_PER_REQUIREMENT, settings.EVIDENCE_PER_CASE
    if len(files.get(requirement, ())) >= here:
        raise EvidenceNotTaken("too_many_here", limit=here)
    if sum(map(len, files.values())) >= everywhere:
        raise EvidenceNotTaken("too_many_in_case", limit=everywhere)


def is_open_for(case: PermitApplication, requirement: str, now: datetime) -> bool:
    """Whether files may be added for something: in a draft, or where they were asked for."""
    if case.status == CaseStatus.DRAFT:
        return requirement in {one.code for one in needed_of(case, now)}
    target = f"{steps.EVIDENCE_TARGET}{requirement}"
    return target in {item.target for item in selectors_case.items_to_correct(case)}


def may_remove(case: PermitApplication, row: Evidence, now: datetime) -> bool:
    """Whether a file can be taken away: what an officer has seen stays."""
    if case.status == CaseStatus.DRAFT:
        return True
    if not is_open_for(case, row.requirement, now):
        return False
    asked = selectors_case.last_event(case, Action.REQUEST_CORRECTION)
    return asked is not None and row.uploaded_at >= asked.at


@transaction.atomic
def remove(*, evidence_id: int, actor: User, now: datetime) -> Evidence:
    """Take a file away; its bytes are gone once that is committed. Twice is harmless."""
    row = Evidence.objects.get(pk=evidence_id, application__applicant=actor)
    case = _locked(row.application_id, actor)
    row.refresh_from_db()
    if row.state == State.REMOVED:
        return row
    if not may_remove(case, row, now):
        raise EvidenceNotTaken("locked")
    row.state, row.removed_at = State.REMOVED, now
    row.save(update_fields=["state", "removed_at"])
    _touch(case, now)
    _audit(row, case, actor, "remove_evidence", "applicant", now)
    _delete_later([row.storage_name])
    return row


@transaction.atomic
def open_for(*, user: User, evidence_id: int, now: datetime) -> OpenedFile:
    """Return a file to its applicant or to staff of the case's office; the look is recorded.

    Raises Evidence.DoesNotExist for everybody else, EvidenceNotTaken ``not_shown`` while it waits
    for the scanner, EvidenceMissing and EvidenceTampered.
    """
    row = Evidence.objects.select_related("application__person").get(pk=evidence_id)
    case = row.application
    purpose = "applicant" if case.applicant_id == user.pk else "case"
    if purpose == "case" and not selectors.cases_for(user).filter(pk=case.pk).exists():
        raise Evidence.DoesNotExist
    if row.state in (State.REMOVED, State.INFECTED):
        raise Evidence.DoesNotExist
    if row.state != State.READY:
        raise EvidenceNotTaken("not_shown")
    content = private_storage().open(row.storage_name)
    _audit(row, case, user, "open_evidence", purpose, now)
    return OpenedFile(row, content)


def forget(case: PermitApplication) -> None:
    """Delete the rows of a draft's files; their bytes go once that is committed."""
    names = list(case.evidence.values_list("storage_name", flat=True))
    case.evidence.all().delete()
    _delete_later(names)


def copy_files(
    *, source: PermitApplication, target: PermitApplication, actor: User, now: datetime
) -> int:
    """Keep the shown files of one case again for another one; return how many."""
    storage, copied = private_storage(), 0
    for row in source.evidence.filter(state=State.READY).order_by("pk"):
        try:
            content = storage.open(row.storage_name)
        except (EvidenceMissing, EvidenceTampered):
            logger.error("Evidence %s cannot be opened and was not copied", row.pk)
            continue
        new = Evidence.objects.create(
            application=target,
            requirement=row.requirement,
            storage_name=storage.keep(content),
            shown_name=row.shown_name,
            kind=row.kind,
            size=row.size,
            pages=row.pages,
            sha256=row.sha256,
            state=State.READY,
            scanned=row.scanned,
            uploaded_by=actor,
            uploaded_at=now,
        )
        _audit(new, target, actor, "attach_evidence", "applicant", now)
        copied += 1
    return copied


def rescan_held(*, now: datetime) -> dict[str, int]:
    """Ask the scanner about the files that wait for it; those it still cannot judge wait on."""
    tally = {"ready": 0, "infected": 0, "waiting": 0}
    rows = Evidence.objects.filter(state=State.HELD).order_by("pk")[:RESCANNED_AT_ONCE]
    for row in rows:
        try:
            verdict = scanner().scan(private_storage().open(row.storage_name))
        except (EvidenceMissing, EvidenceTampered):
            logger.error("Evidence %s is held and cannot be opened", row.pk)
            verdict = Verdict.UNAVAILABLE
        if verdict is Verdict.UNAVAILABLE:
            tally["waiting"] += 1
            continue
        _judge_held(row, verdict, now)
        tally["ready" if verdict.may_be_shown else "infected"] += 1
    return tally


@transaction.atomic
def _judge_held(row: Evidence, verdict: Verdict, now: datetime) -> None:
    state = State.READY if verdict.may_be_shown else State.INFECTED
    held = Evidence.objects.filter(pk=row.pk, state=State.HELD)  # it may have been removed
    if not held.update(state=state, scanned=verdict is Verdict.CLEAN):
        return
    record(
        actor_id=None,
        act="scan_evidence",
        subject=f"evidence:{row.pk}",
        purpose="safety",
        now=now,
        details={"state": state.value},
    )


def sweep(*, now: datetime, storage: PrivateStorage | None = None) -> int:
    """Delete the files that no row names any more; return how many."""
    kept = storage or private_storage()
    names = Evidence.objects.exclude(state=State.REMOVED).values_list("storage_name", flat=True)
    orphans = kept.orphans(names, now=now)
    for name in orphans:
        kept.delete(name)
    return len(orphans) + kept.sweep_unfinished(now=now)


def _delete_later(names: Sequence[str]) -> None:
    def delete() -> None:
        for name in names:
            private_storage().delete(name)

    transaction.on_commit(delete, robust=True)


def _audit(
    row: Evidence,
    case: PermitApplication,
    actor: User,
    act: str,
    purpose: str,
    now: datetime,
) -> None:
    record(
        actor_id=actor.pk,
        act=act,
        subject=f"evidence:{row.pk}",
        purpose=purpose,
        now=now,
        person_id=case.person_id,
        details={"case": case.pk},
    )
