"""The answers read through, and what follows from them: the result, and the other places."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from eligibility import answers, forms, place_names, presentation, selectors, wording
from eligibility.core.places import RURAL
from eligibility.framed import framed
from eligibility.question_forms import label_of
from eligibility.question_order import COUNTY_QUESTION, PLACE, without_hanging
from eligibility.recheck_words import recheck_words
from eligibility.services import checks
from eligibility.services.questionnaires import Progress
from eligibility.services.recheck import recheck_offer

from .family import people_of
from .questionnaire import (
    contradictions,
    links_of,
    links_to,
    next_url,
    page,
    places_of,
    progress_of,
)


@page("GET")
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Show every answer, what was not asked, and the family."""
    progress = progress_of(token)
    township = selectors.townships().get(progress.facts.given.get(PLACE, ""))
    rows = []
    for name in progress.order:
        if name == COUNTY_QUESTION and PLACE in progress.order:
            continue  # the town names its county
        rows.append(
            {
                "name": name,
                "question": label_of(name),
                "answer": _answer_text(progress, name, township),
                "unsure": name in progress.unsure,
                "change": COUNTY_QUESTION if name == PLACE else name,
            }
        )
    context = {
        "links": links_to(token),
        "rows": rows,
        "set_aside": [
            {"label": wording.label(e.field), "why": forms.refusal(e)} for e in progress.set_aside
        ],
        "open": len(progress.questions),
        "next_url": next_url(token, progress),
        "not_asked": [{"name": name, "question": label_of(name)} for name in progress.not_asked],
        "people": people_of(progress),
        "contradictions": contradictions(token, progress, progress.contradictions),
        "newer_rules": progress.newer_rules,
        "as_of": wording.full_date(progress.as_of),
        "is_today": not progress.chose_day,
        "resume_url": request.build_absolute_uri(links_to(token).base),
    }
    return framed(request, "eligibility/check/review.html", context)


def _answer_text(progress: Progress, name: str, township: Any) -> str:
    if name in progress.unsure:
        return gettext("I do not know")
    if name == COUNTY_QUESTION:
        return place_names.county_name(progress.county)
    value = progress.facts.given.get(name)
    if value is None:
        return gettext("not answered")
    if name == PLACE and township:
        return place_names.full_name(township)
    return presentation.upper_first(presentation.stated_text(name, value))


@page("GET")
def result(request: HttpRequest, token: str) -> HttpResponse:
    """Show the answer, computed now from what was answered."""
    progress = progress_of(token)
    shown = presentation.result_page(
        answers.check_answer(progress.check, for_page=True),
        progress.facts,
        asked_on=progress.today,
        townships=selectors.townships(),
        places=places_of(progress),
        county=progress.county,
    )
    notices = [{"line": line, "links": links_of(token, progress, line)} for line in shown.notices]
    context = {
        "links": links_to(token),
        "page": shown,
        "notices": notices,
        "open": [(name, label_of(name)) for name in progress.questions],
        "unsure": [
            (name, label_of(name))
            for name in without_hanging(progress.check.next_facts, progress.unsure)
            if name in progress.unsure
        ],
        "newer_rules": progress.newer_rules,
        "recheck": recheck_words(recheck_offer(progress)),
        "is_today": not progress.chose_day,
        "can_change": True,
    }
    return framed(request, "eligibility/check/result.html", context)


@page("GET")
def compare(request: HttpRequest, token: str) -> HttpResponse:
    """Show the seven areas by the same answers, best first."""
    progress = progress_of(token)
    found = checks.compare_areas(progress.facts, progress.today, progress.ruleset)
    said: dict[int, dict[str, Any]] = {}
    areas = []
    for place in found:
        answer = said.get(id(place.check))
        if answer is None:
            answer = said[id(place.check)] = answers.check_answer(place.check)
        areas.append((place.county_code, answer, place.check.facts))
    context = {
        "links": links_to(token),
        "lines": presentation.place_lines(areas, target=_chosen_area(progress)),
        "as_of": wording.full_date(progress.as_of),
    }
    return framed(request, "eligibility/check/compare.html", context)


def _chosen_area(progress: Progress) -> str:
    """Return the county code of the area that was chosen; none for an address outside a 镇区."""
    return "" if progress.facts.area_classes == (RURAL,) else progress.county
