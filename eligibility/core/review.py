"""The invariants that every version of every rule must keep (docs/policy/rules.md, 5).

A breach names the article that it offends. The first invariant is absolute; the others may be
overridden by the approver, in writing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from eligibility.core.condition import Compare, Leaf, OfficerJudgement, leaves
from eligibility.core.facts import FACTS, MEMBER_FACTS, asked_as
from eligibility.core.rule import InForce, RuleVersion
from eligibility.core.static_checks import Fault, findings

COUNTY_ROUTE = "county-stable-residence"
PENSION, AREA, INCOME = (
    "pension_insurance_months",
    "housing_area_per_person_m2",
    "has_own_income",
)
MAX_PENSION_MONTHS = 60
NOT_OF_A_COUNTY = frozenset({PENSION, AREA, INCOME, "investment_cny", "annual_tax_cny"})

_OPINIONS, _REGULATION = "jiaxing-2016-31", "residence-permit-regulation"
_LAND_RIGHTS, _HUKOU_TYPE = (_OPINIONS, "六(一)"), (_OPINIONS, "二")
_FAMILY_PLANNING, _COUNTY = (_OPINIONS, "五"), (_OPINIONS, "三(一)")
_HOUSING, _INSURANCE = (_REGULATION, "第十六条(二)"), (_REGULATION, "第十六条(三)")
_LAST_WORD = (_OPINIONS, "文末")

# What the words of a judgement may not be about either: an officer is asked nothing unlawful.
_WORDS: tuple[tuple[str, tuple[str, str], bool, re.Pattern[str]], ...] = (
    (
        "land_rights",
        _LAND_RIGHTS,
        True,
        re.compile(
            r"承包地|土地承包|承包经营权|宅基地|集体收益|"
            r"land[ _-]?right|homestead|contracted[ _-](farm)?land",
            re.I,
        ),
    ),
    (
        "hukou_type",
        _HUKOU_TYPE,
        False,
        re.compile(r"农业户口|非农|agricultural[ _-]hukou|hukou[ _-]type", re.I),
    ),
    (
        "family_planning",
        _FAMILY_PLANNING,
        False,
        re.compile(r"计划生育|计生|社会抚养费|收养登记|family[ _-]planning|adoption", re.I),
    ),
)


@dataclass(frozen=True)
class Breach:
    """One invariant that a version does not keep, and the article that it offends."""

    code: str
    article: tuple[str, str]  # document, article
    at: str
    absolute: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it for logs and commands."""
        return f"{self.at}: {self.code} ({self.article[0]} {self.article[1]})"


def invariants(rule: RuleVersion) -> Iterator[Breach]:
    """Yield what no version of any rule may ask, each with the article that it offends."""
    for leaf in dict.fromkeys(leaves(rule.condition)):
        at = f"{rule.label}.{leaf.id}"
        yield from _forbidden_words(leaf, at)
        if isinstance(leaf, Compare):
            yield from _forbidden_comparison(rule, leaf, at)
            if asked_as(leaf.fact) not in {*FACTS, *MEMBER_FACTS}:
                yield Breach("fact_without_question", _LAST_WORD, at)


def _forbidden_words(leaf: Leaf, at: str) -> Iterator[Breach]:
    said = leaf.id
    if isinstance(leaf, OfficerJudgement):
        said += " ".join(text for _, text in leaf.asks)
    else:
        said += f" {leaf.fact}"
    for code, article, absolute, words in _WORDS:
        if words.search(said):
            yield Breach(code, article, at, absolute)


def _forbidden_comparison(rule: RuleVersion, leaf: Compare, at: str) -> Iterator[Breach]:
    if leaf.fact == "rural_transfer":
        yield Breach("rural_transfer", _HUKOU_TYPE, at)
    if rule.code == COUNTY_ROUTE and leaf.fact in NOT_OF_A_COUNTY:
        yield Breach("county_asks_for_housing_only", _COUNTY, at)
    if leaf.fact == AREA:
        yield Breach("no_floor_area", _HOUSING, at, params={"figure": _figure(leaf)})
    if leaf.fact == PENSION and leaf.value > MAX_PENSION_MONTHS:
        yield Breach(
            "insurance_over_60_months",
            _INSURANCE,
            at,
            params={"figure": leaf.value, "most": MAX_PENSION_MONTHS},
        )


def _figure(leaf: Compare) -> Any:
    return str(leaf.value) if isinstance(leaf.value, Decimal) else leaf.value


def county_keeps_stable_housing(rule: RuleVersion) -> Iterator[Breach]:
    """Yield a breach where the county route does not take every stable home, rented ones too."""
    if rule.code != COUNTY_ROUTE:
        return
    homes = {"owned", "rented_private", "rented_public"}
    for leaf in leaves(rule.condition):
        if isinstance(leaf, Compare) and leaf.fact == "housing":
            chosen = set(leaf.value) if isinstance(leaf.value, tuple) else {leaf.value}
            if chosen >= homes:
                return
    yield Breach("county_takes_every_stable_home", _COUNTY, rule.label)


def gaps(rule: RuleVersion, area: str, line: tuple[InForce, ...]) -> Iterator[Breach]:
    """Yield the days beside ``rule`` on which its route would have no version.

    ``line`` is what is in force without it; days that an event ended are recorded, and are
    no gap.
    """
    before = [p for p in line if p.first < rule.effective_from]
    after = [p for p in line if p.first > rule.effective_from]
    if before and before[-1].last is not None:
        free = before[-1].last + timedelta(days=1)
        if free < rule.effective_from:
            yield _gap(rule, area, free, rule.effective_from)
    if after and rule.effective_to is not None:
        free = rule.effective_to + timedelta(days=1)
        if free < after[0].first:
            yield _gap(rule, area, free, after[0].first)


def _gap(rule: RuleVersion, area: str, first: date, until: date) -> Breach:
    params = {"area": area, "first": first, "last": until - timedelta(days=1)}
    return Breach("gap", _LAST_WORD, rule.label, params=params)


def faults(rule: RuleVersion) -> Iterator[Breach]:
    """Yield what the static checks find in a condition.

    A line that adds nothing may be what the text says all the same; the rest is a mistake.
    """
    citation = rule.citation
    for finding in findings(rule):
        params = {"place": finding.at, "person": finding.person}
        yield Breach(
            finding.fault.value,
            (citation.slug, citation.article),
            f"{rule.label}.{finding.at}",
            finding.fault is not Fault.ADDS_NOTHING,
            params,
        )
