"""Who I am, and for whom I act: the real-name profile and the wards."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility.wording import value_text
from residence_permit.core.deadlines import day_of
from residence_permit.core.id_number import IdNumberRefused, masked
from residence_permit.forms.residence import PersonForm, WardForm, differing, refuse
from residence_permit.models import Person, Relation
from residence_permit.presentation import cells
from residence_permit.presentation import residence as words
from residence_permit.residences import person_of
from residence_permit.services import people
from residence_permit.services.people import PersonError, ProfileChanged, Stated
from residence_permit.views.case_access import page, posted

FOLDER = "residence_permit/residence/"
FIELDS = ("name", "id_number", "hukou_place", "hukou_address", "ethnicity", "phone")


@page("POST")
def profile(request: HttpRequest) -> HttpResponse:
    """Ask who somebody is, or show and correct it."""
    now, kept = timezone.now(), person_of(request.user)
    form = PersonForm(
        posted(request),
        today=day_of(now),
        kept=kept,
        frozen=people.frozen_fields(kept) if kept else (),
        initial=_phone(request, kept),
    )
    context: dict[str, Any] = {"form": form, "kept": kept}
    if form.is_valid():
        try:
            people.save_profile(
                user=request.user, stated=Stated(**form.given), now=now, seen=form.revision
            )
        except (PersonError, IdNumberRefused) as error:
            context |= _refused(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("residence-home")
    return _page(request, "profile.html", context)


def _phone(request: HttpRequest, kept: Person | None) -> dict[str, str]:
    """Offer the account's own number to begin with."""
    return {} if kept is not None else {"phone": request.user.phone or ""}


@page("POST")
def ward_add(request: HttpRequest) -> HttpResponse:
    """Ask for a child or a frail relative for whom somebody acts."""
    me = person_of(request.user)
    if me is None:
        return redirect("residence-profile")
    now = timezone.now()
    form = WardForm(posted(request), today=day_of(now))
    if form.is_valid():
        kind = Relation.Kind(form.cleaned_data["kind"])
        try:
            ward = people.add_ward(guardian=me, kind=kind, stated=Stated(**form.given), now=now)
        except (PersonError, IdNumberRefused) as error:
            _refused(form, error)
        else:
            name = {"name": ward.name}
            messages.success(request, _("Added. Now register where %(name)s lives.") % name)
            return redirect("residence-home")
    return _page(request, "ward.html", {"form": form})


@page("POST")
def ward(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show and correct the data of somebody for whom one acts."""
    me = person_of(request.user)
    kept = people.wards_of(me).filter(pk=person_id).first() if me else None
    if kept is None:
        raise Http404
    now = timezone.now()
    frozen = people.frozen_fields(kept)
    form = PersonForm(posted(request), today=day_of(now), kept=kept, frozen=frozen)
    context: dict[str, Any] = {"form": form, "kept": kept}
    if form.is_valid():
        try:
            people.save_ward(
                guardian=me,
                ward_id=kept.pk,
                stated=Stated(**form.given),
                now=now,
                seen=form.revision,
            )
        except (PersonError, IdNumberRefused) as error:
            context |= _refused(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("residence-home")
    return _page(request, "ward.html", context)


def _refused(form: PersonForm, error: Exception) -> dict[str, Any]:
    """Show why it was refused: at the field, or field by field where another tab was faster."""
    if isinstance(error, IdNumberRefused):
        refuse(form, "id_number", cells.text("id_number", error.code))
        return {}
    if isinstance(error, ProfileChanged):
        return _two_versions(form, error.person)
    refuse(form, error.field, words.refusal(error.code))
    return {}


def _two_versions(form: PersonForm, person: Person) -> dict[str, Any]:
    """Show what stands there now beside what was typed; saving once more is then deliberate."""
    known = {name: getattr(person, name) for name in FIELDS}
    rows = [
        {
            "label": str(form.fields[name].label).split(" (")[0].split("（")[0],
            "theirs": _shown(name, known[name]),
            "mine": _shown(name, form.cleaned_data[name]),
        }
        for name in differing(form, FIELDS, known)
    ]
    form.data = form.data.copy()
    form.data["seen"] = person.revision
    return {"two_versions": rows, "kept": person}


def _shown(name: str, value: str) -> str:
    if name == "id_number":
        return masked(value)
    if name == "hukou_place":
        return value_text(name, value)
    return value or "—"


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    refused = bool(context["form"].errors)
    status = 409 if context.get("two_versions") else 422 if refused else 200
    return render(request, f"{FOLDER}{template}", context, status=status)
