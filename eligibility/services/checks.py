"""Answers: given from a request's body, kept on request, repeated, deleted."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from eligibility import selectors
from eligibility.core.check import Check, record_bytes
from eligibility.core.errors import FactsRefused, FieldError
from eligibility.core.evaluate import ENGINE_VERSION
from eligibility.core.places import COUNTIES, COUNTY, UNITS, URBAN
from eligibility.core.rule import Ruleset
from eligibility.core.stated import Facts, for_area, parse_facts, read_as_of
from eligibility.models import Receipt, RulesetSnapshot
from eligibility.references import new_reference, normalise


def read_body(body: Any, today: date, *, without_target: bool = False) -> Facts:
    """Return the facts of a request's body; raises FactsRefused naming every field."""
    if not isinstance(body, Mapping):
        raise FactsRefused([FieldError("facts", "object_expected")])
    errors = [
        FieldError(name, "unknown_member") for name in body if name not in ("as_of", "facts")
    ][:50]
    try:
        raw_day = body.get("as_of")
        as_of = today if raw_day is None else read_as_of(raw_day)
    except FactsRefused as refused:
        errors += refused.errors
        as_of = date.max
    if "facts" not in body:
        errors.append(FieldError("facts", "required"))
    else:
        try:
            facts = parse_facts(
                body["facts"],
                as_of=as_of,
                townships=selectors.townships(),
                without_target=without_target,
            )
        except FactsRefused as refused:
            if as_of is date.max:  # the day is unknown: nothing can be said about other days
                errors += [e for e in refused.errors if e.code != "too_long_ago"]
            else:
                errors += refused.errors
    if errors:
        raise FactsRefused(errors)
    return facts


def check_body(body: Any, today: date) -> Check:
    """Return the answers for one request's body, by the rules published now."""
    facts = read_body(body, today)
    return Check(selectors.published_ruleset(), facts, today)


@dataclass(frozen=True, kw_only=True)
class Place:
    """One of the seven areas of a comparison."""

    county_code: str
    county: str
    area_class: str
    check: Check


def compare_areas(facts: Facts, today: date, ruleset: Ruleset | None = None) -> tuple[Place, ...]:
    """Return the same facts checked for the five counties and the two urban districts.

    By the rules published now, unless the caller has begun under others.
    """
    ruleset = ruleset or selectors.published_ruleset()
    by_class = {area: Check(ruleset, for_area(facts, area), today) for area in (COUNTY, URBAN)}
    names = {t.county_code: t.county for t in selectors.townships().values()}
    places = []
    for code in (*COUNTIES, *(unit for unit in UNITS if unit not in COUNTIES)):
        area = COUNTY if code in COUNTIES else URBAN
        places.append(
            Place(
                county_code=code,
                county=names[code],
                area_class=area,
                check=by_class[area],
            )
        )
    return tuple(places)


def read_batch(body: Any, most: int) -> tuple[Any, list[Any]]:
    """Return the day and the cases of a batch's body; raises FactsRefused for the body itself."""
    if not isinstance(body, Mapping):
        raise FactsRefused([FieldError("cases", "object_expected")])
    errors = [FieldError(n, "unknown_member") for n in body if n not in ("as_of", "cases")][:50]
    cases = body.get("cases")
    if cases is None:
        errors.append(FieldError("cases", "required"))
    elif not isinstance(cases, list):
        errors.append(FieldError("cases", "list_expected"))
    elif len(cases) > most:
        errors.append(FieldError("cases", "too_many_cases", {"maximum": most}))
    try:
        if body.get("as_of") is not None:
            read_as_of(body["as_of"])
    except FactsRefused as refused:
        errors += refused.errors
    if errors:
        raise FactsRefused(errors)
    return body.get("as_of"), list(cases or ())


def check_cases(cases: list[Any], as_of: Any, today: date) -> Iterator[tuple[Any, Any]]:
    """Return (id, Check) or (id, FactsRefused) of each case, in order; a bad one stops nothing.

    The ruleset is read at once and not with the first case: without one there is no answer.
    """
    return _each_case(selectors.published_ruleset(), cases, as_of, today)


def _each_case(
    ruleset: Ruleset, cases: list[Any], as_of: Any, today: date
) -> Iterator[tuple[Any, Any]]:
    for case in cases:
        name = case.get("id") if isinstance(case, Mapping) else None
        try:
            yield name, Check(ruleset, _read_case(case, as_of, today), today)
        except FactsRefused as refused:
            yield name if isinstance(name, str | int) else None, refused


def _read_case(case: Any, as_of: Any, today: date) -> Facts:
    if not isinstance(case, Mapping):
        raise FactsRefused([FieldError("cases", "object_expected")])
    errors = [FieldError(n, "unknown_member") for n in case if n not in ("id", "facts")]
    name = case.get("id")
    if name is None:
        errors.append(FieldError("id", "required"))
    elif not isinstance(name, str | int) or isinstance(name, bool):
        errors.append(FieldError("id", "text_expected"))
    if errors:
        raise FactsRefused(errors[:50])
    body = {"facts": case["facts"]} if "facts" in case else {}
    return read_body(body | {"as_of": as_of}, today)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A kept answer as its holder gets it; the two secrets are shown this once."""

    receipt: Receipt
    reference: str
    deletion_key: str


class ReceiptUnknown(LookupError):
    """No receipt has this reference."""


class ReceiptDeleted(LookupError):
    """Its holder has deleted it."""


class WrongDeletionKey(PermissionError):
    """The key does not belong to the receipt."""


def _digest(secret: str) -> str:
    """Return what is stored of a secret. It has 128 random bits or more: no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def keep_receipt(
    check: Check,
    result: str,
    *,
    language: str,
    now: datetime,
    agreed_to_impact: bool = False,
) -> Kept:
    """Keep an answer: its record, which replay repeats, and ``result`` as it was given.

    ``agreed_to_impact``: its facts may be used, without a name, to measure drafts of rules.
    """
    reference, key = new_reference(), secrets.token_urlsafe(24)
    receipt = Receipt.objects.create(
        reference_digest=_digest(normalise(reference)),
        deletion_digest=_digest(key),
        ruleset=RulesetSnapshot.objects.filter(hash=check.ruleset.hash).earliest("pk"),
        engine_version=ENGINE_VERSION,
        as_of=check.facts.as_of,
        language=language,
        record=record_bytes(check).decode(),
        result=result,
        agreed_to_impact=agreed_to_impact,
        created_at=now,
    )
    return Kept(receipt=receipt, reference=reference, deletion_key=key)


def find_receipt(reference: str) -> Receipt:
    """Return the receipt; raises ReceiptUnknown, or ReceiptDeleted once its holder deleted it."""
    found = Receipt.objects.filter(reference_digest=_digest(normalise(reference)))
    receipt = found.select_related("ruleset").first()
    if receipt is None:
        raise ReceiptUnknown
    if receipt.deleted_at is not None:
        raise ReceiptDeleted
    return receipt


def kept_facts(receipt: Receipt) -> Facts:
    """Return the facts of a receipt as they were judged."""
    record = json.loads(receipt.record)
    as_of = date.fromisoformat(record["as_of"])
    facts = parse_facts(record["facts"], as_of=as_of, townships=selectors.townships())
    if "target_township" not in facts.given:  # the county alone may have been known
        facts = replace(facts, area_classes=tuple(record["area_classes"]))
    return facts


def asked_on(receipt: Receipt) -> date:
    """Return the day on which the answer of a receipt was given."""
    return date.fromisoformat(json.loads(receipt.record)["asked_on"])


def replay_check(receipt: Receipt) -> Check:
    """Return the check of a receipt, judged anew by the versions that were in force then."""
    ruleset = selectors.ruleset_by_hash(receipt.ruleset.hash)
    return Check(ruleset, kept_facts(receipt), asked_on(receipt))


def is_identical(receipt: Receipt) -> bool:
    """Judge a kept answer anew and say whether every byte of its record is the same."""
    return record_bytes(replay_check(receipt)) == receipt.record.encode()


@transaction.atomic
def delete_receipt(reference: str, key: str, *, now: datetime) -> None:
    """Empty a receipt for the holder of its key; from then on its reference says so."""
    receipt = find_receipt(reference)
    if not secrets.compare_digest(receipt.deletion_digest, _digest(key)):
        raise WrongDeletionKey
    Receipt.objects.filter(pk=receipt.pk, deleted_at__isnull=True).update(
        record="", result="", deleted_at=now
    )
