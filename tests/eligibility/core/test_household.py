"""Who may come along, by which branches of which routes."""

from datetime import date, timedelta

import pytest

from eligibility.core.household import self_only
from tests.eligibility.builders import make_check, route_of

DAY = timedelta(days=1)
V2016, V2022, V2023 = date(2017, 1, 1), date(2022, 6, 1), date(2026, 6, 1)
OWNER = {"housing": "owned", "has_residence_permit": True}
# relation -> in 2016, in 2022, in 2023; for somebody grown up, married, with an income
TABLE = {
    "spouse": ("met", "met", "met"),
    "parent": ("met", "met", "met"),
    "child": ("not_met", "met", "met"),
    "grandparent": ("not_met", "not_met", "officer_decides"),
    "grandchild": ("not_met", "not_met", "officer_decides"),
    "sibling": ("not_met", "not_met", "not_met"),
    "other": ("not_met", "not_met", "not_met"),
    None: ("unknown", "unknown", "unknown"),
}


def member(relation, **known):
    """Return somebody grown up, married, with an income, who lives with the applicant."""
    plain = {
        "relation": relation,
        "birth_date": "1980-01-01",
        "marital_status": "married",
        "has_own_income": True,
        "lives_together": True,
    }
    return {name: value for name, value in (plain | known).items() if value is not None}


def verdicts(as_of, *household, area="county", **known):
    check = make_check(as_of, area, **{**OWNER, **known}, household=list(household))
    return [person.verdict.wire for person in check.members]


@pytest.mark.parametrize("relation", TABLE, ids=str)
def test_the_table_of_relations(relation):
    found = [verdicts(day, member(relation))[0] for day in (V2016, V2022, V2023)]

    assert tuple(found) == TABLE[relation]


@pytest.mark.parametrize("relation", TABLE, ids=str)
@pytest.mark.parametrize("day", [V2016, V2022, V2023])
def test_nobody_who_lives_elsewhere_comes_along(relation, day):
    assert verdicts(day, member(relation, lives_together=False)) == ["not_met"]


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({"birth_date": "1999-01-02"}, "met"),  # 18 tomorrow
        ({"birth_date": "1999-01-01"}, "not_met"),
        ({"marital_status": "single", "has_own_income": False}, "met"),
        ({"marital_status": "divorced", "has_own_income": False}, "not_met"),
        ({"marital_status": "single", "has_own_income": True}, "not_met"),
        ({"marital_status": "single", "has_own_income": None}, "unknown"),
        ({"birth_date": None}, "unknown"),
        ({"birth_date": None, "marital_status": "single", "has_own_income": False}, "met"),
        ({"birth_date": "2010-01-01", "lives_together": None}, "unknown"),
    ],
)
def test_a_child_before_2022(known, verdict):
    assert verdicts(V2016, member("child", **known)) == [verdict]


@pytest.mark.parametrize(
    ("relation", "first"), [("child", date(2022, 2, 1)), ("grandchild", date(2023, 7, 22))]
)
def test_the_table_changes_on_its_day(relation, first):
    before, after = (verdicts(day, member(relation))[0] for day in (first - DAY, first))

    assert before == "not_met"
    assert after in ("met", "officer_decides")


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({}, "met"),
        ({"housing": None}, "unknown"),
        ({"housing": "none"}, "unknown"),  # some other route may still admit family
        ({"housing": "none", "hukou_place": "outside", "graduate_status": "none"}, "not_met"),
    ],
)
def test_a_member_goes_no_further_than_the_best_route_that_admits_family(known, verdict):
    assert verdicts(V2023, member("spouse"), **known) == [verdict]


def test_a_route_for_the_applicant_alone_takes_nobody_along():
    alone = {"housing": "none", "hukou_place": "none", "graduate_status": "none"}

    check = make_check(
        V2023,
        "county",
        **alone,
        sponsor="spouse",
        lives_with_sponsor=True,
        household=[member("child")],
    )

    assert check.verdict == "eligible"
    assert [person.verdict.wire for person in check.members] == ["not_met"]
    assert self_only(check.assessment, route_of(check, "family-spouse"))
    assert self_only(check.assessment, route_of(check, "unregistered-person"))


VOCATIONAL = {
    "education": "secondary_vocational",
    "graduation_date": "2010-07-01",
    "employment": "contract",
    "has_residence_permit": True,
    "housing": "none",
    "hukou_place": "outside",
    "graduate_status": "none",
    "invests_locally": False,
    "honour": "none",
}


@pytest.mark.parametrize(
    ("known", "route", "alone", "family"),
    [
        # The branch that gives the verdict registers the applicant alone.
        (
            {
                "skill_in_shortage": False,
                "special_occupation": False,
                "foreign_degree_certified": False,
            },
            "met",
            True,
            "not_met",
        ),
        # Another branch is met as well: the family may come along by that one.
        ({"skill_in_shortage": True}, "met", False, "met"),
        # The other branches are still open: so far nobody may come along.
        ({}, "met", True, "unknown"),
        # No branch is met: those that admit family give that verdict too.
        (
            {
                "employment": "none",
                "skill_in_shortage": False,
                "special_occupation": False,
            },
            "not_met",
            False,
            "not_met",
        ),
        ({"graduation_date": None}, "unknown", False, "unknown"),
    ],
)
def test_the_branch_for_the_applicant_alone(known, route, alone, family):
    facts = {**VOCATIONAL, **known}

    check = make_check(date(2021, 6, 1), "urban", **facts, household=[member("spouse")])

    found = route_of(check, "urban-employment")
    assert found.verdict.wire == route
    assert self_only(check.assessment, found) is alone
    assert [person.verdict.wire for person in check.members] == [family]


@pytest.mark.parametrize(("day", "alone"), [(date(2020, 8, 21), False), (date(2020, 8, 22), True)])
def test_talent_takes_the_family_along_until_2020(day, alone):
    check = make_check(day, "urban", education="bachelor", has_residence_permit=True)

    assert self_only(check.assessment, route_of(check, "urban-talent")) is alone


def test_nobody_comes_along_outside_the_policy():
    check = make_check(V2023, "rural", housing="owned", household=[member("spouse")])

    assert [person.verdict.wire for person in check.members] == ["not_met"]


def test_members_keep_their_places():
    check = make_check(
        V2023, "county", **OWNER, household=[member("sibling"), member("spouse"), {}]
    )

    found = [(p.index, p.relation, p.verdict.wire) for p in check.members]
    assert found == [(0, "sibling", "not_met"), (1, "spouse", "met"), (2, None, "unknown")]
    assert {p.rule.label for p in check.members} == {"accompanying-family@2023"}
    assert {p.route.code for p in check.members} == {"county-stable-residence"}
    assert make_check(V2023, "county").members == ()


def test_of_several_routes_that_admit_family_the_first_of_the_table_is_named():
    check = make_check(
        V2023, "county", housing="owned", hukou_place="330402", household=[member("spouse")]
    )

    assert route_of(check, "intra-city-move").verdict.wire == "met"
    assert [p.route.code for p in check.members] == ["county-stable-residence"]
