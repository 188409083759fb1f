"""Checks one person, or many, by the published rules, and prints the API's JSON."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from eligibility.answers import check_answer, refusals
from eligibility.core.errors import FactsRefused
from eligibility.problems import facts_problem, json_problem
from eligibility.selectors import NoRules
from eligibility.services.checks import check_body
from eligibility.strict_json import BrokenJson, loads

LANGUAGES = {"zh": "zh-hans", "en": "en"}


class Command(BaseCommand):
    """Print the answer of ``POST /eligibility/check`` for a file, or for each of its lines."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and how to read it."""
        parser.add_argument("file", help="the body as JSON; - reads standard input")
        parser.add_argument("--as-of", help="the day of the check, instead of the body's")
        parser.add_argument("--language", choices=LANGUAGES, default="zh")
        parser.add_argument("--lines", action="store_true", help="one body a line")

    def handle(self, *, file: str, as_of: str | None, language: str, lines: bool, **_: Any) -> None:
        """Answer; without --lines a refusal ends with status 2."""
        with translation.override(LANGUAGES[language]):
            if lines:
                for line in _lines(file):
                    self._write(self._answer(line, as_of)[0])
                return
            answer, refused = self._answer(_whole(file), as_of)
            self._write(answer)
        if refused:
            sys.exit(2)

    def _write(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def _answer(self, raw: bytes, as_of: str | None) -> tuple[dict[str, Any], bool]:
        try:
            body = loads(raw)
            if as_of is not None and isinstance(body, dict):
                body["as_of"] = as_of
            return check_answer(check_body(body, timezone.localdate())), False
        except NoRules as error:
            raise CommandError(str(error)) from error
        except BrokenJson as error:
            return json_problem(error), True
        except FactsRefused as error:
            return facts_problem(refusals(error.errors)), True


def _whole(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from error


def _lines(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from _filled(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as source:
            yield from _filled(source)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from error


def _filled(source: Any) -> Iterator[bytes]:
    for line in source:
        if line.strip():
            yield line
