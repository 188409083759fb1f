"""A check as the public contract words it: the JSON of the API, of commands and of receipts.

What does not depend on the person (texts, citations, papers) is put into words once a version
and language.
"""

from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from eligibility import selectors, wording
from eligibility.core.check import Check, best_route
from eligibility.core.condition import Compare, OfficerJudgement
from eligibility.core.errors import FieldError
from eligibility.core.explain import papers, reasons
from eligibility.core.facts import FACTS, MEMBER_FACTS
from eligibility.core.household import Member
from eligibility.core.notices import Notice
from eligibility.core.verdict import WIRE, Verdict
from eligibility.route_answers import route_answer
from eligibility.rule_words import words_of
from eligibility.services.checks import Place
from eligibility.strict_json import printable


def member_papers(check: Check, member: Member) -> list[dict[str, Any]]:
    """Return the papers to bring for one household member; none where the answer is no."""
    if member.rule is None or member.own is None or member.verdict is Verdict.NOT_MET:
        return []
    values = check.facts.member_values(member.index)
    known = words_of(member.rule, wording.language()).papers
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
        known = _notice(notice)
        # An article that is not kept yet may be there tomorrow.
        if notice.clause is None or known["clause"]:
            _NOTICES[notice.code, language] = known
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
    office = (
        _("the police station (派出所) in charge of %(place)s")
        % {"place": f"{township.county}{township.name}"}
        if township
        else _("the police station (派出所) of the place where you want to register")
    )
    hukou = check.facts.given.get("hukou_place")
    from_where = hukou if hukou in ("outside", "none", None) else "zhejiang"
    return {"office": office, **_further(from_where, language)}


@lru_cache(maxsize=20)
def _further(from_where: str | None, _language: str) -> dict[str, str]:
    """Word what is the same for all who come from outside, from inside the province, or unsaid."""
    procedure = [_("The police station of the destination accepts the application.")]
    if from_where == "outside":
        procedure.append(_("From another province a permission to move in (准迁证) comes first."))
    elif from_where is None:
        procedure.append(
            _(
                "A move inside Zhejiang needs one visit, there; from another province a "
                "permission to move in (准迁证) comes first."
            )
        )
    elif from_where != "none":
        procedure.append(_("A move inside Zhejiang needs one visit, there."))
        procedure.append(_("A move from one county to another is approved by the county police."))
    remedies = _(
        "Against a refusal you may apply for administrative reconsideration (行政复议) within 60 "
        "days, or go to court (行政诉讼) within 6 months."
    )
    return {"procedure": wording.sentences(procedure), "remedies": remedies}


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
