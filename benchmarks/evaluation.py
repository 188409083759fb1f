"""One verdict with its full trace, beside what others do with the same routes.

Every way is first made to tell the verdict of every route and leaf for every household. Only if
all of them agree is anything timed: round after round, all ways in each, every household once.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import households, peers
from benchmarks.figures import Figure, number, save, table, targets

HAND, HAND_EXPLAINED = "by hand, verdict", "by hand, explained"
PORTAL, TREES = "portal, verdict and marks", "portal, trees"
SLOW = "OpenFisca"  # is given a tenth of the households in each round
KINDS = ("incomplete", "complete")


class VerdictsDiffer(Exception):
    """Two ways judge a household differently; no time of theirs means anything."""


class Competitor:
    """A process that judges and times itself."""

    def __init__(self, process: subprocess.Popen[str]):
        """Read what it can do."""
        self.process = process
        hello = self._answer()
        self.ways: dict[str, bool] = hello["ways"]
        self.versions: dict[str, str] = hello["versions"]

    def ask(self, do: str, way: str, cases: str, count: int) -> Any:
        """Send one order and return the answer."""
        order = {"do": do, "way": way, "cases": cases, "count": count}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended; what it said is above")
        return json.loads(line)


@contextmanager
def competitor(python: Path, module: str, work: Path) -> Iterator[Competitor]:
    """Start a competitor, and end it."""
    process = subprocess.Popen(
        [str(python), "-m", f"benchmarks.workers.{module}", str(work)],
        cwd=peers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Competitor(process)
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def compare(name: str, told: Sequence[Any], agreed: list[dict[Any, Any]]) -> None:
    """Hold what a way tells to what was told before, and keep what is new."""
    for number_, (said, known) in enumerate(zip(told, agreed, strict=True)):
        marks: dict[Any, int] = {("overall",): said["overall"]}
        marks |= {("route", code): mark for code, mark in said["routes"].items()}
        marks["listed",] = tuple(sorted(said["routes"]))  # type: ignore[assignment]
        for code, leaves in said.get("leaves", {}).items():
            marks |= {("leaf", code, leaf): mark for leaf, mark in leaves.items()}
        for place, mark in marks.items():
            before = known.setdefault(place, (mark, name))
            if before[0] != mark:
                raise VerdictsDiffer(
                    f"household {number_}, {' '.join(place)}: "
                    f"{before[1]!r} says {before[0]}, {name!r} says {mark}"
                )


def percentile(taken: Sequence[int], share: float) -> int:
    """Return the value that a share of all values does not exceed."""
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * share))]


Times = dict[tuple[str, str], dict[str, float]]


def measure(running: list[Competitor], count: int, rounds: int) -> Times:
    """Check that all agree, then time all ways in turn; microseconds a call."""
    plan = [
        (one, way, kind)
        for kind in KINDS
        for one in running
        for way, complete_only in one.ways.items()
        if kind == "complete" or not complete_only
    ]
    agreed: dict[str, list[dict[Any, Any]]] = {kind: [{} for _ in range(count)] for kind in KINDS}
    for one, way, kind in plan:
        compare(way, one.ask("tell", way, kind, count), agreed[kind])
    taken: dict[tuple[str, str], list[list[int]]] = {}
    for _ in range(rounds):
        for one, way, kind in plan:
            some = max(10, count // 10) if way.startswith(SLOW) else count
            taken.setdefault((way, kind), []).append(one.ask("time", way, kind, some))
    return {
        key: {
            "median": median(median(each) for each in of_rounds) / 1000,
            "p99": median(percentile(each, 0.99) for each in of_rounds) / 1000,
        }
        for key, of_rounds in taken.items()
    }


def fastest(times: Times, kind: str, *words: str) -> tuple[str, float] | None:
    """Return the fastest way whose name holds all ``words``."""
    found = [
        (of["median"], way)
        for (way, k), of in times.items()
        if k == kind and all(word in way for word in words)
    ]
    return (min(found)[1], min(found)[0]) if found else None


def judged(times: Times) -> list[Figure]:
    """Return the figures that have targets."""
    kind = "incomplete"
    ours = times[PORTAL, kind]
    hand, explained = times[HAND, kind]["median"], times[HAND_EXPLAINED, kind]["median"]
    trees = times[TREES, kind]["median"]
    found = [
        Figure(
            name="verdict (with all marks) / by hand, verdict only",
            value=ours["median"] / hand,
            unit="x",
            at_most=2,
        ),
        Figure(
            name="verdict + full trace (marks) / by hand, explained",
            value=ours["median"] / explained,
            unit="x",
            at_most=2,
        ),
        Figure(
            name="verdict + a tree object for every route / by hand, explained",
            value=trees / explained,
            unit="x",
        ),
        Figure(name="p99 / own median", value=ours["p99"] / ours["median"], unit="x", at_most=7),
    ]
    for words, target, name in (
        (("zen", "marks"), 2.5, "fastest zen encoding of the same answer"),
        (("zen JDM", "marks"), 15, "zen JDM, the same answer"),
        (("OpenFisca, tuned, marks",), 300, "OpenFisca tuned, the same answer"),
    ):
        peer = fastest(times, kind, *words)
        if peer:
            value = peer[1] / ours["median"]
            name = f"{name} / verdict + full trace"
            found.append(Figure(name=name, value=value, unit="x", at_least=target))
    whole = times[PORTAL, "complete"]["median"]
    for words, name in (
        (("zen", "explained"), "fastest zen that knows no missing facts, explained"),
        (("zen JDM", "explained"), "zen JDM that knows no missing facts, explained"),
        (("zen JDM",), "fastest zen JDM, verdict only, no missing facts"),
        (("OpenFisca, tuned, explained",), "OpenFisca tuned that knows no missing facts"),
        (("OpenFisca, as documented, explained",), "OpenFisca as documented"),
    ):
        peer = fastest(times, "complete", *words)
        if peer:
            found.append(Figure(name=f"{name} / the portal's", value=peer[1] / whole, unit="x"))
    return found


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure, print, save; returns the figures with targets."""
    count, rounds = (40, 2) if smoke else (1000, 15)
    work = folder / "work.json"
    content = households.export(work, count)
    listed = len(content["routes"])
    print(f"\nEvaluation: {listed} routes of {content['day']}, {count} households")
    python = peers.python()
    with ExitStack() as processes:
        names = [(Path(sys.executable), "portal")]
        names += [(python, name) for name in ("zen", "openfisca")] if python else []
        running = [processes.enter_context(competitor(*name, work)) for name in names]
        versions = {k: v for one in running for k, v in one.versions.items()}
        times = measure(running, count, rounds)
    print(f"All ways agree on every route and leaf of {count} incomplete and {count} complete")
    print("households. zen and OpenFisca judge incomplete ones only where they give our marks.")
    print(f"Versions: {', '.join(f'{name} {version}' for name, version in versions.items())}")
    for kind in KINDS:
        base = times[HAND_EXPLAINED, kind]["median"]
        table(
            f"{kind} households, one call",
            ("way", "median us", "p99 us", "x by hand, explained"),
            [
                (way, number(of["median"]), number(of["p99"]), number(of["median"] / base))
                for (way, k), of in times.items()
                if k == kind
            ],
        )
    figures = judged(times)
    targets("Evaluation, against the targets", figures)
    detail = [{"way": w, "cases": k} | of for (w, k), of in times.items()]
    save("evaluation", {"smoke": smoke, "versions": versions, "times_us": detail}, figures)
    return figures
