"""Legal documents and their clauses."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from eligibility.admin.reading import TABLE, ReadOnly
from eligibility.models import Clause, LegalDocument


class ClauseInline(ReadOnly, admin.TabularInline):
    """The clauses, in the order of the text."""

    model = Clause
    template = TABLE
    fields = ("article", "text")
    extra = 0


@admin.register(LegalDocument)
class LegalDocumentAdmin(ReadOnly, admin.ModelAdmin):
    """The documents; frozen once a published version cites them."""

    list_display = ("title", "number", "effective_from", "provenance", "versions", "frozen_at")
    list_filter = ("provenance",)
    search_fields = ("slug", "title_zh", "title_en", "number")
    inlines = (ClauseInline,)
    readonly_fields = ("frozen_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalDocument]:
        """Count the versions of each document along with it."""
        return super().get_queryset(request).annotate(count=Count("rule_versions"))

    @admin.display(description=_("title"), ordering="title_zh")
    def title(self, row: LegalDocument) -> str:
        """Return the Chinese title, which is the authority."""
        return row.title_zh

    @admin.display(description=_("rule versions"), ordering="count")
    def versions(self, row: Any) -> int:
        """Return how many versions a document brought."""
        return row.count
