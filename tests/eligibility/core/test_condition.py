"""Conditions read, written back, and refused with the place and what to do."""

from decimal import Decimal

import pytest

from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Not,
    OfficerJudgement,
    Parameter,
    children_of,
    leaves,
    parse,
    satisfying,
    scope_for,
    serialise,
    walk,
)
from eligibility.core.errors import RuleMalformed
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE
from tests.eligibility.builders import judgement, leaf, legal_files, shipped_ruleset

PARAMETERS = {
    "months": Parameter(value=12, unit="months", clause="一"),
    "years": Parameter(value=5, unit="years", clause="一"),
    "too_many": Parameter(value=2000, unit="months", clause="一"),
}
SCOPE = scope_for("route", PARAMETERS, {"一"}, {"deed"})
OWNED = leaf("housing", "is", "owned")


@pytest.mark.parametrize("rule", shipped_ruleset().versions, ids=lambda rule: rule.label)
def test_what_is_written_back_reads_the_same(rule):
    scope = scope_for(rule.kind, rule.parameters, rule.citations, rule.papers)

    written = serialise(rule.condition)

    assert parse(written, scope, "condition") == rule.condition
    assert serialise(parse(written, scope, "condition")) == written


def test_shipped_conditions_are_written_back_as_their_files_say_them():
    for file in legal_files():
        for record, rule in zip(file.records, file.rules, strict=True):
            assert serialise(rule.condition) == record["condition"], rule.label


def test_every_node_is_read():
    raw = {
        "all": [
            leaf("pension_insurance_months", "at_least", "$months", papers=["deed"]),
            {"any": [OWNED, {"not": leaf("lease_registered", "is", True)}], "self_only": True},
            judgement(),
        ]
    }

    node = parse(raw, SCOPE, "condition")

    pension, some, officer = node.children
    assert isinstance(node, All)
    assert not node.self_only
    assert pension == Compare(
        id="pension-insurance-months",
        clause="一",
        fact="pension_insurance_months",
        operator="at_least",
        value=12,
        parameter="months",
        papers=("deed",),
    )
    assert isinstance(some, AnyOf)
    assert some.self_only
    assert isinstance(some.children[1], Not)
    assert isinstance(officer, OfficerJudgement)
    assert dict(officer.asks) == {"zh": "由派出所认定", "en": "what the officer decides"}
    assert serialise(node) == raw
    assert [type(n).__name__ for n in walk(node)] == [
        "All",
        "Compare",
        "AnyOf",
        "Compare",
        "Not",
        "Compare",
        "OfficerJudgement",
    ]
    assert [n.id for n in leaves(node)] == [
        "pension-insurance-months",
        "housing",
        "lease-registered",
        "officer-looks",
    ]
    assert children_of(pension) == ()


@pytest.mark.parametrize(
    ("raw", "at", "says"),
    [
        (None, "condition", "expected `all` or `any`"),
        ([], "condition", "expected `all` or `any`"),
        ({"all": []}, "condition", "expected `all` or `any`"),
        ({"all": OWNED}, "condition", "expected `all` or `any`"),
        ({"fact": "housing", "is": "owned"}, "condition", "a leaf with `id`"),
        ({"all": [OWNED, "owned"]}, "condition.all[1]", "expected `all` or `any`"),
        ({"any": [{"all": [OWNED, {}]}]}, "condition.any[0].all[1]", "expected"),
        ({"all": [OWNED], "some": 1}, "condition", "`some` does not belong here; take it out"),
        ({"any": [OWNED], "papers": []}, "condition", "`papers` does not belong here"),
        ({"all": [OWNED], "self_only": 1}, "condition.self_only", "write true or false"),
        ({"not": OWNED, "self_only": True}, "condition", "`self_only` does not belong here"),
        ({"not": judgement()}, "condition.not", "one leaf that compares a fact; nothing else"),
        ({"not": {"all": [OWNED]}}, "condition.not", "one leaf that compares a fact"),
        ({"not": {"not": OWNED}}, "condition.not", "one leaf that compares a fact"),
        (leaf("housing", "is", "owned", id="Home"), "condition", "lower-case-with-hyphens"),
        (judgement("Officer looks"), "condition", "lower-case-with-hyphens"),
        ({**OWNED, "clause": ""}, "condition", "the citation is missing; add `clause:`"),
        ({**OWNED, "clause": None}, "condition", "the citation is missing"),
        ({**OWNED, "clause": "二"}, "condition.clause", "add its words under `clauses:`"),
        ({**judgement(), "clause": "二"}, "condition.clause", "no clause '二' is quoted"),
        ({**OWNED, "papers": None}, "condition", "`papers: []` says that none is needed"),
        ({**OWNED, "papers": ["lease"]}, "condition.papers", "'lease' is not in the register"),
        ({**judgement(), "asks": "?"}, "condition.asks", "say in `zh` and `en`"),
        ({**judgement(), "asks": {"zh": "问", "en": ""}}, "condition.asks", "say in `zh` and `en`"),
        ({**judgement(), "fact": "housing"}, "condition", "`fact` does not belong here"),
        ({**OWNED, "equals": 1}, "condition", "`equals` does not belong here"),
        ({**OWNED, "in": ["owned"]}, "condition", "give exactly one operator of is, in"),
        ({k: v for k, v in OWNED.items() if k != "is"}, "condition", "exactly one operator"),
        (leaf("land_rights", "is", False), "condition.fact", "not in the dictionary"),
        (leaf("birth_date", "is", "2000-01-01"), "condition.fact", "not in the dictionary"),
        (leaf("investment_cny", "at_least", 1), "condition.fact", "not in the dictionary"),
        (leaf("relation", "is", "spouse"), "condition.fact", "not in the dictionary"),
        (leaf("housing", "is", "castle"), "condition.is", "it takes owned, rented_private"),
        (leaf("housing", "in", ["castle"]), "condition.in", "'castle' does not fit housing"),
        (leaf("housing", "in", []), "condition.in", "`in` takes a list of choices"),
        (leaf("housing", "in", "owned"), "condition.in", "`in` takes a list of choices"),
        (leaf("age_years", "in", [18]), "condition.in", "`in` takes a list of choices"),
        (leaf("housing", "at_least", "owned"), "condition.at_least", "no order; use `is` or `in`"),
        (leaf("lease_registered", "below", True), "condition.below", "has no order"),
        (leaf("lease_registered", "is", 1), "condition.is", "it takes true or false"),
        (leaf("age_years", "at_least", "18"), "condition.at_least", "a whole number of years"),
        (leaf("age_years", "at_least", True), "condition.at_least", "a whole number of years"),
        (leaf("age_years", "at_least", -1), "condition.at_least", "a whole number of years"),
        (
            leaf("pension_insurance_months", "at_least", 1441),
            "condition.at_least",
            "a whole number of months up to 1440",
        ),
        (
            leaf("housing_area_per_person_m2", "at_least", 39.14),
            "condition.at_least",
            "a number of m2",
        ),
        (
            leaf("housing_area_per_person_m2", "at_least", "-1"),
            "condition.at_least",
            "a number of m2",
        ),
        (
            leaf("age_years", "at_least", "$minimum"),
            "condition.at_least",
            "no parameter 'minimum'; add it under `parameters:`",
        ),
        (
            leaf("age_years", "at_least", "$months"),
            "condition.at_least",
            "months is in 'months', age_years in 'years'; the units must be the same",
        ),
        (
            leaf("pension_insurance_months", "at_least", "$too_many"),
            "condition.at_least",
            "2000 does not fit pension_insurance_months",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_the_remedy(raw, at, says):
    with pytest.raises(RuleMalformed) as refused:
        parse(raw, SCOPE, "condition")

    assert refused.value.at == at
    assert says in refused.value.message
    assert str(refused.value) == f"{at}: {refused.value.message}"


def test_a_family_rule_compares_facts_of_members_and_a_route_those_of_the_applicant():
    family = scope_for("family", {}, {"一"}, ())

    assert parse(leaf("relation", "is", "child"), family, "condition").value == "child"
    with pytest.raises(RuleMalformed, match="not in the dictionary"):
        parse(OWNED, family, "condition")
    assert set(MEMBER_COMPARABLE) == {
        "relation",
        "marital_status",
        "has_own_income",
        "lives_together",
        "age_years",
    }


def test_a_decimal_keeps_the_figure_as_it_is_written():
    node = parse(leaf("housing_area_per_person_m2", "at_least", "39.140"), SCOPE, "condition")

    assert node.value == Decimal("39.14")
    assert serialise(node)["at_least"] == "39.140"


def test_the_choices_that_meet_a_leaf():
    fact = COMPARABLE["skill_grade"]
    node = parse(leaf("skill_grade", "at_least", "grade2"), SCOPE, "condition")

    assert satisfying(node, fact) == {"grade2", "grade1"}
