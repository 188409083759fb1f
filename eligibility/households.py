"""Household members as columns: whose they are, and how their applicant stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eligibility.core.columns import Array, Columns, code_of, dtype_of, unknown_code
from eligibility.core.columns_family import family_way
from eligibility.core.facts import MEMBER_COMPARABLE
from eligibility.core.impact_family import WAY, FamilyComparison
from eligibility.core.stated import Facts


@dataclass(frozen=True, kw_only=True)
class Members:
    """The household members of some applicants."""

    of: Array  # the row of each member's applicant
    arrays: Mapping[str, Array]  # what the rule of who may come along compares

    def columns(self, comparison: FamilyComparison, applicants: Columns) -> Columns:
        """Return the members as a comparison takes them, each at the place of the applicant."""
        way = family_way(comparison.before, comparison.day, applicants)
        return Columns(
            arrays={**self.arrays, WAY: way[self.of]},
            areas=applicants.areas[self.of],
            length=len(self.of),
        )


def stated_members(people: Sequence[Facts]) -> Members:
    """Return the household members that applicants named."""
    stated = [
        (row, facts.member_values(index))
        for row, facts in enumerate(people)
        for index in range(len(facts.household))
    ]
    arrays: dict[str, Array] = {}
    for name, fact in MEMBER_COMPARABLE.items():
        values = (known.get(name) for _, known in stated)
        codes = [unknown_code(fact) if value is None else code_of(fact, value) for value in values]
        arrays[name] = np.array(codes, dtype_of(fact))
    return Members(of=np.array([row for row, _ in stated], np.int64), arrays=arrays)
