"""Loads a rule package as drafts of its importer: all of it or nothing."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eligibility.legal_files import LegalFileError
from eligibility.services.packages import import_package, read_package


class Command(BaseCommand):
    """Check a package and draft its versions; they are reviewed and published like any other."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the file and the person."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--author", help="user name of whose drafts they become")
        parser.add_argument("--check", action="store_true", help="read it and load nothing")

    def handle(self, *, file: Path, author: str | None, check: bool, **options: Any) -> None:
        """Say what happened to each version."""
        try:
            content = file.read_bytes()
            if check:
                for entry in read_package(file.name, content).entries:
                    self.stdout.write(f"{entry.rule.label}: can be loaded")
                return
            person = get_user_model().objects.filter(username=author, is_active=True).first()
            if person is None:
                raise CommandError(f"There is no active account {author!r}; name the importer.")
            done = import_package(
                name=file.name, content=content, author=person, now=timezone.now()
            )
        except OSError as error:
            raise CommandError(f"{file.name}: cannot be read: {error.strerror}") from error
        except LegalFileError as error:
            raise CommandError(f"{error}. Nothing was loaded.") from error
        for row, what in done:
            self.stdout.write(f"{row}: {what}")
