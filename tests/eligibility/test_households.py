"""Household members over columns, against the check of one person; and those that are made up."""

import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from eligibility import synthetic, synthetic_households
from eligibility.core.check import Check
from eligibility.core.columns import NOT_LISTED
from eligibility.core.facts import MEMBER_COMPARABLE, MEMBER_FACTS
from eligibility.core.impact import ROUTE, Tally
from eligibility.core.impact_family import FamilyComparison
from eligibility.core.impact_tables import CHANGED, LEVELS, result
from eligibility.core.stated import MAX_HOUSEHOLD, parse_facts
from eligibility.core.verdict import Verdict
from eligibility.households import stated_members
from eligibility.population import facts_to_columns
from eligibility.synthetic_households import HOUSEHOLD, MISSING
from tests.eligibility.builders import (
    leaf,
    make_rule,
    make_ruleset,
    shipped_rule,
    shipped_ruleset,
    townships,
)
from tests.people import random_facts

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "synthetic_population.md"
RELATIONS = MEMBER_FACTS["relation"].values
BIRTHS = ("1940-02-29", "1990-05-01", "2003-08-22", "2004-02-01", "2004-02-02", "2015-01-01")


def random_member(chance, day):
    """Return somebody of whom some things are known."""
    drawn = {
        "relation": chance.choice(RELATIONS),
        "lives_together": chance.choice((True, True, False)),
        "birth_date": chance.choice(BIRTHS),
        "marital_status": chance.choice(MEMBER_FACTS["marital_status"].values),
        "has_own_income": chance.choice((True, False)),
    }
    return {name: value for name, value in drawn.items() if chance.random() < 0.9}


def households(count, day, seed):
    """Return random applicants with their households."""
    chance = random.Random(f"{seed} {day}")
    found = []
    for _ in range(count):
        facts = random_facts(chance, day, known=chance.choice((0.5, 0.95, 1.0)))
        facts.pop("household", None)
        many = chance.randint(0, min(4, MAX_HOUSEHOLD))
        facts["household"] = [random_member(chance, day) for _ in range(many)]
        found.append(parse_facts(facts, as_of=day, townships=townships()))
    return found


def mark(member):
    """Return how a member stands by the rule alone."""
    return NOT_LISTED if member.own is None else int(member.own.verdict)


@pytest.mark.parametrize(
    ("label", "day"),
    [
        ("accompanying-family@2016", date(2017, 6, 1)),
        ("accompanying-family@2022", date(2022, 2, 1)),
        ("accompanying-family@2023", date(2024, 1, 1)),
    ],
)
def test_every_member_is_judged_as_the_check_judges(label, day, counts):
    comparison = FamilyComparison(shipped_ruleset(), shipped_rule(label), day)
    people = households(counts(300, 5_000), day, label)
    family = stated_members(people)

    flips = comparison.flips(family.columns(comparison, facts_to_columns(people)))

    row = 0
    for facts in people:
        before = Check(comparison.before, facts, day).members
        after = Check(comparison.after, facts, day).members
        for old, new in zip(before, after, strict=True):
            assert (flips.route_before[row], flips.route_after[row]) == (mark(old), mark(new))
            assert flips.overall_before[row] == old.verdict
            assert flips.overall_after[row] == new.verdict
            row += 1
    assert row == len(family.of) > len(people)
    assert flips.changed.any()
    assert np.array_equal(flips.changed, flips.route_before != flips.route_after)


def test_what_flips_a_member_is_put_down_to_the_leaf_that_the_document_changed():
    day = date(2022, 2, 1)
    comparison = FamilyComparison(shipped_ruleset(), shipped_rule("accompanying-family@2022"), day)
    grown = {
        "relation": "child",
        "lives_together": True,
        "birth_date": "1990-05-01",
        "marital_status": "married",
        "has_own_income": True,
    }
    facts = {"target_township": "330483001", "housing": "owned", "household": [grown]}
    people = [parse_facts(facts, as_of=day, townships=townships())]

    flips = comparison.flips(stated_members(people).columns(comparison, facts_to_columns(people)))

    assert Verdict(flips.route_before[0]) is Verdict.NOT_MET
    assert Verdict(flips.route_after[0]) is Verdict.MET
    assert comparison.causes[flips.cause[0]] in comparison.leaves


def test_the_first_rule_of_its_kind_is_put_down_to_the_rule_itself():
    first = make_rule(
        leaf("relation", "is", "spouse"),
        code="accompanying-family",
        kind="family",
        registers="self",
    )
    comparison = FamilyComparison(make_ruleset(), first, first.effective_from)
    facts = {"target_township": "330483001", "household": [{"relation": "spouse"}]}
    people = [parse_facts(facts, as_of=first.effective_from, townships=townships())]

    flips = comparison.flips(stated_members(people).columns(comparison, facts_to_columns(people)))

    assert comparison.in_force
    assert flips.route_before[0] == NOT_LISTED
    assert comparison.causes[flips.cause[0]] == ROUTE
    assert flips.overall_after[0] == Verdict.NOT_MET  # there is no route by which to come along


def test_the_tables_of_a_family_rule_add_up():
    day = date(2022, 2, 1)
    comparison = FamilyComparison(shipped_ruleset(), shipped_rule("accompanying-family@2022"), day)
    tally = Tally()
    for block in synthetic.people(20_000, synthetic.SEED, day, townships()):
        family = synthetic_households.members(block, synthetic.SEED)
        columns = family.columns(comparison, block.columns)
        tally.add(comparison, columns, block.counties[family.of])

    found = result(Tally.read(tally.plain()))

    assert found.people == sum(tally.people.values()) > 20_000
    for level in LEVELS:
        whole = found.total(level)
        assert whole.counts["gained"] > 100
        assert whole.counts["lost"] == 0
        for by in ("area", "county", "age", "cause", "move"):
            lines = found.table(level, by).lines
            for kind in CHANGED:
                shown = [line.counts[kind] for line in lines]
                assert None in shown or sum(shown) == whole.counts[kind]
    assert found.total("overall").counts["gained"] < found.total("route").counts["gained"]


# Made up


def described(kin):
    ages = ", ".join(f"{low} to under {high}: {share:.3g}" for low, high, share in kin.ages)
    return (
        f"| {kin.relation} | {kin.share:.3g} | {ages} | {kin.together:.3g} | {kin.single:.3g} "
        f"| {kin.income:.3g} |"
    )


def test_the_document_says_how_households_are_drawn():
    text = DOCUMENT.read_text(encoding="utf-8")

    for kin in HOUSEHOLD:
        assert described(kin) in text
        assert sum(share for _, _, share in kin.ages) == pytest.approx(1)
    for name, share in MISSING.items():
        assert f"`{name}` {share:.3g}" in text
    assert {kin.relation for kin in HOUSEHOLD} == set(RELATIONS)
    assert set(MISSING) == set(MEMBER_FACTS)


def first_block(day, count=5_000):
    return next(synthetic.people(count, synthetic.SEED, day, townships()))


def test_equal_seeds_make_equal_households_however_many_are_made():
    day = date(2022, 2, 1)

    few, many = (
        synthetic_households.members(first_block(day, n), synthetic.SEED) for n in (500, 5_000)
    )
    other = synthetic_households.members(first_block(day, 500), 7)

    mine = np.isin(many.of, np.arange(500))
    assert np.array_equal(few.of, many.of[mine])
    for name, array in few.arrays.items():
        assert np.array_equal(array, many.arrays[name][mine])
    assert not np.array_equal(few.of, other.of)


def test_shares_of_households_are_those_that_are_written_down():
    found = synthetic_households.members(first_block(date(2022, 2, 1), 50_000), synthetic.SEED)

    assert set(found.arrays) == set(MEMBER_COMPARABLE)
    assert len(found.of) == pytest.approx(50_000 * sum(kin.share for kin in HOUSEHOLD), rel=0.02)
    known = found.arrays["lives_together"] != 0
    assert 1 - known.mean() == pytest.approx(MISSING["lives_together"], abs=0.005)
    assert found.arrays["age_years"].min() == -1
    assert found.arrays["age_years"].max() < 95
