"""How a route stands and why, as the public contract words it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from eligibility import wording
from eligibility.core.check import Check
from eligibility.core.condition import Compare, Not
from eligibility.core.evaluate import Outline, Route, judge_rule, outline, trace
from eligibility.core.explain import papers, unknown_facts, wanted
from eligibility.core.facts import COMPARABLE
from eligibility.core.household import self_only
from eligibility.core.rule import Paper, RuleVersion, per_rule
from eligibility.core.verdict import WIRE, Verdict
from eligibility.rule_words import Words, words_of

_WIRE = tuple(WIRE[verdict] for verdict in Verdict)
MET = int(Verdict.MET)


def explanation(check: Check, route: Route, language: str) -> dict[str, Any]:
    """Return why: the place and the condition, of each group only the children that settle it."""
    words = words_of(route.rule, language)
    verdict = min(route.area, route.marks[0])
    parts = []
    if route.area == verdict:
        given = check.facts.given
        fact = "target_in_town_area" if given.get("target_township") else "target_township"
        area = words.area | {
            "verdict": _WIRE[route.area],
            "actual": given.get("target_township"),
        }
        parts.append(area if route.area == MET else area | {"fact": fact})
    if route.marks[0] == verdict:
        parts.append(_explain(outline(route.rule), route.marks, words, check.facts.values))
    return words.whole | {"verdict": _WIRE[verdict], "children": parts}


def _explain(
    at: Outline, marks: tuple[int, ...], words: Words, values: Mapping[str, Any]
) -> dict[str, Any]:
    mark = marks[at.place]
    said = words.nodes[at.place] | {"verdict": _WIRE[mark]}
    node = at.node
    if isinstance(node, Compare):
        actual = values.get(node.fact)
        said["actual"] = wording.plain_value(actual)
        if mark == 0 and node.operator in ("at_least", "above") and not isinstance(node.value, str):
            missing = node.value - actual + (node.operator == "above")
            fact = COMPARABLE[node.fact]
            said["gap"] = {
                "amount": wording.plain_value(missing),
                "unit": fact.unit,
                "grows": fact.growth != "never",
            }
    elif at.parts:
        settled = at.parts
        if not isinstance(node, Not):
            settled = [part for part in at.parts if marks[part.place] == mark]
        said["children"] = [_explain(part, marks, words, values) for part in settled]
    return said


def route_papers(check: Check, index: int, language: str) -> list[dict[str, Any]]:
    """Return the papers of a route: of the day on which it is met; none where it leads nowhere."""
    route, day = check.routes[index], check.dates[index]
    if route.verdict is Verdict.NOT_MET and day is None:
        return []
    rule, marks, values = route.rule, route.marks, check.facts.values
    if day is not None:
        values = check.days(day)
        area = check.facts.area_classes[0]
        rule = check.ruleset.version_on(rule.code, area, day) or rule
        marks = judge_rule(rule, values)
    known = words_of(rule, language).papers
    found = papers(rule, trace(rule, marks, values), values)
    return [known[paper.code, clause] for paper, clause in found]


class SharedRoute(dict[str, Any]):
    """A route of which the same is true for many; never to be changed.

    One that ``quotes`` an answer is worded for each of them. ``memo`` is theirs together: it holds
    what pages make of the route without naming an answer. What a page may never ask for is worded
    by ``rest`` when it does.
    """

    def __init__(
        self,
        answer: dict[str, Any],
        memo: dict[Any, Any],
        *,
        quotes: bool,
        rest: Callable[[], dict[str, Any]] | None = None,
    ):
        """Take the answer and the memo of all of whom the same is true."""
        super().__init__(answer)
        self.memo, self.quotes, self._rest = memo, quotes, rest

    def __missing__(self, name: str) -> Any:
        """Word the rest."""
        if self._rest is None:
            raise KeyError(name)
        rest, self._rest = self._rest, None
        self.update(rest())
        return self[name]


_MOST_SHARED = 500  # answers of one version


@per_rule
def _conditional_papers(rule: RuleVersion) -> tuple[Paper, ...]:
    return tuple(paper for paper in rule.papers.values() if paper.only_when)


@per_rule
def _shared_routes(_rule: RuleVersion) -> dict[Any, SharedRoute | dict[Any, Any]]:
    return {}


def route_answer(
    check: Check, index: int, language: str, *, for_page: bool = False
) -> dict[str, Any]:
    """Return one listed route; ``for_page`` words only when asked what it says of answers.

    It depends on the marks, the papers that go with the case and the date, and is worded once for
    these, unless it quotes an answer: then only the memo is. So nothing that anybody said is kept.
    """
    route = check.routes[index]
    if check.dates[index] is not None:
        return _route_answer(check, index, language)
    values, known = check.facts.values, _shared_routes(route.rule)
    key = (
        language,
        route.area,
        route.marks,
        self_only(check.assessment, route),
        bool(check.facts.given.get("target_township")),
        *[wanted(paper, values) for paper in _conditional_papers(route.rule)],
    )
    found = known.get(key)
    if isinstance(found, SharedRoute):
        return found
    if found is not None and for_page:
        head = {"verdict": WIRE[route.verdict], "earliest_date": None}
        rest = partial(_route_answer, check, index, language)
        return SharedRoute(head, found, quotes=True, rest=rest)
    answer = _route_answer(check, index, language)
    if found is None:
        if len(known) >= _MOST_SHARED:
            known.clear()
        found = {}
        if not _quotes(answer["explanation"]):
            shared = known[key] = SharedRoute(answer, found, quotes=False)
            return shared
        known[key] = found
    return SharedRoute(answer, found, quotes=True)


def _quotes(node: dict[str, Any]) -> bool:
    """Whether an explanation names an answer that somebody gave."""
    if node.get("actual") is not None:
        return True
    return any(_quotes(part) for part in node.get("children", ()))


def _route_answer(check: Check, index: int, language: str) -> dict[str, Any]:
    route, day = check.routes[index], check.dates[index]
    verdict = route.verdict
    missing: list[str] = []
    if verdict is Verdict.UNKNOWN:
        if route.area < MET:
            missing.append(_open_place(check))
        if route.marks[0] == verdict:
            judged = trace(route.rule, route.marks, check.facts.values)
            missing += unknown_facts(judged)
    return words_of(route.rule, language).head | {
        "verdict": WIRE[verdict],
        "self_only": self_only(check.assessment, route),
        "earliest_date": day.isoformat() if day else None,
        "explanation": explanation(check, route, language),
        "unknown_facts": missing,
        "papers": route_papers(check, index, language),
    }


def _open_place(check: Check) -> str:
    known = check.facts.given.get("target_township")
    return "target_in_town_area" if known else "target_township"
