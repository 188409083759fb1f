"""How the time grows with routes and versions, what a version costs, how long a start takes."""

import copy
import gc
import json
import subprocess
import sys
import tracemalloc
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter_ns, process_time
from typing import Any

from benchmarks import households
from benchmarks.figures import Figure, save, targets
from eligibility.core.evaluate import evaluate, judge_rule
from eligibility.core.places import AREA_CLASSES, Township
from eligibility.core.rule import Ruleset
from eligibility.core.stated import Facts, parse_facts

COPIES = 10
VERSIONS = 50


def _varied(node: Any, step: int, choices: dict[str, list[str]]) -> None:
    """Change the figures and choices of a condition, so that copies share few leaves."""
    if isinstance(node, dict):
        for operator in ("at_least", "at_most", "above", "below"):
            value = node.get(operator)
            if isinstance(value, int) and not isinstance(value, bool):
                node[operator] = value + step
        fact = node.get("fact")
        if fact in choices and "is" in node:
            values = choices[fact]
            node["is"] = values[(values.index(node["is"]) + step) % len(values)]
        for value in node.values():
            _varied(value, step, choices)
    elif isinstance(node, list):
        for part in node:
            _varied(part, step, choices)


def _copy(record: dict[str, Any], step: int, choices: dict[str, list[str]]) -> dict[str, Any]:
    """Return a record with other figures, as another route or version has them."""
    changed = copy.deepcopy(record)
    for parameter in changed["parameters"].values():
        if isinstance(parameter["value"], int):
            parameter["value"] += step
    _varied(changed["condition"], step, choices)
    return changed


def in_force(work: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the records of the routes in force on the day of the work."""
    ruleset = households.ruleset_of(work["records"])
    listed = ruleset.listing(date.fromisoformat(work["day"]), AREA_CLASSES)
    chosen = {(entry.rule.code, entry.rule.version) for entry in listed}
    return [r for r in work["records"] if (r["code"], r["version"]) in chosen]


def more_routes(records: list[dict[str, Any]], choices: dict[str, list[str]]) -> Any:
    """Return the records ten times over, with other codes and other figures."""
    return [
        _copy(record, step, choices) | {"code": f"{record['code']}-{step}"}
        for step in range(COPIES)
        for record in records
    ]


def more_versions(
    records: list[dict[str, Any]], choices: dict[str, list[str]], first: date
) -> list[dict[str, Any]]:
    """Return fifty versions of each route; a new one of every route each thirty days."""
    return [
        _copy(record, step, choices)
        | {
            "version": str(step),
            "effective_from": (first + timedelta(days=30 * step)).isoformat(),
            "effective_to": None,
        }
        for step in range(VERSIONS)
        for record in records
    ]


def _taken(ruleset: Ruleset, people: list[Facts]) -> float:
    """Return the median microseconds of a verdict."""
    fresh = [Facts(as_of=f.as_of, given=f.given, area_classes=f.area_classes) for f in people]
    gc.collect()
    taken = []
    for facts in fresh:
        start = perf_counter_ns()
        evaluate(ruleset, facts).best  # noqa: B018  computed when it is read
        taken.append(perf_counter_ns() - start)
    return median(taken) / 1000


def _ratio(one: Any, other: Any, rounds: int) -> float:
    """Return how much longer ``other`` takes, the two measured in turn."""
    for ruleset, people in (one, other):
        _taken(ruleset, people)  # compiles what is listed
    pairs = [(_taken(*one), _taken(*other)) for _ in range(rounds)]
    return median(b for _, b in pairs) / median(a for a, _ in pairs)


def compiling(records: list[dict[str, Any]]) -> tuple[float, float]:
    """Return milliseconds and megabytes a version: read, checked, compiled alone and listed."""

    def build() -> Ruleset:
        # Each record is read from text of its own, as a database row is.
        ruleset = households.ruleset_of([json.loads(text) for text in written])
        for day in days:
            facts = Facts(as_of=day, given={}, area_classes=("urban",))
            evaluate(ruleset, facts)
        for period in ruleset.periods:
            judge_rule(period.rule, {})
        return ruleset

    written = [json.dumps(record, ensure_ascii=False) for record in records]
    days = sorted({date.fromisoformat(record["effective_from"]) for record in records})
    gc.collect()
    start = process_time()
    build()
    seconds = process_time() - start
    gc.collect()
    tracemalloc.start()
    kept = build()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return seconds * 1000 / len(records), size / 1e6 / len(records)


def start_up(folder: Path, work: dict[str, Any], runs: int) -> float:
    """Return the milliseconds of CPU for a new process to import the core and compile all rules."""
    path = folder / "records.json"
    path.write_text(json.dumps(work["records"], ensure_ascii=False), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.workers.start_up", str(path)]
    taken = [
        float(
            subprocess.run(
                command, cwd=households.ROOT, check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(runs)
    ]
    return median(taken)


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure, print, save."""
    count, rounds = (30, 2) if smoke else (1000, 15)
    work = households.export(folder / "growth.json", count)
    day, choices = date.fromisoformat(work["day"]), work["choices"]
    places = {code: Township(**place) for code, place in work["townships"].items()}
    people = [
        parse_facts(case["facts"], as_of=day, townships=places) for case in work["incomplete"]
    ]
    records = in_force(work)
    usual = households.ruleset_of(records)
    many = households.ruleset_of(more_routes(records, choices))
    first = day - timedelta(days=30 * (VERSIONS - 1))
    fifty = more_versions(records, choices, first)
    # Every version is in use: the households come on days all over the fifty periods.
    spread = [
        Facts(
            as_of=day - timedelta(days=30 * (i % VERSIONS)),
            given=facts.given,
            area_classes=facts.area_classes,
        )
        for i, facts in enumerate(people)
    ]
    routes = _ratio((usual, people), (many, people), rounds)
    versions = _ratio((usual, people), (households.ruleset_of(fifty), spread), rounds)
    milliseconds, megabytes = compiling(fifty if not smoke else fifty[: 3 * len(records)])
    figures = [
        Figure(name=f"{COPIES}x routes, time", value=routes, unit="x", at_most=10),
        Figure(name=f"{VERSIONS} versions a route, time", value=versions, unit="x", at_most=1.4),
        Figure(name="reading and compiling, a version", value=milliseconds, unit="ms", at_most=15),
        Figure(name="memory, a version compiled", value=megabytes, unit="MB", at_most=0.2),
        Figure(
            name=f"start: import the core, compile {len(work['records'])} versions",
            value=start_up(folder, work, 2 if smoke else 9),
            unit="ms",
            at_most=60,
        ),
    ]
    targets(f"Growth and start ({len(records)} routes, {count} households)", figures)
    save("growth", {"smoke": smoke}, figures)
    return figures
