"""Draft, submit, publish; later withdraw, suspend, resume, end. One door for files and officers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from eligibility import records, selectors
from eligibility.core.review import (
    Breach,
    county_keeps_stable_housing,
    gaps,
    invariants,
)
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.models import (
    Clause,
    LegalDocument,
    PeriodInForce,
    Rule,
    RuleEvent,
    RulesetSnapshot,
    RuleVersion,
)


class RuleError(Exception):
    """Something about a rule version that cannot be done; the message says what to do."""


class PublishedRuleChanged(RuleError):
    """A published version was handed in with other content."""


class PublishedDocumentChanged(RuleError):
    """A document that a published version cites was handed in with other words."""


class RuleNotInReview(RuleError):
    """The version is not the one that was put up for review."""


class ApproverIsAuthor(RuleError):
    """One person wrote and approved."""


class RuleOverlaps(RuleError):
    """Another version begins on the same day in the same area."""


class RuleBreaches(RuleError):
    """Invariants are not kept, and not all are overridden in writing."""

    def __init__(self, breaches: Iterable[Breach]):
        """Keep the breaches, so that each is shown with its article."""
        self.breaches = tuple(breaches)
        super().__init__("; ".join(str(breach) for breach in self.breaches))


@transaction.atomic
def keep_document(document: Mapping[str, Any], clauses: Mapping[str, str]) -> LegalDocument:
    """Create or update a document and its clauses; refuse a change to a cited one."""
    wanted = {
        "title_zh": document["title"]["zh"],
        "title_en": document["title"]["en"],
        "number": document["number"],
        "issuer_zh": document["issuer"]["zh"],
        "issuer_en": document["issuer"]["en"],
        "issued_on": document["issued_on"],
        "effective_from": document["effective_from"],
        "provenance": document["provenance"],
        "note_zh": document["note"].get("zh", ""),
        "note_en": document["note"].get("en", ""),
    }
    row, created = LegalDocument.objects.get_or_create(slug=document["slug"], defaults=wanted)
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    if changed and not created:
        if row.frozen_at:
            raise PublishedDocumentChanged(
                f"{row.slug}: {', '.join(changed)} differ from what published versions cite; "
                "leave the document as it is, or enter the correction as a new document"
            )
        LegalDocument.objects.filter(pk=row.pk).update(**wanted)
    known = dict(row.clauses.values_list("article", "text"))
    for position, (article, text) in enumerate(clauses.items()):
        if article not in known:
            Clause.objects.create(document=row, article=article, text=text, position=position)
        elif known[article] != text:
            if row.frozen_at:
                raise PublishedDocumentChanged(
                    f"{row.slug} {article}: the words differ from what published versions "
                    "cite; restore them, or enter the correction as a new document"
                )
            row.clauses.filter(article=article).update(text=text, position=position)
    return row


@transaction.atomic
def draft_rule(
    *,
    record: Mapping[str, Any],
    document: LegalDocument,
    author: Any,
    position: int,
    now: datetime,
) -> tuple[RuleVersion, str]:
    """Write a version as a draft; return it, and "new", "unchanged" or "updated".

    The same content is unchanged, whatever its status. Other content under a published name
    raises PublishedRuleChanged: the law of the past is not rewritten.
    """
    core = records.to_rule(record)
    rule, _ = Rule.objects.get_or_create(
        code=core.code, defaults={"kind": core.kind, "position": position}
    )
    values = {
        "document": document,
        "record": record,
        "content_hash": core.content_hash,
        "effective_from": core.effective_from,
        "effective_to": core.effective_to,
    }
    row = RuleVersion.objects.select_for_update().filter(rule=rule, version=core.version).first()
    if row is None:
        row = RuleVersion.objects.create(
            rule=rule, version=core.version, author=author, drafted_at=now, **values
        )
        return row, "new"
    if row.content_hash == core.content_hash:
        return row, "unchanged"
    if row.status == RuleVersion.Status.PUBLISHED:
        raise PublishedRuleChanged(
            f"{core.label} is published and differs from this file; "
            "give the change a new version name and a first day"
        )
    for name, value in values.items():
        setattr(row, name, value)
    row.author, row.drafted_at, row.submitted_at = author, now, None
    row.status = RuleVersion.Status.DRAFT
    row.save()
    return row, "updated"


@transaction.atomic
def submit_rule(*, rule_version_id: int, author: Any, now: datetime) -> RuleVersion:
    """Put a draft up for review; its author alone may."""
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    if row.status != RuleVersion.Status.DRAFT:
        raise RuleError(f"{row} is {row.get_status_display()}, not a draft")
    if row.author_id != author.pk:
        raise RuleError(f"{row} was written by somebody else; its author submits it")
    row.status, row.submitted_at = RuleVersion.Status.IN_REVIEW, now
    row.save(update_fields=["status", "submitted_at"])
    return row


def _one_at_a_time() -> None:
    """Wait until no other transaction changes what is in force.

    Each change keeps a snapshot of the whole ruleset. Two at once, each blind to the other, would
    leave a newest snapshot that lacks one of them. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(RulesetSnapshot._meta.db_table)
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")


def breaches_of(core: CoreRule) -> tuple[Breach, ...]:
    """Return every invariant that a version does not keep, beside what is in force."""
    found = [*invariants(core), *county_keeps_stable_housing(core)]
    ended = {
        (event.version_id, event.from_day - timedelta(days=1))
        for event in RuleEvent.objects.filter(version__rule__code=core.code)
    }
    for area in core.areas:
        rows = PeriodInForce.objects.filter(code=core.code, area=area)
        if any((row.version_id, row.last_day) in ended for row in rows):
            continue  # recorded as ended, withdrawn or suspended: no gap
        line = records.to_ruleset(rows.select_related("version"), (), ()).line(core.code, area)
        found += gaps(core, area, line)
    return tuple(found)


@transaction.atomic
def publish_rule(
    *,
    rule_version_id: int,
    approver: Any,
    now: datetime,
    reviewed_hash: str = "",
    overrides: Mapping[str, Mapping[str, str]] | None = None,
) -> RuleVersion:
    """Put a reviewed version into force; from here on nobody changes it.

    ``reviewed_hash`` is the content that the approver saw; an edit since then is refused.
    ``overrides`` maps the code of a breach to the approver's written reason.

    Two approvals at the same instant wait for each other; should one get past that, the exclusion
    constraint refuses the second.
    """
    overrides = overrides or {}
    _one_at_a_time()
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    core = records.to_rule(row.record)
    if row.status != RuleVersion.Status.IN_REVIEW:
        raise RuleNotInReview(f"{row} is {row.status}, not in review; submit it first")
    if core.content_hash != row.content_hash or (
        reviewed_hash and reviewed_hash != row.content_hash
    ):
        raise RuleNotInReview(f"{row} was changed after the review; review it again")
    if row.author_id == approver.pk:
        raise ApproverIsAuthor(f"{row} needs an approver other than its author")
    breaches = breaches_of(core)
    left = [b for b in breaches if b.absolute or not overrides.get(b.code)]
    if left:
        raise RuleBreaches(left)
    row.override_reasons = {b.code: dict(overrides[b.code]) for b in breaches}
    row.status, row.approver = RuleVersion.Status.PUBLISHED, approver
    row.approved_at = row.published_at = now
    try:
        with transaction.atomic():
            row.save(
                update_fields=[
                    "status",
                    "approver",
                    "approved_at",
                    "published_at",
                    "override_reasons",
                ]
            )
            for area in core.areas:
                _put_in_force(row, core, area)
    except IntegrityError as error:
        raise RuleOverlaps(
            f"{row} cannot come into force beside what is published: {error}"
        ) from error
    _freeze_documents(core, now)
    renew_ruleset(now=now)
    return row


def _put_in_force(row: RuleVersion, core: CoreRule, area: str) -> None:
    """Add the days of a version, and end the row before it the day before."""
    line = PeriodInForce.objects.filter(code=core.code, area=area)
    first, last = core.effective_from, core.effective_to
    if line.filter(first_day=first).exists():
        raise RuleOverlaps(
            f"another version of {core.code} begins in {area} on {first}; choose another day"
        )
    later = line.filter(first_day__gt=first).order_by("first_day").first()
    if later and (last is None or last >= later.first_day):
        last = later.first_day - timedelta(days=1)
    before = first - timedelta(days=1)
    for earlier in line.filter(first_day__lt=first):
        if earlier.last_day is None or earlier.last_day >= first:
            line.filter(pk=earlier.pk).update(last_day=before)
    PeriodInForce.objects.create(
        version=row, code=core.code, area=area, first_day=first, last_day=last
    )


def _freeze_documents(core: CoreRule, now: datetime) -> None:
    slugs = {citation.slug for citation in core.citations.values()}
    LegalDocument.objects.filter(slug__in=slugs, frozen_at__isnull=True).update(frozen_at=now)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Why a published version stops or resumes, in both languages, with a source if any."""

    reason: Mapping[str, str]
    document: LegalDocument | None = None
    clause: str = ""


@transaction.atomic
def record_event(
    *,
    rule_version_id: int,
    kind: str,
    from_day: date,
    ground: Ground,
    author: Any,
    approver: Any,
    now: datetime,
) -> RuleEvent:
    """Record that a published version is withdrawn, ended, suspended or resumed from a day.

    What was in force before that day, and every kept receipt, stays as it was.
    """
    _one_at_a_time()
    row = RuleVersion.objects.select_related("rule").get(pk=rule_version_id)
    if row.status != RuleVersion.Status.PUBLISHED:
        raise RuleError(f"{row} is not published; edit or drop the draft instead")
    if author.pk == approver.pk:
        raise ApproverIsAuthor(f"{row}: a second person approves this")
    if not ground.reason.get("zh") or not ground.reason.get("en"):
        raise RuleError(f"{row}: give the reason in Chinese and in English")
    past = list(row.events.order_by("from_day", "pk"))
    stopped = bool(past) and past[-1].kind != RuleEvent.Kind.RESUMED
    if past and from_day <= past[-1].from_day:
        raise RuleError(f"{row} has an event on {past[-1].from_day}; choose a later day")
    if (kind == RuleEvent.Kind.RESUMED) != stopped or (
        stopped and past[-1].kind != RuleEvent.Kind.SUSPENDED
    ):
        raise RuleError(
            f"{row} cannot be {kind}: only a suspended version resumes, only one in force stops"
        )
    if from_day <= row.effective_from:
        raise RuleError(f"{row} begins on {row.effective_from}; choose a later day")
    event = RuleEvent.objects.create(
        version=row,
        kind=kind,
        from_day=from_day,
        reason_zh=ground.reason["zh"],
        reason_en=ground.reason["en"],
        document=ground.document,
        clause=ground.clause,
        author=author,
        approver=approver,
        at=now,
    )
    renew_ruleset(now=now)
    return event


def renew_ruleset(*, now: datetime) -> str:
    """Keep the ruleset as it stands now, if it is another than the newest; return its hash."""
    ruleset = selectors.ruleset_from_rows()
    newest = RulesetSnapshot.objects.values_list("hash", flat=True).first()
    if newest != ruleset.hash:
        RulesetSnapshot.objects.create(hash=ruleset.hash, manifest=ruleset.manifest, at=now)
    return ruleset.hash
