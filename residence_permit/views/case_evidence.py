"""Files of a case: uploaded for one proof at a time, looked at, removed."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility.wording import say
from residence_permit.choices import CaseStatus
from residence_permit.evidence.errors import EvidenceMissing, EvidenceRefused, EvidenceTampered
from residence_permit.evidence.serving import serving_headers
from residence_permit.evidence.wording import explain as explain_file
from residence_permit.forms.applications import EvidenceForm
from residence_permit.models import Evidence, PermitApplication
from residence_permit.presentation import statements, workflow_errors
from residence_permit.services import evidence
from residence_permit.services.assessment import Needed, assess
from residence_permit.services.evidence import EvidenceNotTaken
from residence_permit.views.applications import next_url
from residence_permit.views.case_access import own_case, page, posted

FOLDER = "residence_permit/application/"
LARGEST = 2**63 - 1  # what a row's number can be


@page("POST")
def papers(request: HttpRequest, reference: str, requirement: str) -> HttpResponse:
    """Show the files for one proof; take in what is sent, each file by itself."""
    case = own_case(request, reference)
    if case.status != CaseStatus.DRAFT:
        return redirect("case-detail", case.reference)
    assessed = assess(case=case, now=timezone.now())
    needed = next((one for one in assessed.needed if one.code == requirement), None)
    if needed is None:
        raise Http404
    name = statements.paper_name(needed.code, needed.paper)
    form = EvidenceForm(posted(request), request.FILES or None, label=_("Add files"))
    if request.method == "POST" and form.is_valid():
        kept, refusals = take_in_all(request, case, requirement, form.cleaned_data["files"])
        for text in refusals:
            form.add_error("files", text)
        if kept and not refusals:
            messages.success(request, _("The file is kept."))
            return redirect("case-evidence", case.reference, requirement)
        if kept:
            assessed = assess(case=case, now=timezone.now())
            needed = next((one for one in assessed.needed if one.code == requirement), needed)
    context = {
        "case": case,
        "name": name,
        "form": form,
        "next_url": next_url(case, assessed),
        "back_url": reverse("case-detail", args=[case.reference]),
        "files": file_rows(case, needed.files, removable=True),
        **_law(needed),
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}evidence.html", context, status=status)


def _law(needed: Needed) -> dict[str, Any]:
    """Return what may be brought instead, and the article that asks for it."""
    return {
        "required": needed.required,
        "instead": statements.instead(needed.paper),
        "article": say(needed.citation.document) + " " + needed.citation.article
        if needed.citation
        else "",
    }


def take_in_all(
    request: HttpRequest, case: PermitApplication, requirement: str, files: Iterable[Any]
) -> tuple[int, list[str]]:
    """Take in one file after another; return how many are kept, and why the others are not."""
    kept, refusals = 0, []
    for number, file in enumerate(files, 1):
        try:
            evidence.attach(
                application_id=case.pk,
                requirement=requirement,
                stream=file,
                declared_name=file.name,
                actor=request.user,
                now=timezone.now(),
            )
        except EvidenceRefused as refused:
            refusals.append(_of_file(number, files, explain_file(refused)))
        except EvidenceNotTaken as refused:
            refusals.append(_of_file(number, files, workflow_errors.explain(refused)))
        else:
            kept += 1
    return kept, refusals


def _of_file(number: int, files: Any, text: str) -> str:
    """Say which of several files it is about; its name is the person's and stays out of logs."""
    if len(files) == 1:
        return text
    return _("File %(number)s: %(text)s") % {"number": number, "text": text}


def file_rows(
    case: PermitApplication, files: Iterable[Evidence], *, removable: bool
) -> list[dict[str, Any]]:
    """Return files as a page shows them."""
    return [
        {
            "row": row,
            "url": reverse("case-file", args=[case.reference, row.pk]),
            "remove_url": reverse("case-file-remove", args=[case.reference, row.pk])
            if removable
            else "",
            "held": row.state == Evidence.State.HELD,
        }
        for row in files
    ]


def _own_file(case: PermitApplication, number: int) -> Evidence:
    if number > LARGEST:
        raise Http404
    row = Evidence.objects.filter(pk=number, application=case).first()
    if row is None:
        raise Http404
    return row


@page()
def file(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Hand out an own file; the look is recorded."""
    case = own_case(request, reference)
    row = _own_file(case, number)
    try:
        opened = evidence.open_for(user=request.user, evidence_id=row.pk, now=timezone.now())
    except (Evidence.DoesNotExist, EvidenceMissing, EvidenceTampered):
        raise Http404 from None
    except EvidenceNotTaken as error:
        messages.info(request, workflow_errors.explain(error))
        return redirect("case-detail", case.reference)
    headers = serving_headers(kind=opened.row.kind, shown_name=opened.row.shown_name)
    return HttpResponse(opened.content, headers=headers)


@page("POST")
def remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Take a file away."""
    case = own_case(request, reference)
    row = _own_file(case, number)
    if request.method == "POST":
        try:
            evidence.remove(evidence_id=row.pk, actor=request.user, now=timezone.now())
        except EvidenceNotTaken as error:
            messages.warning(request, workflow_errors.explain(error))
        else:
            messages.success(request, _("The file is removed."))
    if case.status == CaseStatus.DRAFT:
        return redirect("case-evidence", case.reference, row.requirement)
    return redirect("case-detail", case.reference)
