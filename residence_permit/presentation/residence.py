"""Residence registration in words: who needs none, where one is registered, what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.core.periods import add_months
from eligibility.core.places import Township
from eligibility.place_names import full_name
from eligibility.wording import full_date, value_text
from residence_permit.core.deadlines import Deadline, change_deadline
from residence_permit.models import RegistrationEvent, Relation, ResidenceRegistration
from residence_permit.presentation.deadlines import plain_lines

HALF_A_YEAR = 6  # calendar months from the registration; ZJ 16, docs/policy/permit.md, 2
Source = ResidenceRegistration.Source
Action = RegistrationEvent.Action


@dataclass(frozen=True)
class Exemption:
    """A situation in which nobody need register, who notes the person instead, and the article."""

    situation: Any
    outcome: Any
    article: Any


_ITEM = _l("浙江省流动人口居住登记条例 第十二条第一款第（%(item)s）项")
EXEMPTIONS: Mapping[str, Exemption] = {
    "hotel": Exemption(
        _l("I live in a hotel, guest house or homestay"),
        _l("You need not register. The hotel or guest house notes its guests itself."),
        "一",
    ),
    "hospital": Exemption(
        _l("I am in hospital as an inpatient"),
        _l("You need not register. The hospital notes its inpatients itself."),
        "二",
    ),
    "school": Exemption(
        _l("I board at a school or training centre"),
        _l("You need not register. The school notes its boarders itself."),
        "三",
    ),
    "shelter": Exemption(
        _l("I am taken in by a shelter"),
        _l("You need not register. The shelter notes whom it takes in."),
        "四",
    ),
    "relative": Exemption(
        _l("I stay for 30 days at most with a near relative whose hukou is here"),
        _l(
            "You need not register for a stay of 30 days at most. If it becomes longer, register "
            "at once."
        ),
        "",
    ),
}
KINDS: Mapping[str, Any] = {
    Relation.Kind.GUARDIAN: _l("For a child under 16, whose guardian I am"),
    Relation.Kind.NEAR_RELATIVE: _l(
        "For a near relative who is old, disabled or frail and cannot come himself"
    ),
}
ACTS_AS: Mapping[str, Any] = {
    Relation.Kind.GUARDIAN: _l("you are the guardian"),
    Relation.Kind.NEAR_RELATIVE: _l("you act as a near relative"),
}
BY: Mapping[str, Any] = {
    Source.SELF: _l("You"),
    Source.GUARDIAN: _l("The guardian or a near relative"),
    Source.EMPLOYER: _l("An employer"),
    Source.LANDLORD: _l("A landlord"),
    Source.PROPERTY_MANAGER: _l("A property manager"),
    Source.AGENT: _l("An agent"),
}
REFUSALS: Mapping[str, Any] = {
    # of people
    "frozen": _l(
        "This stands in a registration, an application or a permit already and cannot be changed "
        "here. Take your ID card to the police station."
    ),
    "number_taken": _l(
        "Another account uses this number. Sign in with that one; if it is not yours, take your "
        "ID card to the police station."
    ),
    "himself": _l("This is your own number. Write that of the person for whom you act."),
    "not_a_minor": _l(
        "This person is 16 or older and registers himself. If he is too frail, choose “near "
        "relative”."
    ),
    "needs_a_guardian": _l(
        "This person is under 16 (浙江省流动人口居住登记条例 第七条). Choose “child under 16”: "
        "the guardian registers him."
    ),
    "known": _l("You act for this person already. Look at the list."),
    # of registrations
    "local_hukou": _l(
        "The hukou is in this county, or in the urban area (市区) as this address is, so no "
        "registration is needed here (浙江省流动人口居住登记条例 第二条). If that is wrong, "
        "correct the place of hukou in the profile."
    ),
    "hmt": _l(
        "For residents of Hong Kong, Macau and Taiwan other provisions hold (浙江省流动人口居住登记"
        "条例 第三十八条). Ask at the police station."
    ),
    "own_guardian": _l(
        "Whoever is under 16 is registered by the guardian (浙江省流动人口居住登记条例 第七条). "
        "Ask your guardian to sign in and to register you."
    ),
    "grown_up": _l(
        "This person is 16 now and registers himself, with an account of his own. If he is too "
        "frail, add him as a near relative."
    ),
    "not_his_ward": _l("You do not act for this person. Add him under “My data” first."),
    "registered": _l(
        "There is a registration already. If the address has changed, change that one; if somebody "
        "else made it, ask at the police station."
    ),
    "future": _l("This day is still to come. Register it on the day itself."),
    "before_birth": _l("This day is before the date of birth. Look at the year again."),
    "before_it_began": _l("This is before %(day)s, the day on which it began. Look at it again."),
    "no_such_township": _l("Choose one of the list."),
    "unchanged": _l("Nothing differs from what is registered. Change the address or the employer."),
    "stale": _l(
        "This registration was changed in another tab. Look at what stands there now, then save "
        "again."
    ),
    "not_active": _l("This registration has ended already."),
    "answered": _l("This report has been answered or withdrawn already."),
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """A registration as the person sees it."""

    row: ResidenceRegistration
    reference: str
    place: str
    address: str
    since: str
    registered_on: str
    ended_on: str
    half_year_on: str
    half_year_over: bool
    housing: str
    employer: str
    by: str
    station: str
    events: tuple[tuple[date, str, str], ...]  # day, the same in words, what happened


def card(row: ResidenceRegistration, townships: Mapping[str, Township], today: date) -> Card:
    """Return a registration in words."""
    half_year_on = add_months(row.registered_on, HALF_A_YEAR)
    return Card(
        row=row,
        reference=row.reference,
        place=place_name(row.township_code, townships),
        address=row.address,
        since=full_date(row.lives_there_since),
        registered_on=full_date(row.registered_on),
        ended_on=full_date(row.ended_on) if row.ended_on else "",
        half_year_on=full_date(half_year_on) if half_year_on else "",
        half_year_over=half_year_on is not None and half_year_on <= today,
        housing=value_text("housing", row.housing) if row.housing else "",
        employer=row.employer,
        by=str(BY[row.source]),
        station=row.station.name if row.station else "",
        events=tuple(
            (event.on, full_date(event.on), event_text(event, row, townships))
            for event in row.events.all()
        ),
    )


def place_name(code: str, townships: Mapping[str, Township]) -> str:
    """Return a township with its county; a code that is no longer known stands for itself."""
    place = townships.get(code)
    return full_name(place) if place else code


def event_text(
    event: RegistrationEvent, row: ResidenceRegistration, townships: Mapping[str, Township]
) -> str:
    """Return what happened, in a sentence."""
    left = event.after.get("ended_on")
    by = str(BY.get(event.after.get("source") or row.source, ""))
    match event.action:
        case Action.REPORT if left:
            return _("%(who)s reported that you left on %(day)s. Your registration goes on.") % {
                "who": by,
                "day": _day(left),
            }
        case Action.REPORT:
            return _("%(who)s reported this residence.") % {"who": by}
        case Action.REGISTER:
            return _("Registered.")
        case Action.CONFIRM:
            return _("Confirmed: the person lives there.")
        case Action.DENY:
            return _("Denied: the person does not live there.")
        case Action.CHANGE:
            return _("Changed to %(place)s, %(address)s.") % {
                "place": place_name(event.after.get("township_code", ""), townships),
                "address": event.after.get("address", ""),
            }
    if left and event.after.get("source"):
        return _("%(who)s reported that the stay ended on %(day)s.") % {
            "who": by,
            "day": _day(left),
        }
    return _("Ended.")


def exemption(code: str) -> tuple[str, str] | None:
    """Return why somebody need not register, and the article; None if that is no such case."""
    found = EXEMPTIONS.get(code)
    if found is None:
        return None
    article = str(_ITEM) % {"item": found.article} if found.article else ""
    return str(found.outcome), article or _("浙江省流动人口居住登记条例 第十二条第三款")


@dataclass(frozen=True, kw_only=True)
class ChangeClock:
    """The ten days for a change (ZJ 13), and whether they are over."""

    day: str
    lines: tuple[str, ...]
    passed: bool


def change_clock(changed_on: date, today: date) -> ChangeClock:
    """Return the time for reporting a change, line by line."""
    deadline: Deadline = change_deadline(changed_on)
    return ChangeClock(
        day=full_date(deadline.due_on),
        lines=plain_lines(deadline, _("It changed on %(day)s; this day is not counted.")),
        passed=today > deadline.due_on,
    )


def refusal(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return why something was refused, and what to do."""
    said = REFUSALS.get(code)
    if said is None:
        return _("This could not be saved. Look at your entries and try again.")
    shown = {
        name: full_date(value) if isinstance(value, date) else value
        for name, value in (params or {}).items()
    }
    return str(said) % shown


def _day(text: str) -> str:
    return full_date(date.fromisoformat(text))
