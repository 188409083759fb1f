"""Makes the synthetic population anew."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from eligibility import selectors, synthetic
from eligibility.population import TableRefused, write_chunks


class Command(BaseCommand):
    """Write made-up people, one a row, columns named as facts; equal arguments, equal people."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the table, how many people, and from which seed."""
        parser.add_argument("out", type=Path, help="the .parquet or .csv file to write")
        parser.add_argument("--people", type=int, default=synthetic.PEOPLE)
        parser.add_argument("--seed", type=int, default=synthetic.SEED)
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            default=synthetic.FIRST_DAY,
            help="the day on which ages are counted; the default suits a check on any day",
        )

    def handle(self, *, out: Path, people: int, seed: int, as_of: date, **options: Any) -> None:
        """Write block by block, so that memory does not grow with the population."""
        if not 0 < people <= synthetic.MOST or seed < 0:
            raise CommandError(
                f"--people is a number from 1 to {synthetic.MOST}, --seed is 0 or more.",
                returncode=2,
            )
        townships = selectors.townships()
        if not townships:
            raise CommandError("There are no townships; run load_divisions first.", returncode=2)
        try:
            rows = write_chunks(out, self._tables(people, seed, as_of, townships))
        except TableRefused as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.", returncode=2) from error
        self.stdout.write(f"{rows} people of seed {seed}, as of {as_of}, written to {out}")

    def _tables(self, count: int, seed: int, as_of: date, townships: Any) -> Iterator[Any]:
        with tqdm(total=count, unit=" people", file=self.stderr, disable=None) as bar:
            for block in synthetic.people(count, seed, as_of, townships):
                yield block.table
                bar.update(block.length)
