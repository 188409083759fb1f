"""A check as the public contract words it: the JSON of the API, of commands and of receipts.

What does not depend on the person (texts, citations, papers) is put into words once a version
and language.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.utils.translation import gettext as _

from eligibility import selectors, wording
from eligibility.core.check import Check, best_route
from eligibility.core.condition import (
    Compare,
    Condition,
    Not,
    OfficerJudgement,
    leaves,
)
from eligibility.core.errors import FieldError
from eligibility.core.evaluate import Outline, Route, judge_rule, outline, trace
from eligibility.core.explain import papers, reasons, unknown_facts, wanted
from eligibility.core.facts import COMPARABLE, FACTS, MEMBER_FACTS, asked_as
from eligibility.core.household import Member, self_only
from eligibility.core.notices import Notice
from eligibility.core.rule import Citation, Paper, RuleVersion, per_rule
from eligibility.core.verdict import WIRE, Verdict
from eligibility.services.checks import Place
from eligibility.strict_json import printable

_WIRE = tuple(WIRE[verdict] for verdict in Verdict)
_KINDS = {"All": "all", "AnyOf": "any", "Not": "not"}
_MET = int(Verdict.MET)


@dataclass(frozen=True)
class _Words:
    """A version in one language: what is said of every route, and a template for each node.

    The nodes stand by their places.
    """

    head: dict[str, Any]
    nodes: tuple[dict[str, Any], ...]
    area: dict[str, Any]
    whole: dict[str, Any]
    papers: dict[tuple[str, str], dict[str, Any]]


def citation(cited: Citation, provenance: str = "") -> dict[str, Any]:
    """Return where the law says it."""
    return {
        "document": wording.say(cited.document),
        "number": cited.number,
        "article": cited.article,
        "text": cited.text,
        "provenance": provenance or cited.provenance,
    }


def _words(rule: RuleVersion, language: str) -> _Words:
    known: _Words | None = rule.memo.get(language)
    if known is None:
        whole = citation(rule.citation, rule.provenance)
        known = rule.memo[language] = _Words(
            head={
                "code": rule.code,
                "name": wording.say(rule.name),
                "version": rule.version,
                "provenance": rule.provenance,
                "verdict": "",
                "citation": whole,
            },
            nodes=tuple(_node_words(rule, node) for node in rule.nodes),
            whole={
                "kind": "all",
                "verdict": "",
                "text": _("all of these"),
                "citation": whole,
                "children": [],
            },
            papers={
                (paper.code, clause): _paper(rule, paper, clause)
                for paper, clause in _named_papers(rule)
            },
            area={
                "kind": "leaf",
                "verdict": "",
                "text": _("the place of registration is in %(areas)s")
                % {"areas": wording.any_of(wording.AREAS[area] for area in rule.areas)},
                "fact": "target_township",
                "required": list(rule.areas),
                "citation": whole,
            },
        )
    return known


def _node_words(rule: RuleVersion, node: Condition) -> dict[str, Any]:
    match node:
        case Compare():
            cited = rule.citations[node.clause]
            return {
                "kind": "leaf",
                "verdict": "",
                "id": node.id,
                "text": wording.leaf_text(node),
                "fact": asked_as(node.fact),
                "actual": None,
                "operator": node.operator,
                "required": wording.plain_value(node.value),
                "citation": citation(cited, rule.leaf_provenance(node)),
            }
        case OfficerJudgement():
            return {
                "kind": "officer",
                "verdict": "",
                "id": node.id,
                "text": wording.leaf_text(node),
                "citation": citation(rule.citations[node.clause]),
            }
    kind = _KINDS[type(node).__name__]
    texts = {"all": _("all of these"), "any": _("one of these"), "not": _("the opposite of this")}
    return {
        "kind": kind,
        "verdict": "",
        "text": texts[kind],
        "citation": citation(rule.citation, rule.provenance),
    }


def _named_papers(rule: RuleVersion) -> Iterator[tuple[Paper, str]]:
    """Yield each paper of a version with each clause that it may prove."""
    for paper in rule.papers.values():
        if paper.always:
            yield paper, rule.clause
    for leaf in leaves(rule.condition):
        for code in leaf.papers:
            yield rule.papers[code], leaf.clause


def explanation(check: Check, route: Route, language: str) -> dict[str, Any]:
    """Return why: the place and the condition, of each group only the children that settle it."""
    words = _words(route.rule, language)
    verdict = min(route.area, route.marks[0])
    parts = []
    if route.area == verdict:
        given = check.facts.given
        fact = "target_in_town_area" if given.get("target_township") else "target_township"
        area = words.area | {
            "verdict": _WIRE[route.area],
            "actual": given.get("target_township"),
        }
        parts.append(area if route.area == _MET else area | {"fact": fact})
    if route.marks[0] == verdict:
        parts.append(_explain(outline(route.rule), route.marks, words, check.facts.values))
    return words.whole | {"verdict": _WIRE[verdict], "children": parts}


def _explain(
    at: Outline, marks: tuple[int, ...], words: _Words, values: Mapping[str, Any]
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


def _paper(rule: RuleVersion, paper: Paper, clause: str) -> dict[str, Any]:
    return {
        "code": paper.code,
        "name": wording.say(paper.name),
        "alternatives": [wording.say(name) for name in paper.alternatives],
        "for": "applicant",
        "clause": clause_name(rule, clause),
    }


def clause_name(rule: RuleVersion, reference: str) -> str:
    """Return a clause as it is cited: number or title, and article."""
    cited = rule.citations[reference]
    return f"{cited.number or wording.say(cited.document)} {cited.article}"


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
    known = _words(rule, language).papers
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
        if route.area < _MET:
            missing.append(_open_place(check))
        if route.marks[0] == verdict:
            judged = trace(route.rule, route.marks, check.facts.values)
            missing += unknown_facts(judged)
    return _words(route.rule, language).head | {
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


def member_papers(check: Check, member: Member) -> list[dict[str, Any]]:
    """Return the papers to bring for one household member; none where the answer is no."""
    if member.rule is None or member.own is None or member.verdict is Verdict.NOT_MET:
        return []
    values = check.facts.member_values(member.index)
    known = _words(member.rule, wording.language()).papers
    person = {"for": f"household[{member.index}]"}
    found = papers(member.rule, member.own, values)
    return [known[paper.code, clause] | person for paper, clause in found]


def member_reason(member: Member) -> str:
    """Return in one sentence why a household member may come along, or not."""
    verdict = member.verdict
    if member.way is Verdict.NOT_MET and verdict is Verdict.NOT_MET:
        return _("No route that admits family is open to the applicant now.")
    if member.way < Verdict.MET and member.way is verdict:
        return _("It depends on the applicant's own route: %(verdict)s.") % {
            "verdict": wording.VERDICTS[WIRE[member.way]]
        }
    if member.own is None:
        return _("No rule on accompanying family is in force on this day.")
    asked = list(
        dict.fromkeys(
            wording.leaf_text(leaf.node)
            for leaf in reasons(member.own)
            if isinstance(leaf.node, Compare | OfficerJudgement)
        )
    )
    forms = {
        Verdict.MET: _("May come along: %(why)s."),
        Verdict.OFFICER: _("An officer decides: %(why)s."),
        Verdict.UNKNOWN: _("Still to be known: %(why)s."),
        Verdict.NOT_MET: _("May not come along, as none of this is so: %(why)s."),
    }
    return forms[verdict] % {"why": wording.clauses_of(asked)}


def member_answer(check: Check, member: Member) -> dict[str, Any]:
    """Return how one household member stands."""
    return {
        "index": member.index,
        "relation": member.relation,
        "verdict": WIRE[member.verdict],
        "reason": member_reason(member),
        "papers": member_papers(check, member),
    }


def notice_answer(notice: Notice, language: str) -> dict[str, Any]:
    """Return a notice; `clause` only where it rests on one."""
    if notice.fields or notice.params:
        return _notice(notice)
    known = _NOTICES.get((notice.code, language))
    if known is None:
        known = _NOTICES[notice.code, language] = _notice(notice)
    return known


_NOTICES: dict[tuple[str, str], dict[str, Any]] = {}  # those that say the same to everybody


def _notice(notice: Notice) -> dict[str, Any]:
    said: dict[str, Any] = {"code": notice.code, "text": wording.notice_text(notice)}
    if notice.fields:
        said["fields"] = list(notice.fields)
    if notice.clause is not None:
        slug, article = notice.clause
        found = selectors.cited_clause(slug, article)
        said["clause"] = found and f"{found.number or wording.say(found.document)} {article}"
    return said


def next_step(check: Check, language: str) -> dict[str, str]:
    """Return where to go, how it goes on there, and the remedies against a refusal.

    Source: 浙江省常住户口登记管理规定 (procedure), docs/policy/rules.md, 7.
    """
    township = selectors.townships().get(check.facts.given.get("target_township", ""))
    place = f"{township.county}{township.name}" if township else ""
    return _next_step(place, check.facts.given.get("hukou_place"), language)


@lru_cache(maxsize=2_000)
def _next_step(place: str, hukou: str | None, language: str) -> dict[str, str]:
    """Word the next step; ``language`` is the one that is active, and part of the cache's key."""
    office = (
        _("the police station (派出所) in charge of %(place)s") % {"place": place}
        if place
        else _("the police station (派出所) of the place where you want to register")
    )
    procedure = [_("The police station of the destination accepts the application.")]
    if hukou == "outside":
        procedure.append(_("From another province a permission to move in (准迁证) comes first."))
    elif hukou is None:
        procedure.append(
            _(
                "A move inside Zhejiang needs one visit, there; from another province a "
                "permission to move in (准迁证) comes first."
            )
        )
    elif hukou != "none":
        procedure.append(_("A move inside Zhejiang needs one visit, there."))
        procedure.append(_("A move from one county to another is approved by the county police."))
    remedies = _(
        "Against a refusal you may apply for administrative reconsideration (行政复议) within 60 "
        "days, or go to court (行政诉讼) within 6 months."
    )
    return {"office": office, "procedure": wording.sentences(procedure), "remedies": remedies}


def check_answer(check: Check, *, for_page: bool = False) -> dict[str, Any]:
    """Return the answer of ``POST /eligibility/check``; ``for_page`` it is not to be written out.

    Most routes are only named on a page: what nobody asks for is not worded.
    """
    day, language = check.earliest_date, wording.language()
    return {
        "as_of": check.facts.as_of.isoformat(),
        "verdict": check.verdict.value,
        "area_class": check.area_class,
        "ruleset": {
            "hash": check.ruleset.hash,
            "versions": {route.rule.code: route.rule.version for route in check.routes},
        },
        "routes": [
            route_answer(check, index, language, for_page=for_page)
            for index in range(len(check.routes))
        ],
        "family": [member_answer(check, member) for member in check.members],
        "next_facts": list(check.next_facts),
        "notices": [notice_answer(notice, language) for notice in check.notices],
        "earliest_date": day.isoformat() if day else None,
        "next_step": next_step(check, language),
    }


def compare_answer(places: tuple[Place, ...]) -> dict[str, Any]:
    """Return the answer of ``POST /eligibility/compare``."""
    areas = []
    for place in places:
        best = best_route(place.check)
        day = place.check.earliest_date
        areas.append(
            {
                "county_code": place.county_code,
                "county": place.county,
                "area_class": place.area_class,
                "verdict": place.check.verdict.value,
                "best_route": best.route.rule.code if best else None,
                "earliest_date": day.isoformat() if day else None,
            }
        )
    return {"as_of": places[0].check.facts.as_of.isoformat(), "areas": areas}


def case_answer(name: Any, check: Check) -> dict[str, Any]:
    """Return one line of ``POST /eligibility/batch``."""
    routes = {route.rule.code: route.verdict.wire for route in check.routes}
    return {"id": name, "verdict": check.verdict.value, "routes": routes}


def refusals(errors: tuple[FieldError, ...]) -> list[dict[str, str]]:
    """Return refused fields, each with what is wrong and what to do."""
    return [
        {
            "field": printable(e.field),
            "message": wording.refusal_text(e),
            "code": e.code,
        }
        for e in errors
    ]


def facts_answer() -> dict[str, Any]:
    """Return the fact dictionary with its questions."""
    facts = []
    for fact in FACTS.values():
        facts.append(
            {
                "name": fact.name,
                "type": "string" if fact.values or fact.kind == "township" else fact.kind.value,
                "unit": fact.unit or None,
                "values": list(fact.values) or None,
                "question": {"zh": fact.question_zh, "en": fact.question_en},
            }
        )
    facts.append(
        {
            "name": "household",
            "type": "list",
            "unit": None,
            "values": list(MEMBER_FACTS),
            "question": {
                "zh": "哪些家人想和您一起落户？",
                "en": "Which family members want to be registered along with you?",
            },
        }
    )
    return {"facts": facts}


def areas_answer() -> dict[str, Any]:
    """Return the townships; the class of a town with a 镇区 is open until the address is known."""
    areas = []
    for code, township in selectors.townships().items():
        classes = township.area_classes(None)
        areas.append(
            {
                "code": code,
                "name": township.name,
                "county_code": township.county_code,
                "county": township.county,
                "kind": township.kind,
                "area_class": classes[0] if len(classes) == 1 else None,
            }
        )
    return {"areas": areas}


def leaves_in_words(rule: RuleVersion) -> Iterator[tuple[Condition, dict[str, Any]]]:
    """Yield every node of a version with its words, in the order of the text."""
    yield from zip(rule.nodes, _words(rule, wording.language()).nodes, strict=True)
