"""OpenFisca-core: one person, a variable a route and, for the explanation, a variable a leaf.

It has no value for a missing fact. "As documented" builds the simulation from a dictionary with
names of choices; "tuned" sets arrays of codes in a simulation without households or periods;
"marks" is tuned and takes a code of -1 for a missing fact, so that it gives our four marks.
"""

from importlib.metadata import version
from typing import Any

import numpy as np
from openfisca_core.entities import Entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit, period
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.workers.rounds import MET, NOT_MET, OFFICER, UNKNOWN, Way, serve, work

WORK = work()
ROUTES, CHOICES = WORK["routes"], WORK["choices"]
DAY = WORK["day"]
PERIOD = period(DAY)
CODES = {name: {value: i for i, value in enumerate(values)} for name, values in CHOICES.items()}
SAMPLE = WORK["complete"][0]["values"]


def leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the leaves of a condition that are compared."""
    for key in ("all", "any"):
        if key in node:
            return [leaf for part in node[key] for leaf in leaves(part)]
    if "not" in node:
        return leaves(node["not"])
    return [node] if "fact" in node else []


def leaf_name(code: str, leaf_id: str) -> str:
    """Return the name of a leaf's variable."""
    return f"{code}__{leaf_id}".replace("-", "_")


def route_name(code: str) -> str:
    """Return the name of a route's variable."""
    return f"route_{code}".replace("-", "_")


def _reduced(reduce: Any, parts: list[Any]) -> Any:
    """Return a function that computes the mark of a group."""
    first, *others = parts

    def group(person: Any, when: Any) -> Any:
        found = first(person, when)
        for part in others:
            found = reduce(found, part(person, when))
        return found

    return group


class System:
    """A tax and benefit system that holds the routes."""

    def __init__(self, *, tuned: bool, explained: bool, missing: bool = False):
        """Make the variables: facts, then leaves if they are asked for, then routes."""
        self.tuned, self.explained, self.missing = tuned, explained, missing
        self.person = Entity("person", "persons", "A person", "")
        self.system = TaxBenefitSystem([self.person])
        for name, value in SAMPLE.items():
            self.fact(name, value)
        for route in ROUTES:
            if explained:
                for leaf in leaves(route["condition"]):
                    self.formula(leaf_name(route["code"], leaf["id"]), leaf, route["code"], True)
            self.formula(route_name(route["code"]), route["condition"], route["code"], False)

    def variable(self, name: str, **members: Any) -> None:
        """Add a variable; one of a day, or of no time at all where that is faster."""
        when = DateUnit.ETERNITY if self.tuned else DateUnit.DAY
        common = {"entity": self.person, "definition_period": when, "label": name}
        self.system.add_variable(type(name, (Variable,), common | members))

    def fact(self, name: str, value: Any) -> None:
        """Add an input."""
        if name in CHOICES and not self.tuned:
            values = Enum(f"{name}_values", {f"v_{v}": v for v in CHOICES[name]})
            first = next(iter(values))
            self.variable(name, value_type=Enum, possible_values=values, default_value=first)
        elif self.missing:
            kind = float if isinstance(value, float) else int
            self.variable(name, value_type=kind, default_value=-1)
        elif isinstance(value, bool):
            self.variable(name, value_type=bool)
        else:
            self.variable(name, value_type=float if isinstance(value, float) else int)

    def formula(self, name: str, node: dict[str, Any], code: str, own: bool) -> None:
        """Add what is computed: the mark of a leaf or of a route."""
        mark = self.leaf(node) if own else self.mark(node, code)
        formulas = {"formula": lambda person, when: mark(person, when)}
        self.variable(name, value_type=int, **formulas)

    def mark(self, node: dict[str, Any], code: str) -> Any:
        """Return a function that computes the mark of a node."""
        for key, reduce in (("all", np.minimum), ("any", np.maximum)):
            if key in node:
                return _reduced(reduce, [self.mark(part, code) for part in node[key]])
        if "judgement" in node:
            return lambda person, when: OFFICER
        if "not" in node:
            inner = self.mark(node["not"], code)
            return lambda person, when: MET - inner(person, when)
        if self.explained:
            name = leaf_name(code, node["id"])
            return lambda person, when: person(name, when)
        return self.leaf(node)

    def leaf(self, leaf: dict[str, Any]) -> Any:
        """Return a function that gives the mark of a comparison."""
        met = self.met(leaf)
        if not self.missing:
            return met
        fact = leaf["fact"]
        return lambda person, when: np.where(person(fact, when) < 0, UNKNOWN, met(person, when))

    def met(self, leaf: dict[str, Any]) -> Any:
        """Return a function that compares one fact, missing facts aside."""
        name = leaf["fact"]
        if "in" in leaf:
            return self.choice(name, leaf["in"])
        if "is" in leaf:
            wanted = leaf["is"]
            return lambda person, when: (person(name, when) == wanted) * MET
        compare = {
            "at_least": np.greater_equal,
            "at_most": np.less_equal,
            "above": np.greater,
            "below": np.less,
        }
        [operator] = set(leaf) & set(compare)
        test, bound = compare[operator], leaf[operator]
        return lambda person, when: test(person(name, when), bound) * MET

    def choice(self, name: str, wanted: list[str]) -> Any:
        """Return a function that judges a choice: by a table of codes, or by the names."""
        if self.tuned:
            table = np.full(len(CHOICES[name]), NOT_MET, np.int8)
            table[[CODES[name][value] for value in wanted]] = MET
            return lambda person, when: table[person(name, when)]
        values = self.system.get_variable(name).possible_values
        members = [values[f"v_{value}"] for value in wanted]

        def among(person: Any, when: Any) -> Any:
            given = person(name, when)
            found = given == members[0]
            for member in members[1:]:
                found = found | (given == member)
            return found * MET

        return among

    def simulation(self, values: dict[str, Any]) -> Any:
        """Return a simulation of one person."""
        if not self.tuned:
            person = {
                name: {DAY: f"v_{value}" if name in CHOICES else value}
                for name, value in values.items()
            }
            return SimulationBuilder().build_from_entities(
                self.system, {"persons": {"applicant": person}}
            )
        simulation = SimulationBuilder().build_default_simulation(self.system, 1)
        for name, value in values.items():
            code = CODES[name][value] if name in CHOICES else value
            simulation.set_input(name, PERIOD, np.array([code]))
        return simulation

    def judge(self, given: tuple[frozenset[str], dict[str, Any]]) -> dict[str, Any]:
        """Return the marks of the listed routes, and of their leaves if they are asked for."""
        classes, values = given
        simulation = self.simulation(values)
        routes, found = {}, {}
        for route in ROUTES:
            code = route["code"]
            if classes.isdisjoint(route["areas"]):
                continue
            area = MET if classes.issubset(route["areas"]) else UNKNOWN
            routes[code] = min(area, int(simulation.calculate(route_name(code), PERIOD)[0]))
            if self.explained:
                found[code] = {
                    leaf["id"]: int(simulation.calculate(leaf_name(code, leaf["id"]), PERIOD)[0])
                    for leaf in leaves(route["condition"])
                }
        said = {"overall": max(routes.values()), "routes": routes}
        return said | {"leaves": found} if self.explained else said


def way(*, missing: bool = False, **options: bool) -> Way:
    """Return a way to judge one person."""
    return Way(
        lambda case: (frozenset(case["area_classes"]), case["values"]),
        System(missing=missing, **options).judge,
        lambda result, case: result,
        complete_only=not missing,
    )


WAYS = {
    "OpenFisca, tuned": way(tuned=True, explained=False),
    "OpenFisca, tuned, explained": way(tuned=True, explained=True),
    "OpenFisca, tuned, marks": way(tuned=True, explained=True, missing=True),
    "OpenFisca, as documented": way(tuned=False, explained=False),
    "OpenFisca, as documented, explained": way(tuned=False, explained=True),
}

if __name__ == "__main__":
    serve(WAYS, WORK, {"OpenFisca-core": version("OpenFisca-Core")})
