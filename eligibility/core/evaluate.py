"""evaluate(ruleset, facts) -> Assessment: one trace a route, from which everything derives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from eligibility.core.compiled import Judge, Marks, compile_rules
from eligibility.core.condition import Compare, Condition, children_of
from eligibility.core.kept import kept
from eligibility.core.places import RURAL
from eligibility.core.rule import InForce, Listed, Ruleset, RuleVersion, per_rule
from eligibility.core.stated import Facts
from eligibility.core.verdict import Overall, Verdict

ENGINE_VERSION = "1"  # raised when equal facts and rules would be judged differently

_VERDICTS = tuple(Verdict)
_NOT_MET, _UNKNOWN, _OFFICER, _MET = (int(verdict) for verdict in Verdict)


class Trace(NamedTuple):
    """A judged node with its judged children; of a comparison also what was compared."""

    node: Condition
    verdict: Verdict
    parts: tuple["Trace", ...] = ()
    actual: Any = None


@dataclass(frozen=True, slots=True)
class Route:
    """A listed version and how it stands; ``area`` is the leaf of the place."""

    rule: RuleVersion
    area: int
    marks: Marks

    @property
    def verdict(self) -> Verdict:
        """Return the verdict of the route: its place and its condition together."""
        return _VERDICTS[min(self.area, self.marks[0])]


class Panel:
    """The versions listed together on a day and place, compiled."""

    def __init__(self, listed: tuple[Listed, ...], area_classes: tuple[str, ...]):
        """Compile; the area leaf is met where a route applies in every possible class."""
        self.listed = listed
        self.rules = tuple(entry.rule for entry in listed)
        self.areas = tuple(
            _MET if set(area_classes) <= set(entry.areas) else _UNKNOWN for entry in listed
        )
        self.judge: Judge = compile_rules(self.rules, ceilings=self.areas)


def panel(ruleset: Ruleset, day: date, area_classes: tuple[str, ...]) -> Panel:
    """Return the compiled listing; compiled once for each listing of a ruleset."""
    key = (ruleset.era(day), area_classes)
    found: Panel | None = ruleset.memo.get(key)
    if found is None:
        listed = ruleset.listing(day, area_classes)
        found = ruleset.memo.get((listed, area_classes)) or Panel(listed, area_classes)
        # By the days it is found without hashing the listing; equal ones share what is compiled.
        ruleset.memo[key] = ruleset.memo[listed, area_classes] = found
    return found


def judge_rule(
    rule: RuleVersion,
    values: Mapping[str, Any],
    *,
    unknown: int = _UNKNOWN,
    family: bool = False,
) -> Marks:
    """Return the marks of one rule; compiled once a version."""
    judge = _family_judge(rule) if family else _judge(rule)
    return judge(values.get, unknown)[1][0]


@per_rule
def _judge(rule: RuleVersion) -> Judge:
    return compile_rules((rule,))


@per_rule
def _family_judge(rule: RuleVersion) -> Judge:
    return compile_rules((rule,), family=True)


class Assessment:
    """The verdicts of all listed routes for one person on one day."""

    __slots__ = ("__dict__", "best", "facts", "marks", "panel", "ruleset")

    def __init__(self, ruleset: Ruleset, facts: Facts, listing: Panel):
        """Judge; ``best`` is the best mark among the routes, their places reckoned in."""
        self.ruleset, self.facts, self.panel = ruleset, facts, listing
        self.best, self.marks = listing.judge(facts.values.get, _UNKNOWN)

    @kept
    def routes(self) -> tuple[Route, ...]:
        """Return the listed routes in the order of the rule table."""
        rows = zip(self.panel.rules, self.panel.areas, self.marks, strict=True)
        return tuple(Route(rule, area, marks) for rule, area, marks in rows)

    @property
    def is_rural(self) -> bool:
        """Whether the target lies outside what the policy covers."""
        return self.facts.area_classes == (RURAL,)


def evaluate(ruleset: Ruleset, facts: Facts) -> Assessment:
    """Judge ``facts`` by the rules of their day; equal inputs, equal answers.

    Source: docs/policy/rules.md, 6.
    """
    return Assessment(ruleset, facts, panel(ruleset, facts.as_of, facts.area_classes))


def overall(assessment: Assessment, earliest: date | None) -> Overall:
    """Return the overall verdict; ``earliest`` is the least date of the listed routes."""
    if assessment.best == _MET:
        return Overall.ELIGIBLE
    if assessment.best == _OFFICER:
        return Overall.OFFICER_DECIDES
    if assessment.best == _UNKNOWN:
        return Overall.MORE_INFORMATION_NEEDED
    if assessment.is_rural:
        return Overall.NOT_COVERED
    return Overall.NOT_ELIGIBLE if earliest is None else Overall.NOT_YET


@dataclass(frozen=True, eq=False)
class Outline:
    """A node with its place among the marks."""

    place: int
    node: Condition
    parts: tuple["Outline", ...]
    fact: str  # of a comparison; elsewhere empty


@per_rule
def outline(rule: RuleVersion) -> Outline:
    """Return the nodes of a rule with their places among its marks."""
    places = iter(range(len(rule.nodes)))

    def place(node: Condition) -> Outline:
        here = next(places)
        parts = tuple(place(part) for part in children_of(node))
        return Outline(here, node, parts, node.fact if isinstance(node, Compare) else "")

    return place(rule.condition)


def trace(rule: RuleVersion, marks: Marks, values: Mapping[str, Any]) -> Trace:
    """Return the judged tree of a rule from its marks."""
    return _tree(outline(rule), marks, values)


def _tree(at: Outline, marks: Marks, values: Mapping[str, Any]) -> Trace:
    verdict = _VERDICTS[marks[at.place]]
    if at.parts:
        parts = tuple([_tree(part, marks, values) for part in at.parts])
        return Trace(at.node, verdict, parts)
    return Trace(at.node, verdict, (), values.get(at.fact))


def future_lines(ruleset: Ruleset, code: str, facts: Facts) -> list[tuple[InForce, ...]]:
    """Return, for each possible area class, the periods of a route that are not over yet."""
    return [
        tuple(p for p in ruleset.line(code, area) if p.last is None or p.last > facts.as_of)
        for area in facts.area_classes
    ]
