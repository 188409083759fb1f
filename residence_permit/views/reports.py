"""Reports of employees and tenants: the template, the upload, how far it is, what came of it."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility.wording import language
from jiaxing_hukou.rate_limits import count_for
from residence_permit.forms.reports import UploadForm
from residence_permit.models import ReportBatch, ReportRow
from residence_permit.presentation import reports as words
from residence_permit.presentation.days import moment
from residence_permit.reports import blank
from residence_permit.reports.errors import TableRefused
from residence_permit.reports.limits import MAX_BYTES
from residence_permit.reports.safe_cells import csv_bytes
from residence_permit.services import reports
from residence_permit.services.reports import is_reporter, take_in_report
from residence_permit.views.case_access import page, posted

FOLDER = "residence_permit/reports/"
PAGE = 50  # lines, or files, of one page
LARGEST = 2**31 - 1
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPEN = (ReportBatch.Status.QUEUED, ReportBatch.Status.RUNNING)


def reporters_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Tell everybody else how to become one, and nothing more."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_reporter(request.user):
            return render(request, f"{FOLDER}not_a_reporter.html", status=403)
        return view(request, *args, **kwargs)

    return guarded


@page()
@reporters_only
def home(request: HttpRequest) -> HttpResponse:
    """Show who reports what, and the files so far, the newest first."""
    rows = request.user.report_batches.order_by("-pk")
    before = _number(request, "before")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    context = {
        "duties": [(words.SOURCES[source], text) for source, text in words.DUTIES.items()],
        "batches": [_batch(row) for row in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_later_page": before is not None,
    }
    return render(request, f"{FOLDER}home.html", context)


@page("POST")
@reporters_only
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for the file and take it in; the same one again leads to the page it has already."""
    files = request.FILES if request.method == "POST" else None
    form = UploadForm(posted(request), files, initial={"source": _last_source(request)})
    if form.is_valid():
        count_for(request, "batch", f"reporter:{request.user.pk}")
        try:
            batch, is_new = take_in_report(
                reporter=request.user,
                source=form.cleaned_data["source"],
                shown_name=form.sent.name,
                content=_content(form.sent),
                now=timezone.now(),
            )
        except TableRefused as refused:
            form.add_error("file", words.file_refusal(refused.code, refused.params))
        else:
            if not is_new:
                text = _("This very file was sent before. Nothing was reported twice.")
                messages.info(request, text)
            return redirect("report-batch", batch.reference)
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}upload.html", {"form": form}, status=status)


def _content(file: Any) -> bytes:
    if file.size > MAX_BYTES:
        raise TableRefused("too_large", megabytes=MAX_BYTES >> 20)
    return file.read()


def _last_source(request: HttpRequest) -> str | None:
    sources = request.user.report_batches.order_by("-pk").values_list("source", flat=True)
    return sources.first()


@page()
@reporters_only
def batch(request: HttpRequest, reference: str) -> HttpResponse:
    """Show how far a file is, and what became of its lines, those to be corrected first."""
    row = _own(request, reference)
    if request.htmx:
        return _progress(request, row)
    counts = dict(row.rows.order_by().values_list("result").annotate(Count("pk")))
    only, after = request.GET.get("only", ""), _number(request, "after")
    if only and only not in ReportRow.Result.values:
        raise Http404
    lines = row.rows.order_by("number").defer("cells")
    if only:
        lines = lines.filter(result=only)
    if after is not None:
        lines = lines.filter(number__gt=after)
    found = list(lines[: PAGE + 1])
    context = _batch(row) | {
        "counts": [
            {"result": result, "words": words.RESULTS[result], "count": counts[result]}
            for result in words.ORDER
            if counts.get(result)
        ],
        "refused": counts.get(ReportRow.Result.REFUSED, 0),
        "only": only,
        "only_words": words.RESULTS.get(only, ""),
        "lines": [words.row_words(line) for line in found[:PAGE]],
        "next_after": found[PAGE - 1].number if len(found) > PAGE else None,
        "after": after,
    }
    return render(request, f"{FOLDER}batch.html", context)


def _progress(request: HttpRequest, row: ReportBatch) -> HttpResponse:
    """Return the bar alone, for a page that asks again and again; the whole page at the end."""
    response = render(request, f"{FOLDER}_progress.html", _batch(row))
    if row.status not in OPEN:
        response["HX-Refresh"] = "true"
    return response


@page()
@reporters_only
def results(request: HttpRequest, reference: str) -> HttpResponse:
    """Return all lines as a file; those to be corrected with their cells, ready to be sent anew."""
    row = _own(request, reference)
    lines = [words.result_head()]
    for line in row.rows.order_by("number").iterator(chunk_size=2000):
        kept = json.loads(line.cells) if line.cells else {}
        lines.append(words.result_line(line, kept))
    reports.note_download(batch=row, actor=request.user, now=timezone.now())
    return _file(csv_bytes(lines), "text/csv; charset=utf-8", f"results-{row.reference}.csv")


@page()
@reporters_only
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the template in the language of the page."""
    if kind == "csv":
        content = blank.blank_csv(language())
        return _file(content, "text/csv; charset=utf-8", "residents.csv")
    content = blank.blank_workbook(
        language(),
        title=_("Report"),
        notes_title=_("How to fill it in"),
        notes=words.template_notes(),
    )
    return _file(content, XLSX, "residents.xlsx")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _own(request: HttpRequest, reference: str) -> ReportBatch:
    """Return a batch of one's own; another reporter's does not exist."""
    row = request.user.report_batches.filter(reference=reference).first()
    if row is None:
        raise Http404
    return row


def _batch(row: ReportBatch) -> dict[str, Any]:
    return {
        "batch": row,
        "state": words.STATES[row.status],
        "tone": words.TONES[row.status],
        "source": words.SOURCES.get(row.source, ""),
        "sent": moment(row.created_at),
        "is_open": row.status in OPEN,
        "percent": 100 * row.rows_done // row.rows_total if row.rows_total else 0,
    }


def _number(request: HttpRequest, name: str) -> int | None:
    """Return a number from the address; whatever else stands there leads nowhere."""
    text = request.GET.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= LARGEST):
        raise Http404
    return int(text)
