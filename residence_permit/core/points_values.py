"""The value functions of a points scheme, over the condition language of the settlement rules.

All arithmetic is in Decimal and exact: points are added and multiplied, never divided, so nothing
is rounded. Points are written without zeros at their end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from eligibility.core.condition import All, Compare, Condition, Scope, leaves, parse
from eligibility.core.errors import RuleMalformed
from eligibility.core.verdict import Verdict
from residence_permit.core.judging import trace
from residence_permit.core.points_inputs import INPUTS

ZERO = Decimal(0)
_BOUNDS = ("at_least", "above", "below", "at_most", "is")


@dataclass(frozen=True, kw_only=True)
class Band:
    """What one stretch of values is worth; ``officer``: no text gives it, a person looks."""

    when: Condition
    points: Decimal
    officer: bool = False

    @property
    def bounds(self) -> Mapping[str, Any]:
        """Return operator -> value."""
        return {
            leaf.operator: leaf.value for leaf in leaves(self.when) if isinstance(leaf, Compare)
        }


@dataclass(frozen=True, kw_only=True)
class Bands:
    """The first band that is met counts."""

    fact: str
    clause: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, kw_only=True)
class PerUnit:
    """So many points for each unit, at most ``cap``."""

    fact: str
    clause: str
    each: Decimal
    cap: Decimal


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A sum of points where one condition is met, else nothing."""

    fact: str
    clause: str
    when: Condition
    points: Decimal


@dataclass(frozen=True, kw_only=True)
class HighestOf:
    """The best of several."""

    options: tuple["Value", ...]


@dataclass(frozen=True, kw_only=True)
class SumOf:
    """Several added up."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, kw_only=True)
class Deduction:
    """A stated number of points taken off."""

    fact: str
    clause: str


Value = Bands | PerUnit | Fixed | HighestOf | SumOf | Deduction
Single = Bands | PerUnit | Fixed | Deduction


class Worth(NamedTuple):
    """Points, or None while an input that decides them is missing."""

    points: Decimal | None
    officer: bool = False


def worth(value: Value, given: Mapping[str, Any]) -> Worth:
    """Return what ``given`` is worth; an input stated as None is not there and gets nothing."""
    match value:
        case HighestOf(options=options):
            found = [worth(option, given) for option in options]
            known = [each.points for each in found if each.points is not None]
            best = max(known, default=ZERO)
            if len(known) < len(found) and best < greatest(value):
                return Worth(None)
            return Worth(best, any(each.officer for each in found))
        case SumOf(parts=parts):
            found = [worth(part, given) for part in parts]
            if any(each.points is None for each in found):
                return Worth(None)
            total = sum((each.points for each in found if each.points is not None), ZERO)
            return Worth(total, any(each.officer for each in found))
    if value.fact not in given:
        return Worth(None)
    stated = given[value.fact]
    if stated is None:
        return Worth(ZERO)
    match value:
        case Bands(bands=bands):
            for band in bands:
                if _met(band.when, given):
                    return Worth(band.points, band.officer)
            return Worth(ZERO)
        case Fixed(when=when, points=points):
            return Worth(points if _met(when, given) else ZERO)
        case PerUnit(each=each, cap=cap):
            return Worth(min(Decimal(stated) * each, cap))
        case Deduction():
            return Worth(-Decimal(stated))


def _met(when: Condition, given: Mapping[str, Any]) -> bool:
    return trace(when, given, INPUTS).verdict is Verdict.MET


def greatest(value: Value) -> Decimal:
    """Return the most that a value can be worth."""
    match value:
        case Bands(bands=bands):
            return max(band.points for band in bands)
        case PerUnit(cap=cap):
            return cap
        case Fixed(points=points):
            return points
        case HighestOf(options=options):
            return max(greatest(option) for option in options)
        case SumOf(parts=parts):
            return sum((greatest(part) for part in parts), ZERO)
        case Deduction():
            return ZERO


def singles(value: Value) -> tuple[Single, ...]:
    """Return the values of one input each that ``value`` is made of."""
    match value:
        case HighestOf(options=parts) | SumOf(parts=parts):
            return tuple(one for part in parts for one in singles(part))
    return (value,)


def read_value(raw: Any, scope: Scope, at: str) -> Value:
    """Read a value function; raises RuleMalformed with the path of the first mistake."""
    match raw:
        case {"highest_of": [_, *_] as parts} if len(raw) == 1:
            return HighestOf(options=_each(parts, scope, f"{at}.highest_of"))
        case {"sum_of": [_, *_] as parts} if len(raw) == 1:
            return SumOf(parts=_each(parts, scope, f"{at}.sum_of"))
        case {"bands": [_, *_] as bands, "fact": str(fact), "clause": str(clause)} if len(raw) == 3:
            _known(fact, clause, scope, at)
            return Bands(
                fact=fact,
                clause=clause,
                bands=tuple(
                    _band(each, fact, clause, scope, f"{at}.bands[{i}]")
                    for i, each in enumerate(bands)
                ),
            )
        case {"per_unit": each, "cap": cap, "fact": str(fact), "clause": str(clause)}:
            _known(fact, clause, scope, at)
            return PerUnit(
                fact=fact,
                clause=clause,
                each=number(each, f"{at}.per_unit"),
                cap=number(cap, f"{at}.cap"),
            )
        case {"fixed": points, "fact": str(fact), "clause": str(clause)}:
            _known(fact, clause, scope, at)
            rest = {k: v for k, v in raw.items() if k not in ("fixed", "fact", "clause")}
            when = _condition(rest, fact, clause, scope, at)
            points = number(points, f"{at}.fixed")
            return Fixed(fact=fact, clause=clause, when=when, points=points)
        case {"deduction": str(fact), "clause": str(clause)} if len(raw) == 2:
            _known(fact, clause, scope, at)
            return Deduction(fact=fact, clause=clause)
    raise RuleMalformed(
        at, "expected `bands`, `per_unit`, `fixed`, `deduction`, `highest_of` or `sum_of`"
    )


def _each(parts: list[Any], scope: Scope, at: str) -> tuple[Value, ...]:
    return tuple(read_value(part, scope, f"{at}[{i}]") for i, part in enumerate(parts))


def _known(fact: str, clause: str, scope: Scope, at: str) -> None:
    if fact not in scope.facts:
        raise RuleMalformed(f"{at}.fact", "the input %(fact)r is not in the dictionary", fact=fact)
    if clause not in scope.clauses:
        raise RuleMalformed(
            f"{at}.clause", "no clause %(clause)r is quoted; add its words", clause=clause
        )


def _band(raw: Any, fact: str, clause: str, scope: Scope, at: str) -> Band:
    if not isinstance(raw, Mapping) or "points" not in raw:
        raise RuleMalformed(at, "a band needs bounds and `points`")
    rest = {k: v for k, v in raw.items() if k not in ("points", "officer")}
    return Band(
        when=_condition(rest, fact, clause, scope, at),
        points=number(raw["points"], f"{at}.points"),
        officer=bool(raw.get("officer", False)),
    )


def _condition(
    bounds: Mapping[str, Any], fact: str, clause: str, scope: Scope, at: str
) -> Condition:
    if not bounds or not set(bounds) <= set(_BOUNDS):
        raise RuleMalformed(at, "bounds are %(names)s", names=", ".join(_BOUNDS))
    parts = tuple(
        parse(
            {
                "id": f"{fact}-{operator}".replace("_", "-"),
                "clause": clause,
                "fact": fact,
                operator: value,
                "papers": [],
            },
            scope,
            at,
        )
        for operator, value in bounds.items()
    )
    return All(children=parts)


def number(raw: Any, at: str) -> Decimal:
    """Read a figure written as a whole number or as decimals; never a float."""
    if type(raw) is int:
        return Decimal(raw)
    if isinstance(raw, str) and raw.replace(".", "", 1).isdecimal() and raw.isascii():
        return Decimal(raw)
    raise RuleMalformed(at, "expected a number of 0 or more, like 5 or 0.25")
