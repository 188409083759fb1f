"""Conditions turned into Python source once, and run many times.

A judge takes a look-up of known values and the mark that an unknown leaf gets, and returns the
best mark of its rules with the marks of every node in the order of the text: the trace, flat.
Marks are the numbers of ``Verdict``. With 1 for unknown it judges; with 3 or 0 it tells the most
and the least that the missing facts can still make of a condition. Every fact is looked up once,
and equal leaves of several routes are judged once.
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
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Fact, Kind
from eligibility.core.rule import FAMILY, RuleVersion
from eligibility.core.verdict import Verdict

Marks = tuple[int, ...]
Look = Callable[[str], Any]
Judge = Callable[[Look, int], tuple[int, tuple[Marks, ...]]]

_NOT_MET, _, _OFFICER, _MET = (int(verdict) for verdict in Verdict)
_SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


class _Writer:
    """Writes the body of one judge, each distinct leaf once."""

    def __init__(self, dictionary: Mapping[str, Fact], family: bool):
        self.dictionary = dictionary
        self.family = family  # leave out the branches that register the applicant alone
        self.groups: list[str] = []
        # Of each fact the distinct leaves over it, as (leaf, negated), with the names they get.
        self.facts: dict[str, dict[tuple[Any, ...], tuple[str, Compare]]] = {}
        self.constants: dict[str, Any] = {}
        self.names = 0

    def node(self, node: Condition, names: list[str]) -> str:
        """Name ``node`` and all below it, append the names to ``names``, return its own."""
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
        names[place] = (
            str(_NOT_MET) if self.family and node.self_only else self.reduced(sign, below)
        )
        return names[place]

    def reduced(self, sign: str, marks: list[str]) -> str:
        """Write the least or the greatest of some marks, return its name."""
        first, *others = marks
        if not others:
            return first
        name = self.name("n")
        second, *rest = others
        self.groups.append(f"{name} = {first} if {first} {sign} {second} else {second}")
        self.groups += [f"if {other} {sign} {name}: {name} = {other}" for other in rest]
        return name

    def best(self, tops: list[str], ceilings: tuple[int, ...]) -> str:
        """Write the greatest of some marks, each held down to its ceiling; return its name."""
        under: dict[int, list[str]] = {}
        for top, ceiling in zip(tops, ceilings or (_MET,) * len(tops), strict=True):
            under.setdefault(ceiling, []).append(top)
        held = [self.reduced(">", marks) for marks in under.values()]
        held = [
            mark if ceiling == _MET else self.reduced("<", [mark, str(ceiling)])
            for ceiling, mark in zip(under, held, strict=True)
        ]
        return self.reduced(">", held) if held else str(_NOT_MET)

    def leaf(self, leaf: Compare, *, negated: bool) -> str:
        known = self.facts.setdefault(leaf.fact, {})
        key = (leaf.operator, leaf.value, negated)
        if key not in known:
            known[key] = (self.name("m"), leaf)
        return known[key][0]

    @property
    def lines(self) -> Iterable[str]:
        """Yield the look-up of every fact, and the marks of the leaves over it."""
        for number, (name, known) in enumerate(self.facts.items()):
            fact, value = self.dictionary[name], f"f{number}"
            yield f"{value} = g({name!r})"
            marks = [mark for mark, _ in known.values()]
            if fact.kind is Kind.CHOICE:
                found = f"{self.table(fact, known)}[{value}]"
                if len(marks) == 1:
                    yield f"{marks[0]} = u if {value} is None else {found}"
                    continue
                yield f"if {value} is None: {' = '.join(marks)} = u"
                yield f"else: {', '.join(marks)} = {found}"
                continue
            for (_, _, negated), (mark, leaf) in known.items():
                yes, no = (_NOT_MET, _MET) if negated else (_MET, _NOT_MET)
                test = self.test(leaf, fact, value)
                yield f"{mark} = u if {value} is None else {yes} if {test} else {no}"

    def table(self, fact: Fact, known: Mapping[tuple[Any, ...], tuple[str, Compare]]) -> str:
        """Name the table of a choice: for each of its values the marks of the leaves over it."""
        columns = []
        for (_, _, negated), (_, leaf) in known.items():
            chosen = satisfying(leaf, fact)
            columns.append(
                [_MET if (v in chosen) is not negated else _NOT_MET for v in fact.values]
            )
        rows = zip(*columns, strict=True) if len(columns) > 1 else columns[0]
        return self.constant(dict(zip(fact.values, rows, strict=True)))

    def test(self, leaf: Compare, fact: Fact, value: str) -> str:
        if fact.kind is Kind.BOOL:
            return value if leaf.value else f"not {value}"
        bound = self.constant(leaf.value) if isinstance(leaf.value, Decimal) else leaf.value
        return f"{value} {_SIGNS.get(leaf.operator, '==')} {bound}"

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"


def compile_rules(
    rules: Iterable[RuleVersion], *, ceilings: Iterable[int] = (), family: bool = False
) -> Judge:
    """Return the judge of several rules at once: the best mark, and a tuple of marks for each.

    ``ceilings``: the most that each rule counts for the best mark; nothing is held down if there
    are none. ``family`` leaves out the branches by which no household member may come along.
    """
    chosen = tuple(rules)
    of_members = any(rule.kind == FAMILY for rule in chosen)
    writer = _Writer(MEMBER_COMPARABLE if of_members else COMPARABLE, family)
    results = []
    for rule in chosen:
        names: list[str] = []
        writer.node(rule.condition, names)
        results.append(names)
    best = writer.best([names[0] for names in results], tuple(ceilings))
    marks = "".join(f"({', '.join(names)},), " for names in results)
    body = [*writer.lines, *writer.groups, f"return {best}, ({marks})"]
    parameters = ["g", "u", *(f"{name}={name}" for name in writer.constants)]
    source = f"def judge({', '.join(parameters)}):\n " + "\n ".join(body)
    namespace = dict(writer.constants)
    # The source is made of names and numbers written above, of values that `parse` has typed.
    exec(compile(source, "<rules>", "exec"), namespace)  # noqa: S102
    judge: Judge = namespace["judge"]
    return judge
