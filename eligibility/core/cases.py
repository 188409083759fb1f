"""Every kind of person that a condition can tell apart, as columns.

The values of a fact fall into classes that no leaf separates. One person a combination of classes
is enough to know everything about a condition with complete facts, without guessing at samples.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from eligibility.core.columns import ANY_AREA, Array, Columns, code_of, dtype_of
from eligibility.core.condition import Compare, Condition, leaves, satisfying
from eligibility.core.errors import Said
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Fact, Kind

MOST = 2_000_000  # combinations; beyond that a condition is too entangled to be read by anybody


class TooManyCases(ValueError):
    """A condition tells more kinds of people apart than can be tried."""

    def __init__(self, text: str, /, **params: Any):
        """Keep what is wrong as it can be translated."""
        self.said = Said(text, params)
        super().__init__(str(self.said))


@dataclass(frozen=True, kw_only=True)
class Cases:
    """One person a combination: the values tried of each fact, and the columns."""

    values: Mapping[str, tuple[Any, ...]]
    people: Columns

    def person(self, row: int) -> dict[str, Any]:
        """Return the facts of one combination."""
        facts: dict[str, Any] = {}
        for name in reversed(tuple(self.values)):
            row, place = divmod(row, len(self.values[name]))
            facts[name] = self.values[name][place]
        return facts


def fact_of(name: str) -> Fact:
    """Return the dictionary entry of a fact that conditions compare."""
    return COMPARABLE.get(name) or MEMBER_COMPARABLE[name]


def value_classes(conditions: Iterable[Condition]) -> dict[str, tuple[Any, ...]]:
    """Return for each fact one value of every class: at each figure, and just beside it."""
    asked: dict[str, list[Compare]] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            if isinstance(leaf, Compare):
                asked.setdefault(leaf.fact, []).append(leaf)
    return {name: _classes(fact_of(name), found) for name, found in asked.items()}


def _classes(fact: Fact, found: Sequence[Compare]) -> tuple[Any, ...]:
    if fact.kind is Kind.BOOL:
        return (False, True)
    if fact.kind is Kind.CHOICE:
        groups: dict[tuple[bool, ...], str] = {}
        met = [satisfying(leaf, fact) for leaf in found]
        for value in fact.values:
            groups.setdefault(tuple(value in chosen for chosen in met), value)
        return tuple(groups.values())
    step = Decimal("0.01") if fact.kind is Kind.DECIMAL else 1
    bounds = {leaf.value for leaf in found}
    values = {value for bound in bounds for value in (bound - step, bound, bound + step)}
    return tuple(sorted(value for value in values if value >= 0))


def all_cases(conditions: Sequence[Condition]) -> Cases:
    """Return every combination; raises TooManyCases."""
    values = value_classes(conditions)
    total = math.prod(len(options) for options in values.values())
    if total > MOST:
        raise TooManyCases(
            "%(total)s combinations; split the rule into branches that share less", total=total
        )
    arrays: dict[str, Array] = {}
    inner = total
    for name, options in values.items():
        fact = fact_of(name)
        codes = np.array([code_of(fact, value) for value in options], dtype_of(fact))
        inner //= len(options)
        arrays[name] = np.tile(np.repeat(codes, inner), total // (inner * len(options)))
    areas = np.full(total, ANY_AREA, np.uint8)
    return Cases(values=values, people=Columns(arrays=arrays, areas=areas, length=total))
