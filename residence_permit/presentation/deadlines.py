"""A deadline in words, line by line: why this day, and who set it."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from eligibility.wording import full_date
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import deadlines
from residence_permit.core.deadlines import Deadline, Line


@dataclass(frozen=True, kw_only=True)
class DeadlineWords:
    """What stands on the page about a clock that runs."""

    due_on: date
    day: str
    who: str  # what has to be done until then
    basis: str  # the article, or that the office has set it
    by_office: bool
    lines: tuple[str, ...]
    warning: str
    passed: bool


def deadline_words(
    deadline: Deadline, *, kind: CaseKind | str, status: CaseStatus | str, today: date
) -> DeadlineWords:
    """Return the clock of a case in words."""
    statutory = kind == CaseKind.ISSUE and status in (
        CaseStatus.ACCEPTED,
        CaseStatus.AWAITING_DECISION,
    )
    return DeadlineWords(
        due_on=deadline.due_on,
        day=full_date(deadline.due_on),
        who=_who(status),
        basis=_basis(statutory, status),
        by_office=not statutory,
        lines=tuple(_line(line, deadline, status, statutory=statutory) for line in deadline.lines),
        warning="" if deadline.is_certain else _warning(deadline),
        passed=today > deadline.due_on,
    )


def _who(status: CaseStatus | str) -> str:
    if status == CaseStatus.CORRECTION_REQUESTED:
        return _("Send your corrections back by then. Otherwise the application is closed.")
    if status == CaseStatus.UNDER_RECONSIDERATION:
        return _("The office answers your request by then.")
    return _("The office decides by then.")


def _basis(statutory: bool, status: CaseStatus | str) -> str:
    if statutory:
        return _("居住证暂行条例 第九条, 浙江省流动人口居住登记条例 第十八条")
    if status == CaseStatus.CORRECTION_REQUESTED:
        return _("No law gives this limit. The office has set it.")
    return _("No law gives a limit for this. The office has set itself this one.")


def _line(line: Line, deadline: Deadline, status: CaseStatus | str, *, statutory: bool) -> str:
    day = full_date(line.day)
    weekday = date_format(line.day, "l")
    match line.kind:
        case deadlines.START:
            return _start(status) % {"day": day}
        case deadlines.WEEKEND:
            return _("%(day)s, %(weekday)s: not a working day, not counted.") % {
                "day": day,
                "weekday": weekday,
            }
        case deadlines.HOLIDAY:
            return _("%(day)s, %(name)s: a holiday, not counted.") % {
                "day": day,
                "name": line.name,
            }
        case deadlines.WORKDAY:
            return _("%(day)s, %(weekday)s: worked in exchange (调休), counted.") % {
                "day": day,
                "weekday": weekday,
            }
        case deadlines.WEEKENDS_ONLY:
            return _("The holidays of %(year)s are not known yet: only weekends are left out.") % {
                "year": line.name
            }
        case deadlines.SWAPS_UNKNOWN:
            return _(
                "Which weekends of %(year)s are worked (调休) is not known yet: none is counted."
            ) % {"year": line.name}
        case deadlines.EXTENDED:
            return _("Extended once: the 15th day would have been %(day)s.") % {"day": day}
    if statutory:
        text = _("Last day, the %(count)sth calendar day: %(day)s, until midnight.")
        return text % {"count": _days(deadline), "day": day}
    return _("Last day: %(day)s, until midnight.") % {"day": day}


def _start(status: CaseStatus | str) -> str:
    if status == CaseStatus.CORRECTION_REQUESTED:
        return _("The corrections were asked for on %(day)s; this day is not counted.")
    if status == CaseStatus.UNDER_RECONSIDERATION:
        return _("You asked for it on %(day)s; this day is not counted.")
    return _("The application was accepted on %(day)s; this day is not counted.")


def _days(deadline: Deadline) -> int:
    return (deadline.due_on - deadline.lines[0].day).days


def _warning(deadline: Deadline) -> str:
    weekends_only = any(line.kind == deadlines.WEEKENDS_ONLY for line in deadline.lines)
    if weekends_only:
        return _(
            "This day can still change: the holidays of a year it runs through are not known yet."
        )
    return _("This day can still change: the working weekends (调休) are not announced yet.")


def plain_lines(deadline: Deadline, start: str) -> tuple[str, ...]:
    """Return the lines of a clock that is no case's; ``start`` is its first one, with %(day)s."""
    first, *rest = deadline.lines
    status = CaseStatus.CORRECTION_REQUESTED  # of no matter after the first line
    return (
        start % {"day": full_date(first.day)},
        *(_line(line, deadline, status, statutory=False) for line in rest),
    )


def uncertainty(deadline: Deadline) -> str:
    """Return why the last day can still change; empty if it cannot."""
    return "" if deadline.is_certain else _warning(deadline)
