"""The page of a permit: what it is on a day, the window, the years, the ledger, what it gives."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from residence_permit.choices import CaseKind
from residence_permit.core.permit_ledger import PermitStatus
from residence_permit.core.workflow import Status
from residence_permit.models import Permit
from residence_permit.presentation import entitlements as rights
from residence_permit.presentation.permit import ledger_lines, permit_page
from residence_permit.services import holder
from residence_permit.services.people import Stated, add_ward
from tests.residence_permit.applicants import load_law, resident, ward_of
from tests.residence_permit.workbench import (
    SHANGHAI,
    account,
    case_in,
    draft,
    id_number,
    person,
    registered,
)

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12


def at(day: date) -> datetime:
    """Return ten o'clock on a day."""
    return datetime(day.year, day.month, day.day, 10, 0, tzinfo=SHANGHAI)


def issued(on: date, *, who=None, applicant=None):
    """Return the permit of somebody who applied, or for whom another did, and got it on a day."""
    who = who or person(account())
    if applicant is not None:
        who.user = applicant  # never saved: the builder reads the applicant off the person
    case = draft(who=who, now=at(on))
    who.refresh_from_db()
    return case_in(Status.ISSUED, case=case, now=at(on)).permit


def entered(permit, kind, on: date):
    """Enter one more line into a permit's ledger, by a case of its own."""
    case = draft(kind, who=permit.person, permit=permit, now=at(on))
    return case_in(Status.ISSUED, case=case, now=at(on))


def today_of(permit, day: date) -> holder.Today:
    user = permit.person.user
    held = holder.find_held(holder.held_permits(user), permit.pk)
    return holder.today_of(held=held, user=user, day=day)


def page_of(permit, day: date, language="zh-hans"):
    with translation.override(language):
        return permit_page(today_of(permit, day))


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


# What it is today


@pytest.mark.parametrize(
    ("day", "tone", "sentence"),
    [
        (date(2026, 2, 27), "success", "今天可以使用"),
        (date(2026, 2, 28), "warning", "请在2026年3月31日24:00前"),  # the window's first day
        (date(2026, 3, 31), "warning", "请在2026年3月31日24:00前"),  # and its last
        (date(2026, 4, 1), "error", "从2026年4月1日起中止使用"),
    ],
)
def test_the_status_follows_from_the_day_alone(day, tone, sentence):
    permit = issued(date(2025, 3, 31))

    shown = page_of(permit, day)

    assert shown.tone == tone
    assert sentence in shown.sentence


def test_the_window_is_written_out_with_both_days_and_the_hour():
    permit = issued(date(2025, 3, 31))

    shown = page_of(permit, date(2025, 12, 1))

    assert shown.window == "2026年2月28日至2026年3月31日24:00，首尾两天都算。"
    assert "2025年3月31日" in shown.window_note


def test_years_count_from_the_issue_and_anew_from_a_late_endorsement():
    permit = issued(date(2024, 3, 31))
    entered(permit, CaseKind.ENDORSE, date(2025, 3, 10))  # in time
    before = page_of(permit, date(2026, 3, 30))
    entered(permit, CaseKind.ENDORSE, date(2026, 5, 20))  # late

    after = page_of(permit, date(2026, 6, 1))

    assert before.years == "满1年"
    assert "2024年3月31日（台账第1行）" in before.counted
    assert after.years == "不满1年"
    assert "2026年5月20日" in after.counted
    assert "第3行" in after.counted
    assert after.next_year == "2027年5月20日"


def test_years_stand_still_while_the_permit_is_suspended():
    permit = issued(date(2024, 3, 31))
    entered(permit, CaseKind.ENDORSE, date(2025, 3, 10))

    shown = page_of(permit, date(2029, 1, 1))

    assert shown.years == "满2年"
    assert "停在那里" in shown.counted
    assert shown.next_year == ""


def test_the_ledger_says_what_each_line_meant():
    permit = issued(date(2024, 3, 31))
    entered(permit, CaseKind.ENDORSE, date(2025, 3, 10))
    entered(permit, CaseKind.REPLACE, date(2025, 6, 1))
    entered(permit, CaseKind.ENDORSE, date(2026, 5, 20))

    with translation.override("zh-hans"):
        lines = ledger_lines(today_of(permit, date(2026, 6, 1)).held, permit.person.user_id)

    assert [line.number for line in lines] == [4, 3, 2, 1]
    assert "重新计算" in lines[0].note
    assert "新卡" in lines[1].note
    assert "2025年2月28日至2025年3月31日" in lines[2].note
    assert all(line.reference for line in lines)


# What can be done


@pytest.mark.parametrize(
    ("day", "possible"),
    [
        (date(2026, 2, 27), False),
        (date(2026, 2, 28), True),
        (date(2026, 3, 31), True),
        (date(2026, 9, 1), True),  # suspended: any day will do
    ],
)
def test_the_endorsement_is_offered_when_the_ledger_takes_it(day, possible):
    permit = issued(date(2025, 3, 31))

    shown = page_of(permit, day)

    assert (shown.endorse is not None) is possible
    assert ("2026年2月28日至2026年3月31日24:00可以申请" in shown.next_step) is not possible


def test_a_second_endorsement_in_the_same_window_is_not_offered():
    permit = issued(date(2025, 3, 31))
    entered(permit, CaseKind.ENDORSE, date(2026, 3, 5))

    shown = page_of(permit, date(2026, 3, 20))

    assert shown.endorse is None
    assert "2027年2月28日至2027年3月31日" in shown.next_step


def test_an_endorsement_under_way_leads_to_its_case():
    permit = issued(date(2025, 3, 31))
    case = draft(CaseKind.ENDORSE, who=permit.person, permit=permit, now=at(date(2026, 3, 30)))
    case_in(Status.SUBMITTED, case=case, now=at(date(2026, 3, 30)))

    shown = page_of(permit, date(2026, 4, 5))

    assert shown.tone == "error"  # by computation, until it is approved
    assert shown.endorse.reference == case.reference
    assert "提交的那天" in shown.endorse_note


def test_nothing_can_be_asked_for_after_the_cancellation():
    permit = issued(date(2025, 3, 31))
    entered(permit, CaseKind.CANCEL, date(2025, 9, 1))

    shown = page_of(permit, date(2025, 9, 2))

    assert shown.over
    assert shown.endorse is None
    assert shown.acts == ()
    assert "2025年9月1日" in shown.sentence
    assert today_of(permit, date(2025, 9, 2)).timeline.status is PermitStatus.CANCELLED


@pytest.mark.parametrize(
    ("township", "words"), [("330481001", "另一个县"), ("330411003", "10日内")]
)
def test_a_registration_that_differs_from_the_permit_is_pointed_out(township, words):
    permit = issued(date(2025, 3, 31))
    permit.person.registrations.update(status="ended", ended_on=date(2026, 11, 1))
    registered(permit.person, township=township)

    shown = page_of(permit, date(2025, 12, 1))

    assert words in shown.hint


# What it entitles to


def judged(permit, day=date(2026, 1, 5), answers=None):
    today = today_of(permit, day)
    known = holder.known_facts(today, answers)
    found = holder.entitlements(today=today, known=known)
    with translation.override("zh-hans"):
        groups = rights.groups(found, today, known)
    return {entry.code: entry for group in groups for entry in group.entries}, rights.to_ask(found)


def test_rights_services_and_conveniences_are_judged_each_with_article_and_office():
    load_law()
    permit = issued(date(2025, 3, 31))

    entries, _ask = judged(permit)

    assert {entries[code].verdict for code in ("work", "compulsory-education", "id-card")} == {
        "met"
    }
    assert entries["work"].article.endswith("第二十五条")
    assert entries["jiaxing-health"].office.startswith("市卫生计生委")
    assert len([code for code in entries if code.startswith("jiaxing-")]) == 7  # 六(二) 1-7
    assert all(entry.article and entry.office and entry.clause for entry in entries.values())


def test_an_office_decides_is_neither_unknown_nor_no():
    load_law()
    permit = issued(date(2025, 3, 31))

    entries, ask = judged(permit)

    assert entries["jiaxing-elderly-care-and-relief"].verdict == "officer_decides"
    assert entries["jiaxing-schooling-of-children"].verdict == "unknown"
    assert entries["jiaxing-housing-security"].verdict == "unknown"
    assert set(ask) == {"has_accompanying_child", "rural_transfer", "employment"}


def test_answers_move_what_was_unknown_and_are_not_kept():
    load_law()
    permit = issued(date(2025, 3, 31))
    answers = {"has_accompanying_child": True, "rural_transfer": False}

    entries, _ask = judged(permit, answers=answers)
    again, _ask = judged(permit)

    assert entries["jiaxing-schooling-of-children"].verdict == "officer_decides"
    assert entries["jiaxing-housing-security"].verdict == "not_met"
    assert "农业转移人口" in entries["jiaxing-housing-security"].lines[0].text
    assert again["jiaxing-schooling-of-children"].verdict == "unknown"


def test_a_child_registered_at_the_same_address_is_known_about():
    load_law()
    permit = issued(date(2025, 3, 31))
    home = permit.person.registrations.get()
    ward = ward_of(permit.person, birth=date(2017, 3, 1))
    ward.registrations.update(address_key=home.address_key)

    entries, ask = judged(permit)

    assert entries["jiaxing-schooling-of-children"].verdict == "officer_decides"
    assert "has_accompanying_child" not in ask


def test_a_suspended_permit_entitles_to_nothing_and_says_what_to_do():
    load_law()
    permit = issued(date(2025, 3, 31))

    entries, _ask = judged(permit, day=date(2026, 4, 1))

    assert {entry.verdict for entry in entries.values()} == {"not_met"}
    assert "补办签注" in entries["work"].missing


# Whose it is


def test_a_ward_s_permit_is_shown_to_the_guardian_and_to_nobody_else(client):
    load_law()
    guardian = resident()
    child = ward_of(guardian, birth=date(2017, 3, 1))
    permit = issued(days_ago(40), who=child, applicant=guardian.user)
    client.force_login(guardian.user)

    own = client.get(reverse("permit-home"))
    stranger = person(account())
    client.force_login(stranger.user)

    assert own.status_code == 200
    assert permit.number in own.content.decode()
    assert client.get(reverse("permit-detail", args=[permit.pk])).status_code == 404


def test_an_id_number_alone_opens_no_permit(client):
    permit = issued(days_ago(40))
    thief = person(account())
    add_ward(
        guardian=thief,
        kind="near_relative",
        stated=Stated(
            name=permit.person.name, id_number=permit.person.id_number, hukou_place="outside"
        ),
        now=timezone.now(),
    )
    client.force_login(thief.user)

    assert holder.held_permits(thief.user) == []
    assert client.get(reverse("permit-detail", args=[permit.pk])).status_code == 404


def test_a_permit_from_childhood_is_one_s_own_under_one_s_own_name():
    number = id_number(date(2011, 3, 1))
    guardian = resident()
    child = ward_of(guardian, birth=date(2011, 3, 1), id_number=number, name="王小小")
    permit = issued(days_ago(40), who=child, applicant=guardian.user)

    grown = person(account(), birth=date(2011, 3, 1), id_number=number, name="王小小")

    assert [held.permit for held in holder.held_permits(grown.user)] == [permit]


def test_the_same_number_under_another_name_is_somebody_else_s():
    number = id_number(date(2011, 3, 1))
    guardian = resident()
    child = ward_of(guardian, birth=date(2011, 3, 1), id_number=number, name="王小小")
    issued(days_ago(40), who=child, applicant=guardian.user)

    other = person(account(), birth=date(2011, 3, 1), id_number=number, name="李四")

    assert holder.held_permits(other.user) == []


# The pages


PAGES = ("permit-detail", "permit-ledger", "permit-services", "share-list", "share-new")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_page_shows_in_both_languages(client, name, language):
    load_law()
    permit = issued(days_ago(40))
    client.force_login(permit.person.user)
    client.cookies["django_language"] = language

    shown = client.get(reverse(name, args=[permit.pk]))

    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    assert permit.number in shown.content.decode()


@pytest.mark.parametrize("name", [*PAGES])
def test_a_foreign_or_absent_permit_does_not_exist(client, name):
    permit = issued(days_ago(40))
    client.force_login(person(account()).user)

    foreign = client.get(reverse(name, args=[permit.pk]))
    absent = client.get(reverse(name, args=[10**25]))

    assert (foreign.status_code, absent.status_code) == (404, 404)


def test_without_a_permit_the_page_says_what_to_do(client):
    client.force_login(account())
    without_profile = client.get(reverse("permit-home")).content.decode()
    client.force_login(person(account()).user)
    without_permit = client.get(reverse("permit-home")).content.decode()

    assert reverse("residence-profile") in without_profile
    assert reverse("case-start") in without_permit


def test_the_button_begins_a_draft_of_that_kind_for_that_person(client):
    permit = issued(days_ago(40))
    client.force_login(permit.person.user)

    sent = client.post(reverse("case-start"), {"kind": "replace", "person": str(permit.person.pk)})

    assert sent.status_code == 302
    case = permit.person.applications.get(kind=CaseKind.REPLACE)
    assert case.permit == permit
    assert case.reference in client.get(reverse("permit-home")).content.decode()


def test_answers_of_the_services_page_are_used_once(client):
    load_law()
    permit = issued(days_ago(40))
    client.force_login(permit.person.user)
    url = reverse("permit-services", args=[permit.pk])

    shown = client.post(url, {"has_accompanying_child": "true", "rural_transfer": "false"})
    wrong = client.post(url, {"employment": "emperor"})

    assert shown.status_code == 200
    assert "您刚才的回答" in shown.content.decode()
    assert wrong.status_code == 422
    assert "您刚才的回答" not in client.get(url).content.decode()


@pytest.mark.parametrize("name", ["permit-detail", "permit-ledger", "permit-services"])
def test_a_page_costs_the_same_however_much_there_is(client, name, django_assert_max_num_queries):
    load_law()
    permit = issued(date(2024, 3, 31))
    client.force_login(permit.person.user)
    url = reverse(name, args=[permit.pk])
    client.get(url)  # what is read once a process
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(url)

    for number, day in enumerate((date(2025, 3, 10), date(2026, 3, 10))):
        entered(permit, CaseKind.ENDORSE, day)
        child = ward_of(permit.person, birth=date(2015 + number, 3, 1))
        issued(days_ago(40), who=child, applicant=permit.person.user)

    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(url)
    assert Permit.objects.count() == 3
