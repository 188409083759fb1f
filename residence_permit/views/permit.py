"""The page of a permit: what it is today, its ledger, and what it entitles its holder to."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from eligibility.wording import full_date
from residence_permit import selectors_case
from residence_permit.core.permit_ledger import timeline
from residence_permit.forms.permit import FactsForm
from residence_permit.presentation import entitlements as rights
from residence_permit.presentation import permit as words
from residence_permit.services import holder
from residence_permit.services.holder import Held
from residence_permit.views.case_access import page, posted

FOLDER = "residence_permit/permit/"


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Show one's own permit, else that of the first person for whom one acts."""
    held = holder.held_permits(request.user)
    if held:
        return _show(request, held, held[0])
    context = {"has_profile": bool(selectors_case.persons_of(request.user))}
    return render(request, f"{FOLDER}none.html", context)


@page()
def detail(request: HttpRequest, permit_id: int) -> HttpResponse:
    """Show one permit."""
    held = holder.held_permits(request.user)
    return _show(request, held, held_or_404(held, permit_id))


def held_or_404(held: list[Held], permit_id: int) -> Held:
    """Return a permit that somebody may see; another person's does not exist."""
    found = holder.find_held(held, permit_id)
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, held: list[Held], one: Held) -> HttpResponse:
    day = timezone.localdate()
    today = holder.today_of(held=one, user=request.user, day=day)
    known = holder.known_facts(today)
    context = {
        "page": words.permit_page(today),
        "person_id": one.person.pk,
        "groups": rights.groups(holder.entitlements(today=today, known=known), today, known),
        "latest": words.ledger_lines(one, request.user.pk)[:1],
        "lines": len(one.lines),
        "others": [_other(other, day) for other in held if other is not one],
        "day": full_date(day),
    }
    return render(request, f"{FOLDER}detail.html", context)


def _other(held: Held, day: Any) -> dict[str, Any]:
    _tone, _icon, word = words.TONES[timeline(held.ledger, day).status]
    return {"held": held, "state": str(word)}


@page()
def ledger(request: HttpRequest, permit_id: int) -> HttpResponse:
    """Show every line of the ledger and what it meant."""
    one = held_or_404(holder.held_permits(request.user), permit_id)
    context = {"held": one, "lines": words.ledger_lines(one, request.user.pk)}
    return render(request, f"{FOLDER}ledger.html", context)


@page("POST")
def services(request: HttpRequest, permit_id: int) -> HttpResponse:
    """Show rights, services and conveniences; answers are used for this page and not kept."""
    one = held_or_404(holder.held_permits(request.user), permit_id)
    today = holder.today_of(held=one, user=request.user, day=timezone.localdate())
    known = holder.known_facts(today)
    judged = holder.entitlements(today=today, known=known)
    form = FactsForm(posted(request), ask=rights.to_ask(judged))
    if form.is_valid():
        known = holder.known_facts(today, form.answers)
        judged = holder.entitlements(today=today, known=known)
    context = {
        "held": one,
        "page": words.permit_page(today),
        "groups": rights.groups(judged, today, known),
        "form": form if form.fields else None,
        "day": full_date(today.day),
        "usable": today.timeline.usable,
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}services.html", context, status=status)
