"""Rows to core values and back."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from eligibility.core.errors import RuleMalformed
from eligibility.core.places import Township
from eligibility.core.rule import InForce, Ruleset, RuleVersion, canonical, read_rule
from eligibility.models import PeriodInForce, RuleEvent
from eligibility.models import RuleVersion as RuleVersionRow


@lru_cache(maxsize=512)
def _read(written: bytes) -> RuleVersion:
    try:
        return read_rule(json.loads(written))
    except (AttributeError, KeyError, TypeError) as error:  # changed past every service
        raise RuleMalformed("rule", "this rule cannot be read: %(why)s", why=error) from error


def to_rule(record: Mapping[str, Any]) -> RuleVersion:
    """Return the rule that a record describes; the same object for the same content.

    The compiled form stays with the object, so a process compiles each version once.
    """
    return _read(canonical(record))


def to_township(row: Any) -> Township:
    """Return the core value of a township row."""
    return Township(
        code=row.code,
        name=row.name,
        county_code=row.county_code,
        county=row.county,
        kind=row.kind,
    )


def to_ruleset(
    periods: Iterable[PeriodInForce], events: Iterable[RuleEvent], order: Iterable[str]
) -> Ruleset:
    """Return the ruleset of published periods, less the days that events took away."""
    stops: dict[int, list[RuleEvent]] = {}
    for event in events:
        stops.setdefault(event.version_id, []).append(event)
    found = []
    for row in periods:
        rule = to_rule(row.version.record)
        for first, last in _less(row, stops.get(row.version_id, [])):
            found.append(InForce(rule=rule, area=row.area, first=first, last=last))
    return Ruleset(found, order)


def _less(row: PeriodInForce, events: list[RuleEvent]) -> Iterable[tuple[date, date | None]]:
    """Yield the days of ``row`` that are left, as first and last day."""
    first: date | None = row.first_day
    for event in sorted(events, key=lambda event: (event.from_day, event.pk)):
        if event.kind == RuleEvent.Kind.RESUMED:
            if first is None:
                first = max(event.from_day, row.first_day)
        elif first is not None:
            before = event.from_day - timedelta(days=1)
            if row.last_day is not None and row.last_day < event.from_day:
                break
            if first <= before:
                yield first, before
            first = None
    if first is not None and (row.last_day is None or first <= row.last_day):
        yield first, row.last_day


def placed(
    periods: Iterable[PeriodInForce], version: RuleVersionRow, area: str
) -> list[PeriodInForce]:
    """Return the periods as they would stand with ``version`` published; no row is changed."""
    first, last = version.effective_from, version.effective_to
    code, before = version.record["code"], first - timedelta(days=1)
    found = []
    for row in periods:
        if (row.code, row.area) == (code, area):
            if row.first_day == first:
                continue
            if row.first_day > first:
                until = row.first_day - timedelta(days=1)
                last = until if last is None else min(last, until)
            elif row.last_day is None or row.last_day >= first:
                row = PeriodInForce(
                    version=row.version,
                    code=code,
                    area=area,
                    first_day=row.first_day,
                    last_day=before,
                )
        found.append(row)
    new = PeriodInForce(version=version, code=code, area=area, first_day=first, last_day=last)
    return [*found, new]


def from_manifest(manifest: Mapping[str, Any], rows: Mapping[str, RuleVersionRow]) -> Ruleset:
    """Return the ruleset that a snapshot names; ``rows`` are its versions by content hash."""
    periods = [
        InForce(
            rule=to_rule(rows[content_hash].record),
            area=area,
            first=date.fromisoformat(first),
            last=date.fromisoformat(last) if last else None,
        )
        for _, area, first, last, content_hash in manifest["periods"]
    ]
    return Ruleset(periods, manifest["order"])
