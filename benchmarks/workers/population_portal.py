"""The portal's columns: the verdicts of every route, and the leaf that decides each."""

from datetime import date
from typing import Any

import numpy as np

from benchmarks import households
from benchmarks.workers.column_rounds import MISSING, PLACES, Way, serve
from benchmarks.workers.rounds import work
from eligibility.core.columns import (
    AREA_BITS,
    ColumnJudge,
    Columns,
    code_of,
    dtype_of,
    unknown_code,
)
from eligibility.core.facts import COMPARABLE, Kind

WORK = work()
RULESET = households.ruleset_of(WORK["records"])
JUDGE = ColumnJudge(RULESET, date.fromisoformat(WORK["day"]))


def prepare(columns: dict[str, Any]) -> Columns:
    """Return the columns as the portal holds them."""
    arrays = {}
    for name, column in columns.items():
        if name == "place":
            continue
        fact = COMPARABLE[name]
        if fact.kind in (Kind.CHOICE, Kind.BOOL):
            values = fact.values or (False, True)
            codes = np.full(256, unknown_code(fact), dtype_of(fact))
            codes[: len(values)] = [code_of(fact, value) for value in values]
            arrays[name] = codes[column]
            assert codes[MISSING] == unknown_code(fact)
        else:
            arrays[name] = column
    bits = np.array([sum(AREA_BITS[a] for a in place) for place in PLACES], np.uint8)
    place = columns["place"]
    return Columns(arrays=arrays, areas=bits[place], length=len(place))


def verdicts(people: Columns) -> tuple[Any, Any]:
    """Return the marks and the best."""
    judged = JUDGE.judge(people)
    return judged.marks, judged.best


def leaves(people: Columns) -> tuple[Any, Any]:
    """Return the marks and the best, having found the leaf that decides each as well."""
    judged = JUDGE.judge(people, deciding=True)
    assert judged.leaf is not None
    return judged.marks, judged.best


WAYS = {
    "portal, columns": Way(prepare, verdicts),
    "portal, columns and leaf": Way(prepare, leaves),
}

if __name__ == "__main__":
    serve(WAYS, WORK, {"NumPy": np.__version__})
