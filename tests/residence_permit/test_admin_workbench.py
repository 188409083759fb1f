"""The workbench: whose cases are in it, how they are found, several at once, what it costs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit import queues
from residence_permit.core.workflow import Status
from residence_permit.references import new_reference
from tests.accounts import sign_in_staff
from tests.residence_permit.desk_pages import at, foreign_case, posted
from tests.residence_permit.workbench import (
    account,
    case_in,
    draft,
    officer,
    person,
    supervisor,
)

pytestmark = pytest.mark.django_db

MOST_QUERIES = 20  # of a case page, the lock of the audit log among them


@pytest.fixture
def now():
    return timezone.now()


def test_an_officer_finds_the_cases_of_his_queue(client, now):
    me = officer()
    mine = case_in(Status.UNDER_REVIEW, by=me, now=now)
    waiting = case_in(Status.SUBMITTED, now=now)
    sign_in_staff(client, me)

    page = client.get(at(""))
    other = client.get(at("") + "?queue=unclaimed")

    assert mine.reference in page.text
    assert waiting.reference not in page.text
    assert waiting.reference in other.text
    assert page.headers["Cache-Control"].count("no-store") == 1


def test_an_officer_has_no_figures_and_no_table(client):
    sign_in_staff(client, officer())

    assert client.get(at("statistics")).status_code == 403
    assert client.get(at("plot", "age")).status_code == 403
    assert posted(client, "export", file="csv").status_code == 403


def test_an_account_without_office_sees_nothing_and_is_told_why(client, now):
    me = officer()
    case_in(Status.SUBMITTED, now=now)
    me.station = None
    me.save()
    sign_in_staff(client, me)

    page = client.get(at("") + "?queue=unclaimed")

    assert page.status_code == 200
    assert page.context["lines"] == []
    assert "没有所属单位" in page.text


def test_a_case_is_found_by_reference_or_id_number_and_neither_is_written_anywhere(
    client, now, caplog
):
    me = officer()
    case = case_in(Status.SUBMITTED, now=now, case=drafted_anew(now))
    number = case.person.id_number
    sign_in_staff(client, me)

    by_reference = posted(client, "search", query=case.reference.lower())
    by_number = posted(client, "search", query=f" {number.lower()} ")

    for answer in (by_reference, by_number):
        assert answer.headers["Location"] == at("case", case.reference)
    entries = list(AuditEntry.objects.filter(act="search_cases").order_by("number"))
    assert [entry.details for entry in entries] == [
        {"by": "reference", "found": 1},
        {"by": "id_number", "found": 1},
    ]
    written = caplog.text + "".join(str(entry.__dict__) for entry in AuditEntry.objects.all())
    assert number not in written
    assert case.id_hash not in written


def drafted_anew(now):
    """Return a draft with a reference such as people see it."""
    case = draft(now=now)
    case.reference = new_reference()
    case.save()
    return case


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "这个字段是必填项。"),
        ("王小明", "这既不是案件编号"),
        ("110101199003070000", "公民身份号码有误"),
        ("11010119900307002X" * 9, "60"),
    ],
)
def test_what_cannot_be_found_is_said_at_the_field(client, typed, says):
    sign_in_staff(client, officer())

    answer = posted(client, "search", query=typed)

    assert answer.status_code == 422
    assert says in answer.text


def test_a_foreign_case_is_not_found_by_its_number_either(client, now):
    case = foreign_case(now)
    sign_in_staff(client, officer())

    answer = posted(client, "search", query=case.person.id_number)

    assert answer.status_code == 422
    assert case.reference not in answer.text


def test_several_cases_of_one_person_are_listed(client, now):
    me = officer()
    first = case_in(Status.WITHDRAWN, now=now)
    second = case_in(Status.SUBMITTED, case=draft(who=first.person, now=now), now=now)
    sign_in_staff(client, me)

    page = posted(client, "search", query=first.person.id_number)

    assert page.status_code == 200
    assert first.reference in page.text
    assert second.reference in page.text


def test_pages_follow_each_other_and_a_made_up_place_is_the_first_page(client, now):
    me = officer()
    cases = [
        case_in(Status.SUBMITTED, now=now + timedelta(seconds=n)) for n in range(queues.PAGE + 2)
    ]
    sign_in_staff(client, me)
    address = at("") + "?queue=unclaimed"

    first = client.get(address)
    second = client.get(first.context["next_url"])
    made_up = client.get(address + "&after=bm90aGluZw:1:x")

    shown = [line.reference for page in (first, second) for line in page.context["lines"]]
    assert shown == [case.reference for case in cases]
    assert second.context["next_url"] == ""
    assert [line.reference for line in made_up.context["lines"]] == shown[: queues.PAGE]


@pytest.mark.parametrize(
    "query", ["queue=none", "kind=x", "status=draft", "office=0", "office=x", "queue=mine&after="]
)
def test_a_wrong_filter_narrows_nothing_and_breaks_nothing(client, now, query):
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me, now=now)
    sign_in_staff(client, me)

    page = client.get(f"{at('')}?{query}")

    assert page.status_code == 200
    assert [line.reference for line in page.context["lines"]] == [case.reference]


def test_a_supervisor_narrows_down_to_one_office(client, now):
    boss = supervisor()
    here, elsewhere = case_in(Status.SUBMITTED, now=now), foreign_case(now)
    sign_in_staff(client, boss)

    both = client.get(at("") + "?queue=unclaimed")
    one = client.get(f"{at('')}?queue=unclaimed&office={elsewhere.station_id}")

    assert {line.reference for line in both.context["lines"]} == {
        here.reference,
        elsewhere.reference,
    }
    assert [line.reference for line in one.context["lines"]] == [elsewhere.reference]


@pytest.mark.parametrize("cases", [1, 3])
def test_the_workbench_costs_the_same_however_many_cases_there_are(
    client, now, cases, django_assert_num_queries
):
    boss = supervisor()
    for _ in range(cases):
        case_in(Status.AWAITING_DECISION, now=now)
    sign_in_staff(client, boss)
    client.get(at(""))  # what is counted once a minute for a session

    with django_assert_num_queries(11):
        page = client.get(at("") + "?queue=to_decide")

    assert len(page.context["lines"]) == cases


@pytest.mark.parametrize("who", [officer, supervisor])
@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.ACCEPTED, Status.AWAITING_DECISION])
@pytest.mark.parametrize("others", [0, 3])
def test_a_case_page_costs_the_same_whatever_stands_around_it(
    client, now, who, status, others, django_assert_max_num_queries
):
    applicant = person(account())
    for _ in range(others):
        case_in(Status.WITHDRAWN, case=draft(who=applicant, now=now), now=now)
    case = case_in(status, case=draft(who=applicant, now=now), now=now)
    sign_in_staff(client, who())
    client.get(at("case", case.reference))  # what a process reads once

    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(at("case", case.reference))

    assert len(page.context["hints"]) == bool(others)


def test_several_cases_are_moved_and_each_is_reported(client, now):
    me = officer()
    free = case_in(Status.SUBMITTED, now=now)
    taken = case_in(Status.UNDER_REVIEW, by=officer(), now=now)
    sign_in_staff(client, me)

    nothing = posted(client, "bulk", act="claim")
    done = posted(client, "bulk", act="claim", case=[free.reference, taken.reference, "none"])

    assert nothing.status_code == 302
    assert [(reference, ok) for reference, ok, _text in done.context["lines"]] == [
        (free.reference, True),
        (taken.reference, False),
        ("none", False),
    ]
    free.refresh_from_db()
    assert free.holder == me


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"act": "reassign"}, 200),
        ({"act": "reassign", "asked": 1}, 422),
        ({"act": "extend", "asked": 1, "reason": " "}, 422),
        ({"act": "decide"}, 422),
        ({}, 422),
    ],
)
def test_an_act_on_several_cases_asks_for_what_it_needs(client, now, data, status):
    boss = supervisor()
    case = case_in(Status.ACCEPTED, now=now)
    sign_in_staff(client, boss)

    answer = posted(client, "bulk", case=[case.reference], **data)

    assert answer.status_code == status
    assert case.reference in answer.text
