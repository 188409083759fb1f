"""What the static checks find, where, and that they find nothing in the law as it is."""

import pytest

from eligibility.core.cases import TooManyCases, all_cases
from eligibility.core.static_checks import Fault, findings, narrower
from tests.eligibility.builders import judgement, leaf, make_rule, shipped_ruleset

OWNED = leaf("housing", "is", "owned", id="owned")
RENTED = leaf("housing", "is", "rented_private", id="rented")
PERMIT = leaf("has_residence_permit", "is", True, id="permit")
SLIP = leaf("has_residence_registration", "is", True, id="slip")


def pension(operator, months, name="pension"):
    return leaf("pension_insurance_months", operator, months, id=name)


def found(condition):
    return [(finding.fault.value, finding.at) for finding in findings(make_rule(condition))]


@pytest.mark.parametrize("rule", shipped_ruleset().versions, ids=lambda rule: rule.label)
def test_the_law_as_it_is_has_no_fault_but_a_word_too_many(rule):
    """Source: "men of 60, women of 55" (2020): a woman of 60 qualifies all the same."""
    said = [(finding.fault.value, finding.at) for finding in findings(rule)]
    extra = [("leaf_adds_nothing", "condition.all[1].any[0].all[0]")]

    assert said == (extra if rule.label == "family-parent@2020" else [])


CASES = {
    "two homes at once": ({"all": [OWNED, RENTED]}, [("contradiction", "condition")]),
    "more and less at once": (
        {"all": [PERMIT, {"all": [pension("at_least", 60), pension("below", 12, "less")]}]},
        [("contradiction", "condition.all[1]")],
    ),
    "a branch inside another": (
        {"any": [PERMIT, {"all": [PERMIT | {"id": "again"}, OWNED]}]},
        [("unreachable_branch", "condition.any[1]")],
    ),
    "a higher figure beside a lower": (
        {"any": [pension("at_least", 12), pension("at_least", 60, "more")]},
        [("unreachable_branch", "condition.any[1]")],
    ),
    "a branch that nobody meets": (
        {"any": [PERMIT, {"all": [OWNED, RENTED]}]},
        [("unreachable_branch", "condition.any[1]")],
    ),
    "a lower figure under a higher": (
        {"all": [pension("at_least", 60), pension("at_least", 12, "less")]},
        [("leaf_adds_nothing", "condition.all[1]")],
    ),
    "yes or no": (
        {"any": [PERMIT, leaf("has_residence_permit", "is", False, id="none")]},
        [("asks_nothing", "condition")],
    ),
    "every answer allowed": (
        leaf(
            "employment",
            "in",
            ["contract", "self_employed", "business_owner", "public_sector", "none"],
        ),
        [("asks_nothing", "condition")],
    ),
    "a fact that does not count": (
        {"any": [PERMIT, {"all": [SLIP, OWNED]}, {"all": [SLIP, {"not": OWNED}]}]},
        [
            ("leaf_adds_nothing", "condition.any[1].all[1]"),
            ("leaf_adds_nothing", "condition.any[2].all[1].not"),
        ],
    ),
    "an opposite that matters": ({"all": [{"not": PERMIT}, SLIP]}, []),
    "an opposite that is said already": (
        {"all": [leaf("housing", "in", ["rented_private", "rented_public"]), {"not": OWNED}]},
        [("leaf_adds_nothing", "condition.all[1].not")],
    ),
    "an officer keeps a branch open": ({"all": [PERMIT, judgement()]}, []),
    "an officer beside what is computed": ({"any": [PERMIT, judgement()]}, []),
    "nothing wrong": ({"all": [OWNED, {"any": [PERMIT, SLIP]}]}, []),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_found_at_its_place(name):
    condition, expected = CASES[name]

    assert found(condition) == expected


def test_a_condition_that_nobody_could_read_is_refused_and_not_tried():
    many = [
        leaf(fact, "at_least", figure, id=f"{fact.replace('_', '-')}-{figure}")
        for fact in (
            "pension_insurance_months",
            "continuous_residence_months",
            "residence_registration_months",
            "months_in_current_rental",
            "zhejiang_hukou_years",
            "age_years",
        )
        for figure in range(5, 50, 4)
    ]
    rule = make_rule({"any": many})

    with pytest.raises(TooManyCases, match="split the rule"):
        all_cases([rule.condition])
    assert found({"any": many}) == [("too_many_cases", "condition")]


def test_a_narrower_draft_is_shown_with_somebody_who_loses():
    superior = make_rule({"all": [leaf("housing", "in", ["owned", "rented_private"])]})
    draft = make_rule({"all": [OWNED, PERMIT]})

    [finding] = narrower(draft, superior)

    assert finding.fault is Fault.NARROWER
    assert finding.person["housing"] in ("owned", "rented_private")


@pytest.mark.parametrize(
    "condition", [OWNED, leaf("housing", "in", ["owned", "rented_private"]), {"any": [OWNED, SLIP]}]
)
def test_a_draft_that_is_as_wide_or_wider_is_no_finding(condition):
    assert list(narrower(make_rule(condition), make_rule(OWNED))) == []
