"""Who may be registered along (随迁): each household member judged beside the applicant."""

from dataclasses import dataclass

from eligibility.core.condition import All, AnyOf, walk
from eligibility.core.evaluate import Assessment, Route, Trace, judge_rule, trace
from eligibility.core.kept import kept
from eligibility.core.rule import FAMILY, SELF_AND_FAMILY, RuleVersion, per_rule
from eligibility.core.verdict import Verdict


@per_rule
def _branches_alone(rule: RuleVersion) -> bool:
    """Whether some branch of the condition registers the applicant alone."""
    return any(isinstance(n, All | AnyOf) and n.self_only for n in walk(rule.condition))


def family_mark(assessment: Assessment, route: Route) -> int | None:
    """Return how a route stands by the branches that admit family; None if it never does."""
    if route.rule.registers != SELF_AND_FAMILY:
        return None
    if not _branches_alone(route.rule):
        return min(route.area, route.marks[0])
    marks = judge_rule(route.rule, assessment.facts.values, family=True)
    return min(route.area, marks[0])


def self_only(assessment: Assessment, route: Route) -> bool:
    """Whether no member may come along by the branches that give the route its verdict."""
    mark = family_mark(assessment, route)
    return mark is None or mark < route.verdict


@dataclass(frozen=True)
class Member:
    """How one household member stands."""

    index: int
    relation: str | None
    way: Verdict  # the best route, or branch, that admits family
    route: RuleVersion | None
    rule: RuleVersion | None  # the family rule in force
    own: Trace | None  # the family rule judged for this member

    @kept
    def verdict(self) -> Verdict:
        """Return all(way, lives together, the relation's row). Source: docs/policy/rules.md, 4."""
        return Verdict.NOT_MET if self.own is None else min(self.way, self.own.verdict)


def members(assessment: Assessment) -> tuple[Member, ...]:
    """Return each household member's standing, in the order in which they were named."""
    facts = assessment.facts
    if not facts.household:
        return ()
    way, by = Verdict.NOT_MET, None
    for route in assessment.routes:
        mark = family_mark(assessment, route)
        if mark is not None and (by is None or mark > way):
            way, by = Verdict(mark), route.rule
    listed = assessment.ruleset.listing(facts.as_of, facts.area_classes, FAMILY)
    rule = listed[0].rule if listed else None
    found = []
    for index, stated in enumerate(facts.household):
        values = facts.member_values(index)
        own = None if rule is None else trace(rule, judge_rule(rule, values), values)
        found.append(Member(index, stated.get("relation"), way, by, rule, own))
    return tuple(found)
