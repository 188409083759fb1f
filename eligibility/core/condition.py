"""The five nodes of the rule language: read, written back, checked.

``All`` and ``AnyOf`` hold children, ``Not`` stands around one computed leaf, ``Compare`` and
``OfficerJudgement`` are leaves with an id, a clause and the papers that prove them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, assert_never

from eligibility.core.errors import RuleMalformed, Said
from eligibility.core.facts import COMPARABLE, MEMBER_COMPARABLE, Fact, Kind

OPERATORS = ("is", "in", "at_least", "at_most", "above", "below")
ORDERED = ("at_least", "at_most", "above", "below")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, eq=True)
class All:
    """Met when every child is met."""

    children: tuple["Condition", ...]
    self_only: bool = False


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """Met when one child is met."""

    children: tuple["Condition", ...]
    self_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Compare:
    """A leaf: one fact against a value of the law."""

    id: str
    clause: str
    fact: str
    operator: str
    value: Any  # bool, int, Decimal, str, or a tuple of str
    parameter: str = ""  # the name under which the figure is cited
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Not:
    """The opposite of one computed leaf."""

    child: Compare


@dataclass(frozen=True, kw_only=True)
class OfficerJudgement:
    """A leaf that the law leaves to a person: no computation turns it into yes."""

    id: str
    clause: str
    asks: tuple[tuple[str, str], ...]  # (language, what the officer decides)
    papers: tuple[str, ...] = ()


Condition = All | AnyOf | Not | Compare | OfficerJudgement
Leaf = Compare | OfficerJudgement


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A figure of the law, with its unit and the clause that gives it."""

    value: Any
    unit: str
    clause: str
    provenance: str = ""  # where it differs from its document's


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a condition may refer to."""

    facts: Mapping[str, Fact]
    parameters: Mapping[str, Parameter]
    clauses: frozenset[str]
    papers: frozenset[str]


def scope_for(kind: str, parameters: Mapping[str, Parameter], clauses: Any, papers: Any) -> Scope:
    """Return what a condition of a ``route`` or ``family`` rule may refer to."""
    facts = MEMBER_COMPARABLE if kind == "family" else COMPARABLE
    return Scope(
        facts=facts,
        parameters=parameters,
        clauses=frozenset(clauses),
        papers=frozenset(papers),
    )


def parse(raw: Any, scope: Scope, at: str) -> Condition:
    """Read one node; ``at`` is its path, so that an error says where."""
    match raw:
        case {"all": [_, *_] as parts, **rest}:
            _nothing_else(rest, {"self_only"}, at)
            return All(children=_each(parts, scope, f"{at}.all"), self_only=_flag(rest, at))
        case {"any": [_, *_] as parts, **rest}:
            _nothing_else(rest, {"self_only"}, at)
            return AnyOf(children=_each(parts, scope, f"{at}.any"), self_only=_flag(rest, at))
        case {"not": part, **rest}:
            _nothing_else(rest, set(), at)
            child = parse(part, scope, f"{at}.not")
            if not isinstance(child, Compare):
                raise RuleMalformed(
                    f"{at}.not",
                    "put `not` around one leaf that compares a fact; nothing else",
                )
            return Not(child=child)
        case {"judgement": str(name), **rest}:
            _nothing_else(rest, {"clause", "papers", "asks"}, at)
            return OfficerJudgement(
                id=_id(name, at),
                clause=_clause(rest, scope, at),
                asks=_asks(rest.get("asks"), at),
                papers=_papers(rest, scope, at),
            )
        case {"fact": str(), "id": str()}:
            return _compare(raw, scope, at)
    raise RuleMalformed(
        at,
        "expected `all` or `any` with a list of conditions, `not` with a leaf, `judgement`, "
        "or a leaf with `id`, `clause`, `fact` and one operator",
    )


def _each(parts: list[Any], scope: Scope, at: str) -> tuple[Condition, ...]:
    return tuple(parse(part, scope, f"{at}[{i}]") for i, part in enumerate(parts))


def _nothing_else(rest: Mapping[Any, Any], allowed: set[str], at: str) -> None:
    extra = sorted(set(map(str, rest)) - allowed)
    if extra:
        raise RuleMalformed(at, "`%(extra)s` does not belong here; take it out", extra=extra[0])


def _flag(rest: Mapping[Any, Any], at: str) -> bool:
    flag = rest.get("self_only", False)
    if not isinstance(flag, bool):
        raise RuleMalformed(f"{at}.self_only", "write true or false")
    return flag


def _id(name: str, at: str) -> str:
    if not _NAME.fullmatch(name):
        raise RuleMalformed(at, "the id %(name)r is not in lower-case-with-hyphens", name=name)
    return name


def _clause(rest: Mapping[Any, Any], scope: Scope, at: str) -> str:
    clause = rest.get("clause")
    if not isinstance(clause, str) or not clause:
        raise RuleMalformed(at, "the citation is missing; add `clause:` with its article")
    if clause not in scope.clauses:
        raise RuleMalformed(
            f"{at}.clause",
            "no clause %(clause)r is quoted; add its words under `clauses:`",
            clause=clause,
        )
    return clause


def _papers(rest: Mapping[Any, Any], scope: Scope, at: str) -> tuple[str, ...]:
    papers = rest.get("papers")
    if not isinstance(papers, list):
        raise RuleMalformed(
            at,
            "name the papers that prove this leaf; `papers: []` says that none is needed",
        )
    for name in papers:
        if name not in scope.papers:
            raise RuleMalformed(
                f"{at}.papers", "the paper %(paper)r is not in the register", paper=name
            )
    return tuple(papers)


def _asks(raw: Any, at: str) -> tuple[tuple[str, str], ...]:
    match raw:
        case {"zh": str(zh), "en": str(en)} if zh and en:
            return (("zh", zh), ("en", en))
    raise RuleMalformed(f"{at}.asks", "say in `zh` and `en` what the officer decides")


def _compare(raw: Mapping[str, Any], scope: Scope, at: str) -> Compare:
    found = [operator for operator in OPERATORS if operator in raw]
    _nothing_else(raw, {"id", "clause", "fact", "papers", *OPERATORS}, at)
    if len(found) != 1:
        raise RuleMalformed(
            at, "give exactly one operator of %(choices)s", choices=", ".join(OPERATORS)
        )
    fact = scope.facts.get(raw["fact"])
    if fact is None:
        raise RuleMalformed(
            f"{at}.fact",
            "the fact %(fact)r is not in the dictionary of comparable facts; take one of "
            "docs/contract.md, or let an officer judge: new facts are made by the programmers",
            fact=raw["fact"],
        )
    operator = found[0]
    value, parameter = raw[operator], ""
    if isinstance(value, str) and value.startswith("$"):
        parameter = value[1:]
        if parameter not in scope.parameters:
            raise RuleMalformed(
                f"{at}.{operator}",
                "no parameter %(parameter)r; add it under `parameters:`",
                parameter=parameter,
            )
        given = scope.parameters[parameter]
        if given.unit != fact.unit:
            raise RuleMalformed(
                f"{at}.{operator}",
                "%(parameter)s is in %(unit)r, %(fact)s in %(wanted)r; the units must be the same",
                parameter=parameter,
                unit=given.unit,
                fact=fact.name,
                wanted=fact.unit,
            )
        value = given.value
    return Compare(
        id=_id(raw["id"], at),
        clause=_clause(raw, scope, at),
        fact=fact.name,
        operator=operator,
        value=typed(fact, operator, value, f"{at}.{operator}"),
        parameter=parameter,
        papers=_papers(raw, scope, at),
    )


def typed(fact: Fact, operator: str, value: Any, at: str) -> Any:
    """Return the value of a leaf in the type of its fact, or say what is wrong with it."""
    if operator in ORDERED and not fact.ordered:
        raise RuleMalformed(at, "%(fact)s has no order; use `is` or `in`", fact=fact.name)
    if operator == "in":
        if not isinstance(value, list) or not value or fact.kind is not Kind.CHOICE:
            raise RuleMalformed(at, "`in` takes a list of choices")
        return tuple(_one(fact, part, at) for part in value)
    return _one(fact, value, at)


def _one(fact: Fact, value: Any, at: str) -> Any:
    match fact.kind:
        case Kind.BOOL if isinstance(value, bool):
            return value
        case Kind.INT if type(value) is int and 0 <= value <= (fact.maximum or value):
            return value
        case Kind.DECIMAL if type(value) is int or (
            isinstance(value, str) and _NUMBER.fullmatch(value)
        ):
            return Decimal(value)
        case Kind.CHOICE if value in fact.values:
            return value
    wanted = ", ".join(fact.values) or _wanted(fact)
    raise RuleMalformed(
        at,
        "%(value)r does not fit %(fact)s; it takes %(wanted)s",
        value=value,
        fact=fact.name,
        wanted=wanted,
    )


def _wanted(fact: Fact) -> Said:
    """Return what a fact without choices is compared with."""
    params = {"unit": fact.unit, "most": fact.maximum}
    match fact.kind:
        case Kind.BOOL:
            return Said("true or false")
        case Kind.INT if fact.maximum:
            return Said("a whole number of %(unit)s up to %(most)s", params)
        case Kind.INT:
            return Said("a whole number of %(unit)s", params)
        case Kind.DECIMAL:
            return Said("a number of %(unit)s", params)
    return Said("nothing: it cannot be compared")


def serialise(node: Condition) -> dict[str, Any]:
    """Write a node as the plain data that ``parse`` reads."""
    match node:
        case All(children=parts, self_only=alone):
            return {"all": [serialise(part) for part in parts], **_alone(alone)}
        case AnyOf(children=parts, self_only=alone):
            return {"any": [serialise(part) for part in parts], **_alone(alone)}
        case Not(child=child):
            return {"not": serialise(child)}
        case OfficerJudgement():
            return {
                "judgement": node.id,
                "clause": node.clause,
                "asks": dict(node.asks),
                "papers": list(node.papers),
            }
        case Compare():
            return {
                "id": node.id,
                "clause": node.clause,
                "fact": node.fact,
                node.operator: f"${node.parameter}" if node.parameter else _plain(node.value),
                "papers": list(node.papers),
            }
    assert_never(node)


def _alone(self_only: bool) -> dict[str, bool]:
    return {"self_only": True} if self_only else {}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value


def children_of(node: Condition) -> tuple[Condition, ...]:
    """Return the nodes directly below ``node``."""
    match node:
        case All(children=parts) | AnyOf(children=parts):
            return parts
        case Not(child=child):
            return (child,)
    return ()


def walk(node: Condition) -> Iterator[Condition]:
    """Yield ``node`` and everything below it, in the order of the text."""
    yield node
    for child in children_of(node):
        yield from walk(child)


def leaves(node: Condition) -> Iterator[Leaf]:
    """Yield the leaves in the order of the text."""
    for part in walk(node):
        if isinstance(part, Compare | OfficerJudgement):
            yield part


def satisfying(leaf: Compare, fact: Fact) -> frozenset[str]:
    """Return the choices that meet a leaf over a choice fact."""
    if leaf.operator == "in":
        return frozenset(leaf.value)
    if leaf.operator == "is":
        return frozenset((leaf.value,))
    bound = fact.level_of[leaf.value]
    tests: dict[str, Callable[[int], bool]] = {
        "at_least": lambda level: level >= bound,
        "at_most": lambda level: level <= bound,
        "above": lambda level: level > bound,
        "below": lambda level: level < bound,
    }
    test = tests[leaf.operator]
    return frozenset(value for value in fact.values if test(fact.level_of[value]))
