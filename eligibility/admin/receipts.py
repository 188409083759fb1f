"""A kept answer, opened by its reference. There is no list of what people stated."""

import json
import logging
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility import selectors, wording
from eligibility.admin.reading import ReadOnly
from eligibility.core.facts import FACTS, MEMBER_FACTS
from eligibility.core.stated import Facts
from eligibility.models import Receipt
from eligibility.references import is_well_formed
from eligibility.rule_forms import ReferenceForm
from eligibility.services import checks
from eligibility.services.opened_receipts import COUNTER, open_receipt
from jiaxing_hukou.rate_limits import count_request

logger = logging.getLogger(__name__)


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, admin.ModelAdmin):
    """One desk: a reference in, the kept answer out. The reference comes by POST alone."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Ask for a reference, and show the answer kept under it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ReferenceForm(request.POST if request.method == "POST" else None)
        shown = None
        if form.is_bound and form.is_valid():
            count_request(request, "receipts")
            shown = self._open(request, form)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Open a receipt"),
            "opts": self.opts,
            "form": form,
            "shown": shown,
        }
        return TemplateResponse(request, "admin/eligibility/receipt/open.html", context)

    def _open(self, request: HttpRequest, form: ReferenceForm) -> dict[str, Any] | None:
        reference = form.cleaned_data["reference"]
        try:
            receipt = open_receipt(
                reference=reference, actor=request.user, purpose=COUNTER, now=timezone.now()
            )
        except checks.ReceiptUnknown:
            if is_well_formed(reference):
                form.add_error("reference", _("No receipt has this number."))
            else:
                form.add_error(
                    "reference",
                    _("This number is mistyped; compare it with the print-out once more."),
                )
            return None
        except checks.ReceiptDeleted:
            form.add_error("reference", _("This receipt was deleted by its holder."))
            return None
        logger.info("receipt opened", extra={"actor": request.user.pk, "receipt": receipt.pk})
        return _shown(receipt)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse: rows are not browsed by their number."""
        raise Http404

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse: rows are not browsed by their number."""
        raise Http404


def _shown(receipt: Receipt) -> dict[str, Any]:
    """Return a kept answer for the page: as it was given, and whether it still holds."""
    return {
        "receipt": receipt,
        "as_of": wording.full_date(receipt.as_of),
        "answer": json.loads(receipt.result),
        "facts": list(_stated(checks.kept_facts(receipt))),
        "identical": checks.is_identical(receipt),
    }


def _stated(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what was stated, in words, in the order of the dictionary."""
    townships = selectors.townships()
    for name in FACTS:
        if name in facts.given:
            yield wording.label(name), wording.value_text(name, facts.given[name], townships)
    for number, member in enumerate(facts.household):
        for name in MEMBER_FACTS:
            if name in member:
                yield (
                    wording.label(f"household[{number}].{name}"),
                    wording.value_text(name, member[name]),
                )
