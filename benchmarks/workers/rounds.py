"""A competitor's side of the measuring: it answers and times itself when it is told to.

One line of JSON comes in, one goes out. Standard library only: the peers run this too, in
environments that have nothing of the portal.
"""

import gc
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

NOT_MET, UNKNOWN, OFFICER, MET = range(4)


@dataclass(frozen=True)
class Way:
    """One way to judge a household.

    ``prepare`` makes the input of one call from a case and is not timed. ``told`` turns a result
    into ``{"overall", "routes": {code: mark}, "leaves": {code: {leaf: mark}}}`` and is not timed
    either; a way that does not explain leaves out the leaves.
    """

    prepare: Callable[[dict[str, Any]], Any]
    run: Callable[[Any], Any]
    told: Callable[[Any, dict[str, Any]], dict[str, Any]]
    complete_only: bool = False  # knows no missing facts


def work() -> dict[str, Any]:
    """Return the work from the file that the command line names."""
    return json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))


def serve(ways: dict[str, Way], cases: dict[str, Any], versions: dict[str, str]) -> None:
    """Do what the lines on standard input ask for, until they end."""
    _say(
        {
            "ways": {name: way.complete_only for name, way in ways.items()},
            "versions": versions,
        }
    )
    for line in sys.stdin:
        asked = json.loads(line)
        way, chosen = ways[asked["way"]], cases[asked["cases"]][: asked["count"]]
        if asked["do"] == "tell":
            _say([way.told(way.run(way.prepare(case)), case) for case in chosen])
        else:
            _say(_round(way, chosen))


def _round(way: Way, chosen: list[dict[str, Any]]) -> list[int]:
    """Return the nanoseconds of each call."""
    inputs = [way.prepare(case) for case in chosen]
    run, taken = way.run, []
    gc.collect()  # the rubbish of another way is not this one's
    for given in inputs:
        start = perf_counter_ns()
        run(given)
        taken.append(perf_counter_ns() - start)
    return taken


def _say(content: Any) -> None:
    print(json.dumps(content), flush=True)
