"""The earliest dates of many people at once, day for day those of ``forecast``.

A person's answer changes only where a version begins or a known leaf flips. So each of these is
tried in turn, for everybody together: the day on which it falls for each person, the facts grown
to that day, and the version of that day over the grown facts.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from eligibility.core.columns import (
    ANY_AREA,
    AREA_BITS,
    MET_BITS,
    Array,
    BlockJudge,
    Columns,
    ages,
    day_parts,
    graduation_years,
    may_be_met_later,
)
from eligibility.core.condition import Compare, leaves
from eligibility.core.facts import COMPARABLE, Fact, Growth
from eligibility.core.forecast import HORIZON_YEARS, growing_leaves
from eligibility.core.periods import add_years
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import InForce, Listed, Ruleset, RuleVersion

NEVER = np.datetime64(date.max)  # later than any horizon


def earliest(
    ruleset: Ruleset, day: date, people: Columns, listed: Sequence[Listed] | None = None
) -> Array:
    """Return the least earliest date of the listed routes a person; NEVER where there is none.

    Only for people who meet none of the routes on ``day``. ``listed`` names the routes that are
    asked, where not all are wanted.
    """
    found = np.full(people.length, NEVER)
    asked = ruleset.listing(day, AREA_CLASSES) if listed is None else listed
    rows = np.flatnonzero(may_be_met_later(ruleset, day, people, asked))
    if not len(rows):
        return found
    some = people.rows(rows)
    dates = np.full(len(rows), NEVER)
    for entry in asked:
        _route(ruleset, entry, day, some, dates)
    found[rows] = dates
    return found


def _route(ruleset: Ruleset, entry: Listed, day: date, people: Columns, dates: Array) -> None:
    """Lower ``dates`` to the days on which one listed route is met."""
    outside = ANY_AREA - sum(AREA_BITS[area] for area in entry.areas)
    for possible in range(1, ANY_AREA + 1):
        here = (people.areas == possible) if not possible & outside else None
        if here is None or not here.any():
            continue  # while the place is open, nothing says that the route applies
        lines = [
            tuple(p for p in ruleset.line(entry.rule.code, area) if not p.last or p.last > day)
            for area, bit in AREA_BITS.items()
            if possible & bit
        ]
        rows = np.flatnonzero(here)
        some = people.rows(rows)
        dates[rows] = np.minimum(dates[rows], _first_met(lines, day, some))


def _first_met(lines: list[tuple[InForce, ...]], day: date, people: Columns) -> Array:
    first = np.full(people.length, NEVER)
    start = np.datetime64(day)
    last = np.datetime64(add_years(day, HORIZON_YEARS) or date.max)
    for when in _turns(lines, day, people):
        rows = np.flatnonzero((when > start) & (when <= last) & (when < first))  # never for NaT
        if len(rows):
            met = _met_on(lines, day, people.rows(rows), when[rows])
            first[rows[met]] = when[rows[met]]
    return first


def _turns(lines: list[tuple[InForce, ...]], day: date, people: Columns) -> Iterator[Array]:
    """Yield the days of each turn, a day a person; NaT where a fact is not known."""
    periods = [period for line in lines for period in line]
    for begins in dict.fromkeys(period.first for period in periods):
        yield np.full(people.length, np.datetime64(begins))
    turns = dict.fromkeys(turn for period in periods for turn in growing_leaves(period.rule))
    for name, amount in turns:
        when = _reached(COMPARABLE[name], amount, day, people)
        if when is not None:
            yield when


def _reached(fact: Fact, amount: int, day: date, people: Columns) -> Array | None:
    """Return the day on which each person's fact reaches ``amount``."""
    column = people.arrays.get(fact.since or fact.name)
    if column is None:
        return None
    if fact.growth is Growth.AGE:
        year, month, of_month = day_parts(column)
        begins = _month(year + amount, month)
        days: Array = begins + (of_month - 1)  # a 29 February that is none is 1 March
        return np.where(np.isnat(column), np.datetime64("NaT"), days)
    if fact.growth is Growth.BEGUN_YEARS:
        year, month, of_month = day_parts(column)
        days = _clamped(year + amount - 1, month, of_month) + 1
        return np.where(np.isnat(column), np.datetime64("NaT"), days)
    missing = amount - column.astype(np.int64)
    months = missing if fact.growth is Growth.MONTHLY else 12 * missing
    number = day.year * 12 + day.month - 1 + months
    days = _clamped(number // 12, number % 12 + 1, np.full(len(column), day.day))
    return np.where(column < 0, np.datetime64("NaT"), days)


def _month(year: Array, month: Array) -> Array:
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]")


def _length(year: Array, month: Array) -> Array:
    return (_month(year + month // 12, month % 12 + 1) - _month(year, month)).astype(np.int64)


def _clamped(year: Array, month: Array, of_month: Array) -> Array:
    """Return a day of each month, or the month's last."""
    days: Array = _month(year, month) + (np.minimum(of_month, _length(year, month)) - 1)
    return days


def months_between(start: date, when: Array) -> Array:
    """Return how many whole months have passed for each day, as ``periods`` counts them."""
    year, month, of_month = day_parts(when)
    months = (year - start.year) * 12 + month - start.month
    whole: Array = months - (of_month < np.minimum(start.day, _length(year, month)))
    return whole


def _met_on(lines: list[tuple[InForce, ...]], day: date, people: Columns, when: Array) -> Array:
    """Return who meets the version of his day, in every area class that is possible."""
    months = months_between(day, when)
    met = np.ones(people.length, bool)
    for line in lines:
        here = np.zeros(people.length, bool)
        for period in line:
            covers = when >= np.datetime64(period.first)
            if period.last is not None:
                covers &= when <= np.datetime64(period.last)
            rows = np.flatnonzero(covers & met)
            if len(rows):
                grown = _grown(period.rule, people.rows(rows), months[rows], when[rows])
                here[rows] = BlockJudge(grown).node(period.rule.condition) == MET_BITS
        met &= here
    return met


def _grown(rule: RuleVersion, people: Columns, months: Array, when: Array) -> Columns:
    """Return the facts of each person on his day, if nothing changes but the time."""
    arrays = dict(people.arrays)
    for name in {leaf.fact for leaf in leaves(rule.condition) if isinstance(leaf, Compare)}:
        fact = COMPARABLE[name]
        column = arrays.get(fact.since or name)
        if column is None:
            continue
        match fact.growth:
            case Growth.MONTHLY:
                arrays[name] = np.where(column < 0, -1, column + months)
            case Growth.YEARLY:
                arrays[name] = np.where(column < 0, -1, column + months // 12)
            case Growth.AGE:
                arrays[name] = ages(column, when)
            case Growth.BEGUN_YEARS:
                arrays[name] = graduation_years(column, when)
    return Columns(arrays=arrays, areas=people.areas, length=people.length)
