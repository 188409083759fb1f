"""Rule packages: in from a file, out to a file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from eligibility import error_words
from eligibility.admin.desk_base import READ, WRITE, desk_view, page, url, version_or_404
from eligibility.admin.desk_review_forms import PackageForm
from eligibility.legal_files import LegalFileError
from eligibility.services.packages import MAX_BYTES, export_versions, import_package


@desk_view(WRITE)
def packages(request: HttpRequest) -> HttpResponse:
    """Take a package in as drafts; a mistake is shown with its line, and nothing is kept."""
    posted = request.method == "POST"
    form = PackageForm(*((request.POST, request.FILES) if posted else ()))
    wrong = None
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            done = import_package(
                name=file.name,
                content=file.read(MAX_BYTES + 1),
                author=request.user,
                now=timezone.now(),
            )
        except LegalFileError as error:
            said = error_words.sentence(error.said)
            wrong = {"file": error.path.name, "line": error.line, "message": said}
        else:
            new = sum(1 for _row, state in done if state == "new")
            messages.success(
                request,
                ngettext(
                    "%(number)d version of the package is a draft of yours now; %(known)d were "
                    "known already.",
                    "%(number)d versions of the package are drafts of yours now; %(known)d were "
                    "known already.",
                    new,
                )
                % {"number": new, "known": len(done) - new},
            )
            return redirect(url("list"))
    context = {"title": _("Take in a package"), "form": form, "wrong": wrong}
    return page(request, "packages", context, status=422 if wrong or form.errors else 200)


@desk_view(READ)
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a version out as a package, with the documents, papers and examples it rests on."""
    row = version_or_404(pk)
    response = HttpResponse(export_versions([row]), content_type="application/yaml; charset=utf-8")
    name = f"{row.rule.code}-{row.version}.yaml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
