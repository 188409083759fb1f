"""Follows the audit log from its first entry to its last, and names the first broken row."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jiaxing_hukou.audit.chain import Broken, Why, first_broken
from jiaxing_hukou.audit.models import AuditEntry, AuditSeal
from jiaxing_hukou.audit.selectors import chain_entries, chain_seals

WORDS = {
    Why.MISSING: "entry {number} is missing",
    Why.CHANGED: "entry {number} was changed after it was written",
    Why.HASH_WRONG: "the hash of entry {number} was changed; what it says was not",
    Why.REORDERED: "entry {number} does not follow the one before it: it was moved or replaced",
    Why.REWRITTEN: "entry {number} is not the one that was sealed on {day}",
    Why.SEAL_BROKEN: "the seal of {day} was changed, or one before it is gone (entry {number})",
    Why.CUT: "entry {number} and those after it are gone; the seal of {day} counts them",
}


class Command(BaseCommand):
    """Check every entry and every seal in little memory; end with 1 at the first broken row."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the seals that were kept elsewhere."""
        parser.add_argument("--seals", type=Path, help="lines that seal_audit printed")

    def handle(self, *, seals: Path | None, **_: Any) -> None:
        """Say that all is well, or fail with the first broken row."""
        kept = list(_kept(seals)) if seals else []
        broken = first_broken(chain_entries(), chain_seals())
        if broken:
            raise CommandError(f"The audit log is broken: {_in_words(broken)}.")
        for line in kept:
            self._compare(line)
        entries, days = AuditEntry.objects.count(), AuditSeal.objects.count()
        self.stdout.write(
            f"The audit log is whole: {entries} entries, {days} sealed days, "
            f"{len(kept)} seals kept elsewhere."
        )

    def _compare(self, kept: dict[str, Any]) -> None:
        """Hold a seal that was kept elsewhere against the one in the database."""
        same = AuditSeal.objects.filter(
            day=kept["day"], last_number=kept["last_number"], hash=kept["hash"]
        )
        if not same.exists():
            raise CommandError(
                f"The audit log is broken: the seal of {kept['day']} is not the one that was "
                f"kept elsewhere; the log up to entry {kept['last_number']} was written anew."
            )


def _in_words(broken: Broken) -> str:
    return WORDS[broken.why].format(number=broken.number, day=broken.day)


def _kept(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the seals of a file, one a line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        try:
            seal = json.loads(line)
            yield {name: seal[name] for name in ("day", "last_number", "hash")}
        except (ValueError, TypeError, KeyError) as error:
            raise CommandError(f"{path}, line {number}: not a seal of seal_audit's.") from error
