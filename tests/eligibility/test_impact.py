"""Impact runs: asked for, measured in chunks, resumed, cancelled, shown."""

import json
import os
import signal
import sys
import time
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone, translation

from eligibility import beat, measuring, selectors, synthetic, tasks
from eligibility.core.check import Check
from eligibility.core.impact import Comparison, Tally
from eligibility.core.impact_tables import CHANGED, LEVELS
from eligibility.models import ImpactRun, Receipt, RuleVersion
from eligibility.services import checks, impact
from jiaxing_hukou.accounts.roles import Role
from tests.eligibility.builders import make_facts, shipped_rule, shipped_ruleset, townships
from tests.eligibility.published import publish
from tests.eligibility.workbench import drafted, person, trial
from tests.services.portal import ROOT, environment, run
from tests.services.processes import start, stop, wait_until

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DAY = date(2022, 2, 1)
STATE, POPULATION = ImpactRun.State, ImpactRun.Population
SYNTHETIC, RECEIPTS = POPULATION.SYNTHETIC, POPULATION.RECEIPTS


@pytest.fixture
def small_blocks(monkeypatch):
    """Make people in small blocks, so that a short run has several chunks."""
    monkeypatch.setattr(synthetic, "BLOCK", 500)


def tenant_rule() -> RuleVersion:
    return RuleVersion.objects.get(rule__code="urban-tenant", version="2022")


def asked(people: int = 2300, **changes) -> ImpactRun:
    """Ask for a run; nothing works on it yet."""
    given = {
        "version": tenant_rule(),
        "population": SYNTHETIC,
        "as_of": DAY,
        "user": person("demo-author"),
        "now": NOW,
        "people": people,
    }
    return impact.request_run(**(given | changes))


def again(run: ImpactRun) -> ImpactRun:
    return ImpactRun.objects.select_related("version", "ruleset").get(pk=run.pk)


def plain(run: ImpactRun) -> dict:
    """Return the counts of a run."""
    return Tally.read(run.tally).plain()


def uninterrupted(people: int) -> dict:
    """Return the counts that a run must have, measured without a database."""
    comparison = Comparison(selectors.published_ruleset(), shipped_rule("urban-tenant@2022"), DAY)
    tally = Tally()
    for block in synthetic.people(people, synthetic.SEED, DAY, townships()):
        tally.add(comparison, block.columns, block.counties)
    return tally.plain()


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_run_is_asked_for_handed_over_and_measured(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as handed:
        row = asked()

    row = again(row)
    assert len(handed) == 1
    assert (row.state, row.people_done, row.people_total) == (STATE.DONE, 2300, 2300)
    assert (row.leased_until, row.message) == (None, "")
    assert row.finished_at
    assert row.content_hash == row.version.content_hash
    assert row.ruleset.hash == selectors.published_ruleset().hash
    assert plain(row) == uninterrupted(2300)
    assert impact.latest_run(row.version) == row


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_the_tables_add_up_and_small_groups_are_hidden():
    row = asked(9000)
    measuring.measure(row.pk)

    found = impact.impact(again(row))

    assert found.result.people == 9000
    assert "continuous-residence" in found.leaves
    for level in LEVELS:
        total = found.result.total(level)
        for table in found.result.tables:
            if table.level != level:
                continue
            for column in CHANGED:
                counts = [line.counts[column] for line in table.lines]
                assert not [n for n in counts if n and n < 10]
                if None not in (*counts, total.counts[column]):
                    assert sum(counts) == total.counts[column]
    assert found.result.any_hidden
    stored = json.dumps(again(row).tally)
    assert "330402" in stored
    assert "birth" not in stored


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_run_that_stopped_goes_on_where_it_stood(monkeypatch):
    row = asked()
    assert measuring.measure(row.pk, budget=0) is True  # the time is up after the first chunk
    stopped = again(row)
    assert (stopped.state, stopped.people_done, stopped.leased_until) == (STATE.RUNNING, 500, None)

    while measuring.measure(row.pk, budget=0):
        pass

    assert again(row).state == STATE.DONE
    assert plain(again(row)) == uninterrupted(2300)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_task_that_is_out_of_time_hands_on_to_the_next(monkeypatch):
    monkeypatch.setattr(measuring, "BUDGET_SECONDS", 0)
    monkeypatch.setattr(measuring.measure, "__kwdefaults__", {"budget": 0})
    row = asked()

    tasks.measure_impact.delay(row.pk)

    assert again(row).state == STATE.DONE
    assert plain(again(row)) == uninterrupted(2300)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_nobody_else_works_on_a_run_while_its_lease_lasts():
    row = asked()
    held = timezone.now() + timedelta(seconds=20)
    ImpactRun.objects.filter(pk=row.pk).update(state=STATE.RUNNING, leased_until=held)

    assert measuring.measure(row.pk) is False
    assert again(row).people_done == 0
    assert beat.sweep_impact_runs() == 0

    over = timezone.now() - timedelta(seconds=1)
    ImpactRun.objects.filter(pk=row.pk).update(leased_until=over)
    assert beat.sweep_impact_runs() == 1
    assert again(row).state == STATE.DONE
    assert plain(again(row)) == uninterrupted(2300)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_worker_that_lost_its_lease_adds_nothing(monkeypatch):
    row = asked()
    measured, add = [], Tally.add

    def slow(tally, *given):
        if not measured:  # in the middle of the first chunk, the run is another worker's
            measured.append(True)
            over = timezone.now() - timedelta(seconds=1)
            ImpactRun.objects.filter(pk=row.pk).update(leased_until=over)
            assert measuring.measure(row.pk, budget=0)
        return add(tally, *given)

    monkeypatch.setattr(Tally, "add", slow)
    assert measuring.measure(row.pk) is False  # the first worker finds out, and stops
    assert again(row).people_done == 500

    measuring.measure(row.pk)
    assert plain(again(row)) == uninterrupted(2300)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_without_the_guard_a_late_worker_would_count_twice(monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr(measuring, "_ours", lambda run: ImpactRun.objects.filter(pk=run.pk))
    row = asked()
    nested, add = [], Tally.add

    def slow(tally, *given):
        if not nested:
            nested.append(True)
            over = timezone.now() - timedelta(seconds=1)
            ImpactRun.objects.filter(pk=row.pk).update(leased_until=over)
            measuring.measure(row.pk)
            assert again(row).state == STATE.DONE
        return add(tally, *given)

    monkeypatch.setattr(Tally, "add", slow)
    measuring.measure(row.pk, budget=0)

    assert plain(again(row)) != uninterrupted(2300)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_cancelled_run_stops_within_a_chunk_and_stays_cancelled(monkeypatch):
    row = asked()
    add = Tally.add

    def cancelling(tally, *given):
        assert impact.cancel_run(run_id=row.pk, now=NOW) is (again(row).people_done == 0)
        return add(tally, *given)

    monkeypatch.setattr(Tally, "add", cancelling)
    assert measuring.measure(row.pk) is False

    row = again(row)
    assert (row.state, row.people_done, row.finished_at) == (STATE.CANCELLED, 0, NOW)
    assert impact.cancel_run(run_id=row.pk, now=NOW) is False
    assert measuring.measure(row.pk) is False
    assert beat.sweep_impact_runs() == 0
    with pytest.raises(impact.ImpactRefused):
        impact.impact(row)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_finished_run_is_not_cancelled_and_not_measured_again():
    row = asked(500)
    measuring.measure(row.pk)

    assert impact.cancel_run(run_id=row.pk, now=NOW) is False
    assert measuring.measure(row.pk) is False
    assert again(row).state == STATE.DONE


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_progress_is_told_in_percent():
    row = asked()
    measuring.measure(row.pk, budget=0)

    shown = impact.progress(again(row))

    assert (shown.done, shown.total, shown.percent, shown.is_over) == (500, 2300, 21, False)


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_equal_runs_are_asked_for_once():
    row = asked()

    assert asked() == row
    assert asked(as_of=DAY + timedelta(days=1)) != row
    measuring.measure(row.pk)
    assert asked() != row


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_draft_that_was_edited_is_not_measured_under_the_old_name():
    draft = drafted(trial(code="new-route", areas=["county"], first="2026-12-01"))
    row = asked(version=draft, as_of=date(2026, 12, 1))
    RuleVersion.objects.filter(pk=draft.pk).update(content_hash="sha256:another")

    assert measuring.measure(row.pk) is False

    row = again(row)
    assert row.state == STATE.FAILED
    with translation.override("en"):
        assert "Start another run" in impact.progress(row).message
    assert impact.latest_run(row.version) is None


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_new_route_is_measured_and_put_down_to_the_route():
    draft = drafted(trial(code="new-route", areas=["urban"], first="2026-12-01"))
    row = asked(4000, version=draft, as_of=date(2026, 12, 1))
    measuring.measure(row.pk)

    found = impact.impact(again(row))

    causes = {line.group for line in found.result.table("route", "cause").lines}
    assert causes == {"route"}


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_run_that_breaks_says_so_and_one_that_kills_its_worker_is_given_up(monkeypatch, caplog):
    row = asked()
    monkeypatch.setattr(Tally, "add", lambda *given: 1 / 0)
    measuring.measure(row.pk)
    assert again(row).state == STATE.FAILED
    assert "ZeroDivisionError" in caplog.text
    with translation.override("en"):
        assert "operators" in impact.progress(again(row)).message

    row = asked()

    def killed(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(Tally, "add", killed)
    for _ in range(measuring.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            measuring.measure(row.pk)
        assert again(row).state == STATE.RUNNING
        over = timezone.now() - timedelta(seconds=1)
        ImpactRun.objects.filter(pk=row.pk).update(leased_until=over)
    assert measuring.measure(row.pk) is False
    assert again(row).state == STATE.FAILED


@pytest.mark.usefixtures("published_rules")
def test_what_cannot_be_measured_is_refused():
    with translation.override("en"):
        with pytest.raises(impact.ImpactRefused, match="2022-02-01"):
            asked(as_of=date(2022, 1, 31))
        with pytest.raises(impact.ImpactRefused, match="Nobody has agreed"):
            asked(population=RECEIPTS)
        with pytest.raises(impact.ImpactRefused, match="number of people"):
            asked(people=0)
    assert not ImpactRun.objects.exists()


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_tasks_carry_ids_and_nothing_else(monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.measure_impact, "delay", lambda *given: sent.append(given))

    with django_capture_on_commit_callbacks(execute=True):
        row = asked()
    beat.sweep_impact_runs()

    assert sent == [(row.pk,), (row.pk,)]


# --- Receipts of people who agreed ----------------------------------------------------------


def keep(months: int, *, agreed: bool, area: str = "urban", **known) -> Receipt:
    """Keep the answer of a tenant with a registered lease."""
    facts = make_facts(
        date(2022, 1, 20),
        area,
        housing="rented_private",
        lease_registered=True,
        continuous_residence_months=months,
        residence_registration_months=24,
        months_in_current_rental=24,
        **known,
    )
    check = Check(selectors.published_ruleset(), facts, facts.as_of)
    kept = checks.keep_receipt(check, "{}", language="zh-hans", now=NOW, agreed_to_impact=agreed)
    return kept.receipt


@pytest.mark.usefixtures("published_rules")
def test_only_receipts_of_people_who_agreed_are_measured(monkeypatch):
    monkeypatch.setattr(measuring, "RECEIPTS_AT_ONCE", 4)
    for number in range(13):
        keep(20 + number % 2, agreed=True, birth_date="1990-05-01")
        keep(20, agreed=False)
    keep(20, agreed=True, area="county")
    gone = keep(20, agreed=True)
    Receipt.objects.filter(pk=gone.pk).update(record="", result="", deleted_at=NOW)
    row = asked(population=RECEIPTS)
    keep(20, agreed=True)  # after the run was asked for
    assert row.people_total == 14

    assert measuring.measure(row.pk, budget=0) is True
    while measuring.measure(row.pk, budget=0):
        pass

    row = again(row)
    assert (row.state, row.people_done) == (STATE.DONE, 14)
    found = impact.impact(row)
    assert found.result.people == 14
    assert found.result.total("route").counts == {"gained": 13, "lost": 0, "otherwise": 0}
    [age] = [x for x in found.result.table("route", "age").lines if x.group == "26-34"]
    assert age.counts["gained"] == 13
    assert "1990" not in json.dumps(row.tally)


def family_rule() -> RuleVersion:
    return RuleVersion.objects.get(rule__code="accompanying-family", version="2022")


@pytest.mark.usefixtures("published_rules", "small_blocks")
def test_a_rule_of_who_may_come_along_is_measured_on_household_members():
    row = asked(version=family_rule())

    measuring.measure(row.pk)

    found = impact.impact(again(row))
    assert (again(row).state, again(row).people_done) == (STATE.DONE, 2300)
    assert found.result.people > 2300
    assert found.result.total("route").counts["gained"] > 10
    assert found.result.total("route").counts["lost"] == 0
    named = {line.group for line in found.result.table("route", "cause").lines}
    assert named & set(found.leaves)


@pytest.mark.usefixtures("published_rules")
def test_of_receipts_the_household_members_are_measured():
    grown = {
        "relation": "child",
        "lives_together": True,
        "birth_date": "1990-05-01",
        "marital_status": "married",
        "has_own_income": True,
    }
    facts = {
        "target_township": "330483001",
        "housing": "owned",
        "has_residence_permit": True,
        "household": [grown, grown | {"relation": "spouse"}],
    }
    check = checks.check_body({"as_of": "2022-02-01", "facts": facts}, DAY)
    for _ in range(11):
        checks.keep_receipt(check, "{}", language="en", now=NOW, agreed_to_impact=True)
    keep(20, agreed=True)  # somebody alone
    row = asked(version=family_rule(), population=RECEIPTS)

    measuring.measure(row.pk)

    found = impact.impact(again(row)).result
    assert again(row).people_done == 12
    assert found.people == 22
    for level in LEVELS:
        assert found.total(level).counts == {"gained": 11, "lost": 0, "otherwise": 0}


@pytest.mark.usefixtures("published_rules")
def test_few_receipts_tell_nothing():
    for _ in range(9):
        keep(20, agreed=True)
    row = asked(population=RECEIPTS)
    measuring.measure(row.pk)

    found = impact.impact(again(row)).result

    assert found.people is None
    assert found.total("route").counts["gained"] is None


@pytest.mark.usefixtures("published_rules")
def test_a_receipt_that_cannot_be_judged_on_the_day_is_counted_as_left_out():
    keep(20, agreed=True)
    facts = make_facts(date(2024, 1, 1), "urban", birth_date="2023-05-01")
    check = Check(selectors.published_ruleset(), facts, facts.as_of)
    checks.keep_receipt(check, "{}", language="en", now=NOW, agreed_to_impact=True)
    row = asked(population=RECEIPTS)

    measuring.measure(row.pk)

    assert impact.impact(again(row)).left_out == 1
    assert again(row).people_done == 2


@pytest.mark.usefixtures("published_rules")
def test_nobody_agrees_unless_he_says_so():
    facts = make_facts(DAY, "urban", housing="owned")
    check = Check(selectors.published_ruleset(), facts, DAY)

    kept = checks.keep_receipt(check, "{}", language="en", now=NOW)

    assert kept.receipt.agreed_to_impact is False


# --- Real concurrency, real processes -------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small_blocks")
def test_two_workers_on_one_run_do_no_harm():
    for role in Role:  # an earlier test of this kind has emptied every table
        Group.objects.get_or_create(name=role.value)
    publish()
    row = asked(6000)
    together = Barrier(2)

    def work():
        together.wait()
        give_up = time.monotonic() + 60
        while again(row).state in measuring.OPEN and time.monotonic() < give_up:
            measuring.measure(row.pk, budget=0)
        connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert again(row).state == STATE.DONE
    assert plain(again(row)) == uninterrupted(6000)


WORKER = ["-m", "celery", "--app", "jiaxing_hukou", "worker", "--concurrency", "1"]
ASK = """
import django; django.setup()
from datetime import date
from django.utils import timezone
from django.contrib.auth import get_user_model
from eligibility.models import RuleVersion
from eligibility.services.impact import request_run
run = request_run(
    version=RuleVersion.objects.get(rule__code="urban-tenant", version="2022"),
    population="synthetic", as_of=date(2022, 2, 1), people={people}, now=timezone.now(),
    user=get_user_model().objects.get(username="demo-author"),
)
print(run.pk)
"""
LOOK = """
import django; django.setup()
import json
from eligibility.models import ImpactRun
run = ImpactRun.objects.get(pk={pk})
print(json.dumps([run.state, run.people_done, run.tally]))
"""
SWEEP = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from eligibility.beat import sweep_impact_runs
from eligibility.models import ImpactRun
if {late}:  # as if the lease had run out
    over = timezone.now() - timedelta(seconds=1)
    ImpactRun.objects.filter(pk={pk}).update(leased_until=over)
print(sweep_impact_runs())
"""


@pytest.mark.processes
@pytest.mark.postgresql
def test_a_worker_killed_in_the_middle_of_a_run_is_made_good(tmp_path):
    """On the file queue: the message dies with the worker, and the sweep sends another."""
    env = environment(tmp_path / "data", DJANGO_SETTINGS_MODULE="jiaxing_hukou.settings.dev")
    assert run("manage.py", "setup_demo", env=env).returncode == 0

    def say(script: str, **given) -> str:
        done = run("-c", script.format(**given), env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()[-1]

    def look() -> list:
        return json.loads(say(LOOK, pk=pk))

    log = tmp_path / "log"
    first = start([sys.executable, *WORKER], log, cwd=ROOT, env=env)
    try:
        pk = int(say(ASK, people=4_000_000))
        wait_until(lambda: look()[1] > 0, first, log, seconds=60)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    state, done, _ = look()
    assert state == "running"
    assert 0 < done < 4_000_000
    total = done + 2 * synthetic.BLOCK  # a short rest, to save time
    shorten = "import django; django.setup(); from eligibility.models import ImpactRun; "
    shorten += "ImpactRun.objects.filter(pk={pk}).update(people_total={total}); print(1)"
    say(shorten, pk=pk, total=total)

    assert say(SWEEP, pk=pk, late=False) == "0"  # the lease of the dead worker still lasts
    assert say(SWEEP, pk=pk, late=True) == "1"
    second = start([sys.executable, *WORKER], log, cwd=ROOT, env=env)
    try:
        wait_until(lambda: look()[0] == "done", second, log, seconds=60)
    finally:
        stop(second)

    state, done_at_last, tally = look()
    comparison = Comparison(shipped_ruleset(), shipped_rule("urban-tenant@2022"), DAY)
    whole = Tally()
    for block in synthetic.people(total, tally["seed"], DAY, townships()):
        whole.add(comparison, block.columns, block.counties)
    assert done_at_last == total
    assert Tally.read(tally) == whole
