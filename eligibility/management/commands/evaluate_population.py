"""Judges everybody in a table by the published rules, or by those and a draft."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from eligibility import population, records, selectors
from eligibility.answers import refusals
from eligibility.core.errors import FactsRefused
from eligibility.core.impact import OVERALL, Comparison, Tally
from eligibility.core.impact_tables import result
from eligibility.core.rule import FAMILY, Ruleset
from eligibility.core.stated import FIRST_DAY, read_as_of
from eligibility.impact_text import lines_of
from eligibility.models import RuleVersion
from eligibility.services.impact import ImpactRefused, check_measurable, day_for


class Command(BaseCommand):
    """Read people, one a row, columns named as facts; write their verdicts, a column a route."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the two tables, the day and the draft."""
        parser.add_argument("people", type=Path, help="a .parquet or .csv file, columns are facts")
        parser.add_argument("out", type=Path, help="the .parquet or .csv file to write")
        parser.add_argument("--as-of", help="the day of the check, instead of today")
        parser.add_argument(
            "--draft",
            metavar="CODE@VERSION",
            help="judge as if this version were in force, and tell whom it changes",
        )

    def handle(
        self,
        *,
        people: Path,
        out: Path,
        as_of: str | None,
        draft: str | None,
        **options: Any,
    ) -> None:
        """Judge chunk by chunk, so that memory does not grow with the table."""
        tally = Tally()
        try:
            day = read_as_of(as_of) if as_of else timezone.localdate()
            ruleset, comparison = selectors.published_ruleset(), None
            if draft:
                version = _version(draft)
                day = day if as_of else max(day_for(version, day), FIRST_DAY)
                check_measurable(version, day)
                comparison = Comparison(ruleset, records.to_rule(version.record), day)
            chunks = self._judged(people, day, ruleset, comparison, tally)
            rows = population.write_chunks(out, chunks)
        except FactsRefused as refused:
            [error, *_] = refusals(refused.errors)
            raise CommandError(f"--as-of: {error['message']}", returncode=2) from refused
        except (population.TableRefused, ImpactRefused, selectors.NoRules) as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.", returncode=2) from error
        self.stdout.write(f"{rows} people, as of {day}, written to {out}")
        if comparison:
            for line in lines_of(result(tally), comparison):
                self.stdout.write(line)

    def _judged(
        self,
        people: Path,
        day: date,
        ruleset: Ruleset,
        comparison: Comparison | None,
        tally: Tally,
    ) -> Iterator[pa.Table]:
        townships, total = selectors.townships(), population.count_rows(people)
        with tqdm(total=total, unit=" people", file=self.stderr, disable=None) as bar:
            for chunk in population.read_chunks(people, townships, day):
                if comparison is None:
                    yield population.judge_chunk(ruleset, day, chunk)
                else:
                    counties = population.counties(chunk.table, townships)
                    flips = tally.add(comparison, chunk.people, counties)
                    judged = population.judge_chunk(comparison.after, day, chunk)
                    yield _with_before(judged, flips, comparison)
                bar.update(chunk.people.length)


def _version(label: str) -> RuleVersion:
    """Return the row of ``CODE@VERSION``, whatever its status."""
    code, _, version = label.partition("@")
    rows = RuleVersion.objects.select_related("rule")
    row = rows.filter(rule__code=code, version=version).first()
    if row is None:
        known = RuleVersion.objects.filter(rule__code=code).order_by("effective_from")
        names = ", ".join(f"{code}@{v}" for v in known.values_list("version", flat=True))
        remedy = f"there are {names}" if names else "no rule has this code"
        raise ImpactRefused(
            "--draft: no version %(label)r; %(remedy)s.", label=label, remedy=remedy
        )
    if row.rule.kind == FAMILY:
        raise ImpactRefused(
            "--draft: %(label)s says who may come along, and a table holds no household members; "
            "start an impact run at the desk.",
            label=label,
        )
    return row


def _with_before(judged: pa.Table, flips: Any, comparison: Comparison) -> pa.Table:
    """Add how everybody stands without the draft, and the leaf to which a change is put down."""
    overall = [verdict.value for verdict in OVERALL]
    causes = pa.array(comparison.causes)
    return (
        judged.append_column(
            "verdict_before", pa.array(overall).take(pa.array(flips.overall_before))
        )
        .append_column("route_before", population.wire_names(flips.route_before))
        .append_column("cause", causes.take(pa.array(flips.cause, mask=flips.cause < 0)))
    )
