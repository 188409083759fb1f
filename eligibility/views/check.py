"""The check: begin, come back, choose another day or newer rules, leave."""

from functools import lru_cache

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from eligibility import forms
from eligibility.framed import framed
from eligibility.question_order import COUNTY_QUESTION
from eligibility.services import questionnaires
from jiaxing_hukou.rate_limits import limited

from .questionnaire import links_to, next_url, page, posted, progress_of


@page("GET", "POST")
def start(request: HttpRequest) -> HttpResponse:
    """Say what is coming; begin on POST."""
    form = forms.DayForm(posted(request))
    if request.method == "POST" and form.is_valid():
        token = questionnaires.begin(as_of=form.cleaned_data["as_of"], now=timezone.now())
        return redirect("check-question", token, COUNTY_QUESTION)
    if request.method == "POST":
        context = {"form": form, "form_html": as_crispy_form(form)}
        return framed(request, "eligibility/check/start.html", context, status=422)
    context = {"form_html": _blank_day_form(get_language() or "")}
    return framed(request, "eligibility/check/start.html", context)


@lru_cache(maxsize=10)
def _blank_day_form(_language: str) -> SafeString:
    return as_crispy_form(forms.DayForm())


@page("GET")
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Go on where the link was left."""
    return redirect(next_url(token, progress_of(token)))


@page("GET", "POST")
def day(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the day of the check."""
    progress = progress_of(token)
    initial = {"as_of": progress.as_of if progress.chose_day else None}
    form = forms.DayForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        questionnaires.set_day(token, as_of=form.cleaned_data["as_of"], now=timezone.now())
        return redirect(next_url(token, progress_of(token), "result"))
    context = {"form": form, "links": links_to(token), "is_today": not progress.chose_day}
    return framed(
        request, "eligibility/check/day.html", context, status=422 if form.errors else 200
    )


@page("GET", "POST")
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Go on by newer rules, on request."""
    if request.method == "POST":
        questionnaires.take_newest_rules(token, now=timezone.now())
    return redirect(next_url(token, progress_of(token), "result"))


@page("GET", "POST")
def delete(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then delete every answer."""
    if request.method == "POST":
        questionnaires.delete(token)
        return redirect("check-deleted")
    progress_of(token)
    return framed(request, "eligibility/check/delete.html", {"links": links_to(token)})


@require_safe
@limited("pages")
def deleted(request: HttpRequest) -> HttpResponse:
    """Say that the answers are gone."""
    return framed(request, "eligibility/check/deleted.html")
