"""Drafts, submits and publishes the rule versions of fixtures/rules/."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from eligibility import selectors
from eligibility.core.errors import RuleMalformed
from eligibility.core.rule import Ruleset
from eligibility.legal_files import (
    Ending,
    LegalFile,
    LegalFileError,
    read_examples,
    read_files,
    read_gaps,
    read_order,
    read_overrides,
)
from eligibility.models import LegalDocument, RuleEvent, RuleVersion
from eligibility.services.desk import keep_gaps
from eligibility.services.examples import ExampleRefused, sync_file_examples
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
EXAMPLES = Path(settings.BASE_DIR) / "fixtures" / "examples"


@contextmanager
def _told(file: LegalFile) -> Iterator[None]:
    """Say in which file a rule was refused."""
    try:
        yield
    except (RuleError, RuleMalformed) as error:
        raise CommandError(f"{file.path.name}: {error}. Nothing was loaded.") from error


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
        self._tally: Counter[str] = Counter()
        try:
            self._overrides = read_overrides(override) if override else {}
            order = read_order(FOLDER)
            documents = read_files(files or sorted(FOLDER.glob("*.yaml")), FOLDER)
            examples = read_examples(EXAMPLES)
            gaps = read_gaps(FOLDER)
            with transaction.atomic():
                self._load(documents, order, examples, author, approver)
                keep_gaps(gaps)
        except LegalFileError as error:
            raise CommandError(f"{error}. Nothing was loaded.") from error
        self.stdout.write(", ".join(f"{n} {what}" for what, n in self._tally.items()))

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
        documents: tuple[LegalFile, ...],
        order: tuple[str, ...],
        examples: tuple[dict[str, Any], ...],
        author: Any,
        approver: Any,
    ) -> None:
        """Draft everything, then publish it document by document, as history went.

        The examples speak of days on which several documents hold, so they are judged by what is
        in force once all are published.
        """
        if not selectors.townships():
            call_command("load_divisions", stdout=StringIO())
        now = timezone.now()
        drafts = []
        for file in documents:
            with _told(file):
                drafts.append((file, *self._draft(file, order, author, now)))
        rows = [row for _, _, versions in drafts for row in versions]
        self._attach(rows, examples, now)
        ruleset = None
        if any(row.status != RuleVersion.Status.PUBLISHED for row in rows):
            ends = []
            for file, _, _ in drafts:
                with _told(file):
                    ends += self._planned(file)
            ruleset = selectors.ruleset_with(*rows, events=ends)
        for file, document, versions in drafts:
            with _told(file):
                for row in versions:
                    self._publish(row, author, approver, now, ruleset)
                for ending in file.endings:
                    self._tally["ended"] += self._end(document, ending, author, approver, now)

    def _draft(
        self, file: LegalFile, order: tuple[str, ...], author: Any, now: datetime
    ) -> tuple[LegalDocument, list[RuleVersion]]:
        document, rows = keep_document(file.document, file.clauses), []
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
            self._tally[done] += 1
            rows.append(row)
        return document, rows

    def _attach(
        self, rows: list[RuleVersion], examples: tuple[dict[str, Any], ...], now: datetime
    ) -> None:
        """Give each version the examples that rely on it; the rest is for the tests alone."""
        for row in rows:
            given = [example for example in examples if example["relies_on"] == str(row)]
            try:
                sync_file_examples(row, given, now)
            except ExampleRefused as error:
                raise CommandError(f"{error}. Nothing was loaded.") from error

    def _planned(self, file: LegalFile) -> Iterator[RuleEvent]:
        """Yield the endings of a document as events that are not recorded yet."""
        for ending in file.endings:
            yield RuleEvent(
                pk=0, version=self._ended(ending), kind=RuleEvent.Kind.ENDED, from_day=ending.on
            )

    def _ended(self, ending: Ending) -> RuleVersion:
        """Return the version that is in force when its route is ended."""
        rows = RuleVersion.objects.filter(rule__code=ending.code, effective_from__lt=ending.on)
        row = rows.order_by("-effective_from").first()
        if row is None:
            raise RuleError(f"{ending.code} has no published version to end on {ending.on}")
        return row

    def _publish(
        self,
        row: RuleVersion,
        author: Any,
        approver: Any,
        now: datetime,
        ruleset: Ruleset | None,
    ) -> None:
        if row.status == RuleVersion.Status.DRAFT:
            row = submit_rule(rule_version_id=row.pk, author=author, now=now)
        if row.status == RuleVersion.Status.IN_REVIEW:
            given = {
                code: reason
                for wanted in ("*", str(row))  # its own reason before the general one
                for (rule, code), reason in self._overrides.items()
                if rule == wanted
            }
            publish_rule(
                rule_version_id=row.pk,
                approver=approver,
                now=now,
                overrides=given,
                ruleset=ruleset,
            )

    def _end(
        self, document: LegalDocument, ending: Ending, author: Any, approver: Any, now: datetime
    ) -> int:
        """Record that a document ends another's route, once."""
        row = self._ended(ending)
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
