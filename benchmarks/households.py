"""The work that every competitor is given: random households and the routes of one day.

All of it is written to one JSON file, which the competitors read. Of each household the file
holds the facts as somebody states them, and the values as conditions compare them: ages are
counted already and decimals are numbers, which spares the peers work that the portal does.
"""

import csv
import json
import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    satisfying,
)
from eligibility.core.facts import COMPARABLE, FACTS, Fact, Kind
from eligibility.core.places import AREA_CLASSES, CITY_DISTRICTS, Township
from eligibility.core.rule import Ruleset, read_rule, stack
from eligibility.core.stated import parse_facts
from eligibility.legal_files import read_folder, read_order

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "fixtures" / "rules"
DIVISIONS = ROOT / "fixtures" / "divisions" / "jiaxing.csv"

# Most routes are in force between 2022-02-01 and 2023-07-21: fourteen of them.
DAY = date(2023, 6, 1)
KNOWN = 0.75  # of an incomplete household, the share of facts that are stated


def records() -> list[dict[str, Any]]:
    """Return every rule record, its last day written into it, in the order of the table."""
    files = read_folder(RULES)
    ends = {
        ending.code: (ending.on - timedelta(days=1)).isoformat()
        for file in files
        for ending in file.endings
    }
    rank = {code: number for number, code in enumerate(read_order(RULES))}
    latest: dict[str, str] = {}
    found = [dict(record) for file in files for record in file.records]
    for record in found:
        code, begins = record["code"], record["effective_from"]
        latest[code] = max(begins, latest.get(code, begins))
    for record in found:
        code = record["code"]
        if code in ends and record["effective_from"] == latest[code]:
            record["effective_to"] = ends[code]
    return sorted(found, key=lambda record: rank[record["code"]])


def ruleset_of(rule_records: list[dict[str, Any]]) -> Ruleset:
    """Return the ruleset of these records."""
    order = dict.fromkeys(record["code"] for record in rule_records)
    return stack([read_rule(record) for record in rule_records], order)


def townships() -> dict[str, Township]:
    """Return the townships of Jiaxing by code."""
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["township_code"]: Township(
            code=row["township_code"],
            name=row["township"],
            county_code=row["county_code"],
            county=row["county"],
            kind=row["kind"],
        )
        for row in rows
    }


def _value(fact: Fact, pick: random.Random, codes: Mapping[str, list[str]]) -> Any:
    match fact.kind:
        case Kind.BOOL:
            return pick.random() < 0.5
        case Kind.CHOICE:
            return pick.choice(fact.values)
        case Kind.INT:
            return pick.randint(0, 30 if fact.unit == "years" else 72)
        case Kind.DECIMAL:
            return str(Decimal(pick.randint(0, 10_000)) / 100)
        case Kind.DATE:
            # Seldom longer ago than a life is long, often near the limits of 15 and 60 years.
            years = 85 if fact.name == "birth_date" else 25
            return (DAY - timedelta(days=pick.randint(0, years * 365))).isoformat()
        case Kind.TOWNSHIP:
            return pick.choice(codes[pick.choices(("street", "town", "county"), (6, 2, 2))[0]])


def _household(pick: random.Random, codes: Mapping[str, list[str]], known: float) -> dict[str, Any]:
    return {
        name: _value(fact, pick, codes) for name, fact in FACTS.items() if pick.random() < known
    }


def _case(raw: dict[str, Any], places: Mapping[str, Township]) -> dict[str, Any]:
    facts = parse_facts(raw, as_of=DAY, townships=places)
    values = {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in facts.values.items()
        if name in COMPARABLE and not name.startswith("target_")
    }
    return {"facts": raw, "values": values, "area_classes": list(facts.area_classes)}


def plain(node: Condition) -> dict[str, Any]:
    """Return a condition for a reader without our dictionary: every choice spelt out."""
    match node:
        case All(children=parts):
            return {"all": [plain(part) for part in parts]}
        case AnyOf(children=parts):
            return {"any": [plain(part) for part in parts]}
        case Not(child=child):
            return {"not": plain(child)}
        case OfficerJudgement():
            return {"judgement": node.id}
        case Compare():
            fact = COMPARABLE[node.fact]
            leaf: dict[str, Any] = {"id": node.id, "fact": node.fact}
            if fact.kind is Kind.CHOICE:
                chosen = satisfying(node, fact)
                return leaf | {"in": [value for value in fact.values if value in chosen]}
            value = node.value
            return leaf | {node.operator: float(value) if isinstance(value, Decimal) else value}
    raise TypeError(node)


def export(path: Path, count: int, seed: int = 31) -> dict[str, Any]:
    """Write the work of ``count`` households to ``path``; equal seeds give equal work."""
    pick = random.Random(seed)
    places = townships()
    codes: dict[str, list[str]] = {"street": [], "town": [], "county": []}
    for code, place in places.items():
        in_city = place.county_code in CITY_DISTRICTS
        kind = "town" if place.needs_town_area else "street" if in_city else "county"
        codes[kind].append(code)
    rule_records = records()
    ruleset = ruleset_of(rule_records)
    work = {
        "day": DAY.isoformat(),
        "records": rule_records,
        "routes": [
            {
                "code": listed.rule.code,
                "areas": list(listed.areas),
                "condition": plain(listed.rule.condition),
            }
            for listed in ruleset.listing(DAY, AREA_CLASSES)
        ],
        "choices": {
            name: list(fact.values) for name, fact in COMPARABLE.items() if fact.kind is Kind.CHOICE
        },
        "townships": {code: vars(place) for code, place in places.items()},
        "incomplete": [_case(_household(pick, codes, KNOWN), places) for _ in range(count)],
        "complete": [_case(_household(pick, codes, 1.0), places) for _ in range(count)],
    }
    path.write_text(json.dumps(work, ensure_ascii=False), encoding="utf-8")
    return work
