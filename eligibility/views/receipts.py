"""Kept answers: keep, look up, read, repeat, print, delete. The reference is the only key.

A receipt is shown in the words and the language in which it was given; the page around it speaks
the reader's language.
"""

import io
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from eligibility import answers, forms, presentation, selectors, wording
from eligibility.framed import framed
from eligibility.models import Receipt
from eligibility.pdf import receipt_pdf
from eligibility.references import grouped, is_well_formed
from eligibility.services import checks, questionnaires
from eligibility.services.questionnaires import Progress
from jiaxing_hukou.rate_limits import limited

from .questionnaire import document_url, posted, private

KEY_COOKIE = "jiaxing_deletion_key"
KEY_SHOWN_FOR = 10 * 60  # seconds: long enough to change language or print, then gone
LANGUAGES = dict(settings.LANGUAGES)


def page(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., Any]]:
    """Decorate a page of a receipt: counted, private, and telling why there is none."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except checks.ReceiptUnknown:
                return _unknown(request, kwargs.get("reference", ""))
            except checks.ReceiptDeleted:
                return framed(request, "errors/410.html", status=410)

        counted = limited("receipts")(private(answered))
        return require_http_methods(["HEAD", *methods])(counted)

    return decorate


def _unknown(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer a number that leads nowhere: the form again, saying what may be wrong with it."""
    form = forms.ReferenceForm({"reference": reference})
    if form.is_valid():
        form.add_error("reference", _no_receipt())
    return framed(request, "eligibility/receipt/lookup.html", {"form": form}, status=404)


def _no_receipt() -> str:
    return _(
        "No receipt has this number. Compare it with your print-out once more, character by "
        "character."
    )


@limited("receipts")
@require_http_methods(["POST", "GET", "HEAD"])
@private
def keep(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the answer of a questionnaire as a receipt."""
    if request.method != "POST":  # the language was switched, or the page reloaded
        return redirect("check-result", token)
    now = timezone.now()
    progress = Progress(questionnaires.find(token, now=now), timezone.localdate())
    kept_answer = checks.keep_receipt(
        progress.check,
        json.dumps(answers.check_answer(progress.check), ensure_ascii=False),
        language=translation.get_language() or settings.LANGUAGE_CODE,
        now=now,
        agreed_to_impact=request.POST.get("agreed_to_impact") == "yes",
    )
    path = reverse("receipt-kept", args=[kept_answer.reference])
    response = redirect(path)
    response.set_signed_cookie(
        KEY_COOKIE,
        kept_answer.deletion_key,
        salt=kept_answer.reference,
        max_age=KEY_SHOWN_FOR,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@page("GET")
def kept(request: HttpRequest, reference: str) -> HttpResponse:
    """Show number and deletion key, for a few minutes and in this browser only."""
    checks.find_receipt(reference)
    try:
        key = request.get_signed_cookie(KEY_COOKIE, salt=reference, max_age=KEY_SHOWN_FOR)
    except (KeyError, BadSignature):
        return redirect("receipt-detail", reference)
    context = {
        "reference": grouped(reference),
        "deletion_key": key,
        "url": _address(request, reference),
    }
    return framed(request, "eligibility/receipt/kept.html", context)


@page("GET", "POST")
def lookup(request: HttpRequest) -> HttpResponse:
    """Find a receipt by its number; the number is sent in the body, then named in the address."""
    form = forms.ReferenceForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reference = grouped(form.cleaned_data["reference"])
        try:
            checks.find_receipt(reference)
        except checks.ReceiptUnknown:
            form.add_error("reference", _no_receipt())
        except checks.ReceiptDeleted:
            return redirect("receipt-detail", reference)
        else:
            return redirect("receipt-detail", reference)
    status = 422 if form.errors else 200
    return framed(request, "eligibility/receipt/lookup.html", {"form": form}, status=status)


@page("GET")
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a kept answer as it was given."""
    return _show(request, reference)


@page("GET", "POST")
def repeat(request: HttpRequest, reference: str) -> HttpResponse:
    """Judge the kept answer anew and say whether it is the same."""
    if request.method != "POST":
        return redirect("receipt-detail", reference)
    identical = checks.is_identical(checks.find_receipt(reference))
    return _show(request, reference, identical=identical)


def _show(request: HttpRequest, reference: str, **more: Any) -> HttpResponse:
    if not is_well_formed(reference):
        raise checks.ReceiptUnknown
    receipt = checks.find_receipt(reference)
    shown = _page_of(receipt)
    context = {
        "reference": grouped(reference),
        "page": shown,
        "notices": [{"line": line} for line in shown.notices],
        "kept_on": wording.full_date(timezone.localdate(receipt.created_at)),
        "kept_language": receipt.language,
        "other_language": LANGUAGES.get(receipt.language, "")
        if receipt.language != translation.get_language()
        else "",
        "today": wording.full_date(timezone.localdate()),
        "url": _address(request, reference),
        **more,
    }
    return framed(request, "eligibility/receipt/detail.html", context)


def _page_of(receipt: Receipt) -> presentation.ResultPage:
    """Return what was given, in the language in which it was given."""
    ruleset = selectors.ruleset_by_hash(receipt.ruleset.hash)
    with translation.override(receipt.language):
        return presentation.result_page(
            json.loads(receipt.result),
            checks.kept_facts(receipt),
            asked_on=checks.asked_on(receipt),
            townships=selectors.townships(),
            places=presentation.places_of(ruleset, document_url),
        )


def _address(request: HttpRequest, reference: str) -> str:
    path = reverse("receipt-detail", args=[grouped(reference)])
    return request.build_absolute_uri(path)


@page("GET", "POST")
def delete(request: HttpRequest, reference: str) -> HttpResponse:
    """Delete a receipt for the holder of its key."""
    checks.find_receipt(reference)
    form = forms.DeletionForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            checks.delete_receipt(
                reference, form.cleaned_data["deletion_key"].strip(), now=timezone.now()
            )
        except checks.WrongDeletionKey:
            form.add_error(
                "deletion_key",
                _(
                    "This key does not belong to this receipt. Look at it once more; capital "
                    "and small letters matter."
                ),
            )
        else:
            return redirect("receipt-detail", reference)
    context = {"form": form, "reference": grouped(reference)}
    return framed(
        request,
        "eligibility/receipt/delete.html",
        context,
        status=422 if form.errors else 200,
    )


@page("GET")
def code(request: HttpRequest, reference: str) -> HttpResponse:
    """Return the address of a receipt as a QR code."""
    checks.find_receipt(reference)
    out = io.BytesIO()
    image = segno.make(_address(request, reference), error="m")
    image.save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


@page("GET")
def pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """Return a receipt as a PDF to print or to send on."""
    receipt = checks.find_receipt(reference)
    shown = _page_of(receipt)
    with translation.override(receipt.language):
        content = receipt_pdf(
            shown,
            reference=grouped(reference),
            address=_address(request, reference),
            kept_on=timezone.localdate(receipt.created_at),
        )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="receipt.pdf"'
    return response
