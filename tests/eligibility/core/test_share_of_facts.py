"""How much people are asked before their answer stands, and that no question is idle."""

import random
from statistics import median

import pytest

from tests.eligibility.builders import shipped_ruleset
from tests.simulation import (
    ERAS,
    TARGET,
    UNSURE,
    WANTED,
    check,
    draw_person,
    interviews,
    matters,
)

SHARE = 0.40  # of the facts of the listed routes, in the median
# Half of the people of one day are asked no more than this. In 2017 a county knows four facts,
# and nobody without a home is answered before three of them.
MEDIANS = {2017: 0.60, 2019: 0.40, 2021: 0.35, 2022: 0.35, 2026: 0.45}


@pytest.fixture(scope="module")
def asked(pytestconfig):
    """Interview 10,000 people of each era, or 500."""
    people = 10_000 if pytestconfig.getoption("full") else 500
    return {era: list(interviews(era, people, seed=1)) for era in ERAS}


def shares(rows, verdict=None):
    return [row.share for row in rows if verdict in (None, row.verdict)]


def test_an_era_has_a_version_of_its_own():
    versions = {era: {r.version for r in check({}, era).assessment.panel.rules} for era in ERAS}

    assert [max(found) for found in versions.values()] == ["2016", "2018", "2020", "2022", "2023"]
    assert len(shipped_ruleset().versions) == 34


@pytest.mark.parametrize("era", ERAS, ids=str)
def test_every_verdict_is_given_to_one_in_twenty(asked, era):
    rows = asked[era]

    parts = {v: len(shares(rows, v)) / len(rows) for v in (*WANTED, "more_information_needed")}

    assert min(parts.values()) >= 0.05, parts
    assert sum(parts.values()) == pytest.approx(1)


@pytest.mark.parametrize("era", ERAS, ids=str)
def test_answers_are_declined_as_often_as_said(asked, era):
    rows = asked[era]
    questions = sum(len(row.asked) for row in rows)
    declined = sum(len(row.declined) for row in rows)

    assert declined / questions == pytest.approx(UNSURE, abs=0.03)
    assert all(len(set(row.asked)) == len(row.asked) for row in rows)


def test_half_of_the_people_are_asked_two_fifths_of_the_facts_or_less(asked):
    everybody = [row for rows in asked.values() for row in rows]

    table = {
        (era.year, verdict): round(median(found), 2)
        for era, rows in asked.items()
        for verdict in (*WANTED, "more_information_needed")
        if (found := shares(rows, verdict))
    }
    whole = median(shares(everybody))
    print(f"\nall: {whole:.3f}", *(f"{key}: {share}" for key, share in table.items()), sep="\n")  # noqa: T201
    assert whole <= SHARE
    for era, rows in asked.items():
        assert median(shares(rows)) <= MEDIANS[era.year], era


def test_who_needs_but_a_home_is_asked_but_for_the_home(asked):
    [era] = [era for era in ERAS if era.year == 2026]

    quick = [row for row in asked[era] if row.verdict == "eligible" and row.listed == 8]

    assert median(len(row.asked) for row in quick) == 1
    assert all(row.asked[0] == "housing" for row in quick)


@pytest.mark.parametrize("era", ERAS, ids=str)
def test_no_question_is_idle(counts, era):
    chance = random.Random(f"idle {era}")
    tried = idle = 0
    for _ in range(counts(12, 400)):
        person = draw_person(chance, era, chance.choice(("", "officer_decides", "not_eligible")))
        known, declined = {TARGET: person[TARGET]}, set()
        while True:
            left = [name for name in check(known, era).next_facts if name not in declined]
            if not left:
                break
            tried += 1
            idle += not matters(known, era, left[0], chance, 3_000)
            if chance.random() < UNSURE:
                declined.add(left[0])
            else:
                known[left[0]] = person[left[0]]

    # A question may hang on others in a way that only the whole of them shows; it is rare.
    assert tried > 40
    assert idle <= max(1, 0.005 * tried), (idle, tried)


def test_where_the_place_is_open_it_is_asked_first():
    chance = random.Random(3)

    for era in ERAS:
        person = draw_person(chance, era)
        person.pop(TARGET)
        person.pop("housing")
        found = check(person, era).next_facts
        if found:
            assert found[0] == TARGET
    assert check({TARGET: "330402100"}, ERAS[-1]).next_facts[0] == "target_in_town_area"
