"""One question: ask it; write that answer and no other."""

from typing import Any
from urllib.parse import urlencode

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from eligibility import forms, presentation
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import FACTS, Kind
from eligibility.framed import framed
from eligibility.question_forms import filled_in, form_class, label_of
from eligibility.question_order import COUNTY_QUESTION, PLACE
from eligibility.services import questionnaires
from eligibility.services.questionnaires import Progress

from .questionnaire import (
    CAME_FROM,
    contradictions,
    links_to,
    next_url,
    page,
    places_of,
    progress_of,
)


@page("GET", "POST")
def question(request: HttpRequest, token: str, question: str) -> HttpResponse:
    """Ask one question; write that answer and no other."""
    if question not in questionnaires.QUESTIONS:
        raise Http404
    progress = progress_of(token)
    if question == PLACE and not progress.county:
        return redirect("check-question", token, COUNTY_QUESTION)
    form = None
    came_from = request.GET.get("from", "")
    if request.method == "POST":
        form = form_class(question, progress.county)(
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
                    seen=progress.row,
                )
            except FactsRefused as refused:  # another tab has changed the day
                for error in refused.errors:
                    form.add_error("answer", forms.refusal(error))
            else:
                return HttpResponseRedirect(_after(token, question, progress, after, came_from))
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
    return next_url(token, after, came_from)


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
        "links": links,
        "question": question,
        "title": label_of(question),
        "has_errors": form is not None and bool(form.errors),
        "form_html": as_crispy_form(form) if form else _form_of(question, progress),
        "back_url": back,
        "remaining": _remaining(question, progress),
        "may_skip": fact is not None and fact.kind in (Kind.INT, Kind.DECIMAL, Kind.DATE),
        "is_unsure": question in progress.unsure,
        "why": presentation.why_asked(progress.check, question, places_of(progress)),
        "why_place": question in (COUNTY_QUESTION, PLACE),
        "contradictions": contradictions(
            token, progress, progress.contradictions_of(question), question
        ),
        "next_url": next_url(token, progress, came_from),
        "resume_url": request.build_absolute_uri(links.base),
    }
    status = 422 if context["has_errors"] else 200
    return framed(request, "eligibility/check/question.html", context, status=status)


def _remaining(question: str, progress: Progress) -> int:
    """Return how many questions may be left; before the place is known nobody can say."""
    if question in progress.order or question in (COUNTY_QUESTION, PLACE):
        return 0
    return len({*progress.questions, question})


def _form_of(question: str, progress: Progress) -> SafeString:
    """Return the form with what was answered before."""
    given: Any = progress.county or None
    if question != COUNTY_QUESTION:
        given = progress.facts.given.get(question)
    return filled_in(question, progress.county, given, unsure=question in progress.unsure)
