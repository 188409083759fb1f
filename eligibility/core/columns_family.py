"""Whether an applicant may bring family at all, over columns.

The scalar definition is ``household.members``; a test holds the two together.
"""

from datetime import date

import numpy as np

from eligibility.core.columns import BLOCK, Array, BlockJudge, Columns
from eligibility.core.condition import All, AnyOf, Condition
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import SELF_AND_FAMILY, Ruleset


class _AdmitsFamily(BlockJudge):
    """Judges without the branches that register the applicant alone."""

    def node(self, node: Condition) -> Array:
        """Return the bits of a node; of a branch for the applicant alone, none."""
        if isinstance(node, All | AnyOf) and node.self_only:
            return np.zeros(self.people.length, np.uint8)
        return super().node(node)


def family_way(ruleset: Ruleset, day: date, people: Columns) -> Array:
    """Return the best mark of each applicant by the routes that admit family; not met if none."""
    listed = [
        entry
        for entry in ruleset.listing(day, AREA_CLASSES)
        if entry.rule.registers == SELF_AND_FAMILY
    ]
    marks = np.empty((len(listed), people.length), np.uint8)
    best = np.zeros(people.length, np.uint8)
    for start in range(0, people.length, BLOCK):
        part = slice(start, min(start + BLOCK, people.length))
        judge = _AdmitsFamily(people.block(part.start, part.stop))
        judge.fill(listed, marks[:, part], best[part])
    return best
