"""The closed dictionary of facts."""

import re

from eligibility.core.facts import DERIVED, FACTS, MEMBER_FACTS, Growth, Kind, asked_as
from tests.eligibility.builders import (
    shipped_ruleset,
)

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
