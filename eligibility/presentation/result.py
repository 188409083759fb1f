"""The result page as one value.

It is made from an answer as the public contract words it (``answers.check_answer``), whether it was
computed just now or kept years ago: a receipt shows the words that were given.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from eligibility import wording
from eligibility.core.places import Township
from eligibility.core.stated import Facts

from .grounds import Places, article
from .lacks import advice, missing
from .people import member_name, person
from .phrases import joined_names, upper_first
from .routes import route_card
from .sentences import chosen_route, place_name, sentence
from .shapes import MemberLine, NoticeLine, PaperLine, ResultPage


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
    day = wording.full_date(date.fromisoformat(answer["as_of"]))
    best = route_card(chosen, places) if chosen else None
    told = _notices(answer["notices"])
    land = next((line for line in told if line.code == "land_rights"), None)
    no = answer["verdict"] in ("not_yet", "not_eligible")
    return ResultPage(
        verdict=answer["verdict"],
        sentence=sentence(answer, chosen, facts, place=place, asked_on=asked_on),
        ground=best.ground if best and answer["verdict"] != "not_covered" else None,
        place=place,
        as_of=day,
        by_rules_of=_("By the rules in force on %(day)s.") % {"day": day},
        best=best,
        missing=tuple(missing(chosen, facts)) if chosen and no else (),
        advice=tuple(advice(chosen)) if chosen and no else (),
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


def _papers(
    answer: Mapping[str, Any], chosen: Mapping[str, Any] | None, facts: Facts
) -> tuple[PaperLine, ...]:
    """Return every paper once, with the people that it is for."""
    if chosen is None or not chosen["papers"]:
        return ()
    if not answer["family"]:
        named = (
            (p["code"], p["name"], tuple(p["alternatives"]), p["clause"]) for p in chosen["papers"]
        )
        return _papers_alone(tuple(named), wording.language())
    wanted: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    everybody = [chosen["papers"], *(member["papers"] for member in answer["family"])]
    for paper in (paper for papers in everybody for paper in papers):
        entry = wanted.setdefault(paper["code"], paper | {"who": []})
        who = paper["for"]
        if who not in names:
            names[who] = person(who, facts)
        entry["who"].append(names[who])
    return tuple(
        _paper(
            *(paper["name"], paper["alternatives"], paper["clause"]),
            who=_("for %(who)s") % {"who": joined_names(paper["who"])},
        )
        for paper in wanted.values()
    )


@lru_cache(maxsize=1_000)
def _papers_alone(
    papers: tuple[tuple[str, str, tuple[str, ...], str], ...], _language: str
) -> tuple[PaperLine, ...]:
    """Return the papers of somebody without family, which are the same for many."""
    wanted: dict[str, PaperLine] = {}
    for code, name, alternatives, clause in papers:
        wanted.setdefault(code, _paper(name, alternatives, clause))
    return tuple(wanted.values())


def _paper(name: str, alternatives: Sequence[str], clause: str, *, who: str = "") -> PaperLine:
    others = (other[:1].lower() + other[1:] for other in alternatives)
    return PaperLine(
        name=name,
        alternatives=pgettext("between papers", " or ").join(others),
        who=who,
        proves=article(clause),
    )


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
