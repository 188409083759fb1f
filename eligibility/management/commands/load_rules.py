"""Drafts, submits and publishes the rule versions of fixtures/rules/."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from eligibility.core.errors import RuleMalformed
from eligibility.legal_files import (
    LegalFile,
    LegalFileError,
    read_files,
    read_order,
    read_overrides,
)
from eligibility.models import RuleEvent, RuleVersion
from eligibility.services.rules import (
    Ground,
    RuleError,
    draft_rule,
    keep_document,
    publish_rule,
    record_event,
    submit_rule,
)

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "rules"


class Command(BaseCommand):
    """Load legal documents and their rule versions; all files or none, safe to run again."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the two people, and the written overrides of the approver."""
        parser.add_argument("files", nargs="*", type=Path, help="default: every file")
        parser.add_argument("--author", required=True, help="user name of who drafts")
        parser.add_argument("--approver", required=True, help="user name of who publishes")
        parser.add_argument(
            "--override", type=Path, help="YAML: rule, breach and the written reason"
        )

    def handle(self, *, files: list[Path], override: Path | None, **options: Any) -> None:
        """Say for every document what happened; stop at the first that cannot be read."""
        author, approver = (self._person(options[who]) for who in ("author", "approver"))
        tally: Counter[str] = Counter()
        try:
            overrides = read_overrides(override) if override else {}
            order = read_order(FOLDER)
            documents = read_files(files or sorted(FOLDER.glob("*.yaml")), FOLDER)
            with transaction.atomic():
                for file in documents:
                    self._load(file, order, author, approver, overrides, tally)
        except LegalFileError as error:
            raise CommandError(f"{error}. Nothing was loaded.") from error
        self.stdout.write(", ".join(f"{n} {what}" for what, n in tally.items()))

    def _person(self, name: str) -> Any:
        users = get_user_model().objects
        user = users.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {name!r}; create it first.")
        if user.is_demo and not settings.DEMO_ALLOWED:
            raise CommandError(
                f"{name} is a demo account and cannot put rules into force here; "
                "name a real author and approver."
            )
        return user

    def _load(
        self,
        file: LegalFile,
        order: tuple[str, ...],
        author: Any,
        approver: Any,
        overrides: dict[tuple[str, str], dict[str, str]],
        tally: Counter[str],
    ) -> None:
        now = timezone.now()
        try:
            document = keep_document(file.document, file.clauses)
            for record, rule in zip(file.records, file.rules, strict=True):
                if rule.code not in order:
                    raise RuleError(f"{rule.code} is not in routes.yaml; give it a place there")
                row, done = draft_rule(
                    record=record,
                    document=document,
                    author=author,
                    position=order.index(rule.code),
                    now=now,
                )
                tally[done] += 1
                self._publish(row, author, approver, now, overrides)
            for ending in file.endings:
                tally["ended"] += self._end(file, document, ending, author, approver, now)
        except (RuleError, RuleMalformed) as error:
            raise CommandError(f"{file.path.name}: {error}. Nothing was loaded.") from error

    def _publish(
        self,
        row: RuleVersion,
        author: Any,
        approver: Any,
        now: datetime,
        overrides: dict[tuple[str, str], dict[str, str]],
    ) -> None:
        if row.status == RuleVersion.Status.DRAFT:
            submit_rule(rule_version_id=row.pk, author=author, now=now)
            row.refresh_from_db()
        if row.status == RuleVersion.Status.IN_REVIEW:
            given = {code: text for (rule, code), text in overrides.items() if rule == str(row)}
            publish_rule(rule_version_id=row.pk, approver=approver, now=now, overrides=given)

    def _end(
        self,
        file: LegalFile,
        document: Any,
        ending: Any,
        author: Any,
        approver: Any,
        now: datetime,
    ) -> int:
        """Record that a document ends another's route, once."""
        rows = RuleVersion.objects.filter(
            rule__code=ending.code,
            status=RuleVersion.Status.PUBLISHED,
            effective_from__lt=ending.on,
        )
        row = rows.order_by("-effective_from").first()
        if row is None:
            raise RuleError(f"{ending.code} has no published version to end on {ending.on}")
        if row.events.filter(kind=RuleEvent.Kind.ENDED, from_day=ending.on).exists():
            return 0
        record_event(
            rule_version_id=row.pk,
            kind=RuleEvent.Kind.ENDED,
            from_day=ending.on,
            ground=Ground(reason=ending.reason, document=document, clause=ending.clause),
            author=author,
            approver=approver,
            now=now,
        )
        return 1
