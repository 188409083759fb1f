"""The closed dictionary of facts, and facts read or refused."""

import inspect
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from eligibility.core import facts as module
from eligibility.core.check import plain_facts
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import (
    DERIVED,
    FACTS,
    MEMBER_FACTS,
    Growth,
    Kind,
    asked_as,
    day_reached,
    for_area,
    parse_facts,
    read_as_of,
)
from tests.eligibility.builders import (
    CITY_STREET,
    CITY_TOWN,
    COUNTY_STREET,
    make_facts,
    shipped_ruleset,
    townships,
)

TODAY = date(2026, 11, 24)

# Copied from the public contract; `household` is a list of people, not a fact of one.
CONTRACT = {
    "target_township": "township",
    "target_in_town_area": "bool",
    "hukou_place": "330402 330411 330421 330424 330481 330482 330483 zhejiang outside none",
    "zhejiang_hukou_years": "int years 120",
    "birth_date": "date",
    "sex": "male female",
    "marital_status": "single married divorced widowed",
    "has_own_income": "bool",
    "housing": "owned rented_private rented_public dormitory with_relatives none",
    "housing_area_per_person_m2": "decimal",
    "lease_registered": "bool",
    "months_in_current_rental": "int months 1440",
    "continuous_residence_months": "int months 1440",
    "residence_registration_months": "int months 1440",
    "has_residence_registration": "bool",
    "has_residence_permit": "bool",
    "employment": "contract self_employed business_owner public_sector none",
    "special_occupation": "bool",
    "pension_insurance_months": "int months 1440",
    "education": "none junior_middle senior_middle secondary_vocational junior_college bachelor "
    "master doctor",
    "graduation_date": "date",
    "foreign_degree_certified": "bool",
    "professional_title": "none junior intermediate associate_senior senior",
    "skill_grade": "none grade5 grade4 grade3 grade2 grade1",
    "skill_in_shortage": "bool",
    "rural_transfer": "bool",
    "invests_locally": "bool",
    "investment_cny": "decimal",
    "annual_tax_cny": "decimal",
    "honour": "none model_worker moral_model outstanding_migrant_worker good_samaritan other",
    "honour_level": "none county city province national",
    "graduate_status": "none fresh",
    "has_migration_certificate": "bool",
    "studying_in_zhejiang_college": "bool",
    "sponsor": "none child spouse parent",
    "lives_with_sponsor": "bool",
    "sponsor_owns_home": "bool",
}
MEMBERS = {
    "relation": "spouse child parent grandparent grandchild sibling other",
    "birth_date": "date",
    "marital_status": "single married divorced widowed",
    "has_own_income": "bool",
    "lives_together": "bool",
}
GROWING = {
    "zhejiang_hukou_years": Growth.YEARLY,
    "months_in_current_rental": Growth.MONTHLY,
    "continuous_residence_months": Growth.MONTHLY,
    "residence_registration_months": Growth.MONTHLY,
    "pension_insurance_months": Growth.MONTHLY,
}


def refusal(raw, *, as_of=TODAY, **how):
    """Return the refused fields with their codes."""
    with pytest.raises(FactsRefused) as refused:
        parse_facts(raw, as_of=as_of, townships=townships(), **how)
    return {error.field: error.code for error in refused.value.errors}


def _described(fact):
    if fact.kind is Kind.CHOICE:
        return " ".join(fact.values)
    if fact.kind is Kind.INT:
        return f"int {fact.unit} {fact.maximum}"
    return fact.kind.value


def test_the_dictionary_is_the_contracts():
    assert {name: _described(fact) for name, fact in FACTS.items()} == CONTRACT
    assert {name: _described(fact) for name, fact in MEMBER_FACTS.items()} == MEMBERS


def test_no_fact_is_about_giving_up_land_rights():
    surrender = re.compile(r"land|farm|homestead|contracted|collective|surrender|give_?up", re.I)
    words = re.compile(r"承包|宅基|集体收益|退出")

    for name, fact in {**FACTS, **MEMBER_FACTS, **DERIVED}.items():
        assert not surrender.search(name)
        assert not words.search(fact.question_zh)
        assert not re.search(r"\bland\b|homestead", fact.question_en, re.I)


def test_every_fact_has_a_question_in_both_languages():
    for fact in (*FACTS.values(), *MEMBER_FACTS.values()):
        assert fact.question_zh.endswith("？"), fact.name
        assert fact.question_en.endswith("?"), fact.name


def test_every_fact_that_a_rule_compares_can_be_asked():
    compared = {
        asked_as(leaf.fact)
        for rule in shipped_ruleset().versions
        for leaf in rule.nodes
        if hasattr(leaf, "fact")
    }

    assert compared <= set(FACTS) | set(MEMBER_FACTS)
    assert not compared & {"investment_cny", "annual_tax_cny", "target_township"}


def test_the_orders_of_the_law():
    ordered = {name: fact.levels for name, fact in FACTS.items() if fact.levels}

    assert set(ordered) == {"education", "professional_title", "skill_grade", "honour_level"}
    assert ordered["education"][2] == ("senior_middle", "secondary_vocational")
    assert FACTS["skill_grade"].level_of["grade1"] > FACTS["skill_grade"].level_of["grade2"]
    assert {n: f.growth for n, f in FACTS.items() if f.growth is not Growth.NEVER} == GROWING


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
    stated = {"target_township": CITY_TOWN, "target_in_town_area": True}

    assert refusal(stated, without_target=True) == dict.fromkeys(stated, "target_not_wanted")
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
    source = inspect.getsource(module)
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


def test_every_township_has_the_class_of_the_rule_table():
    for township in townships().values():
        known = township.area_classes(True)
        if township.county_code in ("330402", "330411"):
            assert known == ("urban",)
            outside = ("rural",) if township.kind == "镇" else ("urban",)
            assert township.area_classes(False) == outside
        else:
            assert known == township.area_classes(None) == ("county",)
    assert len(townships()) == 72


@pytest.mark.parametrize("target", [COUNTY_STREET, CITY_STREET])
@pytest.mark.parametrize("stated", [True, False])
def test_the_town_area_is_ignored_for_any_other_target(target, stated):
    facts = make_facts(TODAY, "county", target_township=target, target_in_town_area=stated)

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
