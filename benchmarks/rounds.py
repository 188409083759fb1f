"""A points round: frozen, read, ranked, allocated and written, and a seat that comes free."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure, save, targets

ROOT = Path(__file__).resolve().parents[1]
STEPS = ("freeze", "read", "rank and allocate", "write the result", "public list")


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure in a process of its own, print, save."""
    applicants, quotas = (500, 10) if smoke else (100_000, 300)
    command = [sys.executable, "-m", "benchmarks.workers.points_round"]
    done = subprocess.run(
        [*command, str(applicants), str(quotas)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(done.stdout)
    whole = sum(found[step] for step in STEPS)
    figures = [
        Figure(name="a round, all steps", value=whole, unit="s", at_most=10),
        *(Figure(name=step, value=found[step], unit="s") for step in STEPS),
        Figure(name="memory of all steps", value=found["memory MB"], unit="MB"),
        Figure(name="the snapshot", value=found["snapshot MB"], unit="MB"),
        Figure(name="a seat given up, moved on", value=found["withdrawal ms"], unit="ms"),
    ]
    targets(f"Points round ({applicants:,} applicants, {quotas} quotas)", figures)
    save("rounds", {"smoke": smoke}, figures)
    return figures
