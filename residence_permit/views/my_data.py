"""My data: everything about me to read and as a file, who looked, corrections, deletion."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from eligibility import selectors as places
from residence_permit import selectors, selectors_case
from residence_permit.forms.my_data import ClosureForm, PartsForm
from residence_permit.models import Person
from residence_permit.presentation import deletion as deletion_words
from residence_permit.presentation import my_data as words
from residence_permit.presentation.days import moment
from residence_permit.presentation.looks import look_line
from residence_permit.services import deletion, looks, my_data
from residence_permit.services.deletion import AccountKept
from residence_permit.services.my_data import Subject
from residence_permit.services.people import frozen_fields
from residence_permit.views.case_access import page, posted
from residence_permit.views.inbox import LARGEST

FOLDER = "residence_permit/my_data/"


def _subject(request: HttpRequest) -> Subject:
    language = get_language() or "zh-hans"
    return Subject(user=request.user, language=language, now=timezone.now())


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Lead to what can be done with one's data."""
    context = {"not_here": [str(text) for text in words.NOT_HERE.values()]}
    return render(request, f"{FOLDER}home.html", context)


@page()
def readable(request: HttpRequest) -> HttpResponse:
    """Show everything, section by section; reading it all at once is written down."""
    subject = _subject(request)
    my_data.record_read(user=request.user, act="read_own_data", now=subject.now)
    context = {
        "sections": list(words.section_pages(my_data.sections(subject), places.townships())),
        "not_here": [str(text) for text in words.NOT_HERE.values()],
        "made": moment(subject.now),
    }
    return render(request, f"{FOLDER}readable.html", context)


@page()
@reauthentication_required
def machine(request: HttpRequest) -> HttpResponse:
    """Stream everything as JSON, with whole numbers; only after signing in once more."""
    subject = _subject(request)
    my_data.record_read(user=request.user, act="export_own_data", now=subject.now)
    response = StreamingHttpResponse(
        my_data.machine_readable(subject), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page()
def looked_at(request: HttpRequest, person_id: int | None = None) -> HttpResponse:
    """Show who looked at a file and who changed it."""
    persons = selectors_case.persons_of(request.user)
    if not persons:
        if person_id is not None:
            raise Http404
        return render(request, f"{FOLDER}looks.html", {"no_profile": True})
    own = "own" in request.GET
    try:
        found = looks.looks_page(
            user=request.user,
            person_id=persons[0].pk if person_id is None else person_id,
            before=_number(request),
            own=own,
        )
    except Person.DoesNotExist:
        raise Http404 from None
    context = {
        "person": next((one for one in persons if one.pk == person_id), persons[0]),
        "others": [one for one in persons if one.pk != (person_id or persons[0].pk)],
        "lines": [look_line(look) for look in found.looks],
        "before": found.before,
        "own": own,
    }
    return render(request, f"{FOLDER}looks.html", context)


def _number(request: HttpRequest) -> int | None:
    """Return where the page begins; whatever else stands in the address leads nowhere."""
    text = request.GET.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST):
        raise Http404
    return int(text)


@page()
def correction(request: HttpRequest, person_id: int | None = None) -> HttpResponse:
    """Say what somebody corrects himself and what an office corrects, which one, with what."""
    persons = selectors_case.persons_of(request.user)
    person = _person(persons, person_id)
    registration = selectors.registration_of(person) if person else None
    context: dict[str, Any] = {
        "person": person,
        "for_self": person is not None and person.user_id == request.user.pk,
        "others": [one for one in persons if one is not person],
        "frozen": frozen_fields(person) if person else frozenset(),
        "registration": registration,
        "station": registration.station if registration else None,
    }
    return render(request, f"{FOLDER}correction.html", context)


def _person(persons: list[Person], person_id: int | None) -> Person | None:
    if person_id is None:
        return persons[0] if persons else None
    found = next((one for one in persons if one.pk == person_id), None)
    if found is None:
        raise Http404
    return found


@page("POST")
def delete(request: HttpRequest) -> HttpResponse:
    """Show what can be deleted and what stays; delete what is ticked."""
    there = deletion.deletable(user=request.user)
    form = PartsForm(posted(request), counts=there.counts)
    if form.is_valid():
        deletion.delete_parts(
            user=request.user, parts=form.cleaned_data["parts"], now=timezone.now()
        )
        messages.success(request, _("Deleted."))
        return redirect("my-data-deletion")
    context = {
        "form": form if any(there.counts.values()) else None,
        "staying": deletion_words.staying(),
        "kept_for": deletion_words.reasons(there.kept_for),
    }
    return render(request, f"{FOLDER}deletion.html", context, status=422 if form.errors else 200)


@page("POST")
@reauthentication_required
def close(request: HttpRequest) -> HttpResponse:
    """Ask once more, then delete the account; only after signing in once more."""
    reasons = deletion.kept_for(request.user)
    form = ClosureForm(posted(request))
    if not reasons and form.is_valid():
        try:
            deletion.close_account(user=request.user, now=timezone.now())
        except AccountKept as kept:
            reasons = kept.reasons
        else:
            logout(request)
            messages.success(request, _("Your account and everything about it is deleted."))
            return redirect("home")
    context = {"form": form, "kept_for": deletion_words.reasons(reasons)}
    status = 409 if reasons and request.method == "POST" else 422 if form.errors else 200
    return render(request, f"{FOLDER}closure.html", context, status=status)
