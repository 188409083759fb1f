"""Random people: facts as JSON states them, with values around every figure of the law."""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.eligibility.builders import townships
from tests.oracle import CITY, UNITS, anniversary

FIRST, LAST = date(2016, 6, 28), date(2030, 12, 31)
CHANGES = (
    date(2016, 6, 28),
    date(2017, 10, 1),
    date(2018, 5, 1),
    date(2020, 8, 22),
    date(2022, 2, 1),
    date(2023, 7, 22),
)
FIGURES = {
    "pension_insurance_months": (12, 36, 60),
    "continuous_residence_months": (36,),
    "residence_registration_months": (12,),
    "months_in_current_rental": (6,),
    "zhejiang_hukou_years": (5,),
}
AGES = (18, 25, 26, 55, 60)  # at most 25 is left on the 26th birthday
YES_NO = (True, False)


def _around(figures: tuple[int, ...], most: int) -> tuple[int, ...]:
    near = {n + d for n in figures for d in (-3, -1, 0, 1)}
    return tuple(sorted({0, most} | near))


VALUES: Mapping[str, tuple[Any, ...]] = {
    "hukou_place": (*UNITS, "zhejiang", "zhejiang", "outside", "outside", "none"),
    "sex": ("male", "female"),
    "marital_status": ("single", "married", "divorced", "widowed"),
    "has_own_income": YES_NO,
    "housing": (
        "owned",
        "rented_private",
        "rented_public",
        "dormitory",
        "with_relatives",
        "none",
    ),
    "housing_area_per_person_m2": ("0", "39.13", "39.14", "39.15", 40, "200"),
    "lease_registered": YES_NO,
    "has_residence_registration": YES_NO,
    "has_residence_permit": YES_NO,
    "employment": (
        "contract",
        "self_employed",
        "business_owner",
        "public_sector",
        "none",
    ),
    "special_occupation": YES_NO,
    "education": (
        "none",
        "junior_middle",
        "senior_middle",
        "secondary_vocational",
        "junior_college",
        "bachelor",
        "master",
        "doctor",
    ),
    "foreign_degree_certified": YES_NO,
    "professional_title": (
        "none",
        "junior",
        "intermediate",
        "associate_senior",
        "senior",
    ),
    "skill_grade": ("none", "grade5", "grade4", "grade3", "grade2", "grade1"),
    "skill_in_shortage": YES_NO,
    "rural_transfer": YES_NO,
    "invests_locally": YES_NO,
    "investment_cny": (0, "1000000.50"),
    "annual_tax_cny": (0, "99999.99"),
    "honour": (
        "none",
        "model_worker",
        "moral_model",
        "outstanding_migrant_worker",
        "good_samaritan",
        "other",
    ),
    "honour_level": ("none", "county", "city", "province", "national"),
    "graduate_status": ("none", "fresh"),
    "has_migration_certificate": YES_NO,
    "studying_in_zhejiang_college": YES_NO,
    "sponsor": ("none", "child", "spouse", "parent"),
    "lives_with_sponsor": YES_NO,
    "sponsor_owns_home": YES_NO,
    **{
        name: _around(figures, 120 if name == "zhejiang_hukou_years" else 1440)
        for name, figures in FIGURES.items()
    },
}
DATES = ("birth_date", "graduation_date")
TARGET, IN_TOWN = "target_township", "target_in_town_area"
NAMES = (TARGET, IN_TOWN, *VALUES, *DATES)  # every fact of one person but the household
RELATIONS = (
    "spouse",
    "child",
    "parent",
    "grandparent",
    "grandchild",
    "sibling",
    "other",
)


@lru_cache(maxsize=1)
def _targets() -> tuple[str, ...]:
    """Return every township, the streets of the city often: most routes are theirs."""
    city = [c for c, t in townships().items() if c[:6] in CITY and t.kind == "街道"]
    return (*townships(), *city * 4)


def date_values(name: str, as_of: date) -> tuple[str, ...]:
    """Return days around every anniversary that the law looks at."""
    figures = AGES if name == "birth_date" else (15,)
    near = [
        anniversary(as_of, -years) + timedelta(days=shift)
        for years in figures
        for shift in (-40, -1, 0, 1, 2, 40)
    ]
    leap = [date(year, 2, 29) for year in (1960, 1964, 1992, 2000, 2004, 2008)]
    far = [as_of, as_of - timedelta(days=365), anniversary(as_of, -40)]
    days = dict.fromkeys([*near, *leap, *far])
    return tuple(day.isoformat() for day in days if day <= as_of)


def values_of(name: str, as_of: date) -> tuple[Any, ...]:
    """Return the values of one fact that tell the rules apart."""
    if name in DATES:
        return date_values(name, as_of)
    if name == TARGET:
        return _targets()
    if name == IN_TOWN:
        return YES_NO
    return VALUES[name]


def random_day(chance: random.Random) -> date:
    """Return a day of 2016 to 2030, often one beside a change of the law."""
    if chance.random() < 0.3:
        day = chance.choice(CHANGES) + timedelta(days=chance.choice((-1, 0, 1)))
        return max(day, FIRST)
    return FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1))


PLAIN: Mapping[str, Any] = {
    name: "none" if "none" in values else False
    for name, values in VALUES.items()
    if "none" in values or values == YES_NO
} | {"hukou_place": "outside", "marital_status": "married", "has_own_income": True}


def random_facts(
    chance: random.Random, as_of: date, *, known: float = 0.6, plain: float = 0.0
) -> dict[str, Any]:
    """Return facts of which about the share ``known`` is stated.

    ``plain`` is the share of facts that open no door: most people have no honour and no title.
    """
    return {
        name: PLAIN[name]
        if name in PLAIN and chance.random() < plain
        else chance.choice(values_of(name, as_of))
        for name in NAMES
        if chance.random() < known
    }


def random_member(chance: random.Random, as_of: date) -> dict[str, Any]:
    """Return one household member, parts of it unstated."""
    full = {
        "relation": chance.choice(RELATIONS),
        "birth_date": chance.choice(date_values("birth_date", as_of)),
        "marital_status": chance.choice(VALUES["marital_status"]),
        "has_own_income": chance.choice(YES_NO),
        "lives_together": chance.random() < 0.7,
    }
    return {name: value for name, value in full.items() if chance.random() < 0.8}


# --- The same for hypothesis, which looks for the smallest failing person

days = st.one_of(
    st.sampled_from(CHANGES).map(lambda d: max(d, FIRST)),
    st.sampled_from(CHANGES[1:]).map(lambda d: d - timedelta(days=1)),
    st.dates(FIRST, LAST),
)


def _members(as_of: date) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "relation": st.sampled_from(RELATIONS),
            "birth_date": st.sampled_from(date_values("birth_date", as_of)),
            "marital_status": st.sampled_from(VALUES["marital_status"]),
            "has_own_income": st.booleans(),
            "lives_together": st.booleans(),
        },
    )


@st.composite
def people(draw: st.DrawFn, *, household: bool = False) -> tuple[date, dict[str, Any]]:
    """Draw a day and the facts of a person on it; parts of them, or nearly all."""
    as_of = draw(days)
    chance = draw(st.randoms(use_true_random=False))
    known = draw(st.sampled_from((0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0)))
    plain = draw(st.sampled_from((0.0, 0.6, 0.8, 0.9)))
    facts = random_facts(chance, as_of, known=known, plain=plain)
    if household:
        facts["household"] = draw(st.lists(_members(as_of), max_size=4))
    return as_of, facts


def for_all(times: int, *strategies: st.SearchStrategy[Any], full: bool = False):
    """Return a decorator that calls a test's claim for ``times`` drawn arguments, at once.

    By default the same people are drawn each time, so that a red run is red again.
    """
    how = settings(
        max_examples=times,
        deadline=None,
        derandomize=not full,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    def run(claim: Callable[..., None]) -> None:
        how(given(*strategies)(claim))()

    return run
