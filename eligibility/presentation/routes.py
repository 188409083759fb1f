"""Routes as cards: the conditions that settle them, or one sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.route_answers import SharedRoute

from .grounds import Places, ground_of
from .lacks import DERIVED_FROM, asked_of_officer, gap_text, lack, leaves, not_so
from .phrases import listed, names_of, open_facts, stated_text
from .shapes import Ground, Line, RouteCard


def route_card(route: Mapping[str, Any], places: Places, *, in_short: bool = False) -> RouteCard:
    """Return one route with the conditions that settle it; ``in_short`` only in a sentence."""
    shared = isinstance(route, SharedRoute) and (not route.quotes or in_short)
    if not shared:
        return _route_card(route, places, in_short)
    key = (places, in_short)
    if key not in route.memo:
        # A sentence quotes nothing but how much is missing, which the next person lacks otherwise.
        says_how_much = route.quotes and any("gap" in leaf for leaf in leaves(route["explanation"]))
        card = None if says_how_much else replace(_route_card(route, places, in_short), made={})
        route.memo[key] = card
    return route.memo[key] or _route_card(route, places, in_short)


def _route_card(route: Mapping[str, Any], places: Places, in_short: bool) -> RouteCard:
    lines = () if in_short else _lines(route["explanation"], places, within=route["citation"])
    return RouteCard(
        code=route["code"],
        name=route["name"],
        verdict=route["verdict"],
        ground=ground_of(route["citation"], places),
        lines=tuple(lines),
        sentence=_route_sentence(route),
        self_only=route["self_only"],
    )


def _route_sentence(route: Mapping[str, Any]) -> str:
    day = route["earliest_date"]
    if day:
        return _("From %(day)s on.") % {"day": wording.full_date(date.fromisoformat(day))}
    match route["verdict"]:
        case "not_met":
            why = [lack(leaf) for leaf in leaves(route["explanation"])]
            return _("The reason: %(why)s.") % {"why": listed(why)}
        case "unknown":
            asked = open_facts(route["unknown_facts"])
            return _("Still to be known: %(what)s.") % {"what": names_of(asked)}
        case "officer_decides":
            return _("The police station decides: %(what)s.") % {
                "what": listed(asked_of_officer(route))
            }
    return ""


def _lines(node: Mapping[str, Any], places: Places, *, within: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the conditions that settle an explanation; groups of "all" are written flat.

    ``within`` is what the route cites: its document is named once and not on every line.
    """
    kind = node["kind"]
    if kind == "all":
        for part in node["children"]:
            yield from _lines(part, places, within=within)
    elif kind == "any" and len(node["children"]) > 1:
        yield Line(
            text=_any_text(node["verdict"]),
            verdict=node["verdict"],
            parts=tuple(_joined(part, places, within) for part in node["children"]),
        )
    elif kind == "any" or kind == "not":
        for part in node["children"]:
            if kind == "not":
                opposite = {"verdict": node["verdict"], "text": not_so(part)}
                yield _line(part | opposite, places, within)
            else:
                yield from _lines(part, places, within=within)
    elif node.get("fact") not in ("target_township",) or node["verdict"] != "met":
        yield _line(node, places, within)


def _any_text(verdict: str) -> str:
    if verdict == "not_met":
        return _("Any one of these would be enough:")
    return _("One of these is enough:")


def _joined(node: Mapping[str, Any], places: Places, within: Mapping[str, Any]) -> Line:
    """Return one alternative as one line, whatever it is made of."""
    if node["kind"] in ("leaf", "officer"):
        return _line(node, places, within)
    settling = list(leaves(node))
    details = [text for text in map(_detail, settling) if text]
    return Line(
        text=wording.clauses_of(leaf["text"] for leaf in settling),
        verdict=node["verdict"],
        detail=" ".join(details),
        ground=_ground_within(settling[0]["citation"], places, within),
    )


def _line(leaf: Mapping[str, Any], places: Places, within: Mapping[str, Any]) -> Line:
    return Line(
        text=leaf["text"],
        verdict=leaf["verdict"],
        detail=_detail(leaf),
        ground=_ground_within(leaf["citation"], places, within),
    )


def _ground_within(cited: Mapping[str, Any], places: Places, within: Mapping[str, Any]) -> Ground:
    return ground_of(cited, places, by_article=cited["document"] == within["document"])


def _detail(leaf: Mapping[str, Any]) -> str:
    """Return what was answered, and what is missing to a figure."""
    if leaf["kind"] == "officer":
        return ""
    if leaf["verdict"] == "unknown":
        return _("Not known so far.")
    name = leaf["fact"]
    said = stated_text(DERIVED_FROM.get(name, name), leaf.get("actual"))
    if name == "target_township" or not said:
        return ""
    text = _("Your answer: %(answer)s.") % {"answer": said}
    gap = leaf.get("gap")
    if gap is None:
        return text
    short = _("%(gap)s short.") % {"gap": gap_text(gap)}
    return wording.sentences([text, short])
