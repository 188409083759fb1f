"""A made-up population for measuring drafts and testing: equal seeds, equal people.

The shares below are assumptions, written down in docs/synthetic_population.md. They are there so
that every branch of every rule meets somebody; they are no statistics of Jiaxing or of anybody.
People are made in blocks, each from the seed and its own number, so that a run can begin at any
block and never holds more than one.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from eligibility.core.columns import (
    ANY_AREA,
    AREA_BITS,
    Array,
    Columns,
    ages,
    code_of,
    dtype_of,
    graduation_years,
    unknown_code,
)
from eligibility.core.facts import FACTS, Kind
from eligibility.core.places import Township
from eligibility.core.stated import FIRST_DAY, read_value

SEED = 20160628  # of the population that impact runs use
PEOPLE = 1_000_000
BLOCK = 50_000
MOST = 100_000_000
RENTED = ("rented_private", "rented_public")
IN_ZHEJIANG = ("330402", "330411", "330421", "330424", "330481", "330482", "330483", "zhejiang")


@dataclass(frozen=True, kw_only=True)
class OnlyFor:
    """A fact that is asked only of people with certain values of another; else it is missing."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How one fact is drawn: by shares of values, in bands, or as a part of another count."""

    name: str
    missing: float  # the share of people of whom it is not known
    shares: Mapping[Any, float] | None = None
    bands: tuple[tuple[int, int, float], ...] = ()  # from, up to but not including, share
    part_of: str = ""
    only_for: OnlyFor | None = None


def _yes(name: str, share: float, missing: float, only_for: OnlyFor | None = None) -> Drawn:
    shares = {True: share, False: round(1 - share, 4)}
    return Drawn(name=name, missing=missing, shares=shares, only_for=only_for)


_TENANTS = OnlyFor(fact="housing", values=RENTED)
_SPONSORED = OnlyFor(fact="sponsor", values=("child", "spouse", "parent"))

DRAWN: tuple[Drawn, ...] = (
    Drawn(
        name="hukou_place",
        missing=0.03,
        shares={
            **dict.fromkeys(IN_ZHEJIANG[:-1], 0.03),
            "zhejiang": 0.16,
            "outside": 0.62,
            "none": 0.01,
        },
    ),
    Drawn(
        name="zhejiang_hukou_years",
        missing=0.1,
        bands=((0, 5, 0.3), (5, 20, 0.4), (20, 60, 0.3)),
        only_for=OnlyFor(fact="hukou_place", values=IN_ZHEJIANG),
    ),
    Drawn(
        name="birth_date",
        missing=0.02,
        bands=((0, 16, 0.06), (16, 26, 0.24), (26, 40, 0.38), (40, 60, 0.22), (60, 90, 0.1)),
    ),
    Drawn(name="sex", missing=0.02, shares={"male": 0.53, "female": 0.47}),
    Drawn(
        name="marital_status",
        missing=0.04,
        shares={"single": 0.38, "married": 0.54, "divorced": 0.06, "widowed": 0.02},
    ),
    _yes("has_own_income", 0.8, 0.05),
    Drawn(
        name="housing",
        missing=0.05,
        shares={
            "owned": 0.24,
            "rented_private": 0.38,
            "rented_public": 0.05,
            "dormitory": 0.18,
            "with_relatives": 0.12,
            "none": 0.03,
        },
    ),
    Drawn(name="housing_area_per_person_m2", missing=0.25, bands=((50, 800, 1.0),)),
    _yes("lease_registered", 0.55, 0.12, _TENANTS),
    Drawn(
        name="continuous_residence_months",
        missing=0.08,
        bands=((0, 6, 0.15), (6, 12, 0.15), (12, 36, 0.3), (36, 60, 0.18), (60, 361, 0.22)),
    ),
    Drawn(
        name="months_in_current_rental",
        missing=0.1,
        part_of="continuous_residence_months",
        only_for=_TENANTS,
    ),
    Drawn(
        name="residence_registration_months",
        missing=0.12,
        part_of="continuous_residence_months",
    ),
    _yes("has_residence_registration", 0.72, 0.08),
    _yes("has_residence_permit", 0.48, 0.06),
    Drawn(
        name="employment",
        missing=0.05,
        shares={
            "contract": 0.58,
            "self_employed": 0.14,
            "business_owner": 0.05,
            "public_sector": 0.04,
            "none": 0.19,
        },
    ),
    _yes("special_occupation", 0.06, 0.15),
    Drawn(
        name="pension_insurance_months",
        missing=0.12,
        bands=((0, 1, 0.25), (1, 12, 0.17), (12, 36, 0.23), (36, 60, 0.15), (60, 301, 0.2)),
    ),
    Drawn(
        name="education",
        missing=0.04,
        shares={
            "none": 0.08,
            "junior_middle": 0.34,
            "senior_middle": 0.15,
            "secondary_vocational": 0.14,
            "junior_college": 0.15,
            "bachelor": 0.12,
            "master": 0.018,
            "doctor": 0.002,
        },
    ),
    Drawn(
        name="graduation_date",
        missing=0.2,
        bands=((0, 5, 0.3), (5, 15, 0.35), (15, 40, 0.35)),
        only_for=OnlyFor(
            fact="education",
            values=(
                "senior_middle",
                "secondary_vocational",
                "junior_college",
                "bachelor",
                "master",
                "doctor",
            ),
        ),
    ),
    _yes("foreign_degree_certified", 0.01, 0.08),
    Drawn(
        name="professional_title",
        missing=0.08,
        shares={
            "none": 0.86,
            "junior": 0.08,
            "intermediate": 0.045,
            "associate_senior": 0.012,
            "senior": 0.003,
        },
    ),
    Drawn(
        name="skill_grade",
        missing=0.08,
        shares={
            "none": 0.82,
            "grade5": 0.07,
            "grade4": 0.05,
            "grade3": 0.04,
            "grade2": 0.015,
            "grade1": 0.005,
        },
    ),
    _yes("skill_in_shortage", 0.05, 0.2),
    _yes("rural_transfer", 0.4, 0.15),
    _yes("invests_locally", 0.03, 0.06),
    Drawn(
        name="investment_cny",
        missing=0.9,
        shares={"0": 0.7, "100000": 0.2, "1000000.50": 0.1},
    ),
    Drawn(
        name="annual_tax_cny",
        missing=0.9,
        shares={"0": 0.7, "9999.99": 0.2, "100000": 0.1},
    ),
    Drawn(
        name="honour",
        missing=0.05,
        shares={
            "none": 0.975,
            "model_worker": 0.005,
            "moral_model": 0.005,
            "outstanding_migrant_worker": 0.005,
            "good_samaritan": 0.005,
            "other": 0.005,
        },
    ),
    Drawn(
        name="honour_level",
        missing=0.05,
        shares={"none": 0.1, "county": 0.5, "city": 0.25, "province": 0.1, "national": 0.05},
        only_for=OnlyFor(
            fact="honour",
            values=(
                "model_worker",
                "moral_model",
                "outstanding_migrant_worker",
                "good_samaritan",
                "other",
            ),
        ),
    ),
    Drawn(name="graduate_status", missing=0.05, shares={"none": 0.95, "fresh": 0.05}),
    _yes("has_migration_certificate", 0.03, 0.1),
    _yes("studying_in_zhejiang_college", 0.03, 0.05),
    Drawn(
        name="sponsor",
        missing=0.06,
        shares={"none": 0.82, "child": 0.05, "spouse": 0.08, "parent": 0.05},
    ),
    _yes("lives_with_sponsor", 0.75, 0.08, _SPONSORED),
    _yes("sponsor_owns_home", 0.7, 0.1, _SPONSORED),
)
PLACE_MISSING = 0.04  # of the target township
STREET_WEIGHT, TOWN_WEIGHT = 2, 1  # inside each of the seven units, which are equally likely
IN_TOWN_AREA, IN_TOWN_AREA_MISSING = 0.5, 0.3  # of those who choose a town of the two districts


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some people of the population, from the one of number ``first`` on."""

    first: int
    length: int
    day: date
    places: Array  # index into ``codes``, -1: not known
    in_town_area: Array  # 1 yes, 0 no, -1: not known or not asked
    codes: tuple[str, ...]
    townships: Mapping[str, Township]
    drawn: Mapping[str, Array]  # an index into the values, a count, or a day

    @cached_property
    def columns(self) -> Columns:
        """Return the people as the columns that rules compare."""
        arrays: dict[str, Array] = {}
        for one in DRAWN:
            fact, found = FACTS[one.name], self.drawn[one.name]
            if fact.kind is Kind.DATE:
                arrays[one.name] = found
            elif fact.compared:
                values = _values(one)
                if values is None:
                    arrays[one.name] = found.astype(dtype_of(fact))
                else:
                    codes = [code_of(fact, read_value(fact, value)) for value in values]
                    known = np.array([*codes, unknown_code(fact)], dtype_of(fact))
                    arrays[one.name] = known[found]
        arrays["age_years"] = ages(arrays["birth_date"], self.day)
        arrays["graduation_years_begun"] = graduation_years(arrays["graduation_date"], self.day)
        return Columns(arrays=arrays, areas=self._areas(), length=self.length)

    def _areas(self) -> Array:
        by_answer = []
        for answer in (False, True, None):  # 0, 1 and, from behind, -1
            known = [self.townships[code].area_classes(answer) for code in self.codes]
            by_answer.append([*(sum(AREA_BITS[a] for a in classes) for classes in known), ANY_AREA])
        return np.array(by_answer, np.uint8)[self.in_town_area, self.places]

    @cached_property
    def counties(self) -> Array:
        """Return the county code of each target, empty where it is not known."""
        known = [self.townships[code].county_code for code in self.codes]
        return np.array([*known, ""])[self.places]

    @cached_property
    def table(self) -> pa.Table:
        """Return the people as a table of facts, as anybody would hand one in."""
        columns = {
            "target_township": _taken(self.codes, self.places),
            "target_in_town_area": _taken((False, True), self.in_town_area),
        }
        for one in DRAWN:
            found, values = self.drawn[one.name], _values(one)
            if FACTS[one.name].kind is Kind.DATE:
                columns[one.name] = pa.array(found.astype("datetime64[D]"), pa.date32())
            elif values is not None:
                columns[one.name] = _taken(values, found)
            else:
                columns[one.name] = pa.array(found.astype(np.int16), mask=found < 0)
        return pa.table(columns)


def _taken(values: Any, index: Array) -> pa.Array:
    return pa.array(values).take(pa.array(index, mask=index < 0))


def _values(one: Drawn) -> tuple[Any, ...] | None:
    """Return the distinct values that an index is drawn for; None where a count is drawn."""
    if one.shares is not None:
        return tuple(one.shares)
    if FACTS[one.name].kind is Kind.DECIMAL:  # bands are in tenths
        return tuple(f"{n // 10}.{n % 10}" for n in range(one.bands[-1][1]))
    return None


def people(
    count: int, seed: int, day: date, townships: Mapping[str, Township], *, start: int = 0
) -> Iterator[Block]:
    """Yield the people from number ``start`` (a whole number of blocks) up to ``count``.

    ``day`` is the day on which their ages are counted. The same number is the same person however
    many are made.
    """
    if start % BLOCK:
        raise ValueError(f"people begin at a multiple of {BLOCK}")
    for first in range(start, count, BLOCK):
        yield block(first // BLOCK, min(BLOCK, count - first), seed, day, townships)


def block(
    number: int, length: int, seed: int, day: date, townships: Mapping[str, Township]
) -> Block:
    """Return the first ``length`` people of one block."""

    def chances(name: str) -> Array:
        key = (seed, number, zlib.crc32(name.encode()))  # a new fact changes no other
        return np.random.default_rng(key).random((2, BLOCK), np.float32)

    codes = tuple(sorted(townships))
    where, known = chances("target_township")
    places = np.searchsorted(_bounds(_weights(codes, townships)), where, "right")
    places[known < PLACE_MISSING] = -1
    asks = np.array([*(townships[code].needs_town_area for code in codes), False])
    inside, known = chances("target_in_town_area")
    in_town_area = (inside < IN_TOWN_AREA).astype(np.int64)
    in_town_area[(known < IN_TOWN_AREA_MISSING) | ~asks[places]] = -1
    whole: dict[str, Array] = {}  # also of those who do not tell
    told: dict[str, Array] = {}
    for one in DRAWN:
        value, known = chances(one.name)
        whole[one.name] = found = _draw(one, value, whole)
        hidden = known < np.float32(one.missing)
        if one.only_for is not None:
            values = list(_values(_BY_NAME[one.only_for.fact]) or ())
            asked = [values.index(v) for v in one.only_for.values]
            hidden |= ~np.isin(told[one.only_for.fact], asked)
        if FACTS[one.name].kind is Kind.DATE:
            days = np.datetime64(day) - found
            told[one.name] = np.where(hidden, np.datetime64("NaT"), days)[:length]
        else:
            told[one.name] = np.where(hidden, -1, found)
    return Block(
        first=number * BLOCK,
        length=length,
        day=day,
        places=places[:length],
        in_town_area=in_town_area[:length],
        codes=codes,
        townships=townships,
        drawn={name: found[:length] for name, found in told.items()},
    )


_BY_NAME = {one.name: one for one in DRAWN}


def _draw(one: Drawn, value: Array, whole: Mapping[str, Array]) -> Array:
    """Return an index, a count, or for a date how many days ago it is."""
    if one.part_of:
        return (value * (whole[one.part_of] + 1)).astype(np.int64)
    if one.shares is not None:
        return np.searchsorted(_bounds(list(one.shares.values())), value, "right")
    bounds = _bounds([share for _, _, share in one.bands])
    band = np.searchsorted(bounds, value, "right")
    low = np.array([low for low, _, _ in one.bands])[band]
    high = np.array([high for _, high, _ in one.bands])[band]
    ends = np.array([0.0, *bounds, 1.0])
    inside = (value - ends[band]) / (ends[band + 1] - ends[band])
    per_unit = 365 if FACTS[one.name].kind is Kind.DATE else 1
    return ((low + inside * (high - low)) * per_unit).astype(np.int64)


def _bounds(weights: list[float]) -> Array:
    """Return where each value but the last ends, so that rounding invents no value."""
    return (np.cumsum(weights) / np.sum(weights))[:-1]


def _weights(codes: tuple[str, ...], townships: Mapping[str, Township]) -> list[float]:
    weights = [STREET_WEIGHT if townships[code].kind == "街道" else TOWN_WEIGHT for code in codes]
    units: dict[str, int] = {}
    for code, weight in zip(codes, weights, strict=True):
        county = townships[code].county_code
        units[county] = units.get(county, 0) + weight
    return [
        weight / units[townships[code].county_code]
        for code, weight in zip(codes, weights, strict=True)
    ]


__all__ = ["BLOCK", "DRAWN", "FIRST_DAY", "PEOPLE", "SEED", "Block", "block", "people"]
