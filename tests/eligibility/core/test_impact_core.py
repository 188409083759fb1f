"""Impact against its plain definition: both versions, one person after the other."""

import itertools
import random
from collections import Counter
from datetime import date

import numpy as np
import pytest

from eligibility import synthetic
from eligibility.core.check import Check
from eligibility.core.columns import AREA_BITS, NOT_LISTED, Columns, code_of, dtype_of, unknown_code
from eligibility.core.condition import All, AnyOf, Compare, Not, OfficerJudgement, leaves
from eligibility.core.diff import Change, changes
from eligibility.core.disclosure import LEAST, determined, hidden
from eligibility.core.facts import COMPARABLE
from eligibility.core.impact import (
    LATER,
    OVERALL,
    PLACE,
    ROUTE,
    SEVERAL,
    Comparison,
    Tally,
    with_draft,
    without,
)
from eligibility.core.impact_tables import CHANGED, LEVELS, TOTAL, count, kind_of, result, sums
from eligibility.core.rule import Ruleset
from eligibility.core.stated import Facts
from eligibility.core.verdict import Verdict
from tests.eligibility.builders import (
    judgement,
    leaf,
    make_rule,
    make_ruleset,
    shipped_rule,
    shipped_ruleset,
    townships,
)
from tests.eligibility.core.test_columns import PLACES, People

DAY = date(2021, 1, 1)
VALUES = {
    "lease_registered": [True, False, None],
    "has_residence_permit": [True, False, None],
    "months_in_current_rental": [0, 5, 6, 11, 12, None],
    "pension_insurance_months": [0, 11, 12, 36, None],
}
EVERYBODY = [
    dict(zip(VALUES, values, strict=True)) for values in itertools.product(*VALUES.values())
]


def columns(people: list[dict], areas: int = AREA_BITS["county"]) -> Columns:
    """Return people as columns."""
    arrays = {}
    for name in VALUES:
        fact = COMPARABLE[name]
        codes = [unknown_code(fact) if p[name] is None else code_of(fact, p[name]) for p in people]
        arrays[name] = np.array(codes, dtype_of(fact))
    return Columns(arrays=arrays, areas=np.full(len(people), areas, np.uint8), length=len(people))


def plain_mark(node, person, taken=()) -> int:
    """Judge a condition in the plainest way; ``taken``: (ids, mark) of leaves that are forced."""
    ids, forced = taken or ((), 0)
    match node:
        case All(children=parts):
            return min(plain_mark(p, person, taken) for p in parts)
        case AnyOf(children=parts):
            return max(plain_mark(p, person, taken) for p in parts)
        case Not(child=child):
            if child.id in ids:
                return forced
            mark = plain_mark(child, person)
            return {0: 3, 3: 0}.get(mark, mark)
    if node.id in ids:
        return forced
    if isinstance(node, OfficerJudgement):
        return 2
    value = person[node.fact]
    if value is None:
        return 1
    met = {
        "is": lambda: value is node.value,
        "at_least": lambda: value >= node.value,
        "below": lambda: value < node.value,
    }[node.operator]()
    return 3 if met else 0


def plain_cause(before, after, person) -> str | None:
    """Return the cause by its definition in words (see the docstring of core/impact.py)."""
    old, new = plain_mark(before.condition, person), plain_mark(after.condition, person)
    if old == new:
        return None
    worse, better = (before, after) if new > old else (after, before)
    low, high = sorted((old, new))
    for kinds in (set(Change) - {Change.PAPERS, Change.MOVED}, set(Change)):
        against = _ids(worse, better, kinds)
        for group in [*((i,) for i in against), *itertools.combinations(against, 2)]:
            if plain_mark(worse.condition, person, (group, 3)) >= high:
                return " + ".join(group)
        for one in _ids(better, worse, kinds):
            if plain_mark(better.condition, person, ((one,), 0)) <= low:
                return one
    return SEVERAL


def _ids(rule, other, kinds) -> list[str]:
    found = {c.after.id for c in changes(other, rule) if c.after and c.kind in kinds}
    return list(dict.fromkeys(part.id for part in leaves(rule.condition) if part.id in found))


def random_condition(chance: random.Random, depth: int = 2):
    if depth and chance.random() < 0.75:
        kind = chance.choice(("all", "any"))
        parts = [random_condition(chance, depth - 1) for _ in range(chance.randint(1, 3))]
        return {kind: parts}
    name = chance.choice([*VALUES, "officer"])
    if name == "officer":
        return judgement()
    if len(VALUES[name]) == 3:
        found = leaf(name, "is", True)
    else:
        operator = chance.choice(("at_least", "below"))
        found = leaf(name, operator, chance.choice((6, 12)), id=f"{name[:3]}-{operator[:2]}")
        found["id"] += f"-{found[operator]}" if chance.random() < 0.5 else ""
    return {"not": found} if chance.random() < 0.15 else found


def one_id_one_question(condition) -> bool:
    try:
        make_rule(condition)
    except ValueError:
        return False
    return True


def test_the_cause_of_every_flip_is_that_of_the_definition(counts):
    chance = random.Random(4)
    pairs, seen = 0, Counter()
    while pairs < counts(60, 600):
        old, new = random_condition(chance), random_condition(chance)
        if not (one_id_one_question(old) and one_id_one_question(new)):
            continue
        pairs += 1
        before = make_rule(old, effective_from="2020-01-01")
        after = make_rule(new, version="2", effective_from="2021-01-01")
        comparison = Comparison(make_ruleset(before), after, DAY)

        flips = comparison.flips(columns(EVERYBODY))

        for number, person in enumerate(EVERYBODY):
            wanted = plain_cause(before, after, person)
            found = flips.cause[number]
            name = None if found < 0 else comparison.causes[found]
            assert flips.route_before[number] == plain_mark(before.condition, person)
            assert flips.route_after[number] == plain_mark(after.condition, person)
            if wanted is None:
                assert name in (None, LATER)
            else:
                assert name == wanted, (person, old, new)
            seen[name if name in (None, LATER, SEVERAL) else name and name.count("+")] += 1
    assert set(seen) == {None, LATER, SEVERAL, 0, 1}


@pytest.mark.parametrize(
    ("label", "day"),
    [
        ("urban-tenant@2022", date(2022, 2, 1)),
        ("county-stable-residence@2018", date(2018, 5, 1)),
        ("urban-employment@2018", date(2018, 5, 1)),
        ("urban-talent@2020", date(2020, 8, 22)),
        ("family-parent@2023", date(2023, 7, 22)),
        ("urban-stable-residence@2023", date(2023, 7, 22)),
    ],
)
def test_shipped_versions_judged_one_by_one_give_the_same(label, day, counts):
    draft = shipped_rule(label)
    comparison = Comparison(shipped_ruleset(), draft, day)
    people = People(counts(400, 8_000), day, 3, 0.93)

    flips = comparison.flips(people.columns)

    for row in range(people.count):
        facts = people.facts(row)
        for ruleset, route, whole in (
            (comparison.before, flips.route_before, flips.overall_before),
            (comparison.after, flips.route_after, flips.overall_after),
        ):
            check = Check(ruleset, facts, day)
            marks = [r.verdict for r in check.routes if r.rule.code == draft.code]
            assert route[row] == max(marks, default=NOT_LISTED)
            assert OVERALL[whole[row]] == check.verdict
    assert flips.changed.any()
    assert np.array_equal(
        flips.changed,
        (flips.route_before != flips.route_after) | (flips.overall_before != flips.overall_after),
    )


def test_the_tenant_rule_of_2022_flips_by_the_leaves_that_a_reader_would_name():
    comparison = Comparison(shipped_ruleset(), shipped_rule("urban-tenant@2022"), date(2022, 2, 1))
    tenant = {"housing": "rented_private", "lease_registered": True}
    people = [  # months: unbroken residence, registration, current rental
        (35, 12, 6, "continuous-residence", "gained"),
        (36, 11, 6, "registration-months", "lost"),
        (36, 12, 5, "current-rental", "lost"),
        (36, 11, 5, "registration-months + current-rental", "lost"),
        (36, None, 6, "registration-months", "lost"),
        (None, 12, 6, "continuous-residence", "gained"),
        (36, 12, 6, None, None),
        (35, 11, 6, None, None),
    ]
    given = [
        tenant
        | {
            "continuous_residence_months": whole,
            "residence_registration_months": registered,
            "months_in_current_rental": here,
        }
        for whole, registered, here, _, _ in people
    ]
    names = sorted(given[0])
    arrays = {
        name: np.array(
            [
                unknown_code(COMPARABLE[name])
                if g[name] is None
                else code_of(COMPARABLE[name], g[name])
                for g in given
            ],
            dtype_of(COMPARABLE[name]),
        )
        for name in names
    }
    urban = np.full(len(people), AREA_BITS["urban"], np.uint8)

    flips = comparison.flips(Columns(arrays=arrays, areas=urban, length=len(people)))

    wire = {int(v): v.wire for v in Verdict}
    for number, (*_, cause, kind) in enumerate(people):
        moved = kind_of("route", wire[flips.route_before[number]], wire[flips.route_after[number]])
        found = flips.cause[number]
        if cause:
            assert (comparison.causes[found], moved) == (cause, kind)
        else:
            assert found < 0 or comparison.causes[found] == LATER


def test_a_new_route_and_a_narrower_place_are_named_as_such():
    asked = leaf("lease_registered", "is", True)
    old = make_rule(asked, areas=["county", "urban"])
    draft = make_rule(asked, version="2", areas=["urban"], effective_from="2021-01-01")
    fresh = make_rule(asked, code="fresh-route", effective_from="2021-01-01")
    open_place = AREA_BITS["county"] | AREA_BITS["urban"]
    people = [EVERYBODY[0]]  # the lease is registered

    narrower = Comparison(make_ruleset(old), draft, DAY)
    of_place = narrower.flips(columns(people, open_place))
    begun = Comparison(make_ruleset(old), fresh, DAY)
    of_route = begun.flips(columns(people))

    assert (of_place.route_before[0], of_place.route_after[0]) == (Verdict.MET, Verdict.UNKNOWN)
    assert narrower.causes[of_place.cause[0]] == PLACE
    assert (of_route.route_before[0], of_route.route_after[0]) == (NOT_LISTED, Verdict.MET)
    assert begun.causes[of_route.cause[0]] == ROUTE


def test_a_draft_is_put_in_force_as_publishing_does_it():
    asked = leaf("lease_registered", "is", True)
    old = make_rule(asked, areas=["county", "urban"])
    later = make_rule(asked, version="3", areas=["urban"], effective_from="2023-01-01")
    draft = make_rule(asked, version="2", areas=["county", "urban"], effective_from="2021-01-01")
    before = make_ruleset(old, later)

    after = with_draft(before, draft)

    def days(ruleset: Ruleset) -> list:
        return [
            (p.rule.version, p.area, str(p.first), p.last and str(p.last)) for p in ruleset.periods
        ]

    assert days(after) == [
        ("1", "county", "2016-06-28", "2020-12-31"),
        ("2", "county", "2021-01-01", None),
        ("1", "urban", "2016-06-28", "2020-12-31"),
        ("2", "urban", "2021-01-01", "2022-12-31"),
        ("3", "urban", "2023-01-01", None),
    ]
    assert days(without(after, "trial-route", "2")) == days(before)
    shipped = shipped_ruleset()
    for rule in shipped.versions:  # what was published is what putting in force gives
        taken = with_draft(without(shipped, rule.code, rule.version), rule)
        stacked = [p for p in days(taken) if p[0] == rule.version]
        assert {p[:3] for p in stacked} <= {p[:3] for p in days(shipped)}


def _measured(total: int) -> Tally:
    day = date(2022, 2, 1)
    comparison = Comparison(shipped_ruleset(), shipped_rule("urban-tenant@2022"), day)
    block = synthetic.block(0, total, 1, day, townships())
    tally = Tally()
    for start in range(0, total, 7000):
        stop = min(start + 7000, total)
        some = block.columns.block(start, stop)
        tally.add(comparison, some, block.counties[start:stop])
    return tally


def test_sums_reconcile():
    tally = _measured(20_000)

    counts = count(tally)

    assert sum(tally.people.values()) == 20_000
    for one in sums(counts):
        assert sum(sign * counts[key] for key, sign in one.items()) == 0
    for level in LEVELS:
        whole = [counts[level, TOTAL, "", column] for column in CHANGED]
        before, after = (3 if level == "overall" else 1) + 3, (3 if level == "overall" else 1) + 4
        moved = [n for cell, n in tally.flips.items() if cell[before] != cell[after]]
        assert sum(whole) == sum(moved)
        assert all(number > 0 for number in whole)
    for column in ("area", "county", "age", "cause", "move"):
        for level in LEVELS:
            lines = [(k, n) for k, n in counts.items() if k[0] == level and k[1] == column]
            assert sum(n for _, n in lines) == sum(
                counts[level, TOTAL, "", kind] for kind in CHANGED
            )


def test_a_tally_is_read_back_as_it_was_written():
    tally = _measured(5000)

    assert Tally.read(tally.plain()) == tally


def test_small_groups_are_hidden_and_cannot_be_worked_out():
    for total in (700, 6000, 50_000):
        counts = count(_measured(total))
        together = sums(counts)

        shut = hidden(counts, together)

        assert all(key in shut for key, number in counts.items() if 0 < number < LEAST)
        order = [key for key in counts if key in shut]
        assert determined(order, together) == []
        for one in together:
            closed = [key for key in one if key in shut]
            if closed and len({one[key] > 0 for key in closed}) == 1:
                assert sum(counts[key] for key in closed) >= LEAST
        shown = result(_measured(total))
        for table in shown.tables:
            for line in table.lines:
                for column, number in line.counts.items():
                    key = (table.level, table.by, line.group, column)
                    assert number is None if key in shut else number == counts[key]


def test_hiding_takes_no_more_than_it_needs():
    counts = {"a": 3, "b": 40, "c": 25, "d": 0, "whole": 68}

    shut = hidden(counts, [{"a": 1, "b": 1, "c": 1, "d": 1, "whole": -1}])

    assert shut == {"a", "c"}  # the small one, and the smallest beside it


def test_without_the_second_rule_a_hidden_count_would_be_told():
    counts = {"a": 3, "b": 40, "whole": 43}
    sums_ = [{"a": 1, "b": 1, "whole": -1}]

    assert determined(["a"], sums_) == ["a"]
    assert determined(sorted(hidden(counts, sums_)), sums_) == []


def test_two_small_counts_that_are_ten_together_may_stay_alone():
    sums_ = [{"a": 1, "b": 1, "c": 1, "whole": -1}]

    assert hidden({"a": 4, "b": 6, "c": 90, "whole": 100}, sums_) == {"a", "b"}
    assert hidden({"a": 4, "b": 5, "c": 90, "whole": 99}, sums_) == {"a", "b", "c"}


def test_a_count_that_two_sums_tell_together_is_hidden_better():
    # In rows and columns that each hide two, a bridge between two rings is still determined.
    ring = [("p", "q"), ("q", "r"), ("r", "p")]
    other = [("x", "y"), ("y", "z"), ("z", "x")]
    edges = [*ring, *other, ("p", "x")]
    of_node = {}
    for edge in edges:
        for node in edge:
            of_node.setdefault(node, []).append(edge)
    counts = dict.fromkeys(edges, 5) | {("w", n): 5 * len(of_node[n]) for n in of_node}
    counts |= {("spare", n): 30 for n in of_node}
    sums_ = [
        dict.fromkeys(found, 1) | {("spare", n): 1, ("w", n): -1} for n, found in of_node.items()
    ]
    counts |= {("w", n): counts["w", n] + 30 for n in of_node}

    shut = hidden(counts, sums_)

    assert determined([k for k in counts if k in shut], sums_) == []


def test_unlisted_people_change_nothing():
    comparison = Comparison(shipped_ruleset(), shipped_rule("urban-tenant@2022"), date(2022, 2, 1))
    facts = Facts(as_of=date(2022, 2, 1), given={}, area_classes=("county",))
    assert PLACES[0] == facts.area_classes
    people = Columns(arrays={}, areas=np.array([AREA_BITS["county"]], np.uint8), length=1)

    flips = comparison.flips(people)

    assert flips.route_before[0] == flips.route_after[0] == NOT_LISTED
    assert not flips.changed.any()


def test_leaves_names_the_drafts_words_first():
    comparison = Comparison(shipped_ruleset(), shipped_rule("urban-tenant@2022"), date(2022, 2, 1))

    named = comparison.leaves

    assert list(named)[:2] == ["housing", "lease-registered"]
    assert isinstance(named["continuous-residence"], Compare)
