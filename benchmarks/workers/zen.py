"""zen-engine: the routes as its expressions, and as decision graphs (JDM).

Twice: as somebody would write them who takes every fact for known (`and`, `or`, true, false),
and with our four marks, null for a missing fact, which is what the portal computes. In the first
form officers' conditions only cap the verdict of a route, so there is less to do.
"""

import json
from importlib.metadata import version
from itertools import count
from typing import Any

import zen

from benchmarks.workers.rounds import MET, NOT_MET, OFFICER, UNKNOWN, Way, serve, work

WORK = work()
ROUTES = WORK["routes"]
SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


def leaf_text(leaf: dict[str, Any]) -> str:
    """Return one comparison in zen's language."""
    fact = leaf["fact"]
    if "in" in leaf:
        if len(leaf["in"]) == 1:
            return f'{fact} == "{leaf["in"][0]}"'
        return f"{fact} in {json.dumps(leaf['in'])}"
    if "is" in leaf:
        value = leaf["is"]
        if isinstance(value, bool):
            return fact if value else f"not({fact})"
        return f"{fact} == {value}"
    [operator] = set(leaf) & set(SIGNS)
    return f"{fact} {SIGNS[operator]} {leaf[operator]}"


def text(node: dict[str, Any], name: Any = leaf_text) -> str:
    """Return a condition in zen's language, officers' parts taken for met."""
    for key, word in (("all", "and"), ("any", "or")):
        if key in node:
            parts = [text(part, name) for part in node[key] if "judgement" not in part]
            return f"({f' {word} '.join(parts)})" if parts else "true"
    if "not" in node:
        return f"not({text(node['not'], name)})"
    return name(node)


def officer_caps(node: dict[str, Any]) -> bool:
    """Whether an officer has the last word; only ever said at the top of a condition here."""
    parts = node.get("all", [node])
    inside = [part for part in parts if "judgement" not in part]
    if "judgement" in json.dumps(inside):
        raise ValueError("an officer's judgement below the top needs another encoding")
    return len(inside) < len(parts)


def verdict_text(route: dict[str, Any], condition: str) -> str:
    """Return the mark of a route."""
    best = OFFICER if officer_caps(route["condition"]) else MET
    return f"({condition}) ? {best} : {NOT_MET}"


def leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the leaves of a condition in the order of the text."""
    for key in ("all", "any"):
        if key in node:
            return [leaf for part in node[key] for leaf in leaves(part)]
    return leaves(node["not"]) if "not" in node else [node]


Classes = tuple[str, ...]
PLACES: tuple[Classes, ...] = (
    ("county",),
    ("urban",),
    ("rural",),
    ("urban", "rural"),
    ("county", "urban", "rural"),
)


def listed(classes: Classes) -> list[dict[str, Any]]:
    """Return the routes of the area classes that are still possible."""
    return [route for route in ROUTES if set(classes) & set(route["areas"])]


def area_mark(classes: Classes, route: dict[str, Any]) -> int:
    """Return the mark of the place."""
    return MET if set(classes) <= set(route["areas"]) else UNKNOWN


def computed(route: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the leaves of a route that are compared."""
    return [leaf for leaf in leaves(route["condition"]) if "fact" in leaf]


def place(route: dict[str, Any], leaf: dict[str, Any]) -> str:
    """Return a name for a leaf of a route that is also a name in zen's language."""
    return f"{route['code']}_{leaf['id']}".replace("-", "_")


def one_expression(classes: Classes, *, explained: bool) -> Any:
    """Return everything as one compiled expression, which gives an array."""
    parts = [verdict_text(r, text(r["condition"])) for r in listed(classes)]
    if explained:
        parts += [leaf_text(leaf) for r in listed(classes) for leaf in computed(r)]
    return zen.compile_expression(f"[{', '.join(parts)}]")


def mark_text(node: dict[str, Any], name: Any) -> str:
    """Return the mark of a node in zen's language, with our four marks."""
    for key, function in (("all", "min"), ("any", "max")):
        if key in node:
            parts = [mark_text(part, name) for part in node[key]]
            return f"{function}([{', '.join(parts)}])"
    if "not" in node:
        raise ValueError("no route here has a `not`; give it an encoding")
    return str(OFFICER) if "judgement" in node else name(node)


def leaf_mark(leaf: dict[str, Any]) -> str:
    """Return the mark of a leaf in zen's language; null is a missing fact."""
    return f"{leaf['fact']} == null ? {UNKNOWN} : ({leaf_text(leaf)}) ? {MET} : {NOT_MET}"


def marks_expression(classes: Classes) -> Any:
    """Return four-valued marks as one compiled expression: leaves, then routes that use them."""
    steps, routes, shown = [], [], []
    for route in listed(classes):
        for leaf in computed(route):
            steps.append(f"{place(route, leaf)} = {leaf_mark(leaf)}")
            shown.append(place(route, leaf))
        whole = mark_text(route["condition"], lambda leaf, r=route: place(r, leaf))
        routes.append(f"min([{area_mark(classes, route)}, {whole}])")
    return zen.compile_expression(f"{'; '.join(steps)}; [{', '.join([*routes, *shown])}]")


def several_expressions(classes: Classes) -> list[Any]:
    """Return one compiled expression a route."""
    return [zen.compile_expression(verdict_text(r, text(r["condition"]))) for r in listed(classes)]


def graph(node: dict[str, Any]) -> Any:
    """Return a decision: input, one node, output."""
    spot = {"x": 0, "y": 0}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "Request", "position": spot},
        node | {"id": "judge", "position": spot},
        {"id": "out", "type": "outputNode", "name": "Response", "position": spot},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "judge"},
        {"id": "2", "type": "edge", "sourceId": "judge", "targetId": "out"},
    ]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


def expression_node(classes: Classes, *, explained: bool, missing: bool = False) -> Any:
    """Return a graph with one node of expressions: leaves first, and routes that refer to them."""
    numbers = count()
    rows: list[dict[str, str]] = []

    def row(key: str, value: str) -> None:
        rows.append({"id": str(next(numbers)), "key": key, "value": value})

    for route in listed(classes):
        name = route["code"].replace("-", "_")
        if explained:
            for leaf in computed(route):
                row(place(route, leaf), leaf_mark(leaf) if missing else leaf_text(leaf))

        def refer(leaf: dict[str, Any], route: dict[str, Any] = route) -> str:
            return f"$.{place(route, leaf)}"

        if missing:
            area = area_mark(classes, route)
            row(name, f"min([{area}, {mark_text(route['condition'], refer)}])")
        else:
            condition = text(route["condition"], refer if explained else leaf_text)
            row(name, verdict_text(route, condition))
    content = {"expressions": rows}
    return graph({"type": "expressionNode", "name": "Routes", "content": content})


def table_node(classes: Classes) -> Any:
    """Return a graph with one decision table: a row for each way to meet each route."""
    facts = sorted({leaf["fact"] for r in listed(classes) for leaf in computed(r)})
    inputs = [{"id": fact, "name": fact, "type": "expression", "field": fact} for fact in facts]
    outputs = [
        {"id": "code", "name": "code", "type": "expression", "field": "code"},
        {"id": "verdict", "name": "verdict", "type": "expression", "field": "verdict"},
    ]
    rules = []
    for route in listed(classes):
        best = OFFICER if officer_caps(route["condition"]) else MET
        for number, way in enumerate(alternatives(route["condition"])):
            rule = {"_id": f"{route['code']}{number}", "code": f'"{route["code"]}"'}
            for leaf in way:
                rule[leaf["fact"]] = cell(leaf)
            rules.append(rule | {"verdict": str(best)})
    content = {"hitPolicy": "collect", "inputs": inputs, "outputs": outputs, "rules": rules}
    return graph({"type": "decisionTableNode", "name": "Routes", "content": content})


def alternatives(node: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return a condition as alternatives of comparisons, as the rows of a table need it."""
    if "any" in node:
        return [way for part in node["any"] for way in alternatives(part)]
    if "all" in node:
        ways: list[list[dict[str, Any]]] = [[]]
        for part in node["all"]:
            ways = [one + other for one in ways for other in alternatives(part)]
        return ways
    return [[]] if "judgement" in node else [[node]]


def cell(leaf: dict[str, Any]) -> str:
    """Return a comparison as a cell of a decision table writes it."""
    if "in" in leaf:
        return ", ".join(f'"{value}"' for value in leaf["in"])
    if "is" in leaf:
        return json.dumps(leaf["is"])
    [operator] = set(leaf) & set(SIGNS)
    return f"{SIGNS[operator]} {leaf[operator]}"


def prepare(case: dict[str, Any]) -> tuple[Classes, dict[str, Any]]:
    """Return the area classes and the context, each call its own."""
    return tuple(case["area_classes"]), dict(case["values"])


def as_mark(value: Any) -> int:
    """Return the mark that a leaf's value stands for."""
    return (MET if value else NOT_MET) if isinstance(value, bool) else int(value)


def told_list(result: list[Any], case: dict[str, Any]) -> dict[str, Any]:
    """Return what an array says: the routes, then their leaves if there are any."""
    routes = listed(tuple(case["area_classes"]))
    marks = [int(mark) for mark in result[: len(routes)]]
    said: dict[str, Any] = {
        "overall": max(marks),
        "routes": {route["code"]: mark for route, mark in zip(routes, marks, strict=True)},
    }
    rest = iter(result[len(routes) :])
    if len(result) > len(routes):
        said["leaves"] = {
            route["code"]: {leaf["id"]: as_mark(next(rest)) for leaf in computed(route)}
            for route in routes
        }
    return said


def told_graph(result: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Return what a graph of expressions says."""
    routes, found = listed(tuple(case["area_classes"])), result["result"]
    marks = {route["code"]: int(found[route["code"].replace("-", "_")]) for route in routes}
    said: dict[str, Any] = {"overall": max(marks.values()), "routes": marks}
    if len(found) > len(marks):
        said["leaves"] = {
            route["code"]: {
                leaf["id"]: as_mark(found[place(route, leaf)]) for leaf in computed(route)
            }
            for route in routes
        }
    return said


def told_table(result: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Return what the table says; a route without a row that fits is not met."""
    marks = {route["code"]: NOT_MET for route in listed(tuple(case["area_classes"]))}
    for row in result["result"] or []:
        marks[row["code"]] = max(marks[row["code"]], int(row["verdict"]))
    return {"overall": max(marks.values()), "routes": marks}


def way(make: Any, told: Any, *, complete_only: bool = True, **options: Any) -> Way:
    """Return a way with one compiled judge for each place."""
    judges = {classes: make(classes, **options) for classes in PLACES}
    return Way(prepare, lambda given: judges[given[0]].evaluate(given[1]), told, complete_only)


SEVERAL = {classes: several_expressions(classes) for classes in PLACES}
WAYS = {
    "zen, one expression": way(one_expression, told_list, explained=False),
    "zen, an expression a route": Way(
        prepare,
        lambda given: [one.evaluate(given[1]) for one in SEVERAL[given[0]]],
        told_list,
        complete_only=True,
    ),
    "zen JDM, expressions": way(expression_node, told_graph, explained=False),
    "zen JDM, decision table": way(table_node, told_table),
    "zen, one expression, explained": way(one_expression, told_list, explained=True),
    "zen JDM, expressions, explained": way(expression_node, told_graph, explained=True),
    "zen, one expression, marks": way(marks_expression, told_list, complete_only=False),
    "zen JDM, expressions, marks": way(
        expression_node, told_graph, complete_only=False, explained=True, missing=True
    ),
}

if __name__ == "__main__":
    serve(WAYS, WORK, {"zen-engine": version("zen-engine")})
