"""The engine over rules that nobody has written yet: random conditions, versions and areas.

Officers will publish other rules than the shipped ones. Each is judged here a second time by
walking its tree, and dates and questions are held to their plain definitions.
"""

import random
from datetime import date, timedelta

import pytest

from eligibility.core.check import Check
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Not,
    OfficerJudgement,
    parse,
    scope_for,
    serialise,
)
from eligibility.core.evaluate import judge_rule
from eligibility.core.facts import FACTS
from eligibility.core.rule import InForce, Ruleset
from eligibility.core.stated import parse_facts
from tests.eligibility.builders import (
    CITY_STREET,
    CITY_TOWN,
    COUNTY_STREET,
    judgement,
    leaf,
    make_rule,
    townships,
)

START = date(2020, 1, 31)
HORIZON = 3 * 366
FACT_VALUES = {
    "has_residence_permit": (True, False),
    "lease_registered": (True, False),
    "housing": ("owned", "rented_private", "none"),
    "education": FACTS["education"].values,
    "pension_insurance_months": (0, 10, 11, 12, 13, 23, 24, 25),
    "months_in_current_rental": (0, 5, 6, 7),
    "zhejiang_hukou_years": (0, 1, 2, 3),
    "birth_date": ("2001-02-28", "2002-01-31", "2004-02-29", "1960-02-29"),
    "graduation_date": ("2005-02-28", "2005-01-31", "2018-01-31"),
}
TARGETS = ("target_township", "target_in_town_area")
PLACES = (
    {"target_township": COUNTY_STREET},
    {"target_township": CITY_STREET},
    {"target_township": CITY_TOWN},
    {"target_township": CITY_TOWN, "target_in_town_area": True},
    {"target_township": CITY_TOWN, "target_in_town_area": False},
    {},
)
FIGURES = {
    "pension_insurance_months": (12, 24),
    "months_in_current_rental": (6,),
    "zhejiang_hukou_years": (2,),
    "age_years": (16, 18, 60),
    "graduation_years_begun": (15,),
}


def draw_leaf(chance, number):
    name = f"leaf-{number}"
    kind = chance.randrange(10)
    if kind == 0:
        return judgement(name)
    if kind <= 2:
        fact = chance.choice(("has_residence_permit", "lease_registered"))
        return leaf(fact, "is", chance.choice((True, False)), id=name)
    if kind <= 4:
        homes = chance.sample(FACT_VALUES["housing"], chance.choice((1, 2)))
        return leaf("housing", "in", homes, id=name)
    if kind == 5:
        level = chance.choice(("senior_middle", "junior_college"))
        operator = chance.choice(("is", "at_least", "at_most", "above", "below"))
        return leaf("education", operator, level, id=name)
    fact = chance.choice(list(FIGURES))
    operator = chance.choice(("at_least", "at_least", "at_most", "above", "below", "is"))
    return leaf(fact, operator, chance.choice(FIGURES[fact]), id=name)


def draw_condition(chance, depth=3, numbers=None):
    """Return a condition as a file writes it."""
    numbers = numbers or iter(range(1000))
    if depth == 0 or chance.random() < 0.25:
        drawn = draw_leaf(chance, next(numbers))
        return {"not": drawn} if "fact" in drawn and chance.random() < 0.2 else drawn
    parts = [draw_condition(chance, depth - 1, numbers) for _ in range(chance.choice((1, 2, 3)))]
    node = {chance.choice(("all", "any")): parts}
    return node | {"self_only": True} if chance.random() < 0.15 else node


def draw_ruleset(chance):
    periods = []
    for code in ("a", "b", "c")[: chance.choice((1, 2, 3))]:
        areas = chance.choice((["county"], ["urban"], ["county", "urban"]))
        first = START - timedelta(days=400)
        for version in range(chance.choice((1, 1, 2, 3))):
            last = first + timedelta(days=chance.randrange(200, 700))
            if chance.random() < 0.5:
                last = None
            rule = make_rule(
                draw_condition(chance),
                code=code,
                version=str(version),
                areas=areas,
                effective_from=first.isoformat(),
                registers=chance.choice(("self", "self_and_family")),
            )
            periods += [InForce(rule=rule, area=area, first=first, last=last) for area in areas]
            if last is None:
                break
            first = last + timedelta(days=chance.choice((1, 1, 1, 40)))
    return Ruleset(periods)


def draw_facts(chance, known):
    facts = {
        name: chance.choice(values)
        for name, values in FACT_VALUES.items()
        if chance.random() < known
    }
    return facts | chance.choice(PLACES)


def read(facts, as_of=START):
    return parse_facts(facts, as_of=as_of, townships=townships())


# --- The plain definitions


def holds(node, value):
    fact = FACTS.get(node.fact)
    bound = node.value
    if node.operator == "in":
        return value in bound
    if node.operator == "is":
        return value == bound
    if fact is not None and fact.levels:
        value, bound = fact.level_of[value], fact.level_of[bound]
    return {
        "at_least": value >= bound,
        "at_most": value <= bound,
        "above": value > bound,
        "below": value < bound,
    }[node.operator]


def walked(node, values, *, unknown=1, family=False):
    """Judge a condition by walking its tree."""
    match node:
        case OfficerJudgement():
            return 2
        case Compare():
            value = values.get(node.fact)
            return unknown if value is None else 3 * holds(node, value)
        case Not(child=child):
            value = values.get(child.fact)
            return unknown if value is None else 3 * (not holds(child, value))
        case All(children=parts) | AnyOf(children=parts):
            if family and node.self_only:
                return 0
            marks = [walked(part, values, unknown=unknown, family=family) for part in parts]
            return min(marks) if isinstance(node, All) else max(marks)
    raise AssertionError(node)


def tried(ruleset, code, facts):
    """Return the first later day within the horizon on which a route is met; day by day."""
    for shift in range(1, HORIZON):
        day = facts.as_of + timedelta(days=shift)
        values = facts.values_on(day)
        rules = [ruleset.version_on(code, area, day) for area in facts.area_classes]
        if all(rule and walked(rule.condition, values) == 3 for rule in rules):
            return day
    return None


@pytest.fixture
def chance(request):
    return random.Random(request.node.name)


def test_compiled_conditions_are_the_walked_ones(chance, counts):
    for _ in range(counts(400, 20_000)):
        raw = draw_condition(chance)
        rule = make_rule(raw)
        values = read(draw_facts(chance, chance.choice((0.3, 0.7, 1.0)))).values

        for unknown in (0, 1, 3):
            for family in (False, True):
                marks = judge_rule(rule, values, unknown=unknown, family=family)
                wanted = walked(rule.condition, values, unknown=unknown, family=family)
                assert marks[0] == wanted, raw
                assert len(marks) == len(rule.nodes)
        by_node = [walked(node, values) for node in rule.nodes]
        assert list(judge_rule(rule, values)) == by_node, raw
        scope = scope_for("route", {}, {"一"}, ())
        assert parse(serialise(rule.condition), scope, "condition") == rule.condition


def test_dates_are_what_trying_every_day_finds(chance, counts):
    found = 0
    for _ in range(counts(120, 3_000)):
        stated = draw_facts(chance, chance.choice((0.7, 1.0)))
        if chance.random() < 0.8:
            stated["target_township"] = chance.choice((COUNTY_STREET, CITY_STREET))
        ruleset, facts = draw_ruleset(chance), read(stated)
        check = Check(ruleset, facts, START)

        for route, day in zip(check.routes, check.dates, strict=True):
            if route.verdict == 3 or route.area != 3:
                assert day is None
                continue
            soon = day if day and (day - START).days < HORIZON else None
            assert soon == tried(ruleset, route.rule.code, facts), facts
            found += soon is not None

    assert found > counts(10, 300)


def test_no_fact_outside_next_facts_changes_the_answer(chance, counts):
    names = (*TARGETS, *FACT_VALUES)
    for _ in range(counts(250, 12_000)):
        ruleset = draw_ruleset(chance)
        facts = draw_facts(chance, chance.choice((0.0, 0.3, 0.6, 0.9)))
        before = Check(ruleset, read(facts), START)
        others = [n for n in names if n not in facts and n not in before.next_facts]

        assert not set(before.next_facts) & set(facts)
        for _ in range(6):
            more = dict(facts)
            for name in others:
                if name in FACT_VALUES and chance.random() < 0.8:
                    more[name] = chance.choice(FACT_VALUES[name])
            if "target_township" in others and chance.random() < 0.8:
                more |= chance.choice(PLACES)
            elif "target_in_town_area" in others and chance.random() < 0.8:
                more["target_in_town_area"] = chance.choice((True, False))
            after = Check(ruleset, read(more), START)
            assert (after.verdict, after.earliest_date) == (
                before.verdict,
                before.earliest_date,
            ), (facts, more, [p.rule.nodes[0] for p in ruleset.periods])
