"""Complete, unremarkable facts and rules, read from the files: no database is needed."""

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from eligibility.core.check import Check
from eligibility.core.places import Township
from eligibility.core.rule import InForce, Ruleset, RuleVersion, read_rule, stack
from eligibility.core.stated import Facts, parse_facts
from eligibility.legal_files import LegalFile, read_folder, read_order

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "fixtures" / "rules"
DIVISIONS = ROOT / "fixtures" / "divisions" / "jiaxing.csv"

COUNTY_STREET = "330483001"  # 桐乡市梧桐街道
COUNTY_TOWN = "330424100"  # 海盐县
CITY_STREET = "330402010"  # 南湖区南湖街道
CITY_TOWN = "330402100"  # 南湖区凤桥镇: only its 镇区 is urban
PLACES: Mapping[str, Mapping[str, Any]] = {
    "county": {"target_township": COUNTY_STREET},
    "urban": {"target_township": CITY_STREET},
    "town": {"target_township": CITY_TOWN},
    "town area": {"target_township": CITY_TOWN, "target_in_town_area": True},
    "rural": {"target_township": CITY_TOWN, "target_in_town_area": False},
    "anywhere": {},
}


@lru_cache(maxsize=1)
def townships() -> Mapping[str, Township]:
    """Return the 72 townships by code."""
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        return {
            row["township_code"]: Township(
                code=row["township_code"],
                name=row["township"],
                county_code=row["county_code"],
                county=row["county"],
                kind=row["kind"],
            )
            for row in csv.DictReader(file)
        }


@lru_cache(maxsize=1)
def legal_files() -> tuple[LegalFile, ...]:
    """Return the shipped legal documents."""
    return read_folder(RULES)


@lru_cache(maxsize=1)
def shipped_ruleset() -> Ruleset:
    """Return what is in force once every shipped document is published."""
    rules = [rule for file in legal_files() for rule in file.rules]
    stacked = stack(rules, read_order(RULES))
    ended = {ending.code: ending.on for file in legal_files() for ending in file.endings}
    periods = []
    for period in stacked.periods:
        last = period.last
        if last is None and period.rule.code in ended:
            last = ended[period.rule.code] - timedelta(days=1)
        periods.append(InForce(rule=period.rule, area=period.area, first=period.first, last=last))
    return Ruleset(periods, stacked.order)


def shipped_rule(label: str) -> RuleVersion:
    """Return a shipped version by its name, like ``urban-owner@2018``."""
    [rule] = [rule for rule in shipped_ruleset().versions if rule.label == label]
    return rule


def make_facts(as_of: date, area: str = "county", /, **known: Any) -> Facts:
    """Return facts for a place of PLACES; what is not named is unknown."""
    raw = {**PLACES[area], **known}
    return parse_facts(raw, as_of=as_of, townships=townships())


def make_check(as_of: date, area: str = "county", /, **known: Any) -> Check:
    """Return a check by the shipped rules, asked on the as-of date."""
    return Check(shipped_ruleset(), make_facts(as_of, area, **known), as_of)


def route_of(check: Check, code: str) -> Any:
    """Return the listed route ``code``."""
    [route] = [route for route in check.routes if route.rule.code == code]
    return route


def date_of(check: Check, code: str) -> date | None:
    """Return the earliest date of the listed route ``code``."""
    rows = zip(check.routes, check.dates, strict=True)
    [day] = [day for route, day in rows if route.rule.code == code]
    return day


def make_record(condition: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a rule record that asks ``condition``; its leaves cite `一` and need no paper."""
    words = {"zh": "试", "en": "A trial"}
    cited = {
        "slug": "trial",
        "document": words,
        "number": "",
        "article": "一",
        "text": "摘要：试。",
        "provenance": "official",
    }
    record = {
        "code": "trial-route",
        "version": "1",
        "kind": "route",
        "name": words,
        "summary": words,
        "areas": ["county"],
        "effective_from": "2016-06-28",
        "effective_to": None,
        "document": "trial",
        "clause": "一",
        "provenance": "official",
        "registers": "self_and_family",
        "parameters": {},
        "condition": condition,
        "citations": {"一": cited},
        "papers": {},
    }
    return record | changes


def leaf(fact: str, operator: str, value: Any, **changes: Any) -> dict[str, Any]:
    """Return a leaf as a rule file writes it."""
    name = changes.pop("id", fact.replace("_", "-"))
    written = {"id": name, "clause": "一", "fact": fact, operator: value, "papers": []}
    return written | changes


def judgement(name: str = "officer-looks") -> dict[str, Any]:
    """Return an officer-judgement leaf as a rule file writes it."""
    asks = {"zh": "由派出所认定", "en": "what the officer decides"}
    return {"judgement": name, "clause": "一", "papers": [], "asks": asks}


def make_rule(condition: Mapping[str, Any], **changes: Any) -> RuleVersion:
    """Return a rule version that asks ``condition``."""
    return read_rule(make_record(condition, **changes))


def make_ruleset(*rules: RuleVersion) -> Ruleset:
    """Return the ruleset in which each version ends the one before it."""
    return stack(rules, dict.fromkeys(rule.code for rule in rules))
