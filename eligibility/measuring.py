"""Impact runs at work: taken with a lease, measured chunk by chunk, counted once.

A worker takes a run by writing a lease into the row, which no other holds. Each chunk ends in one
UPDATE that adds its counts, moves ``people_done`` and renews the lease, if the lease is still this
worker's and nobody has cancelled. So a worker that dies loses the chunk in hand and no more: when
its lease has run out, the sweep hands the run to another one, which goes on where it stood. Two
workers on one run do no harm: only one of them can move it.
"""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from eligibility import records, selectors, synthetic, synthetic_households
from eligibility.core.columns import Array, Columns
from eligibility.core.errors import FactsRefused
from eligibility.core.impact import Comparison, Tally
from eligibility.core.impact_family import FamilyComparison
from eligibility.core.rule import FAMILY, Ruleset, RuleVersion
from eligibility.core.stated import Facts, parse_facts
from eligibility.households import stated_members
from eligibility.models import ImpactRun, Receipt
from eligibility.population import facts_to_columns

LEASE = timedelta(seconds=25)  # longer than a chunk takes, shorter than anybody likes to wait
BUDGET_SECONDS = 60  # then the next task goes on, so that others get their turn
RECEIPTS_AT_ONCE = 2000
MOST_ATTEMPTS = 5  # at one place, before a run is given up
OPEN = (ImpactRun.State.QUEUED, ImpactRun.State.RUNNING)
CHANGED = gettext_noop("The draft was changed after this run was asked for. Start another run.")
GAVE_UP = gettext_noop(
    "The work stopped five times at the same place. Tell the operators; nothing is lost."
)
BROKE = gettext_noop("The run could not be finished. Tell the operators; the log says why.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chunk:
    """Some people of a run; ``people_done`` and ``place`` are what stands after them."""

    columns: Columns
    counties: Array
    people_done: int
    place: int  # of receipts, the key of the last one
    left_out: int = 0  # receipts whose facts cannot be judged on the day of the run


def due(now: datetime) -> QuerySet[ImpactRun]:
    """Return the runs that no worker holds."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return ImpactRun.objects.filter(free, state__in=OPEN).order_by("pk")


def measure(run_id: int, *, budget: float = BUDGET_SECONDS) -> bool:
    """Work on a run until it is done or the time is up; return whether more is to be done.

    Safe to run twice and by two workers at once.
    """
    run = _take(run_id)
    if run is None:
        return False
    try:
        return _work(run, time.monotonic() + budget)
    except Exception:
        logger.exception("impact run failed", extra={"run": run.pk})
        _finish(run, ImpactRun.State.FAILED, BROKE)
        return False


def _take(run_id: int) -> ImpactRun | None:
    """Take the run for ``LEASE``; None if it is not ours to work on."""
    now = timezone.now()
    until = now + LEASE
    if not due(now).filter(pk=run_id).update(state=ImpactRun.State.RUNNING, leased_until=until):
        return None
    run = ImpactRun.objects.select_related("version", "ruleset").get(pk=run_id)
    if run.leased_until != until or run.state != ImpactRun.State.RUNNING:
        return None
    if run.version.content_hash != run.content_hash:
        _finish(run, ImpactRun.State.FAILED, CHANGED)
        return None
    at, times = run.tally.get("attempts", (-1, 0)) if run.tally else (-1, 0)
    times = times + 1 if at == run.people_done else 1
    if times > MOST_ATTEMPTS:
        _finish(run, ImpactRun.State.FAILED, GAVE_UP)
        return None
    run.tally = (run.tally or {}) | {"attempts": [run.people_done, times]}
    return run if _ours(run).update(tally=run.tally) else None


def _ours(run: ImpactRun) -> QuerySet[ImpactRun]:
    """Return the row, if it still stands as this worker left it."""
    return ImpactRun.objects.filter(
        pk=run.pk,
        state=ImpactRun.State.RUNNING,
        leased_until=run.leased_until,
        people_done=run.people_done,
    )


def _finish(run: ImpactRun, state: str, message: str = "") -> None:
    _ours(run).update(state=state, message=message, leased_until=None, finished_at=timezone.now())


def _work(run: ImpactRun, stop_at: float) -> bool:
    ruleset = selectors.ruleset_by_hash(run.ruleset.hash)
    comparison = compared(ruleset, records.to_rule(run.version.record), run.as_of)
    kept = run.tally
    tally = Tally.read(kept)
    for chunk in _chunks(run, comparison):
        tally.add(comparison, chunk.columns, chunk.counties)
        left_out = kept.get("left_out", 0) + chunk.left_out
        kept = kept | tally.plain() | {"place": chunk.place, "left_out": left_out}
        kept["attempts"] = [chunk.people_done, 1]
        until = timezone.now() + LEASE
        if not _ours(run).update(tally=kept, people_done=chunk.people_done, leased_until=until):
            return False  # cancelled, or another worker has it: this chunk is not counted
        run.people_done, run.leased_until = chunk.people_done, until
        if time.monotonic() > stop_at:
            _ours(run).update(leased_until=None)
            return True
    _finish(run, ImpactRun.State.DONE)
    return False


def compared(ruleset: Ruleset, draft: RuleVersion, day: date) -> Comparison:
    """Return a draft beside what is in force: of a route, or of who may come along."""
    kind = FamilyComparison if draft.kind == FAMILY else Comparison
    return kind(ruleset, draft, day)


def _chunks(run: ImpactRun, comparison: Comparison) -> Iterator[Chunk]:
    if run.population == ImpactRun.Population.SYNTHETIC:
        yield from _synthetic(run, comparison)
    else:
        yield from _receipts(run, comparison)


def _synthetic(run: ImpactRun, comparison: Comparison) -> Iterator[Chunk]:
    if run.people_done >= run.people_total:
        return  # only the last word was not written
    townships = selectors.townships()
    seed = run.tally.get("seed", synthetic.SEED)
    for block in synthetic.people(
        run.people_total, seed, run.as_of, townships, start=run.people_done
    ):
        done = block.first + block.length
        columns, counties = block.columns, block.counties
        if isinstance(comparison, FamilyComparison):
            family = synthetic_households.members(block, seed)
            columns, counties = family.columns(comparison, columns), counties[family.of]
        yield Chunk(columns, counties, done, done)


def agreed_receipts() -> QuerySet[Receipt]:
    """Return the kept answers that may be used to measure drafts."""
    return Receipt.objects.filter(agreed_to_impact=True, deleted_at__isnull=True)


def _receipts(run: ImpactRun, comparison: Comparison) -> Iterator[Chunk]:
    """Yield the facts of people who agreed; nothing that says who they are is read.

    Facts are taken as they were stated; ages are counted on the day of the run.
    """
    place, last = run.tally.get("place", 0), run.tally.get("last", 0)
    townships, done = selectors.townships(), run.people_done
    while True:
        rows = agreed_receipts().filter(pk__gt=place, pk__lte=last).order_by("pk")
        found = list(rows.values_list("pk", "record")[:RECEIPTS_AT_ONCE])
        if not found:
            return
        people: list[Facts] = []
        areas: list[tuple[str, ...] | None] = []
        for _, written in found:
            kept = json.loads(written)
            try:
                facts = parse_facts(kept["facts"], as_of=run.as_of, townships=townships)
            except FactsRefused:
                continue  # a birth after the day of the run
            people.append(facts)
            known = "target_township" in facts.given
            areas.append(None if known else tuple(kept["area_classes"]))
        place, done = found[-1][0], done + len(found)
        counties = [
            townships[facts.given["target_township"]].county_code
            if "target_township" in facts.given
            else ""
            for facts in people
        ]
        columns, places = facts_to_columns(people, areas), np.array(counties, dtype="<U6")
        if isinstance(comparison, FamilyComparison):
            family = stated_members(people)
            columns, places = family.columns(comparison, columns), places[family.of]
        yield Chunk(columns, places, done, place, len(found) - len(people))
