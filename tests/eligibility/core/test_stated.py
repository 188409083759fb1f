"""Facts read or refused by name, and what they become as time passes."""

import inspect
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from eligibility.core import stated
from eligibility.core.check import plain_facts
from eligibility.core.errors import FactsRefused
from eligibility.core.stated import day_reached, for_area, parse_facts, read_as_of
from tests.eligibility.builders import (
    CITY_STREET,
    CITY_TOWN,
    COUNTY_STREET,
    make_facts,
    townships,
)

TODAY = date(2026, 11, 24)


def refusal(raw, *, as_of=TODAY, **how):
    """Return the refused fields with their codes."""
    with pytest.raises(FactsRefused) as refused:
        parse_facts(raw, as_of=as_of, townships=townships(), **how)
    return {error.field: error.code for error in refused.value.errors}


def test_values_are_typed_and_null_is_unknown():
    facts = make_facts(
        TODAY,
        "town area",
        birth_date="2000-02-29",
        graduation_date="2018-06-30",
        housing_area_per_person_m2="39.140",
        investment_cny=1000000,
        pension_insurance_months=0,
        lease_registered=False,
        education=None,
    )

    assert facts.given == {
        "target_township": CITY_TOWN,
        "target_in_town_area": True,
        "birth_date": date(2000, 2, 29),
        "graduation_date": date(2018, 6, 30),
        "housing_area_per_person_m2": Decimal("39.14"),
        "investment_cny": Decimal(1000000),
        "pension_insurance_months": 0,
        "lease_registered": False,
    }
    assert facts.values["age_years"] == 26
    assert facts.values["graduation_years_begun"] == 9
    assert "education" not in facts.values


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("pension_insurance_months", "12", "whole_number_expected"),
        ("pension_insurance_months", True, "whole_number_expected"),
        ("pension_insurance_months", 12.0, "whole_number_expected"),
        ("pension_insurance_months", Decimal(12), "whole_number_expected"),
        ("pension_insurance_months", -1, "out_of_range"),
        ("pension_insurance_months", 1441, "out_of_range"),
        ("zhejiang_hukou_years", 121, "out_of_range"),
        ("lease_registered", 1, "yes_or_no_expected"),
        ("lease_registered", "true", "yes_or_no_expected"),
        ("housing", 1, "text_expected"),
        ("housing", ["owned"], "text_expected"),
        ("housing", "Owned", "not_a_choice"),
        ("housing", "", "not_a_choice"),
        ("target_township", 330402010, "text_expected"),
        ("target_township", "330402", "unknown_township"),
        ("target_township", "330402999", "unknown_township"),
        ("housing_area_per_person_m2", True, "number_expected"),
        ("housing_area_per_person_m2", 39.14, "number_expected"),
        ("housing_area_per_person_m2", "39,14", "number_expected"),
        ("housing_area_per_person_m2", "1e3", "number_expected"),
        ("housing_area_per_person_m2", "-1", "number_expected"),
        ("housing_area_per_person_m2", "NaN", "number_expected"),
        ("housing_area_per_person_m2", "", "number_expected"),
        ("housing_area_per_person_m2", "３９", "number_expected"),
        ("housing_area_per_person_m2", Decimal("NaN"), "number_expected"),
        ("housing_area_per_person_m2", Decimal("Infinity"), "number_expected"),
        ("housing_area_per_person_m2", -1, "out_of_range"),
        ("housing_area_per_person_m2", Decimal("-0.01"), "out_of_range"),
        ("investment_cny", 10**15 + 1, "out_of_range"),
        ("birth_date", 20000101, "date_expected"),
        ("birth_date", "2000-1-1", "date_expected"),
        ("birth_date", "20000101", "date_expected"),
        ("birth_date", "2000-01-01T00:00", "date_expected"),
        ("birth_date", "２０００-01-01", "date_expected"),
        ("birth_date", "2001-02-29", "no_such_day"),
        ("birth_date", "0000-01-01", "no_such_day"),
        ("birth_date", "2026-11-25", "after_as_of"),
        ("birth_date", "1875-11-24", "too_long_ago"),
        ("graduation_date", "2026-11-25", "after_as_of"),
        ("hukou_type", "rural", "unknown_fact"),
        ("land_rights_given_up", False, "unknown_fact"),
        ("age_years", 30, "unknown_fact"),
        ("household", {}, "list_expected"),
        ("household", [{}] * 51, "too_many"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name, value, code):
    assert refusal({name: value}) == {name: code}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pension_insurance_months", 0),
        ("pension_insurance_months", 1440),
        ("zhejiang_hukou_years", 120),
        ("birth_date", "2026-11-24"),
        ("birth_date", "1875-11-25"),
        ("graduation_date", "2026-11-24"),
        ("investment_cny", 10**15),
        ("housing_area_per_person_m2", 0),
        ("housing_area_per_person_m2", "0"),
        ("household", [{}] * 50),
        ("household", None),
        ("household", []),
    ],
)
def test_the_last_values_that_can_be_read(name, value):
    facts = parse_facts({name: value}, as_of=TODAY, townships=townships())

    if name == "household":
        assert len(facts.household) == len(value or [])
    else:
        assert name in facts.given


@pytest.mark.parametrize("raw", [None, [], "facts", 1])
def test_facts_are_an_object(raw):
    assert refusal(raw) == {"facts": "object_expected"}


def test_a_members_field_is_named_with_its_place():
    household = [
        {"relation": "spouse"},
        {"relation": "cousin", "birth_date": "2030-01-01", "lives_together": 1, "sex": "male"},
        "child",
    ]

    assert refusal({"household": household}) == {
        "household[1].relation": "not_a_choice",
        "household[1].birth_date": "after_as_of",
        "household[1].lives_together": "yes_or_no_expected",
        "household[1].sex": "unknown_fact",
        "household[2]": "object_expected",
    }


def test_every_refused_field_is_named_at_once_up_to_a_limit():
    assert refusal({"housing": 1, "sex": "x", "nonsense": 1}) == {
        "housing": "text_expected",
        "sex": "not_a_choice",
        "nonsense": "unknown_fact",
    }
    assert len(refusal({f"nonsense{n}": 1 for n in range(10_000)})) == 50


def test_a_comparison_of_places_takes_no_target():
    target = {"target_township": CITY_TOWN, "target_in_town_area": True}

    assert refusal(target, without_target=True) == dict.fromkeys(target, "target_not_wanted")
    assert parse_facts(
        {"target_township": None}, as_of=TODAY, townships=townships(), without_target=True
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2016-06-27", "before_first_rule"),
        ("1999-01-01", "before_first_rule"),
        ("2026-13-01", "no_such_day"),
        ("today", "date_expected"),
        (20260101, "date_expected"),
        (True, "date_expected"),
    ],
)
def test_a_day_without_rules_is_refused(raw, code):
    with pytest.raises(FactsRefused) as refused:
        read_as_of(raw)

    assert [(e.field, e.code) for e in refused.value.errors] == [("as_of", code)]


def test_the_first_day_with_rules_is_taken():
    assert read_as_of("2016-06-28") == date(2016, 6, 28)


def test_every_code_of_a_refusal_is_tested_here():
    source = inspect.getsource(stated)
    tests = inspect.getsource(inspect.getmodule(test_facts_are_an_object))
    codes = set(re.findall(r'_Refused\("(\w+)"', source))
    codes |= set(re.findall(r'FieldError\([^"]*(?:"[^"]*"[^"]*)?, "(\w+)"', source))

    assert len(codes) > 12
    assert [code for code in sorted(codes) if f'"{code}"' not in tests] == []


@pytest.mark.parametrize(
    ("area", "classes"),
    [
        ("county", ("county",)),
        ("urban", ("urban",)),
        ("town", ("urban", "rural")),
        ("town area", ("urban",)),
        ("rural", ("rural",)),
        ("anywhere", ("county", "urban", "rural")),
    ],
)
def test_the_area_classes_that_are_still_possible(area, classes):
    assert make_facts(TODAY, area).area_classes == classes


@pytest.mark.parametrize("target", [COUNTY_STREET, CITY_STREET])
@pytest.mark.parametrize("inside", [True, False])
def test_the_town_area_is_ignored_for_any_other_target(target, inside):
    facts = make_facts(TODAY, "county", target_township=target, target_in_town_area=inside)

    assert facts.given == {"target_township": target}


def test_the_town_area_alone_says_nothing_about_the_place():
    facts = make_facts(TODAY, "anywhere", target_in_town_area=False)

    assert facts.area_classes == ("county", "urban", "rural")


def test_the_same_facts_for_another_class_of_place():
    facts = make_facts(TODAY, "town area", housing="owned", household=[{"relation": "spouse"}])

    county = for_area(facts, "county")

    assert county.area_classes == ("county",)
    assert county.given == {"housing": "owned"}
    assert county.household == facts.household


def test_what_grows_and_what_does_not():
    facts = make_facts(
        date(2024, 1, 31),
        pension_insurance_months=10,
        zhejiang_hukou_years=4,
        birth_date="2000-02-29",
        graduation_date="2010-01-31",
        housing="owned",
    )

    def on(day):
        grown = facts.values_on(day)
        return tuple(
            grown[name]
            for name in (
                "pension_insurance_months",
                "zhejiang_hukou_years",
                "age_years",
                "graduation_years_begun",
                "housing",
            )
        )

    assert on(date(2024, 1, 31)) == (10, 4, 23, 14, "owned")
    assert on(date(2024, 2, 28)) == (10, 4, 23, 15, "owned")
    assert on(date(2024, 2, 29)) == (11, 4, 24, 15, "owned")
    assert on(date(2025, 1, 30)) == (21, 4, 24, 15, "owned")
    assert on(date(2025, 1, 31)) == (22, 5, 24, 15, "owned")
    assert on(date(2025, 2, 1)) == (22, 5, 24, 16, "owned")


@pytest.mark.parametrize(
    ("fact", "amount", "day"),
    [
        ("pension_insurance_months", 12, date(2024, 3, 31)),
        ("zhejiang_hukou_years", 5, date(2025, 1, 31)),
        ("age_years", 26, date(2026, 3, 1)),
        ("graduation_years_begun", 16, date(2025, 2, 1)),
        ("housing_area_per_person_m2", 40, None),
        ("continuous_residence_months", 36, None),
    ],
)
def test_the_day_on_which_a_figure_is_reached(fact, amount, day):
    facts = make_facts(
        date(2024, 1, 31),
        pension_insurance_months=10,
        zhejiang_hukou_years=4,
        birth_date="2000-02-29",
        graduation_date="2010-01-31",
        housing_area_per_person_m2=30,
    )

    assert day_reached(fact, amount, facts) == day
    if day:
        assert facts.values_on(day)[fact] == amount
        assert facts.values_on(day - timedelta(days=1))[fact] == amount - 1


def test_plain_facts_read_back_to_the_same_facts():
    facts = make_facts(
        TODAY,
        "town",
        birth_date="2000-02-29",
        housing_area_per_person_m2="39.14",
        household=[{"birth_date": "2020-01-01", "relation": "child", "lives_together": None}],
    )

    again = parse_facts(plain_facts(facts), as_of=TODAY, townships=townships())

    assert again == facts
