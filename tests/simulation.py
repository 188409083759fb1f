"""People who answer one question after the other, always the first of ``next_facts``.

Used by the test of the share of facts that are asked, and to see what another order would cost.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from eligibility.core.check import Check
from eligibility.core.places import CITY_DISTRICTS, UNITS
from eligibility.core.questions import facts_of
from eligibility.core.stated import parse_facts
from tests.eligibility.builders import shipped_ruleset, townships
from tests.people import random_facts, values_of

ERAS = (
    date(2017, 6, 1),
    date(2019, 6, 1),
    date(2021, 6, 1),
    date(2022, 6, 1),
    date(2026, 6, 1),
)
UNSURE = 0.1  # of the answers are "I do not know"
# People are drawn at random over the values of every fact. Whenever a verdict was given to less
# than this share of all so far, somebody is looked for who will get it.
LEAST = 0.06
WANTED = ("not_yet", "officer_decides", "not_eligible", "eligible")
TRIES = 100  # until somebody with the wanted verdict is found; in some places there is nobody
PLAIN = 0.75  # of the answers of those who are looked for open no door
TARGET = "target_township"


@dataclass(frozen=True)
class Interview:
    """One person's questionnaire, from the target to the last question."""

    as_of: date
    verdict: str
    asked: tuple[str, ...]  # without the target
    declined: frozenset[str]
    listed: int  # the distinct facts in the conditions of the listed routes

    @property
    def share(self) -> float:
        """Return the share of the listed facts that was asked."""
        return len(self.asked) / self.listed


def check(facts: Mapping[str, Any], as_of: date) -> Check:
    """Return the check of facts as JSON states them."""
    read = parse_facts(facts, as_of=as_of, townships=townships())
    return Check(shipped_ruleset(), read, as_of)


@lru_cache(maxsize=1)
def places() -> Mapping[str, tuple[str, ...]]:
    """Return the townships to draw from: any of a county, the streets of the two districts."""
    return {
        unit: tuple(
            code
            for code, township in townships().items()
            if township.county_code == unit
            and (unit not in CITY_DISTRICTS or not township.needs_town_area)
        )
        for unit in UNITS
    }


def draw_person(chance: random.Random, as_of: date, wanted: str = "") -> dict[str, Any]:
    """Draw somebody of whom everything is known, uniform over the seven areas."""
    target = chance.choice(places()[chance.choice(UNITS)])
    for _ in range(TRIES if wanted else 0):
        person = random_facts(chance, as_of, known=1.0, plain=PLAIN)
        person[TARGET] = target
        if check(person, as_of).verdict == wanted:
            return person
    return random_facts(chance, as_of, known=1.0) | {TARGET: target}


def interview(
    person: Mapping[str, Any],
    as_of: date,
    chance: random.Random,
    *,
    order: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple,
) -> Interview:
    """Ask until nothing is left to ask; what somebody does not know is not asked again."""
    known = {TARGET: person[TARGET]}
    asked: list[str] = []
    declined: set[str] = set()
    while True:
        now = check(known, as_of)
        left = [name for name in order(now.next_facts) if name not in declined]
        if not left:
            break
        asked.append(left[0])
        if chance.random() < UNSURE:
            declined.add(left[0])
        else:
            known[left[0]] = person[left[0]]
    return Interview(
        as_of=as_of,
        verdict=now.verdict.value,
        asked=tuple(asked),
        declined=frozenset(declined),
        listed=len(facts_of(now.assessment.panel.rules)),
    )


def interviews(as_of: date, people: int, seed: int) -> Iterator[Interview]:
    """Interview seeded people of one day."""
    chance = random.Random(f"{seed} {as_of}")
    given: Counter[str] = Counter()
    for number in range(people):
        rare = [verdict for verdict in WANTED if given[verdict] < LEAST * number]
        person = draw_person(chance, as_of, rare[0] if rare else "")
        done = interview(person, as_of, chance)
        given[done.verdict] += 1
        yield done


def matters(
    known: Mapping[str, Any], as_of: date, fact: str, chance: random.Random, tries: int
) -> bool:
    """Look for two people who differ in ``fact`` alone and get another verdict or date.

    Both agree with what is known; everything else about them is drawn.
    """
    values = dict.fromkeys(values_of(fact, as_of))
    for _ in range(tries):
        plain = chance.choice((0.0, 0.4, 0.8, 0.9))
        somebody = random_facts(chance, as_of, known=1.0, plain=plain) | known
        answers = set()
        for value in values:
            now = check(somebody | {fact: value}, as_of)
            answers.add((now.verdict, now.earliest_date))
            if len(answers) > 1:
                return True
    return False
