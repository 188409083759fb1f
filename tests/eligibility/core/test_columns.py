"""The columns against the scalar evaluation: route for route, date for date."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from eligibility.core import periods
from eligibility.core.check import Check
from eligibility.core.columns import (
    AREA_BITS,
    BLOCK,
    NOT_LISTED,
    PLACE_DECIDES,
    ColumnJudge,
    Columns,
    ages,
    code_of,
    decimal_code,
    dtype_of,
    graduation_years,
    may_be_met_later,
    unknown_code,
)
from eligibility.core.columns_forecast import NEVER, earliest, months_between
from eligibility.core.condition import Compare, leaves
from eligibility.core.evaluate import panel, trace
from eligibility.core.explain import reasons
from eligibility.core.facts import COMPARABLE, DERIVED, FACTS, Kind
from eligibility.core.stated import Facts, read_value
from eligibility.core.verdict import Verdict
from tests.eligibility.builders import (
    judgement,
    leaf,
    make_rule,
    make_ruleset,
    shipped_ruleset,
)
from tests.people import CHANGES, DATES, VALUES, date_values

PLACES = (
    ("county",),
    ("urban",),
    ("rural",),
    ("urban", "rural"),
    ("county", "urban", "rural"),
)


class People:
    """Random people twice: as columns, and as the values that the scalar judge looks up."""

    def __init__(self, count: int, day: date, seed: int, known: float):
        chance = np.random.default_rng(seed)
        self.day, self.count = day, count
        self.places = chance.integers(0, len(PLACES), count)
        bits = np.array([sum(AREA_BITS[a] for a in place) for place in PLACES], np.uint8)
        arrays, self.values = {}, {}
        for name in (*VALUES, *DATES):
            fact = FACTS[name]
            raw = date_values(name, day) if name in DATES else VALUES[name]
            typed = [*(read_value(fact, value) for value in raw), None]
            share = [known / len(raw)] * len(raw) + [1 - known]
            drawn = chance.choice(len(typed), count, p=share)
            self._add(name, [typed[i] for i in drawn])
            if name in DATES:
                arrays[name] = np.array([*typed[:-1], "NaT"], "datetime64[D]")[drawn]
            elif fact.compared:
                codes = [code_of(fact, value) for value in typed[:-1]]
                arrays[name] = np.array([*codes, unknown_code(fact)], dtype_of(fact))[drawn]
        self._derive()
        arrays["age_years"] = ages(arrays["birth_date"], day)
        arrays["graduation_years_begun"] = graduation_years(arrays["graduation_date"], day)
        self.columns = Columns(arrays=arrays, areas=bits[self.places], length=count)

    def _add(self, name, values):
        self.values[name] = values

    def _derive(self):
        for name, count in (
            ("age_years", periods.age_on),
            ("graduation_years_begun", periods.years_begun),
        ):
            since = self.values[DERIVED[name].since]
            known = {d: count(d, self.day) for d in set(since) if d}
            self._add(name, [known.get(d) for d in since])

    def rows(self):
        """Yield the values that conditions compare, of one person after the other."""
        names = [name for name in self.values if name in COMPARABLE]
        for row in zip(*(self.values[name] for name in names), strict=True):
            yield dict(zip(names, row, strict=True))

    def facts(self, row: int) -> Facts:
        """Return one person's facts as the scalar evaluation takes them."""
        given = {
            name: values[row]
            for name, values in self.values.items()
            if name in FACTS and values[row] is not None
        }
        return Facts(as_of=self.day, given=given, area_classes=PLACES[self.places[row]])


def scalar_marks(ruleset, people: People, rules) -> np.ndarray:
    """Return the marks of the scalar judge, laid out as the columns lay them out."""
    by_place = []
    for place in PLACES:
        listing = panel(ruleset, people.day, place)
        rank = {rule.label: number for number, rule in enumerate(listing.rules)}
        order = [rank.get(rule.label, -1) for rule in rules]
        areas = (*listing.areas, NOT_LISTED)
        by_place.append((listing.judge, order, areas))
    found = bytearray()
    for place, values in zip(people.places.tolist(), people.rows(), strict=True):
        judge, order, areas = by_place[place]
        _, marks = judge(values.get, 1)
        found += bytes(NOT_LISTED if i < 0 else min(areas[i], marks[i][0]) for i in order)
    return np.frombuffer(found, np.uint8).reshape(people.count, len(rules)).T


@pytest.mark.parametrize("known", [0.5, 0.85, 1.0])
@pytest.mark.parametrize("day", CHANGES)
def test_columns_judge_as_the_scalar_evaluation_does(day, known, counts):
    total = counts(20_000, 1_000_000)
    ruleset = shipped_ruleset()
    seed = CHANGES.index(day) * 10 + round(known * 10)

    share = total // len(CHANGES) // 3 + 1  # of all parameters together: the whole total
    people = People(share, day, seed, known)
    judged = ColumnJudge(ruleset, day).judge(people.columns)
    expected = scalar_marks(ruleset, people, judged.rules)

    assert np.array_equal(judged.marks, expected)
    assert np.array_equal(judged.best, np.where(expected == NOT_LISTED, 0, expected).max(axis=0))
    if day != CHANGES[0] and known > 0.5:
        assert set(np.unique(judged.best)) == {0, 1, 2, 3}  # the people tell the verdicts apart


@pytest.mark.parametrize("day", CHANGES)
def test_the_deciding_leaf_is_the_first_reason_of_the_trace(day, counts):
    ruleset = shipped_ruleset()
    people = People(counts(600, 10_000), day, 7, 0.85)
    judge = ColumnJudge(ruleset, day)

    judged = judge.judge(people.columns, deciding=True)
    found = judged.leaf

    ids = [[leaf.id for leaf in leaves(rule.condition)] for rule in judge.rules]
    rank = {rule.label: number for number, rule in enumerate(judge.rules)}
    seen = set()
    for row in range(people.count):
        check = Check(ruleset, people.facts(row), day)
        listed = set()
        for route in check.routes:
            number = rank[route.rule.label]
            listed.add(number)
            decided = found[number, row]
            if route.area < route.marks[0]:
                assert decided == PLACE_DECIDES
            else:
                whole = trace(route.rule, route.marks, check.facts.values)
                assert ids[number][decided] == next(reasons(whole)).node.id
            seen.add(decided)
        unlisted = [n for n in range(len(judge.rules)) if n not in listed]
        assert (found[unlisted, row] == NOT_LISTED).all()
    plain = judge.judge(people.columns)
    assert np.array_equal(judged.marks, plain.marks)
    assert plain.leaf is None
    assert PLACE_DECIDES in seen
    assert 1 in seen


def test_every_shipped_version_is_in_force_on_one_of_those_days():
    ruleset = shipped_ruleset()

    seen = {r.label for day in CHANGES for r in ColumnJudge(ruleset, day).rules}

    assert seen == {rule.label for rule in ruleset.versions if rule.kind == "route"}


@pytest.mark.parametrize("known", [0.7, 1.0])
@pytest.mark.parametrize(
    "day", [*CHANGES, date(2018, 4, 30), date(2020, 2, 29), date(2023, 12, 31)]
)
def test_earliest_dates_and_not_yet_are_those_of_the_scalar_evaluation(day, known, counts):
    ruleset = shipped_ruleset()
    people = People(counts(800, 20_000), day, day.toordinal(), known)
    best = ColumnJudge(ruleset, day).judge(people.columns).best
    rows = np.flatnonzero((best == Verdict.NOT_MET) & (people.columns.areas != AREA_BITS["rural"]))
    assert len(rows)

    dates = earliest(ruleset, day, people.columns.rows(rows))

    for row, found in zip(rows, dates, strict=True):
        check = Check(ruleset, people.facts(row), day)
        wanted = NEVER if check.earliest_date is None else np.datetime64(check.earliest_date)
        assert found == wanted, people.facts(row)


def test_nobody_with_a_date_is_missed_by_the_quick_question():
    ruleset = shipped_ruleset()
    day = date(2020, 8, 22)
    people = People(2000, day, 5, 0.95)

    maybe = may_be_met_later(ruleset, day, people.columns)

    for row in range(0, people.count, 3):
        check = Check(ruleset, people.facts(row), day)
        if any(check.dates):
            assert maybe[row] or check.assessment.best


def test_a_leaf_of_each_kind_is_judged_at_its_boundary():
    boundary = {
        "housing": ("in", ["owned"], ["owned", "none"]),
        "education": ("at_least", "senior_middle", ["junior_middle", "secondary_vocational"]),
        "lease_registered": ("is", True, [True, False]),
        "pension_insurance_months": ("above", 36, [36, 37]),
        "residence_registration_months": ("at_most", 12, [12, 13]),
        "months_in_current_rental": ("below", 6, [5, 6, 0]),
        "zhejiang_hukou_years": ("is", 5, [4, 5]),
        "housing_area_per_person_m2": ("at_least", "39.14", ["39.13", "39.14", "39.140001"]),
    }
    for name, (operator, figure, values) in boundary.items():
        fact = FACTS[name]
        for negated in (False, True):
            asked = leaf(name, operator, figure)
            ruleset = make_ruleset(make_rule({"not": asked} if negated else asked))
            typed = [read_value(fact, value) for value in values]
            codes = [*(code_of(fact, value) for value in typed), unknown_code(fact)]
            columns = Columns(
                arrays={name: np.array(codes, dtype_of(fact))},
                areas=np.full(len(codes), AREA_BITS["county"], np.uint8),
                length=len(codes),
            )

            [marks] = ColumnJudge(ruleset, date(2020, 1, 1)).judge(columns).marks

            for value, mark in zip([*typed, None], marks, strict=True):
                facts = Facts(
                    as_of=date(2020, 1, 1),
                    given={} if value is None else {name: value},
                    area_classes=("county",),
                )
                assert mark == Check(ruleset, facts, facts.as_of).routes[0].verdict


def test_a_fact_without_a_column_is_unknown_and_a_judgement_is_the_officers():
    rule = make_rule({"any": [leaf("lease_registered", "is", True), judgement()]})
    county = np.full(3, AREA_BITS["county"], np.uint8)

    [marks] = (
        ColumnJudge(make_ruleset(rule), date(2020, 1, 1))
        .judge(Columns(arrays={}, areas=county, length=3))
        .marks
    )

    assert marks.tolist() == [Verdict.OFFICER] * 3


def test_more_people_than_a_block_are_judged_as_few_are():
    day = CHANGES[4]
    people = People(BLOCK + 77, day, 9, 0.9).columns
    judge = ColumnJudge(shipped_ruleset(), day)

    whole = judge.judge(people)
    tail = judge.judge(people.block(BLOCK, BLOCK + 77))

    assert np.array_equal(whole.marks[:, BLOCK:], tail.marks)
    assert np.array_equal(whole.best[BLOCK:], tail.best)


def test_years_are_counted_as_the_scalar_periods_count_them():
    start = date(1998, 1, 1)
    since = [start + timedelta(days=n) for n in range(0, 4400, 3)] + [date(2000, 2, 29)]
    born = np.array([*since, "NaT"], "datetime64[D]")
    for day in (date(2023, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 12, 31)):
        assert ages(born, day).tolist() == [*(periods.age_on(b, day) for b in since), -1]
        begun = [*(periods.years_begun(b, day) for b in since), -1]
        assert graduation_years(born, day).tolist() == begun
        each = np.full(len(born), np.datetime64(day))
        assert ages(born, each).tolist() == ages(born, day).tolist()


def test_months_pass_as_the_scalar_periods_count_them():
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(900)]
    when = np.array(days, "datetime64[D]")
    for start in (date(2024, 1, 31), date(2023, 2, 28), date(2024, 2, 29), date(2023, 6, 30)):
        found = months_between(start, when).tolist()
        assert found == [periods.months_between(start, day) for day in days]


def test_decimals_compare_exactly():
    written = ("0", "39.13", "39.139999999", "39.14", "39.1400000000001", "39.15", "1000000000")
    values = [read_value(FACTS["housing_area_per_person_m2"], text) for text in written]

    codes = [decimal_code(value) for value in values]

    assert all(a < b for a, b in pairwise(codes))
    assert codes[3] == decimal_code(read_value(FACTS["housing_area_per_person_m2"], "39.140"))


def test_every_compared_fact_has_an_array():
    asked = {
        part.fact
        for rule in shipped_ruleset().versions
        if rule.kind == "route"
        for part in leaves(rule.condition)
        if isinstance(part, Compare)
    }
    people = People(5, CHANGES[0], 1, 0.5)

    assert asked <= set(people.columns.arrays)
    assert all(COMPARABLE[name].kind is not Kind.DATE for name in asked)
