"""A small law of the tests' own, drafted, submitted and published in the database."""

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from eligibility import desk_words
from eligibility.models import LegalDocument, RuleEvent, RuleVersion
from eligibility.services import examples, rules
from tests.eligibility.builders import leaf, make_record

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
STABLE_HOME = leaf(
    "housing", "in", ["owned", "rented_private", "rented_public"], id="stable-housing"
)
ENTERED_LATER = {
    code: {"zh": "补录。", "en": "Entered later."}
    for code in ("published_into_the_past", "no_impact_run")
}
WHY = {"zh": "试行结束。", "en": "The trial is over."}


def person(name: str) -> Any:
    """Return the account of that name."""
    return get_user_model().objects.get_or_create(username=name)[0]


def trial_document(**changes: Any) -> LegalDocument:
    """Keep the document that ``make_record`` cites, with its one clause."""
    document = {
        "slug": "trial",
        "title": {"zh": "试行办法", "en": "Trial measures"},
        "number": "",
        "issuer": {"zh": "试办", "en": "The trial office"},
        "issued_on": None,
        "effective_from": date(2016, 6, 28),
        "provenance": "official",
        "note": {},
    }
    return rules.keep_document(document | changes, {"一": "摘要：试。"})


def trial(version: str = "1", first: str = "2020-01-01", **changes: Any) -> dict[str, Any]:
    """Return the record of a version that asks for a stable home."""
    given = {"version": version, "effective_from": first, "condition": STABLE_HOME}
    return make_record(**(given | changes))


def drafted(record: Mapping[str, Any], author: str = "author") -> RuleVersion:
    """Write a draft."""
    row, _ = rules.draft_rule(
        record=record,
        document=trial_document(),
        author=person(author),
        position=90,
        now=NOW,
    )
    return row


def proved(row: RuleVersion) -> RuleVersion:
    """Give a draft the examples without which it cannot be published."""
    examples.generate_examples(
        rule_version_id=row.pk, author=row.author, now=NOW, name=desk_words.boundary_name
    )
    return row


def submitted(record: Mapping[str, Any], author: str = "author") -> RuleVersion:
    """Write a draft with examples that show each of its leaves, and put it up for review."""
    row = proved(drafted(record, author))
    return rules.submit_rule(rule_version_id=row.pk, author=person(author), now=NOW)


def approve(
    row: RuleVersion,
    approver: str = "approver",
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    **given: Any,
) -> RuleVersion:
    """Publish what is in review; most trials begin in the past, and none is measured."""
    return rules.publish_rule(
        rule_version_id=row.pk,
        approver=person(approver),
        now=NOW,
        overrides=ENTERED_LATER | (overrides or {}),
        **given,
    )


def published(record: Mapping[str, Any], **given: Any) -> RuleVersion:
    """Draft, submit and publish."""
    return approve(submitted(record), **given)


def happened(
    row: RuleVersion, kind: RuleEvent.Kind, day: date, approver: str = "approver"
) -> RuleEvent:
    """Record an event of a published version."""
    return rules.record_event(
        rule_version_id=row.pk,
        kind=kind,
        from_day=day,
        ground=rules.Ground(reason=WHY),
        author=person("author"),
        approver=person(approver),
        now=NOW,
    )


def days_of(row: RuleVersion) -> list[tuple[str, str, str | None]]:
    """Return the days in force of a version: area, first, last."""
    return [
        (p.area, str(p.first_day), p.last_day and str(p.last_day))
        for p in row.periods.order_by("area", "first_day")
    ]


@contextmanager
def refused(words: str | None = None):
    """Expect that the database itself refuses; the transaction of the test goes on."""
    with (
        pytest.raises(IntegrityError, match=words),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        yield cursor


def execute(statement: str, values: tuple[Any, ...] = ()) -> int:
    """Run raw SQL; return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
