"""A case as its applicant sees it: where it is, who has it, what comes next, what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from residence_permit.choices import CaseAction, CaseKind, CaseStatus
from residence_permit.core.workflow import Action, Role
from residence_permit.models import CaseEvent, PermitApplication
from residence_permit.presentation.days import moment

# State in a sentence, and what happens next; {office} is the station.
SENTENCES: Mapping[str, tuple[Any, Any]] = {
    CaseStatus.DRAFT: (
        _l("You have not submitted this application yet."),
        _l("Go on where you left it."),
    ),
    CaseStatus.SUBMITTED: (
        _l("Your application has arrived. It waits for an officer."),
        _l("An officer looks whether anything is missing. You need not do anything now."),
    ),
    CaseStatus.UNDER_REVIEW: (
        _l("An officer is looking at your application."),
        _l(
            "If anything is missing, you are told all of it at once. If nothing is, the "
            "application is accepted and the time limit begins."
        ),
    ),
    CaseStatus.CORRECTION_REQUESTED: (
        _l("Something has to be corrected by you."),
        _l("Answer each item below, then send everything back."),
    ),
    CaseStatus.ACCEPTED: (
        _l("Your application has been accepted."),
        _l("The office examines it and decides. You need not do anything now."),
    ),
    CaseStatus.AWAITING_DECISION: (
        _l("Your application has been examined. Another officer decides."),
        _l("You are told as soon as it is decided. You need not do anything now."),
    ),
    CaseStatus.APPROVED: (
        _l("Your application has been approved."),
        _l("The permit's ledger is being written. You need not do anything now."),
    ),
    CaseStatus.ISSUED: (
        _l("Done: your application was approved and carried out."),
        _l("Look at your permit to see what holds now."),
    ),
    CaseStatus.REFUSED: (
        _l("Your application was refused."),
        _l("Read the reasons, and what you can do against it."),
    ),
    CaseStatus.UNDER_RECONSIDERATION: (
        _l("Your case is being looked at again."),
        _l("Somebody who had nothing to do with it before decides. You need not do anything now."),
    ),
    CaseStatus.WITHDRAWN: (
        _l("You have withdrawn this application."),
        _l("You can apply again with the same content."),
    ),
    CaseStatus.CLOSED: (
        _l("This application was closed, because no answer came in time."),
        _l("You can apply again with the same content."),
    ),
}
# No law gives a limit here, and saying nothing would look like one that is hidden.
NO_LIMIT: Mapping[str, Any] = {
    CaseStatus.SUBMITTED: _l("No time limit runs yet: it begins when the application is accepted."),
    CaseStatus.UNDER_REVIEW: _l(
        "No time limit runs yet: it begins when the application is accepted."
    ),
    CaseStatus.ACCEPTED: _l("No law gives a limit for this, and the office has set none."),
    CaseStatus.AWAITING_DECISION: _l("No law gives a limit for this, and the office has set none."),
    CaseStatus.UNDER_RECONSIDERATION: _l(
        "No law gives a limit for this, and the office has set none."
    ),
}
# The tones of the components: what the colour says, icon and words say too.
TONES: Mapping[str, str] = {
    CaseStatus.CORRECTION_REQUESTED: "warning",
    CaseStatus.DRAFT: "warning",
    CaseStatus.APPROVED: "success",
    CaseStatus.ISSUED: "success",
    CaseStatus.REFUSED: "error",
}
WITH_APPLICANT = (CaseStatus.DRAFT, CaseStatus.CORRECTION_REQUESTED, CaseStatus.REFUSED)
OVER = (CaseStatus.WITHDRAWN, CaseStatus.CLOSED, CaseStatus.ISSUED)
# Why something was done concerns the applicant; why officers hand a case around does not.
REASON_SHOWN = (
    Action.EXTEND,
    Action.WITHDRAW,
    Action.REQUEST_REVIEW,
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a case is; nothing in it names a person."""

    kind: str
    state: str
    tone: str
    sentence: str
    next_step: str
    who: str
    since: datetime
    since_text: str
    no_limit: str


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    at_text: str
    title: str
    who: str
    note: str
    current: bool


def standing(case: PermitApplication) -> Standing:
    """Return where a case is, in words."""
    sentence, next_step = SENTENCES[CaseStatus(case.status)]
    return Standing(
        kind=case.get_kind_display(),
        state=case.get_status_display(),
        tone=TONES.get(case.status, "info"),
        sentence=str(sentence),
        next_step=str(next_step),
        who=_who(case),
        since=case.status_since,
        since_text=moment(case.status_since),
        no_limit=str(NO_LIMIT.get(case.status, "")),
    )


def _who(case: PermitApplication) -> str:
    if case.status in WITH_APPLICANT:
        return _("You")
    if case.status in OVER:
        return _("Nobody any more")
    return case.station.name if case.station else _("The office of your address")


def history(events: Iterable[CaseEvent], case: PermitApplication) -> list[Happened]:
    """Return what happened, the latest first; ``events`` come in their order."""
    found = [
        Happened(
            at=event.at,
            at_text=moment(event.at),
            title=_title(event, case),
            who=_actor(event, case),
            note=_note(event),
            current=False,
        )
        for event in events
    ]
    found.reverse()
    if found:
        found[0] = Happened(**{**vars(found[0]), "current": True})
    return found


def _title(event: CaseEvent, case: PermitApplication) -> str:
    if event.action == Action.DECIDE:
        approved = event.target == CaseStatus.APPROVED
        return _("Approved") if approved else _("Refused")
    if event.action == Action.ISSUE:
        return {
            CaseKind.ISSUE: _("Permit issued"),
            CaseKind.ENDORSE: _("Permit endorsed"),
            CaseKind.CHANGE: _("Change entered"),
            CaseKind.REPLACE: _("New card made"),
            CaseKind.REISSUE: _("New card made"),
            CaseKind.CANCEL: _("Permit cancelled"),
        }[CaseKind(case.kind)]
    return str(CaseAction(event.action).label)


def _actor(event: CaseEvent, case: PermitApplication) -> str:
    """Return who did it: officers stay without a name, as on paper."""
    if event.role == Role.APPLICANT:
        return _("You")
    if event.role == Role.SYSTEM:
        return _("The portal")
    return case.station.name if case.station else _("The office")


def _note(event: CaseEvent) -> str:
    shown = event.action in REASON_SHOWN or event.role == Role.APPLICANT
    return event.reason if shown else ""
