"""The tables: townships, the law, rule versions and their days, answers, the author's desk."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DataGap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("leaf_id", models.SlugField(max_length=80, unique=True, verbose_name="leaf")),
                (
                    "asks_zh",
                    models.CharField(
                        max_length=300, verbose_name="what the officer decides (Chinese)"
                    ),
                ),
                (
                    "asks_en",
                    models.CharField(
                        max_length=400, verbose_name="what the officer decides (English)"
                    ),
                ),
                ("why_zh", models.TextField(verbose_name="why it cannot be computed (Chinese)")),
                ("why_en", models.TextField(verbose_name="why it cannot be computed (English)")),
                (
                    "question_zh",
                    models.TextField(blank=True, verbose_name="question to the office (Chinese)"),
                ),
                (
                    "question_en",
                    models.TextField(blank=True, verbose_name="question to the office (English)"),
                ),
            ],
            options={
                "verbose_name": "data gap",
                "verbose_name_plural": "data gaps",
                "ordering": ("leaf_id",),
            },
        ),
        migrations.CreateModel(
            name="LegalDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name")),
                ("title_zh", models.CharField(max_length=200, verbose_name="title (Chinese)")),
                ("title_en", models.CharField(max_length=300, verbose_name="title (English)")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="number")),
                ("issuer_zh", models.CharField(max_length=100, verbose_name="issuer (Chinese)")),
                ("issuer_en", models.CharField(max_length=200, verbose_name="issuer (English)")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="issued on")),
                (
                    "effective_from",
                    models.DateField(blank=True, null=True, verbose_name="in force from"),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("national", "national"),
                            ("province", "province"),
                            ("city", "city"),
                            ("county", "county or district"),
                        ],
                        max_length=10,
                        verbose_name="level of government",
                    ),
                ),
                (
                    "provenance",
                    models.CharField(
                        choices=[("official", "official text"), ("secondary", "public reprint")],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("note_zh", models.TextField(blank=True, verbose_name="note (Chinese)")),
                ("note_en", models.TextField(blank=True, verbose_name="note (English)")),
                (
                    "frozen_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="frozen since"
                    ),
                ),
            ],
            options={
                "verbose_name": "legal document",
                "verbose_name_plural": "legal documents",
                "ordering": ("effective_from", "slug"),
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[("route", "route"), ("family", "accompanying family")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(verbose_name="position in the rule table"),
                ),
            ],
            options={
                "verbose_name": "rule",
                "verbose_name_plural": "rules",
                "ordering": ("position", "code"),
            },
        ),
        migrations.CreateModel(
            name="RulesetSnapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models.CharField(db_index=True, max_length=71, verbose_name="hash")),
                ("manifest", models.JSONField(verbose_name="manifest")),
                ("at", models.DateTimeField(verbose_name="recorded at")),
            ],
            options={
                "verbose_name": "ruleset",
                "verbose_name_plural": "rulesets",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="Township",
            fields=[
                (
                    "code",
                    models.CharField(
                        max_length=9, primary_key=True, serialize=False, verbose_name="code"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "county_code",
                    models.CharField(db_index=True, max_length=6, verbose_name="county code"),
                ),
                ("county", models.CharField(max_length=40, verbose_name="county")),
                ("kind", models.CharField(max_length=10, verbose_name="kind")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
            ],
            options={
                "verbose_name": "township",
                "verbose_name_plural": "townships",
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("as_of", models.DateField(blank=True, null=True, verbose_name="as of")),
                ("answers", models.JSONField(default=dict)),
                ("unsure", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(verbose_name="begun at")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="expires at")),
                (
                    "ruleset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="eligibility.rulesetsnapshot",
                        verbose_name="ruleset",
                    ),
                ),
            ],
            options={
                "verbose_name": "questionnaire",
                "verbose_name_plural": "questionnaires",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=20, verbose_name="version")),
                ("record", models.JSONField(verbose_name="record")),
                (
                    "content_hash",
                    models.CharField(
                        editable=False, max_length=71, unique=True, verbose_name="content hash"
                    ),
                ),
                ("effective_from", models.DateField(verbose_name="in force from")),
                (
                    "effective_to",
                    models.DateField(blank=True, null=True, verbose_name="last day in force"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("in_review", "in review"),
                            ("published", "published"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "office",
                    models.CharField(
                        blank=True, editable=False, max_length=100, verbose_name="published by"
                    ),
                ),
                (
                    "override_reasons",
                    models.JSONField(blank=True, default=dict, verbose_name="override reasons"),
                ),
                (
                    "revision",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="revision"),
                ),
                (
                    "editors",
                    models.JSONField(default=list, editable=False, verbose_name="written by"),
                ),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="submitted at"),
                ),
                (
                    "approved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="approved at"),
                ),
                (
                    "published_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="published at"),
                ),
                (
                    "approver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approver",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_versions",
                        to="eligibility.legaldocument",
                        verbose_name="document",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="eligibility.rule",
                        verbose_name="rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule version",
                "verbose_name_plural": "rule versions",
                "ordering": ("rule", "effective_from"),
            },
        ),
        migrations.CreateModel(
            name="RuleEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("withdrawn", "withdrawn"),
                            ("ended", "ended by a later document"),
                            ("suspended", "suspended"),
                            ("resumed", "resumed"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("from_day", models.DateField(verbose_name="from")),
                ("reason_zh", models.TextField(verbose_name="reason (Chinese)")),
                ("reason_en", models.TextField(verbose_name="reason (English)")),
                ("clause", models.CharField(blank=True, max_length=40, verbose_name="article")),
                ("at", models.DateTimeField(verbose_name="recorded at")),
                (
                    "approver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approver",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="eligibility.legaldocument",
                        verbose_name="document",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="eligibility.ruleversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a rule version",
                "verbose_name_plural": "events of rule versions",
                "ordering": ("version", "from_day", "pk"),
            },
        ),
        migrations.CreateModel(
            name="ProposedEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("withdrawn", "withdrawn"),
                            ("ended", "ended by a later document"),
                            ("suspended", "suspended"),
                            ("resumed", "resumed"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("from_day", models.DateField(verbose_name="from")),
                ("reason_zh", models.TextField(verbose_name="reason (Chinese)")),
                ("reason_en", models.TextField(verbose_name="reason (English)")),
                ("at", models.DateTimeField(verbose_name="asked at")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposed_events",
                        to="eligibility.ruleversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposed event",
                "verbose_name_plural": "proposed events",
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version",), name="one_proposed_event_a_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodInForce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60, verbose_name="rule")),
                ("area", models.CharField(max_length=10, verbose_name="area class")),
                ("first_day", models.DateField(verbose_name="first day")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periods",
                        to="eligibility.ruleversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "period in force",
                "verbose_name_plural": "periods in force",
                "ordering": ("code", "area", "first_day"),
            },
        ),
        migrations.CreateModel(
            name="ImpactRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_hash", models.CharField(max_length=71, verbose_name="content hash")),
                (
                    "population",
                    models.CharField(
                        choices=[
                            ("synthetic", "synthetic population"),
                            ("receipts", "receipts of people who agreed"),
                        ],
                        max_length=10,
                        verbose_name="population",
                    ),
                ),
                ("as_of", models.DateField(verbose_name="as of")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("people_total", models.PositiveIntegerField(default=0, verbose_name="people")),
                ("people_done", models.PositiveIntegerField(default=0, verbose_name="people done")),
                ("tally", models.JSONField(default=list, verbose_name="tally")),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="message")),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                (
                    "leased_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="leased until"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                (
                    "ruleset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="eligibility.rulesetsnapshot",
                        verbose_name="ruleset",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="impact_runs",
                        to="eligibility.ruleversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "impact run",
                "verbose_name_plural": "impact runs",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="WorkedExample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("file", "file"),
                            ("hand", "entered by hand"),
                            ("receipt", "made from a receipt"),
                            ("generated", "generated at a boundary"),
                        ],
                        max_length=10,
                        verbose_name="origin",
                    ),
                ),
                ("as_of", models.DateField(verbose_name="as of")),
                ("facts", models.JSONField(verbose_name="facts")),
                ("expect", models.JSONField(verbose_name="expected")),
                ("created_at", models.DateTimeField(verbose_name="entered at")),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="examples",
                        to="eligibility.ruleversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "worked example",
                "verbose_name_plural": "worked examples",
                "ordering": ("version", "as_of", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Clause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("article", models.CharField(max_length=40, verbose_name="article")),
                ("text", models.TextField(verbose_name="text")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clauses",
                        to="eligibility.legaldocument",
                        verbose_name="document",
                    ),
                ),
            ],
            options={
                "verbose_name": "clause",
                "verbose_name_plural": "clauses",
                "ordering": ("document", "position", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "article"), name="one_text_per_article"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("deletion_digest", models.CharField(editable=False, max_length=64)),
                ("engine_version", models.CharField(max_length=10, verbose_name="engine version")),
                ("as_of", models.DateField(verbose_name="as of")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("record", models.TextField(verbose_name="record")),
                ("result", models.TextField(verbose_name="result")),
                (
                    "agreed_to_impact",
                    models.BooleanField(
                        default=False, verbose_name="may be used to measure drafts"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="kept at")),
                (
                    "deleted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="deleted at"),
                ),
                (
                    "ruleset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="eligibility.rulesetsnapshot",
                        verbose_name="ruleset",
                    ),
                ),
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
                "ordering": ("-pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deleted_at__isnull", True),
                            models.Q(("record", ""), ("result", "")),
                            _connector="OR",
                        ),
                        name="a_deleted_receipt_is_empty",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.UniqueConstraint(
                fields=("rule", "version"), name="one_row_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("approver", models.F("author")), _negated=True),
                name="approver_is_not_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("draft", "in_review")),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approver__isnull", False),
                        ("published_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="published_by_an_approver",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleevent",
            constraint=models.UniqueConstraint(
                fields=("version", "kind", "from_day"), name="one_event_of_a_kind_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("approver", models.F("author")), _negated=True),
                name="event_approver_is_not_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="periodinforce",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_day__isnull", True),
                    ("last_day__gte", models.F("first_day")),
                    _connector="OR",
                ),
                name="period_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="workedexample",
            constraint=models.UniqueConstraint(
                fields=("version", "name", "as_of"), name="one_example_of_a_name_a_day"
            ),
        ),
    ]
