"""Figures and tables for supervisors: right, within reach, masked, and no formula among them."""

import io
from datetime import timedelta
from fractions import Fraction

import openpyxl
import pytest
from django.urls import reverse

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.choices import CaseStatus
from residence_permit.core.workflow import Action, Status
from residence_permit.models import Person
from residence_permit.reports.streams import stream
from residence_permit.services import case_export, review, statistics, transition
from residence_permit.services.statistics import Asked, percentile
from tests.accounts import next_code, sign_in_staff
from tests.residence_permit.workbench import (
    NOW,
    OTHER_TOWNSHIP,
    TODAY,
    account,
    case_in,
    draft,
    office,
    officer,
    person,
    registered,
    supervisor,
)

pytestmark = pytest.mark.django_db


def figures(user, days=90, today=TODAY, **given):
    first = today - timedelta(days=days - 1)
    return statistics.figures(Asked(user=user, first=first, last=today, **given), today=today)


def elsewhere(status, now=NOW):
    who = person(account())
    registered(who, township=OTHER_TOWNSHIP)
    return case_in(status, case=draft(who=who, now=now), now=now)


def ago(days):
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "half", "most"),
    [
        ({}, None, None),
        ({4: 1}, 4, 4),
        ({1: 1, 2: 1}, 1, 2),
        ({1: 9, 30: 1}, 1, 1),
        ({1: 8, 30: 2}, 1, 30),
    ],
)
def test_percentiles_are_days_within_which_so_many_were_decided(days, half, most):
    assert percentile(days, Fraction(1, 2)) == half
    assert percentile(days, Fraction(9, 10)) == most


def test_open_cases_are_counted_by_age_and_by_state():
    boss = supervisor()
    case_in(Status.SUBMITTED, now=ago(5))
    case_in(Status.SUBMITTED, now=ago(6))
    case_in(Status.ACCEPTED, now=ago(70))
    case_in(Status.REFUSED, now=ago(3))

    found = figures(boss)

    assert [band.count for band in found.bands] == [1, 1, 0, 0, 0, 1]
    assert dict(found.states) == {CaseStatus.SUBMITTED: 2, CaseStatus.ACCEPTED: 1}
    assert (found.total.open, found.total.overdue) == (3, 1)


def test_times_shares_and_grounds_are_those_of_the_days_asked_for():
    boss, me = supervisor(), officer()
    case_in(Status.REFUSED, by=me, now=ago(10))
    case_in(Status.ISSUED, by=me, now=ago(10))
    case_in(Status.ISSUED, by=me, now=ago(200))
    corrected = case_in(Status.CORRECTION_REQUESTED, by=me, now=ago(9))
    answered(corrected, me)

    found = figures(boss)

    total = found.total
    assert (total.decided, total.refused, total.accepted, total.right_first_time) == (2, 1, 3, 2)
    assert total.right_share == Fraction(2, 3)
    assert (total.median_days, found.days) == (0, ((0, 2),))
    assert found.reasons == (("ground_not_proved", 1),)
    assert figures(boss, days=300).total.decided == 3


def answered(case, who):
    """Let the applicant answer and the officer accept."""
    case.correction_items.update(answer="已补。", answered_at=ago(8))
    transition.move(Action.RESUBMIT, application_id=case.pk, actor=case.applicant, now=ago(8))
    review.accept(application_id=case.pk, actor=who, now=ago(7))


def test_figures_are_those_of_the_offices_within_reach():
    here, there = case_in(Status.SUBMITTED), elsewhere(Status.SUBMITTED)
    boss = supervisor()

    both, one = figures(boss), figures(boss, office=there.station)

    assert [row.station_id for row in both.offices] == sorted([here.station_id, there.station_id])
    assert (both.total.open, one.total.open) == (2, 1)
    assert figures(supervisor(office())).total.open == 1
    assert figures(supervisor(office()), office=there.station).total.open == 0


@pytest.mark.parametrize("cases", [1, 4])
def test_figures_cost_the_same_however_many_cases_there_are(cases, django_assert_num_queries):
    boss = supervisor()
    for _ in range(cases):
        case_in(Status.REFUSED)
        elsewhere(Status.ACCEPTED)

    with django_assert_num_queries(10):
        figures(boss)


def at(name, *args):
    return reverse(f"admin:workbench-{name}", args=args)


def test_the_page_shows_the_figures_and_leads_to_the_cases(client):
    boss = supervisor()
    case = case_in(Status.SUBMITTED)
    sign_in_staff(client, boss)

    page = client.get(at("statistics"))
    plot = client.get(at("plot", "age"))

    assert page.status_code == 200
    [(_name, number, address)] = page.context["states"]
    assert number == "1"
    assert case.reference in client.get(address).text
    assert plot.headers["Content-Type"] == "image/svg+xml"
    assert b"<script" not in plot.content
    assert client.get(at("plot", "other")).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("first=2026-11-02&last=2026-11-01", "last"),
        ("first=2024-01-01&last=2026-11-01", "first"),
        ("first=x", "first"),
        ("office=999999", "office"),
        ("kind=x", "kind"),
    ],
)
def test_days_that_make_no_sense_are_told_and_nothing_breaks(client, query, field):
    sign_in_staff(client, supervisor())

    page = client.get(f"{at('statistics')}?{query}")

    assert page.status_code == 422
    assert page.context["form"].errors[field]


def exported(client, **data):
    answer = client.post(at("export"), {"file": "csv", **data})
    return answer, b"".join(answer.streaming_content)


def test_a_table_is_within_reach_masked_and_recorded(client):
    boss = supervisor(office())
    case = case_in(Status.SUBMITTED)
    foreign = elsewhere(Status.SUBMITTED)
    draft()
    Person.objects.filter(pk=case.person_id).update(name="=1+1")
    sign_in_staff(client, boss)

    answer, content = exported(client)

    text = content.decode("utf-8-sig")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    assert len(text.splitlines()) == 2
    assert case.reference in text
    assert foreign.reference not in text
    assert case.person.id_number not in text
    assert "'=***" in text
    entry = AuditEntry.objects.get(act="export_cases")
    assert (entry.actor_id, entry.details["rows"]) == (boss.pk, 1)


def test_a_table_asks_for_a_code_first(client):
    boss = supervisor()
    case = case_in(Status.SUBMITTED)
    sign_in_staff(client, boss, seconds_ago=3600)

    asked = client.post(at("export"), {"file": "csv"})

    assert case.reference not in asked.text
    assert not AuditEntry.objects.filter(act="export_cases").exists()
    data = dict(asked.context["fields"]) | {"second_factor_code": next_code(boss)}
    _answer, content = exported(client, **data)
    assert case.reference in content.decode()


def test_a_workbook_can_be_opened_and_holds_no_formula(client):
    boss = supervisor()
    case_in(Status.SUBMITTED)
    Person.objects.update(name="＝cmd|' /C calc'!A0")
    sign_in_staff(client, boss)

    _answer, content = exported(client, file="xlsx", status="submitted")

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.values)
    assert len(rows) == 2
    assert rows[0][0] == "编号"
    assert all(cell.data_type != "f" for row in sheet.rows for cell in row)
    assert rows[1][4].startswith("'＝**")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", "\t=1", " =1"]
)
def test_no_cell_begins_a_formula(kind, cell):
    content = b"".join(stream([(cell,)], kind))

    if kind == "csv":
        assert content.decode("utf-8-sig").lstrip('"').startswith("'")
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet["A1"].value.startswith("'")
        assert sheet["A1"].data_type == "s"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_no_file_can_hold_is_replaced(kind):
    content = b"".join(stream([("a\x0bb\ud800c<&>",)], kind))

    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet["A1"].value == "a\ufffdb\ufffdc<&>"
    else:
        assert content.decode("utf-8-sig").startswith("a")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_leaves_in_pieces_while_it_is_made(kind):
    made = 0

    def rows():
        nonlocal made
        for number in range(20_000):
            made += 1
            yield (str(number), "王小明")

    pieces = stream(rows(), kind)
    sizes = [len(next(pieces)) for _ in range(3)]

    assert made < 2_000
    assert all(size < 100_000 for size in sizes)
    assert b"".join(pieces)
    assert made == 20_000


def test_rows_are_read_a_thousand_at_a_time(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(case_export, "AT_ONCE", 2)
    boss = supervisor()
    for _ in range(5):
        case_in(Status.SUBMITTED)
    rows = case_export.export_cases(wanted=case_export.Wanted(user=boss), file_kind="csv", now=NOW)
    next(rows)

    with django_assert_num_queries(4):
        lines = list(rows)

    assert len({line[0] for line in lines}) == 5
