"""estimate(scheme, inputs) -> Estimate: every line, the capped groups, and the total."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from eligibility.core.periods import age_on
from residence_permit.core.points_inputs import Inputs
from residence_permit.core.points_scheme import Group, Indicator, Requirement, Scheme
from residence_permit.core.points_values import ZERO, Worth, worth


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The points of one scheme; ``total`` is None where ``reason`` says why.

    A line or group is None while an input that decides it is missing.
    """

    total: Decimal | None
    reason: str  # empty, "incomplete", or the code of the requirement that fails
    groups: Mapping[str, Decimal | None]
    lines: Mapping[str, Decimal | None]
    officer_lines: tuple[str, ...]


def estimate(scheme: Scheme, inputs: Inputs) -> Estimate:
    """Score what was stated. Caps hold for each line and each group; never below 0.

    Source: the clauses that the lines of the scheme cite.
    """
    found = {each.code: _line(each, inputs) for each in scheme.indicators}
    groups = {group.code: _group(group, scheme, found, inputs) for group in scheme.groups}
    held = {each.code: _holds(each, inputs) for each in scheme.required}
    failed = [code for code, holds in held.items() if holds is False]
    known = [points for points in groups.values() if points is not None]
    total, reason = None, ""
    if failed:
        reason = failed[0]
    elif len(known) < len(groups) or None in held.values():
        reason = "incomplete"
    else:
        taken = ZERO
        if scheme.deduction is not None:
            taken = worth(scheme.deduction, inputs.own).points or ZERO
        total = max(sum(known, ZERO) + taken, ZERO)
    return Estimate(
        total=total,
        reason=reason,
        groups=groups,
        lines={code: line.points for code, line in found.items()},
        officer_lines=tuple(code for code, line in found.items() if line.officer),
    )


def _line(indicator: Indicator, inputs: Inputs) -> Worth:
    if not indicator.per_parent:
        line = worth(indicator.value, inputs.own)
        return line if line.points is None else Worth(min(line.points, indicator.cap), line.officer)
    if inputs.parents is None:
        return Worth(None)
    found = [worth(indicator.value, parent) for parent in inputs.parents]
    known = [each.points for each in found if each.points is not None]
    if len(known) < len(found):
        return Worth(None)
    return Worth(min(sum(known, ZERO), indicator.cap), any(each.officer for each in found))


def _group(
    group: Group, scheme: Scheme, found: Mapping[str, Worth], inputs: Inputs
) -> Decimal | None:
    points = [found[each.code].points for each in scheme.indicators if each.group == group.code]
    known = [each for each in points if each is not None]
    if len(known) < len(points):
        return None
    stated = inputs.own.get(group.stated, ZERO) if group.stated else ZERO
    return min(sum(known, ZERO) + stated, group.cap)


def _holds(required: Requirement, inputs: Inputs) -> bool | None:
    """Whether a requirement is met; None while what decides it is missing."""
    if required.kind == "months_of_one_parent":
        if inputs.parents is None:
            return None
        months = [(parent.get(required.fact) or 0) for parent in inputs.parents]
        if max(months) >= required.at_least:
            return True
        return None if any(required.fact not in parent for parent in inputs.parents) else False
    birth, year = inputs.own.get(required.fact), inputs.own.get(required.year)
    if birth is None or year is None:
        return None
    return age_on(birth, date(year, required.month, required.day)) >= required.at_least
