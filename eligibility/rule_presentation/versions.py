"""One version of a rule as its page shows it."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility import records, wording
from eligibility.core.condition import All, AnyOf, Condition, children_of
from eligibility.core.rule import FAMILY, SECONDARY, SELF_AND_FAMILY, Ruleset, RuleVersion

from .areas import areas_text
from .conditions import clause_lines, condition_line, figures, papers_text
from .in_force import version_line
from .shapes import VersionPage


def version_page(ruleset: Ruleset, row: Any, today: date) -> VersionPage:
    """Return what one published version says; ``row`` brings its document and its events."""
    rule = records.to_rule(row.record)
    clauses = clause_lines(rule)
    anchors = {reference: line.anchor for reference, line in clauses.items()}
    return VersionPage(
        line=version_line(ruleset, rule, today, row.events.all()),
        code=rule.code,
        version=rule.version,
        areas=areas_text(rule.areas),
        clauses=tuple(clauses.values()),
        condition=condition_line(rule, anchors),
        always_papers=papers_text(paper for paper in rule.papers.values() if paper.always),
        figures=figures(rule),
        registers=registers(rule),
        may_bring_family=rule.registers == SELF_AND_FAMILY,
        secondary=rule.provenance == SECONDARY,
        published_on=_day_of(row.published_at),
        office=row.office,
        content_hash=rule.content_hash,
        document_slug=row.document.slug,
        document_title=title(row.document),
        document_number=row.document.number,
    )


def _day_of(moment: datetime | None) -> str:
    return wording.full_date(timezone.localdate(moment)) if moment else ""


def title(row: Any) -> str:
    """Return the title of a document."""
    return wording.say({"zh": row.title_zh, "en": row.title_en})


def registers(rule: RuleVersion) -> str:
    """Return whom a rule registers, in a sentence."""
    if rule.kind == FAMILY:
        return _("This rule judges each member of the household who is to come along.")
    if rule.registers != SELF_AND_FAMILY:
        return _("Only the applicant is registered; nobody may come along by this route.")
    if _some_branch_alone(rule.condition):
        return _(
            "The applicant, and the family who live together with the applicant; where a line "
            "says so, the applicant alone."
        )
    return _("The applicant, and the family who live together with the applicant.")


def _some_branch_alone(node: Condition) -> bool:
    if isinstance(node, All | AnyOf) and node.self_only:
        return True
    return any(_some_branch_alone(child) for child in children_of(node))
