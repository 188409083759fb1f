"""Residence registration: where I am registered, registering, changing, ending, answering."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility.selectors import townships
from eligibility.wording import full_date
from residence_permit.core.deadlines import day_of
from residence_permit.core.id_number import masked
from residence_permit.forms.residence import (
    NONE_OF_THESE,
    ChangeForm,
    EndForm,
    ExemptForm,
    StayForm,
    refuse,
)
from residence_permit.models import ResidenceRegistration
from residence_permit.presentation import residence as words
from residence_permit.residences import Member, find_registration, household
from residence_permit.services import registrations
from residence_permit.services.registrations import RegistrationError, Source
from residence_permit.services.reports import is_reporter
from residence_permit.stays import Stay, unit_of
from residence_permit.views.case_access import page, posted

FOLDER = "residence_permit/residence/"
# What a child who signs in himself is told, and who acts for somebody who is a child no more.
_WORDED = {
    (True, "needs_a_guardian"): "own_guardian",
    (False, "not_a_minor"): "grown_up",
}


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Show everybody's registration, what is to be answered, and what happened."""
    places, today = townships(), day_of(timezone.now())

    def cards(rows: Any) -> list[words.Card]:
        return [words.card(row, places, today) for row in rows]

    members = [
        {
            "person": member.person,
            "number": masked(member.person.id_number),
            "acts_as": words.ACTS_AS[member.kind] if member.kind else "",
            "active": next(iter(cards([member.active] if member.active else [])), None),
            "reported": cards(member.reported),
            "past": cards(member.past),
            "unnamed": member.unnamed,
        }
        for member in household(request.user)
    ]
    context = {"members": members, "is_reporter": is_reporter(request.user)}
    return render(request, f"{FOLDER}home.html", context)


# Registering -------------------------------------------------------------------------------


@page("POST")
def register(request: HttpRequest, person_id: int | None = None) -> HttpResponse:
    """Say who need not register; then ask where somebody lives, and register him."""
    member = _member(request, person_id)
    if member is None:
        return redirect("residence-profile")
    if member.active is not None:
        messages.info(request, _("There is a registration already. Here you can change or end it."))
        return redirect("residence-home")
    context = {"member": member, "for_other": member.kind is not None}
    if request.method != "POST" and request.GET.get("situation") != NONE_OF_THESE:
        return _exempt(request, context)
    form = StayForm(posted(request), townships=townships().values())
    if form.is_valid():
        try:
            row = registrations.register(
                person=member.person,
                stay=Stay(**form.cleaned_data),
                actor=request.user,
                now=timezone.now(),
                source=Source.SELF if member.kind is None else Source.GUARDIAN,
            )
        except RegistrationError as error:
            _refuse(form, error, own=member.kind is None)
        else:
            text = _("Registered. The registration number is %(number)s.")
            messages.success(request, text % {"number": row.reference})
            return redirect("residence-home")
    return _page(request, "register.html", context | {"form": form})


def _exempt(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask whether one of the exemptions applies (ZJ 12), and say what follows."""
    asked = "situation" in request.GET
    form = ExemptForm(request.GET if asked else None)
    outcome = None
    if asked and form.is_valid():
        outcome = words.exemption(form.cleaned_data["situation"])
    if outcome is not None:
        text, article = outcome
        return render(request, f"{FOLDER}exempt.html", context | {"text": text, "article": article})
    return _page(request, "situation.html", context | {"form": form})


def _member(request: HttpRequest, person_id: int | None) -> Member | None:
    """Return the person himself, or a ward by his row; None without a profile."""
    members = household(request.user)
    if not members:
        if person_id is not None:
            raise Http404
        return None
    if person_id is None:
        return members[0]
    found = next((member for member in members if member.person.pk == person_id), None)
    if found is None:
        raise Http404
    return found


# Changing and ending -----------------------------------------------------------------------


@page("POST")
def change(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask what has changed, and write it; late is better than never, and says what it may cost."""
    _member_of, row = _registration(request, reference, ResidenceRegistration.Status.ACTIVE)
    today = day_of(timezone.now())
    initial = {
        "township_code": row.township_code,
        "address": row.address,
        "housing": row.housing,
        "employer": row.employer,
        "seen": row.revision,
    }
    form = ChangeForm(posted(request), townships=townships().values(), initial=initial)
    context: dict[str, Any] = {}
    if form.is_valid():
        given = dict(form.cleaned_data)
        changed_on, seen = given.pop("changed_on"), given.pop("seen")
        moved = (given["township_code"], given["address"]) != (row.township_code, row.address)
        stay = Stay(**given, lives_there_since=changed_on if moved else row.lives_there_since)
        try:
            kept = registrations.change(
                registration_id=row.pk,
                stay=stay,
                changed_on=changed_on,
                actor=request.user,
                now=timezone.now(),
                seen=seen,
            )
        except RegistrationError as error:
            field = "changed_on" if error.field == "lives_there_since" else error.field
            refuse(form, field, words.refusal(error.code, error.params))
            if error.code == "stale":
                context["stale"] = True
                form.data = form.data.copy()
                form.data["seen"] = _fresh(row).revision
        else:
            return _changed(request, row, kept, words.change_clock(changed_on, today))
    card = words.card(row, townships(), today)
    context |= {"form": form, "card": card, "clock": _clock_of(form, today)}
    return _page(request, "change.html", context)


def _clock_of(form: ChangeForm, today: Any) -> words.ChangeClock:
    """Return the ten days from the day that was typed, or from today as an example."""
    changed_on = form.cleaned_data.get("changed_on") if form.is_bound else None
    return words.change_clock(changed_on or today, today)


def _fresh(row: ResidenceRegistration) -> ResidenceRegistration:
    row.refresh_from_db()
    return row


def _changed(
    request: HttpRequest,
    before: ResidenceRegistration,
    after: ResidenceRegistration,
    clock: words.ChangeClock,
) -> HttpResponse:
    text = (
        _("Changed.")
        if before.pk == after.pk
        else _(
            "Changed. You moved to another county: a new registration begins today, and with it "
            "the half year for the permit."
        )
    )
    if clock.passed:
        text += " " + _(
            "The ten days were over on %(day)s. That is no reason to refuse the change."
        ) % {"day": clock.day}
    messages.success(request, text)
    return redirect("residence-home")


@page("POST")
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the last day, and end the registration."""
    _member_of, row = _registration(request, reference, ResidenceRegistration.Status.ACTIVE)
    today = day_of(timezone.now())
    form = EndForm(posted(request), initial={"seen": row.revision})
    if form.is_valid():
        try:
            kept = registrations.end(
                registration_id=row.pk,
                actor=request.user,
                now=timezone.now(),
                on=form.cleaned_data["on"],
                seen=form.cleaned_data["seen"],
            )
        except RegistrationError as error:
            _refuse(form, error)
        else:
            day = full_date(kept.ended_on)
            messages.success(request, _("The registration ended on %(day)s.") % {"day": day})
            return redirect("residence-home")
    context = {"form": form, "card": words.card(row, townships(), today)}
    return _page(request, "end.html", context)


# Answering what others reported ------------------------------------------------------------


@page("POST")
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was reported and what follows; take the person's word that it is so."""
    member, row = _registration(request, reference, ResidenceRegistration.Status.REPORTED)
    context: dict[str, Any] = {
        "card": words.card(row, townships(), day_of(timezone.now())),
        "ends": None,
        "goes_on": False,
    }
    if member.active is not None:
        same = unit_of(member.active.township_code) == unit_of(row.township_code)
        old = words.card(member.active, townships(), day_of(timezone.now()))
        context |= {"goes_on": same, "ends": None if same else old}
    if request.method == "POST":
        try:
            kept = registrations.confirm(
                registration_id=row.pk,
                person=member.person,
                actor=request.user,
                now=timezone.now(),
            )
        except RegistrationError as error:
            context["refused"] = _worded(error, own=True)
        else:
            text = _("Confirmed. The registration number is %(number)s.")
            messages.success(request, text % {"number": kept.reference})
            return redirect("residence-home")
    return _page(request, "confirm.html", context)


@page("POST")
def deny(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask once more, then take the person's word that he does not live there."""
    member, row = _registration(request, reference, ResidenceRegistration.Status.REPORTED)
    context: dict[str, Any] = {"card": words.card(row, townships(), day_of(timezone.now()))}
    if request.method == "POST":
        try:
            registrations.deny(
                registration_id=row.pk,
                person=member.person,
                actor=request.user,
                now=timezone.now(),
            )
        except RegistrationError as error:
            context["refused"] = words.refusal(error.code, error.params)
        else:
            messages.success(request, _("Noted: you do not live there. The report counts no more."))
            return redirect("residence-home")
    return _page(request, "deny.html", context)


# What they share ---------------------------------------------------------------------------


def _registration(
    request: HttpRequest, reference: str, status: str
) -> tuple[Member, ResidenceRegistration]:
    """Return an own registration, or a ward's; another person's does not exist.

    One that is in another state by now is shown by the pages all the same: the service says so.
    """
    found = find_registration(household(request.user), reference)
    if found is None:
        raise Http404
    member, row = found
    answers = status == ResidenceRegistration.Status.REPORTED
    if answers and (member.kind is not None or not _was_reported(row)):
        raise Http404
    return member, row


def _was_reported(row: ResidenceRegistration) -> bool:
    return row.source not in (Source.SELF, Source.GUARDIAN)


def _worded(error: RegistrationError, *, own: bool) -> str:
    return words.refusal(_WORDED.get((own, error.code), error.code), error.params)


def _refuse(form: Any, error: RegistrationError, *, own: bool = True) -> None:
    refuse(form, error.field, _worded(error, own=own))


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Show a page; 422 where something was refused."""
    form = context.get("form")
    refused = bool(context.get("refused")) or (form is not None and bool(form.errors))
    return render(request, f"{FOLDER}{template}", context, status=422 if refused else 200)
