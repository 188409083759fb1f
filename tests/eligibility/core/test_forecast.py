"""The earliest date: exact to the day, by growth or by a change of the rule."""

from datetime import date, timedelta

import pytest

from eligibility.core.check import Check
from tests.eligibility.builders import (
    date_of,
    judgement,
    leaf,
    make_check,
    make_facts,
    make_rule,
    make_ruleset,
)

DAY = timedelta(days=1)
URBAN_2019 = {"housing": "owned", "has_residence_permit": True, "zhejiang_hukou_years": 0}


def forecast(as_of, condition, *later, **known):
    """Return the date by a rule of 2016 and, from days of ``later``, by other conditions."""
    versions = [make_rule(condition)]
    versions += [
        make_rule(asks, version=day.isoformat(), effective_from=day.isoformat())
        for day, asks in later
    ]
    check = Check(make_ruleset(*versions), make_facts(as_of, "county", **known), as_of)
    return date_of(check, "trial-route")


@pytest.mark.parametrize(
    ("as_of", "months", "day"),
    [
        (date(2019, 6, 10), 59, date(2019, 7, 10)),
        (date(2019, 6, 10), 58, date(2019, 8, 10)),
        (date(2019, 1, 31), 59, date(2019, 2, 28)),
        (date(2019, 1, 29), 59, date(2019, 2, 28)),
        (date(2019, 1, 28), 59, date(2019, 2, 28)),
        (date(2019, 8, 31), 59, date(2019, 9, 30)),
        (date(2020, 1, 31), 59, date(2020, 2, 29)),
        (date(2019, 6, 10), 60, None),
        # The rule changes before the months have grown: no insurance is asked from then on.
        (date(2019, 6, 10), 40, date(2020, 8, 22)),
        (date(2020, 7, 22), 59, date(2020, 8, 22)),
        (date(2020, 7, 23), 59, date(2020, 8, 22)),
    ],
)
def test_months_grow_on_the_days_of_the_as_of_date(as_of, months, day):
    check = make_check(as_of, "urban", **URBAN_2019, pension_insurance_months=months)

    assert date_of(check, "urban-owner") == day


@pytest.mark.parametrize(
    ("operator", "figure", "day"),
    [
        ("at_least", 12, date(2019, 8, 15)),
        ("above", 12, date(2019, 9, 15)),
        ("is", 12, date(2019, 8, 15)),
        ("at_most", 9, None),
        ("below", 10, None),
    ],
)
def test_every_operator_over_what_grows(operator, figure, day):
    condition = leaf("pension_insurance_months", operator, figure)

    assert forecast(date(2019, 6, 15), condition, pension_insurance_months=10) == day


def test_a_window_that_opens_and_closes_again():
    months = "pension_insurance_months"
    condition = {"all": [leaf(months, "at_least", 12), leaf(months, "below", 13, id="not-yet-13")]}
    as_of = date(2019, 6, 15)

    opens = forecast(as_of, condition, pension_insurance_months=11)

    assert opens == date(2019, 7, 15)
    assert forecast(as_of, condition, pension_insurance_months=13) is None


def test_not_turns_a_loss_into_a_gain():
    condition = {"not": leaf("age_years", "below", 18)}

    assert forecast(date(2020, 1, 1), condition, birth_date="2004-02-29") == date(2022, 3, 1)


@pytest.mark.parametrize(
    ("operator", "figure", "day"),
    [
        ("at_most", 12, date(2019, 9, 15)),
        ("below", 12, date(2019, 8, 15)),
        ("is", 10, date(2019, 7, 15)),
        ("at_least", 5, None),
        ("above", 5, None),
    ],
)
def test_the_opposite_of_what_time_takes_away(operator, figure, day):
    condition = {"not": leaf("pension_insurance_months", operator, figure)}

    assert forecast(date(2019, 6, 15), condition, pension_insurance_months=10) == day


@pytest.mark.parametrize(
    ("born", "day"),
    [("1965-07-01", date(2025, 7, 1)), ("1964-02-29", date(2024, 2, 29))],
)
def test_an_age_is_reached_on_the_birthday(born, day):
    condition = leaf("age_years", "at_least", 60)

    assert forecast(date(2020, 1, 1), condition, birth_date=born) == day


def test_hukou_years_grow_on_the_anniversary_of_the_as_of_date():
    condition = leaf("zhejiang_hukou_years", "at_least", 5)

    assert forecast(date(2020, 2, 29), condition, zhejiang_hukou_years=4) == date(2021, 2, 28)
    assert forecast(date(2020, 2, 29), condition, zhejiang_hukou_years=1) == date(2024, 2, 29)


def test_what_is_lost_with_time_counts_on_the_day_itself():
    condition = {
        "all": [
            leaf("pension_insurance_months", "at_least", 60),
            leaf("age_years", "at_most", 25),
        ]
    }
    as_of = date(2019, 6, 1)

    assert forecast(as_of, condition, pension_insurance_months=59, birth_date="1993-07-02") == date(
        2019, 7, 1
    )
    assert forecast(as_of, condition, pension_insurance_months=59, birth_date="1993-07-01") is None


def test_a_graduation_grows_too_old():
    condition = {
        "all": [
            leaf("graduation_years_begun", "at_most", 15),
            leaf("pension_insurance_months", "at_least", 12),
        ]
    }

    def on(graduated):
        return forecast(
            date(2020, 6, 30), condition, pension_insurance_months=11, graduation_date=graduated
        )

    assert on("2005-07-30") == date(2020, 7, 30)
    assert on("2005-07-29") is None


def test_a_change_of_the_rule_may_bring_the_date_or_take_it():
    pension, permit = (
        leaf("pension_insurance_months", "at_least", 12),
        leaf("has_residence_permit", "is", True),
    )
    as_of, change = date(2019, 6, 15), date(2019, 8, 1)
    known = {"pension_insurance_months": 9, "has_residence_permit": False}

    assert forecast(as_of, pension, **known) == date(2019, 9, 15)
    assert forecast(as_of, pension, (change, permit), **known) is None
    assert forecast(as_of, permit, (change, pension), **known) == date(2019, 9, 15)
    grown = known | {"pension_insurance_months": 12}
    assert forecast(as_of, permit, (change, pension), **grown) == change


def test_a_route_that_has_ended_gives_no_date_and_what_replaces_it_is_not_followed():
    check = make_check(
        date(2023, 6, 30),
        "urban",
        housing="rented_private",
        lease_registered=True,
        residence_registration_months=11,
        months_in_current_rental=5,
    )
    sooner = make_check(
        date(2023, 6, 20),
        "urban",
        housing="rented_private",
        lease_registered=True,
        residence_registration_months=11,
        months_in_current_rental=5,
    )

    assert date_of(check, "urban-tenant") is None  # 2023-07-30 is after the last day
    assert date_of(sooner, "urban-tenant") == date(2023, 7, 20)


def test_a_missing_fact_stays_missing():
    check = make_check(date(2019, 6, 10), "urban", housing="owned", pension_insurance_months=59)

    assert date_of(check, "urban-owner") is None


def test_a_missing_fact_that_another_branch_makes_idle_does_not_stand_in_the_way():
    check = make_check(
        date(2020, 8, 22),
        "county",
        sponsor="child",
        sponsor_owns_home=True,
        sex="female",
        birth_date="1965-08-23",
    )

    assert date_of(check, "family-parent") == date(2020, 8, 23)


def test_no_date_where_only_an_officer_can_say_yes():
    condition = {"all": [leaf("age_years", "at_least", 18), judgement()]}

    assert forecast(date(2020, 1, 1), condition, birth_date="2004-01-01") is None


def test_no_date_while_the_place_is_open():
    known = {"housing": "owned", "has_residence_permit": False}

    assert date_of(make_check(date(2019, 6, 1), "county", **known), "county-stable-residence")
    for area in ("anywhere",):
        check = make_check(date(2019, 6, 1), area, **known)
        assert date_of(check, "county-stable-residence") is None


@pytest.mark.parametrize(
    ("months", "day"),
    [(720, date(2080, 2, 29)), (721, None)],  # sixty years are 720 months
)
def test_the_horizon_is_sixty_years(months, day):
    condition = leaf("pension_insurance_months", "at_least", months)

    assert forecast(date(2020, 2, 29), condition, pension_insurance_months=0) == day


def test_nothing_is_looked_for_after_the_end_of_the_calendar():
    condition = leaf("pension_insurance_months", "at_least", 720)

    assert forecast(date(9990, 1, 1), condition, pension_insurance_months=0) is None
    assert forecast(date.max, condition, pension_insurance_months=719) is None


def test_the_overall_date_is_the_least_and_only_of_not_yet():
    as_of = date(2022, 6, 15)
    known = {
        "housing": "rented_private",
        "lease_registered": True,
        "residence_registration_months": 14,
        "months_in_current_rental": 3,
        "hukou_place": "zhejiang",
        "zhejiang_hukou_years": 4,
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

    check = make_check(as_of, "urban", **known)
    open_still = make_check(as_of, "urban", **{**known, "sponsor": None})

    assert date_of(check, "urban-tenant") == date(2022, 9, 15)
    assert date_of(check, "zhejiang-resident") == date(2023, 6, 15)
    assert check.earliest_date == date(2022, 9, 15)
    assert date_of(open_still, "urban-tenant") == date(2022, 9, 15)
    assert open_still.earliest_date is None
    assert check.values_for(1)["months_in_current_rental"] == 6
    assert check.values_for(0)["months_in_current_rental"] == 3
    assert check.earliest_date - DAY > as_of
