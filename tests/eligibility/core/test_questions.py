"""Which facts are asked for, and in which order."""

from datetime import date

import pytest

from eligibility.core.check import Check
from eligibility.core.verdict import Overall
from tests.eligibility.builders import (
    judgement,
    leaf,
    make_check,
    make_facts,
    make_rule,
    make_ruleset,
)

TODAY, LATER = date(2019, 6, 15), date(2020, 1, 1)
HOME = leaf("housing", "is", "owned")
PERMIT = leaf("has_residence_permit", "is", True)
SLIP = leaf("has_residence_registration", "is", True)
PENSION = leaf("pension_insurance_months", "at_least", 12)
BOTH = {"areas": ["county", "urban"]}


def route(condition, code="a", **changes):
    return make_rule(condition, code=code, **changes)


def asked(*rules, area="county", **known):
    """Return the next facts of somebody today by some rules."""
    return Check(make_ruleset(*rules), make_facts(TODAY, area, **known), TODAY).next_facts


def later(condition, code="a"):
    return route(condition, code, version="2", effective_from=LATER.isoformat())


@pytest.mark.parametrize(
    ("condition", "known", "facts"),
    [
        ({"all": [HOME, PERMIT]}, {}, {"housing", "has_residence_permit"}),
        ({"all": [HOME, PERMIT]}, {"housing": "owned"}, {"has_residence_permit"}),
        ({"all": [HOME, PERMIT]}, {"housing": "none"}, set()),
        ({"any": [HOME, PERMIT]}, {"housing": "owned"}, set()),
        ({"any": [HOME, PERMIT]}, {"housing": "none"}, {"has_residence_permit"}),
        # Decided by an officer at best, and already: the rest is idle.
        ({"all": [HOME, judgement()]}, {"housing": "owned"}, set()),
        ({"all": [judgement(), {"any": [HOME, PERMIT]}]}, {"housing": "owned"}, set()),
        # By an officer for now, but the other branch needs none.
        ({"any": [judgement(), PERMIT]}, {}, {"has_residence_permit"}),
        ({"not": PERMIT}, {}, {"has_residence_permit"}),
        (leaf("age_years", "at_least", 18), {}, {"birth_date"}),
        (leaf("graduation_years_begun", "at_most", 15), {}, {"graduation_date"}),
        # What is asked twice is asked once.
        ({"any": [PERMIT, {"all": [PERMIT, HOME]}]}, {}, {"has_residence_permit"}),
    ],
)
def test_only_what_can_still_change_a_verdict_is_asked(condition, known, facts):
    assert set(asked(route(condition), **known)) == facts


def test_a_way_that_another_one_includes_is_not_asked_about():
    narrow = route({"all": [HOME, PERMIT, PENSION]}, "b")

    assert set(asked(route(HOME), narrow)) == {"housing"}
    assert set(asked(narrow, route({"any": [HOME, SLIP]}, "c"))) == {
        "housing",
        "has_residence_registration",
    }


def test_a_way_includes_another_only_where_it_leads_too():
    county = route(HOME)
    urban = route({"all": [HOME, PERMIT]}, "b", areas=["urban"])
    rules = (county, urban)

    assert set(asked(*rules, area="anywhere")) == {
        "target_township",
        "housing",
        "has_residence_permit",
    }


@pytest.mark.parametrize(
    ("narrow", "wide", "included"),
    [
        (leaf("age_years", "at_least", 60), leaf("age_years", "at_least", 18), True),
        (leaf("age_years", "at_least", 18), leaf("age_years", "at_least", 60), False),
        (leaf("age_years", "at_most", 18), leaf("age_years", "at_most", 25), True),
        (leaf("age_years", "below", 25), leaf("age_years", "below", 18), False),
        (leaf("age_years", "is", 18), leaf("age_years", "is", 19), False),
        (HOME, leaf("housing", "in", ["owned", "rented_public"]), True),
        (leaf("housing", "in", ["owned", "rented_public"]), HOME, False),
        (
            leaf("education", "at_least", "bachelor"),
            leaf("education", "at_least", "junior_college"),
            True,
        ),
        (
            {"not": leaf("housing", "in", ["owned", "none"])},
            {"not": HOME},
            True,
        ),
        ({"not": HOME}, {"not": leaf("housing", "in", ["owned", "none"])}, False),
    ],
)
def test_a_stricter_answer_includes_a_weaker_one(narrow, wide, included):
    rules = route(wide), route({"all": [narrow, PERMIT]}, "b")

    assert ("has_residence_permit" in asked(*rules)) is not included


def test_the_place_is_asked_first_where_it_is_open():
    assert asked(route(HOME, **BOTH), area="anywhere")[0] == "target_township"
    assert asked(route(HOME, **BOTH), area="town")[0] == "target_in_town_area"
    assert asked(route(HOME, **BOTH), area="county") == ("housing",)


def test_the_likely_way_comes_first_and_what_all_depends_on_before_what_will_do():
    short = leaf("housing", "in", ["owned", "rented_private", "rented_public"])
    long = {"all": [leaf("sponsor", "is", "child"), {"any": [PERMIT, SLIP]}]}

    found = asked(route(long), route(short, "b"))

    assert found == ("housing", "sponsor", "has_residence_registration", "has_residence_permit")


def test_what_several_ways_share_comes_before_what_one_asks():
    one = {"all": [PENSION, PERMIT]}
    other = {"all": [SLIP, PERMIT]}

    assert asked(route(one), route(other, "b"))[0] == "has_residence_permit"


def test_a_way_that_an_officer_opens_comes_after_the_others():
    officers = route({"all": [HOME, judgement()]})

    assert asked(officers, route(PERMIT, "b")) == ("has_residence_permit", "housing")


# --- Nobody is eligible now: what could give a date, or an earlier one?


def test_a_missing_fact_that_could_give_a_date_is_asked():
    rules = route(HOME), later(PERMIT)

    assert asked(*rules, housing="none") == ("has_residence_permit",)
    assert asked(*rules, housing="none", has_residence_permit=False) == ()


def test_what_could_only_give_a_later_date_is_not_asked():
    soon, late = route(PENSION, "a"), route(HOME, "b")
    rules = soon, late, later(PERMIT, "b")
    known = {"housing": "none"}

    found = Check(
        make_ruleset(*rules),
        make_facts(TODAY, "county", **known, pension_insurance_months=11),
        TODAY,
    )
    slow = asked(*rules, **known, pension_insurance_months=0)

    assert found.verdict is Overall.NOT_YET
    assert found.earliest_date == date(2019, 7, 15)
    assert found.next_facts == ()
    assert slow == ("has_residence_permit",)  # 2020-01-01 would be before 2020-06-15


def test_what_an_officer_has_to_decide_later_gives_no_date():
    rules = route(HOME), later({"all": [PERMIT, judgement()]})

    assert asked(*rules, housing="none") == ()


def test_who_grows_into_a_rule_is_asked_for_the_rest_of_it():
    condition = {"all": [PENSION, PERMIT]}

    assert asked(route(condition), pension_insurance_months=11) == ("has_residence_permit",)


def test_the_shipped_rules_ask_nothing_of_somebody_eligible():
    check = make_check(date(2026, 6, 1), "urban", housing="rented_public")

    assert check.verdict is Overall.ELIGIBLE
    assert check.next_facts == ()
