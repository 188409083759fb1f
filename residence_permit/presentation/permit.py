"""A permit in words: what it is today, the window, the years, the ledger, what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from eligibility.core.periods import add_years
from eligibility.place_names import county_name
from eligibility.wording import full_date
from residence_permit.choices import CaseKind, CaseStatus, LedgerEntry
from residence_permit.core.permit_ledger import Entry, PermitStatus, timeline, window_on
from residence_permit.services.holder import Held, Today

# The tones of the components: what the colour says, icon and word say too.
TONES = {
    PermitStatus.VALID: ("success", "check", _l("Valid")),
    PermitStatus.DUE: ("warning", "clock", _l("Valid, endorsement due")),
    PermitStatus.SUSPENDED: ("error", "stop", _l("Suspended")),
    PermitStatus.CANCELLED: ("unknown", "cross", _l("Cancelled")),
    PermitStatus.NONE: ("unknown", "clock", _l("Not in force yet")),
}
# What can be asked for besides the endorsement, and when one asks for it.
ACTS: Sequence[tuple[CaseKind, Any, Any]] = (
    (
        CaseKind.CHANGE,
        _l("Report a change"),
        _l(
            "Your address or your employer has changed: within 10 days (浙江省流动人口居住登记条例 "
            "第十九条). Free of charge."
        ),
    ),
    (
        CaseKind.REPLACE,
        _l("New card for a damaged one"),
        _l(
            "You hand the old card back. The day of issue and your years stay. This costs a fee "
            "(第二十三条)."
        ),
    ),
    (
        CaseKind.REISSUE,
        _l("New card for a lost one"),
        _l("The day of issue and your years stay. This costs a fee (第二十三条)."),
    ),
    (
        CaseKind.CANCEL,
        _l("End the permit"),
        _l("You move away, your hukou is here now, or you wish it. This cannot be undone."),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that can be asked for, or the case in which it was asked for already."""

    kind: str
    name: str
    text: str
    reference: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the ledger."""

    number: int
    on: date
    day: str
    title: str
    note: str
    card: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class PermitPage:
    """Everything that the page of a permit says."""

    permit_id: int
    number: str
    card: str
    name: str
    for_self: bool
    county: str
    station: str
    address: str
    tone: str
    icon: str
    word: str
    sentence: str
    next_step: str
    window: str
    window_note: str
    years: str
    counted: str
    next_year: str
    endorse: Act | None
    endorse_note: str
    acts: tuple[Act, ...]
    hint: str
    over: bool


def permit_page(today: Today) -> PermitPage:
    """Return a permit on a day in words."""
    held, line = today.held, today.timeline
    permit = held.permit
    tone, icon, word = TONES[line.status]
    sentence, next_step = _standing(today)
    over = line.status in (PermitStatus.CANCELLED, PermitStatus.NONE)
    endorse, endorse_note = _endorse(today)
    return PermitPage(
        permit_id=permit.pk,
        number=permit.number,
        card=held.lines[-1].card_number if held.lines else "",
        name=held.person.name,
        for_self=held.for_self,
        county=county_name(permit.county_code) or permit.county_code,
        station=permit.station.name,
        address=permit.address,
        tone=tone,
        icon=icon,
        word=str(word),
        sentence=sentence,
        next_step=next_step,
        window=_window(today),
        window_note=_window_note(today),
        years=_years(today),
        counted=_counted(today),
        next_year=_next_year(today),
        endorse=endorse,
        endorse_note=endorse_note,
        acts=() if over else tuple(_act(today, *one) for one in ACTS),
        hint="" if over else _hint(today),
        over=over,
    )


def _standing(today: Today) -> tuple[str, str]:
    """Return what a permit is today, and what to do now."""
    line, end = today.timeline, today.endorsement
    match line.status:
        case PermitStatus.VALID:
            return _("The permit can be used today."), _when(today)
        case PermitStatus.DUE:
            return (
                _("The permit can be used today. Have it endorsed by %(day)s, 24:00.")
                % {"day": full_date(end.closes)},
                _("If nobody applies by then, it is suspended from the next day on."),
            )
        case PermitStatus.SUSPENDED:
            return (
                _("The permit cannot be used now: it is suspended since %(day)s.")
                % {"day": full_date(line.suspended_from)},
                _(
                    "Apply for the endorsement; on any day you can. Once it is entered, the permit "
                    "can be used again, and years of residence count anew from that day."
                ),
            )
        case PermitStatus.CANCELLED:
            last = today.held.permit.closed_on
            return (
                _("The permit was cancelled on %(day)s.") % {"day": full_date(last)}
                if last
                else _("The permit was cancelled."),
                _("It cannot be used any more. If you live here, you can apply for a new one."),
            )
    return _("The permit is not in force yet."), ""


def _window(today: Today) -> str:
    """Return the window that has to be used, in full; both days count."""
    end = today.endorsement
    if end.opens is None or end.closes is None:
        return ""
    return _("%(opens)s to %(closes)s, 24:00; both days count.") % {
        "opens": full_date(end.opens),
        "closes": full_date(end.closes),
    }


def _window_note(today: Today) -> str:
    match today.timeline.status:
        case PermitStatus.VALID | PermitStatus.DUE:
            return _(
                "Each year counts from the day of issue, %(day)s; the window is the month before "
                "the year is full (居住证暂行条例 第十条)."
            ) % {"day": full_date(today.held.lines[0].on)}
        case PermitStatus.SUSPENDED:
            return _(
                "The last window closed on the day before %(day)s. A late endorsement is possible "
                "on any day; the next window counts from the day of issue again."
            ) % {"day": full_date(today.timeline.suspended_from)}
    return ""


def years_text(years: int) -> str:
    """Return completed years of residence."""
    if years == 0:
        return _("less than one year")
    return ngettext("%(years)s full year", "%(years)s full years", years) % {"years": years}


def _years(today: Today) -> str:
    years = today.timeline.years_of_residence
    return "" if years is None else years_text(years)


def _counted(today: Today) -> str:
    """Return from which line of the ledger years count, and why."""
    line, start = today.timeline, today.counted_by
    if start is None:
        return ""
    params = {"day": full_date(start.on), "number": start.number}
    if start.entry == Entry.ISSUE:
        text = _("Counted from the day of issue, %(day)s (line %(number)s of the ledger).") % params
    else:
        text = (
            _(
                "Counted anew from the late endorsement of %(day)s (line %(number)s of the "
                "ledger), because the window before it was missed (居住证暂行条例 第十条)."
            )
            % params
        )
    if line.status is PermitStatus.SUSPENDED:
        text = _("%(text)s While the permit is suspended they stand still.") % {"text": text}
    return text


def _next_year(today: Today) -> str:
    line = today.timeline
    if not line.usable or line.years_of_residence is None or line.counted_from is None:
        return ""
    day = add_years(line.counted_from, line.years_of_residence + 1)
    return full_date(day) if day else ""


def _endorse(today: Today) -> tuple[Act | None, str]:
    """Return the endorsement as something to ask for, and what to know about it."""
    end = today.endorsement
    case = today.cases.get(CaseKind.ENDORSE)
    act = _act(today, CaseKind.ENDORSE, _l("Apply for the endorsement"), _l("Free of charge."))
    if case is not None and case.status != CaseStatus.DRAFT:
        return act, _(
            "If it is approved, it counts from the day on which you submitted it, not from the day "
            "of the decision."
        )
    if end.possible:
        return act, ""
    return None, ""


def _when(today: Today) -> str:
    """Return from when on the next endorsement can be applied for."""
    end = today.endorsement
    if end.opens is None or end.closes is None:
        return ""
    return _("You can apply for the endorsement from %(opens)s to %(closes)s, 24:00.") % {
        "opens": full_date(end.opens),
        "closes": full_date(end.closes),
    }


def _act(today: Today, kind: CaseKind, name: Any, text: Any) -> Act:
    case = today.cases.get(kind)
    return Act(
        kind=kind.value,
        name=str(name),
        text=str(text),
        reference=case.reference if case else "",
        state=case.get_status_display() if case else "",
    )


def _hint(today: Today) -> str:
    """Return what the registration says otherwise than the permit."""
    if today.moved == "elsewhere":
        return _(
            "You are registered in another county now. A permit holds where it was issued: end "
            "this one, and apply for a new one where you live (浙江省流动人口居住登记条例 "
            "第十九条)."
        )
    if today.moved == "inside":
        return _(
            "Your residence registration has another address than the permit. Report the change "
            "within 10 days, so that the permit shows where you live."
        )
    return ""


def ledger_lines(held: Held, user_id: int) -> list[Line]:
    """Return the ledger, the latest line first, each with what it meant for the permit."""
    ledger = held.ledger
    found = []
    for index, row in enumerate(held.lines):
        case = row.application
        found.append(
            Line(
                number=row.number,
                on=row.on,
                day=full_date(row.on),
                title=str(LedgerEntry(row.entry).label),
                note=_line_note(ledger, index),
                card=row.card_number,
                reference=case.reference if case and case.applicant_id == user_id else "",
            )
        )
    return found[::-1]


def _line_note(ledger: Sequence[Any], index: int) -> str:
    event, issued = ledger[index], ledger[0].on
    match event.entry:
        case Entry.ISSUE:
            return _("Years of residence count from this day.")
        case Entry.ENDORSE:
            before = timeline(ledger[:index], event.on)
            if before.status is PermitStatus.SUSPENDED:
                return _(
                    "Late: the permit was suspended since %(day)s. It can be used again, and years "
                    "of residence count anew from this day."
                ) % {"day": full_date(before.suspended_from)}
            window = window_on(issued, event.on)
            if window is None:
                return ""
            return _("In time, for the window from %(opens)s to %(closes)s.") % {
                "opens": full_date(window.opens),
                "closes": full_date(window.closes),
            }
        case Entry.CHANGE:
            return _("New address or employer; the day of issue and the years stay.")
        case Entry.REPLACE | Entry.REISSUE:
            return _("A new card; the day of issue and the years stay.")
    return _("The permit cannot be used from this day on.")
