"""Impact runs: asked for, cancelled, looked at. The work itself is in ``measuring``."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from eligibility import measuring, records, selectors, synthetic
from eligibility.core.condition import Leaf
from eligibility.core.errors import Said
from eligibility.core.impact_tables import Result, result
from eligibility.models import ImpactRun, RulesetSnapshot, RuleVersion
from eligibility.tasks import measure_impact

AT_ONCE = 50  # runs that a sweep hands over


class ImpactRefused(Exception):
    """A run that cannot be made; the message says what to do."""

    def __init__(self, text: str, /, **params: Any):
        """Keep what is wrong as it can be translated."""
        self.said = Said(text, params)
        super().__init__(str(self.said))


def day_for(version: RuleVersion, today: date) -> date:
    """Return the day on which a version is measured unless another is chosen."""
    return max(today, version.effective_from)


@transaction.atomic
def request_run(
    *,
    version: RuleVersion,
    population: str,
    as_of: date,
    user: Any,
    now: datetime,
    people: int = synthetic.PEOPLE,
) -> ImpactRun:
    """Ask for a run and hand it over; an equal one that is still open is returned instead."""
    ruleset = RulesetSnapshot.objects.first()
    if ruleset is None:
        raise ImpactRefused("No rule has been published yet, so there is nothing to compare.")
    check_measurable(version, as_of)
    same = ImpactRun.objects.filter(
        version=version,
        content_hash=version.content_hash,
        ruleset=ruleset,
        population=population,
        as_of=as_of,
        state__in=measuring.OPEN,
    )
    known = same.first()
    if known is not None:
        return known
    start: dict[str, Any] = {"seed": synthetic.SEED}
    if population == ImpactRun.Population.RECEIPTS:
        agreed = measuring.agreed_receipts()
        people = agreed.count()
        start = {"last": agreed.aggregate(last=Max("pk"))["last"] or 0}
        if not people:
            raise ImpactRefused(
                "Nobody has agreed yet that a receipt is used. Take the synthetic population."
            )
    elif not 0 < people <= synthetic.MOST:
        raise ImpactRefused("Choose a number of people from 1 to %(most)s.", most=synthetic.MOST)
    run = ImpactRun.objects.create(
        version=version,
        content_hash=version.content_hash,
        ruleset=ruleset,
        population=population,
        as_of=as_of,
        people_total=people,
        tally=start,
        requested_by=user,
        requested_at=now,
    )
    # A queue that is down must not undo the request: the sweep hands it over later.
    transaction.on_commit(lambda: measure_impact.delay(run.pk), robust=True)
    return run


def check_measurable(version: RuleVersion, as_of: date) -> None:
    """Refuse what an impact run cannot measure; raises ImpactRefused."""
    draft = records.to_rule(version.record)
    if not measuring.compared(selectors.published_ruleset(), draft, as_of).in_force:
        raise ImpactRefused(
            "%(rule)s would not be in force on %(day)s. Choose a day from %(first)s on.",
            rule=draft.label,
            day=as_of,
            first=draft.effective_from,
        )


def hand_over_due(*, now: datetime) -> int:
    """Hand over the runs that no worker holds; return how many."""
    found = list(measuring.due(now).values_list("pk", flat=True)[:AT_ONCE])
    for run_id in found:
        measure_impact.delay(run_id)
    return len(found)


def cancel_run(*, run_id: int, now: datetime) -> bool:
    """Cancel a run that is not over; return whether it was. Its worker stops within a chunk."""
    open_runs = ImpactRun.objects.filter(pk=run_id, state__in=measuring.OPEN)
    return bool(
        open_runs.update(state=ImpactRun.State.CANCELLED, leased_until=None, finished_at=now)
    )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is."""

    state: str
    done: int
    total: int
    message: str

    @property
    def percent(self) -> int:
        """Return the share that is done, rounded down."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in measuring.OPEN


def progress(run: ImpactRun) -> Progress:
    """Return how far a run is; the message is in the reader's language."""
    message = _(run.message) if run.message else ""
    return Progress(state=run.state, done=run.people_done, total=run.people_total, message=message)


@dataclass(frozen=True, kw_only=True)
class Impact:
    """A finished run with its tables and the leaves that they name."""

    run: ImpactRun
    result: Result
    leaves: dict[str, Leaf]
    left_out: int  # receipts that could not be judged on the day


def impact(run: ImpactRun) -> Impact:
    """Return the tables of a run, small groups hidden; raises ImpactRefused unless it is done."""
    if run.state != ImpactRun.State.DONE:
        raise ImpactRefused("The run is not finished; its tables come with the last chunk.")
    ruleset = selectors.ruleset_by_hash(run.ruleset.hash)
    leaves = {}
    if run.content_hash == run.version.content_hash:
        comparison = measuring.compared(ruleset, records.to_rule(run.version.record), run.as_of)
        leaves = comparison.leaves
    return Impact(
        run=run,
        result=result(measuring.Tally.read(run.tally)),
        leaves=leaves,
        left_out=run.tally.get("left_out", 0),
    )


def latest_run(version: RuleVersion) -> ImpactRun | None:
    """Return the newest run of a version as it stands now."""
    runs = ImpactRun.objects.filter(version=version, content_hash=version.content_hash)
    return runs.select_related("version", "ruleset").first()
