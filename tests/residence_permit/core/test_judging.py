"""The permit's conditions and what its holder gets, judged by the shipped records."""

from datetime import date, timedelta

import hypothesis
import pytest
from hypothesis import strategies as st

from eligibility.core.condition import Compare, leaves
from eligibility.core.errors import FactsRefused
from eligibility.core.evaluate import judge_rule
from eligibility.core.facts import COMPARABLE, Kind
from eligibility.core.verdict import Verdict
from residence_permit.core.judging import NoPermitRule, judge, judge_permit, judge_services, trace
from residence_permit.core.permit_facts import (
    HOLDER_FACTS,
    PERMIT_FACTS,
    away_from_hukou,
    holder_facts,
    permit_facts,
)
from tests.eligibility.builders import shipped_ruleset
from tests.residence_permit.core.golden import cases, day, shipped

TODAY = date(2026, 7, 15)
LAST = date(2028, 1, 1)


def typed(raw):
    return {name: day(v) if name.endswith("_on") else v for name, v in raw.items()}


@pytest.mark.parametrize("case", cases("permit"), ids=lambda c: c["name"])
def test_a_golden_applicant(case):
    found = judge_permit(shipped(), permit_facts(day(case["as_of"]), typed(case["facts"])))

    answer = {
        "verdict": found.verdict.wire,
        "earliest_date": found.earliest_date and found.earliest_date.isoformat(),
        "reasons": [reason.leaf.id for reason in found.reasons],
        "unknown_facts": list(found.unknown_facts),
        "papers": [paper.code for paper in found.papers],
    }
    assert {name: answer[name] for name in case["expect"]} == case["expect"]


@pytest.mark.parametrize("case", cases("services"), ids=lambda c: c["name"])
def test_a_golden_holder(case):
    facts = holder_facts(day(case["as_of"]), case["facts"])

    found = judge_services(shipped(), facts, case["county"])

    verdicts = {judged.provision.code: judged.verdict.wire for judged in found}
    assert {code: verdicts.get(code) for code in case["expect"]} == case["expect"]
    assert not set(case.get("absent", ())) & set(verdicts)


def test_the_gap_to_half_a_year_is_counted():
    given = {"registered_on": date(2026, 5, 1), "hukou_place": "outside", "recruited_as": "none"}

    found = judge_permit(shipped(), permit_facts(TODAY, {**given, "employment": "contract"}))

    gap = found.reasons[0].gap
    assert (gap.amount, gap.unit, gap.grows) == (4, "months", True)


def test_before_the_regulation_no_condition_is_held():
    with pytest.raises(NoPermitRule):
        judge_permit(shipped(), permit_facts(date(2016, 6, 30), {}))


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"shoe_size": 41}, "shoe_size", "unknown_fact"),
        ({"registration_months": 6}, "registration_months", "unknown_fact"),
        ({"employment": "spy"}, "employment", "choice_expected"),
        ({"in_continuous_schooling": 1}, "in_continuous_schooling", "bool_expected"),
        ({"registered_on": "2026-01-01"}, "registered_on", "date_expected"),
        ({"registered_on": date(2026, 7, 16)}, "registered_on", "after_as_of"),
        (
            {"registered_on": date(2026, 7, 1), "has_residence_registration": False},
            "registered_on",
            "contradiction",
        ),
    ],
)
def test_facts_that_cannot_be_are_refused_by_name(given, field, code):
    with pytest.raises(FactsRefused) as refused:
        permit_facts(TODAY, given)

    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]


@pytest.mark.parametrize(
    ("hukou", "home", "away"),
    [
        ("330402", "330411", False),  # between 南湖 and 秀洲: the same 市区
        ("330402", "330402", False),
        ("330481", "330402", True),
        ("330402", "330481", True),
        ("330402", None, None),
        ("outside", None, True),
        ("none", "330402", None),
        (None, "330402", None),
    ],
)
def test_who_lives_away_from_his_hukou(hukou, home, away):
    assert away_from_hukou(hukou, home) is away


def values_of(fact):
    match fact.kind:
        case Kind.BOOL:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from(fact.values)
        case Kind.DATE:
            return st.dates(TODAY - timedelta(days=400), TODAY)
        case _:
            return st.integers(0, 90)


def some(dictionary):
    """Return a strategy of facts, any of them missing."""
    asked = {n: values_of(f) for n, f in dictionary.items() if n not in ("away_from_hukou",)}
    asked.pop("registration_months", None)
    asked.pop("has_residence_registration", None)
    return st.fixed_dictionaries({}, optional=asked)


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(some(PERMIT_FACTS), st.data())
def test_missing_never_counts_as_no(given, data):
    """What is known to be settled stays settled, whatever the missing facts turn out to be."""
    before = judge_permit(shipped(), permit_facts(TODAY, given)).verdict
    missing = [n for n in some_names(PERMIT_FACTS) if n not in given]
    more = {name: data.draw(values_of(PERMIT_FACTS[name])) for name in missing}

    after = judge_permit(shipped(), permit_facts(TODAY, {**given, **more})).verdict

    assert before in (Verdict.UNKNOWN, Verdict.OFFICER) or after is before
    assert before is not Verdict.OFFICER or after in (Verdict.OFFICER, Verdict.MET)


def some_names(dictionary):
    left_out = ("away_from_hukou", "registration_months", "has_residence_registration")
    return [name for name in dictionary if name not in left_out]


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(some(PERMIT_FACTS))
def test_the_earliest_date_is_the_first_day_on_which_it_is_met(given):
    found = judge_permit(shipped(), permit_facts(TODAY, given))
    later = (TODAY + timedelta(days=n) for n in range(1, 220))

    first = next(
        (d for d in later if judge(found.provision, permit_facts(d, given)).verdict is Verdict.MET),
        None,
    )

    assert found.earliest_date == (None if found.verdict is Verdict.MET else first)


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(some(HOLDER_FACTS), st.sampled_from(["330402", "330483"]))
def test_a_suspended_permit_gives_nothing(given, county):
    for judged in judge_services(
        shipped(), holder_facts(TODAY, {**given, "permit_usable": False}), county
    ):
        assert judged.verdict is Verdict.NOT_MET


@hypothesis.settings(max_examples=200, deadline=None)
@hypothesis.given(st.data())
def test_the_language_means_here_what_it_means_to_the_settlement_rules(data):
    rule = data.draw(st.sampled_from(shipped_ruleset().versions))
    hypothesis.assume(rule.kind == "route")
    asked = {leaf.fact for leaf in leaves(rule.condition) if isinstance(leaf, Compare)}
    values = {
        name: data.draw(values_of(COMPARABLE[name]))
        for name in sorted(asked)
        if data.draw(st.booleans())
    }

    found = trace(rule.condition, values, COMPARABLE)

    marks = []
    hold = [found]
    while hold:
        part = hold.pop()
        marks.append(int(part.verdict))
        hold += reversed(part.parts)
    assert tuple(marks) == tuple(judge_rule(rule, values))


def test_every_fact_has_both_questions_or_is_derived():
    for fact in {**PERMIT_FACTS, **HOLDER_FACTS}.values():
        assert bool(fact.question_zh and fact.question_en) is not bool(fact.since)
