"""What holds for everybody: the engine against the oracle, and against the plain definitions."""

import json
import random
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from eligibility.core.check import Check, plain_facts, record_bytes
from eligibility.core.condition import Compare, OfficerJudgement
from eligibility.core.facts import COMPARABLE, FACTS
from eligibility.core.household import self_only
from eligibility.core.rule import InForce, Ruleset
from eligibility.core.stated import parse_facts
from eligibility.core.verdict import Verdict
from eligibility.records import from_manifest
from tests import oracle
from tests.eligibility.builders import (
    PLACES,
    ROOT,
    leaf,
    legal_files,
    make_rule,
    shipped_ruleset,
    townships,
)
from tests.people import (
    NAMES,
    PLAIN,
    for_all,
    people,
    random_day,
    random_facts,
    random_member,
    values_of,
)

DAY = timedelta(days=1)
KIND_OF = {code: township.kind for code, township in townships().items()}
OVERALL = (
    "eligible",
    "officer_decides",
    "more_information_needed",
    "not_yet",
    "not_eligible",
    "not_covered",
)


def check(facts, as_of, ruleset=None):
    read = parse_facts(facts, as_of=as_of, townships=townships())
    return Check(ruleset or shipped_ruleset(), read, as_of)


def anybody(chance):
    """Return a day and somebody of whom much or little is known."""
    as_of = random_day(chance)
    known, plain = chance.choice((0.1, 0.4, 0.7, 0.95, 1.0)), chance.choice((0.0, 0.6, 0.9))
    facts = random_facts(chance, as_of, known=known, plain=plain)
    facts["household"] = [random_member(chance, as_of) for _ in range(chance.randrange(4))]
    return as_of, facts


def filled(chance, facts, as_of, names):
    """Return the facts with some of ``names`` filled in at random."""
    share, plain = chance.choice((0.2, 0.6, 1.0)), chance.choice((0.0, 0.5, 0.9))
    more = {
        name: PLAIN[name]
        if name in PLAIN and chance.random() < plain
        else chance.choice(values_of(name, as_of))
        for name in names
        if chance.random() < share
    }
    return {**facts, **more}


@pytest.fixture
def full(pytestconfig):
    return pytestconfig.getoption("full")


# --- The engine and the oracle


def test_verdicts_branches_and_family_are_the_oracles(counts, full):
    @for_all(counts(400, 6_000), people(household=True), full=full)
    def _(person):
        as_of, facts = person
        found, wanted = check(facts, as_of), oracle.answer(facts, as_of, KIND_OF, last=as_of)

        assert {r.rule.code: r.verdict.wire for r in found.routes} == wanted.routes
        assert [r.rule.code for r in found.routes] == list(wanted.routes)
        assert found.assessment.best == max(route.verdict for route in found.routes)
        assert {r.rule.code: r.rule.version for r in found.routes} == wanted.versions
        alone = {r.rule.code: self_only(found.assessment, r) for r in found.routes}
        assert alone == wanted.self_only
        assert [member.verdict.wire for member in found.members] == wanted.family


def test_dates_are_what_trying_every_day_finds(counts, full):
    years = counts(3, 60)
    seen = Counter()

    @for_all(counts(100, 400), people(), full=full)
    def _(person):
        as_of, facts = person
        last = oracle.anniversary(as_of, years)
        found, wanted = check(facts, as_of), oracle.answer(facts, as_of, KIND_OF, last=last)

        dates = {
            route.rule.code: day if day and day <= last else None
            for route, day in zip(found.routes, found.dates, strict=True)
        }
        assert dates == wanted.earliest_dates
        if years == 60 or (found.earliest_date or as_of) <= last:
            least = min((day for day in dates.values() if day), default=None)
            if least or years == 60 or found.verdict not in ("not_yet", "not_eligible"):
                assert found.verdict.value == wanted.verdict
                assert found.earliest_date == wanted.earliest_date
        seen[found.verdict.value] += 1

    assert seen["more_information_needed"]
    assert seen["not_eligible"]


def test_sixty_years_of_days_hold_nothing_earlier(counts):
    chance = random.Random(20261124)

    for _ in range(counts(6, 300)):
        as_of, facts = anybody(chance)
        found, wanted = check(facts, as_of), oracle.answer(facts, as_of, KIND_OF)
        dates = [found.verdict.value, found.earliest_date, *found.dates]
        assert dates == [
            wanted.verdict,
            wanted.earliest_date,
            *wanted.earliest_dates.values(),
        ], (as_of, facts)


def test_met_on_the_day_and_not_the_day_before(counts):
    chance, verdicts, dated = random.Random(1), Counter(), 0

    def met(code, facts, as_of, day):
        version = oracle.version_on(code, day)
        months = 0
        while oracle.month_later(as_of, months + 1) <= day:
            months += 1
        person = oracle.Person(as_of, day, facts, months)
        return version is not None and version.asks(person) == oracle.YES

    for _ in range(counts(4_000, 200_000)):
        as_of, facts = anybody(chance)
        found = check(facts, as_of)
        verdicts[found.verdict.value] += 1
        for route, day in zip(found.routes, found.dates, strict=True):
            if day is not None:
                dated += 1
                code = route.rule.code
                assert day > as_of
                assert met(code, facts, as_of, day), (code, as_of, day, facts)
                assert not met(code, facts, as_of, day - DAY), (code, as_of, day, facts)

    assert dated > 300
    assert all(verdicts[verdict] for verdict in OVERALL), verdicts


# --- A missing fact is never "no"


def test_what_is_certain_stays_so_whatever_the_missing_facts_are(counts):
    chance = random.Random(2)
    becomes = {
        "eligible": {"eligible"},
        "officer_decides": {"eligible", "officer_decides"},
        "more_information_needed": set(OVERALL),
        "not_yet": {"not_yet"},
        "not_eligible": {"not_yet", "not_eligible", "not_covered"},
        "not_covered": {"not_covered"},
    }

    for _ in range(counts(800, 40_000)):
        as_of, facts = anybody(chance)
        before = check(facts, as_of)
        missing = [name for name in NAMES if name not in facts]
        more = filled(chance, facts, as_of, missing)
        after = check(more, as_of)

        assert after.verdict.value in becomes[before.verdict.value], (as_of, facts, more)
        if before.earliest_date:
            assert after.earliest_date <= before.earliest_date
        then = {route.rule.code: route.verdict for route in after.routes}
        for route in before.routes:
            now = then.get(route.rule.code)
            if now is None:
                continue  # the place became known, and the route is not for it
            if route.verdict in (Verdict.MET, Verdict.NOT_MET):
                assert now is route.verdict, (route.rule.label, as_of, facts, more)
            if route.verdict is Verdict.OFFICER:
                assert now >= Verdict.OFFICER, (route.rule.label, as_of, facts, more)


def test_taking_a_fact_away_settles_nothing(counts):
    chance = random.Random(3)

    for _ in range(counts(800, 40_000)):
        as_of, facts = anybody(chance)
        before = {r.rule.code: r.verdict for r in check(facts, as_of).routes}
        fewer = {name: value for name, value in facts.items() if chance.random() < 0.7}
        if "target_township" in facts:  # the same routes stay listed
            fewer["target_township"] = facts["target_township"]
        after = {r.rule.code: r.verdict for r in check(fewer, as_of).routes}

        for code, verdict in before.items():
            if verdict >= Verdict.OFFICER:
                assert after[code] is not Verdict.NOT_MET, (code, as_of, facts, fewer)
            if verdict <= Verdict.UNKNOWN:
                assert after[code] <= Verdict.UNKNOWN, (code, as_of, facts, fewer)


# --- The next questions


def test_no_fact_outside_next_facts_changes_the_answer(counts):
    chance, settled = random.Random(4), 0

    for _ in range(counts(1_200, 60_000)):
        as_of, facts = anybody(chance)
        before = check(facts, as_of)
        asked = set(before.next_facts)
        others = [name for name in NAMES if name not in facts and name not in asked]
        settled += not asked

        assert not asked & set(facts)
        assert len(asked) == len(before.next_facts)
        for _ in range(4):
            after = check(filled(chance, facts, as_of, others), as_of)
            assert (after.verdict, after.earliest_date) == (before.verdict, before.earliest_date), (
                as_of,
                facts,
                asked,
            )

    assert settled > 100


def test_each_single_fact_outside_next_facts_is_tried_with_every_value(counts):
    chance = random.Random(5)

    for _ in range(counts(40, 4_000)):
        as_of, facts = anybody(chance)
        before = check(facts, as_of)
        others = [n for n in NAMES if n not in facts and n not in before.next_facts]
        base = filled(chance, facts, as_of, others)
        for name in others:
            for value in dict.fromkeys(values_of(name, as_of)):
                after = check({**base, name: value}, as_of)
                assert (after.verdict, after.earliest_date) == (
                    before.verdict,
                    before.earliest_date,
                ), (as_of, facts, name, value)


@pytest.mark.parametrize(
    ("as_of", "facts", "first"),
    [
        (date(2026, 6, 1), {}, "target_township"),
        (date(2026, 6, 1), {"target_township": "330402100"}, "target_in_town_area"),
        (date(2026, 6, 1), {"target_township": "330483001"}, "housing"),
        (date(2017, 6, 1), {"target_township": "330483001"}, "housing"),
        (date(2026, 6, 1), {"target_township": "330483001", "housing": "owned"}, None),
    ],
)
def test_the_first_question(as_of, facts, first):
    assert next(iter(check(facts, as_of).next_facts), None) == first


def test_nobody_outside_the_policy_is_asked_about_what_does_not_matter():
    rural = {"target_township": "330402100", "target_in_town_area": False}

    assert check(rural, date(2026, 6, 1)).next_facts == ("hukou_place",)
    assert check({**rural, "hukou_place": "outside"}, date(2026, 6, 1)).next_facts == ()
    assert check({**rural, "hukou_place": "none"}, date(2026, 6, 1)).next_facts == ()


# --- More is never worse


def compared_from_below():
    """Return the facts that every rule compares by `at_least` or `above` alone."""
    operators = {}
    for rule in shipped_ruleset().versions:
        for node in rule.nodes:
            if isinstance(node, Compare):
                operators.setdefault(node.fact, set()).add(node.operator)
    return {
        name for name, used in operators.items() if used <= {"at_least", "above"} and name in FACTS
    }


def test_the_facts_of_which_more_is_never_worse():
    assert compared_from_below() == {
        "pension_insurance_months",
        "housing_area_per_person_m2",
        "zhejiang_hukou_years",
        "continuous_residence_months",
        "residence_registration_months",
        "months_in_current_rental",
        "professional_title",
        "skill_grade",
        "honour_level",
    }


def test_more_of_such_a_fact_is_never_worse(counts):
    chance, names = random.Random(6), sorted(compared_from_below())

    def rank(name, value):
        levels = COMPARABLE[name].level_of
        return levels[value] if levels else float(value)

    for _ in range(counts(600, 30_000)):
        as_of, facts = anybody(chance)
        name = chance.choice(names)
        values = sorted(dict.fromkeys(values_of(name, as_of)), key=lambda v: rank(name, v))
        less, more = sorted(chance.sample(range(len(values)), 2))
        low, high = (check({**facts, name: values[n]}, as_of) for n in (less, more))

        for before, after in zip(low.routes, high.routes, strict=True):
            assert before.verdict <= after.verdict, (name, as_of, facts)
        ranks = [OVERALL.index(c.verdict.value) for c in (low, high)]
        assert ranks[1] <= ranks[0] or low.verdict == "not_covered", (name, as_of, facts)


# --- The order of answers


def test_the_order_of_answers_never_matters(counts):
    chance = random.Random(7)

    for _ in range(counts(200, 10_000)):
        as_of, facts = anybody(chance)
        turned = dict(chance.sample(list(facts.items()), len(facts)))
        turned["household"] = [
            dict(chance.sample(list(member.items()), len(member))) for member in facts["household"]
        ]

        assert record_bytes(check(turned, as_of)) == record_bytes(check(facts, as_of))


def test_any_order_of_the_same_questions_ends_in_the_same_answer(counts):
    chance = random.Random(8)

    def ask(person, as_of, shuffled):
        known = {"target_township": person["target_township"]}
        while left := [n for n in check(known, as_of).next_facts if n in person]:
            name = shuffled.choice(left)
            known[name] = person[name]
        now = check(known, as_of)
        return now.verdict, now.earliest_date

    for _ in range(counts(60, 3_000)):
        as_of = random_day(chance)
        person = random_facts(chance, as_of, known=1.0, plain=chance.choice((0.0, 0.6, 0.9)))

        ends = {ask(person, as_of, random.Random(seed)) for seed in range(4)}

        whole = check(person, as_of)
        assert ends == {(whole.verdict, whole.earliest_date)}, (as_of, person)


# --- Replay


def test_an_answer_from_its_own_record_is_the_same_to_the_byte(counts):
    chance = random.Random(9)

    for _ in range(counts(300, 10_000)):
        as_of, facts = anybody(chance)
        kept = record_bytes(check(facts, as_of))

        record = json.loads(kept)
        again = check(record["facts"], date.fromisoformat(record["as_of"]))

        assert record_bytes(again) == kept
        assert plain_facts(again.facts) == record["facts"]


FRESH = """
import sys
from datetime import date
from eligibility.core.check import Check, record_bytes
from eligibility.core.stated import parse_facts
from eligibility.strict_json import loads
from tests.eligibility.builders import shipped_ruleset, townships
for line in sys.stdin:
    as_of, facts = loads(line)
    day = date.fromisoformat(as_of)
    read = parse_facts(facts, as_of=day, townships=townships())
    print(record_bytes(Check(shipped_ruleset(), read, day)).decode())
"""


def test_a_fresh_process_gives_the_same_bytes(counts):
    chance = random.Random(10)
    cases = [anybody(chance) for _ in range(counts(100, 2_000))]
    lines = [json.dumps([as_of.isoformat(), facts]) for as_of, facts in cases]

    outputs = [
        subprocess.run(
            [sys.executable, "-c", FRESH],
            input="\n".join(lines),
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]

    here = [record_bytes(check(facts, as_of)).decode() for as_of, facts in cases]
    assert outputs == [here, here]


def _with_another_version():
    """Return the shipped ruleset in which the counties ask for a permit again from 2026."""
    first = date(2026, 1, 1)
    stricter = make_rule(
        leaf("has_residence_permit", "is", True),
        code="county-stable-residence",
        version="2026",
        effective_from=first.isoformat(),
    )
    periods = []
    for period in shipped_ruleset().periods:
        last = period.last
        if period.rule.code == stricter.code and last is None:
            last = first - DAY
        periods.append(InForce(rule=period.rule, area=period.area, first=period.first, last=last))
    periods.append(InForce(rule=stricter, area="county", first=first, last=None))
    return Ruleset(periods, shipped_ruleset().order)


def test_a_kept_answer_stays_when_a_later_version_is_published(counts):
    chance, changed = random.Random(11), 0
    later = _with_another_version()
    rows = {
        rule.content_hash: SimpleNamespace(record=record)
        for file in legal_files()
        for record, rule in zip(file.records, file.rules, strict=True)
    }
    kept_by = from_manifest(json.loads(json.dumps(shipped_ruleset().manifest)), rows)

    assert kept_by.hash == shipped_ruleset().hash != later.hash
    for _ in range(counts(200, 10_000)):
        as_of, facts = anybody(chance)
        kept = record_bytes(check(facts, as_of))
        record = json.loads(kept)
        changed += check(facts, as_of, later).verdict.value != record["verdict"]

        again = check(record["facts"], date.fromisoformat(record["as_of"]), kept_by)

        assert record_bytes(again) == kept
    assert changed


@pytest.mark.parametrize(
    "rule",
    [rule for rule in shipped_ruleset().versions if rule.kind == "route"],
    ids=lambda rule: rule.label,
)
def test_the_drawn_people_reach_every_verdict_of_a_version(rule):
    chance, as_of = random.Random(12), rule.effective_from
    area = PLACES["urban" if "urban" in rule.areas else "county"]
    wanted = {Verdict.NOT_MET, Verdict.UNKNOWN}
    officers = any(isinstance(node, OfficerJudgement) for node in rule.nodes)
    wanted.add(Verdict.OFFICER if officers else Verdict.MET)

    seen = set()
    for _ in range(1_000):
        facts = random_facts(chance, as_of, known=chance.choice((0.5, 1.0))) | area
        found = check(facts, as_of)
        seen |= {route.verdict for route in found.routes if route.rule is rule}
        if seen == wanted:
            break

    assert seen == wanted
