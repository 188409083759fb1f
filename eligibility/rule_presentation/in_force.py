"""When and where versions are in force."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.rule import FAMILY, InForce, Ruleset, RuleVersion

from .areas import areas_text
from .shapes import Event, RuleLine, Span, VersionLine


def spans(periods: Iterable[InForce], today: date) -> tuple[Span, ...]:
    """Return the days of a version, areas with the same days together; earliest first."""
    together: dict[tuple[date, date | None], list[str]] = {}
    for period in periods:
        together.setdefault((period.first, period.last), []).append(period.area)
    return tuple(
        Span(
            first=first,
            last=last,
            areas=tuple(areas),
            covers_today=first <= today and (last is None or today <= last),
            to_come=first > today,
        )
        for (first, last), areas in sorted(together.items(), key=lambda item: item[0][0])
    )


def _same_days_everywhere(found: tuple[Span, ...]) -> bool:
    return all(set(span.areas) == set(found[0].areas) for span in found)


def version_line(
    ruleset: Ruleset, rule: RuleVersion, today: date, events: Iterable[Any] = ()
) -> VersionLine:
    """Return a version for a timeline; its days are those really in force."""
    days = spans([p for p in ruleset.periods if p.rule.content_hash == rule.content_hash], today)
    return VersionLine(
        rule=rule,
        name=wording.say(rule.name),
        summary=wording.say(rule.summary),
        spans=days,
        split_by_area=not _same_days_everywhere(days),
        events=tuple(_event(row) for row in events),
        in_force=any(span.covers_today for span in days),
        to_come=bool(days) and all(span.to_come for span in days),
    )


def _event(row: Any) -> Event:
    forms = {
        "withdrawn": _("Withdrawn from %(day)s."),
        "ended": _("Ended by a later document from %(day)s."),
        "suspended": _("Suspended from %(day)s."),
        "resumed": _("In force again from %(day)s."),
    }
    happened = forms[row.kind] % {"day": wording.full_date(row.from_day)}
    reason = wording.say({"zh": row.reason_zh, "en": row.reason_en})
    return Event(
        text=wording.sentences([happened, reason]),
        document=row.document,
        clause=row.clause,
    )


def rule_lines(ruleset: Ruleset, as_of: date) -> tuple[list[RuleLine], list[RuleLine]]:
    """Return the routes in the order of the rule table, and the family rules."""
    together: dict[str, list[RuleVersion]] = {}
    for rule in ruleset.versions:
        together.setdefault(rule.code, []).append(rule)
    found = [_rule_line(ruleset, code, rules, as_of) for code, rules in together.items()]
    routes = [line for line in found if not line.is_family]
    return routes, [line for line in found if line.is_family]


def _rule_line(ruleset: Ruleset, code: str, rules: list[RuleVersion], as_of: date) -> RuleLine:
    ordered = sorted(rules, key=lambda rule: rule.effective_from)
    lines = tuple(version_line(ruleset, rule, as_of) for rule in ordered)
    current = next((line for line in lines if line.in_force), None)
    begun = [line for line in lines if not line.to_come]
    days = [span.first for line in lines for span in line.spans]
    if begun:
        days = [span.last for line in begun for span in line.spans if span.last]
    shown = (current or (begun or lines)[-1]).rule
    return RuleLine(
        code=code,
        name=wording.say(shown.name),
        areas=areas_text(shown.areas),
        is_family=shown.kind == FAMILY,
        current=current,
        state="in_force" if current else "ended" if begun else "to_come",
        day=wording.full_date(max(days) if begun else min(days)) if days else "",
        versions=lines[::-1],
    )
