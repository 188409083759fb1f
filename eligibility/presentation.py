"""Pages of the check as small dataclasses: verdicts become sentences a neighbour would say.

A result page is made from an answer as the public contract words it (``answers.check_answer``),
whether it was computed just now or kept years ago: a receipt shows the words that were given.
Nothing is judged here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from eligibility import wording
from eligibility.answers import SharedRoute
from eligibility.core.facts import DERIVED
from eligibility.core.places import COUNTIES, COUNTY, Township
from eligibility.core.rule import SECONDARY, Ruleset
from eligibility.core.stated import Facts, day_reached
from eligibility.place_names import county_name
from eligibility.question_help import ADVICE, OPEN, SHORT
from eligibility.question_order import in_order, without_hanging

RANK = {"not_met": 0, "unknown": 1, "officer_decides": 2, "met": 3}
OVERALL_RANK = (
    "eligible",
    "officer_decides",
    "more_information_needed",
    "not_yet",
    "not_eligible",
    "not_covered",
)
MOST_NAMED = 3  # things named in one sentence
_DERIVED_FROM = {fact.since: fact.name for fact in DERIVED.values()}
_HARD = 3  # a condition that nobody can bring about weighs as much as so many that one can


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where the law says it, as it is named on a page, and where to read it here."""

    text: str
    url: str
    secondary: bool
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One condition and how it stands; ``parts`` are the alternatives of a group."""

    text: str
    verdict: str
    detail: str = ""
    ground: Ground | None = None
    parts: tuple["Line", ...] = ()


@dataclass(frozen=True, kw_only=True)
class RouteCard:
    """One route: what it is called, how it stands, what settles it.

    A ``shared`` one says the same to many and quotes no answer.
    """

    code: str
    name: str
    verdict: str
    ground: Ground
    lines: tuple[Line, ...]
    sentence: str
    self_only: bool
    shared: bool = False


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """One paper to bring, once, for everybody who needs it."""

    name: str
    alternatives: str
    who: str
    proves: str


@dataclass(frozen=True, kw_only=True)
class MemberLine:
    """One household member: may he come along, and why."""

    who: str
    verdict: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that is missing, and the day on which it will be there."""

    text: str
    day: str


@dataclass(frozen=True, kw_only=True)
class NoticeLine:
    """Something to be told; ``fields`` are the answers that it is about."""

    code: str
    kind: str
    text: str
    clause: str
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResultPage:
    """The answer to "Can I register?", in the order in which people ask."""

    verdict: str
    sentence: str
    ground: Ground | None
    place: str
    as_of: str
    by_rules_of: str
    best: RouteCard | None
    missing: tuple[Missing, ...]
    advice: tuple[str, ...]
    family: tuple[MemberLine, ...]
    papers: tuple[PaperLine, ...]
    papers_certain: bool
    office: str
    procedure: str
    remedies: str
    land_rights: str
    land_rights_clause: str
    notices: tuple[NoticeLine, ...]
    others: tuple[RouteCard, ...]


class Places:
    """Where documents are read: titles to addresses. Built once for a ruleset and language."""

    def __init__(self, ruleset: Ruleset, document_url: Callable[[str], str]):
        """Note every document that the ruleset cites, by its number or its title."""
        self.memo: dict[tuple[str, ...], Ground] = {}
        self._urls: dict[str, str] = {}
        for rule in ruleset.versions:
            for cited in rule.citations.values():
                url = document_url(cited.slug)
                for name in (cited.number, *cited.document.values()):
                    if name:
                        self._urls[name] = url

    def url(self, cited: Mapping[str, Any]) -> str:
        """Return the address of an article; empty if it is not held here."""
        page = self._urls.get(cited["number"]) or self._urls.get(cited["document"])
        return f"{page}#clause-{quote(cited['article'])}" if page else ""


def places_of(ruleset: Ruleset, document_url: Callable[[str], str]) -> Places:
    """Return where the documents of a ruleset are read."""
    found: Places | None = ruleset.memo.get(Places)
    if found is None:
        found = ruleset.memo[Places] = Places(ruleset, document_url)
    return found


def article(text: str) -> str:
    """Return an article as it is printed: 三(一) becomes 三（一） in Chinese."""
    if wording.language() == "zh":
        return text.replace("(", "（").replace(")", "）")
    return text


def ground_of(cited: Mapping[str, Any], places: Places) -> Ground:
    """Return a citation as pages show it: number, else title, and article."""
    key = (
        cited["document"],
        cited["article"],
        cited["provenance"],
        cited["text"],
        wording.language(),
    )
    ground = places.memo.get(key)
    if ground is None:
        title = cited["number"] or pgettext("document", "“%(title)s”") % {
            "title": cited["document"]
        }
        ground = places.memo[key] = Ground(
            text=f"{title} {article(cited['article'])}",
            url=places.url(cited),
            secondary=cited["provenance"] == SECONDARY,
            words=cited["text"],
        )
    return ground


# Sentences ---------------------------------------------------------------------------------


def result_page(
    answer: Mapping[str, Any],
    facts: Facts,
    *,
    asked_on: date,
    townships: Mapping[str, Township],
    places: Places,
    county: str = "",
) -> ResultPage:
    """Return the page of one answer, in the active language."""
    routes = answer["routes"]
    chosen = chosen_route(answer)
    place = place_name(facts, townships, county)
    day = date.fromisoformat(answer["as_of"])
    best = route_card(chosen, places) if chosen else None
    told = _notices(answer["notices"])
    land = next((line for line in told if line.code == "land_rights"), None)
    no = answer["verdict"] in ("not_yet", "not_eligible")
    return ResultPage(
        verdict=answer["verdict"],
        sentence=sentence(answer, facts, place=place, asked_on=asked_on),
        ground=best.ground if best and answer["verdict"] != "not_covered" else None,
        place=place,
        as_of=wording.full_date(day),
        by_rules_of=_("By the rules in force on %(day)s.") % {"day": wording.full_date(day)},
        best=best,
        missing=tuple(_missing(chosen, facts)) if chosen and no else (),
        advice=tuple(_advice(chosen)) if chosen and no else (),
        family=tuple(_family(answer, facts)),
        papers=_papers(answer, chosen, facts),
        papers_certain=answer["verdict"] in ("eligible", "not_yet"),
        office=upper_first(answer["next_step"]["office"]),
        procedure=answer["next_step"]["procedure"],
        remedies=answer["next_step"]["remedies"],
        land_rights=land.text if land else "",
        land_rights_clause=land.clause if land else "",
        notices=tuple(
            line for line in told if line.code not in ("land_rights", "secondary_source")
        ),
        others=tuple(
            route_card(route, places, in_short=True) for route in routes if route is not chosen
        ),
    )


def upper_first(text: str) -> str:
    """Return a phrase as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def chosen_route(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the route that the page speaks of first.

    The best one; of equals one that takes the family along if there is a family to take; while
    nothing is met the one that is met first, else the one that asks least that is missing.
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
        return min(best, key=lambda route: _distance(route["explanation"]))
    if any(member["verdict"] != "not_met" for member in answer["family"]):
        best = [route for route in best if not route["self_only"]] or best
    if answer["verdict"] == "more_information_needed":
        return min(best, key=lambda route: len(route["unknown_facts"]))
    return best[0]


def _distance(node: Mapping[str, Any]) -> int:
    """Return how much is missing to a condition that is not met."""
    parts = node.get("children")
    if not parts:
        return 1 if node.get("fact") in ADVICE else _HARD
    found = [_distance(part) for part in parts]
    return min(found) if node["kind"] == "any" else sum(found)


def place_name(facts: Facts, townships: Mapping[str, Township], county: str = "") -> str:
    """Return the place of registration as a sentence names it."""
    township = townships.get(facts.given.get("target_township", ""))
    code = township.county_code if township else county
    if name := county_name(code):
        return name
    if facts.area_classes == (COUNTY,):
        return _("the five counties and county-level cities of Jiaxing")
    return _("Jiaxing")


def sentence(answer: Mapping[str, Any], facts: Facts, *, place: str, asked_on: date) -> str:
    """Return the verdict in one sentence."""
    day = date.fromisoformat(answer["as_of"])
    chosen = chosen_route(answer)
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
                "what": _listed(_asked_of_officer(chosen))
            }
        case "more_information_needed":
            return _("We still need to know: %(what)s.") % {
                "what": _names(_open_facts(answer["next_facts"]))
            }
        case "not_yet" if chosen is not None:
            return _not_yet(chosen, facts)
        case "not_covered":
            return _(
                "This address lies outside the towns of Nanhu and Xiuzhou, where these rules "
                "do not apply. Please ask the local police station."
            )
    return _not_eligible(chosen, day, asked_on)


def _listed(parts: Sequence[str]) -> str:
    """Return the first few of several things, and say if there are more."""
    found = list(dict.fromkeys(parts))
    named = wording.clauses_of(found[:MOST_NAMED])
    return _("%(some)s, and more") % {"some": named} if len(found) > MOST_NAMED else named


def _names(parts: Sequence[str]) -> str:
    """Return the first few of several names, and say if there are more."""
    named = _joined_names(parts[:MOST_NAMED])
    return _("%(some)s and others") % {"some": named} if len(parts) > MOST_NAMED else named


def _open_facts(names: Sequence[str]) -> list[str]:
    """Return what is still to be known, in the order in which it is asked."""
    asked = in_order(without_hanging(names, names))
    return [open_fact(name) for name in asked]


def open_fact(name: str) -> str:
    """Return what is still to be known, as a phrase."""
    return _open_fact(name, wording.language())


@lru_cache(maxsize=200)
def _open_fact(name: str, _language: str) -> str:
    return str(OPEN[name]) if name in OPEN else wording.label(name)


def _joined_names(parts: Sequence[str]) -> str:
    return pgettext("between alternatives", ", ").join(parts)


def _leaves(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the leaves that settle an explanation, in the order of the text."""
    parts = node.get("children")
    if parts is None:
        yield node
        return
    if node["kind"] == "any" and node["verdict"] == "not_met":
        parts = [min(parts, key=_distance)]
    for part in parts:
        yield from _leaves(part)


def _asked_of_officer(route: Mapping[str, Any] | None) -> list[str]:
    if route is None:
        return []
    return [leaf["text"] for leaf in _leaves(route["explanation"]) if leaf["kind"] == "officer"]


def _not_yet(route: Mapping[str, Any], facts: Facts) -> str:
    day = wording.full_date(date.fromisoformat(route["earliest_date"]))
    gaps = [m.text for m in _missing(route, facts) if m.day]
    unmet = list(_leaves(route["explanation"]))
    if not gaps or len(gaps) < len(unmet):  # something that time alone does not bring
        return _("Not yet: the rules change, and from %(day)s you can apply.") % {"day": day}
    return _("Not yet: %(missing)s; from %(day)s you can apply.") % {
        "missing": _listed(gaps),
        "day": day,
    }


def _missing(route: Mapping[str, Any], facts: Facts) -> Iterator[Missing]:
    """Yield what a route lacks, each thing with the day on which it will be there."""
    for leaf in _leaves(route["explanation"]):
        if leaf["verdict"] != "not_met":
            continue
        gap = leaf.get("gap")
        if gap is None:
            yield Missing(text=upper_first(_lack(leaf)), day="")
            continue
        day = _day_of(leaf, facts) if gap["grows"] else None
        yield Missing(text=_lack(leaf), day=wording.full_date(day) if day else "")


def _day_of(leaf: Mapping[str, Any], facts: Facts) -> date | None:
    name = _DERIVED_FROM.get(leaf["fact"], leaf["fact"])
    return day_reached(name, int(leaf["actual"]) + int(leaf["gap"]["amount"]), facts)


def _gap(gap: Mapping[str, Any]) -> str:
    """Return how much is missing, as a sentence about a person writes it."""
    many = 1 if gap["amount"] == 1 else 2
    forms = {
        "months": npgettext("missing", "%(n)s month", "%(n)s months", many),
        "years": npgettext("missing", "%(n)s year", "%(n)s years", many),
        "m2": pgettext("missing", "%(n)s m²"),
    }
    return forms[gap["unit"]] % {"n": gap["amount"]}


def _lack(leaf: Mapping[str, Any]) -> str:
    """Return what is not so, as a neighbour would say it."""
    name, required = leaf.get("fact", ""), leaf.get("required")
    gap = leaf.get("gap")
    if gap is not None:
        return _("%(what)s is %(gap)s short") % {
            "what": SHORT.get(name) or wording.label(name),
            "gap": _gap(gap),
        }
    if isinstance(required, bool):
        return str((wording.NO if required else wording.YES)[name])
    if name == "housing" and set(required or ()) == wording.STABLE_HOUSING:
        return _("you have no stable home here")
    return _not_so(leaf)


def _not_so(leaf: Mapping[str, Any]) -> str:
    return _("“%(condition)s” is not the case") % {"condition": leaf["text"]}


def _not_eligible(route: Mapping[str, Any] | None, day: date, asked_on: date) -> str:
    if route is None:
        return _("No rule is in force here on this day. Please ask the police station.")
    said = {
        "why": _listed([_lack(leaf) for leaf in _leaves(route["explanation"])]),
        "way": _(", and ").join(list(_advice(route))[:2])
        or _("look at other places, or ask the police station"),
        "day": wording.full_date(day),
    }
    if day == asked_on:
        return _("Not possible under the rules as they are: %(why)s. You can %(way)s.") % said
    return _("Not possible under the rules of %(day)s: %(why)s. You can %(way)s.") % said


def _advice(route: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one can do oneself about what is missing."""
    named = dict.fromkeys(leaf.get("fact") for leaf in _leaves(route["explanation"]))
    for name in named:
        if name in ADVICE:
            yield str(ADVICE[name])


# Routes ------------------------------------------------------------------------------------


def route_card(route: Mapping[str, Any], places: Places, *, in_short: bool = False) -> RouteCard:
    """Return one route with the conditions that settle it; ``in_short`` only in a sentence."""
    if not isinstance(route, SharedRoute):
        return _route_card(route, places, in_short)
    card: RouteCard | None = route.memo.get((places, in_short))
    if card is None:
        card = replace(_route_card(route, places, in_short), shared=True)
        route.memo[places, in_short] = card
    return card


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
            why = [_lack(leaf) for leaf in _leaves(route["explanation"])]
            return _("The reason: %(why)s.") % {"why": _listed(why)}
        case "unknown":
            asked = _open_facts(route["unknown_facts"])
            return _("Still to be known: %(what)s.") % {"what": _names(asked)}
        case "officer_decides":
            return _("The police station decides: %(what)s.") % {
                "what": _listed(_asked_of_officer(route))
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
                opposite = {"verdict": node["verdict"], "text": _not_so(part)}
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
    leaves = list(_leaves(node))
    details = [text for text in map(_detail, leaves) if text]
    return Line(
        text=wording.clauses_of(leaf["text"] for leaf in leaves),
        verdict=node["verdict"],
        detail=" ".join(details),
        ground=_ground_within(leaves[0]["citation"], places, within),
    )


def _line(leaf: Mapping[str, Any], places: Places, within: Mapping[str, Any]) -> Line:
    return Line(
        text=leaf["text"],
        verdict=leaf["verdict"],
        detail=_detail(leaf),
        ground=_ground_within(leaf["citation"], places, within),
    )


def _ground_within(cited: Mapping[str, Any], places: Places, within: Mapping[str, Any]) -> Ground:
    ground = ground_of(cited, places)
    if cited["document"] != within["document"]:
        return ground
    return replace(ground, text=article(cited["article"]))


def _detail(leaf: Mapping[str, Any]) -> str:
    """Return what was answered, and what is missing to a figure."""
    if leaf["kind"] == "officer":
        return ""
    if leaf["verdict"] == "unknown":
        return _("Not known so far.")
    name = leaf["fact"]
    said = stated_text(_DERIVED_FROM.get(name, name), leaf.get("actual"))
    if name == "target_township" or not said:
        return ""
    text = _("Your answer: %(answer)s.") % {"answer": said}
    gap = leaf.get("gap")
    if gap is None:
        return text
    short = _("%(gap)s short.") % {"gap": _gap(gap)}
    return wording.sentences([text, short])


def stated_text(name: str, value: Any) -> str:
    """Return a value of the contract as a reader would say it; empty if it is not known."""
    if value is None:
        return ""
    unit = {"age_years": "years", "graduation_years_begun": "years"}.get(name)
    if unit:
        return wording.amount(value, unit)
    return wording.value_text(name, value)


# Papers, family, notices -------------------------------------------------------------------


def _papers(
    answer: Mapping[str, Any], chosen: Mapping[str, Any] | None, facts: Facts
) -> tuple[PaperLine, ...]:
    """Return every paper once, with the people that it is for."""
    if chosen is None or not chosen["papers"]:
        return ()
    wanted: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    everybody = [chosen["papers"], *(member["papers"] for member in answer["family"])]
    for paper in (paper for papers in everybody for paper in papers):
        entry = wanted.setdefault(paper["code"], paper | {"who": [], "clauses": {}})
        who = paper["for"]
        if who not in names:
            names[who] = person(who, facts)
        entry["who"].append(names[who])
        entry["clauses"][paper["clause"]] = None
    alone = len(everybody) == 1
    return tuple(
        PaperLine(
            name=paper["name"],
            alternatives=pgettext("between papers", " or ").join(
                name[:1].lower() + name[1:] for name in paper["alternatives"]
            ),
            who="" if alone else _("for %(who)s") % {"who": _joined_names(paper["who"])},
            proves=article(next(iter(paper["clauses"]))),
        )
        for paper in wanted.values()
    )


def person(code: str, facts: Facts) -> str:
    """Return a person of the contract's `for` as the page calls him."""
    if code == "applicant":
        return _("yourself")
    index = int(code.removeprefix("household[").removesuffix("]"))
    return member_name(facts.household[index])


def member_name(stated: Mapping[str, Any]) -> str:
    """Return what a household member is called: the relation, and the birth date if known."""
    relation = stated.get("relation")
    name = str(wording.VALUES["relation"][relation]) if relation else _("family member")
    born = stated.get("birth_date")
    if born is None:
        return name
    return _("%(name)s, born %(day)s") % {"name": name, "day": wording.full_date(born)}


def _family(answer: Mapping[str, Any], facts: Facts) -> Iterator[MemberLine]:
    for member in answer["family"]:
        yield MemberLine(
            who=upper_first(member_name(facts.household[member["index"]])),
            verdict=member["verdict"],
            reason=member["reason"],
        )


_WARNINGS = ("future_as_of", "plan_period_over")


def _notices(notices: Sequence[Mapping[str, Any]]) -> list[NoticeLine]:
    return [
        NoticeLine(
            code=notice["code"],
            kind="warning" if notice.get("fields") or notice["code"] in _WARNINGS else "info",
            text=notice["text"],
            clause=article(notice.get("clause") or ""),
            fields=tuple(notice.get("fields", ())),
        )
        for notice in notices
    ]


# Comparison --------------------------------------------------------------------------------


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
            return _listed(_asked_of_officer(chosen)[:1])
        case "more_information_needed":
            asked = chosen["unknown_facts"] or answer["next_facts"]
            return upper_first(open_fact(asked[0])) if asked else ""
        case "not_yet" | "not_eligible":
            return next((m.text for m in _missing(chosen, facts)), "")
    return ""


# Why a question is asked -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Why:
    """A clause for which a question is asked, and the routes that rest on it."""

    routes: str
    ground: Ground


def why_asked(check: Any, question: str, places: Places) -> tuple[Why, ...]:
    """Return the clauses on which a question bears, of the routes that are still open."""
    found: dict[str, tuple[Ground, list[str]]] = {}
    known = question in check.facts.given
    for route in check.routes:
        leaf = _leaf_of(route.rule, question)
        if leaf is None or not (known or _is_open(route, check)):
            continue
        cited = route.rule.citations[leaf.clause]
        ground = ground_of(
            {
                "document": wording.say(cited.document),
                "number": cited.number,
                "article": cited.article,
                "text": cited.text,
                "provenance": route.rule.leaf_provenance(leaf),
            },
            places,
        )
        names = found.setdefault(ground.text, (ground, []))[1]
        names.append(wording.say(route.rule.name))
    return tuple(
        Why(routes=_joined_names(list(dict.fromkeys(names))), ground=ground)
        for ground, names in found.values()
    )


def _is_open(route: Any, check: Any) -> bool:
    return route.verdict.wire == "unknown" or check.verdict.value in (
        "not_yet",
        "not_eligible",
    )


def _leaf_of(rule: Any, question: str) -> Any:
    name = _DERIVED_FROM.get(question, question)
    for node in rule.nodes:
        if getattr(node, "fact", None) == name:
            return node
    return None


def member_fact(name: str, value: Any) -> str:
    """Return one thing stated about a household member, as a phrase."""
    if isinstance(value, bool):
        return str((wording.YES if value else wording.NO)[name])
    return wording.value_text(name, value)
