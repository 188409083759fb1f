"""The rule author's desk: drafts begun, edited, reviewed; documents; the register of data gaps.

A draft is edited as a whole record. Two authors never overwrite each other: an edit names the
revision that it was made on, and is refused, with the other's content, if that is not the newest.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from eligibility import records
from eligibility.core.editing import GROUPS
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
from eligibility.services.rules import RuleBreaches, RuleError

Status = RuleVersion.Status
# What an author may change of a record; citations and papers follow from these.
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
    "condition",
)


class DraftChanged(RuleError):
    """Somebody else saved in between; ``row`` is the draft as it stands now."""

    def __init__(self, row: RuleVersion):
        """Keep the row, so that both contents can be shown side by side."""
        self.row = row
        super().__init__(
            f"{row} was saved by somebody else in between; look at both and save once more"
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
        raise RuleError(f"there is a rule {core.code} already; start from one of its versions")
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
        raise RuleError(f"there is a version {core.label} already; give the new one another name")
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
            f"somebody else began {core.label} at this moment; look at that draft first"
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
        raise RuleError(f"{unknown[0]} is not edited here; use one of {', '.join(EDITABLE)}")
    record = {**row.record, **changes}
    if "document" in changes and "provenance" not in changes:
        record["provenance"] = _document(record["document"]).provenance
    return _write(row, assembled(record), author, now)


def _write(row: RuleVersion, record: Mapping[str, Any], author: Any, now: datetime) -> RuleVersion:
    core = records.to_rule(record)
    same_name = RuleVersion.objects.filter(rule=row.rule, version=core.version)
    if same_name.exclude(pk=row.pk).exists():
        raise RuleError(f"there is a version {core.label} already; choose another name")
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
        raise NoDraft(
            f"{row} is {row.status}, not a draft; "
            + (
                "take it back from review first"
                if row.status == Status.IN_REVIEW
                else "write a new version"
            )
        )
    return row


def _document(slug: str) -> LegalDocument:
    row = LegalDocument.objects.filter(slug=slug).first()
    if row is None:
        raise RuleMalformed("rule.document", f"no document {slug!r} is kept; enter it first")
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
        raise RuleError(f"{row} is {row.status}, not in review")
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
        raise RuleError(f"{row}: another event waits for its approval; decide on that one first")
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
    *, document: Mapping[str, Any], clauses: Mapping[str, str], now: datetime
) -> LegalDocument:
    """Create or change a document that no published version cites, with its clauses.

    ``document`` has the keys of a document file. Drafts that cite it get the new words; one that
    is in review becomes a draft again. A clause that is left out goes, unless it is cited.
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
                raise RuleError(f"{label} cites {article}; let it cite another clause first")
        gone.delete()
    for draft in drafts:
        record = assembled(draft.record)
        if records.to_rule(record).content_hash != draft.content_hash:
            draft.status, draft.submitted_at = Status.DRAFT, None
            _write(draft, record, None, now)
    return row


# --- The record as a whole


def full_reference(record: Mapping[str, Any], clause: str) -> str:
    """Return a clause of a record as ``slug#article``, wherever it is from."""
    return clause if "#" in clause else f"{record['document']}#{clause}"


def with_full_references(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in which every clause is written as ``slug#article``."""
    found = copy.deepcopy(dict(record))
    for _, holder in _citing(found):
        holder["clause"] = full_reference(record, holder["clause"])
    return found


def assembled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the citations, papers and figures that it uses, and no others.

    Clauses may be written as ``slug#article``; those of the record's own document lose the slug.
    Raises RuleMalformed for a clause or a paper that is not kept.
    """
    found = copy.deepcopy(dict(record))
    own = found["document"]
    before = {raw["article"]: raw["slug"] for raw in record.get("citations", {}).values()}
    for at, holder in _citing(found):
        clause = holder.get("clause")
        if not isinstance(clause, str) or not clause:
            raise RuleMalformed(at, "the citation is missing; pick a clause of the document")
        if "#" not in clause and before.get(clause, own) != own and not _kept(own, clause):
            clause = f"{before[clause]}#{clause}"  # the document was changed under its clauses
        slug, _, article = clause.rpartition("#")
        holder["clause"] = article if slug in ("", own) else clause
    found["citations"] = _citations(found)
    found["papers"] = _papers(found)
    figures = set(_figures(found["condition"]))
    found["parameters"] = {
        name: figure for name, figure in found["parameters"].items() if name in figures
    }
    return found


def leaf_id(line: Mapping[str, Any]) -> str:
    """Return the id of a leaf, computed or judged."""
    return str(line.get("id") or line.get("judgement"))


def _kept(slug: str, article: str) -> bool:
    return Clause.objects.filter(document__slug=slug, article=article).exists()


def _citing(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield everything in a record that cites a clause, with its path."""
    yield "rule", record
    for name, figure in record["parameters"].items():
        yield f"rule.parameters.{name}", figure
    yield from placed_lines(record["condition"], "rule.condition")


def lines(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the leaves of a condition."""
    for _, line in placed_lines(node, "condition"):
        yield line


def placed_lines(node: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the leaves of a condition, each with its path."""
    if "not" in node:
        yield from placed_lines(node["not"], f"{at}.not")
        return
    for kind in GROUPS:
        if kind in node:
            for number, child in enumerate(node[kind]):
                yield from placed_lines(child, f"{at}.{kind}[{number}]")
            return
    yield at, node


def _citations(record: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, str] = {}  # reference -> the first place that cites it
    for at, holder in _citing(record):
        wanted.setdefault(holder["clause"], at)
    full = {reference: full_reference(record, reference) for reference in wanted}
    slugs = {reference.partition("#")[0] for reference in full.values()}
    rows = {
        f"{row.document.slug}#{row.article}": row
        for row in Clause.objects.filter(document__slug__in=slugs).select_related("document")
    }
    citations = {}
    for reference in sorted(wanted):
        row = rows.get(full[reference])
        if row is None:
            raise RuleMalformed(
                f"{wanted[reference]}.clause",
                f"no clause {full[reference]!r} is kept; pick one of the document",
            )
        citations[reference] = {
            "slug": row.document.slug,
            "document": {"zh": row.document.title_zh, "en": row.document.title_en},
            "number": row.document.number,
            "article": row.article,
            "text": row.text,
            "provenance": row.document.provenance,
        }
    return citations


def _papers(record: dict[str, Any]) -> dict[str, Any]:
    register = paper_register() | record.get("papers", {})
    used = {code for code, paper in register.items() if paper.get("always")}
    for line in lines(record["condition"]):
        used.update(code for code in line.get("papers") or () if isinstance(code, str))
    return {code: register[code] for code in sorted(used) if code in register}


def _figures(node: dict[str, Any]) -> Iterator[str]:
    for line in lines(node):
        yield from (v[1:] for v in line.values() if isinstance(v, str) and v.startswith("$"))


def paper_register() -> dict[str, Any]:
    """Return the papers that a line may name: those of every version that is kept."""
    found: dict[str, Any] = {}
    kept = RuleVersion.objects.order_by("effective_from", "pk")
    for papers in kept.values_list("record__papers", flat=True):
        found |= papers
    return dict(sorted(found.items()))


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
