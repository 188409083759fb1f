"""The rows: townships, legal documents, rule versions and their days in force, kept answers.

What the words below promise is promised by the database too (see the migrations): a published
version, a document it cites, an event and a snapshot never change, and no two versions of a
route are in force in one area on one day.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Township(models.Model):
    """A street or town of the seven county-level units (NBS codes)."""

    code = models.CharField(_("code"), max_length=9, primary_key=True)
    name = models.CharField(_("name"), max_length=40)
    county_code = models.CharField(_("county code"), max_length=6, db_index=True)
    county = models.CharField(_("county"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("township")
        verbose_name_plural = _("townships")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class LegalDocument(models.Model):
    """A legal text; frozen once a published version cites it."""

    class Provenance(models.TextChoices):
        OFFICIAL = "official", _("official text")
        SECONDARY = "secondary", _("public reprint")

    class Level(models.TextChoices):
        NATIONAL = "national", _("national")
        PROVINCE = "province", _("province")
        CITY = "city", _("city")
        COUNTY = "county", _("county or district")

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200)
    title_en = models.CharField(_("title (English)"), max_length=300)
    number = models.CharField(_("number"), max_length=60, blank=True)
    issuer_zh = models.CharField(_("issuer (Chinese)"), max_length=100)
    issuer_en = models.CharField(_("issuer (English)"), max_length=200)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    effective_from = models.DateField(_("in force from"), null=True, blank=True)
    provenance = models.CharField(_("source"), max_length=10, choices=Provenance.choices)
    level = models.CharField(
        _("level of government"), max_length=10, choices=Level.choices, blank=True
    )  # blank: not said; such a document is measured against every other
    note_zh = models.TextField(_("note (Chinese)"), blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    frozen_at = models.DateTimeField(_("frozen since"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("legal document")
        verbose_name_plural = _("legal documents")
        ordering = ("effective_from", "slug")

    def __str__(self) -> str:
        return f"{self.title_zh} {self.number}".strip()


class Clause(models.Model):
    """One article of a document, with its words."""

    document = models.ForeignKey(
        LegalDocument,
        on_delete=models.CASCADE,
        related_name="clauses",
        verbose_name=_("document"),
    )
    article = models.CharField(_("article"), max_length=40)
    text = models.TextField(_("text"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering = ("document", "position", "pk")
        constraints = [
            models.UniqueConstraint(fields=("document", "article"), name="one_text_per_article"),
        ]

    def __str__(self) -> str:
        return self.article


class Rule(models.Model):
    """A route to registration, or the rule of who may come along; its versions say what it asks."""

    class Kind(models.TextChoices):
        ROUTE = "route", _("route")
        FAMILY = "family", _("accompanying family")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(_("position in the rule table"))

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.code


class RuleVersion(models.Model):
    """One version of one rule, as data; published rows never change."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        PUBLISHED = "published", _("published")

    rule = models.ForeignKey(
        Rule, on_delete=models.PROTECT, related_name="versions", verbose_name=_("rule")
    )
    version = models.CharField(_("version"), max_length=20)
    document = models.ForeignKey(
        LegalDocument,
        on_delete=models.PROTECT,
        related_name="rule_versions",
        verbose_name=_("document"),
    )
    record = models.JSONField(_("record"))
    content_hash = models.CharField(_("content hash"), max_length=71, unique=True, editable=False)
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("last day in force"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status.choices,
        default=Status.DRAFT,
        editable=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approver"),
    )
    office = models.CharField(
        _("published by"), max_length=100, blank=True, editable=False
    )  # the approver's office on the day of publishing
    override_reasons = models.JSONField(_("override reasons"), default=dict, blank=True)
    revision = models.PositiveIntegerField(
        _("revision"), default=1, editable=False
    )  # raised by each edit of a draft, so that two authors do not overwrite each other
    editors = models.JSONField(
        _("written by"), default=list, editable=False
    )  # ids of everybody who wrote in the draft: none of them may approve it
    drafted_at = models.DateTimeField(_("drafted at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        ordering = ("rule", "effective_from")
        constraints = [
            models.UniqueConstraint(fields=("rule", "version"), name="one_row_per_version"),
            models.CheckConstraint(
                condition=~Q(approver=F("author")), name="approver_is_not_the_author"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "in_review"))
                | Q(
                    approver__isnull=False,
                    approved_at__isnull=False,
                    published_at__isnull=False,
                ),
                name="published_by_an_approver",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}@{self.version}"


class PeriodInForce(models.Model):
    """The days on which a published version is the rule of its route in one area class.

    Publishing a later version ends the open row of the earlier one the day before; nothing else
    about a row ever changes, and no two rows of a route and area share a day.
    """

    version = models.ForeignKey(
        RuleVersion,
        on_delete=models.PROTECT,
        related_name="periods",
        verbose_name=_("version"),
    )
    code = models.CharField(_("rule"), max_length=60)
    area = models.CharField(_("area class"), max_length=10)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("period in force")
        verbose_name_plural = _("periods in force")
        ordering = ("code", "area", "first_day")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="period_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.area} {self.first_day}"


class RuleEvent(models.Model):
    """What happened to a published version later: append-only, beside the frozen row."""

    class Kind(models.TextChoices):
        WITHDRAWN = "withdrawn", _("withdrawn")
        ENDED = "ended", _("ended by a later document")
        SUSPENDED = "suspended", _("suspended")
        RESUMED = "resumed", _("resumed")

    version = models.ForeignKey(
        RuleVersion,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("version"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    from_day = models.DateField(_("from"))
    reason_zh = models.TextField(_("reason (Chinese)"))
    reason_en = models.TextField(_("reason (English)"))
    document = models.ForeignKey(
        LegalDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )
    clause = models.CharField(_("article"), max_length=40, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approver"),
    )
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("event of a rule version")
        verbose_name_plural = _("events of rule versions")
        ordering = ("version", "from_day", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("version", "kind", "from_day"), name="one_event_of_a_kind_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(approver=F("author")),
                name="event_approver_is_not_the_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.kind} {self.from_day}"


class ProposedEvent(models.Model):
    """An event that one person asks for and a second one still has to approve."""

    version = models.ForeignKey(
        RuleVersion,
        on_delete=models.CASCADE,
        related_name="proposed_events",
        verbose_name=_("version"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RuleEvent.Kind.choices)
    from_day = models.DateField(_("from"))
    reason_zh = models.TextField(_("reason (Chinese)"))
    reason_en = models.TextField(_("reason (English)"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("proposed event")
        verbose_name_plural = _("proposed events")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("version",), name="one_proposed_event_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.kind} {self.from_day}"


class RulesetSnapshot(models.Model):
    """A ruleset by its hash: which versions were in force when. The newest row is in use."""

    hash = models.CharField(_("hash"), max_length=71, db_index=True)
    manifest = models.JSONField(_("manifest"))
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("ruleset")
        verbose_name_plural = _("rulesets")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.hash


class Receipt(models.Model):
    """A kept answer. Its reference opens it and is not stored, only a keyed hash of it.

    ``record`` is the answer without words, which replay repeats byte for byte; ``result`` is the
    answer as it was given. Deleting empties both and leaves the fact that there was a receipt.
    """

    reference_digest = models.CharField(max_length=64, unique=True, editable=False)
    deletion_digest = models.CharField(max_length=64, editable=False)
    ruleset = models.ForeignKey(
        RulesetSnapshot,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("ruleset"),
    )
    engine_version = models.CharField(_("engine version"), max_length=10)
    as_of = models.DateField(_("as of"))
    language = models.CharField(_("language"), max_length=10)
    record = models.TextField(_("record"))
    result = models.TextField(_("result"))
    agreed_to_impact = models.BooleanField(_("may be used to measure drafts"), default=False)
    created_at = models.DateTimeField(_("kept at"))
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(record="", result=""),
                name="a_deleted_receipt_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class Questionnaire(models.Model):
    """Answers given so far, resumed by a link for thirty days; the link's token is not stored."""

    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    ruleset = models.ForeignKey(
        RulesetSnapshot,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ruleset"),
    )  # the rules that it was begun under; a newer ruleset is offered, not imposed
    as_of = models.DateField(_("as of"), null=True, blank=True)  # null: the day it is read
    answers = models.JSONField(default=dict)
    unsure = models.JSONField(default=list)  # facts answered with "I do not know"
    created_at = models.DateTimeField(_("begun at"))
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"questionnaire {self.pk}"


class WorkedExample(models.Model):
    """A case worked out from the law: facts, a day, and the verdicts that must come out."""

    class Origin(models.TextChoices):
        FILE = "file", _("file")
        HAND = "hand", _("entered by hand")
        RECEIPT = "receipt", _("made from a receipt")
        GENERATED = "generated", _("generated at a boundary")

    version = models.ForeignKey(
        RuleVersion,
        on_delete=models.CASCADE,
        related_name="examples",
        verbose_name=_("version"),
    )
    name = models.CharField(_("name"), max_length=200)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices)
    as_of = models.DateField(_("as of"))
    facts = models.JSONField(_("facts"))
    expect = models.JSONField(_("expected"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("worked example")
        verbose_name_plural = _("worked examples")
        ordering = ("version", "as_of", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("version", "name", "as_of"), name="one_example_of_a_name_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DataGap(models.Model):
    """Something that the law asks and the portal cannot compute: an officer decides it."""

    leaf_id = models.SlugField(_("leaf"), max_length=80, unique=True)
    asks_zh = models.CharField(_("what the officer decides (Chinese)"), max_length=300)
    asks_en = models.CharField(_("what the officer decides (English)"), max_length=400)
    why_zh = models.TextField(_("why it cannot be computed (Chinese)"))
    why_en = models.TextField(_("why it cannot be computed (English)"))
    question_zh = models.TextField(_("question to the office (Chinese)"), blank=True)
    question_en = models.TextField(_("question to the office (English)"), blank=True)

    class Meta:
        verbose_name = _("data gap")
        verbose_name_plural = _("data gaps")
        ordering = ("leaf_id",)

    def __str__(self) -> str:
        return self.leaf_id


class ImpactRun(models.Model):
    """A draft measured on a population: who gains, who loses, and by which leaf.

    ``tally`` grows chunk by chunk with ``people_done``, in one transaction, so that a run whose
    worker died goes on where it stood.
    """

    class Population(models.TextChoices):
        SYNTHETIC = "synthetic", _("synthetic population")
        RECEIPTS = "receipts", _("receipts of people who agreed")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    version = models.ForeignKey(
        RuleVersion,
        on_delete=models.CASCADE,
        related_name="impact_runs",
        verbose_name=_("version"),
    )
    content_hash = models.CharField(_("content hash"), max_length=71)
    ruleset = models.ForeignKey(
        RulesetSnapshot,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("ruleset"),
    )
    population = models.CharField(_("population"), max_length=10, choices=Population.choices)
    as_of = models.DateField(_("as of"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    people_total = models.PositiveIntegerField(_("people"), default=0)
    people_done = models.PositiveIntegerField(_("people done"), default=0)
    tally = models.JSONField(_("tally"), default=list)
    message = models.CharField(_("message"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"))
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("impact run")
        verbose_name_plural = _("impact runs")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"impact run {self.pk}"
