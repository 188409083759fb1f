"""The seven areas by the same answers, best first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.places import COUNTIES
from eligibility.core.stated import Facts
from eligibility.place_names import county_name

from .lacks import asked_of_officer, missing
from .phrases import listed, open_fact, upper_first
from .sentences import chosen_route

OVERALL_RANK = (
    "eligible",
    "officer_decides",
    "more_information_needed",
    "not_yet",
    "not_eligible",
    "not_covered",
)


@dataclass(frozen=True, kw_only=True)
class PlaceLine:
    """One of the seven areas: how it stands there, from which day, what is missing."""

    name: str
    verdict: str
    day: str
    missing: str
    is_target: bool


def place_lines(
    areas: Sequence[tuple[str, Mapping[str, Any], Facts]], *, target: str
) -> tuple[PlaceLine, ...]:
    """Return the areas, best first; ``areas`` are county code, answer and facts."""
    ordered = sorted(
        areas,
        key=lambda area: (
            OVERALL_RANK.index(area[1]["verdict"]),
            area[1]["earliest_date"] or "",
            area[0] != target,
        ),
    )
    return tuple(
        PlaceLine(
            name=_area_name(code),
            verdict=answer["verdict"],
            day=_area_day(answer),
            missing=_area_missing(answer, facts),
            is_target=code == target,
        )
        for code, answer, facts in ordered
    )


def _area_name(code: str) -> str:
    if code in COUNTIES:
        return county_name(code)
    return _("%(district)s, urban area") % {"district": county_name(code)}


def _area_day(answer: Mapping[str, Any]) -> str:
    if answer["verdict"] == "eligible":
        return _("now")
    day = answer["earliest_date"]
    return wording.full_date(date.fromisoformat(day)) if day else ""


def _area_missing(answer: Mapping[str, Any], facts: Facts) -> str:
    chosen = chosen_route(answer)
    if chosen is None:
        return ""
    match answer["verdict"]:
        case "officer_decides":
            return listed(asked_of_officer(chosen)[:1])
        case "more_information_needed":
            asked = chosen["unknown_facts"] or answer["next_facts"]
            return upper_first(open_fact(asked[0])) if asked else ""
        case "not_yet" | "not_eligible":
            return next((m.text for m in missing(chosen, facts)), "")
    return ""
