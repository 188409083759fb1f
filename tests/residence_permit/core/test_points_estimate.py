"""The arithmetic of a points scheme: bands, units, caps, parents, requirements, deductions."""

from datetime import date
from decimal import Decimal

import pytest

from eligibility.core.errors import FactsRefused, RuleMalformed
from residence_permit.core.points_estimate import estimate
from residence_permit.core.points_inputs import parse_inputs
from residence_permit.core.points_scheme import read_scheme

TODAY = date(2026, 11, 25)
BOTH = {"zh": "名", "en": "Name"}


def indicator(code, group, cap, value, **more):
    about = {"code": code, "group": group, "name": BOTH, "cap": cap, "clause": "c"}
    return about | {"value": value} | more


def record(groups, indicators, **more):
    citation = {"slug": "s", "document": BOTH, "number": "", "article": "c", "text": "t"}
    scheme = {
        "code": "tried",
        "version": "1",
        "name": BOTH,
        "area": "330400",
        "purpose": BOTH,
        "valid_from": "2020-01-01",
        "provenance": "secondary",
        "clause": "c",
        "groups": groups,
        "indicators": indicators,
        "citations": {"c": citation | {"provenance": "secondary"}},
    }
    return scheme | more


def group(code, cap, **more):
    return {"code": code, "name": BOTH, "cap": cap, "clause": "c"} | more


MONTHS = {"fact": "social_insurance_months", "clause": "c", "per_unit": "0.5", "cap": 30}
SCHOOLING = {
    "fact": "education",
    "clause": "c",
    "bands": [
        {"below": "junior_college", "points": 5},
        {"is": "junior_college", "points": 8},
        {"at_least": "bachelor", "points": 10},
    ],
}
PERMIT = {
    "fact": "permit_months",
    "clause": "c",
    "bands": [
        {"below": 12, "points": 5},
        {"at_least": 12, "below": 24, "points": 10},
        {"at_least": 24, "below": 36, "points": 15},
        {"at_least": 36, "points": 25},
    ],
}


@pytest.fixture
def single():
    return read_scheme(
        record(
            [group("common", 100), group("local", 200, stated="local")],
            [
                indicator("insurance", "common", 30, MONTHS),
                indicator("education", "common", 10, SCHOOLING),
            ],
            deduction={"deduction": "deductions", "clause": "c"},
        )
    )


@pytest.fixture
def family():
    registered = {"code": "registered", "kind": "months_of_one_parent", "name": BOTH, "clause": "c"}
    return read_scheme(
        record(
            [group("papers", 40)],
            [indicator("permit", "papers", 50, PERMIT, per_parent=True)],
            required=[registered | {"fact": "registration_months", "at_least": 6}],
        )
    )


def scored(scheme, **inputs):
    return estimate(scheme, parse_inputs(inputs, scheme.inputs, TODAY))


@pytest.mark.parametrize(
    ("months", "education", "total"),
    [
        (0, "none", "5"),
        (59, "secondary_vocational", "34.5"),
        (60, "junior_college", "38"),
        (61, "bachelor", "40"),
        (None, "bachelor", None),
        (60, None, None),
    ],
)
def test_lines_are_added_and_what_is_missing_is_never_no(single, months, education, total):
    found = scored(single, social_insurance_months=months, education=education)

    assert found.total == (total and Decimal(total))
    assert found.reason == ("" if total else "incomplete")


def test_caps_hold_and_a_deduction_never_goes_below_nothing(single):
    known = {"social_insurance_months": 60, "education": "doctor"}

    assert scored(single, **known, local=201).total == 240
    assert scored(single, **known, deductions="40.5").total == 0


@pytest.mark.parametrize(
    ("months", "points"), [(0, 5), (11, 5), (12, 10), (24, 15), (35, 15), (36, 25), (None, 0)]
)
def test_a_band_of_one_parent(family, months, points):
    found = scored(family, parents=[{"permit_months": months, "registration_months": 6}])

    assert (found.lines["permit"], found.total) == (points, points)


def test_both_parents_are_added_up_to_the_cap_in_any_order(family):
    one = {"permit_months": 36, "registration_months": None}
    other = {"permit_months": 24, "registration_months": 6}

    first, second = (scored(family, parents=pair) for pair in ([one, other], [other, one]))

    assert (first.lines["permit"], first.total) == (40, 40)
    assert first == second
    assert scored(family, parents=[one, one | {"registration_months": 6}]).total == 40


def test_a_requirement_that_fails_leaves_no_total(family):
    assert scored(family, parents=[{"permit_months": 36, "registration_months": 5}]).reason == (
        "registered"
    )
    assert scored(family, parents=[{"permit_months": 36}]).reason == "incomplete"


@pytest.mark.parametrize(
    ("inputs", "field", "code"),
    [
        ({"social_insurance_months": -1}, "social_insurance_months", "out_of_range"),
        ({"social_insurance_months": 1441}, "social_insurance_months", "out_of_range"),
        ({"social_insurance_months": True}, "social_insurance_months", "whole_number_expected"),
        ({"education": "phd"}, "education", "not_a_choice"),
        ({"deductions": "NaN"}, "deductions", "number_expected"),
        ({"permit_months": 3}, "permit_months", "unknown_member"),
        ({"parents": []}, "parents", "unknown_member"),
    ],
)
def test_bad_input_is_refused_by_name(single, inputs, field, code):
    with pytest.raises(FactsRefused) as refused:
        scored(single, **inputs)

    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]


def test_a_mistake_in_a_record_is_named_by_its_path():
    wrong = MONTHS | {"clause": "nowhere"}

    with pytest.raises(RuleMalformed) as refused:
        read_scheme(record([group("g", 1)], [indicator("i", "g", 1, wrong)]))

    assert refused.value.at == "scheme.indicators[0].value.clause"
