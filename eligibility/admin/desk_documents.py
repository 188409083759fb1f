"""Legal documents with their clauses: the list, a new one, and one that is corrected."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from eligibility import error_words, wording
from eligibility.admin.desk_base import (
    READ,
    WRITE,
    desk_view,
    draft_or_refuse,
    page,
    url,
    version_page,
)
from eligibility.admin.desk_document_forms import (
    MOST_CLAUSES,
    ClauseFormSet,
    DocumentForm,
    document_initial,
    fingerprint,
)
from eligibility.core.errors import RuleMalformed
from eligibility.models import LegalDocument, RuleVersion
from eligibility.services import desk, rules

MORE = 4  # rows for clauses that a press adds


@desk_view(READ)
@require_safe
def document_list(request: HttpRequest) -> HttpResponse:
    """Show every document, and which of them can still be corrected."""
    rows = LegalDocument.objects.annotate(count=Count("clauses", distinct=True)).order_by(
        "-effective_from", "slug"
    )
    context = {
        "title": _("Documents"),
        "documents": [
            {
                "row": row,
                "title": wording.say({"zh": row.title_zh, "en": row.title_en}),
                "first_day": wording.full_date(row.effective_from) if row.effective_from else "–",
            }
            for row in rows
        ],
    }
    return page(request, "documents", context)


@desk_view(WRITE)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a document while a draft is written, and go on with the draft."""
    return _document(request, None, draft_or_refuse(pk))


@desk_view(WRITE)
def document_new(request: HttpRequest) -> HttpResponse:
    """Enter a document, also where there is no draft yet."""
    return _document(request, None, None)


@desk_view(WRITE)
def document_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Correct a document that no published version cites; drafts that cite it follow."""
    row = get_object_or_404(LegalDocument.objects.prefetch_related("clauses"), slug=slug)
    return _more_clauses(request, row) if row.frozen_at else _document(request, row, None)


def _more_clauses(request: HttpRequest, row: LegalDocument) -> HttpResponse:
    """Add articles to a document that a published version cites; what it says already stays."""
    data = request.POST if request.method == "POST" else None
    more = data is not None and "more" in data
    known = {one.article: one.text for one in row.clauses.all()}
    clauses = ClauseFormSet(_with_more(data) if more else data, prefix="clause", known=known)
    if data is not None and not more and clauses.is_valid():
        try:
            desk.add_clauses(slug=row.slug, clauses=clauses.words)
        except rules.RuleError as error:
            messages.error(request, error_words.sentence(error.said))
        else:
            messages.success(request, _("The clauses are kept; lines can cite them now."))
        return redirect(url("documents"))
    context = {
        "title": _("More clauses of a document"),
        "document": wording.say({"zh": row.title_zh, "en": row.title_en}),
        "known": known,
        "clauses": clauses,
        "more": more,
    }
    status = 422 if data is not None and not more else 200
    return page(request, "document_more", context, status=status)


def _document(
    request: HttpRequest, kept: LegalDocument | None, draft: RuleVersion | None
) -> HttpResponse:
    """Show the form of a document and its clauses; keep what it says."""
    data = request.POST if request.method == "POST" else None
    more = data is not None and "more" in data
    form = DocumentForm(data, kept=kept, initial=document_initial(kept) if kept else None)
    known = [{"article": one.article, "text": one.text} for one in _clauses(kept)]
    clauses = ClauseFormSet(_with_more(data) if more else data, initial=known, prefix="clause")
    answer = None
    if data is not None and not more and all([form.is_valid(), clauses.is_valid()]):
        answer = _keep(request, form, clauses, kept, draft)
    if answer is not None:
        return answer
    context = {
        "title": _("Correct a document") if kept else _("A new document"),
        "subtitle": _("A new document"),
        "form": form,
        "clauses": clauses,
        "more": more,
        "kept": kept,
        "shown": fingerprint(kept) if kept else "",
        "back": url("draft", draft.pk) if draft else url("documents"),
    }
    status = 422 if data is not None and not more else 200
    if draft:
        return version_page(request, "document", draft, context, tab="draft", status=status)
    return page(request, "document_alone", context, status=status)


def _clauses(kept: LegalDocument | None) -> Any:
    return kept.clauses.all() if kept else ()


def _with_more(data: Any) -> Any:
    """Return what was typed with more rows for clauses."""
    found = data.copy()
    rows = found.get("clause-TOTAL_FORMS", "")
    many = min(int(rows) + MORE, MOST_CLAUSES) if rows.isdecimal() else 2 * MORE
    found["clause-TOTAL_FORMS"] = str(many)
    return found


def _keep(
    request: HttpRequest,
    form: DocumentForm,
    clauses: Any,
    kept: LegalDocument | None,
    draft: RuleVersion | None,
) -> HttpResponse | None:
    """Keep the document; return the answer, or None with the error added to the form."""
    if kept and request.POST.get("shown") != fingerprint(kept):
        form.add_error(
            None,
            _(
                "Somebody else changed this document in the meantime. What you typed is still "
                "here; compare it with what is kept now, below, and save once more."
            ),
        )
        return None
    try:
        row = desk.keep_document(
            document=form.taken(),
            clauses=clauses.words,
            author=request.user,
            now=timezone.now(),
        )
    except (rules.RuleError, RuleMalformed) as error:
        form.add_error(None, error_words.sentence(error.said))
        return None
    named = {"document": wording.say({"zh": row.title_zh, "en": row.title_en})}
    if kept:
        messages.success(request, _("%(document)s is saved; drafts that cite it follow.") % named)
    else:
        said = _("%(document)s is kept; now choose it and its clauses.") % named
        messages.success(request, said)
    return redirect(url("head", draft.pk) if draft else url("documents"))
