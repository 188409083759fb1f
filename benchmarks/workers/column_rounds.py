"""A competitor's side of measuring whole populations: it judges columns and times itself.

One line of JSON comes in, one goes out. NumPy and the standard library only: the peers run this
too, in environments that have nothing of the portal. A choice is the place of its value, a
yes-or-no 0 or 1, a missing one 255; a count is itself, a missing one -1.
"""

import gc
import hashlib
import json
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

NOT_MET, UNKNOWN, OFFICER, MET = range(4)
MISSING, NOT_LISTED = 255, 255
PLACES = (
    ("county",),
    ("urban",),
    ("rural",),
    ("urban", "rural"),
    ("county", "urban", "rural"),
)


@dataclass(frozen=True)
class Way:
    """One way to judge a population.

    ``prepare`` makes the input from the columns and is not timed. ``run`` returns the marks of
    the routes, a row each in the order of the work, NOT_LISTED where one takes no part, and the
    best mark of each person.
    """

    prepare: Callable[[dict[str, Any]], Any]
    run: Callable[[Any], tuple[Any, Any]]
    complete_only: bool = False  # knows no missing facts


def load(work: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the columns of one kind of people."""
    with np.load(work["columns"][kind]) as arrays:
        return dict(arrays)


def serve(ways: dict[str, Way], work: dict[str, Any], versions: dict[str, str]) -> None:
    """Do what the lines on standard input ask for, until they end."""
    _say({"ways": {name: way.complete_only for name, way in ways.items()}, "versions": versions})
    for line in sys.stdin:
        asked = json.loads(line)
        way = ways[asked["way"]]
        given = way.prepare(load(work, asked["cases"]))
        gc.collect()
        start = perf_counter()
        marks, best = way.run(given)
        seconds = perf_counter() - start
        said: dict[str, Any] = {"seconds": seconds}
        said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if asked["do"] == "tell":
            content = np.ascontiguousarray(marks, np.uint8).tobytes()
            content += np.ascontiguousarray(best, np.uint8).tobytes()
            said["hash"] = hashlib.sha256(content).hexdigest()
        _say(said)


def _say(content: Any) -> None:
    print(json.dumps(content), flush=True)
