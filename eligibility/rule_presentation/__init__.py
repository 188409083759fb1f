"""Rules and documents as the pages show them: small values that a template only loops over."""

from .areas import areas_text
from .conditions import clause_lines, condition_line, figures, papers_text
from .differences import diff_page
from .documents import cited_by, document_page
from .in_force import rule_lines, spans, version_line
from .shapes import (
    Cited,
    ClauseLine,
    ClauseText,
    DiffPage,
    DocumentPage,
    Event,
    Figure,
    Line,
    RuleLine,
    Span,
    VersionLine,
    VersionPage,
)
from .versions import version_page

__all__ = [
    "Cited",
    "ClauseLine",
    "ClauseText",
    "DiffPage",
    "DocumentPage",
    "Event",
    "Figure",
    "Line",
    "RuleLine",
    "Span",
    "VersionLine",
    "VersionPage",
    "areas_text",
    "cited_by",
    "clause_lines",
    "condition_line",
    "diff_page",
    "document_page",
    "figures",
    "papers_text",
    "rule_lines",
    "spans",
    "version_line",
    "version_page",
]
