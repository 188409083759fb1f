"""The lattice: not_met < unknown < officer < met."""

from decimal import Decimal
from itertools import product

import pytest

from eligibility.core.evaluate import judge_rule
from eligibility.core.facts import COMPARABLE
from eligibility.core.verdict import WIRE, Overall, Verdict
from tests.eligibility.builders import judgement, leaf, make_rule

HIGHER = ["junior_college", "bachelor", "master", "doctor"]
N, U, O, M = Verdict  # noqa: E741
PERMIT = "has_residence_permit"
STATED = {M: {"housing": "owned"}, N: {"housing": "none"}, U: {}}


def test_the_order_and_the_names():
    assert N < U < O < M
    assert [WIRE[v] for v in Verdict] == ["not_met", "unknown", "officer_decides", "met"]
    assert Verdict.OFFICER.wire == "officer_decides"
    assert [v.value for v in Overall] == [
        "eligible",
        "officer_decides",
        "more_information_needed",
        "not_yet",
        "not_eligible",
        "not_covered",
    ]


def _part(fact: str, verdict: Verdict):
    """Return a condition over one fact and the value that gives it this verdict."""
    if verdict is O:
        return judgement(f"officer-{fact.replace('_', '-')}"), {}
    value = {M: {fact: True}, N: {fact: False}, U: {}}[verdict]
    return leaf(fact, "is", True), value


@pytest.mark.parametrize(("first", "second"), list(product(Verdict, repeat=2)))
def test_all_is_the_least_and_any_the_greatest(first, second):
    (one, stated), (other, more) = _part(PERMIT, first), _part("lease_registered", second)
    values = stated | more

    whole, some = make_rule({"all": [one, other]}), make_rule({"any": [one, other]})

    assert judge_rule(whole, values)[0] == min(first, second)
    assert judge_rule(some, values)[0] == max(first, second)


@pytest.mark.parametrize(("verdict", "negated"), [(M, N), (N, M), (U, U)])
def test_not_turns_round_what_is_known(verdict, negated):
    rule = make_rule({"not": leaf("housing", "is", "owned")})

    assert judge_rule(rule, STATED[verdict]) == (negated, verdict)


def test_a_judgement_is_an_officers_whatever_is_known():
    rule = make_rule({"all": [leaf("housing", "is", "owned"), judgement()]})

    assert [judge_rule(rule, STATED[v])[0] for v in (M, U, N)] == [O, U, N]
    for unknown in (N, U, M):
        assert judge_rule(make_rule(judgement()), {}, unknown=unknown)[0] == O


@pytest.mark.parametrize(
    ("operator", "met", "not_met"),
    [
        ("at_least", (12, 13), (0, 11)),
        ("above", (13, 1440), (0, 12)),
        ("at_most", (0, 12), (13, 1440)),
        ("below", (0, 11), (12, 13)),
        ("is", (12,), (11, 13)),
    ],
)
def test_the_operators_over_a_figure(operator, met, not_met):
    rule = make_rule(leaf("pension_insurance_months", operator, 12))

    def judge(months):
        return judge_rule(rule, {"pension_insurance_months": months})[0]

    assert {judge(months) for months in met} == {M}
    assert {judge(months) for months in not_met} == {N}
    assert judge(None) == U


@pytest.mark.parametrize(
    ("operator", "met"),
    [
        ("at_least", ["senior_middle", "secondary_vocational", *HIGHER]),
        ("above", HIGHER),
        ("at_most", ["none", "junior_middle", "senior_middle", "secondary_vocational"]),
        ("below", ["none", "junior_middle"]),
        ("is", ["senior_middle"]),
    ],
)
def test_the_operators_over_levels_two_of_which_are_equal(operator, met):
    rule = make_rule(leaf("education", operator, "senior_middle"))
    levels = COMPARABLE["education"].values

    found = [level for level in levels if judge_rule(rule, {"education": level})[0] == M]

    assert found == met


def test_amounts_are_compared_exactly():
    rule = make_rule(leaf("housing_area_per_person_m2", "at_least", "39.14"))

    def judge(amount):
        return judge_rule(rule, {"housing_area_per_person_m2": Decimal(amount)})[0]

    assert [judge("39.14"), judge("39.140"), judge("39.1399999999999999")] == [M, M, N]


def test_a_fact_without_a_value_is_unknown_and_never_no():
    rule = make_rule(leaf(PERMIT, "is", False))

    assert [judge_rule(rule, {PERMIT: v})[0] for v in (False, True, None)] == [M, N, U]
