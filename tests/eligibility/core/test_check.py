"""One check as a whole: its record, and the best route that comparisons show."""

from datetime import date

import pytest

from eligibility.core.check import Check, best_route, record, record_bytes
from eligibility.core.questions import facts_of
from eligibility.core.stated import for_area
from tests.eligibility.builders import make_check, make_facts, shipped_ruleset

V2023 = date(2026, 6, 1)
NO_WAY = {
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
}


@pytest.mark.parametrize(
    ("area", "known", "code", "day"),
    [
        ("county", {"housing": "owned"}, "county-stable-residence", None),
        # Two routes are met: the first of the table is shown.
        ("county", {"housing": "owned", "hukou_place": "330402"}, "county-stable-residence", None),
        ("urban", {**NO_WAY, "education": "doctor", "hukou_place": "none"}, "urban-talent", None),
        ("urban", {**NO_WAY, "invests_locally": True}, "urban-investor", None),
        ("county", {}, "county-stable-residence", None),
        ("county", NO_WAY, None, None),
        (
            "urban",
            {**NO_WAY, "special_occupation": True, "pension_insurance_months": 30},
            "urban-employment",
            date(2026, 12, 1),
        ),
    ],
)
def test_the_best_route(area, known, code, day):
    best = best_route(make_check(V2023, area, **known))

    assert (best and best.route.rule.code, best and best.date) == (code, day)


def test_the_best_route_of_not_yet_is_the_one_with_the_earliest_date():
    check = make_check(
        date(2022, 6, 15),
        "urban",
        **NO_WAY
        | {
            "housing": "rented_private",
            "lease_registered": True,
            "residence_registration_months": 14,
            "months_in_current_rental": 3,
            "hukou_place": "zhejiang",
            "zhejiang_hukou_years": 4,
        },
    )

    best = best_route(check)

    assert best.route.rule.code == "urban-tenant"
    assert best.date == check.earliest_date == date(2022, 9, 15)


def test_every_area_of_a_comparison_is_judged_as_its_own_target():
    facts = make_facts(V2023, "anywhere", housing="owned", education="bachelor")

    for area in ("county", "urban"):
        compared = Check(shipped_ruleset(), for_area(facts, area), V2023)
        target = make_check(V2023, area, housing="owned", education="bachelor")

        assert compared.verdict is target.verdict
        assert compared.dates == target.dates
        assert [r.rule for r in compared.routes] == [r.rule for r in target.routes]


def test_a_record_holds_the_answer_and_no_word_of_any_language():
    check = make_check(
        date(2022, 6, 15),
        "town",
        housing="owned",
        housing_area_per_person_m2="39.140",
        household=[{"relation": "spouse", "lives_together": True}],
    )

    kept = record(check)

    assert kept["as_of"] == kept["asked_on"] == "2022-06-15"
    assert kept["engine"] == "1"
    assert kept["ruleset"] == shipped_ruleset().hash
    assert kept["area_classes"] == ["urban", "rural"]
    assert kept["facts"]["housing_area_per_person_m2"] == "39.140"
    assert kept["verdict"] == "more_information_needed"
    assert [route["code"] for route in kept["routes"]][:2] == ["urban-owner", "urban-tenant"]
    assert kept["routes"][0]["area"] == "unknown"
    assert kept["family"] == [
        {
            "relation": "spouse",
            "verdict": "unknown",
            "rule": check.members[0].rule.content_hash,
            "route": check.members[0].route.content_hash,
        }
    ]
    assert record_bytes(check).isascii()


def test_the_facts_of_the_listed_routes():
    check = make_check(date(2017, 6, 1), "county")

    assert facts_of(check.assessment.panel.rules) == {
        "housing",
        "hukou_place",
        "graduate_status",
        "employment",
    }
    assert set(check.next_facts) == facts_of(check.assessment.panel.rules)
