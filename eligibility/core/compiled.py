"""Conditions turned into Python source once, and run many times.

A judge takes a look-up of known values and the mark that an unknown leaf gets, and returns the
marks of every node in the order of the text: the trace, flat. Marks are the numbers of
``Verdict``. With 1 for unknown it judges; with 3 or 0 it tells the most and the least that the
missing facts can still make of a condition. Equal leaves of several routes are judged once.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    satisfying,
)
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Kind
from eligibility.core.rule import FAMILY, RuleVersion
from eligibility.core.verdict import Verdict

Marks = tuple[int, ...]
Look = Callable[[str], Any]
Judge = Callable[[Look, int], tuple[Marks, ...]]

_MET, _OFFICER, _NOT_MET = int(Verdict.MET), int(Verdict.OFFICER), int(Verdict.NOT_MET)
_SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


class _Writer:
    """Writes the body of one judge, each distinct leaf once."""

    def __init__(self, dictionary: Mapping[str, Any], family: bool):
        self.dictionary = dictionary
        self.family = family  # leave out the branches that register the applicant alone
        self.lines: list[str] = []
        self.facts: dict[str, str] = {}
        self.leaves: dict[Any, str] = {}
        self.constants: dict[str, Any] = {}

    def node(self, node: Condition, names: list[str]) -> str:
        """Write ``node``, append the names of its marks to ``names``, return its own."""
        match node:
            case Compare():
                name = self.leaf(node, negated=False)
                names.append(name)
                return name
            case Not(child=child):
                name = self.leaf(child, negated=True)
                names += [name, self.leaf(child, negated=False)]
                return name
            case OfficerJudgement():
                names.append(str(_OFFICER))
                return str(_OFFICER)
            case All(children=parts):
                return self.group(node, parts, "<", names)
            case AnyOf(children=parts):
                return self.group(node, parts, ">", names)

    def group(self, node: Any, parts: tuple[Condition, ...], sign: str, names: list[str]) -> str:
        place = len(names)
        names.append("")
        below = [self.node(part, names) for part in parts]
        if self.family and node.self_only:
            names[place] = str(_NOT_MET)
            return names[place]
        if len(below) == 1:
            names[place] = below[0]
            return below[0]
        name = f"n{len(self.lines)}"
        first, second, *rest = below
        self.lines.append(f"{name} = {first} if {first} {sign} {second} else {second}")
        self.lines += [f"if {other} {sign} {name}: {name} = {other}" for other in rest]
        names[place] = name
        return name

    def leaf(self, leaf: Compare, *, negated: bool) -> str:
        key = (leaf.fact, leaf.operator, leaf.value, negated)
        if key not in self.leaves:
            fact = self.facts.setdefault(leaf.fact, f"f{len(self.facts)}")
            yes, no = (_NOT_MET, _MET) if negated else (_MET, _NOT_MET)
            name = self.leaves[key] = f"m{len(self.leaves)}"
            self.lines.append(
                f"{name} = u if {fact} is None else {yes} if {self.test(leaf, fact)} else {no}"
            )
        return self.leaves[key]

    def test(self, leaf: Compare, fact: str) -> str:
        kind = self.dictionary[leaf.fact].kind
        if kind is Kind.BOOL:
            return f"{fact} is {leaf.value}"
        if kind is Kind.CHOICE:
            return f"{fact} in {self.constant(satisfying(leaf, self.dictionary[leaf.fact]))}"
        bound = self.constant(leaf.value) if isinstance(leaf.value, Decimal) else leaf.value
        return f"{fact} {_SIGNS.get(leaf.operator, '==')} {bound}"

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name


def compile_rules(rules: Iterable[RuleVersion], *, family: bool = False) -> Judge:
    """Return the judge of several rules at once, a tuple of marks for each.

    ``family`` leaves out the branches by which no household member may come along.
    """
    chosen = tuple(rules)
    of_members = any(rule.kind == FAMILY for rule in chosen)
    writer = _Writer(MEMBER_COMPARABLE if of_members else COMPARABLE, family)
    results = []
    for rule in chosen:
        names: list[str] = []
        writer.node(rule.condition, names)
        results.append(f"({', '.join(names)},)")
    looks = [f"{name} = g({fact!r})" for fact, name in writer.facts.items()]
    body = [*looks, *writer.lines, f"return ({''.join(f'{r}, ' for r in results)})"]
    source = "def judge(g, u):\n " + "\n ".join(body)
    namespace = dict(writer.constants)
    # The source is made of names and numbers written above, of values that `parse` has typed.
    exec(compile(source, "<rules>", "exec"), namespace)  # noqa: S102
    judge: Judge = namespace["judge"]
    return judge
