"""What offices set in the admin: within their reach, checked, recorded; and relatives of staff."""

from datetime import date

import pytest
from django.urls import reverse

from jiaxing_hukou.accounts.roles import Role as UserRole
from jiaxing_hukou.audit.models import AuditEntry
from residence_permit import selectors
from residence_permit.core.workflow import MoveForbidden, Status
from residence_permit.models import CalendarDay, CalendarYear, OfficeSetting, StaffRelative
from residence_permit.services import review
from tests.accounts import sign_in_staff
from tests.residence_permit.workbench import (
    NOW,
    OTHER_TOWNSHIP,
    case_in,
    office,
    officer,
    staff,
    supervisor,
)

pytestmark = pytest.mark.django_db
Code = OfficeSetting.Code


def at(model, page, *args):
    return reverse(f"admin:residence_permit_{model}_{page}", args=args)


def set_limit(client, station, value, code=Code.LEASE_MINUTES):
    data = {"station": station.pk if station else "", "code": code, "value": value}
    return client.post(at("officesetting", "add"), data)


def test_a_supervisor_sets_a_limit_of_his_offices_and_it_holds(client):
    boss = supervisor()
    sign_in_staff(client, boss)

    answer = set_limit(client, office(), 90)

    assert answer.status_code == 302
    assert selectors.setting(Code.LEASE_MINUTES, office()) == 90
    row = OfficeSetting.objects.get()
    assert row.set_by == boss
    entry = AuditEntry.objects.get(act="set_office_setting")
    assert entry.details["after"]["value"] == "90"


@pytest.mark.parametrize("value", ["0", "-1", "1441", "x", ""])
def test_a_limit_that_cannot_have_been_meant_is_refused(client, value):
    sign_in_staff(client, supervisor())

    answer = set_limit(client, office(), value)

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["value"]
    assert not OfficeSetting.objects.exists()


def test_nobody_sets_a_limit_beyond_his_reach(client):
    city = OfficeSetting.objects.create(code=Code.DRAFT_DAYS, value=60)
    sign_in_staff(client, staff(UserRole.SUPERVISOR, at=office()))

    beyond = set_limit(client, office(OTHER_TOWNSHIP), 90)
    everywhere = set_limit(client, None, 90)
    above = client.post(at("officesetting", "change", city.pk), {"value": 1})

    assert beyond.context["adminform"].form.errors["station"]
    assert everywhere.context["adminform"].form.errors["station"]
    assert above.status_code == 403
    assert OfficeSetting.objects.get().value == 60


def test_an_operator_sets_the_limits_of_the_city(client):
    sign_in_staff(client, staff(UserRole.OPERATOR))

    answer = set_limit(client, None, 45, Code.CORRECTION_DAYS)

    assert answer.status_code == 302
    assert selectors.setting(Code.CORRECTION_DAYS, office()) == 45


def test_an_officer_looks_at_limits_and_changes_none(client):
    row = OfficeSetting.objects.create(station=office(), code=Code.LEASE_MINUTES, value=30)
    sign_in_staff(client, officer())

    assert client.get(at("officesetting", "changelist")).status_code == 200
    assert set_limit(client, office(), 90).status_code == 403
    changed = client.post(at("officesetting", "change", row.pk), {"value": 90})
    assert changed.status_code == 403
    assert OfficeSetting.objects.get().value == 30


@pytest.mark.parametrize(
    ("day", "kind", "field"),
    [("2031-10-01", "off", "day"), ("2026-12-02", "work", "kind"), ("2026-02-30", "off", "day")],
)
def test_a_day_that_makes_no_sense_is_refused(client, day, kind, field):
    CalendarYear.objects.create(year=2026, source="国务院办公厅通知", has_swapped_days=True)
    sign_in_staff(client, supervisor())

    answer = client.post(at("calendarday", "add"), {"day": day, "kind": kind, "name": "国庆节"})

    assert answer.context["adminform"].form.errors[field]


def test_a_day_off_moves_deadlines_and_is_recorded(client):
    CalendarYear.objects.create(year=2026, source="国务院办公厅通知", has_swapped_days=True)
    sign_in_staff(client, supervisor())

    client.post(at("calendarday", "add"), {"day": "2026-12-02", "kind": "off", "name": "停电"})
    added = selectors.calendar().is_off(date(2026, 12, 2))
    client.post(at("calendarday", "delete", "2026-12-02"), {"post": "yes"})

    assert added
    assert not CalendarDay.objects.exists()
    acts = list(AuditEntry.objects.filter(act__contains="calendar").values_list("act", flat=True))
    assert sorted(acts) == ["delete_calendar_day", "set_calendar_day"]


def test_a_declared_relative_is_kept_as_a_hash_and_his_case_is_not_handled(client, caplog):
    me = officer()
    case = case_in(Status.SUBMITTED)
    number = case.person.id_number
    sign_in_staff(client, me)

    answer = client.post(at("staffrelative", "add"), {"id_number": f" {number.lower()}"})
    again = client.post(at("staffrelative", "add"), {"id_number": number})

    assert answer.status_code == 302
    assert StaffRelative.objects.get().id_hash == case.id_hash
    assert again.context["adminform"].form.errors["id_number"]
    written = caplog.text + "".join(str(entry.__dict__) for entry in AuditEntry.objects.all())
    assert number not in written
    with pytest.raises(MoveForbidden, match="household"):
        review.claim(application_id=case.pk, actor=me, now=NOW)


def test_relatives_are_everybodys_own_and_stay(client):
    me, colleague = officer(), officer()
    row = StaffRelative.objects.create(staff=colleague, id_hash="x", declared_at=NOW)
    mine = StaffRelative.objects.create(staff=me, id_hash="y", declared_at=NOW)
    sign_in_staff(client, me)

    listed = client.get(at("staffrelative", "changelist"))

    assert list(listed.context["cl"].queryset) == [mine]
    assert client.get(at("staffrelative", "change", row.pk)).status_code == 404
    assert client.post(at("staffrelative", "delete", mine.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("typed", ["", "王小明", "110101199003070000"])
def test_what_is_no_id_number_is_no_relative(client, typed):
    sign_in_staff(client, officer())

    answer = client.post(at("staffrelative", "add"), {"id_number": typed})

    assert answer.context["adminform"].form.errors["id_number"]
