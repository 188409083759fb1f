"""The grounds of a refusal in words, and the letter that states them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.wording import full_date
from residence_permit.core import refusals
from residence_permit.core.refusals import LAWSUIT, RECONSIDERATION, Ground
from residence_permit.models import CaseEvent, PermitApplication

# What a ground says, by its code.
GROUNDS = {
    "local_hukou": _l(
        "The applicant’s hukou is in this county (or in the city’s urban area), so he is not one "
        "who lives away from his hukou."
    ),
    "half_a_year": _l("The residence registration has not lasted for half a year yet."),
    "ground_not_proved": _l(
        "Neither stable employment, nor stable housing, nor continuous schooling has been proved."
    ),
    "not_recognised": _l(
        "The applicant has not been recognised as an investor or talent by the county or the city."
    ),
    "papers_missing": _l("Papers that the law asks for are missing."),
    "papers_untrue": _l("Papers that were handed in are not true or not lawful."),
    "agent_not_entitled": _l(
        "Whoever applied for the person is neither the guardian nor a near relative."
    ),
    "ground_ended": _l(
        "Employment, housing or schooling has changed, and the conditions are no longer met."
    ),
    "outside_window": _l("The endorsement was not applied for in the month in which it can be."),
    "moved_elsewhere": _l(
        "The new address lies outside the county (or the urban area) that issued the permit."
    ),
    "card_legible": _l("The permit is not damaged to the point of being illegible."),
    "card_not_returned": _l("The damaged permit was not handed back."),
    "card_not_lost": _l("The permit has not been lost."),
}

# The same in few words, for the axis of a plot.
SHORT = {
    "local_hukou": _l("local hukou"),
    "half_a_year": _l("under half a year"),
    "ground_not_proved": _l("no ground proved"),
    "not_recognised": _l("not recognised"),
    "papers_missing": _l("papers missing"),
    "papers_untrue": _l("papers untrue"),
    "agent_not_entitled": _l("agent not entitled"),
    "ground_ended": _l("ground has ended"),
    "outside_window": _l("outside the window"),
    "moved_elsewhere": _l("moved elsewhere"),
    "card_legible": _l("card legible"),
    "card_not_returned": _l("card not returned"),
    "card_not_lost": _l("card not lost"),
}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The letter that tells of a refusal: what, why, by which article, and what can be done."""

    reference: str
    to: str
    on: str
    office: str
    opening: str
    ground: str
    reason: str
    legal_basis: str
    remedies: tuple[str, ...]


def ground_choices(grounds: tuple[Ground, ...]) -> list[tuple[str, str]]:
    """Return code and words of grounds, with the articles, for a list to choose from."""
    return [
        (
            ground.code,
            _("%(ground)s (%(articles)s)")
            % {"ground": GROUNDS[ground.code], "articles": ground.legal_basis},
        )
        for ground in grounds
    ]


def letter(case: PermitApplication, *, on: date, given: Mapping[str, str], office: str) -> Letter:
    """Return the letter of a refusal; ``given`` holds reason_code, legal_basis and reason."""
    return Letter(
        reference=case.reference,
        to=case.person.name,
        on=full_date(on),
        office=office,
        opening=_(
            "Your application “%(kind)s”, number %(reference)s, has been examined. It is refused."
        )
        % {"kind": case.get_kind_display(), "reference": case.reference},
        ground=str(GROUNDS.get(given["reason_code"], "")),
        reason=given["reason"],
        legal_basis=given["legal_basis"],
        remedies=tuple(_remedy(remedy) for remedy in refusals.remedies(on)),
    )


def letter_of(event: CaseEvent, *, on: date, office: str) -> Letter:
    """Return the letter of a refusal as its event keeps it."""
    given = {name: event.details.get(name, "") for name in ("reason_code", "legal_basis")}
    return letter(event.application, on=on, given={**given, "reason": event.reason}, office=office)


def _remedy(remedy: refusals.Remedy) -> str:
    until = {"until": full_date(remedy.until)}
    if remedy.code == RECONSIDERATION:
        return (
            _(
                "You can ask for administrative reconsideration (行政复议) within 60 days, until "
                "%(until)s."
            )
            % until
        )
    if remedy.code == LAWSUIT:
        return (
            _(
                "You can bring an administrative lawsuit (行政诉讼) within 6 months, until "
                "%(until)s."
            )
            % until
        )
    raise ValueError(f"no words for {remedy.code}")
