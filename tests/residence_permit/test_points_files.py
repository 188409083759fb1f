"""The shipped schemes, against a count by hand."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.conf import settings

from residence_permit.core.points_estimate import estimate
from residence_permit.core.points_inputs import OWN_INPUTS, parse_inputs
from residence_permit.points_files import read_schemes

TODAY = date(2026, 11, 25)
EDUCATION = {"junior_college": 8, "bachelor": 10, "master": 10, "doctor": 10}
GRADES = {"none": 0, "grade5": 3, "grade4": 5, "grade3": 8, "grade2": 10, "grade1": 10}
TITLES = {"none": 0, "junior": 8, "intermediate": 10, "associate_senior": 10, "senior": 10}


@pytest.fixture(scope="module")
def province():
    return shipped("zj-common")


@pytest.fixture(scope="module")
def school():
    return shipped("xiuzhou-school")


def shipped(code):
    [scheme] = [s for s in read_schemes(settings.BASE_DIR / "fixtures/points") if s.code == code]
    return scheme


def by_hand(age, education, skill_grade, professional_title, insurance, residence):
    """Return the lines as the table of the document gives them."""
    years = 0 if age > 60 else 5 + min(max(55 - age, 0), 15)
    return {
        "age": years,
        "education": EDUCATION.get(education, 5),
        "skill": max(GRADES[skill_grade], TITLES[professional_title]),
        "social_insurance": min(Decimal(insurance) / 2, 30),
        "residence": min(Decimal(residence) / 4, 30),
    }


def test_thousands_of_people_are_scored_as_by_hand(province):
    random = Random(28)
    for _ in range(3000):
        age, insurance, residence = (random.randint(0, most) for most in (100, 90, 180))
        education = random.choice(OWN_INPUTS["education"].values)
        grade, title = random.choice(list(GRADES)), random.choice(list(TITLES))
        stated = {
            "age": age,
            "education": education,
            "skill_grade": grade,
            "professional_title": title,
            "social_insurance_months": insurance,
            "residence_months": residence,
        }
        found = estimate(province, parse_inputs(stated, province.inputs, TODAY))
        wanted = by_hand(age, education, grade, title, insurance, residence)
        assert found.lines == wanted
        assert found.total == sum(wanted.values())
        assert found.officer_lines == (("age",) if age > 60 else ())


def test_the_local_part_is_empty_and_says_so(province):
    [local] = [group for group in province.groups if group.code == "local"]

    assert local.note
    assert not [each for each in province.indicators if each.group == "local"]


FAMILY = {"home_share_percent": None, "child_birth_date": "2020-08-31", "school_year": 2026}
NOTHING = dict.fromkeys(
    (
        "permit_months",
        "insurance_months",
        "above_scale_insured",
        "business_tax_months",
        "business_tax_3y",
        "income_tax_year",
    )
) | {"registration_months": 6}


def line_of(school, line, **parent):
    stated = FAMILY | {"parents": [NOTHING | parent]}
    return estimate(school, parse_inputs(stated, school.inputs, TODAY)).lines[line]


@pytest.mark.parametrize(
    ("line", "name", "edges"),
    [
        ("permit", "permit_months", {0: 5, 11: 5, 12: 10, 23: 10, 24: 15, 35: 15, 36: 25}),
        ("registration", "registration_months", {0: 1, 11: 1, 12: 3, 23: 3, 24: 5}),
        (
            "insurance",
            "insurance_months",
            {0: 1, 11: 1, 12: 5, 23: 5, 24: 10, 35: 10, 36: 15, 47: 15, 48: 20, 59: 20, 60: 25},
        ),
        ("above_scale", "above_scale_insured", {True: 10, False: 0}),
        (
            "income_tax",
            "income_tax_year",
            {"1999.99": 0, 2000: 2, "4999.99": 2, 5000: 5, 20000: 5, "20000.01": 10},
        ),
    ],
)
def test_every_edge_of_a_parents_bands(school, line, name, edges):
    assert {edge: line_of(school, line, **{name: edge}) for edge in edges} == edges
    assert line_of(school, line, **{name: None}) == 0


def test_both_bands_of_a_business_are_added(school):
    taxes = {"9999.99": 0, 10000: 2, "29999.99": 2, 30000: 5, 50000: 5, "50000.01": 10}
    for months, years in {11: 2, 12: 5, 23: 5, 24: 10}.items():
        for tax, points in taxes.items():
            stated = {"business_tax_months": months, "business_tax_3y": tax}
            assert line_of(school, "business", **stated) == years + points


@pytest.mark.parametrize(
    ("share", "born", "total", "reason"),
    [
        ("50.99", "2020-08-31", 1, ""),
        (51, "2020-08-31", 51, ""),
        (51, "2020-09-01", None, "child_age"),
    ],
)
def test_the_home_and_the_age_of_the_child(school, share, born, total, reason):
    family = {"home_share_percent": share, "child_birth_date": born, "school_year": 2026}
    stated = family | {"parents": [NOTHING]}

    found = estimate(school, parse_inputs(stated, school.inputs, TODAY))

    assert (found.total, found.reason) == (total, reason)


def test_two_parents_never_exceed_the_caps(school):
    rich = NOTHING | {"permit_months": 99, "registration_months": 99, "insurance_months": 99}
    rich |= {"above_scale_insured": True, "business_tax_months": 99}
    rich |= {"business_tax_3y": 99999, "income_tax_year": 99999}
    stated = FAMILY | {"home_share_percent": 100, "parents": [rich, rich]}

    found = estimate(school, parse_inputs(stated, school.inputs, TODAY))

    assert found.groups == {"papers": 50, "insurance": 50, "work": 50, "housing": 50}
    assert (found.lines["business"], found.lines["income_tax"]) == (20, 10)
    assert found.total == 200
