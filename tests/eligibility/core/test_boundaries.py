"""A person on either side of every leaf, by the scalar evaluation and by the dates of real life."""

from datetime import date

import pytest

from eligibility.core.boundaries import as_stated, boundaries, meets
from eligibility.core.condition import Compare, leaves
from eligibility.core.evaluate import judge_rule
from eligibility.core.rule import FAMILY
from eligibility.core.stated import parse_facts
from tests.eligibility.builders import (
    leaf,
    make_rule,
    shipped_rule,
    shipped_ruleset,
    townships,
)

RULES = shipped_ruleset().versions
PENSION = leaf("pension_insurance_months", "at_least", 12)
HOME = leaf("housing", "is", "owned")
PERMIT = leaf("has_residence_permit", "is", True)


def found(condition):
    return boundaries(make_rule(condition))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.label)
def test_every_leaf_of_every_version_is_seen_from_both_sides(rule):
    seen = {(person.leaf.id, person.met) for person in boundaries(rule)}
    for person in boundaries(rule):  # people of one leaf show others too
        for other in leaves(rule.condition):
            if isinstance(other, Compare):
                seen.add((other.id, meets(other, person.values[other.fact])))

    for one in leaves(rule.condition):
        if isinstance(one, Compare):
            assert {(one.id, True), (one.id, False)} <= seen


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.label)
def test_a_boundary_is_judged_alike_one_by_one_and_as_people_state_it(rule):
    day = rule.effective_from
    for person in boundaries(rule):
        assert judge_rule(rule, person.values)[0] == person.verdict
        stated = as_stated(rule, person.values, day)
        raw = {"household": [stated]} if rule.kind == FAMILY else stated
        facts = parse_facts(raw, as_of=day, townships=townships())
        values = facts.member_values(0) if rule.kind == FAMILY else facts.values
        assert {name: values[name] for name in person.values} == person.values


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.label)
def test_a_pair_differs_in_the_fact_of_its_leaf_alone(rule):
    pairs = {}
    for person in boundaries(rule):
        pairs.setdefault(person.leaf.id, {})[person.met] = person
    for name, sides in pairs.items():
        if len(sides) == 2 and (rule.label, name) != ("family-parent@2020", "male"):
            differing = {
                fact
                for fact, value in sides[True].values.items()
                if sides[False].values[fact] != value
            }
            assert differing == {sides[True].leaf.fact}, name
            assert sides[True].verdict != sides[False].verdict


def test_a_figure_is_shown_at_it_and_one_below():
    yes, no = found(PENSION)

    assert (yes.met, yes.values) == (True, {"pension_insurance_months": 12})
    assert (no.met, no.values) == (False, {"pension_insurance_months": 11})


@pytest.mark.parametrize(
    ("operator", "value", "yes", "no"),
    [
        ("at_least", "39.14", "39.14", "39.13"),
        ("at_most", "39.14", "39.14", "39.15"),
        ("above", "39.14", "39.15", "39.14"),
        ("below", "39.14", "39.13", "39.14"),
    ],
)
def test_a_decimal_figure_is_shown_to_the_hundredth(operator, value, yes, no):
    people = found(leaf("housing_area_per_person_m2", operator, value))

    assert [str(p.values["housing_area_per_person_m2"]) for p in people] == [yes, no]


def test_a_level_is_shown_beside_the_one_that_is_named():
    yes, no = found(leaf("education", "at_least", "bachelor"))

    assert (yes.values["education"], no.values["education"]) == ("bachelor", "junior_college")


def test_an_opposite_is_shown_from_both_sides():
    yes, no = found({"not": PERMIT})

    assert (yes.met, yes.verdict.wire) == (True, "not_met")
    assert (no.met, no.verdict.wire) == (False, "met")


def test_the_other_branches_are_not_met():
    people = found({"any": [HOME, {"all": [PENSION, PERMIT]}]})

    [home, *_] = people
    assert home.values["has_residence_permit"] is False
    assert [p.verdict.wire for p in people if p.leaf.id == "housing"] == ["met", "not_met"]


def test_a_leaf_that_never_decides_is_shown_all_the_same():
    people = found({"any": [HOME, {"all": [HOME | {"id": "again"}, PERMIT]}]})

    permit = {p.met: p.verdict for p in people if p.leaf.id == "has-residence-permit"}
    assert permit[True] == permit[False]


AGES = [
    ("at_least", 60, True, "1960-08-22"),  # sixty today
    ("at_least", 60, False, "1960-08-23"),  # sixty tomorrow
    ("at_most", 25, True, "1994-08-23"),  # twenty-six tomorrow
    ("at_most", 25, False, "1994-08-22"),
    ("below", 18, True, "2002-08-23"),
    ("below", 18, False, "2002-08-22"),
]


@pytest.mark.parametrize(("operator", "figure", "met", "born"), AGES)
def test_an_age_is_shown_on_the_birthday_and_the_day_before(operator, figure, met, born):
    rule = make_rule(leaf("age_years", operator, figure))
    [person] = [p for p in boundaries(rule) if p.met is met]

    assert as_stated(rule, person.values, date(2020, 8, 22)) == {"birth_date": born}


@pytest.mark.parametrize(("met", "day"), [(True, "2005-08-22"), (False, "2005-08-21")])
def test_a_graduation_is_shown_on_the_anniversary_and_the_day_after(met, day):
    rule = make_rule(leaf("graduation_years_begun", "at_most", 15))
    [person] = [p for p in boundaries(rule) if p.met is met]

    assert as_stated(rule, person.values, date(2020, 8, 22)) == {"graduation_date": day}


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2023, 2, 28), date(2023, 3, 1)])
@pytest.mark.parametrize("fact", ["age_years", "graduation_years_begun"])
def test_days_are_right_around_29_february(fact, day):
    rule = make_rule(leaf(fact, "at_least", 20))
    for person in boundaries(rule):
        facts = parse_facts(as_stated(rule, person.values, day), as_of=day, townships={})

        assert facts.values[fact] == person.values[fact]


def test_the_tenant_of_2022_as_an_official_would_try_him():
    rule = shipped_rule("urban-tenant@2022")

    tried = [
        (person.leaf.id, person.met, person.values[person.leaf.fact]) for person in boundaries(rule)
    ]
    assert tried == [
        ("housing", True, "rented_private"),
        ("housing", False, "owned"),
        ("lease-registered", True, True),
        ("lease-registered", False, False),
        ("registration-months", True, 12),
        ("registration-months", False, 11),
        ("current-rental", True, 6),
        ("current-rental", False, 5),
    ]
