"""Reports in bulk: lines carried out once, whoever dies on the way."""

import io
import json
import signal
from datetime import date, timedelta
from functools import partial
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.models import Notice, ReportBatch, ReportRow, ResidenceRegistration
from residence_permit.reports import reading
from residence_permit.services import calendar, registrations, reports
from residence_permit.services.reports import NotAReporter, take_in_report
from residence_permit.stays import id_hash
from tests.residence_permit.crowd import Crowd
from tests.residence_permit.residents import (
    Source,
    csv_file,
    divisions,
    line,
    reporter,
    resident,
    stay,
    taken_in,
)
from tests.residence_permit.workbench import NOW, account, id_number
from tests.services.portal import environment, run

Result, Batch = ReportRow.Result, ReportBatch.Status
Status = ResidenceRegistration.Status


@pytest.fixture(autouse=True)
def _divisions(request):
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        divisions()


def carried_out(*lines, **given) -> ReportBatch:
    batch = taken_in(*lines, **given)
    reading.read(batch.pk)
    batch.refresh_from_db()
    return batch


def results(batch):
    """Return result and codes of each row."""
    rows = batch.rows.order_by("number")
    return [(row.result, [error["code"] for error in row.errors]) for row in rows]


# --- Lines


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"name": ""}, "name", "empty"),
        ({"name": "=1+1"}, "name", "signs"),
        ({"name": "<script>"}, "name", "signs"),
        ({"name": "王\u202e明"}, "name", "signs"),
        ({"name": "王" * 51}, "name", "too_long"),
        ({"id_number": "110105194912310021"}, "id_number", "check_digit"),
        ({"id_number": "1.101052E+17"}, "id_number", "rounded"),
        ({"id_number": "110105491231002"}, "id_number", "old_number"),
        ({"township": ""}, "township", "empty"),
        ({"township": "月球街道"}, "township", "not_a_place"),
        ({"address": ""}, "address", "empty"),
        ({"address": "3号"}, "address", "too_short"),
        ({"address": "路" * 201}, "address", "too_long"),
        ({"started_on": ""}, "started_on", "empty"),
        ({"started_on": "昨天"}, "started_on", "not_a_day"),
        ({"started_on": "2026-02-29"}, "started_on", "no_such_day"),
        ({"started_on": "2026-11-26"}, "started_on", "future"),
        ({"started_on": "1926-11-24"}, "started_on", "too_long_ago"),
        ({"started_on": "1989-11-24"}, "started_on", "before_birth"),
        ({"ended_on": "2026-11-23"}, "ended_on", "before_start"),
        ({"housing": "城堡"}, "housing", "not_a_choice"),
        ({"employer": "厂" * 101}, "employer", "too_long"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(db, given, field, code):
    batch = carried_out(line(**given))

    [row] = batch.rows.all()
    assert (row.result, batch.status) == (Result.REFUSED, Batch.DONE)
    assert [(e["field"], e["code"]) for e in row.errors] == [(field, code)]
    assert not ResidenceRegistration.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"name": "买买提·吐尔逊"},
        {"name": "𠮷〇一"},
        {"name": "O'Neil Anna-Maria"},
        {"township": "330402010"},
        {"township": "南湖"},
        {"township": "嘉兴市南湖区南湖街道"},
        {"started_on": "2026年11月24日"},
        {"started_on": "2026/11/24"},
        {"started_on": "２０２６．１１．２４"},
        {"started_on": "20261124"},
        {"started_on": "2026-11-24T08:30:00"},
        {"housing": ""},
        {"employer": ""},
    ],
)
def test_a_line_is_read_as_people_write_it(db, given):
    batch = carried_out(line(**given))

    assert results(batch) == [(Result.REPORTED, ["in_time"])]
    assert ResidenceRegistration.objects.get().township_code == "330402010"


def test_all_that_is_wrong_with_a_line_is_said_at_once(db):
    batch = carried_out(line(name="", id_number="1", started_on="x"))

    assert results(batch) == [(Result.REFUSED, ["empty", "length", "not_a_day"])]


# --- What becomes of them


def test_a_report_asks_the_person(db, django_capture_on_commit_callbacks):
    me = resident()

    batch = carried_out(line(id_number=me.id_number, name=me.name), line(name="李四"))

    assert results(batch) == [(Result.REPORTED, ["in_time"])] * 2
    rows = ResidenceRegistration.objects.order_by("pk")
    assert [(row.status, row.source, row.person) for row in rows] == [
        ("reported", "landlord", me),
        ("reported", "landlord", None),
    ]
    assert {n.recipient for n in Notice.objects.all()} == {me.user}
    assert {n.template for n in Notice.objects.all()} == {"registration-reported"}
    assert all(row.cells == "" for row in batch.rows.all())


def test_a_batch_has_one_entry_in_the_audit_log(db):
    batch = carried_out(line(), line(), line(name=""))

    entry = AuditEntry.objects.get(act="report_residents")
    assert entry.subject == f"report:{batch.pk}"
    assert entry.details == {"source": "landlord", "rows": 3, "reported": 2, "refused": 1}


def test_cells_are_encrypted_and_kept_only_to_be_corrected(db):
    number = id_number()
    batch = taken_in(line(id_number=number, name=""))

    with connection.cursor() as cursor:
        cursor.execute("SELECT cells FROM residence_permit_reportrow")
        [[stored]] = cursor.fetchall()
    reading.read(batch.pk)
    kept = json.loads(batch.rows.get().cells)["id_number"]
    finished = ReportBatch.objects.get().finished_at
    early = reports.forget_refused(now=finished + timedelta(days=30))
    forgotten = reports.forget_refused(now=finished + timedelta(days=30, seconds=1))

    assert number not in stored
    assert stored.startswith("aes:")
    assert (kept, early, forgotten) == (number, 0, 1)
    assert batch.rows.get().cells == ""


def test_the_same_line_counts_once(db):
    number = id_number()
    one = line(id_number=number)
    landlord = reporter()

    first = carried_out(one, one, by=landlord)
    again = carried_out(one, line(), by=landlord)  # another file with the same person
    other = carried_out(one)  # another reporter

    assert results(first) == [(Result.REPORTED, ["in_time"]), (Result.KNOWN, ["same_as_row"])]
    assert first.rows.last().errors[0]["params"] == {"row": 2}
    assert results(again)[0] == (Result.KNOWN, ["reported_before"])
    assert results(other) == [(Result.KNOWN, ["reported_by_others"])]
    assert ResidenceRegistration.objects.count() == 2


def test_the_same_file_is_the_same_batch(db):
    landlord, content = reporter(), csv_file(line())
    send = partial(take_in_report, reporter=landlord, shown_name="a.csv", content=content, now=NOW)

    first, new = send(source=Source.LANDLORD)
    second, again = send(source=Source.LANDLORD)
    other, _ = send(source=Source.AGENT)

    assert (new, again) == (True, False)
    assert second.pk == first.pk != other.pk
    assert ReportRow.objects.count() == 2


def test_a_person_who_registered_himself_is_known(db):
    me = resident()
    registrations.register(person=me, stay=stay(), actor=me.user, now=NOW)

    batch = carried_out(line(id_number=me.id_number))

    assert results(batch) == [(Result.KNOWN, ["registered"])]


def test_whoever_denied_is_not_asked_for_the_same_days_again(db):
    me, landlord = resident(), reporter()
    one = {"id_number": me.id_number, "name": me.name}
    row = carried_out(line(**one), by=landlord).rows.get().registration
    registrations.deny(registration_id=row.pk, person=me, actor=me.user, now=NOW)

    again = carried_out(line(**one), line(), by=landlord)
    later = carried_out(line(**one | {"started_on": "2026-11-25"}), by=landlord)

    assert results(again)[0] == (Result.REFUSED, ["denied"])
    assert results(later) == [(Result.REPORTED, ["in_time"])]


def test_an_end_closes_what_was_reported_and_leaves_what_was_declared(db):
    me, number = resident(), id_number()
    mine = registrations.register(person=me, stay=stay(), actor=me.user, now=NOW)
    carried_out(line(id_number=number))

    batch = carried_out(
        line(id_number=number, ended_on="2026-11-25"),
        line(id_number=me.id_number, started_on="", ended_on="2026-11-25"),
        line(started_on="", ended_on="2026-11-25"),
        line(started_on="2026-10-01", ended_on="2026-11-25"),
    )

    assert [result for result, _ in results(batch)] == ["ended", "ended", "refused", "ended"]
    assert results(batch)[2] == (Result.REFUSED, ["no_start"])
    mine.refresh_from_db()
    assert mine.status == Status.ACTIVE
    assert mine.events.last().after == {"ended_on": "2026-11-25", "source": "landlord"}
    assert not ResidenceRegistration.objects.filter(status=Status.REPORTED).exists()


def test_start_and_end_in_one_file_follow_each_other(db):
    number = id_number()

    batch = carried_out(
        line(id_number=number), line(id_number=number, started_on="", ended_on="2026-11-25")
    )

    row = ResidenceRegistration.objects.get()
    assert [result for result, _ in results(batch)] == ["reported", "ended"]
    assert (row.status, row.ended_on) == (Status.ENDED, date(2026, 11, 25))
    assert [event.action for event in row.events.all()] == ["report", "end"]


@pytest.mark.parametrize(
    ("day", "code", "due_on"),
    [
        ("2026-09-24", "late", "2026-09-30"),  # Mid-Autumn on the 25th, then a weekend
        ("2026-11-20", "in_time", "2026-11-25"),  # a Friday: the Wednesday after
        ("2026-11-19", "late", "2026-11-24"),
    ],
)
def test_three_working_days_are_noted_and_late_reports_taken(db, day, code, due_on):
    calendar.seed(years=(2026,))

    batch = carried_out(line(started_on=day))

    [row] = batch.rows.all()
    [note] = row.errors
    assert (row.result, note["code"]) == (Result.REPORTED, code)
    assert note["params"] == {"due_on": due_on, "certain": True}


def test_a_year_without_calendar_says_so(db):
    [row] = carried_out(line()).rows.all()

    assert row.errors[0]["params"]["certain"] is False


# --- Workers


def test_a_worker_that_dies_is_followed_by_another(db, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK", 2)
    batch = taken_in(*(line() for _ in range(5)))
    more = reading.read(batch.pk, budget=-1)  # one chunk, then the time is up
    ReportBatch.objects.update(claimed_until=timezone.now() + timedelta(seconds=30))  # died

    held = reading.read(batch.pk)
    waiting = batch.rows.filter(result=Result.WAITING).count()
    ReportBatch.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    handed = reports.hand_over_due(now=timezone.now())

    batch.refresh_from_db()
    assert (more, held, waiting, handed) == (True, False, 3, 1)
    assert (batch.status, batch.rows_done) == (Batch.DONE, 5)
    assert ResidenceRegistration.objects.count() == 5
    assert reports.hand_over_due(now=timezone.now()) == 0


def test_a_worker_whose_lease_ran_out_writes_nothing(db, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK", 2)
    batch = taken_in(*(line() for _ in range(4)))
    late = reading.Work(reading._take(batch.pk), reading.Places({}), reading.selectors.calendar())
    ReportBatch.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    reading.read(batch.pk)

    more = reading._chunk(late)

    batch.refresh_from_db()
    assert (more, batch.rows_done) == (False, 4)


def test_a_batch_that_kills_its_workers_is_given_up_and_may_be_tried_again(db):
    landlord, content = reporter(), csv_file(line())
    batch = taken_in(by=landlord, content=content)
    for _ in range(reading.MOST_ATTEMPTS):
        assert reading._take(batch.pk) is not None  # and the worker dies
        ReportBatch.objects.update(claimed_until=None)

    reading.read(batch.pk)
    batch.refresh_from_db()
    given_up = batch.status, batch.failure
    taken_in(by=landlord, content=content)
    reading.read(batch.pk)

    batch.refresh_from_db()
    assert given_up == (Batch.FAILED, "gave_up")
    assert (batch.status, batch.failure) == (Batch.DONE, "")


def test_only_reporters_report(db):
    for user, source in ((account(), Source.LANDLORD), (reporter(), Source.SELF)):
        with pytest.raises(NotAReporter):
            take_in_report(
                reporter=user, source=source, shown_name="a", content=csv_file(line()), now=NOW
            )
    assert not ReportBatch.objects.exists()


def test_a_chunk_takes_as_many_queries_for_one_line_as_for_three(
    db, django_assert_num_queries, monkeypatch
):
    calendar.seed(years=(2026,))
    for size in (1, 3):
        people = [resident() for _ in range(size)]
        batch = taken_in(*(line(id_number=p.id_number, name=p.name) for p in people))

        with django_assert_num_queries(25 if connection.vendor == "postgresql" else 23):
            reading.read(batch.pk)


WORKER = """
import sys
import django
django.setup()
from residence_permit.reports import reading
reading.CHUNK = 3
reading.read(int(sys.argv[1]))
"""


def _database_url() -> str:
    given = connection.settings_dict
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("failpoint", "done_before"),
    [("report.claimed", 0), ("report.written", 0), ("report.committed", 3)],
)
def test_a_worker_is_killed_and_the_next_one_finishes(
    tmp_path, monkeypatch, failpoint, done_before
):
    monkeypatch.setattr(reports, "read_report", _Nothing)
    call_command("load_divisions", stdout=io.StringIO())
    me = resident()
    batch = taken_in(line(id_number=me.id_number, name=me.name), *(line() for _ in range(6)))

    killed = run(
        "-c",
        WORKER,
        str(batch.pk),
        env=environment(
            tmp_path,
            DJANGO_SETTINGS_MODULE="jiaxing_hukou.settings.test",
            DATABASE_URL=_database_url(),
            JIAXING_FAILPOINT=failpoint,
        ),
    )
    before = ResidenceRegistration.objects.count()
    reading.read(batch.pk)  # the lease still runs: nothing happens
    between = ResidenceRegistration.objects.count()
    ReportBatch.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    reading.read(batch.pk)

    batch.refresh_from_db()
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert before == between == done_before
    assert (batch.status, batch.rows_done) == (Batch.DONE, 7)
    assert ResidenceRegistration.objects.count() == 7
    assert Notice.objects.filter(recipient=me.user, channel="in_app").count() == 1
    assert AuditEntry.objects.filter(act="report_residents").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_same_file_at_once_is_one_batch(counts):
    divisions()
    with Crowd(4) as crowd:
        for _ in range(counts(5, 100)):
            landlord, content = reporter(), csv_file(line(), line())
            send = partial(
                take_in_report,
                reporter=landlord,
                source=Source.LANDLORD,
                shown_name="a.csv",
                content=content,
                now=NOW,
            )

            results = crowd.at_once([send] * 4)

            assert len({batch.pk for batch, _new in results}) == 1
            assert [new for _batch, new in results].count(True) == 1
            assert ReportRow.objects.filter(batch=results[0][0]).count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_reporters_at_once_make_one_report_of_a_person(counts, monkeypatch):
    divisions()
    monkeypatch.setattr(reports, "read_report", _Nothing)
    with Crowd(4) as crowd:
        for _ in range(counts(5, 100)):
            number = id_number()
            batches = [taken_in(line(id_number=number)) for _ in range(3)]

            crowd.at_once([partial(_read, b.pk) for b in batches] + [partial(_read, batches[0].pk)])

            found = ResidenceRegistration.objects.filter(id_hash=id_hash(number))
            rows = ReportRow.objects.filter(batch__in=batches)
            assert found.count() == 1
            assert sorted(rows.values_list("result", flat=True)) == ["known", "known", "reported"]


class _Nothing:
    """A queue that loses every message."""

    @staticmethod
    def delay(batch_id: int) -> None:
        """Lose it."""


def _read(batch_id: int) -> None:
    reading.read(batch_id)
