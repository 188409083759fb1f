"""What an approved case writes into the permit's ledger."""

from datetime import date, datetime

from residence_permit import selectors
from residence_permit.choices import CaseKind
from residence_permit.core.deadlines import day_of
from residence_permit.core.permit_ledger import (
    Entry,
    LedgerEvent,
    LedgerImpossible,
    check_ledger,
)
from residence_permit.core.workflow import MoveForbidden
from residence_permit.models import CaseEvent, Permit, PermitApplication, PermitEvent

NEW_CARD = (Entry.ISSUE, Entry.REPLACE, Entry.REISSUE)


def entry_day(case: PermitApplication, at: datetime) -> date:
    """Return the day that the ledger gives the case.

    An endorsement counts from the day on which the holder asked for it: the office's own time
    must not cost him years of residence (GW 10; docs/adr/0015). Everything else counts from the
    day on which it is done.
    """
    moment = case.submitted_at if case.kind == CaseKind.ENDORSE and case.submitted_at else at
    day = day_of(moment)
    if case.permit is not None:
        last = case.permit.events.order_by("-number").values_list("on", flat=True).first()
        day = max(day, last) if last else day
    return day


def check_entry(case: PermitApplication, at: datetime) -> None:
    """Raise MoveForbidden if the ledger cannot take what the case asks for."""
    if Entry(case.kind) is Entry.ISSUE and _has_permit(case):
        raise MoveForbidden("has_permit", "the person holds a permit already")
    check_line(case, at)


def check_line(case: PermitApplication, at: datetime) -> None:
    """Raise MoveForbidden if the permit that the case names cannot take another line."""
    past = selectors.ledger_of(case.permit) if case.permit else ()
    try:
        check_ledger((*past, LedgerEvent(Entry(case.kind), entry_day(case, at))))
    except LedgerImpossible as error:
        raise MoveForbidden(error.code, str(error), **error.params) from error


def _has_permit(case: PermitApplication) -> bool:
    return Permit.objects.filter(id_hash=case.id_hash, closed_on=None).exists()


def enter(case: PermitApplication, event: CaseEvent) -> PermitEvent:
    """Write the case's line into the ledger; the first line makes the permit."""
    check_entry(case, event.at)
    entry, on = Entry(case.kind), entry_day(case, event.at)
    permit = _open(case, on) if entry is Entry.ISSUE else case.permit
    number = permit.events.count() + 1
    cards = permit.events.filter(entry__in=NEW_CARD).count() + (entry in NEW_CARD)
    if entry is Entry.CHANGE:
        _move_house(permit, case)
    if entry is Entry.CANCEL:
        permit.closed_on = on
        permit.save(update_fields=["closed_on"])
    return PermitEvent.objects.create(
        permit=permit,
        number=number,
        entry=entry.value,
        on=on,
        at=event.at,
        card_number=f"{permit.number}-{cards:02d}",
        application=case,
        actor=None,
        details={"decided_by": case.reconsidered_by_id or case.decided_by_id},
    )


def _open(case: PermitApplication, on: date) -> Permit:
    """Make the permit of a first case; its number is its county, its year and its case."""
    registration = case.registration
    county = registration.township_code[:6]
    permit = Permit.objects.create(
        number=f"{county}{on.year}{case.pk:08d}",
        person=case.person,
        id_hash=case.id_hash,
        station=case.station,
        county_code=county,
        township_code=registration.township_code,
        address=registration.address,
    )
    case.permit = permit
    return permit


def _move_house(permit: Permit, case: PermitApplication) -> None:
    """Write the address of the registration as it now is on the permit."""
    registration = selectors.registration_of(case.person)
    if registration is not None:
        permit.township_code = registration.township_code
        permit.address = registration.address
        permit.save(update_fields=["township_code", "address"])
