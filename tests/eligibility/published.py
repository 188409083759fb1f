"""The published rules as rows, copied quickly.

Publishing every version takes half a second, and a version can be published but once in a
database. So it is done for the first test that asks, inside that test's transaction; later tests
get copies of the rows, put in through the same guards of the database.
"""

import copy

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models import Model

from eligibility.models import (
    Clause,
    DataGap,
    LegalDocument,
    PeriodInForce,
    Rule,
    RuleEvent,
    RulesetSnapshot,
    RuleVersion,
    Township,
    WorkedExample,
)
from tests.eligibility.builders import ROOT

STATUS = RuleVersion.Status
BEFORE_PUBLISHING = (Township, LegalDocument, Clause, DataGap, Rule, RuleVersion, WorkedExample)
AFTERWARDS = (PeriodInForce, RuleEvent, RulesetSnapshot)
MODELS = (*BEFORE_PUBLISHING, *AFTERWARDS)
_published: dict[type[Model], list[Model]] = {}
_names: dict[int, str] = {}


def publish() -> None:
    """Put townships, demonstration accounts and every shipped rule into the database."""
    call_command("load_demo_accounts", verbosity=0, stdout=_Silent())
    if _published:
        _copy()
        return
    call_command("load_divisions", stdout=_Silent())
    call_command(
        "load_rules",
        author="demo-author",
        approver="demo-approver",
        override=ROOT / "fixtures" / "overrides.yaml",
        stdout=_Silent(),
    )
    _published.update({model: list(model.objects.order_by("pk")) for model in MODELS})
    _names.update(get_user_model().objects.values_list("pk", "username"))


class _Silent:
    def write(self, text: str) -> None:
        """Say nothing."""


def _copy() -> None:
    people = {user.username: user for user in get_user_model().objects.all()}
    copies: dict[tuple[type[Model], object], Model] = {}
    for model in BEFORE_PUBLISHING:
        _copy_rows(model, copies, people)
    # The way that the database demands: draft, in review, published.
    RuleVersion.objects.filter(status=STATUS.DRAFT).update(status=STATUS.IN_REVIEW)
    RuleVersion.objects.filter(status=STATUS.IN_REVIEW).update(status=STATUS.PUBLISHED)
    for model in AFTERWARDS:
        _copy_rows(model, copies, people)


def _copy_rows(model, copies, people) -> None:
    rows = [copy.copy(row) for row in _published[model]]
    for row in rows:
        row._state = copy.copy(row._state)
        row._state.adding, row._state.fields_cache = True, {}
        old = row.pk
        if model is not Township:
            row.pk = None
        if model is RuleVersion:
            row.status = STATUS.DRAFT
        _link(row, copies, people)
        copies[model, old] = row
    model.objects.bulk_create(rows)


def _link(row: Model, copies, people) -> None:
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.related_model is None or value is None:
            continue
        if field.related_model is get_user_model():
            found = people[_names[value]]
        else:
            found = copies[field.related_model, value]
        setattr(row, field.name, found)
