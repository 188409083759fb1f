"""Writes a rule as a package: YAML with a hash over its content."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from eligibility.services.packages import export_rule
from eligibility.services.rules import RuleError


class Command(BaseCommand):
    """Export versions of one rule, with what they cite, the papers and the worked examples."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the rule, its versions and the file."""
        parser.add_argument("code", help="code of the rule, like urban-owner")
        parser.add_argument("--version-name", action="append", default=[], dest="names")
        parser.add_argument("--output", type=Path, help="default: standard output")

    def handle(self, *, code: str, names: list[str], output: Path | None, **options: Any) -> None:
        """Write the package."""
        try:
            text = export_rule(code, names)
        except RuleError as error:
            raise CommandError(str(error)) from error
        if output is None:
            self.stdout.write(text, ending="")
        else:
            output.write_text(text, encoding="utf-8")
