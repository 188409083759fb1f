"""The verdict in one sentence, as a neighbour would say it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.places import COUNTY, Township
from eligibility.core.stated import Facts
from eligibility.place_names import county_name

from .lacks import advice, asked_of_officer, distance, lack, leaves, missing
from .phrases import listed, names_of, open_facts

RANK = {"not_met": 0, "unknown": 1, "officer_decides": 2, "met": 3}


def chosen_route(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the route that the page speaks of first.

    The best one; of equals one that takes the family along if there is a family to take; while
    nothing is met the one that is met first, else the one that asks least that is missing. None
    while the place is still open: which rules count depends on it.
    """
    routes: Sequence[Mapping[str, Any]] = answer["routes"]
    if not routes:
        return None
    if answer["verdict"] == "not_yet":
        return min(
            (route for route in routes if route["earliest_date"]),
            key=lambda route: route["earliest_date"],
        )
    top = max(RANK[route["verdict"]] for route in routes)
    best = [route for route in routes if RANK[route["verdict"]] == top]
    if top == 0:
        return min(best, key=lambda route: distance(route["explanation"]))
    if any(member["verdict"] != "not_met" for member in answer["family"]):
        best = [route for route in best if not route["self_only"]] or best
    if answer["verdict"] == "more_information_needed":
        if any("target_township" in route["unknown_facts"] for route in best):
            return None
        return min(best, key=lambda route: len(route["unknown_facts"]))
    return best[0]


def place_name(facts: Facts, townships: Mapping[str, Township], county: str = "") -> str:
    """Return the place of registration as a sentence names it."""
    township = townships.get(facts.given.get("target_township", ""))
    code = township.county_code if township else county
    if name := county_name(code):
        return name
    if facts.area_classes == (COUNTY,):
        return _("the five counties and county-level cities of Jiaxing")
    return _("Jiaxing")


def sentence(
    answer: Mapping[str, Any],
    chosen: Mapping[str, Any] | None,
    facts: Facts,
    *,
    place: str,
    asked_on: date,
) -> str:
    """Return the verdict in one sentence; ``chosen`` is the route that the page speaks of."""
    day = date.fromisoformat(answer["as_of"])
    match answer["verdict"]:
        case "eligible":
            if day == asked_on:
                return _("You can register in %(place)s now.") % {"place": place}
            return _("On %(day)s you can register in %(place)s.") % {
                "place": place,
                "day": wording.full_date(day),
            }
        case "officer_decides":
            return _("The police station decides: %(what)s.") % {
                "what": listed(asked_of_officer(chosen))
            }
        case "more_information_needed":
            return _("We still need to know: %(what)s.") % {
                "what": names_of(open_facts(answer["next_facts"]))
            }
        case "not_yet" if chosen is not None:
            return _not_yet(chosen, facts)
        case "not_covered":
            return _(
                "This address lies outside the towns of Nanhu and Xiuzhou, where these rules "
                "do not apply. Please ask the local police station."
            )
    return _not_eligible(chosen, day, asked_on)


def _not_yet(route: Mapping[str, Any], facts: Facts) -> str:
    day = wording.full_date(date.fromisoformat(route["earliest_date"]))
    gaps = [m.text for m in missing(route, facts) if m.day]
    unmet = list(leaves(route["explanation"]))
    if not gaps or len(gaps) < len(unmet):  # something that time alone does not bring
        return _("Not yet: the rules change, and from %(day)s you can apply.") % {"day": day}
    return _("Not yet: %(missing)s; from %(day)s you can apply.") % {
        "missing": listed(gaps),
        "day": day,
    }


def _not_eligible(route: Mapping[str, Any] | None, day: date, asked_on: date) -> str:
    if route is None:
        return _("No rule is in force here on this day. Please ask the police station.")
    said = {
        "why": listed([lack(leaf) for leaf in leaves(route["explanation"])]),
        "way": _(", and ").join(list(advice(route))[:2])
        or _("look at other places, or ask the police station"),
        "day": wording.full_date(day),
    }
    if day == asked_on:
        return _("Not possible under the rules as they are: %(why)s. You can %(way)s.") % said
    return _("Not possible under the rules of %(day)s: %(why)s. You can %(way)s.") % said
