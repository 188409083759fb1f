"""Why: the leaves that settle an answer, what is missing, and the papers that prove it."""

from decimal import Decimal

import pytest

from eligibility.core.evaluate import judge_rule, trace
from eligibility.core.explain import gap, papers, reasons, unknown_facts
from tests.eligibility.builders import judgement, leaf, make_rule, shipped_rule

PERMIT = leaf("has_residence_permit", "is", True)
SLIP = leaf("has_residence_registration", "is", True)
HOME = leaf("housing", "is", "owned")


def judged(rule, **values):
    return trace(rule, judge_rule(rule, values), values)


def test_only_the_leaves_that_settle_it_are_reasons():
    rule = make_rule({"all": [HOME, {"any": [PERMIT, SLIP]}]})

    def named(**values):
        return [at.node.id for at in reasons(judged(rule, **values))]

    slip = "has-residence-registration"
    permit = "has-residence-permit"
    assert named(housing="owned", has_residence_registration=True) == ["housing", slip]
    assert named(housing="none", has_residence_permit=True) == ["housing"]
    both_no = {"has_residence_permit": False, "has_residence_registration": False}
    assert named(housing="owned", **both_no) == [permit, slip]
    assert named(housing="owned", has_residence_permit=False) == [slip]


def test_the_child_of_a_not_is_its_reason():
    rule = make_rule({"all": [HOME, {"not": PERMIT}]})

    found = list(reasons(judged(rule, housing="owned", has_residence_permit=True)))

    assert [at.node.id for at in found] == ["has-residence-permit"]


def test_the_missing_facts_on_which_it_hangs():
    rule = make_rule(
        {
            "all": [
                {"any": [PERMIT, leaf("age_years", "at_least", 60)]},
                leaf("age_years", "at_least", 18, id="adult"),
                HOME,
            ]
        }
    )

    assert unknown_facts(judged(rule, housing="owned")) == ("has_residence_permit", "birth_date")
    assert unknown_facts(judged(rule, housing="none")) == ()
    assert unknown_facts(judged(rule, housing="owned", age_years=30)) == ("has_residence_permit",)


@pytest.mark.parametrize(
    ("asks", "values", "amount", "unit", "grows"),
    [
        (
            leaf("pension_insurance_months", "at_least", 60),
            {"pension_insurance_months": 59},
            1,
            "months",
            True,
        ),
        (
            leaf("pension_insurance_months", "above", 60),
            {"pension_insurance_months": 60},
            1,
            "months",
            True,
        ),
        (leaf("age_years", "at_least", 60), {"age_years": 18}, 42, "years", True),
        (
            leaf("housing_area_per_person_m2", "at_least", "39.14"),
            {"housing_area_per_person_m2": Decimal("39.13")},
            Decimal("0.01"),
            "m2",
            False,
        ),
    ],
)
def test_what_is_missing_to_a_figure(asks, values, amount, unit, grows):
    found = gap(judged(make_rule(asks), **values))

    assert (found.amount, found.unit, found.grows) == (amount, unit, grows)


@pytest.mark.parametrize(
    ("asks", "values"),
    [
        (HOME, {"housing": "none"}),
        (leaf("education", "at_least", "bachelor"), {"education": "none"}),
        (leaf("age_years", "below", 18), {"age_years": 18}),
        (leaf("age_years", "at_least", 18), {"age_years": 18}),
        (leaf("age_years", "at_least", 18), {}),
        (judgement(), {}),
    ],
)
def test_nothing_is_missing_where_nothing_is_counted(asks, values):
    assert gap(judged(make_rule(asks), **values)) is None


def codes(label, **values):
    rule = shipped_rule(label)
    return [paper.code for paper, _ in papers(rule, judged(rule, **values), values)]


def test_everybody_brings_the_register_and_the_card():
    assert set(codes("urban-investor@2016")) >= {"household_register", "identity_card"}


@pytest.mark.parametrize(
    ("housing", "brought"),
    [
        ("owned", {"title_deed"}),
        ("rented_private", {"private_lease", "lease_registration"}),
        ("rented_public", {"public_lease"}),
        (None, {"title_deed", "private_lease", "lease_registration", "public_lease"}),
    ],
)
def test_the_papers_of_a_home_go_with_the_home(housing, brought):
    values = {} if housing is None else {"housing": housing}

    always = {"household_register", "identity_card"}
    assert set(codes("county-stable-residence@2023", **values)) == always | brought


def test_one_proof_of_several_that_do_is_enough():
    values = {"education": "bachelor", "professional_title": "senior"}

    assert codes("urban-talent@2020", **values)[2:] == [
        "graduation_certificate",
        "education_report",
    ]
    assert codes("urban-talent@2020", professional_title="senior", education="none")[2:] == [
        "title_certificate"
    ]


def test_a_paper_is_named_once_with_the_clause_that_it_proves():
    rule = shipped_rule("urban-owner@2016")
    values = {"housing": "owned"}

    found = papers(rule, judged(rule, **values), values)

    deeds = [(paper.code, clause) for paper, clause in found if paper.code == "title_deed"]
    assert deeds == [("title_deed", "三(二)")]
    assert {paper.code for paper, _ in found} >= {"pension_record"}


def test_what_must_not_be_so_needs_no_paper():
    rule = make_rule({"not": HOME})

    assert papers(rule, judged(rule, housing="none"), {"housing": "none"}) == ()


def test_the_papers_of_the_rule_table():
    assert set(codes("unregistered-person@2016", hukou_place="none")) >= {
        "birth_proof",
        "inquiry_material",
    }
    assert set(codes("family-spouse@2023", sponsor="spouse", lives_with_sponsor=True)) >= {
        "marriage_certificate"
    }
    working = codes("urban-employment@2016", employment="self_employed")
    assert "trader_licence" in working
    assert "labour_contract" not in working
