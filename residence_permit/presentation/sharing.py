"""Codes that show a permit, in words: what each shows, how it stands, who looked and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext

from eligibility.place_names import county_name
from eligibility.wording import full_date
from residence_permit.models import ShareCheck, ShareCode
from residence_permit.presentation.days import moment
from residence_permit.presentation.permit import years_text
from residence_permit.services.sharing import (
    CHECKS_LISTED,
    EXPIRED,
    NAME,
    NAME_IN_PART,
    NOT_VALID,
    REVOKED,
    VALID,
    Checked,
    is_active,
    last_day,
)

LABELS: Mapping[str, Any] = {
    NAME: _l("Full name"),
    NAME_IN_PART: _l("Name, in part"),
    "number": _l("Number of the permit"),
    "county": _l("Issued by the police of"),
    "issued_on": _l("Day of issue"),
    "years": _l("Years of residence"),
    "usable_until": _l("Can be used until at least"),
}
ANSWERS: Mapping[str, Any] = {
    VALID: _l("It was shown that the permit can be used."),
    NOT_VALID: _l("It was shown that the permit cannot be used."),
    EXPIRED: _l("Nothing was shown: the code had run out."),
    REVOKED: _l("Nothing was shown: you had withdrawn the code."),
}
REFUSALS: Mapping[str, Any] = {
    "cancelled": _l("The permit was cancelled, so there is nothing to show. Apply for a new one."),
    "too_many": _l("%(limit)s codes show this permit already. Withdraw one that is not needed."),
    "purpose_missing": _l("Say what the code is for; a few words are enough."),
    "purpose_too_long": _l("This is longer than %(limit)s characters. Write it shorter."),
    "purpose_signs": _l("There is a sign in it that no page can show. Type it anew."),
    "not_a_choice": _l("Choose one of the answers."),
    "mistyped": _l(
        "A character of this code is wrong or missing. Compare it once more, or open the link "
        "itself."
    ),
}


@dataclass(frozen=True)
class Shown:
    """One thing that a code shows."""

    label: str
    text: str


@dataclass(frozen=True)
class Look:
    """One look through a code."""

    at: datetime
    at_text: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """A code as its holder sees it; the code itself is nowhere."""

    id: int
    purpose: str
    made: str
    until: str
    active: bool
    state: str
    tone: str
    shows: str
    looks: int
    latest: tuple[Look, ...]
    more: int


def label(name: str) -> str:
    """Return what a code can show."""
    return str(LABELS[name])


def refusal(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return why something cannot be done, and what to do."""
    text = str(REFUSALS.get(code, REFUSALS["not_a_choice"]))
    return text % params if params else text


def shows_text(names: Iterable[str]) -> str:
    """Return everything that a code shows."""
    listed = [_("whether the permit can be used"), *(label(n) for n in names if n in LABELS)]
    return pgettext("between alternatives", ", ").join(listed)


def until_text(day: date) -> str:
    """Return the last day of a code."""
    return _("%(day)s, 24:00") % {"day": full_date(day)}


def shown_values(checked: Checked) -> list[Shown]:
    """Return what is shown, in words."""
    return [Shown(label(name), _value(name, value)) for name, value in checked.shown.items()]


def _value(name: str, value: Any) -> str:
    if isinstance(value, date):
        return full_date(value)
    if name == "county":
        return county_name(value) or value
    return years_text(value) if name == "years" else str(value)


def code_line(row: ShareCode, now: datetime) -> CodeLine:
    """Return a code with its looks (``services.sharing.codes_of``)."""
    active = is_active(row, now)
    if active:
        state, tone = _("Shows the permit"), "met"
    elif row.revoked_at is not None:
        state = _("Withdrawn on %(moment)s") % {"moment": moment(row.revoked_at)}
        tone = "unknown"
    else:
        state, tone = _("Has run out"), "unknown"
    latest = tuple(_looks(row.latest_checks))
    return CodeLine(
        id=row.pk,
        purpose=row.purpose,
        made=moment(row.created_at),
        until=until_text(last_day(row)),
        active=active,
        state=state,
        tone=tone,
        shows=shows_text(row.shows),
        looks=row.looks,
        latest=latest,
        more=max(row.looks - CHECKS_LISTED, 0),
    )


def _looks(checks: Iterable[ShareCheck]) -> Iterable[Look]:
    return (
        Look(check.at, moment(check.at), str(ANSWERS.get(check.answer, check.answer)))
        for check in checks
    )
