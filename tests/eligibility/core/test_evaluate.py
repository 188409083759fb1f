"""One person judged: what is listed, the place as a leaf, the overall verdict, the trace."""

from datetime import date

import pytest

from eligibility.core.evaluate import judge_rule, trace
from eligibility.core.verdict import Overall, Verdict
from tests.eligibility.builders import (
    judgement,
    leaf,
    make_check,
    make_rule,
    route_of,
    shipped_rule,
    shipped_ruleset,
)

V2016 = date(2016, 12, 1)
V2023 = date(2026, 6, 1)
COUNTY = [
    "county-stable-residence",
    "intra-city-move",
    "zhejiang-resident",
    "graduate",
    "family-parent",
    "family-spouse",
    "family-child",
    "unregistered-person",
]
URBAN = [
    "urban-stable-residence",
    "urban-employment",
    "urban-talent",
    "urban-investor",
    "urban-contribution",
    *COUNTY[1:],
]
NOTHING = {
    "housing": "none",
    "hukou_place": "outside",
    "graduate_status": "none",
    "sponsor": "none",
    "employment": "none",
    "education": "none",
    "professional_title": "none",
    "skill_grade": "none",
    "skill_in_shortage": False,
    "special_occupation": False,
    "foreign_degree_certified": False,
    "invests_locally": False,
    "honour": "none",
    "honour_level": "none",
}


@pytest.mark.parametrize(
    ("area", "codes"),
    [
        ("county", COUNTY),
        ("urban", URBAN),
        ("town area", URBAN),
        ("rural", ["unregistered-person"]),
        ("town", URBAN),
        ("anywhere", [COUNTY[0], *URBAN]),
    ],
)
def test_the_routes_of_every_class_that_is_possible_are_listed_in_order(area, codes):
    check = make_check(V2023, area)

    assert [route.rule.code for route in check.routes] == codes


@pytest.mark.parametrize(
    ("area", "verdicts"),
    [
        ("urban", {"urban-stable-residence": "met", "unregistered-person": "officer_decides"}),
        ("town", {"urban-stable-residence": "unknown", "unregistered-person": "officer_decides"}),
        ("anywhere", {"urban-stable-residence": "unknown", "intra-city-move": "not_met"}),
    ],
)
def test_the_place_is_a_leaf_of_every_route(area, verdicts):
    check = make_check(V2023, area, housing="owned", hukou_place="none")

    assert {code: route_of(check, code).verdict.wire for code in verdicts} == verdicts


def test_an_open_place_makes_a_failed_route_no_less_failed():
    check = make_check(V2023, "town", **NOTHING)

    assert {route.verdict for route in check.routes} == {Verdict.NOT_MET}
    assert check.area_class is None
    assert check.verdict is Overall.NOT_ELIGIBLE


@pytest.mark.parametrize(
    ("as_of", "area", "changes", "verdict"),
    [
        (V2023, "county", {"housing": "owned"}, Overall.ELIGIBLE),
        (V2023, "county", {"hukou_place": "none"}, Overall.OFFICER_DECIDES),
        (V2023, "county", {"housing": None}, Overall.MORE_INFORMATION_NEEDED),
        (V2023, "county", {}, Overall.NOT_ELIGIBLE),
        (V2023, "rural", {}, Overall.NOT_COVERED),
        (V2023, "rural", {"hukou_place": None}, Overall.MORE_INFORMATION_NEEDED),
        (V2023, "rural", {"hukou_place": "none"}, Overall.OFFICER_DECIDES),
        (
            V2023,
            "urban",
            {"special_occupation": True, "pension_insurance_months": 35},
            Overall.NOT_YET,
        ),
        # A sure route outweighs one that an officer decides, and that one an unknown.
        (V2023, "county", {"housing": "owned", "hukou_place": "none"}, Overall.ELIGIBLE),
        (V2023, "county", {"housing": None, "hukou_place": "none"}, Overall.OFFICER_DECIDES),
    ],
)
def test_the_overall_verdict_is_that_of_the_best_route(as_of, area, changes, verdict):
    check = make_check(as_of, area, **{**NOTHING, **changes})

    assert check.verdict is verdict
    assert (check.earliest_date is not None) == (verdict is Overall.NOT_YET)


def test_a_route_with_no_version_in_force_is_not_listed():
    before = [route.rule.code for route in make_check(date(2023, 7, 21), "urban").routes]
    after = [route.rule.code for route in make_check(date(2023, 7, 22), "urban").routes]

    assert {"urban-owner", "urban-tenant"} <= set(before)
    assert not {"urban-owner", "urban-tenant"} & set(after)
    assert "urban-stable-residence" not in before
    assert "urban-stable-residence" in after


def test_a_trace_holds_every_branch_judged_and_what_was_compared():
    rule = shipped_rule("urban-owner@2018")
    values = {"housing": "owned", "pension_insurance_months": 59, "zhejiang_hukou_years": 5}

    found = trace(rule, judge_rule(rule, values), values)

    housing, permit, years = found.parts
    assert found.verdict is Verdict.UNKNOWN
    assert (housing.verdict, housing.actual) == (Verdict.MET, "owned")
    assert (permit.verdict, permit.actual) == (Verdict.UNKNOWN, None)
    assert years.verdict is Verdict.MET
    assert [(part.verdict, part.actual) for part in years.parts] == [
        (Verdict.NOT_MET, 59),
        (Verdict.MET, 5),
    ]


def test_unknown_leaves_may_be_taken_for_the_worst_and_the_best():
    rule = make_rule(
        {
            "all": [
                leaf("housing", "is", "owned"),
                {"not": leaf("lease_registered", "is", True)},
                {"any": [leaf("has_residence_permit", "is", True), judgement()]},
            ]
        }
    )

    low, high = (judge_rule(rule, {"housing": "owned"}, unknown=u) for u in (0, 3))

    assert (low[0], high[0]) == (0, 3)
    assert list(low[1:]) == [3, 0, 0, 2, 0, 2]
    assert list(high[1:]) == [3, 3, 3, 3, 3, 2]


def test_public_service_and_other_deliberate_gaps():
    working = make_check(V2016, "urban", employment="public_sector")
    tenant = make_check(date(2021, 1, 1), "urban", housing="rented_public")

    assert route_of(working, "urban-employment").verdict is Verdict.NOT_MET
    assert route_of(tenant, "urban-owner").verdict is Verdict.NOT_MET
    assert route_of(tenant, "urban-tenant").verdict is Verdict.NOT_MET


def test_every_shipped_rule_judges_nobody_as_unknown_at_worst():
    for rule in shipped_ruleset().versions:
        assert judge_rule(rule, {})[0] == Verdict.UNKNOWN, rule.label
