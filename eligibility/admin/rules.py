"""Rules and their versions: the clause beside what is checked, who wrote and who approved it."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from eligibility import records, rule_presentation, selectors, wording
from eligibility.admin.desk import DeskPages
from eligibility.admin.reading import TABLE, ReadOnly
from eligibility.core.rule import Ruleset
from eligibility.models import PeriodInForce, Rule, RuleEvent, RuleVersion


class VersionInline(ReadOnly, admin.TabularInline):
    """The versions of a rule, each with a link to its page."""

    model = RuleVersion
    template = TABLE
    fields = ("version", "status", "effective_from", "effective_to", "document")
    readonly_fields = fields
    ordering = ("effective_from",)
    show_change_link = True
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleVersion]:
        """Bring the documents along."""
        return super().get_queryset(request).select_related("document", "rule")


@admin.register(Rule)
class RuleAdmin(ReadOnly, admin.ModelAdmin):
    """The rules, in the order of the rule table."""

    list_display = ("code", "kind", "position", "count")
    list_filter = ("kind",)
    search_fields = ("code",)
    inlines = (VersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """Count the versions of each rule along with it."""
        return super().get_queryset(request).annotate(versions_count=Count("versions"))

    @admin.display(description=_("rule versions"), ordering="versions_count")
    def count(self, row: Any) -> int:
        """Return how many versions a rule has."""
        return row.versions_count


class PeriodInline(ReadOnly, admin.TabularInline):
    """The days in force, by area class."""

    model = PeriodInForce
    template = TABLE
    fields = ("place", "first_day", "last_day")
    readonly_fields = ("place",)
    extra = 0

    @admin.display(description=_("area class"))
    def place(self, row: PeriodInForce) -> str:
        """Return the area class in words."""
        return str(wording.AREAS[row.area])


class EventInline(ReadOnly, admin.TabularInline):
    """What happened to the version later."""

    model = RuleEvent
    template = TABLE
    fields = ("kind", "from_day", "reason", "source", "written_by", "approved_by", "at")
    readonly_fields = ("reason", "source", "written_by", "approved_by")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleEvent]:
        """Bring documents and people along."""
        return super().get_queryset(request).select_related("document", "author", "approver")

    @admin.display(description=_("reason"))
    def reason(self, row: RuleEvent) -> str:
        """Return why, in the reader's language."""
        return wording.say({"zh": row.reason_zh, "en": row.reason_en})

    @admin.display(description=_("source"))
    def source(self, row: RuleEvent) -> str:
        """Return the clause that orders it, if one does."""
        return f"{row.document or '-'} {row.clause}".strip()

    @admin.display(description=_("author"))
    def written_by(self, row: RuleEvent) -> str:
        """Return who wrote it."""
        return row.author.get_username()

    @admin.display(description=_("approver"))
    def approved_by(self, row: RuleEvent) -> str:
        """Return who approved it."""
        return row.approver.get_username()


@admin.register(RuleVersion)
class RuleVersionAdmin(DeskPages, ReadOnly, admin.ModelAdmin):
    """The versions. They are written, submitted and published by their own services alone."""

    change_form_template = "admin/eligibility/ruleversion/change_form.html"
    list_display = ("label", "rule_name", "status", "effective_from", "document")
    list_filter = ("status", "rule__kind", "document")
    search_fields = ("rule__code", "version")
    list_select_related = ("rule", "document")
    ordering = ("rule__position", "effective_from")
    inlines = (PeriodInline, EventInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "rule",
                    "version",
                    "status",
                    "effective_from",
                    "effective_to",
                    "document",
                )
            },
        ),
        (
            _("Who and when"),
            {
                "fields": (
                    "written_by",
                    "drafted_at",
                    "submitted_at",
                    "approved_by",
                    "approved_at",
                    "published_at",
                    "overrides",
                    "content_hash",
                )
            },
        ),
        (_("Record"), {"classes": ("collapse",), "fields": ("record",)}),
    )
    readonly_fields = ("status", "written_by", "approved_by", "overrides", "content_hash")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleVersion]:
        """Bring rule, document and people along."""
        rows = super().get_queryset(request)
        return rows.select_related("rule", "document", "author", "approver")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show the days really in force, from the ruleset, which is read once for all rows."""
        ruleset, today = _published(), timezone.localdate()

        @admin.display(description=_("days in force"), ordering="effective_from")
        def days(row: RuleVersion) -> str:
            rule = records.to_rule(row.record)
            spans = rule_presentation.version_line(ruleset, rule, today).spans
            return wording.clauses_of(dict.fromkeys(span.text for span in spans)) or "-"

        return ["label", "rule_name", "status", days, "document"]

    @admin.display(description=_("version"), ordering="rule__position")
    def label(self, row: RuleVersion) -> str:
        """Return the name by which logs call a version."""
        return str(row)

    @admin.display(description=_("name"))
    def rule_name(self, row: RuleVersion) -> str:
        """Return the name in the reader's language."""
        return wording.say(row.record["name"])

    @admin.display(description=_("author"))
    def written_by(self, row: RuleVersion) -> str:
        """Return who wrote it."""
        return row.author.get_username()

    @admin.display(description=_("approver"))
    def approved_by(self, row: RuleVersion) -> str:
        """Return who approved it; nobody yet for a draft."""
        return row.approver.get_username() if row.approver else "-"

    @admin.display(description=_("override reasons"))
    def overrides(self, row: RuleVersion) -> str:
        """Return the approver's written reasons, each under the invariant it is about."""
        if not row.override_reasons:
            return "-"
        lines = ((code, wording.say(said)) for code, said in row.override_reasons.items())
        return format_html_join("\n", "<p><code>{}</code> {}</p>", lines)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the words of the law beside the condition."""
        row = context["original"]
        rule = records.to_rule(row.record)
        clauses = rule_presentation.clause_lines(rule)
        anchors = {reference: line.anchor for reference, line in clauses.items()}
        context |= {
            "clauses": tuple(clauses.values()),
            "condition": rule_presentation.condition_line(rule, anchors),
            "figures": rule_presentation.figures(rule),
            "line": rule_presentation.version_line(_published(), rule, timezone.localdate()),
            "published": row.status == RuleVersion.Status.PUBLISHED,
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _published() -> Ruleset:
    try:
        return selectors.published_ruleset()
    except selectors.NoRules:
        return Ruleset(())
