"""The people around those of the synthetic population: who would come along, if anybody may.

As there, every share is an assumption of ours, written down in docs/synthetic_population.md.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from eligibility import synthetic
from eligibility.core.columns import Array, ages, code_of, dtype_of, unknown_code
from eligibility.core.facts import MEMBER_FACTS
from eligibility.households import Members

MARRIED, UNMARRIED = "married", "single"


@dataclass(frozen=True, kw_only=True)
class Kin:
    """One place in a household: how often it is taken, and what is drawn of who takes it."""

    relation: str
    share: float  # of applicants who have somebody there
    ages: tuple[tuple[int, int, float], ...]  # from, up to but not including, share
    together: float  # live with the applicant
    single: float  # never married; the others are married
    income: float  # have an income of their own


HOUSEHOLD = (
    Kin(
        relation="spouse",
        share=0.54,
        ages=((20, 40, 0.55), (40, 70, 0.45)),
        together=0.85,
        single=0.0,
        income=0.7,
    ),
    Kin(
        relation="child",
        share=0.5,
        ages=((0, 18, 0.7), (18, 25, 0.2), (25, 40, 0.1)),
        together=0.75,
        single=0.85,
        income=0.15,
    ),
    Kin(
        relation="child",
        share=0.2,
        ages=((0, 18, 0.75), (18, 25, 0.15), (25, 40, 0.1)),
        together=0.75,
        single=0.85,
        income=0.15,
    ),
    Kin(
        relation="parent",
        share=0.3,
        ages=((40, 60, 0.4), (60, 90, 0.6)),
        together=0.4,
        single=0.0,
        income=0.5,
    ),
    Kin(
        relation="grandparent",
        share=0.05,
        ages=((60, 95, 1.0),),
        together=0.4,
        single=0.0,
        income=0.4,
    ),
    Kin(
        relation="grandchild",
        share=0.05,
        ages=((0, 18, 0.9), (18, 25, 0.1)),
        together=0.5,
        single=1.0,
        income=0.02,
    ),
    Kin(
        relation="sibling",
        share=0.08,
        ages=((10, 18, 0.2), (18, 60, 0.8)),
        together=0.5,
        single=0.5,
        income=0.6,
    ),
    Kin(
        relation="other",
        share=0.05,
        ages=((18, 60, 1.0),),
        together=0.6,
        single=0.5,
        income=0.7,
    ),
)
# The share of members of whom each fact is not known.
MISSING = {
    "relation": 0.01,
    "lives_together": 0.05,
    "birth_date": 0.02,
    "marital_status": 0.05,
    "has_own_income": 0.08,
}
DAYS = 365  # to a year of age


def members(block: synthetic.Block, seed: int) -> Members:
    """Return the household members of a block's people; equal arguments, equal members."""
    number = block.first // synthetic.BLOCK
    parts = [_drawn(block, kin, place, seed, number) for place, kin in enumerate(HOUSEHOLD)]
    of = np.concatenate([rows for rows, _ in parts])
    names = parts[0][1]
    arrays = {name: np.concatenate([arrays[name] for _, arrays in parts]) for name in names}
    return Members(of=of, arrays=arrays)


def _drawn(
    block: synthetic.Block, kin: Kin, place: int, seed: int, number: int
) -> tuple[Array, dict[str, Array]]:
    """Return the applicants who have somebody at one place, and the facts of those members."""

    def chances(name: str) -> Array:
        key = (seed, number, zlib.crc32(f"household-{place}-{name}".encode()))
        shape = (2, synthetic.BLOCK)
        return np.random.default_rng(key).random(shape, np.float32)[:, : block.length]

    there = np.flatnonzero(chances("share")[0] < kin.share)
    arrays: dict[str, Array] = {}

    def put(name: str, codes: Array) -> None:
        fact = MEMBER_FACTS[name]
        hidden = chances(f"{name}-known")[0][there] < MISSING[name]
        arrays[name] = np.where(hidden, unknown_code(fact), codes).astype(dtype_of(fact))

    def yes(name: str, share: float) -> Array:
        fact = MEMBER_FACTS[name]
        drawn = chances(name)[0][there] < share
        return np.where(drawn, code_of(fact, True), code_of(fact, False))

    relation, status = MEMBER_FACTS["relation"], MEMBER_FACTS["marital_status"]
    put("relation", np.full(len(there), code_of(relation, kin.relation)))
    put("lives_together", yes("lives_together", kin.together))
    single = chances("marital_status")[0][there] < kin.single
    put("marital_status", np.where(single, code_of(status, UNMARRIED), code_of(status, MARRIED)))
    put("has_own_income", yes("has_own_income", kin.income))
    born = np.datetime64(block.day) - _days(kin, *chances("birth_date"))[there]
    hidden = chances("birth_date-known")[0][there] < MISSING["birth_date"]
    arrays["age_years"] = ages(np.where(hidden, np.datetime64("NaT"), born), block.day)
    return there, arrays


def _days(kin: Kin, band: Array, inside: Array) -> Array:
    """Return how many days ago each was born."""
    bounds = np.cumsum([share for _, _, share in kin.ages])[:-1]
    which = np.searchsorted(bounds, band, "right")
    low = np.array([low for low, _, _ in kin.ages])[which]
    high = np.array([high for _, high, _ in kin.ages])[which]
    return ((low + inside * (high - low)) * DAYS).astype(np.int64)
