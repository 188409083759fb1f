"""The check: from the first question to the result. A link is the only key to the answers."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import quote, urlencode

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from eligibility import (
    answers,
    forms,
    place_names,
    presentation,
    selectors,
    wording,
)
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import FACTS, Kind
from eligibility.core.places import UNITS
from eligibility.question_help import HELP
from eligibility.question_order import COUNTY_QUESTION, PLACE, without_hanging
from eligibility.recheck_words import recheck_words
from eligibility.services import checks, questionnaires
from eligibility.services.questionnaires import Progress
from eligibility.services.recheck import recheck_offer
from jiaxing_hukou.rate_limits import limited

NEW = "new"
CAME_FROM = ("answers", "result")  # where a "change" link stands, and where it leads back
COUNTY_LABEL = gettext_lazy("In which county or district do you want to register?")
MEMBER_ID_BYTES = 9


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep a page out of every cache and index; a link that leads nowhere gets a page that helps.

    The referrer stays as the portal sends it everywhere (same-origin): no other site learns the
    address, and the form checks need it.
    """

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except questionnaires.QuestionnaireUnknown:
            response = render(request, "eligibility/check/gone.html", status=404)
        except questionnaires.QuestionnaireExpired:
            response = render(request, "eligibility/check/gone.html", {"expired": True}, status=410)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return kept


def page(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., Any]]:
    """Decorate a page of a questionnaire: counted, private, for these methods only."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        return require_http_methods(["HEAD", *methods])(limited("pages")(private(view)))

    return decorate


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, even if it is nothing; None if nothing was."""
    return request.POST if request.method == "POST" else None


@dataclass(frozen=True)
class Links:
    """The addresses of one questionnaire's pages; one look-up serves them all."""

    base: str

    def __getitem__(self, name: str) -> str:
        """Return the address of a page or question; in templates ``links.result``."""
        return f"{self.base}{name}/"


@lru_cache(maxsize=1)
def _pattern() -> str:
    return reverse("check-resume", args=["TOKEN"])


def links_to(token: str) -> Links:
    """Return the addresses of a questionnaire's pages."""
    return Links(_pattern().replace("TOKEN", quote(token, safe="")))


def _progress(token: str) -> Progress:
    row = questionnaires.find(token, now=timezone.now())
    return Progress(row, timezone.localdate())


def _places(progress: Progress) -> presentation.Places:
    return presentation.places_of(progress.ruleset, document_url)


def document_url(slug: str) -> str:
    """Return the address of the page of a legal document."""
    return reverse("document-detail", args=[slug])


# Begin, come back, leave -------------------------------------------------------------------


@page("GET", "POST")
def start(request: HttpRequest) -> HttpResponse:
    """Say what is coming; begin on POST."""
    form = forms.DayForm(posted(request))
    if request.method == "POST" and form.is_valid():
        token = questionnaires.begin(as_of=form.cleaned_data["as_of"], now=timezone.now())
        return redirect("check-question", token, COUNTY_QUESTION)
    if request.method == "POST":
        context = {"form": form, "form_html": as_crispy_form(form)}
        return render(request, "eligibility/check/start.html", context, status=422)
    context = {"form_html": _blank_day_form(get_language() or "")}
    return render(request, "eligibility/check/start.html", context)


@lru_cache(maxsize=10)
def _blank_day_form(_language: str) -> SafeString:
    return as_crispy_form(forms.DayForm())


@page("GET")
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Go on where the link was left."""
    return redirect(_next_url(token, _progress(token)))


def _next_url(token: str, progress: Progress, came_from: str = "") -> str:
    """Return the next question; when nothing useful is left, the answers to read through."""
    back = came_from if came_from in CAME_FROM else "answers"
    return links_to(token)[progress.next_question or back]


@page("GET", "POST")
def day(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the day of the check."""
    progress = _progress(token)
    initial = {"as_of": progress.as_of if progress.chose_day else None}
    form = forms.DayForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        questionnaires.set_day(token, as_of=form.cleaned_data["as_of"], now=timezone.now())
        return redirect(_next_url(token, _progress(token), "result"))
    context = {"form": form, "links": links_to(token), "is_today": not progress.chose_day}
    return render(
        request, "eligibility/check/day.html", context, status=422 if form.errors else 200
    )


@page("GET", "POST")
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Go on by newer rules, on request."""
    if request.method == "POST":
        questionnaires.take_newest_rules(token, now=timezone.now())
    return redirect(_next_url(token, _progress(token), "result"))


@page("GET", "POST")
def delete(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then delete every answer."""
    if request.method == "POST":
        questionnaires.delete(token)
        return redirect("check-deleted")
    _progress(token)
    return render(request, "eligibility/check/delete.html", {"links": links_to(token)})


@require_safe
@limited("pages")
def deleted(request: HttpRequest) -> HttpResponse:
    """Say that the answers are gone."""
    return render(request, "eligibility/check/deleted.html")


# One question ------------------------------------------------------------------------------


@page("GET", "POST")
def question(request: HttpRequest, token: str, question: str) -> HttpResponse:
    """Ask one question; write that answer and no other."""
    if question not in questionnaires.QUESTIONS:
        raise Http404
    progress = _progress(token)
    if question == PLACE and not progress.county:
        return redirect("check-question", token, COUNTY_QUESTION)
    form = None
    came_from = request.GET.get("from", "")
    if request.method == "POST":
        form = _form_class(question, progress.county)(
            request.POST, as_of=progress.as_of, question=question
        )
        unsure = "unknown" in request.POST
        if unsure or form.is_valid():
            try:
                after = questionnaires.answer(
                    token,
                    question=question,
                    value=None if unsure else form.raw,
                    now=timezone.now(),
                    today=progress.today,
                )
            except FactsRefused as refused:  # another tab has changed the day
                for error in refused.errors:
                    form.add_error("answer", forms.refusal(error))
            else:
                return redirect(_after(token, question, progress, after, came_from))
    return _ask(request, token, question, progress, form)


def _after(token: str, question: str, before: Progress, after: Progress, came_from: str) -> str:
    """Return where to go on: here once more if the answer contradicts another one."""
    known = {(notice.code, notice.fields) for notice in before.contradictions}
    new = [
        notice
        for notice in after.contradictions_of(question)
        if (notice.code, notice.fields) not in known
    ]
    if new:
        here = links_to(token)[question]
        return f"{here}?{urlencode({'from': came_from})}" if came_from else here
    return _next_url(token, after, came_from)


def _ask(
    request: HttpRequest,
    token: str,
    question: str,
    progress: Progress,
    form: forms.AnswerForm | None,
) -> HttpResponse:
    came_from, links = request.GET.get("from", ""), links_to(token)
    before = progress.before(question)
    if came_from in CAME_FROM:
        back = links[came_from]
    elif before:
        back = links[before]
    else:
        back = reverse("check-start")
    fact = FACTS.get(question)
    context = {
        "links": links_to(token),
        "question": question,
        "title": _label(question),
        "form": form,
        "form_html": (form and as_crispy_form(form)) or _blank_form(question, progress),
        "back_url": back,
        "remaining": _remaining(question, progress),
        "may_skip": fact is not None and fact.kind in (Kind.INT, Kind.DECIMAL, Kind.DATE),
        "is_unsure": question in progress.unsure,
        "why": presentation.why_asked(progress.check, question, _places(progress)),
        "why_place": question in (COUNTY_QUESTION, PLACE),
        "contradictions": _contradictions(token, progress, question),
        "next_url": _next_url(token, progress, came_from),
        "resume_url": request.build_absolute_uri(links.base),
    }
    status = 422 if form and form.errors else 200
    return render(request, "eligibility/check/question.html", context, status=status)


def _remaining(question: str, progress: Progress) -> int:
    """Return how many questions may be left; before the place is known nobody can say."""
    if question in progress.order or question in (COUNTY_QUESTION, PLACE):
        return 0
    return len({*progress.questions, question})


def _label(question: str) -> str:
    return str(COUNTY_LABEL) if question == COUNTY_QUESTION else wording.question(question)


def _form_class(question: str, county: str) -> Any:
    return _cached_form_class(question, county if question == PLACE else "", get_language() or "")


@lru_cache(maxsize=400)
def _cached_form_class(question: str, county: str, _language: str) -> Any:
    """Return the form class of a question; in one language it is always the same."""
    choices: list[Any] = []
    if question == COUNTY_QUESTION:
        choices = [(code, place_names.county_name(code)) for code in UNITS]
    elif question == PLACE:
        choices = [
            (code, place_names.township_name(township))
            for code, township in selectors.townships().items()
            if township.county_code == county
        ]
    return forms.answer_form(
        question, label=_label(question), help_text=str(HELP[question]), choices=choices
    )


def _blank_form(question: str, progress: Progress) -> SafeString:
    """Return the form of a question: one that was not answered yet is rendered only once."""
    if question == COUNTY_QUESTION:
        value: Any = progress.county or None
    else:
        value = progress.facts.given.get(question)
    unsure = question in progress.unsure
    if value is None and not unsure:
        county = progress.county if question == PLACE else ""
        return _rendered_form(question, county, get_language() or "")
    form = _form_class(question, progress.county)(
        initial=forms.initial_of(question, value, unsure=unsure),
        as_of=progress.as_of,
        question=question,
    )
    return as_crispy_form(form)


@lru_cache(maxsize=400)
def _rendered_form(question: str, county: str, language: str) -> SafeString:
    form_class = _cached_form_class(question, county, language)
    return as_crispy_form(form_class(as_of=None, question=question))


def _contradictions(token: str, progress: Progress, question: str) -> list[dict[str, Any]]:
    """Return what does not fit together, each with the way to the other answer."""
    return [
        {"text": wording.notice_text(notice), "links": _links(token, progress, notice, question)}
        for notice in progress.contradictions_of(question)
    ]


def _links(token: str, progress: Progress, notice: Any, here: str = "") -> list[dict[str, str]]:
    """Return a link for each answer that a notice is about, the page's own left out."""
    people, to = progress.people, links_to(token)
    links = []
    for field in notice.fields:
        name = field.partition(".")[0]
        if name == here:
            continue
        if name.startswith("household["):
            index = int(name.removeprefix("household[").removesuffix("]"))
            url = to[f"family/{people[index].id}"]
        else:
            url = to[field]
        links.append({"label": wording.label(field), "url": url})
    return links


# The answers, read through ------------------------------------------------------------------


@page("GET")
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Show every answer, what was not asked, and the family."""
    progress = _progress(token)
    township = selectors.townships().get(progress.facts.given.get(PLACE, ""))
    rows = []
    for name in progress.order:
        if name == COUNTY_QUESTION and PLACE in progress.order:
            continue  # the town names its county
        rows.append(
            {
                "name": name,
                "question": _label(name),
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
        "next_url": _next_url(token, progress),
        "not_asked": [{"name": name, "question": _label(name)} for name in progress.not_asked],
        "people": _people(progress),
        "contradictions": _contradictions_all(token, progress),
        "newer_rules": progress.newer_rules,
        "as_of": wording.full_date(progress.as_of),
        "is_today": not progress.chose_day,
        "resume_url": request.build_absolute_uri(links_to(token).base),
    }
    return render(request, "eligibility/check/review.html", context)


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


def _contradictions_all(token: str, progress: Progress) -> list[dict[str, Any]]:
    return [
        {"text": wording.notice_text(notice), "links": _links(token, progress, notice)}
        for notice in progress.contradictions
    ]


# Household ---------------------------------------------------------------------------------


def _people(progress: Progress) -> list[dict[str, Any]]:
    shown = []
    for person in progress.people:
        stated = progress.facts.household[person.index]
        shown.append(
            {
                "id": person.id,
                "name": presentation.member_name(stated),
                "facts": wording.clauses_of(
                    presentation.member_fact(name, stated[name])
                    for name in ("lives_together", "marital_status", "has_own_income")
                    if name in stated
                ),
            }
        )
    return shown


@page("GET")
def family(request: HttpRequest, token: str) -> HttpResponse:
    """Show the household members; add, change and remove them."""
    progress = _progress(token)
    notices = [
        entry
        for notice, entry in zip(
            progress.contradictions, _contradictions_all(token, progress), strict=True
        )
        if any(field.startswith("household[") for field in notice.fields)
    ]
    context = {
        "links": links_to(token),
        "people": _people(progress),
        "contradictions": notices,
        "full": len(progress.people) >= questionnaires.MAX_HOUSEHOLD,
        "new_url": links_to(token)[f"family/{NEW}"],
    }
    return render(request, "eligibility/check/family.html", context)


@page("GET", "POST")
def member(request: HttpRequest, token: str, member: str) -> HttpResponse:
    """Add a household member, or change one."""
    progress = _progress(token)
    person = next((p for p in progress.people if p.id == member), None)
    if member != NEW and person is None:
        return redirect("check-family", token)
    form = forms.MemberForm(
        posted(request),
        as_of=progress.as_of,
        initial=forms.initial_of_member(person.stated) if person else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            questionnaires.keep_member(
                token,
                member=person.id if person else _member_id(request),
                stated=form.stated,
                now=timezone.now(),
                today=progress.today,
            )
        except questionnaires.HouseholdFull:
            form.add_error(None, gettext("You have named 50 people, which is the most possible."))
        else:
            return redirect("check-family", token)
    context = {
        "links": links_to(token),
        "form": form,
        "person": person,
        # Made here, so that pressing the button twice adds one person.
        "member_id": request.POST.get("member_id") or secrets.token_hex(MEMBER_ID_BYTES),
    }
    return render(
        request, "eligibility/check/member.html", context, status=422 if form.errors else 200
    )


def _member_id(request: HttpRequest) -> str:
    given = request.POST.get("member_id", "")
    if len(given) == 2 * MEMBER_ID_BYTES and set(given) <= set("0123456789abcdef"):
        return given
    return secrets.token_hex(MEMBER_ID_BYTES)


@page("GET", "POST")
def remove_member(request: HttpRequest, token: str, member: str) -> HttpResponse:
    """Ask once more, then take a household member out."""
    if request.method == "POST":
        questionnaires.remove_member(token, member=member, now=timezone.now())
        return redirect("check-family", token)
    progress = _progress(token)
    person = next((p for p in progress.people if p.id == member), None)
    if person is None:
        return redirect("check-family", token)
    name = presentation.member_name(progress.facts.household[person.index])
    context = {"links": links_to(token), "name": name}
    return render(request, "eligibility/check/remove_member.html", context)


# The answer --------------------------------------------------------------------------------


@page("GET")
def result(request: HttpRequest, token: str) -> HttpResponse:
    """Show the answer, computed now from what was answered."""
    progress = _progress(token)
    shown = presentation.result_page(
        answers.check_answer(progress.check),
        progress.facts,
        asked_on=progress.today,
        townships=selectors.townships(),
        places=_places(progress),
        county=progress.county,
    )
    notices = [{"line": line, "links": _links(token, progress, line)} for line in shown.notices]
    context = {
        "links": links_to(token),
        "page": shown,
        "notices": notices,
        "open": [(name, _label(name)) for name in progress.questions],
        "unsure": [
            (name, _label(name))
            for name in without_hanging(progress.check.next_facts, progress.unsure)
            if name in progress.unsure
        ],
        "newer_rules": progress.newer_rules,
        "recheck": recheck_words(recheck_offer(progress)),
        "is_today": not progress.chose_day,
    }
    return render(request, "eligibility/check/result.html", context)


@page("GET")
def compare(request: HttpRequest, token: str) -> HttpResponse:
    """Show the seven areas by the same answers, best first."""
    progress = _progress(token)
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
        "lines": presentation.place_lines(areas, target=progress.county),
        "as_of": wording.full_date(progress.as_of),
    }
    return render(request, "eligibility/check/compare.html", context)
