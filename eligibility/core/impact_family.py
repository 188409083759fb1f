"""Whom a draft of the rule of who may come along changes: household members, one by one.

A member's verdict is the least of two: how he stands by the rule, and how the applicant stands by
the routes that admit family, which the draft does not touch. So the two levels of the tables are
the rule alone, and both together. A change is put down to a leaf as for routes.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np

from eligibility.core.columns import (
    AREA_BITS,
    NOT_LISTED,
    Array,
    BlockJudge,
    Columns,
)
from eligibility.core.impact import ROUTE, Comparison, Flips
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import FAMILY, Listed, Ruleset, RuleVersion
from eligibility.core.verdict import WIRE, Verdict

WAY = "way"  # the array that holds how each member's applicant stands


class FamilyComparison(Comparison):
    """A draft of a family rule beside what is in force; the people are household members.

    Their columns hold the member's facts, the place of the applicant, and WAY.
    """

    kind = FAMILY
    overall = tuple(WIRE[verdict] for verdict in Verdict)

    def flips(self, people: Columns) -> Flips:
        """Judge every member before and after."""
        old = np.full(people.length, NOT_LISTED, np.uint8)
        new = np.full(people.length, NOT_LISTED, np.uint8)
        cause = np.full(people.length, -1, np.int16)
        for rows, before, after in self._pairs(people):
            some = people.rows(rows)
            old[rows], new[rows] = _marks(before, some), _marks(after, some)
            moved = np.flatnonzero(old[rows] != new[rows])
            if len(moved):
                here = rows[moved]
                cause[here] = self._why(before, after, people.rows(here), old[here], new[here])
        way = people.arrays[WAY]
        return Flips(
            route_before=old,
            route_after=new,
            overall_before=np.minimum(way, np.where(old == NOT_LISTED, 0, old)),
            overall_after=np.minimum(way, np.where(new == NOT_LISTED, 0, new)),
            cause=cause,
        )

    def _pairs(
        self, people: Columns
    ) -> Iterator[tuple[Array, RuleVersion | None, RuleVersion | None]]:
        """Yield the members of each kind of place, with the versions that judge them."""
        for bits in np.unique(people.areas).tolist():
            classes = tuple(area for area in AREA_CLASSES if bits & AREA_BITS[area])
            rows = np.flatnonzero(people.areas == bits)
            yield (
                rows,
                _first(self.before, self.day, classes),
                _first(self.after, self.day, classes),
            )

    def _why(
        self,
        before: RuleVersion | None,
        after: RuleVersion | None,
        people: Columns,
        old: Array,
        new: Array,
    ) -> Array:
        """Return what the members' change is put down to."""
        if before is None or after is None:
            return np.full(people.length, self._cause(ROUTE), np.int16)
        found = np.empty(people.length, np.int16)
        one, other = (Listed(rule=rule, areas=AREA_CLASSES) for rule in (before, after))
        for worse, better, rows in (
            (one, other, np.flatnonzero(new > old)),
            (other, one, np.flatnonzero(old > new)),
        ):
            if len(rows):
                marks = np.minimum(old, new)[rows], np.maximum(old, new)[rows]
                found[rows] = self._each(worse, better, people.rows(rows), *marks)
        return found


def _first(ruleset: Ruleset, day: date, classes: tuple[str, ...]) -> RuleVersion | None:
    """Return the version that judges members at a place, as the scalar evaluation picks it."""
    listed = ruleset.listing(day, classes, FAMILY)
    return listed[0].rule if listed else None


def _marks(rule: RuleVersion | None, people: Columns) -> Array:
    if rule is None:
        return np.full(people.length, NOT_LISTED, np.uint8)
    marks: Array = np.bitwise_count(BlockJudge(people).node(rule.condition))
    return marks
