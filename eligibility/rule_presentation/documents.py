"""Legal documents, and the rules that cite them."""

from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.rule import SECONDARY, Ruleset

from .shapes import Cited, ClauseText, DocumentPage
from .versions import title


def cited_by(ruleset: Ruleset, slug: str) -> tuple[Cited, ...]:
    """Return the versions that rest on a document, in the order of the rule table."""
    found = []
    for rule in ruleset.versions:
        articles = [cited.article for cited in rule.citations.values() if cited.slug == slug]
        if articles:
            found.append(
                Cited(
                    code=rule.code,
                    version=rule.version,
                    name=wording.say(rule.name),
                    articles=tuple(dict.fromkeys(articles)),
                )
            )
    return tuple(found)


def document_page(ruleset: Ruleset, row: Any) -> DocumentPage:
    """Return a document with its clauses; ``row`` brings them along."""
    cited = cited_by(ruleset, row.slug)
    first_day = row.effective_from
    return DocumentPage(
        slug=row.slug,
        title=title(row),
        original="" if wording.language() == "zh" else row.title_zh,
        number=row.number,
        issuer=wording.say({"zh": row.issuer_zh, "en": row.issuer_en}),
        issued=wording.full_date(row.issued_on) if row.issued_on else "",
        in_force=_("from %(first)s") % {"first": wording.full_date(first_day)} if first_day else "",
        provenance=row.get_provenance_display(),
        secondary=row.provenance == SECONDARY,
        note=wording.say({"zh": row.note_zh, "en": row.note_en}),
        cited=cited,
        clauses=tuple(
            ClauseText(
                article=clause.article,
                text=clause.text,
                cited=tuple(one for one in cited if clause.article in one.articles),
            )
            for clause in row.clauses.all()
        ),
    )
