"""The invariants: what no version of any rule may ask, each with the article it offends."""

from datetime import date, timedelta

import pytest

from eligibility.core.review import (
    county_keeps_stable_housing,
    faults,
    gaps,
    invariants,
)
from eligibility.core.rule import InForce
from eligibility.legal_files import read_overrides
from tests.eligibility.builders import (
    ROOT,
    judgement,
    leaf,
    make_rule,
    shipped_ruleset,
)

DAY = timedelta(days=1)
HOME = leaf("housing", "in", ["owned", "rented_private", "rented_public"])
COUNTY = "county-stable-residence"


def breaches(condition, code="trial-route"):
    return [(b.code, b.article[1], b.absolute) for b in invariants(make_rule(condition, code=code))]


def asks(zh, en="what the officer decides"):
    return {**judgement(), "asks": {"zh": zh, "en": en}}


@pytest.mark.parametrize(
    "condition",
    [
        asks("是否已退出土地承包经营权"),
        asks("是否已经退出宅基地使用权"),
        asks("是否放弃集体收益分配权"),
        asks("承包地是否已经交回"),
        asks("情况", "whether the land rights are given up"),
        asks("情况", "whether the homestead is given up"),
        judgement("contracted-land-is-given-back"),
        judgement("land-rights"),
        leaf("lease_registered", "is", True, id="homestead-returned"),
        {"not": leaf("lease_registered", "is", True, id="land-rights-kept")},
        {"any": [HOME, {"all": [HOME, asks("宅基地是否腾退")]}]},
    ],
)
def test_giving_up_land_rights_is_absolutely_forbidden(condition):
    assert ("land_rights", "六(一)", True) in breaches(condition)


@pytest.mark.parametrize(
    ("condition", "code", "article"),
    [
        (leaf("rural_transfer", "is", True), "rural_transfer", "二"),
        (asks("原户口性质是否为农业户口"), "hukou_type", "二"),
        (asks("情况", "the former agricultural hukou"), "hukou_type", "二"),
        (judgement("hukou-type"), "hukou_type", "二"),
        (asks("计划生育情况"), "family_planning", "五"),
        (asks("社会抚养费是否缴清"), "family_planning", "五"),
        (asks("情况", "the adoption papers"), "family_planning", "五"),
        (
            leaf("housing_area_per_person_m2", "at_least", "20"),
            "no_floor_area",
            "第十六条(二)",
        ),
        (
            leaf("pension_insurance_months", "at_least", 61),
            "insurance_over_60_months",
            "第十六条(三)",
        ),
    ],
)
def test_other_breaches_need_the_approvers_word(condition, code, article):
    assert breaches(condition) == [(code, article, False)]


@pytest.mark.parametrize(
    "condition",
    [
        HOME,
        judgement(),
        leaf("pension_insurance_months", "at_least", 60),
        leaf("hukou_place", "is", "none"),
    ],
)
def test_what_the_law_allows_is_no_breach(condition):
    assert breaches(condition) == []


@pytest.mark.parametrize("months", [61, 1440])
def test_a_figure_hidden_in_a_parameter_is_seen(months):
    figure = {"value": months, "unit": "months", "clause": "一"}
    rule = make_rule(
        leaf("pension_insurance_months", "at_least", "$months"), parameters={"months": figure}
    )

    [breach] = invariants(rule)

    assert breach.code == "insurance_over_60_months"
    assert breach.params == {"figure": months, "most": 60}
    assert str(breach) == (
        "trial-route@1.pension-insurance-months: insurance_over_60_months "
        "(residence-permit-regulation 第十六条(三))"
    )


@pytest.mark.parametrize(
    "extra",
    [
        leaf("pension_insurance_months", "at_least", 1),
        leaf("housing_area_per_person_m2", "at_least", 1),
        leaf("has_own_income", "is", True),
    ],
)
def test_the_county_route_asks_for_a_home_and_no_figure(extra):
    found = breaches({"all": [HOME, extra]}, code=COUNTY)

    assert ("county_asks_for_housing_only", "三(一)", False) in found


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (HOME, True),
        ({"all": [HOME, leaf("has_residence_permit", "is", True)]}, True),
        (leaf("housing", "in", ["owned", "rented_private"]), False),
        (leaf("housing", "is", "owned"), False),
        (leaf("has_residence_permit", "is", True), False),
    ],
)
def test_the_county_route_takes_every_stable_home(condition, kept):
    found = list(county_keeps_stable_housing(make_rule(condition, code=COUNTY)))

    assert [breach.code for breach in found] == ([] if kept else ["county_takes_every_stable_home"])
    assert list(county_keeps_stable_housing(make_rule(condition))) == []


def _period(first, last):
    rule = make_rule(HOME, effective_from=first.isoformat())
    return InForce(rule=rule, area="county", first=first, last=last)


@pytest.mark.parametrize(
    ("line", "ends", "days"),
    [
        ([], None, []),
        ([(date(2017, 1, 1), None)], None, []),
        ([(date(2017, 1, 1), date(2017, 12, 31))], None, []),
        (
            [(date(2017, 1, 1), date(2017, 12, 30))],
            None,
            [(date(2017, 12, 31), date(2017, 12, 31))],
        ),
        (
            [(date(2019, 1, 1), None)],
            date(2018, 6, 30),
            [(date(2018, 7, 1), date(2018, 12, 31))],
        ),
        ([(date(2019, 1, 1), None)], date(2018, 12, 31), []),
        ([(date(2019, 1, 1), None)], None, []),
    ],
)
def test_days_without_a_version_between_two_are_a_gap(line, ends, days):
    rule = make_rule(HOME, effective_from="2018-01-01", effective_to=ends and ends.isoformat())

    found = list(gaps(rule, "county", tuple(_period(first, last) for first, last in line)))

    assert [(b.params["first"], b.params["last"]) for b in found] == days
    assert {b.code for b in found} <= {"gap"}


def test_the_shipped_rules_breach_only_what_the_approver_answered_for():
    answered = read_overrides(ROOT / "fixtures" / "overrides.yaml")

    found = {
        (rule.label, breach.code)
        for rule in shipped_ruleset().versions
        for breach in (*invariants(rule), *county_keeps_stable_housing(rule))
    }

    assert found == {
        ("urban-owner@2016", "no_floor_area"),
        ("urban-employment@2018", "rural_transfer"),
    }
    # What can be left out is found by the static checks, in their own tests.
    left_out = {("family-parent@2020", "leaf_adds_nothing")}
    assert {key for key in answered if key[0] != "*"} == found | left_out
    assert all(reason["zh"] and reason["en"] for reason in answered.values())


def test_no_shipped_rule_has_a_fault_that_nobody_may_override():
    for rule in shipped_ruleset().versions:
        assert [fault for fault in faults(rule) if fault.absolute] == [], rule.label
        assert [b for b in invariants(rule) if b.absolute] == []
