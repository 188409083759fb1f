"""What changed between two versions, leaf by leaf."""

from itertools import pairwise

import pytest

from eligibility.core.diff import Change, changes
from tests.eligibility.builders import (
    judgement,
    leaf,
    make_rule,
    shipped_rule,
    shipped_ruleset,
)

HOME, PERMIT = leaf("housing", "is", "owned"), leaf("has_residence_permit", "is", True)
PENSION = leaf("pension_insurance_months", "at_least", 12)


def changed(before, after):
    found = changes(make_rule(before), make_rule(after))
    return [(change.kind, change.id) for change in found]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (HOME, HOME, []),
        (HOME, {"all": [HOME, PERMIT]}, [("moved", "housing"), ("added", "has-residence-permit")]),
        (
            {"all": [HOME, PERMIT]},
            {"all": [HOME]},
            [("removed", "has-residence-permit")],
        ),
        (
            PENSION,
            leaf("pension_insurance_months", "at_least", 60),
            [("figure", "pension-insurance-months")],
        ),
        (
            PENSION,
            leaf("pension_insurance_months", "above", 12),
            [("asks", "pension-insurance-months")],
        ),
        (HOME, leaf("housing", "in", ["owned", "rented_public"]), [("values", "housing")]),
        (
            leaf("housing", "is", "owned", id="home"),
            leaf("sponsor_owns_home", "is", True, id="home"),
            [("asks", "home")],
        ),
        (leaf("housing", "is", "owned", id="home"), judgement("home"), [("asks", "home")]),
        (judgement(), judgement(), []),
        (
            judgement(),
            {**judgement(), "asks": {"zh": "别的", "en": "something else"}},
            [("asks", "officer-looks")],
        ),
        (
            {"all": [HOME, PERMIT]},
            {"any": [HOME, PERMIT]},
            [("moved", "housing"), ("moved", "has-residence-permit")],
        ),
        # An `all` in an `all` asks the same.
        ({"all": [HOME, PERMIT]}, {"all": [HOME, {"all": [PERMIT]}]}, []),
        (
            {"any": [HOME, {"all": [PERMIT, PENSION]}]},
            {"any": [HOME, {"all": [PERMIT, PENSION], "self_only": True}]},
            [("moved", "has-residence-permit"), ("moved", "pension-insurance-months")],
        ),
        ({"any": [HOME]}, {"any": [{"not": HOME}]}, [("moved", "housing")]),
    ],
)
def test_leaves_are_paired_by_id(before, after, expected):
    assert changed(before, after) == [(Change(kind), name) for kind, name in expected]


def test_other_papers_for_the_same_question_are_a_change():
    paper = {"deed": {"name": {"zh": "证", "en": "Deed"}}}
    before, after = (
        make_rule(HOME, papers=paper),
        make_rule({**HOME, "papers": ["deed"]}, papers=paper),
    )

    [change] = changes(before, after)

    assert (change.kind, change.before.papers, change.after.papers) == (
        Change.PAPERS,
        (),
        ("deed",),
    )


def test_a_new_citation_alone_is_no_change():
    cited = make_rule(HOME).citations["一"]
    second = {
        "slug": cited.slug,
        "document": dict(cited.document),
        "number": "",
        "article": "二",
        "text": "摘要：试。",
        "provenance": "official",
    }
    after = make_rule({**HOME, "clause": "二"}, citations={"二": second}, clause="二")

    assert changes(make_rule(HOME), after) == ()


def test_what_the_table_says_about_owners_in_2018():
    found = changes(shipped_rule("urban-owner@2016"), shipped_rule("urban-owner@2018"))

    kinds = {change.id: change.kind for change in found}
    assert kinds["housing"] is Change.VALUES
    assert kinds["area-per-person"] is Change.REMOVED
    assert kinds["residence-permit"] is Change.ADDED
    assert kinds["hukou-years"] is Change.ADDED
    [pension] = [change for change in found if change.id == "pension"]
    assert pension.kind is Change.FIGURE
    assert (pension.before.value, pension.after.value) == (12, 60)


def test_every_shipped_version_changes_something():
    for code in dict.fromkeys(rule.code for rule in shipped_ruleset().versions):
        line = [rule for rule in shipped_ruleset().versions if rule.code == code]
        for before, after in pairwise(line):
            assert changes(before, after), after.label
            assert changes(after, after) == ()
