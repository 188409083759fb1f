"""Residence registration: declared, changed, ended, and what others reported answered."""

import doctest
from datetime import date, timedelta
from functools import partial

import pytest

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit import stays
from residence_permit.models import Relation, ResidenceRegistration
from residence_permit.reports import reading, safe_cells
from residence_permit.residences import find_registration, household
from residence_permit.services import people, registrations
from residence_permit.services.registrations import RegistrationError
from residence_permit.stays import address_key, unit_of
from tests.residence_permit.crowd import Crowd
from tests.residence_permit.residents import (
    HAINING,
    XIUZHOU,
    Source,
    divisions,
    line,
    resident,
    stated,
    stay,
    taken_in,
)
from tests.residence_permit.workbench import NOW, TODAY, account, id_number, office, person

pytestmark = pytest.mark.django_db
Status = ResidenceRegistration.Status
LATER = NOW + timedelta(days=20)


@pytest.fixture(autouse=True)
def _divisions(db):
    divisions()


def register(who, **given):
    return registrations.register(person=who, stay=stay(**given), actor=who.user, now=NOW)


def reported(who, **given):
    """Return what a landlord reported of somebody."""
    known = {"name": who.name, "id_number": who.id_number} | given
    batch = taken_in(line(**known))
    reading.read(batch.pk)
    return batch.rows.get().registration


def actions(row):
    return [event.action for event in row.events.all()]


def test_a_registration_counts_from_the_day_it_is_made():
    station, me = office(), resident()

    row = register(me)

    assert (row.status, row.source, row.registered_on) == ("active", "self", TODAY)
    assert (row.lives_there_since, row.station) == (date(2026, 11, 1), station)
    assert actions(row) == ["register"]
    assert AuditEntry.objects.get(act="registration_register").person_id == me.pk


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ({"hukou_place": "330411"}, {}, "local_hukou"),  # 秀洲 and 南湖 are one 市区
        ({"hukou_place": "330481"}, {"township_code": HAINING}, "local_hukou"),
        ({"hukou_place": "330481"}, {}, None),  # 海宁 -> 南湖 is a case
        ({"hukou_place": "none"}, {}, None),
        ({}, {"lives_there_since": date(2026, 11, 26)}, "future"),
        ({}, {"lives_there_since": date(1990, 5, 5)}, "before_birth"),
        ({}, {"township_code": "330402999"}, "no_such_township"),
        ({"birth": date(2010, 11, 26)}, {}, "needs_a_guardian"),
        ({"birth": date(2010, 11, 25)}, {}, None),  # sixteen today
        ({"id_number": "810000199408230021"}, {}, "hmt"),
    ],
)
def test_who_registers_and_who_does_not(who, given, code):
    me = resident(**who)

    if code is None:
        assert register(me, **given).status == Status.ACTIVE
    else:
        with pytest.raises(RegistrationError, match=code):
            register(me, **given)
        assert not ResidenceRegistration.objects.exists()


def test_a_second_registration_is_a_change_of_the_first():
    me = resident()
    register(me)

    with pytest.raises(RegistrationError, match="registered"):
        register(me, address="勤俭路5号")

    assert ResidenceRegistration.objects.count() == 1


def test_a_guardian_registers_a_child_and_a_stranger_does_not():
    me, number = resident(), id_number(date(2015, 3, 1))
    child = people.add_ward(
        guardian=me,
        kind=Relation.Kind.GUARDIAN,
        stated=stated(name="王小妹", id_number=number),
        now=NOW,
    )
    act = partial(
        registrations.register, person=child, stay=stay(), now=NOW, source=Source.GUARDIAN
    )

    with pytest.raises(RegistrationError, match="not_his_ward"):
        act(actor=account())
    row = act(actor=me.user)

    assert (row.source, row.person) == ("guardian", child)


def test_who_is_sixteen_registers_himself():
    me, number = resident(), id_number(date(2010, 11, 26))
    child = people.add_ward(
        guardian=me,
        kind=Relation.Kind.GUARDIAN,
        stated=stated(name="王小妹", id_number=number),
        now=NOW,
    )

    with pytest.raises(RegistrationError, match="not_a_minor"):
        registrations.register(
            person=child,
            stay=stay(),
            actor=me.user,
            now=NOW + timedelta(days=1),
            source=Source.GUARDIAN,
        )


def test_moving_inside_the_city_keeps_the_day_from_which_it_counts():
    me = resident()
    row = register(me)

    moved = registrations.change(
        registration_id=row.pk,
        stay=stay(township_code=XIUZHOU, address="秀洲大道1号", lives_there_since=TODAY),
        changed_on=TODAY,
        actor=me.user,
        now=LATER,
        seen=1,
    )

    assert unit_of(XIUZHOU) == unit_of(row.township_code)
    assert (moved.pk, moved.registered_on, moved.revision) == (row.pk, TODAY, 2)
    change = moved.events.last()
    assert change.before["address"] == row.address
    assert (change.after["address"], change.after["changed_on"]) == ("秀洲大道1号", "2026-11-25")


def test_moving_to_another_county_begins_anew():
    me = resident()
    row = register(me)

    moved = registrations.change(
        registration_id=row.pk,
        stay=stay(township_code=HAINING, address="海昌路7号", lives_there_since=TODAY),
        changed_on=TODAY,
        actor=me.user,
        now=LATER,
        seen=1,
    )

    row.refresh_from_db()
    assert (row.status, row.ended_on) == (Status.ENDED, LATER.date())
    assert (moved.status, moved.registered_on) == (Status.ACTIVE, LATER.date())
    assert (actions(row), actions(moved)) == (["register", "end"], ["register"])


@pytest.mark.parametrize(
    ("given", "changed_on", "code"),
    [
        ({}, None, "unchanged"),
        ({"address": "勤俭路5号"}, date(2026, 11, 26), "future"),
        ({"address": "勤俭路5号"}, date(2026, 10, 31), "before_it_began"),
    ],
)
def test_a_change_is_refused_where_it_cannot_be(given, changed_on, code):
    me = resident()
    row = register(me)

    with pytest.raises(RegistrationError, match=code):
        registrations.change(
            registration_id=row.pk,
            stay=stay(**given),
            changed_on=changed_on,
            actor=me.user,
            now=NOW,
            seen=1,
        )


def test_two_tabs_do_not_overwrite_each_other():
    me = resident()
    row = register(me)
    act = partial(registrations.change, registration_id=row.pk, actor=me.user, now=NOW, seen=1)
    act(stay=stay(address="勤俭路5号"))

    again = act(stay=stay(address="勤俭路5号"))  # the same, pressed twice
    with pytest.raises(RegistrationError, match="stale"):
        act(stay=stay(address="勤俭路6号"))

    assert (again.revision, again.events.count()) == (2, 2)


def test_an_end_is_written_once_and_not_before_the_beginning():
    me = resident()
    row = register(me)
    act = partial(registrations.end, registration_id=row.pk, actor=me.user, now=LATER, seen=1)

    with pytest.raises(RegistrationError, match="before_it_began"):
        act(on=TODAY - timedelta(days=1))
    with pytest.raises(RegistrationError, match="future"):
        act(on=LATER.date() + timedelta(days=1))
    act(on=TODAY + timedelta(days=3))
    again = act(on=TODAY + timedelta(days=3))
    with pytest.raises(RegistrationError, match="not_active"):
        act(on=TODAY)

    assert (again.status, again.events.count()) == (Status.ENDED, 2)


def test_what_was_reported_counts_once_the_person_confirms_it():
    me = resident()
    row = reported(me)

    kept = registrations.confirm(registration_id=row.pk, person=me, actor=me.user, now=LATER)

    assert (kept.pk, kept.status) == (row.pk, Status.ACTIVE)
    assert kept.registered_on == LATER.date()
    assert actions(kept) == ["report", "confirm"]
    with pytest.raises(RegistrationError, match="answered"):
        registrations.deny(registration_id=row.pk, person=me, actor=me.user, now=LATER)


def test_confirming_inside_the_same_city_goes_on_with_the_registration():
    me = resident()
    mine = register(me, address="勤俭路5号")
    row = reported(me)

    kept = registrations.confirm(registration_id=row.pk, person=me, actor=me.user, now=LATER)

    row.refresh_from_db()
    assert (kept.pk, kept.registered_on, kept.address) == (mine.pk, TODAY, row.address)
    assert row.status == Status.ENDED


def test_confirming_in_another_county_ends_what_was_before():
    me = resident()
    mine = register(me)
    row = reported(me, township="海宁市硖石街道", address="海昌路7号")

    kept = registrations.confirm(registration_id=row.pk, person=me, actor=me.user, now=LATER)

    mine.refresh_from_db()
    assert (kept.pk, kept.township_code) == (row.pk, HAINING)
    assert (mine.status, mine.ended_on) == (Status.ENDED, LATER.date())


def test_registering_answers_reports_of_the_same_address():
    me = resident()
    row = reported(me)

    register(me, address="中山东路 18 号 2 幢 301 室")

    row.refresh_from_db()
    assert (row.status, actions(row)) == (Status.ENDED, ["report", "confirm"])


def test_who_does_not_live_there_says_so():
    me = resident()
    row = reported(me)

    denied = registrations.deny(registration_id=row.pk, person=me, actor=me.user, now=NOW)

    assert (denied.status, actions(denied)) == (Status.DENIED, ["report", "deny"])


def test_a_report_is_nobody_else_s_to_answer():
    row = reported(person())
    stranger = resident()

    for answer in (registrations.confirm, registrations.deny):
        with pytest.raises(ResidenceRegistration.DoesNotExist):
            answer(registration_id=row.pk, person=stranger, actor=stranger.user, now=NOW)


def test_a_number_without_the_name_opens_nothing():
    number = id_number()
    row = reported(person(id_number=number, name="李四"))
    me = resident(id_number=number, name="王小明")

    [member] = household(me.user)

    assert (member.registrations, member.unnamed) == ((), 1)
    assert find_registration([member], row.reference) is None
    row.refresh_from_db()
    assert row.person is None


def test_what_one_guardian_registered_the_other_does_not_see():
    number = id_number(date(2015, 3, 1))
    parents = [resident(), resident()]
    wards = [
        people.add_ward(
            guardian=parent,
            kind=Relation.Kind.GUARDIAN,
            stated=stated(name="王小妹", id_number=number),
            now=NOW,
        )
        for parent in parents
    ]
    row = registrations.register(
        person=wards[0], stay=stay(), actor=parents[0].user, now=NOW, source=Source.GUARDIAN
    )

    seen = [find_registration(household(parent.user), row.reference) for parent in parents]

    assert (seen[0][0].person, seen[1]) == (wards[0], None)


def test_an_address_is_one_however_it_is_written():
    keys = {
        address_key("330402010", text)
        for text in ("中山东路18号2幢301室", "中山东路１８号 2 幢 301室", "中山东路18号，2幢301室")
    }

    assert len(keys) == 1
    assert address_key("330402010", "5幢1-12") != address_key("330402010", "5幢11-2")
    assert address_key("330402010", "5幢1-12") != address_key("330402011", "5幢1-12")


def test_a_household_is_read_with_as_many_queries_for_one_as_for_three(
    django_assert_num_queries,
):
    me = resident()
    register(me)
    households = []
    for size in (1, 3):
        while me.wards.count() < size:
            child = people.add_ward(
                guardian=me,
                kind=Relation.Kind.GUARDIAN,
                stated=stated(name="王小妹", id_number=id_number(date(2015, 3, 1))),
                now=NOW,
            )
            registrations.register(
                person=child, stay=stay(), actor=me.user, now=NOW, source=Source.GUARDIAN
            )
        with django_assert_num_queries(4):
            members = household(me.user)
            households.append([actions(row) for m in members for row in m.registrations])

    assert [len(rows) for rows in households] == [2, 4]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_tabs_at_once_make_one_registration(counts):
    with Crowd(4) as crowd:
        for _ in range(counts(5, 100)):
            me = resident()
            row = reported(me)
            acts = [partial(register, me, address=f"勤俭路{n}号") for n in range(2)]
            confirm = partial(
                registrations.confirm, registration_id=row.pk, person=me, actor=me.user, now=NOW
            )

            results = crowd.at_once([*acts, confirm, confirm])

            active = ResidenceRegistration.objects.filter(id_hash=me.id_hash, status="active")
            assert active.count() == 1
            errors = [r for r in results if isinstance(r, Exception)]
            assert {type(error) for error in errors} <= {RegistrationError}
            assert len(errors) in (2, 3)  # who confirms after a registration changes it


@pytest.mark.parametrize("module", [stays, safe_cells])
def test_the_examples_hold(module):
    failed, tried = doctest.testmod(module)

    assert failed == 0 < tried
