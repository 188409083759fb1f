"""The body and the answer of /api/v1/permits/timeline."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from eligibility.core.errors import FactsRefused, FieldError
from residence_permit.core.permit_ledger import Entry, LedgerEvent, LedgerImpossible, Timeline

MAX_ERRORS = 50  # so that a hostile body does not get an answer larger than itself
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ENTRIES = tuple(entry.value for entry in Entry)


def read_timeline(body: Any) -> tuple[tuple[LedgerEvent, ...], date]:
    """Return the ledger and the day; raises FactsRefused naming every field."""
    if not isinstance(body, Mapping):
        raise FactsRefused([FieldError("events", "object_expected")])
    errors: list[FieldError] = []
    _only(body, ("events", "on"), "", errors)
    day = _day(body.get("on"), "on", errors)
    events = body.get("events")
    ledger = []
    if events is None:
        errors.append(FieldError("events", "required"))
    elif not isinstance(events, list):
        errors.append(FieldError("events", "list_expected"))
    else:
        for number, raw in enumerate(events):
            event = _event(raw, f"events[{number}]", errors)
            if event is not None:
                ledger.append(event)
            if len(errors) >= MAX_ERRORS:
                break
    if errors or day is None:
        raise FactsRefused(errors[:MAX_ERRORS])
    return tuple(ledger), day


def _only(
    raw: Mapping[str, Any], known: tuple[str, ...], at: str, errors: list[FieldError]
) -> None:
    errors += [FieldError(f"{at}{name}", "unknown_member") for name in raw if name not in known]


def _event(raw: Any, at: str, errors: list[FieldError]) -> LedgerEvent | None:
    if not isinstance(raw, Mapping):
        errors.append(FieldError(at, "object_expected"))
        return None
    _only(raw, ("type", "date"), f"{at}.", errors)
    entry, day = raw.get("type"), _day(raw.get("date"), f"{at}.date", errors)
    if entry is None:
        errors.append(FieldError(f"{at}.type", "required"))
    elif not isinstance(entry, str):
        errors.append(FieldError(f"{at}.type", "text_expected"))
    elif entry not in _ENTRIES:
        errors.append(FieldError(f"{at}.type", "not_a_choice", {"choices": _ENTRIES}))
    elif day is not None:
        return LedgerEvent(Entry(entry), day)
    return None


def _day(raw: Any, at: str, errors: list[FieldError]) -> date | None:
    if raw is None:
        errors.append(FieldError(at, "required"))
    elif not isinstance(raw, str) or not _DATE.fullmatch(raw):
        errors.append(FieldError(at, "date_expected"))
    else:
        try:
            return date.fromisoformat(raw)
        except ValueError:
            errors.append(FieldError(at, "no_such_day"))
    return None


def answer_of(found: Timeline) -> dict[str, Any]:
    """Return a timeline as JSON."""
    window = found.window
    return {
        "status": found.status.value,
        "usable": found.usable,
        "years_of_residence": found.years_of_residence,
        "counted_from": found.counted_from and found.counted_from.isoformat(),
        "window": window
        and {
            "number": window.number,
            "opens": window.opens.isoformat(),
            "closes": window.closes.isoformat(),
        },
    }


def problem_of(error: LedgerImpossible) -> dict[str, Any]:
    """Return the problem of a ledger that cannot be: 422, the event named."""
    message = impossible_text(error)
    return {
        "type": "urn:jiaxing-hukou:problem:ledger-impossible",
        "title": _("A permit cannot have these events"),
        "status": 422,
        "detail": message,
        "errors": [{"field": f"events[{error.index}]", "message": message, "code": error.code}],
    }


def impossible_text(error: LedgerImpossible) -> str:
    """Return in words why a ledger cannot be, and what to do."""
    texts = {
        "no_issue_first": _("A permit begins with its issue; put the issue first."),
        "second_issue": _(
            "A permit is issued once; after a cancellation, ask about the new permit by itself."
        ),
        "out_of_order": _("This is earlier than the event before it; put the events in order."),
        "after_cancellation": _(
            "A cancelled permit has no further events; take out what comes after."
        ),
        "outside_window": _(
            "An endorsement is possible from %(opens)s to %(closes)s, or while the permit is "
            "suspended; correct the day."
        ),
        "endorsed_already": _(
            "The window from %(opens)s to %(closes)s was used on %(endorsed_on)s; take one of the "
            "two endorsements out."
        ),
    }
    text = texts[error.code]
    if error.code == "outside_window" and not error.params:  # where the calendar ends
        text = _("No endorsement is possible on this day; correct the day.")
    event = _("Event %(number)s:") % {"number": error.index + 1}
    days = {
        name: date_format(value) if isinstance(value, date) else value
        for name, value in error.params.items()
    }
    return f"{event} {text % days}"
