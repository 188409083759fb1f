"""The rule author's desk: drafts begun, edited, reviewed; documents; the register of data gaps.

A draft is edited as a whole record. Two authors never overwrite each other: an edit names the
revision that it was made on, and is refused, with the other's content, if that is not the newest.
"""

import copy
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from eligibility import records
from eligibility.core.errors import RuleMalformed
from eligibility.models import (
    Clause,
    DataGap,
    LegalDocument,
    ProposedEvent,
    Rule,
    RuleEvent,
    RuleVersion,
)
from eligibility.services import rules
from eligibility.services.draft_records import assembled
from eligibility.services.rules import RuleBreaches, RuleError

Status = RuleVersion.Status
# What an author may change of a record; citations follow from these, papers and figures are pruned.
EDITABLE = (
    "version",
    "name",
    "summary",
    "areas",
    "effective_from",
    "effective_to",
    "document",
    "clause",
    "provenance",
    "registers",
    "parameters",
    "papers",
    "condition",
)


class DraftChanged(RuleError):
    """Somebody else saved in between; ``row`` is the draft as it stands now."""

    def __init__(self, row: RuleVersion):
        """Keep the row, so that both contents can be shown side by side."""
        self.row = row
        super().__init__(
            "%(version)s was saved by somebody else in between; look at both and save once more",
            version=row,
        )


class NoDraft(RuleError):
    """The version is in review or published, and is not edited."""


# --- Drafts


@transaction.atomic
def start_draft(
    *,
    source_id: int,
    version: str,
    author: Any,
    now: datetime,
    effective_from: date | None = None,
) -> RuleVersion:
    """Begin a version from another one, in force or not; its words are those of the other."""
    source = RuleVersion.objects.select_related("rule", "document").get(pk=source_id)
    record = copy.deepcopy(source.record) | {"version": version.strip(), "effective_to": None}
    if effective_from is not None:
        record["effective_from"] = effective_from.isoformat()
    return _create(source.rule, source.document, record, author, now)


@transaction.atomic
def start_rule(*, record: Mapping[str, Any], author: Any, now: datetime) -> RuleVersion:
    """Begin the first version of a rule that has none; it comes last in the rule table."""
    whole = assembled(record)
    core = records.to_rule(whole)
    if Rule.objects.filter(code=core.code).exists():
        raise RuleError(
            "there is a rule %(code)s already; start from one of its versions", code=core.code
        )
    last = Rule.objects.order_by("-position").values_list("position", flat=True).first()
    rule = Rule.objects.create(
        code=core.code, kind=core.kind, position=0 if last is None else last + 1
    )
    document = LegalDocument.objects.get(slug=whole["document"])
    return _create(rule, document, whole, author, now)


def _create(
    rule: Rule, document: LegalDocument, record: Mapping[str, Any], author: Any, now: datetime
) -> RuleVersion:
    core = records.to_rule(record)
    if RuleVersion.objects.filter(rule=rule, version=core.version).exists():
        raise RuleError(
            "there is a version %(label)s already; give the new one another name", label=core.label
        )
    try:
        with transaction.atomic():
            return RuleVersion.objects.create(
                rule=rule,
                version=core.version,
                document=document,
                record=record,
                content_hash=core.content_hash,
                effective_from=core.effective_from,
                effective_to=core.effective_to,
                author=author,
                editors=[author.pk],
                drafted_at=now,
            )
    except IntegrityError:
        raise RuleError(
            "somebody else began %(label)s at this moment; look at that draft first",
            label=core.label,
        ) from None


@transaction.atomic
def save_draft(
    *,
    rule_version_id: int,
    revision: int,
    changes: Mapping[str, Any],
    author: Any,
    now: datetime,
) -> RuleVersion:
    """Keep an edit of a draft made on ``revision``; who edits becomes the author.

    Raises DraftChanged if that is not the newest revision, RuleMalformed with place and remedy if
    the result cannot be read, RuleError for what else stands in the way; nothing is kept then.
    """
    row = _draft(rule_version_id)
    if row.revision != revision:
        raise DraftChanged(row)
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        raise RuleError(
            "`%(key)s` is not known here; use one of %(choices)s",
            key=unknown[0],
            choices=", ".join(EDITABLE),
        )
    record = {**row.record, **changes}
    if "document" in changes and "provenance" not in changes:
        record["provenance"] = _document(record["document"]).provenance
    return _write(row, assembled(record), author, now)


def _write(row: RuleVersion, record: Mapping[str, Any], author: Any, now: datetime) -> RuleVersion:
    core = records.to_rule(record)
    same_name = RuleVersion.objects.filter(rule=row.rule, version=core.version)
    if same_name.exclude(pk=row.pk).exists():
        raise RuleError(
            "there is a version %(label)s already; choose another name", label=core.label
        )
    if core.content_hash == row.content_hash:
        return row
    row.record, row.content_hash, row.version = record, core.content_hash, core.version
    row.effective_from, row.effective_to = core.effective_from, core.effective_to
    row.document = _document(record["document"])
    row.revision += 1
    if author is not None:
        row.author, row.drafted_at = author, now
        row.editors = sorted({*row.editors, author.pk})
    row.save()
    return row


def _draft(rule_version_id: int) -> RuleVersion:
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    if row.status != Status.DRAFT:
        in_review = "%(version)s is in review, not a draft; take it back from review first"
        over = "%(version)s is published, not a draft; write a new version"
        raise NoDraft(in_review if row.status == Status.IN_REVIEW else over, version=row)
    return row


def _document(slug: str) -> LegalDocument:
    row = LegalDocument.objects.filter(slug=slug).first()
    if row is None:
        raise RuleMalformed(
            "rule.document", "no document %(slug)r is kept; enter it first", slug=slug
        )
    return row


@transaction.atomic
def delete_draft(*, rule_version_id: int, revision: int) -> None:
    """Drop a draft with its examples and runs; a rule that has no version left goes too."""
    row = _draft(rule_version_id)
    if row.revision != revision:
        raise DraftChanged(row)
    rule = row.rule
    row.delete()
    if not rule.versions.exists():
        rule.delete()


# --- Review


@transaction.atomic
def submit(*, rule_version_id: int, revision: int, author: Any, now: datetime) -> RuleVersion:
    """Put a draft up for review, if nothing stands against it that nobody can override."""
    row = _draft(rule_version_id)
    if row.revision != revision:
        raise DraftChanged(row)
    absolute = [breach for breach in rules.breaches_of(row, now=now) if breach.absolute]
    if absolute:
        raise RuleBreaches(absolute)
    return rules.submit_rule(rule_version_id=row.pk, author=author, now=now)


@transaction.atomic
def take_back(*, rule_version_id: int) -> RuleVersion:
    """Make a version in review a draft again: by its author, or sent back by the approver."""
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    if row.status != Status.IN_REVIEW:
        raise RuleError("%(version)s is %(status)s, not in review", version=row, status=row.status)
    row.status, row.submitted_at = Status.DRAFT, None
    row.save(update_fields=["status", "submitted_at"])
    return row


def publish(
    *,
    rule_version_id: int,
    approver: Any,
    now: datetime,
    reviewed_hash: str,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
) -> RuleVersion:
    """Put what the approver saw into force; see ``rules.publish_rule``."""
    if not reviewed_hash:
        raise rules.RuleNotInReview("say which content was reviewed")
    return rules.publish_rule(
        rule_version_id=rule_version_id,
        approver=approver,
        now=now,
        reviewed_hash=reviewed_hash,
        overrides=overrides,
    )


# --- After publishing


@transaction.atomic
def propose_event(
    *,
    rule_version_id: int,
    kind: str,
    from_day: date,
    reason: Mapping[str, str],
    author: Any,
    now: datetime,
) -> ProposedEvent:
    """Ask for a suspension, resumption or withdrawal; it holds once a second person approves."""
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    rules.check_event(row, kind=kind, from_day=from_day, reason=reason)
    if row.proposed_events.exists():
        raise RuleError(
            "%(version)s: another event waits for its approval; decide on that one first",
            version=row,
        )
    return ProposedEvent.objects.create(
        version=row,
        kind=kind,
        from_day=from_day,
        reason_zh=reason["zh"],
        reason_en=reason["en"],
        author=author,
        at=now,
    )


@transaction.atomic
def approve_event(*, proposed_event_id: int, approver: Any, now: datetime) -> RuleEvent:
    """Let a proposed event hold; a second person does."""
    proposed = ProposedEvent.objects.select_for_update().get(pk=proposed_event_id)
    event = rules.record_event(
        rule_version_id=proposed.version_id,
        kind=proposed.kind,
        from_day=proposed.from_day,
        ground=rules.Ground(reason={"zh": proposed.reason_zh, "en": proposed.reason_en}),
        author=proposed.author,
        approver=approver,
        now=now,
    )
    proposed.delete()
    return event


@transaction.atomic
def drop_event(*, proposed_event_id: int) -> None:
    """Take a proposed event back, or refuse it."""
    ProposedEvent.objects.select_for_update().get(pk=proposed_event_id).delete()


# --- Documents


@transaction.atomic
def keep_document(
    *, document: Mapping[str, Any], clauses: Mapping[str, str], author: Any, now: datetime
) -> LegalDocument:
    """Create or change a document that no published version cites, with its clauses.

    ``document`` has the keys of a document file. Drafts that cite it get the new words; one that
    is in review becomes a draft again, and ``author`` is one of its editors from then on. A clause
    that is left out goes, unless it is cited.
    """
    row = rules.keep_document(document, clauses)
    gone = row.clauses.exclude(article__in=list(clauses))
    drafts = [
        draft
        for draft in RuleVersion.objects.select_for_update().exclude(status=Status.PUBLISHED)
        if any(cited["slug"] == row.slug for cited in draft.record["citations"].values())
    ]
    if not row.frozen_at:
        cited = {
            (cited["article"], str(draft))
            for draft in drafts
            for cited in draft.record["citations"].values()
            if cited["slug"] == row.slug
        }
        for article, label in sorted(cited):
            if article not in clauses:
                raise RuleError(
                    "%(label)s cites %(article)s; let it cite another clause first",
                    label=label,
                    article=article,
                )
        gone.delete()
    for draft in drafts:
        record = assembled(draft.record)
        if records.to_rule(record).content_hash != draft.content_hash:
            draft.status, draft.submitted_at = Status.DRAFT, None
            draft.editors = sorted({*draft.editors, author.pk})
            _write(draft, record, None, now)
    return row


@transaction.atomic
def add_clauses(*, slug: str, clauses: Mapping[str, str]) -> LegalDocument:
    """Add articles to a document, also to one that published versions cite; none is changed."""
    row = LegalDocument.objects.select_for_update().get(slug=slug)
    known = set(row.clauses.values_list("article", flat=True))
    again = sorted(known & set(clauses))
    if again:
        raise RuleError("%(article)s is kept already; its words stay", article=again[0])
    last = row.clauses.count()
    Clause.objects.bulk_create(
        Clause(document=row, article=article, text=text, position=last + number)
        for number, (article, text) in enumerate(clauses.items())
    )
    return row


# --- What the portal cannot compute


def keep_gaps(gaps: Iterable[Mapping[str, Any]]) -> None:
    """Make the register of what the portal cannot compute say what the files say."""
    for gap in gaps:
        texts = {
            f"{key}_{language}": text
            for key in ("asks", "why", "question")
            for language, text in gap[key].items()
        }
        DataGap.objects.update_or_create(leaf_id=gap["leaf"], defaults=texts)
