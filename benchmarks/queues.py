"""The officers' workbench over many cases, nine of ten of them in one station.

A private PostgreSQL server holds them; the pages are asked for in the process that measures, with
the portal's middleware, signed in with a second factor. Database time is the time in which the
server plans and executes all queries of a page, by its own account.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import households
from benchmarks.figures import Figure, number, save, table, targets
from tests.services.postgresql import PostgreSQL

SIZES = (200_000, 1_000_000)
SMOKE_SIZES = (2_000, 4_000)


def _environment(folder: Path, url: str) -> dict[str, str]:
    data = folder / "workbench"
    data.mkdir()
    return dict(os.environ) | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.dev",
        "JIAXING_DATA_DIR": str(data),
        "JIAXING_DEBUG": "off",
        "JIAXING_LOG_LEVEL": "ERROR",
        "JIAXING_RATE_RECEIPTS": "100000000/m",
        "REDIS_URL": "",
    }


def _ask(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=households.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def measure(folder: Path, sizes: tuple[int, ...], rounds: int) -> list[dict[str, Any]]:
    """Return what was measured at each size; each has a database of its own."""
    server = PostgreSQL(folder)
    server.start()
    try:
        environment = _environment(folder, server.url)
        _ask(environment, "manage.py", "migrate", "--verbosity", "0")
        _ask(environment, "manage.py", "createcachetable")
        found, there = [], 0
        for size in sizes:
            more = str(size - there)
            found.append(
                json.loads(_ask(environment, "-m", "benchmarks.workers.desk", more, str(rounds)))
            )
            there = size
        return found
    finally:
        server.stop()


def figures_of(measured: list[dict[str, Any]]) -> list[Figure]:
    """Return the figures with their targets."""
    figures = []
    for found in measured:
        at = f"{found['cases']:,} cases"
        figures += [
            Figure(name=f"queue page p95, {at}", value=found["page_p95"], unit="ms", at_most=300),
            Figure(
                name=f"database time of a page of a queue, worst of all depths, {at}",
                value=found["page_database"],
                unit="ms",
                at_most=2.5,
            ),
            Figure(
                name=f"queries of the workbench, {at}", value=found["queries"], unit="", at_most=12
            ),
            Figure(name=f"counts of all queues, database, {at}", value=found["counts"], unit="ms"),
            Figure(name=f"search by reference p95, {at}", value=found["reference"], unit="ms"),
            Figure(name=f"search by ID number p95, {at}", value=found["number"], unit="ms"),
            Figure(name=f"the next case p95, {at}", value=found["next"], unit="ms"),
            Figure(name=f"figures for supervisors, {at}", value=found["statistics"], unit="ms"),
            Figure(name=f"rows a second of an export, {at}", value=found["export_rows"], unit=""),
            Figure(name=f"memory that an export adds, {at}", value=found["export_mb"], unit="MB"),
        ]
    small, large = measured[0], measured[-1]
    figures.append(
        Figure(
            name=f"database time of a page, {large['cases']:,} against {small['cases']:,} cases",
            value=large["page_database"] / small["page_database"],
            unit="x",
            at_most=1.5,
        )
    )
    return figures


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure, print, save; returns the figures with targets."""
    sizes, rounds = (SMOKE_SIZES, 5) if smoke else (SIZES, 100)
    folder.chmod(0o711)  # PostgreSQL runs as another user, and passes through
    print(f"\nWorkbench: {sizes[-1]:,} cases, 90 % in one station")
    measured = measure(folder, sizes, rounds)
    for found in measured:
        table(
            f"database time of a page, ms, {found['cases']:,} cases",
            ("queue and depth", "officer", "county", "city"),
            [(name, *(number(ms) for ms in times)) for name, times in found["depths"].items()],
        )
    figures = figures_of(measured)
    targets("Workbench, against the targets", figures)
    save("queues", {"smoke": smoke, "measured": measured}, figures)
    return figures
