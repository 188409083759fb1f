"""Edits of a condition as plain data: each returns a new tree and leaves the old one as it was.

A place is an address: ``r`` is the root, and each number a step down to a child (``r-1-0``). What
cannot be done raises RuleMalformed with the place and what to do instead.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from eligibility.core.errors import RuleMalformed

GROUPS = ("all", "any")
ROOT = "r"
Node = dict[str, Any]


def address_of(path: str) -> str:
    """Return the address of a path such as ``condition.all[1].not``.

    >>> address_of("condition.all[1].not")
    'r-1-0'
    """
    steps = []
    for part in path.split(".")[1:]:
        steps.append(part[part.index("[") + 1 : -1] if "[" in part else "0")
    return "-".join([ROOT, *steps])


def children(node: Node) -> list[Node]:
    """Return the nodes directly below one, as a new list."""
    for kind in GROUPS:
        if kind in node:
            return list(node[kind])
    return [node["not"]] if "not" in node else []


def node_at(root: Node, address: str) -> Node:
    """Return the node at an address."""
    node = root
    for step in _steps(address):
        below = children(node)
        if step >= len(below):
            raise RuleMalformed(address, "there is no such line any more; look at the tree again")
        node = below[step]
    return node


def places(root: Node, at: str = ROOT) -> Iterator[tuple[str, Node]]:
    """Yield each node with its address, in the order of the text."""
    yield at, root
    for number, child in enumerate(children(root)):
        yield from places(child, f"{at}-{number}")


def _steps(address: str) -> list[int]:
    head, *steps = address.split("-")
    if head != ROOT or not all(step.isascii() and step.isdigit() for step in steps):
        raise RuleMalformed(address, "this is no place in a condition; look at the tree again")
    return [int(step) for step in steps]


def _with_children(node: Node, below: list[Node]) -> Node:
    for kind in GROUPS:
        if kind in node:
            return node | {kind: below}
    return {"not": below[0]}


def _around(root: Node, address: str, change: Callable[[list[Node], int], list[Node]]) -> Node:
    """Return the tree in which the line of nodes around an address is changed."""
    node_at(root, address)
    steps = _steps(address)
    if not steps:
        raise RuleMalformed(address, "the whole condition stands alone; put a group around it")

    def within(node: Node, rest: list[int]) -> Node:
        below = children(node)
        if len(rest) == 1:
            return _with_children(node, change(below, rest[0]))
        below[rest[0]] = within(below[rest[0]], rest[1:])
        return _with_children(node, below)

    return within(copy.deepcopy(root), steps)


def replace(root: Node, address: str, node: Node) -> Node:
    """Return the tree with another node at an address."""
    if address == ROOT:
        return copy.deepcopy(node)
    return _around(root, address, lambda row, i: [*row[:i], copy.deepcopy(node), *row[i + 1 :]])


def insert(root: Node, address: str, node: Node, where: str = "inside") -> Node:
    """Return the tree with a node ``inside`` a group at its end, or ``before`` another."""
    there = node_at(root, address)
    if where == "inside":
        if not _is_group(there):
            raise RuleMalformed(address, "only a group takes lines; put a group around this one")
        return replace(root, address, _with_children(there, [*children(there), node]))
    if address == ROOT or "not" in node_at(root, _above(address)):
        raise RuleMalformed(address, "put a group around this line first; then add beside it")
    return _around(root, address, lambda row, i: [*row[:i], copy.deepcopy(node), *row[i:]])


def remove(root: Node, address: str) -> Node:
    """Return the tree without a node; a group that is left empty goes with it."""
    node_at(root, address)
    while address != ROOT:
        above = _above(address)
        if len(children(node_at(root, above))) > 1:
            return _around(root, address, lambda row, i: [*row[:i], *row[i + 1 :]])
        address = above
    raise RuleMalformed(ROOT, "a rule asks at least one thing; add the new line first")


def move(root: Node, address: str, by: int) -> Node:
    """Return the tree with a node so many places further down among its neighbours, or up."""

    def moved(row: list[Node], i: int) -> list[Node]:
        if not 0 <= i + by < len(row):
            raise RuleMalformed(address, "it is the outermost of its group already")
        row.insert(i + by, row.pop(i))
        return row

    return _around(root, address, moved)


def transfer(root: Node, address: str, group: str) -> Node:
    """Return the tree with a node moved to the end of another group."""
    if group == address or group.startswith(f"{address}-"):
        raise RuleMalformed(group, "a line cannot be moved into itself; choose another group")
    node = node_at(root, address)
    target = node_at(root, group)
    if not _is_group(target):
        raise RuleMalformed(group, "only a group takes lines; choose a group")
    mark: Node = {"mark": True}
    marked = replace(root, address, mark)
    wider = insert(marked, group, node)
    [place] = [at for at, part in places(wider) if part == mark]
    return remove(wider, place)


def wrap(root: Node, address: str, kind: str) -> Node:
    """Return the tree with a new group of ``kind`` (all or any) around a node."""
    if kind not in GROUPS:
        raise RuleMalformed(address, "a group is `all` or `any`")
    node = node_at(root, address)
    if address != ROOT and "not" in node_at(root, _above(address)):
        raise RuleMalformed(address, "put the group around the opposite, not inside it")
    return replace(root, address, {kind: [node]})


def unwrap(root: Node, address: str) -> Node:
    """Return the tree with the lines of a group in its place."""
    below = children(node_at(root, address))
    if not below:
        raise RuleMalformed(address, "this is a line and no group; remove it instead")
    if len(below) == 1:
        return replace(root, address, below[0])
    if address == ROOT:
        raise RuleMalformed(address, "the outermost group holds the lines together; keep it")
    return _around(root, address, lambda row, i: [*row[:i], *below, *row[i + 1 :]])


def flip(root: Node, address: str) -> Node:
    """Return the tree with "all of these" turned into "one of these", or back."""
    node = node_at(root, address)
    for kind, other in (("all", "any"), ("any", "all")):
        if kind in node:
            turned = {other if key == kind else key: value for key, value in node.items()}
            return replace(root, address, turned)
    raise RuleMalformed(address, "only a group can be turned")


def negate(root: Node, address: str) -> Node:
    """Return the tree with a comparison turned into its opposite, or back."""
    node = node_at(root, address)
    if address != ROOT and "not" in node_at(root, _above(address)):
        return replace(root, _above(address), node)
    if "not" in node:
        return replace(root, address, node["not"])
    if "fact" not in node:
        raise RuleMalformed(address, "only a line that compares a fact has an opposite")
    return replace(root, address, {"not": node})


def alone(root: Node, address: str) -> Node:
    """Return the tree with a branch that registers the applicant alone, or no longer alone."""
    node = dict(node_at(root, address))
    if not _is_group(node):
        raise RuleMalformed(address, "only a group can register the applicant alone")
    if node.pop("self_only", False):
        return replace(root, address, node)
    return replace(root, address, node | {"self_only": True})


def _is_group(node: Node) -> bool:
    return any(kind in node for kind in GROUPS)


def _above(address: str) -> str:
    return address.rpartition("-")[0]


ACTS: Mapping[str, Callable[[Node, str], Node]] = {
    "up": lambda root, at: move(root, at, -1),
    "down": lambda root, at: move(root, at, 1),
    "all": lambda root, at: wrap(root, at, "all"),
    "any": lambda root, at: wrap(root, at, "any"),
    "unwrap": unwrap,
    "flip": flip,
    "alone": alone,
    "negate": negate,
    "remove": remove,
}
