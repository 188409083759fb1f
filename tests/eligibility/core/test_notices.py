"""What a reader is told beside the verdict; a contradiction is told, never refused."""

from datetime import date

import pytest

from eligibility.core.check import Check
from eligibility.core.notices import contradictions
from tests.eligibility.builders import (
    leaf,
    make_check,
    make_facts,
    make_rule,
    make_ruleset,
    shipped_ruleset,
)

TODAY = date(2026, 11, 24)
BORN = "2000-06-15"


def codes(as_of=TODAY, area="county", **known):
    return [notice.code for notice in make_check(as_of, area, **known).notices]


def test_land_rights_come_first_and_cite_their_article():
    first = make_check(TODAY, "county").notices[0]

    assert first.code == "land_rights"
    assert first.clause == ("jiaxing-2016-31", "六(一)")


def test_a_day_to_come_is_told():
    facts = make_facts(date(2026, 11, 25), "county")

    [told] = [n for n in Check(shipped_ruleset(), facts, TODAY).notices if n.code == "future_as_of"]

    assert told.params == {"as_of": date(2026, 11, 25), "today": TODAY}
    assert "future_as_of" not in codes()


@pytest.mark.parametrize(("day", "over"), [(date(2028, 7, 21), False), (date(2028, 7, 22), True)])
def test_the_plans_five_years_end(day, over):
    assert ("plan_period_over" in codes(day)) is over


def test_a_reprint_is_told_where_one_is_relied_on():
    official = make_ruleset(make_rule(leaf("housing", "is", "owned")))
    check = Check(official, make_facts(TODAY, "county"), TODAY)

    assert "secondary_source" in codes()
    assert "secondary_source" not in [notice.code for notice in check.notices]


@pytest.mark.parametrize(
    ("hukou", "studying", "told"),
    [
        ("330402", True, True),
        ("330483", True, True),
        ("zhejiang", True, False),
        ("330402", False, False),
        ("330402", None, False),
        (None, True, False),
    ],
)
def test_a_student_with_local_hukou_keeps_it(hukou, studying, told):
    found = codes(hukou_place=hukou, studying_in_zhejiang_college=studying)

    assert ("student_keeps_hukou" in found) is told


@pytest.mark.parametrize(
    ("code", "fields", "known", "fine"),
    [
        (
            "insured_longer_than_working_life",
            ("pension_insurance_months", "birth_date"),
            {"birth_date": BORN, "pension_insurance_months": 126},
            {"birth_date": BORN, "pension_insurance_months": 125},
        ),
        (
            "insured_longer_than_working_life",
            ("pension_insurance_months", "birth_date"),
            {"birth_date": "2020-01-01", "pension_insurance_months": 1},
            {"birth_date": "2020-01-01", "pension_insurance_months": 0},
        ),
        (
            "longer_than_life",
            ("continuous_residence_months", "birth_date"),
            {"birth_date": "2020-11-24", "continuous_residence_months": 73},
            {"birth_date": "2020-11-24", "continuous_residence_months": 72},
        ),
        (
            "longer_than_life",
            ("residence_registration_months", "birth_date"),
            {"birth_date": "2020-11-24", "residence_registration_months": 73},
            {"birth_date": "2020-11-24", "residence_registration_months": 72},
        ),
        (
            "longer_than_life",
            ("months_in_current_rental", "birth_date"),
            {"birth_date": "2020-11-24", "months_in_current_rental": 73},
            {"birth_date": "2020-11-24", "months_in_current_rental": 72},
        ),
        (
            "longer_than_life",
            ("zhejiang_hukou_years", "birth_date"),
            {"birth_date": "2020-11-24", "zhejiang_hukou_years": 7},
            {"birth_date": "2020-11-24", "zhejiang_hukou_years": 6},
        ),
        (
            "graduated_before_birth",
            ("graduation_date", "birth_date"),
            {"birth_date": BORN, "graduation_date": "2000-06-14"},
            {"birth_date": BORN, "graduation_date": "2000-06-15"},
        ),
        (
            "rental_months_without_rental",
            ("months_in_current_rental", "housing"),
            {"housing": "owned", "months_in_current_rental": 1},
            {"housing": "owned", "months_in_current_rental": 0},
        ),
        (
            "lease_without_rental",
            ("lease_registered", "housing"),
            {"housing": "none", "lease_registered": True},
            {"housing": "rented_private", "lease_registered": True},
        ),
        (
            "hukou_years_outside",
            ("zhejiang_hukou_years", "hukou_place"),
            {"hukou_place": "outside", "zhejiang_hukou_years": 1},
            {"hukou_place": "outside", "zhejiang_hukou_years": 0},
        ),
        (
            "registration_months_without_slip",
            ("residence_registration_months", "has_residence_registration"),
            {"has_residence_registration": False, "residence_registration_months": 1},
            {"has_residence_registration": True, "residence_registration_months": 1},
        ),
        (
            "honour_level_without_honour",
            ("honour_level", "honour"),
            {"honour": "none", "honour_level": "county"},
            {"honour": "none", "honour_level": "none"},
        ),
        (
            "spouse_without_marriage",
            ("sponsor", "marital_status"),
            {"sponsor": "spouse", "marital_status": "widowed"},
            {"sponsor": "spouse", "marital_status": "married"},
        ),
        (
            "living_with_nobody",
            ("lives_with_sponsor", "sponsor"),
            {"sponsor": "none", "lives_with_sponsor": True},
            {"sponsor": "none", "lives_with_sponsor": False},
        ),
        (
            "two_spouses",
            ("household[0].relation", "household[2].relation"),
            {"household": [{"relation": "spouse"}, {}, {"relation": "spouse"}]},
            {"household": [{"relation": "spouse"}, {"relation": "child"}]},
        ),
        (
            "spouse_without_marriage",
            ("household[0].relation", "marital_status"),
            {"marital_status": "single", "household": [{"relation": "spouse"}]},
            {"marital_status": "married", "household": [{"relation": "spouse"}]},
        ),
        (
            "child_older_than_parent",
            ("household[0].birth_date", "birth_date"),
            {"birth_date": BORN, "household": [{"relation": "child", "birth_date": BORN}]},
            {"birth_date": BORN, "household": [{"relation": "child", "birth_date": "2020-01-01"}]},
        ),
        (
            "parent_younger_than_child",
            ("household[0].birth_date", "birth_date"),
            {"birth_date": BORN, "household": [{"relation": "grandparent", "birth_date": BORN}]},
            {"birth_date": BORN, "household": [{"relation": "parent", "birth_date": "1970-01-01"}]},
        ),
    ],
)
def test_a_pair_that_cannot_both_be_right(code, fields, known, fine):
    found = [
        notice.fields
        for notice in contradictions(make_facts(TODAY, "county", **known))
        if notice.code == code
    ]

    assert found == [fields]
    assert list(contradictions(make_facts(TODAY, "county", **fine))) == []


def test_a_contradiction_changes_no_verdict_and_comes_last():
    check = make_check(TODAY, "county", housing="owned", lease_registered=True)

    assert check.verdict == "eligible"
    assert [notice.code for notice in check.notices][-1] == "lease_without_rental"
