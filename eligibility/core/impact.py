"""Whom a draft changes, and the leaf that flips them.

Before is the ruleset in force on a day, after is the same with the draft put in force. Both are
judged over columns. Whoever is judged otherwise, by the route or overall, is put down to a leaf.

The leaf is looked for in two ways, among the leaves in which the versions differ. A leaf *stands
in the way* if the version with the worse verdict, with that leaf alone taken as met, gives the
better one; a leaf *lets in* if the version with the better verdict, with that leaf alone taken as
not met, gives no more than the worse one. The first of these that finds a leaf counts:

1. one leaf that stands in the way, 2. two that do together, 3. one that lets in; among the
leaves that ask something new or are gone; 4. the same among those that moved to another group as
well. Within a step, the first in the order of the text. Otherwise PLACE, where the versions hold
at different places, and SEVERAL. Where the route begins or ends at a place it is ROUTE, and where
only the earliest date comes or goes it is LATER.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np

from eligibility.core.columns import (
    ANY_AREA,
    AREA_BITS,
    MET_BITS,
    NOT_LISTED,
    Array,
    BlockJudge,
    ColumnJudge,
    Columns,
)
from eligibility.core.columns_forecast import NEVER, earliest
from eligibility.core.condition import Condition, Leaf, Not, leaves
from eligibility.core.diff import Change, changes
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import ROUTE as KIND_OF_ROUTES
from eligibility.core.rule import InForce, Listed, Ruleset, RuleVersion
from eligibility.core.verdict import WIRE, Overall, Verdict

# What a change is put down to where it is no leaf.
SEVERAL, PLACE, ROUTE, LATER = "several", "place", "route", "later"
AND = " + "  # between two leaves that stand in the way together
OVERALL = tuple(Overall)
_UNKNOWN_BITS = 0b001
NOT_ON_THE_LIST = "not_listed"
AREA_NAMES = {
    sum(AREA_BITS[area] for area in areas): "_or_".join(areas)
    for areas in (("county",), ("urban",), ("rural",), ("urban", "rural"))
} | {ANY_AREA: "open"}
AGE_BANDS = ((0, "0-17"), (18, "18-25"), (26, "26-34"), (35, "35-54"), (55, "55-59"), (60, "60-"))
AGE_UNKNOWN = "unknown"


def with_draft(ruleset: Ruleset, draft: RuleVersion) -> Ruleset:
    """Return the ruleset in which the draft is in force from its first day.

    As publishing does it: the version before it ends the day before, a later one ends it.
    """
    kept = [p for p in ruleset.periods if p.rule.code != draft.code]
    first = draft.effective_from
    for area in AREA_CLASSES:
        line = list(ruleset.line(draft.code, area))
        if area in draft.areas:
            line = [p for p in line if p.first != first]
            last, before = draft.effective_to, first - timedelta(days=1)
            later = next((p for p in line if p.first > first), None)
            if later and (last is None or last >= later.first):
                last = later.first - timedelta(days=1)
            line = [
                InForce(rule=p.rule, area=area, first=p.first, last=before)
                if p.first < first and (p.last is None or p.last >= first)
                else p
                for p in line
            ]
            line.append(InForce(rule=draft, area=area, first=first, last=last))
        kept += line
    return Ruleset(kept, ruleset.order)


def without(ruleset: Ruleset, code: str, version: str) -> Ruleset:
    """Return the ruleset in which a version was never published: the one before it goes on."""
    kept = [p for p in ruleset.periods if p.rule.code != code]
    for area in AREA_CLASSES:
        line: list[InForce] = []
        for period in ruleset.line(code, area):
            if period.rule.version != version:
                line.append(period)
            elif line and line[-1].last == period.first - timedelta(days=1):
                earlier = line.pop()
                line.append(
                    InForce(rule=earlier.rule, area=area, first=earlier.first, last=period.last)
                )
        kept += line
    return Ruleset(kept, ruleset.order)


class _Forced(BlockJudge):
    """Judges with some leaves taken as the rule wishes them, or as it does not."""

    def __init__(self, people: Columns, ids: Sequence[str], *, fulfilled: bool):
        super().__init__(people)
        self._ids, self._bits = ids, MET_BITS if fulfilled else 0

    def node(self, node: Condition) -> Array:
        """Return the bits of a node; those that were chosen for a forced leaf."""
        leaf = node.child if isinstance(node, Not) else node
        if getattr(leaf, "id", None) in self._ids:
            return np.full(self.people.length, self._bits, np.uint8)
        return super().node(node)


@dataclass(frozen=True, kw_only=True)
class Flips:
    """How each person is judged before and after, and what a change is put down to."""

    route_before: Array  # marks, NOT_LISTED where the route takes no part
    route_after: Array
    overall_before: Array  # index into OVERALL
    overall_after: Array
    cause: Array  # index into Comparison.causes, -1 where nothing changes

    @property
    def changed(self) -> Array:
        """Return who is judged otherwise, by the route or overall."""
        found: Array = self.cause >= 0
        return found


class Comparison:
    """A draft of a route beside what is in force on a day."""

    kind = KIND_OF_ROUTES
    overall = tuple(verdict.value for verdict in OVERALL)  # the names of the overall marks

    def __init__(self, ruleset: Ruleset, draft: RuleVersion, day: date):
        """Put the draft in force; if it is published already, take it out for the time before."""
        self.draft, self.day = draft, day
        self.before = without(ruleset, draft.code, draft.version)
        self.after = with_draft(self.before, draft)
        listing = self.before.listing(day, AREA_CLASSES, self.kind)
        self._others = tuple(e for e in listing if e.rule.code != draft.code)
        self._old = tuple(e for e in listing if e.rule.code == draft.code)
        listing = self.after.listing(day, AREA_CLASSES, self.kind)
        self._new = tuple(e for e in listing if e.rule.code == draft.code)
        self.causes: list[str] = [ROUTE, LATER, SEVERAL, PLACE]

    @property
    def versions_before(self) -> tuple[RuleVersion, ...]:
        """Return the versions of the route that the draft is compared with."""
        return tuple(entry.rule for entry in self._old)

    @property
    def leaves(self) -> dict[str, Leaf]:
        """Return the leaves to which changes may be put down, by id; the draft's words first."""
        found: dict[str, Leaf] = {}
        for rule in (self.draft, *self.versions_before):
            for leaf in leaves(rule.condition):
                found.setdefault(leaf.id, leaf)
        return found

    @property
    def in_force(self) -> bool:
        """Whether the draft would be in force on the day; otherwise nothing can change."""
        return any(entry.rule is self.draft for entry in self._new)

    def flips(self, people: Columns) -> Flips:
        """Judge everybody before and after."""
        others = ColumnJudge(self.before, self.day, listed=self._others).judge(people).best
        old, new = self._route(self._old, people), self._route(self._new, people)
        date_others = self._dates(self.before, self._others, people, others)
        overall_before = self._overall(self.before, self._old, people, others, old, date_others)
        overall_after = self._overall(self.after, self._new, people, others, new, date_others)
        cause = np.full(people.length, -1, np.int16)
        cause[overall_before != overall_after] = self.causes.index(LATER)
        moved = old != new
        one_sided = (old == NOT_LISTED) != (new == NOT_LISTED)
        cause[moved & one_sided] = self.causes.index(ROUTE)
        rows = np.flatnonzero(moved & ~one_sided)
        if len(rows):
            cause[rows] = self._blame(people.rows(rows), old[rows], new[rows])
        return Flips(
            route_before=old,
            route_after=new,
            overall_before=overall_before,
            overall_after=overall_after,
            cause=cause,
        )

    def _route(self, listed: tuple[Listed, ...], people: Columns) -> Array:
        """Return the mark of the drafted route; the best where two versions may hold."""
        marks = np.full(people.length, NOT_LISTED, np.uint8)
        for row in ColumnJudge(self.before, self.day, listed=listed).judge(people).marks:
            better = (row != NOT_LISTED) & ((marks == NOT_LISTED) | (row > marks))
            marks[better] = row[better]
        return marks

    def _dates(
        self, ruleset: Ruleset, listed: tuple[Listed, ...], people: Columns, best: Array
    ) -> Array:
        """Return who has an earliest date by these routes, among those who meet none."""
        found = np.zeros(people.length, bool)
        rows = np.flatnonzero((best == Verdict.NOT_MET) & (people.areas != AREA_BITS["rural"]))
        if len(rows) and listed:
            found[rows] = earliest(ruleset, self.day, people.rows(rows), listed) < NEVER
        return found

    def _overall(
        self,
        ruleset: Ruleset,
        listed: tuple[Listed, ...],
        people: Columns,
        others: Array,
        route: Array,
        date_others: Array,
    ) -> Array:
        best = np.maximum(others, np.where(route == NOT_LISTED, 0, route))
        has_date = date_others | self._dates(ruleset, listed, people, best)
        found = np.full(people.length, OVERALL.index(Overall.NOT_ELIGIBLE), np.uint8)
        found[has_date] = OVERALL.index(Overall.NOT_YET)
        found[people.areas == AREA_BITS["rural"]] = OVERALL.index(Overall.NOT_COVERED)
        found[best == Verdict.UNKNOWN] = OVERALL.index(Overall.MORE_INFORMATION_NEEDED)
        found[best == Verdict.OFFICER] = OVERALL.index(Overall.OFFICER_DECIDES)
        found[best == Verdict.MET] = OVERALL.index(Overall.ELIGIBLE)
        return found

    def _cause(self, name: str) -> int:
        if name not in self.causes:
            self.causes.append(name)
        return self.causes.index(name)

    def _blame(self, people: Columns, old: Array, new: Array) -> Array:
        """Return the cause for people whom both versions judge, differently."""
        blamed = np.full(people.length, self._cause(SEVERAL), np.int16)
        left = np.ones(people.length, bool)
        new_first = sorted(self._new, key=lambda entry: entry.rule is not self.draft)
        for before in self._old:
            for after in new_first:
                here = left & _applies(before, people) & _applies(after, people)
                left &= ~here
                for worse, better, rows in (
                    (before, after, np.flatnonzero(here & (new > old))),
                    (after, before, np.flatnonzero(here & (old > new))),
                ):
                    if len(rows):
                        marks = np.minimum(old, new)[rows], np.maximum(old, new)[rows]
                        some = people.rows(rows)
                        blamed[rows] = self._each(worse, better, some, *marks)
        return blamed

    def _each(
        self, worse: Listed, better: Listed, people: Columns, low: Array, high: Array
    ) -> Array:
        """Return the cause of people whom ``worse`` gives ``low`` and ``better`` gives ``high``."""
        blamed = np.full(people.length, -1, np.int16)
        if set(worse.areas) == set(better.areas):
            blamed[:] = self._cause(SEVERAL)
        else:
            blamed[:] = self._cause(PLACE)
        left = np.arange(people.length)
        some = people
        for ids, version, fulfilled in _suspects(worse.rule, better.rule):
            if not len(left):
                break
            entry = worse if version is worse.rule else better
            bits = _Forced(some, ids, fulfilled=fulfilled).node(version.condition)
            marks = np.bitwise_count(bits & _cap(entry, some))
            hit = marks >= high[left] if fulfilled else marks <= low[left]
            if hit.any():
                blamed[left[hit]] = self._cause(AND.join(ids))
                left, some = left[~hit], some.rows(np.flatnonzero(~hit))
        return blamed


def _applies(entry: Listed, people: Columns) -> Array:
    bits = sum(AREA_BITS[area] for area in entry.areas)
    found: Array = (people.areas & bits) != 0
    return found


def _cap(entry: Listed, people: Columns) -> Array:
    """Return the bits of the leaf of the place."""
    outside = ANY_AREA - sum(AREA_BITS[area] for area in entry.areas)
    inside = (people.areas & outside) == 0
    return np.where(inside, np.uint8(MET_BITS), np.uint8(_UNKNOWN_BITS))


def _suspects(
    worse: RuleVersion, better: RuleVersion
) -> Iterator[tuple[tuple[str, ...], RuleVersion, bool]]:
    """Yield leaves of a version to be taken as fulfilled or not, in the order of the steps."""
    for kinds in (frozenset(Change) - {Change.PAPERS, Change.MOVED}, frozenset(Change)):
        against = _differing(worse, better, kinds)
        letting = _differing(better, worse, kinds)
        yield from (((one,), worse, True) for one in against)
        yield from ((two, worse, True) for two in combinations(against, 2))
        yield from (((one,), better, False) for one in letting)


def _differing(rule: RuleVersion, other: RuleVersion, kinds: frozenset[Change]) -> tuple[str, ...]:
    """Return the ids of the leaves in which a version differs from the other, in text order."""
    found = {
        change.after.id for change in changes(other, rule) if change.after and change.kind in kinds
    }
    return tuple(dict.fromkeys(leaf.id for leaf in leaves(rule.condition) if leaf.id in found))


# --- Counting --------------------------------------------------------------------------------

GROUPS = ("area", "county", "age")
FLIPPED = ("cause", "route_before", "route_after", "overall_before", "overall_after")
_MARKS = {int(verdict): wire for verdict, wire in WIRE.items()} | {NOT_LISTED: NOT_ON_THE_LIST}
Cell = tuple[str, ...]


@dataclass
class Tally:
    """Counts of a run. Adding up blocks is adding up tallies, so the sums reconcile."""

    people: dict[Cell, int] = field(default_factory=dict)  # by GROUPS
    flips: dict[Cell, int] = field(default_factory=dict)  # by GROUPS and FLIPPED, changed people

    def add(self, comparison: Comparison, people: Columns, counties: Array) -> Flips:
        """Judge some people, and count them."""
        flips = comparison.flips(people)
        area_names = [AREA_NAMES.get(bits, "open") for bits in range(ANY_AREA + 1)]
        bounds = np.array([low for low, _ in AGE_BANDS])
        bands = [AGE_UNKNOWN, *(name for _, name in AGE_BANDS)]
        age = people.arrays.get("age_years")
        band = (
            np.zeros(people.length, np.int64)
            if age is None
            else np.searchsorted(bounds, age, "right")
        )
        names, county = np.unique(counties, return_inverse=True)
        groups = [(people.areas, area_names), (county, list(names)), (band, bands)]
        marks = [_MARKS.get(mark, "") for mark in range(256)]
        more = [
            (flips.cause, comparison.causes),
            (flips.route_before, marks),
            (flips.route_after, marks),
            (flips.overall_before, comparison.overall),
            (flips.overall_after, comparison.overall),
        ]
        _count(self.people, groups, np.arange(people.length))
        _count(self.flips, [*groups, *more], np.flatnonzero(flips.changed))
        return flips

    def plain(self) -> dict[str, Any]:
        """Return the tally as JSON holds it."""
        return {
            "people": [[*cell, count] for cell, count in sorted(self.people.items())],
            "flips": [[*cell, count] for cell, count in sorted(self.flips.items())],
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Tally":
        """Return the tally that ``plain`` wrote."""
        return cls(
            people={tuple(cell): count for *cell, count in plain.get("people", ())},
            flips={tuple(cell): count for *cell, count in plain.get("flips", ())},
        )


def _count(
    cells: dict[Cell, int], keys: Sequence[tuple[Array, Sequence[str]]], rows: Array
) -> None:
    """Add the people of ``rows`` to the cells; a key is an index and the names it points into."""
    code = np.zeros(len(rows), np.int64)
    for index, names in keys:
        code = code * len(names) + np.asarray(index)[rows]
    found, counts = np.unique(code, return_counts=True)
    for packed, count in zip(found.tolist(), counts.tolist(), strict=True):
        cell: list[str] = []
        for _, names in reversed(keys):
            packed, place = divmod(packed, len(names))
            cell.append(str(names[place]))
        key = tuple(reversed(cell))
        cells[key] = cells.get(key, 0) + count
