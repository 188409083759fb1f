"""The real-name profile, and those for whom somebody acts."""

from datetime import date
from functools import partial

import pytest

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.core.id_number import IdNumberRefused
from residence_permit.core.workflow import Status
from residence_permit.models import PermitApplication, Person, Relation
from residence_permit.services import people
from residence_permit.services.people import PersonError, ProfileChanged
from residence_permit.services.registrations import register
from tests.residence_permit.crowd import Crowd
from tests.residence_permit.residents import divisions, resident, stated, stay
from tests.residence_permit.workbench import NOW, account, case_in, draft, id_number

Kind = Relation.Kind
CHILD, ADULT = date(2015, 3, 1), date(1958, 3, 1)


def test_a_profile_is_kept_encrypted_and_found_by_its_hash(db):
    user, number = account(), id_number()

    person = people.save_profile(user=user, stated=stated(id_number=number), now=NOW, seen=0)

    person.refresh_from_db()
    assert (person.id_number, person.revision) == (number, 1)
    assert person.id_hash == people.id_hash(number)
    assert (person.birth_date, person.sex) == (date(1990, 5, 6), person.sex)
    entry = AuditEntry.objects.get(act="save_profile")
    assert (entry.person_id, entry.actor_id) == (person.pk, user.pk)


def test_a_number_is_taken_as_it_is_typed(db):
    number = "11010519491231002x"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)

    person = people.save_profile(user=account(), stated=stated(id_number=f" {wide} "), now=NOW)

    assert person.id_number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("110105194912310021", "check_digit"),
        ("110105491231002", "old_number"),
        ("1101051949123100", "length"),
        ("11010519491331002X", "date"),
    ],
)
def test_a_number_that_does_not_hold_together_is_refused(db, typed, code):
    with pytest.raises(IdNumberRefused) as refused:
        people.save_profile(user=account(), stated=stated(id_number=typed), now=NOW)

    assert refused.value.code == code
    assert not Person.objects.exists()


def test_a_number_belongs_to_one_account(db):
    first = resident()

    with pytest.raises(PersonError, match="number_taken"):
        people.save_profile(
            user=account(), stated=stated(id_number=first.id_number), now=NOW, seen=0
        )

    assert Person.objects.count() == 1


def test_a_stale_page_says_what_stands_there(db):
    me = resident(name="王小明")
    people.save_profile(
        user=me.user, stated=stated(name="王小民", id_number=me.id_number), now=NOW, seen=1
    )

    with pytest.raises(ProfileChanged) as changed:
        people.save_profile(
            user=me.user, stated=stated(name="王晓明", id_number=me.id_number), now=NOW, seen=1
        )

    assert (changed.value.person.name, changed.value.person.revision) == ("王小民", 2)


def test_a_second_press_on_the_button_changes_nothing(db):
    user, said = account(), stated()
    first = people.save_profile(user=user, stated=said, now=NOW, seen=0)

    second = people.save_profile(user=user, stated=said, now=NOW, seen=0)

    assert (second.pk, second.revision) == (first.pk, 1)
    assert AuditEntry.objects.filter(act="save_profile").count() == 1


def test_what_stands_in_a_case_is_corrected_by_an_office(db):
    me = case_in(Status.SUBMITTED).person

    for change, field in (({"name": "王晓明"}, "name"), ({"id_number": id_number()}, "id_number")):
        known = {"name": me.name, "id_number": me.id_number} | change
        with pytest.raises(PersonError, match="frozen") as refused:
            people.save_profile(user=me.user, stated=stated(**known), now=NOW)
        assert refused.value.field == field
    kept = people.save_profile(
        user=me.user, stated=stated(id_number=me.id_number, ethnicity="汉族"), now=NOW
    )

    assert kept.ethnicity == "汉族"


def test_a_registered_number_stays_and_a_mistyped_name_does_not(db):
    divisions()
    me = resident()
    register(person=me, stay=stay(), actor=me.user, now=NOW)

    kept = people.save_profile(
        user=me.user, stated=stated(name="王晓明", id_number=me.id_number), now=NOW
    )
    with pytest.raises(PersonError, match="frozen"):
        people.save_profile(user=me.user, stated=stated(name="王晓明"), now=NOW)

    assert kept.name == "王晓明"


def test_a_draft_follows_a_corrected_number(db):
    case = draft()
    me = case.person
    me.registrations.all().update(person=None)
    PermitApplication.objects.filter(pk=case.pk).update(registration=None)

    people.save_profile(user=me.user, stated=stated(), now=NOW)

    case.refresh_from_db()
    me.refresh_from_db()
    assert case.id_hash == me.id_hash


@pytest.mark.parametrize(
    ("birth", "kind", "code"),
    [
        (CHILD, Kind.GUARDIAN, None),
        (ADULT, Kind.NEAR_RELATIVE, None),
        (ADULT, Kind.GUARDIAN, "not_a_minor"),
        (CHILD, Kind.NEAR_RELATIVE, "needs_a_guardian"),
        (date(2010, 11, 25), Kind.GUARDIAN, "not_a_minor"),  # sixteen today
        (date(2010, 11, 26), Kind.GUARDIAN, None),  # sixteen tomorrow
    ],
)
def test_a_guardian_acts_for_those_under_sixteen(db, birth, kind, code):
    me, said = resident(), stated(name="王小妹", id_number=id_number(birth))

    def add():
        return people.add_ward(guardian=me, kind=kind, stated=said, now=NOW)

    if code:
        with pytest.raises(PersonError, match=code):
            add()
        assert not Relation.objects.exists()
    else:
        ward = add()
        assert list(people.wards_of(me)) == [ward]
        assert ward.user is None


def test_nobody_is_his_own_ward_or_twice_somebody_s(db):
    me, said = resident(birth=CHILD), stated(id_number=id_number(CHILD))
    people.add_ward(guardian=me, kind=Kind.GUARDIAN, stated=said, now=NOW)

    with pytest.raises(PersonError, match="known"):
        people.add_ward(guardian=me, kind=Kind.GUARDIAN, stated=said, now=NOW)
    own = stated(id_number=me.id_number)
    with pytest.raises(PersonError, match="himself"):
        people.add_ward(guardian=me, kind=Kind.GUARDIAN, stated=own, now=NOW)


def test_a_ward_is_corrected_by_who_acts_for_him_and_by_nobody_else(db):
    me, said = resident(), stated(name="王小妹", id_number=id_number(CHILD))
    ward = people.add_ward(guardian=me, kind=Kind.GUARDIAN, stated=said, now=NOW)
    right = stated(name="王晓妹", id_number=ward.id_number)

    people.save_ward(guardian=me, ward_id=ward.pk, stated=right, now=NOW, seen=1)
    with pytest.raises(Person.DoesNotExist):
        people.save_ward(guardian=resident(), ward_id=ward.pk, stated=right, now=NOW)
    older = stated(name="王小美", id_number=ward.id_number)
    with pytest.raises(ProfileChanged):
        people.save_ward(guardian=me, ward_id=ward.pk, stated=older, now=NOW, seen=1)

    ward.refresh_from_db()
    assert (ward.name, ward.revision) == ("王晓妹", 2)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_tabs_make_one_profile_and_one_ward(counts):
    with Crowd(2) as crowd:
        for _ in range(counts(5, 100)):
            user = account()
            save = partial(people.save_profile, user=user, now=NOW, seen=0)
            made = crowd.at_once([partial(save, stated=stated(name=n)) for n in ("甲", "乙")])
            me = Person.objects.get(user=user)
            child = stated(name="王小妹", id_number=id_number(CHILD))
            add = partial(people.add_ward, guardian=me, kind=Kind.GUARDIAN, stated=child, now=NOW)
            wards = crowd.at_once([add, add])

            assert sorted(type(one).__name__ for one in made) == ["Person", "ProfileChanged"]
            assert sorted(type(one).__name__ for one in wards) == ["Person", "PersonError"]
            assert me.wards.count() == 1
