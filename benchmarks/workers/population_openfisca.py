"""OpenFisca-core over a whole population: a variable a route, arrays of codes."""

from importlib.metadata import version
from typing import Any

import numpy as np
from openfisca_core.simulations import SimulationBuilder

from benchmarks.workers.column_rounds import (
    MISSING,
    NOT_LISTED,
    PLACES,
    UNKNOWN,
    Way,
    serve,
)
from benchmarks.workers.openfisca import PERIOD, ROUTES, WORK, System, route_name


def prepare(columns: dict[str, Any], *, missing: bool) -> Any:
    """Return the columns as OpenFisca takes them; -1 for a missing fact."""
    given = {}
    for name, column in columns.items():
        if name == "place":
            continue
        if missing and column.dtype == np.uint8:
            wide = column.astype(np.int32)
            given[name] = np.where(wide == MISSING, -1, wide)
        elif column.dtype == np.uint8 and name in WORK["yes_or_no"]:
            given[name] = column == 1
        else:
            given[name] = column.astype(np.int32)
    return given, columns["place"]


def way(*, missing: bool) -> Way:
    """Return a tuned way, with or without missing facts."""
    system = System(tuned=True, explained=False, missing=missing)

    def run(given: Any) -> tuple[Any, Any]:
        facts, place = given
        simulation = SimulationBuilder().build_default_simulation(system.system, len(place))
        for name, column in facts.items():
            simulation.set_input(name, PERIOD, column)
        marks = np.empty((len(ROUTES), len(place)), np.uint8)
        best = np.zeros(len(place), np.uint8)
        for row, route in zip(marks, ROUTES, strict=True):
            row[:] = simulation.calculate(route_name(route["code"]), PERIOD)
            areas = set(route["areas"])
            table = np.array([_at(areas, set(classes)) for classes in PLACES], np.uint8)
            here = table[place]  # 0 listed, 1 perhaps, 2 not
            np.minimum(row, UNKNOWN, out=row, where=here == 1)
            row[here == 2] = NOT_LISTED
            np.maximum(best, row, out=best, where=here != 2)
        return marks, best

    return Way(lambda columns: prepare(columns, missing=missing), run, complete_only=not missing)


def _at(areas: set[str], classes: set[str]) -> int:
    if areas.isdisjoint(classes):
        return 2
    return 0 if classes <= areas else 1


WAYS = {
    "OpenFisca, tuned": way(missing=False),
    "OpenFisca, tuned, missing facts": way(missing=True),
}

if __name__ == "__main__":
    serve(WAYS, WORK, {"OpenFisca-core": version("OpenFisca-Core")})
