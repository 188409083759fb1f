"""The same conditions over NumPy columns, for whole populations.

A fact is one small array: a choice or a yes-or-no holds a single set bit (none: unknown), a count
holds the count (-1: unknown). A verdict is a thermometer of bits, so that ``all`` is a bitwise
and, ``any`` a bitwise or. People are judged in blocks that stay in the processor's cache.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.core.condition import (
    All,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    leaves,
    satisfying,
)
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Fact, Growth, Kind
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import Listed, Ruleset, RuleVersion
from eligibility.core.verdict import Verdict

BLOCK = 1 << 15  # people judged at a time: some dozens of arrays of this length fit the cache
NOT_LISTED, PLACE_DECIDES = 255, 254
MET_BITS, OFFICER_BITS, _UNKNOWN = 0b111, 0b011, 0b001
_BITS = {
    Verdict.NOT_MET: 0,
    Verdict.UNKNOWN: _UNKNOWN,
    Verdict.OFFICER: OFFICER_BITS,
    Verdict.MET: MET_BITS,
}
_SCALE = Decimal(10) ** 6
AREA_BITS = {area: 1 << place for place, area in enumerate(AREA_CLASSES)}
ANY_AREA = sum(AREA_BITS.values())

Array = NDArray[Any]
_dictionary = MEMBER_COMPARABLE | COMPARABLE  # a name that both hold is the same fact in both


def dtype_of(fact: Fact) -> Any:
    """Return the type of the array that holds a fact."""
    if fact.kind in (Kind.CHOICE, Kind.BOOL):
        return np.uint16
    return np.int64 if fact.kind is Kind.DECIMAL else np.int16


def code_of(fact: Fact, value: Any) -> int:
    """Return the code of one known value."""
    match fact.kind:
        case Kind.BOOL:
            return 2 if value else 1
        case Kind.CHOICE:
            return 1 << fact.values.index(value)
        case Kind.DECIMAL:
            return decimal_code(value)
    return int(value)


def unknown_code(fact: Fact) -> int:
    """Return the code of a missing value."""
    return 0 if fact.kind in (Kind.CHOICE, Kind.BOOL) else -1


def decimal_code(value: Decimal) -> int:
    """Return a whole number that compares as ``value`` does with any figure of six decimals.

    Twice the millionths, and one more where something is left over: exact without a float.
    """
    scaled = value * _SCALE
    whole = int(scaled.to_integral_value(rounding=ROUND_FLOOR))
    return 2 * whole + (scaled != whole)


def ages(born: Array, day: date | Array) -> Array:
    """Return ages in completed years on ``day``, one day or one a person; -1: not known."""
    known = ~np.isnat(born)
    year, month, of_month = day_parts(born)
    on_year, on_month, on_day = day_parts(np.asarray(day, "datetime64[D]"))
    not_yet = (on_month * 32 + on_day) < (month * 32 + of_month)
    return np.where(known, on_year - year - not_yet, -1).astype(np.int16)


def graduation_years(graduated: Array, day: date | Array) -> Array:
    """Return the years since each day, a begun year counted whole; -1: not known."""
    known = ~np.isnat(graduated)
    year, month, of_month = day_parts(graduated)
    on_year, on_month, on_day = day_parts(np.asarray(day, "datetime64[D]"))
    leap = ((on_year % 4 == 0) & (on_year % 100 != 0)) | (on_year % 400 == 0)
    # An anniversary of 29 February falls on the 28th.
    of_month = np.where((month == 2) & (of_month == 29) & ~leap, 28, of_month)
    passed = (on_month * 32 + on_day) > (month * 32 + of_month)
    return np.where(known, on_year - year + passed, -1).astype(np.int16)


def day_parts(days: Array) -> tuple[Array, Array, Array]:
    """Return year, month and day of the month of each day."""
    days = days.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_month = (days - months).astype(np.int64) + 1
    number = months.astype(np.int64)
    return number // 12 + 1970, number % 12 + 1, of_month


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The facts of many people: an array a fact, and the area classes that are possible.

    The days from which years are counted stand among the arrays as days, for the forecast.
    """

    arrays: Mapping[str, Array]
    areas: Array  # bits of AREA_BITS
    length: int

    def block(self, start: int, stop: int) -> "Columns":
        """Return the people from ``start`` to ``stop``, without copying."""
        stop = min(stop, self.length)
        arrays = {name: array[start:stop] for name, array in self.arrays.items()}
        return Columns(arrays=arrays, areas=self.areas[start:stop], length=stop - start)

    def rows(self, rows: Array) -> "Columns":
        """Return the people of these rows, copied."""
        arrays = {name: array[rows] for name, array in self.arrays.items()}
        return Columns(arrays=arrays, areas=self.areas[rows], length=len(rows))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Marks of many people: a row a listed version, NOT_LISTED where it takes no part."""

    rules: tuple[RuleVersion, ...]
    marks: Array  # (rules, people), uint8, numbers of Verdict
    best: Array  # the greatest mark of the versions that take part
    # The number of the leaf that decides: the first, in the order of the text, whose verdict became
    # the route's all the way up. PLACE_DECIDES where it is the place; None if it was not asked for.
    leaf: Array | None = None


class ColumnJudge:
    """The versions in force on one day, over columns."""

    def __init__(
        self,
        ruleset: Ruleset,
        day: date,
        *,
        unknown: Verdict = Verdict.UNKNOWN,
        listed: Sequence[Listed] | None = None,
    ):
        """List the versions of every area class; ``unknown`` is the mark of a missing fact.

        ``listed`` names some of them, where not all are wanted.
        """
        self.listed = tuple(ruleset.listing(day, AREA_CLASSES) if listed is None else listed)
        self.rules = tuple(entry.rule for entry in self.listed)
        self._missing = _BITS[unknown]
        self.facts = sorted(
            {
                leaf.fact
                for rule in self.rules
                for leaf in leaves(rule.condition)
                if isinstance(leaf, Compare)
            }
        )

    def judge(self, people: Columns, *, deciding: bool = False) -> Judged:
        """Judge every person, block by block; ``deciding`` also finds the leaf that decides."""
        marks = np.empty((len(self.rules), people.length), np.uint8)
        best = np.empty(people.length, np.uint8)
        leaf = np.empty_like(marks) if deciding else None
        for start in range(0, people.length, BLOCK):
            part = slice(start, min(start + BLOCK, people.length))
            BlockJudge(people.block(part.start, part.stop), self._missing).fill(
                self.listed,
                marks[:, part],
                best[part],
                None if leaf is None else leaf[:, part],
            )
        return Judged(rules=self.rules, marks=marks, best=best, leaf=leaf)


class BlockJudge:
    """One block of people; equal leaves of several routes are judged once."""

    def __init__(self, people: Columns, missing: int = _UNKNOWN):
        self.people = people
        self.missing = missing
        self._leaves: dict[Any, Array] = {}
        self._places: dict[int, tuple[Array, Array]] = {}

    def fill(
        self, listed: Sequence[Listed], marks: Array, best: Array, leaf: Array | None = None
    ) -> None:
        """Write the marks of the listed versions, and the leaves that decide them if wanted."""
        best[:] = 0
        for row, entry in enumerate(listed):
            if leaf is None:
                bits = self.node(entry.rule.condition)
            else:
                bits, first = self.decide(entry.rule.condition, count())
                leaf[row] = first
            applies = sum(AREA_BITS[area] for area in entry.areas)
            if applies == ANY_AREA:
                np.bitwise_count(bits, out=marks[row])
                np.maximum(best, marks[row], out=best)
                continue
            cap, outside = self._place(applies)
            if leaf is not None:
                _put(leaf[row], PLACE_DECIDES, bits > cap)
                np.bitwise_or(leaf[row], outside, out=leaf[row])  # NOT_LISTED has all bits set
            np.bitwise_count(bits & cap, out=marks[row])
            np.maximum(best, marks[row] & ~outside, out=best)
            np.bitwise_or(marks[row], outside, out=marks[row])

    def _place(self, applies: int) -> tuple[Array, Array]:
        """Return the bits of the leaf of the place, and all bits set where no part is taken."""
        known = self._places.get(applies)
        if known is None:
            areas = self.people.areas
            inside = (areas & (ANY_AREA - applies)) == 0
            cap = inside.view(np.uint8) * np.uint8(MET_BITS) | np.uint8(self.missing)
            known = self._places[applies] = (cap, _mask((areas & applies) == 0))
        return known

    def node(self, node: Condition) -> Array:
        """Return the bits of a condition."""
        match node:
            case Compare():
                return self.leaf(node, negated=False)
            case Not(child=child):
                return self.leaf(child, negated=True)
            case OfficerJudgement():
                return np.full(self.people.length, OFFICER_BITS, np.uint8)
        parts = [self.node(child) for child in node.children]
        join = np.bitwise_and if isinstance(node, All) else np.bitwise_or
        if len(parts) == 1:
            return parts[0]
        bits: Array = join(parts[0], parts[1])
        for part in parts[2:]:
            join(bits, part, out=bits)
        return bits

    def decide(self, node: Condition, numbers: Iterator[int]) -> tuple[Array, Array | int]:
        """Return the bits of a node, and the number of the first leaf with its verdict."""
        if isinstance(node, Compare | Not | OfficerJudgement):
            return self.node(node), next(numbers)
        parts = [self.decide(child, numbers) for child in node.children]
        bits, leaf = parts[0]
        if len(parts) == 1:
            return bits, leaf
        join = np.bitwise_and if isinstance(node, All) else np.bitwise_or
        bits = join(parts[0][0], parts[1][0])
        for other, _ in parts[2:]:
            join(bits, other, out=bits)
        first = np.full(self.people.length, parts[-1][1], np.uint8)
        for other, leaf in reversed(parts[:-1]):
            _put(first, leaf, other == bits)
        return bits, first

    def leaf(self, leaf: Compare, *, negated: bool) -> Array:
        """Return the bits of a comparison."""
        key = (leaf.fact, leaf.operator, leaf.value, negated)
        known = self._leaves.get(key)
        if known is None:
            known = self._leaves[key] = self._compare(leaf, negated)
        return known

    def _compare(self, leaf: Compare, negated: bool) -> Array:
        fact = _dictionary[leaf.fact]
        column = self.people.arrays.get(leaf.fact)
        if column is None:  # nobody was asked
            return np.full(self.people.length, self.missing, np.uint8)
        absent = column == unknown_code(fact)
        met = _meets(leaf, fact, column)
        if negated:
            met = ~(met | absent)
        bits: Array = met.view(np.uint8) * np.uint8(MET_BITS)
        if self.missing:
            bits |= absent.view(np.uint8) * np.uint8(self.missing)
        return bits


def _mask(where: NDArray[np.bool_]) -> Array:
    """Return all bits set where something holds, else none."""
    found: Array = np.negative(where.view(np.int8)).view(np.uint8)
    return found


def _put(out: Array, value: Array | int, where: NDArray[np.bool_]) -> None:
    """Write ``value`` where something holds; by bits, some times as fast as ``np.copyto``."""
    change = np.bitwise_xor(out, value)
    np.bitwise_and(change, _mask(where), out=change)
    np.bitwise_xor(out, change, out=out)


def _meets(leaf: Compare, fact: Fact, column: Array) -> NDArray[np.bool_]:
    """Return where the known values meet a leaf; never where the value is unknown."""
    if fact.kind is Kind.BOOL:
        wanted: NDArray[np.bool_] = np.equal(column, code_of(fact, leaf.value))
        return wanted
    if fact.kind is Kind.CHOICE:
        mask = sum(code_of(fact, value) for value in satisfying(leaf, fact))
        chosen: NDArray[np.bool_] = np.not_equal(column & np.uint16(mask), 0)
        return chosen
    bound = code_of(fact, leaf.value)
    match leaf.operator:
        case "at_least":
            return np.greater_equal(column, bound)
        case "above":
            return np.greater(column, bound)
        case "at_most":
            return np.less_equal(column, bound) & (column >= 0)
        case "below":
            return np.less(column, bound) & (column >= 0)
    return np.equal(column, bound)


def may_be_met_later(
    ruleset: Ruleset, day: date, people: Columns, listed: Sequence[Listed] | None = None
) -> Array:
    """Return who could have an earliest date; quicker than to ask for it.

    A listed route, by today's or a coming version, must be met once all that grows has grown.
    Never misses anybody who has a date.
    """
    found = np.zeros(people.length, bool)
    for entry in ruleset.listing(day, AREA_CLASSES) if listed is None else listed:
        inside = (people.areas & (ANY_AREA - sum(AREA_BITS[a] for a in entry.areas))) == 0
        for rule in _versions_to_come(ruleset, entry, day):
            found |= inside & (_Grown(people, 0).node(rule.condition) == MET_BITS)
    return found


def _versions_to_come(ruleset: Ruleset, entry: Listed, day: date) -> Iterator[RuleVersion]:
    seen = {}
    for area in entry.areas:
        for period in ruleset.line(entry.rule.code, area):
            if period.last is None or period.last > day:
                seen[id(period.rule)] = period.rule
    yield from seen.values()


class _Grown(BlockJudge):
    """A block in which every known leaf that time can turn is taken as turned."""

    def _compare(self, leaf: Compare, negated: bool) -> Array:
        fact = _dictionary[leaf.fact]
        column = self.people.arrays.get(leaf.fact)
        if fact.growth is Growth.NEVER or column is None:
            return super()._compare(leaf, negated)
        grown: Array = (column != unknown_code(fact)).view(np.uint8) * np.uint8(MET_BITS)
        return grown
