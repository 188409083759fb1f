"""The outbox: what owing a notice costs, and how fast one worker drains it.

The server keeps nothing through a power cut (as in the tests), and the channel takes everything at
once: what is measured is the relay and its rows, not a provider. No queue is asked.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure, save, targets
from benchmarks.households import ROOT
from tests.services.postgresql import PostgreSQL

COUNT, SMOKE_COUNT = 20_000, 400


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure, print, save; returns the figures with targets."""
    count = SMOKE_COUNT if smoke else COUNT
    place = folder / "notices"
    place.mkdir(mode=0o711)
    folder.chmod(0o711)
    server = PostgreSQL(place)
    server.start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.workers.notices", str(count)],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": server.url,
                "REDIS_URL": "",
                "JIAXING_DATA_DIR": str(place / "data"),
                "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.test",
                "JIAXING_LOG_LEVEL": "ERROR",
            },
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        server.stop()
    found = json.loads(done.stdout.splitlines()[-1])
    batches, single = (found[way]["sent"] / found[way]["seconds"] for way in ("batches", "single"))
    figures = [
        Figure(name="notices drained by one worker", value=batches, unit="1/s", at_least=10_000),
        Figure(
            name="in batches against one at a time",
            value=batches / single,
            unit="x",
            at_least=10,
        ),
        Figure(
            name="owing one thing on three channels, with its commit",
            value=found["owe_ms"],
            unit="ms",
            at_most=0.5,
        ),
        Figure(name="memory that draining adds", value=found["memory_growth_mb"], unit="MB"),
        Figure(
            name=f"draining {count:,} notices",
            value=found["batches"]["seconds"],
            unit="s",
            at_most=60,
        ),
    ]
    targets("Notices", figures)
    save("notices", {"smoke": smoke, "count": count, **found}, figures)
    return figures
