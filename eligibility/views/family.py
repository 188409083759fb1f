"""The household members who are to be registered along: name, change, remove."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from eligibility import forms, presentation, wording
from eligibility.framed import framed
from eligibility.services import questionnaires
from eligibility.services.questionnaires import Progress

from .questionnaire import contradictions, links_to, page, posted, progress_of

NEW = "new"
MEMBER_ID_BYTES = 9


def people_of(progress: Progress) -> list[dict[str, Any]]:
    """Return the household members as the pages list them."""
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
    progress = progress_of(token)
    notices = [
        notice
        for notice in progress.contradictions
        if any(field.startswith("household[") for field in notice.fields)
    ]
    context = {
        "links": links_to(token),
        "people": people_of(progress),
        "contradictions": contradictions(token, progress, notices),
        "full": len(progress.people) >= questionnaires.MAX_HOUSEHOLD,
        "new_url": links_to(token)[f"family/{NEW}"],
    }
    return framed(request, "eligibility/check/family.html", context)


@page("GET", "POST")
def member(request: HttpRequest, token: str, member: str) -> HttpResponse:
    """Add a household member, or change one."""
    progress = progress_of(token)
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
    return framed(
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
    progress = progress_of(token)
    person = next((p for p in progress.people if p.id == member), None)
    if person is None:
        return redirect("check-family", token)
    name = presentation.member_name(progress.facts.household[person.index])
    context = {"links": links_to(token), "name": name}
    return framed(request, "eligibility/check/remove_member.html", context)
