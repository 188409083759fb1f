"""What is stored, read: the published ruleset, townships, documents, receipts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection
from django.db.models import Q, QuerySet

from eligibility import records
from eligibility.core.places import Township
from eligibility.core.rule import Ruleset
from eligibility.models import (
    Clause,
    LegalDocument,
    PeriodInForce,
    Rule,
    RuleEvent,
    RulesetSnapshot,
    RuleVersion,
)
from eligibility.models import Township as TownshipRow


class NoRules(LookupError):
    """No rule has been published yet."""


def ruleset_from_rows() -> Ruleset:
    """Return what is in force, from the periods and events as they stand."""
    periods = PeriodInForce.objects.select_related("version")
    order = Rule.objects.values_list("code", flat=True)
    return records.to_ruleset(periods, RuleEvent.objects.all(), order)


def ruleset_with(*versions: RuleVersion, events: Iterable[RuleEvent] = ()) -> Ruleset:
    """Return what would be in force if ``versions`` were published too, and ``events`` recorded.

    A version that is published already changes nothing. One that begins on the same day takes the
    place of the other.
    """
    periods = list(PeriodInForce.objects.select_related("version"))
    for version in sorted(versions, key=lambda row: row.effective_from):
        if version.status != RuleVersion.Status.PUBLISHED:
            for area in version.record["areas"]:
                periods = records.placed(periods, version, area)
    order = dict.fromkeys(Rule.objects.values_list("code", flat=True))
    order |= dict.fromkeys(version.record["code"] for version in versions)
    return records.to_ruleset(periods, [*RuleEvent.objects.all(), *events], order)


def published_ruleset() -> Ruleset:
    """Return the ruleset in use; one query, and the same object while nothing is published."""
    with connection.cursor() as cursor:  # every request asks; written out it is ten times faster
        cursor.execute("SELECT hash FROM eligibility_rulesetsnapshot ORDER BY id DESC LIMIT 1")
        newest = cursor.fetchone()
    if newest is None:
        raise NoRules("No rule has been published; load the rules first.")
    return ruleset_by_hash(newest[0])


@lru_cache(maxsize=64)
def ruleset_by_hash(ruleset_hash: str) -> Ruleset:
    """Return the ruleset of a snapshot; a hash names one content, so it is read once."""
    snapshot = RulesetSnapshot.objects.filter(hash=ruleset_hash).first()
    if snapshot is None:
        raise NoRules(f"No ruleset is kept under {ruleset_hash}.")
    hashes = {period[-1] for period in snapshot.manifest["periods"]}
    rows = RuleVersion.objects.filter(content_hash__in=hashes)
    return records.from_manifest(snapshot.manifest, {row.content_hash: row for row in rows})


_townships: dict[str, Township] = {}


def townships() -> Mapping[str, Township]:
    """Return every township by code. All codes are accepted on every as-of date.

    Read once a process: they are loaded when the portal is set up, and a new code comes with a
    restart.
    """
    if not _townships:
        _townships.update((row.code, records.to_township(row)) for row in TownshipRow.objects.all())
    return _townships


def townships_on(day: date) -> QuerySet[TownshipRow]:
    """Return the townships to choose from on ``day``."""
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    not_over = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    return TownshipRow.objects.filter(begun & not_over)


def documents() -> QuerySet[LegalDocument]:
    """Return the legal documents with their clauses, earliest first."""
    return LegalDocument.objects.prefetch_related("clauses")


def public_documents() -> QuerySet[LegalDocument]:
    """Return what everybody may read: documents of published versions, and general laws.

    A document that only drafts rest on is not public yet.
    """
    published = Q(rule_versions__status=RuleVersion.Status.PUBLISHED)
    of_no_rule = Q(rule_versions__isnull=True)
    return documents().filter(published | of_no_rule).distinct()


def clause(slug: str, article: str) -> Clause | None:
    """Return the words of one article, if they are kept."""
    found = Clause.objects.filter(document__slug=slug, article=article)
    return found.select_related("document").first()


@dataclass(frozen=True)
class CitedClause:
    """A clause as notices and pages cite it."""

    slug: str
    document: Mapping[str, str]
    number: str
    article: str
    text: str


_cited: dict[tuple[str, str], CitedClause] = {}


def cited_clause(slug: str, article: str) -> CitedClause | None:
    """Return a clause that the portal itself cites; read once a process, such words are frozen."""
    known = _cited.get((slug, article))
    if known is None:
        row = clause(slug, article)
        if row is None:
            return None
        document = row.document
        known = CitedClause(
            slug=slug,
            document={"zh": document.title_zh, "en": document.title_en},
            number=document.number,
            article=article,
            text=row.text,
        )
        if document.frozen_at:
            _cited[slug, article] = known
    return known


def published_versions(code: str) -> QuerySet[RuleVersion]:
    """Return the published versions of a rule, earliest first, with days and events."""
    rows = RuleVersion.objects.filter(rule__code=code, status=RuleVersion.Status.PUBLISHED)
    rows = rows.select_related("rule", "document", "author", "approver")
    return rows.prefetch_related("periods", "events").order_by("effective_from")


def published_rules() -> QuerySet[Rule]:
    """Return the rules that have a published version, in the order of the rule table."""
    return Rule.objects.filter(versions__status=RuleVersion.Status.PUBLISHED).distinct()
