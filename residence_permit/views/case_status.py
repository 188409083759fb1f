"""Where a case stands, without an account. Number and proof are sent in the body only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jiaxing_hukou.encryption import keyed_hash
from jiaxing_hukou.rate_limits import count_for, count_request
from residence_permit.forms.applications import StatusForm
from residence_permit.presentation import case as words
from residence_permit.presentation.deadlines import deadline_words
from residence_permit.services import status as service
from residence_permit.views.case_access import posted


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def look_up(request: HttpRequest) -> HttpResponse:
    """Ask for number and proof; a wrong pair gets one answer, whatever was wrong with it."""
    form = StatusForm(posted(request))
    context = {"form": form}
    if request.method == "POST":
        count_request(request, "status")
        if form.is_valid():
            found = _found(request, form)
            if found is not None:
                return _answer(render(request, "residence_permit/status/found.html", found))
            form.add_error(
                None,
                _(
                    "No application has this number together with these characters. Compare both "
                    "once more. After several tries you have to wait."
                ),
            )
    status = 422 if form.errors else 200
    return _answer(render(request, "residence_permit/status/look_up.html", context, status=status))


def _found(request: HttpRequest, form: StatusForm):
    reference, proof = form.cleaned_data["reference"], form.cleaned_data["proof"]
    # Whoever changes addresses guesses no faster; a number that nobody has counts as well.
    count_for(request, "status_case", keyed_hash(reference, "status"))
    found = service.look_up(reference=reference, proof=proof, now=timezone.now())
    if found is None:
        return None
    case, deadline = found.case, found.deadline
    return {
        "reference": case.reference,
        "standing": words.standing(case),
        "deadline": deadline
        and deadline_words(
            deadline, kind=case.kind, status=case.status, today=timezone.localdate()
        ),
    }


def _answer(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
