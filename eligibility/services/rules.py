"""Draft, submit, publish; later withdraw, suspend, resume, end. One door for files and officers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from eligibility import records, selectors
from eligibility.core.errors import Said
from eligibility.core.review import (
    Breach,
    county_keeps_stable_housing,
    faults,
    gaps,
    invariants,
)
from eligibility.core.rule import Ruleset
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.core.static_checks import narrower
from eligibility.legal_files import LEVELS
from eligibility.models import (
    Clause,
    ImpactRun,
    LegalDocument,
    PeriodInForce,
    Rule,
    RuleEvent,
    RulesetSnapshot,
    RuleVersion,
)
from eligibility.services.examples import Proof, run_examples

# What no later event undoes.
FOR_GOOD = (RuleEvent.Kind.WITHDRAWN, RuleEvent.Kind.ENDED)


class RuleError(Exception):
    """Something about a rule version that cannot be done; the message says what to do."""

    def __init__(self, text: str, /, **params: Any):
        """Keep what is wrong as it can be translated."""
        self.said = Said(text, params)
        super().__init__(str(self.said))


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
        "level": document.get("level", ""),
        "note_zh": document["note"].get("zh", ""),
        "note_en": document["note"].get("en", ""),
    }
    row, created = LegalDocument.objects.get_or_create(slug=document["slug"], defaults=wanted)
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    if changed and not created:
        if row.frozen_at:
            raise PublishedDocumentChanged(
                "%(slug)s: %(fields)s differ from what published versions cite; leave the "
                "document as it is, or enter the correction as a new document",
                slug=row.slug,
                fields=", ".join(changed),
            )
        LegalDocument.objects.filter(pk=row.pk).update(**wanted)
    known = dict(row.clauses.values_list("article", "text"))
    for position, (article, text) in enumerate(clauses.items()):
        if article not in known:
            Clause.objects.create(document=row, article=article, text=text, position=position)
        elif known[article] != text:
            if row.frozen_at:
                raise PublishedDocumentChanged(
                    "%(slug)s %(article)s: the words differ from what published versions cite; "
                    "restore them, or enter the correction as a new document",
                    slug=row.slug,
                    article=article,
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
    if rule.kind != core.kind:
        raise RuleError(
            "%(code)s is a %(kind)s rule, and this version is of kind %(other)s; give it a code "
            "of its own",
            code=core.code,
            kind=rule.kind,
            other=core.kind,
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
        try:
            with transaction.atomic():
                row = RuleVersion.objects.create(
                    rule=rule,
                    version=core.version,
                    author=author,
                    editors=[author.pk],
                    drafted_at=now,
                    **values,
                )
        except IntegrityError:
            raise RuleError(
                "somebody else drafted %(label)s at this moment; look at that draft first",
                label=core.label,
            ) from None
        return row, "new"
    if row.content_hash == core.content_hash:
        return row, "unchanged"
    if row.status == RuleVersion.Status.PUBLISHED:
        raise PublishedRuleChanged(
            "%(label)s is published and differs from this file; give the change a new version "
            "name and a first day",
            label=core.label,
        )
    for name, value in values.items():
        setattr(row, name, value)
    row.author, row.drafted_at, row.submitted_at = author, now, None
    row.editors = sorted({*row.editors, author.pk})
    row.status = RuleVersion.Status.DRAFT
    row.revision += 1
    row.save()
    return row, "updated"


@transaction.atomic
def submit_rule(*, rule_version_id: int, author: Any, now: datetime) -> RuleVersion:
    """Put a draft up for review; its author alone may."""
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    if row.status != RuleVersion.Status.DRAFT:
        raise RuleError("%(version)s is %(status)s, not a draft", version=row, status=row.status)
    if row.author_id != author.pk:
        raise RuleError(
            "%(version)s was written by somebody else; its author submits it", version=row
        )
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


def breaches_of(
    row: RuleVersion, *, now: datetime, ruleset: Ruleset | None = None
) -> tuple[Breach, ...]:
    """Return everything that stands between a version and its publication, each with its article.

    The absolute ones stay until they are mended; the others need the approver's written reason.
    ``ruleset`` is what its examples are judged by, where several versions come into force
    together; else what is in force, and this version.
    """
    core = records.to_rule(row.record)
    found = [*invariants(core), *county_keeps_stable_housing(core), *faults(core)]
    found += _days(row, core)
    found += _sources(row, core)
    found += _proof(core, run_examples(row, ruleset))
    today = timezone.localdate(now)
    if core.effective_from < today:
        params = {"first": core.effective_from, "today": today}
        found.append(_breach("published_into_the_past", core, params=params))
    if not _measured(row):
        found.append(_breach("no_impact_run", core))
    found += _narrower(row, core)
    return tuple(found)


def _breach(
    code: str,
    core: CoreRule,
    at: str = "",
    *,
    absolute: bool = False,
    params: Mapping[str, Any] | None = None,
) -> Breach:
    """Return a breach of what publishing asks; its article is the one that the rule cites."""
    citation = core.citation
    place = f"{core.label}.{at}" if at else core.label
    return Breach(code, (citation.slug, citation.article), place, absolute, params or {})


def _days(row: RuleVersion, core: CoreRule) -> Iterator[Breach]:
    """Yield overlaps with, and gaps beside, the versions that are published."""
    stops = RuleEvent.objects.filter(version__rule__code=core.code)
    stops = stops.exclude(kind=RuleEvent.Kind.RESUMED)
    stopped = set(stops.values_list("version_id", "from_day"))
    never_in_force = stops.filter(kind__in=FOR_GOOD, from_day=F("version__effective_from"))
    unused = set(never_in_force.values_list("from_day", flat=True))
    for area in core.areas:
        periods = PeriodInForce.objects.filter(code=core.code, area=area)
        periods = periods.exclude(version=row.pk).select_related("version")
        recorded = {  # ended, withdrawn or suspended: the days from then on are no gap
            period.last_day + timedelta(days=1)
            for period in periods
            if period.last_day
            and (period.version_id, period.last_day + timedelta(days=1)) in stopped
        }
        line = records.to_ruleset(periods, (), ()).line(core.code, area)
        for period in line:
            if period.first == core.effective_from:
                params = {"area": area, "first": period.first, "other": period.rule.label}
                yield _breach("overlap", core, absolute=True, params=params)
        for gap in gaps(core, area, line):
            if gap.params["first"] not in recorded | unused:
                yield gap


def _sources(row: RuleVersion, core: CoreRule) -> Iterator[Breach]:
    """Yield citations that are not the words that are kept, and a start before the document's."""
    slugs = {citation.slug for citation in core.citations.values()}
    kept = {
        (slug, article): text
        for slug, article, text in Clause.objects.filter(document__slug__in=slugs).values_list(
            "document__slug", "article", "text"
        )
    }
    for citation in core.citations.values():
        if kept.get((citation.slug, citation.article)) != citation.text:
            place = f"{core.label}.{citation.article}"
            yield Breach("citation_not_kept", (citation.slug, citation.article), place, True)
    begins = row.document.effective_from
    if begins is not None and core.effective_from < begins:
        params = {"first": core.effective_from, "document_from": begins}
        yield _breach("before_its_document", core, params=params)


def _proof(core: CoreRule, proof: Proof) -> Iterator[Breach]:
    """Yield the examples that do not come out, and the leaves that none shows both ways."""
    for outcome in proof.failed:
        params = {
            "example": outcome.example.name,
            "example_id": outcome.example.pk,
            "differences": outcome.differences,
            "refused": outcome.refused,
        }
        yield _breach("example_fails", core, outcome.example.name, absolute=True, params=params)
    for leaf in proof.shown:
        if not leaf.complete:
            params = {"leaf": leaf.leaf, "met": leaf.met, "not_met": leaf.not_met}
            yield _breach("leaf_not_shown", core, leaf.leaf, absolute=True, params=params)


def _measured(row: RuleVersion) -> bool:
    """Whether an impact run of this very content has come to its end."""
    runs = ImpactRun.objects.filter(version=row, content_hash=row.content_hash)
    return runs.filter(state=ImpactRun.State.DONE).exists()


_RANKS = {level: rank for rank, level in enumerate(reversed(LEVELS), 1)}  # the highest last


def _narrower(row: RuleVersion, core: CoreRule) -> Iterator[Breach]:
    """Yield versions of higher law that it would follow and narrow."""
    rank = _RANKS.get(row.document.level, 0)
    rivals = PeriodInForce.objects.filter(code=core.code, area__in=core.areas)
    # What begins later ends this version; what it takes the place of is in force on its first day.
    rivals = rivals.filter(first_day__lte=core.effective_from).exclude(version=row.pk)
    rivals = rivals.exclude(last_day__lt=core.effective_from)
    higher = {
        period.version_id: period.version
        for period in rivals.select_related("version__document")
        if _RANKS.get(period.version.document.level, 0) > rank
    }
    for version in higher.values():
        superior = records.to_rule(version.record)
        for finding in narrower(core, superior):
            yield Breach(
                finding.fault.value,
                (superior.citation.slug, superior.citation.article),
                core.label,
                params={"superior": superior.label, "person": finding.person},
            )


@transaction.atomic
def publish_rule(
    *,
    rule_version_id: int,
    approver: Any,
    now: datetime,
    reviewed_hash: str = "",
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    ruleset: Ruleset | None = None,
) -> RuleVersion:
    """Put a reviewed version into force; from here on nobody changes it.

    ``reviewed_hash`` is the content that the approver saw; an edit since then is refused.
    ``overrides`` maps the code of a breach to the approver's written reason. ``ruleset`` is that
    of ``breaches_of``.

    Two approvals at the same instant wait for each other; should one get past that, the exclusion
    constraint refuses the second.
    """
    overrides = overrides or {}
    _one_at_a_time()
    row = RuleVersion.objects.select_for_update().get(pk=rule_version_id)
    core = records.to_rule(row.record)
    if row.status != RuleVersion.Status.IN_REVIEW:
        raise RuleNotInReview(
            "%(version)s is %(status)s, not in review; submit it first",
            version=row,
            status=row.status,
        )
    if core.content_hash != row.content_hash or (
        reviewed_hash and reviewed_hash != row.content_hash
    ):
        raise RuleNotInReview(
            "%(version)s was changed after the review; review it again", version=row
        )
    if approver.pk in {row.author_id, *row.editors}:
        raise ApproverIsAuthor("%(version)s needs an approver other than its author", version=row)
    breaches = breaches_of(row, now=now, ruleset=ruleset)
    for breach in breaches:
        if breach.code == "overlap":
            raise RuleOverlaps(
                "another version of %(code)s begins in %(area)s on %(first)s; choose another day",
                code=core.code,
                area=breach.params["area"],
                first=core.effective_from,
            )
    left = [b for b in breaches if b.absolute or not _in_writing(overrides.get(b.code))]
    if left:
        raise RuleBreaches(left)
    row.override_reasons = {b.code: dict(overrides[b.code]) for b in breaches}
    row.status, row.approver = RuleVersion.Status.PUBLISHED, approver
    row.approved_at = row.published_at = now
    row.office = approver.office
    try:
        with transaction.atomic():
            row.save(
                update_fields=[
                    "status",
                    "approver",
                    "approved_at",
                    "published_at",
                    "office",
                    "override_reasons",
                ]
            )
            for area in core.areas:
                _put_in_force(row, core, area)
    except IntegrityError as error:
        raise RuleOverlaps(
            "%(version)s cannot come into force beside what is published: %(why)s",
            version=row,
            why=error,
        ) from error
    _freeze_documents(core, now)
    renew_ruleset(now=now)
    return row


def _in_writing(reason: Mapping[str, str] | None) -> bool:
    return bool(reason) and all(reason.get(key, "").strip() for key in ("zh", "en"))


def _put_in_force(row: RuleVersion, core: CoreRule, area: str) -> None:
    """Add the days of a version, and end the row before it the day before."""
    line = PeriodInForce.objects.filter(code=core.code, area=area)
    first, last = core.effective_from, core.effective_to
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


def check_event(row: RuleVersion, *, kind: str, from_day: date, reason: Mapping[str, str]) -> None:
    """Raise RuleError if an event cannot happen to a version on a day."""
    if row.status != RuleVersion.Status.PUBLISHED:
        raise RuleError("%(version)s is not published; edit or drop the draft instead", version=row)
    if not _in_writing(reason):
        raise RuleError("%(version)s: give the reason in Chinese and in English", version=row)
    past = list(row.events.order_by("from_day", "pk"))
    stopped = bool(past) and past[-1].kind != RuleEvent.Kind.RESUMED
    if past and from_day <= past[-1].from_day:
        raise RuleError(
            "%(version)s has an event on %(day)s; choose a later day",
            version=row,
            day=past[-1].from_day,
        )
    if (kind == RuleEvent.Kind.RESUMED) != stopped or (
        stopped and past[-1].kind != RuleEvent.Kind.SUSPENDED
    ):
        raise RuleError(
            "%(version)s cannot be %(kind)s: only a suspended version resumes, only one in force "
            "stops",
            version=row,
            kind=kind,
        )
    if from_day < row.effective_from:
        raise RuleError(
            "%(version)s begins on %(first)s; choose that day, or a later one if some of its days "
            "shall stand",
            version=row,
            first=row.effective_from,
        )


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

    What was in force before that day, and every kept receipt, stays as it was. A version that is
    stopped for good from its first day never was in force: its days become free, so that a
    corrected version can begin on the same day. Nothing comes back by itself.
    """
    _one_at_a_time()
    row = RuleVersion.objects.select_related("rule").get(pk=rule_version_id)
    if author.pk == approver.pk:
        raise ApproverIsAuthor("%(version)s: a second person approves this", version=row)
    check_event(row, kind=kind, from_day=from_day, reason=ground.reason)
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
    if kind in FOR_GOOD and from_day == row.effective_from:
        row.periods.all().delete()
    renew_ruleset(now=now)
    return event


def renew_ruleset(*, now: datetime) -> str:
    """Keep the ruleset as it stands now, if it is another than the newest; return its hash."""
    ruleset = selectors.ruleset_from_rows()
    newest = RulesetSnapshot.objects.values_list("hash", flat=True).first()
    if newest != ruleset.hash:
        RulesetSnapshot.objects.create(hash=ruleset.hash, manifest=ruleset.manifest, at=now)
    return ruleset.hash
