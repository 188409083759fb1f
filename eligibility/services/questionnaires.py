"""A check in progress: begun without an account, answered a question at a time, resumed by link.

The link's token is the only key to the answers; the database holds its hash. Each answer is
written by itself, under a lock or onto what was read, so that a second tab loses nothing.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection, transaction

from eligibility import selectors
from eligibility.core.check import Check
from eligibility.core.errors import FactsRefused, FieldError
from eligibility.core.facts import FACTS
from eligibility.core.notices import Notice, contradictions
from eligibility.core.places import CITY_DISTRICTS, COUNTY, RURAL, UNITS, URBAN
from eligibility.core.questions import facts_of
from eligibility.core.rule import Ruleset
from eligibility.core.stated import MAX_HOUSEHOLD, Facts, parse_facts, read_as_of
from eligibility.models import Questionnaire, RulesetSnapshot
from eligibility.question_order import (
    COUNTY_QUESTION,
    PLACE,
    TOWN_AREA,
    in_order,
    without_hanging,
)

KEPT_FOR = timedelta(days=30)
QUESTIONS = (COUNTY_QUESTION, *FACTS)


class QuestionnaireUnknown(LookupError):
    """No questionnaire has this token: mistyped, deleted, or expired and cleared away."""


class QuestionnaireExpired(LookupError):
    """Its thirty days are over."""


class HouseholdFull(ValueError):
    """Fifty members are named already."""


def _digest(token: str) -> str:
    """Return what is stored of a token. It has 192 random bits: no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def begin(*, as_of: date | None, now: datetime) -> str:
    """Begin a questionnaire and return its token; ``as_of`` None means the day it is read."""
    if as_of is not None:
        read_as_of(as_of)
    token = secrets.token_urlsafe(24)
    Questionnaire.objects.create(
        token_digest=_digest(token),
        ruleset=RulesetSnapshot.objects.first(),
        as_of=as_of,
        answers=_blank(),
        created_at=now,
        expires_at=now + KEPT_FOR,
    )
    return token


def _blank() -> dict[str, Any]:
    return {"facts": {}, "county": "", "order": [], "household": []}


# Every page asks; written out and read plainly it is many times faster than composed anew.
_FIND = """
    SELECT q.id, q.as_of, q.answers, q.unsure, q.expires_at <= %s, r.hash,
        (SELECT hash FROM eligibility_rulesetsnapshot ORDER BY id DESC LIMIT 1)
    FROM eligibility_questionnaire q
    LEFT JOIN eligibility_rulesetsnapshot r ON r.id = q.ruleset_id
    WHERE q.token_digest = %s
"""
_KEEP = "UPDATE eligibility_questionnaire SET answers = %s, unsure = %s WHERE id = %s"
_KEEP_IF = f"{_KEEP} AND answers = %s AND unsure = %s"


@dataclass
class Kept:
    """A questionnaire as it is stored; ``newest_hash`` names the rules published now."""

    pk: int
    as_of: date | None
    answers: dict[str, Any]
    unsure: list[str]
    ruleset_hash: str | None
    newest_hash: str | None
    stored: tuple[str, str]  # answers and unsure as they were read


def find(token: str, *, now: datetime) -> Kept:
    """Return the questionnaire; raises QuestionnaireUnknown or QuestionnaireExpired."""
    return _read_row(token, now, "")


def _locked(token: str, now: datetime) -> Kept:
    """Return the questionnaire for one writer at a time; SQLite has one writer anyway."""
    lock = "FOR UPDATE OF q" if connection.features.has_select_for_update else ""
    return _read_row(token, now, lock)


def _read_row(token: str, now: datetime, lock: str) -> Kept:
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_FIND + lock, [moment, _digest(token)])
        found = cursor.fetchone()
    if found is None:
        raise QuestionnaireUnknown
    number, as_of, answers, unsure, expired, ruleset_hash, newest_hash = found
    if expired:
        raise QuestionnaireExpired
    return Kept(
        number,
        as_of,
        json.loads(answers),
        json.loads(unsure),
        ruleset_hash,
        newest_hash,
        (answers, unsure),
    )


def _keep_answers(row: Kept) -> None:
    values = [json.dumps(row.answers), json.dumps(row.unsure), row.pk]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)


def _replaced(seen: Kept, row: Kept) -> bool:
    """Write the row if it is still as it was seen; say whether it was."""
    values = [json.dumps(row.answers), json.dumps(row.unsure), row.pk, *seen.stored]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_IF, values)
        return bool(cursor.rowcount)


def delete(token: str) -> None:
    """Delete a questionnaire with all its answers; deleting twice is no mistake."""
    Questionnaire.objects.filter(token_digest=_digest(token)).delete()


def purge_expired(*, now: datetime) -> int:
    """Delete the questionnaires whose thirty days are over; return how many."""
    return Questionnaire.objects.filter(expires_at__lte=now).delete()[0]


def answer(
    token: str,
    *,
    question: str,
    value: Any,
    now: datetime,
    today: date,
    seen: Kept | None = None,
) -> "Progress":
    """Write one answer and no other; None says "I do not know". Raises FactsRefused.

    ``seen`` is the questionnaire as the caller has just read it: if nobody has written since, one
    statement is enough, and no lock.
    """
    if seen is not None:
        row = replace(seen, answers=deepcopy(seen.answers), unsure=list(seen.unsure))
        _write(row, question, value, today)
        if _replaced(seen, row):
            return Progress(row, today)
    with transaction.atomic():
        row = _locked(token, now)
        _write(row, question, value, today)
        _keep_answers(row)
    return Progress(row, today)


def _write(row: Kept, question: str, value: Any, today: date) -> None:
    given = row.answers
    if value is not None:
        _check_answer(question, value, row.as_of or today)
    if question == COUNTY_QUESTION:
        if value != given["county"]:
            _forget(row, PLACE, TOWN_AREA)
        given["county"] = value or ""
    else:
        if question == PLACE:
            if value != given["facts"].get(PLACE):
                _forget(row, TOWN_AREA)
            if value is not None:
                given["county"] = value[:6]
        given["facts"].pop(question, None)
        if value is not None:
            given["facts"][question] = value
    if question not in given["order"]:
        given["order"].append(question)
    row.unsure = [name for name in row.unsure if name != question]
    if value is None:
        row.unsure.append(question)


def _check_answer(question: str, value: Any, as_of: date) -> None:
    if question == COUNTY_QUESTION:
        if value not in UNITS:
            raise FactsRefused([FieldError(question, "not_a_choice", {"choices": UNITS})])
        return
    parse_facts({question: value}, as_of=as_of, townships=selectors.townships())


def _forget(row: Kept, *questions: str) -> None:
    for question in questions:
        row.answers["facts"].pop(question, None)
    row.answers["order"] = [q for q in row.answers["order"] if q not in questions]
    row.unsure = [q for q in row.unsure if q not in questions]


@transaction.atomic
def set_day(token: str, *, as_of: date | None, now: datetime) -> None:
    """Check as of another day; None: the day on which it is read. Raises FactsRefused."""
    row = _locked(token, now)
    if as_of is not None:
        read_as_of(as_of)
    Questionnaire.objects.filter(pk=row.pk).update(as_of=as_of)


@transaction.atomic
def take_newest_rules(token: str, *, now: datetime) -> None:
    """Go on by the rules published now instead of those that the check was begun under."""
    row = _locked(token, now)
    Questionnaire.objects.filter(pk=row.pk).update(ruleset=RulesetSnapshot.objects.first())


@transaction.atomic
def keep_member(
    token: str,
    *,
    member: str,
    stated: Mapping[str, Any],
    now: datetime,
    today: date,
) -> "Progress":
    """Add a household member, or change the one of that id; what is not stated is unknown.

    Each member has an id of its own, made by the page that adds him: so sending the page twice
    adds one person, and a list that changed in another tab mixes nobody up.
    """
    row = _locked(token, now)
    _check_member(stated, row.as_of or today)
    people = row.answers["household"]
    entry = {"id": member, **{k: v for k, v in stated.items() if v is not None}}
    for number, person in enumerate(people):
        if person["id"] == member:
            people[number] = entry
            break
    else:
        if len(people) >= MAX_HOUSEHOLD:
            raise HouseholdFull
        people.append(entry)
    _keep_answers(row)
    return Progress(row, today)


def _check_member(stated: Mapping[str, Any], as_of: date) -> None:
    parse_facts({"household": [dict(stated)]}, as_of=as_of, townships={})


@transaction.atomic
def remove_member(token: str, *, member: str, now: datetime) -> None:
    """Take a household member out; one who is gone already is no mistake."""
    row = _locked(token, now)
    people = row.answers["household"]
    row.answers["household"] = [p for p in people if p["id"] != member]
    _keep_answers(row)


@dataclass(frozen=True)
class Person:
    """A household member as stated, with the id by which pages name him."""

    id: str
    index: int
    stated: Mapping[str, Any]


class Progress:
    """A questionnaire as it stands on the day it is read: facts, check, what to ask next."""

    def __init__(self, row: Kept, today: date):
        """Read the row; an answer that its day does not allow is set aside, not lost."""
        self.row, self.today = row, today
        self.as_of: date = row.as_of or today
        self.county: str = row.answers["county"]
        self.order: tuple[str, ...] = tuple(row.answers["order"])
        self.unsure = frozenset(row.unsure)
        self.facts, self.set_aside = _read(row.answers, self.as_of)

    @property
    def chose_day(self) -> bool:
        """Whether a day was picked; otherwise it is the day of reading."""
        return self.row.as_of is not None

    @cached_property
    def ruleset(self) -> Ruleset:
        """Return the rules that the check was begun under; newer ones are offered only."""
        pinned = self.row.ruleset_hash
        return selectors.ruleset_by_hash(pinned) if pinned else selectors.published_ruleset()

    @property
    def newer_rules(self) -> bool:
        """Whether rules were published since."""
        return self.row.newest_hash != self.ruleset.hash

    @cached_property
    def check(self) -> Check:
        """Return the check of the answers."""
        return Check(self.ruleset, self.facts, self.today)

    @property
    def people(self) -> tuple[Person, ...]:
        """Return the household members in the order in which they were named."""
        return tuple(
            Person(person["id"], index, _stated(person))
            for index, person in enumerate(self.row.answers["household"])
        )

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """Return the questions that can still change the answer, the next one first."""
        # The place is asked in its two steps.
        wanted = [f for f in self.check.next_facts if f not in self.unsure and f != PLACE]
        place = self._place_question()
        useful = in_order(without_hanging(wanted, self.unsure))
        return (place, *useful) if place else useful

    def _place_question(self) -> str:
        """Return the step of the place that is still to be asked; the office depends on it."""
        if self.facts.given.get(PLACE):
            return ""
        if self.county:
            return "" if PLACE in self.unsure else PLACE
        return "" if COUNTY_QUESTION in self.unsure else COUNTY_QUESTION

    @property
    def next_question(self) -> str | None:
        """Return the question to ask now; None when nothing useful is left."""
        return self.questions[0] if self.questions else None

    @cached_property
    def not_asked(self) -> tuple[str, ...]:
        """Return the facts of the listed rules that nobody was asked for: they change nothing."""
        asked_for = facts_of(tuple(route.rule for route in self.check.routes))
        seen = {*self.order, *self.questions}
        return tuple(f for f in FACTS if f in asked_for and f not in seen)

    def before(self, question: str) -> str | None:
        """Return the question that was asked before this one; None if it was the first."""
        order = self.order
        earlier = order[: order.index(question)] if question in order else order
        return earlier[-1] if earlier else None

    @cached_property
    def contradictions(self) -> tuple[Notice, ...]:
        """Return the pairs of answers that cannot both be right."""
        return tuple(contradictions(self.facts))

    def contradictions_of(self, question: str) -> tuple[Notice, ...]:
        """Return the contradictions in which one answer, or one member, takes part."""
        return tuple(
            notice
            for notice in self.contradictions
            if any(f == question or f.startswith(f"{question}.") for f in notice.fields)
        )


def _stated(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name != "id"}


def _read(answers: Mapping[str, Any], as_of: date) -> tuple[Facts, tuple[FieldError, ...]]:
    raw = dict(answers["facts"])
    household = [_stated(person) for person in answers["household"]]
    if household:
        raw["household"] = household
    refused: list[FieldError] = []
    while True:  # each round names some of what the day does not allow
        try:
            facts = parse_facts(raw, as_of=as_of, townships=selectors.townships())
        except FactsRefused as error:
            refused += error.errors
            for wrong in error.errors:
                _drop(raw, wrong.field)
        else:
            break
    county = answers["county"]
    if county and PLACE not in facts.given:
        classes = (URBAN, RURAL) if county in CITY_DISTRICTS else (COUNTY,)
        facts = replace(facts, area_classes=classes)
    return facts, tuple(refused)


def _drop(raw: dict[str, Any], field: str) -> None:
    if not field.startswith("household["):
        raw.pop(field, None)
        return
    number, _sep, name = field.removeprefix("household[").partition("].")
    raw["household"][int(number)].pop(name, None)
