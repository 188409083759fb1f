"""What an applicant is asked, step by step, for each kind of application; and what proves it.

One row per step, in the order in which they are asked. Which papers a ground asks for is read
from the permit's conditions (fixtures/permit/), never from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from eligibility.core.condition import Compare, Condition, leaves
from eligibility.core.errors import FieldError
from residence_permit.core.judging import papers, trace
from residence_permit.core.provisions import Provision
from residence_permit.core.workflow import Kind

TEXT_LIMIT = 500  # characters of a free text
STEP_TARGET, EVIDENCE_TARGET = "step:", "evidence:"  # how an item to be corrected is named


class Asks(StrEnum):
    """What kind of answer a question takes."""

    CHOICE = "choice"
    TEXT = "text"
    DAY = "day"
    YES = "yes"  # something to agree to: anything else is no answer


@dataclass(frozen=True)
class Question:
    """One question of a step."""

    name: str
    asks: Asks
    values: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Step:
    """One page of an application."""

    name: str
    questions: tuple[Question, ...]

    def question(self, name: str) -> Question | None:
        """Return the question of a name."""
        return next((found for found in self.questions if found.name == name), None)


# ground:value of its fact. One ground is enough (GW 2, ZJ 16); investors and talents need none.
GROUND_FACTS: Mapping[str, str] = {
    "employment": "employment",
    "housing": "housing",
    "exempt": "recruited_as",
}
SCHOOLING = "schooling"
GROUNDS = (
    "employment:contract",
    "employment:self_employed",
    "employment:business_owner",
    "employment:public_sector",
    "housing:owned",
    "housing:rented_private",
    "housing:rented_public",
    "housing:dormitory",
    "housing:with_relatives",
    SCHOOLING,
    "exempt:investor",
    "exempt:talent",
)

WHO = Step("who", (Question("data_are_right", Asks.YES),))
GROUND = Step(
    "ground",
    (
        Question("ground", Asks.CHOICE, GROUNDS),
        Question("note", Asks.TEXT, required=False),
    ),
)
CHANGE = Step(
    "change",
    (
        Question("changed", Asks.CHOICE, ("address", "employer", "both")),
        Question("changed_on", Asks.DAY),
        Question("registration_is_right", Asks.YES),
    ),
)
CARD = Step(
    "card",
    (
        Question("damage", Asks.TEXT),
        Question("hands_back", Asks.YES),
    ),
)
LOSS = Step(
    "loss",
    (
        Question("lost_on", Asks.DAY, required=False),
        Question("how", Asks.TEXT),
    ),
)
END = Step(
    "end",
    (
        Question("why", Asks.CHOICE, ("moved_away", "hukou_moved", "own_wish")),
        Question("note", Asks.TEXT, required=False),
        Question("knows_it_ends", Asks.YES),
    ),
)

# First permit: ZJ 16-17. Endorsement: the ground must still hold (ZJ 19). Change: ZJ 19.
# Replacement, the old card is handed back, and re-issue: ZJ 22.
STEPS: Mapping[Kind, tuple[Step, ...]] = {
    Kind.ISSUE: (WHO, GROUND),
    Kind.ENDORSE: (WHO, GROUND),
    Kind.CHANGE: (WHO, CHANGE),
    Kind.REPLACE: (WHO, CARD),
    Kind.REISSUE: (WHO, LOSS),
    Kind.CANCEL: (WHO, END),
}
# What everybody brings comes first, in the order of ZJ 17; a record keeps no order of its own.
_FIRST = ("identity_document", "photo", "agents_identity_document")
# Anything else that helps; nobody is asked for it.
OTHER = "other"
# Papers are listed by the law for the first permit alone (GW 9, ZJ 17). What else shows that
# something holds is welcome, and no reason to send anybody away.
_WELCOME: Mapping[Kind, tuple[str, ...]] = {
    Kind.REPLACE: ("photo",),
    Kind.REISSUE: ("photo",),
}


@dataclass(frozen=True)
class Requirement:
    """Something that is to be proved by files; without it nothing is submitted if ``required``."""

    code: str
    required: bool


def step_of(kind: Kind, name: str) -> Step | None:
    """Return a step of a kind of application by its name."""
    return next((step for step in STEPS[kind] if step.name == name), None)


def refusals(step: Step, answers: Mapping[str, Any], today: date) -> tuple[FieldError, ...]:
    """Return what is wrong with the answers to a step, first to last; what is open is wrong too."""
    errors = [FieldError(name, "unknown_member") for name in answers if step.question(name) is None]
    for question in step.questions:
        code = _refusal(question, answers.get(question.name), today)
        if code:
            errors.append(FieldError(question.name, code, {"limit": TEXT_LIMIT, "today": today}))
    return tuple(errors)


def _refusal(question: Question, value: Any, today: date) -> str:
    if value is None or value == "":
        return "required" if question.required else ""
    match question.asks:
        case Asks.YES:
            return "" if value is True else "required"
        case Asks.CHOICE:
            return "" if value in question.values else "not_a_choice"
        case Asks.DAY:
            return _day_refusal(value, today)
        case Asks.TEXT if not isinstance(value, str) or "\0" in value:
            return "text_expected"
        case Asks.TEXT if len(value) > TEXT_LIMIT:
            return "too_long"
    return ""


def _day_refusal(value: Any, today: date) -> str:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return "date_expected"
    return "future" if day > today else ""


def is_complete(step: Step, statements: Mapping[str, Any], today: date) -> bool:
    """Whether nothing of a step is open or wrong."""
    return not refusals(step, statements.get(step.name) or {}, today)


def ground_facts(statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the stated ground says in terms of the permit's facts."""
    stated = (statements.get(GROUND.name) or {}).get("ground")
    if not isinstance(stated, str) or stated not in GROUNDS:
        return {}
    if stated == SCHOOLING:
        return {"in_continuous_schooling": True}
    ground, _, value = stated.partition(":")
    return {GROUND_FACTS[ground]: value}


def requirements(
    kind: Kind, provision: Provision | None, values: Mapping[str, Any], *, has_ground: bool
) -> tuple[Requirement, ...]:
    """Return what is to be proved by files, in the order of the law.

    ``values`` are the facts that are known; until a ground is stated only what everybody brings
    is asked for. What proves a ground is the same before and after the half year, so the papers
    are read as if it had passed.
    """
    if provision is None:
        return (Requirement(OTHER, required=False),)
    later = {**values, "registration_months": _enough_months(provision.condition)}
    found = papers(provision, trace(provision.condition, later, provision.facts), later)
    found = tuple(paper for paper in found if paper.always or has_ground)
    must = kind is Kind.ISSUE
    if must:
        listed = sorted((paper.code for paper in found), key=_place)
    elif kind is Kind.ENDORSE:
        listed = [paper.code for paper in found if not paper.always]
    else:
        listed = [code for code in _WELCOME.get(kind, ()) if code in provision.papers]
    return (
        *(Requirement(code, required=must) for code in listed),
        Requirement(OTHER, required=False),
    )


def _place(code: str) -> int:
    return _FIRST.index(code) if code in _FIRST else len(_FIRST)


def _enough_months(condition: Condition) -> int:
    """Return months of registration that are enough for every leaf."""
    figures = [
        leaf.value
        for leaf in leaves(condition)
        if isinstance(leaf, Compare) and leaf.fact == "registration_months"
    ]
    return int(max(figures, default=0)) + 1


def is_target(kind: Kind, target: str) -> bool:
    """Whether an item to be corrected opens a step or a proof of this kind of application."""
    if target.startswith(STEP_TARGET):
        return step_of(kind, target.removeprefix(STEP_TARGET)) is not None
    return target.startswith(EVIDENCE_TARGET)
