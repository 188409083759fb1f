"""A million people judged as columns, beside NumPy by hand and OpenFisca-core; and an impact run.

Every way first judges all people once, and the marks of every route and person must be the same,
bit for bit. Then all ways are timed in turn. Memory is the most that a process of one way's own
has held, with its columns loaded.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import households, peers
from benchmarks.evaluation import Competitor, VerdictsDiffer, competitor
from benchmarks.figures import Figure, number, save, table, targets
from benchmarks.population_database import people_a_second
from benchmarks.workers.column_rounds import MISSING, PLACES
from eligibility.core.condition import Compare, leaves
from eligibility.core.facts import COMPARABLE, Kind
from eligibility.core.places import AREA_CLASSES

PORTAL, LEAF, HAND = "portal, columns", "portal, columns and leaf", "NumPy by hand"
TUNED, WITH_MISSING = "OpenFisca, tuned", "OpenFisca, tuned, missing facts"
KINDS = ("incomplete", "complete")
MODULES = {
    PORTAL: "population_portal",
    LEAF: "population_portal",
    HAND: "population_by_hand",
    TUNED: "population_openfisca",
    WITH_MISSING: "population_openfisca",
}


def columns(work: dict[str, Any], count: int, known: float, seed: int) -> dict[str, Any]:
    """Return random people as plain columns, as ``column_rounds`` describes them."""
    ruleset = households.ruleset_of(work["records"])
    listed = ruleset.listing(date.fromisoformat(work["day"]), AREA_CLASSES)
    asked = sorted(
        {
            leaf.fact
            for entry in listed
            for leaf in leaves(entry.rule.condition)
            if isinstance(leaf, Compare)
        }
    )
    chance = np.random.default_rng(seed)
    found = {"place": chance.choice(len(PLACES), count, p=(0.3, 0.4, 0.1, 0.1, 0.1))}
    found["place"] = found["place"].astype(np.uint8)
    for name in asked:
        fact = COMPARABLE[name]
        hidden = chance.random(count) >= known
        if fact.kind in (Kind.CHOICE, Kind.BOOL):
            most = len(fact.values) or 2
            drawn = chance.integers(0, most, count).astype(np.uint8)
            drawn[hidden] = MISSING
        else:
            most = 85 if name == "age_years" else 30 if fact.unit == "years" else 72
            drawn = chance.integers(0, most, count).astype(np.int16)
            drawn[hidden] = -1
        found[name] = drawn
    return found


def export(folder: Path, count: int) -> Path:
    """Write the work: the routes of the day, and two kinds of people."""
    path = folder / "population.json"
    work = households.export(path, 2)
    work["yes_or_no"] = [n for n, fact in COMPARABLE.items() if fact.kind is Kind.BOOL]
    work["columns"] = {}
    for seed, (kind, known) in enumerate(zip(KINDS, (households.KNOWN, 1.0), strict=True)):
        place = folder / f"{kind}.npz"
        np.savez(place, **columns(work, count, known, seed))
        work["columns"][kind] = str(place)
    path.write_text(json.dumps(work, ensure_ascii=False), encoding="utf-8")
    return path


def measure(running: dict[str, Competitor], rounds: int) -> dict[tuple[str, str], dict[str, float]]:
    """Check that all agree, then time all in turn."""
    plan = [
        (name, kind)
        for kind in KINDS
        for name, one in running.items()
        if kind == "complete" or not one.ways[name]
    ]
    agreed: dict[str, str] = {}
    for name, kind in plan:
        found = running[name].ask("tell", name, kind, 0)["hash"]
        if agreed.setdefault(kind, found) != found:
            raise VerdictsDiffer(f"{name!r} judges {kind} people otherwise than {plan[0][0]!r}.")
    taken: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(rounds):
        for name, kind in plan:
            taken.setdefault((name, kind), []).append(running[name].ask("time", name, kind, 0))
    return {
        key: {
            "seconds": median(one["seconds"] for one in each),
            "peak_mb": max(one["peak_mb"] for one in each),
        }
        for key, each in taken.items()
    }


IMPACT = """
import resource, sys
from datetime import date
from time import perf_counter
from benchmarks import households
from eligibility import synthetic
from eligibility.core.impact import Comparison, Tally
work_records, places = households.records(), households.townships()
ruleset = households.ruleset_of(work_records)
[draft] = [r for r in ruleset.versions if r.label == "urban-tenant@2022"]
day = date(2022, 2, 1)
start = perf_counter()
comparison, tally = Comparison(ruleset, draft, day), Tally()
for block in synthetic.people(int(sys.argv[1]), synthetic.SEED, day, places):
    tally.add(comparison, block.columns, block.counties)
seconds = perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def impact(count: int) -> tuple[float, float]:
    """Return seconds and megabytes of measuring the tenant rule of 2022 on made-up people."""
    command = [sys.executable, "-c", IMPACT, str(count)]
    done = subprocess.run(command, cwd=households.ROOT, check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def judged(
    times: dict[tuple[str, str], dict[str, float]],
    count: int,
    impacts: dict[int, tuple[float, float]],
    end_to_end: float,
) -> list[Figure]:
    """Return the figures that have targets."""

    def speed(name: str, kind: str) -> float:
        return count / times[name, kind]["seconds"]

    portal = speed(PORTAL, "incomplete")
    found = [
        Figure(name="people a second", value=portal / 1e6, unit="M/s", at_least=5),
        Figure(
            name="people a second, with the leaf that decides each route",
            value=speed(LEAF, "incomplete") / 1e6,
            unit="M/s",
            at_least=3,
        ),
        Figure(
            name="time / tuned NumPy by hand",
            value=speed(HAND, "incomplete") / portal,
            unit="x",
            at_most=2,
        ),
        Figure(
            name="peak memory a million people",
            value=times[PORTAL, "incomplete"]["peak_mb"],
            unit="MB",
            at_most=400,
        ),
    ]
    for name, kind, words in (
        (TUNED, "complete", "OpenFisca tuned, no missing facts / time"),
        (WITH_MISSING, "incomplete", "OpenFisca tuned, missing facts / time"),
    ):
        if (name, kind) in times:
            value = speed(PORTAL, kind) / speed(name, kind)
            found.append(Figure(name=words, value=value, unit="x", at_least=5))
    found.append(
        Figure(
            name="from a PostgreSQL table to another, dates and all",
            value=end_to_end,
            unit="people/s",
            at_least=200_000,
        )
    )
    few, many = sorted(impacts)
    found += [
        Figure(
            name=f"impact of the 2022 tenant rule on {many:,} people",
            value=impacts[many][0],
            unit="s",
            at_most=30,
        ),
        Figure(
            name=f"its memory / that on {few:,} people",
            value=impacts[many][1] / impacts[few][1],
            unit="x",
            at_most=1.1,
        ),
    ]
    return found


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure, print, save; returns the figures with targets."""
    count, rounds = (20_000, 2) if smoke else (1_000_000, 7)
    folder.chmod(0o711)  # PostgreSQL runs as another user, and passes through
    work = export(folder, count)
    print(f"\nPopulation: {count:,} people, {len(PLACES)} kinds of places, one core")
    python = peers.python()
    with ExitStack() as processes:
        running = {}
        for name, module in MODULES.items():
            interpreter = python if module.endswith("openfisca") else Path(sys.executable)
            if interpreter:
                running[name] = processes.enter_context(competitor(interpreter, module, work))
        versions = {k: v for one in running.values() for k, v in one.versions.items()}
        times = measure(running, rounds)
    print("All ways agree on every route of every person.")
    print(f"Versions: {', '.join(f'{name} {version}' for name, version in versions.items())}")
    for kind in KINDS:
        table(
            f"{kind} people",
            ("way", "M people/s", "peak MB"),
            [
                (name, number(count / of["seconds"] / 1e6), number(of["peak_mb"]))
                for (name, k), of in times.items()
                if k == kind
            ],
        )
    impacts = {
        people: impact(people) for people in ((50_000, 100_000) if smoke else (200_000, count))
    }
    end_to_end = people_a_second(folder, count)
    figures = judged(times, count, impacts, end_to_end)
    targets("Population, against the targets", figures)
    detail = [{"way": w, "people": k} | of for (w, k), of in times.items()]
    save("population", {"smoke": smoke, "versions": versions, "times": detail}, figures)
    return figures
