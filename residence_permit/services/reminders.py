"""Reminders: what a day makes due is owed once, also after days on which nobody looked.

Each function looks at a chunk after a row's number and says where it stopped, so that one task
never runs long; None at the end. What was owed before is left out by its cause.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min

from jiaxing_hukou.accounts.models import User
from residence_permit import selectors
from residence_permit.choices import CaseStatus
from residence_permit.core.deadlines import day_of
from residence_permit.core.permit_ledger import Entry, LedgerEvent, reminders_due
from residence_permit.models import (
    Notice,
    OfficeSetting,
    Permit,
    PermitApplication,
    PermitEvent,
    Relation,
)
from residence_permit.notifications import outbox
from residence_permit.notifications.outbox import Debt

CHUNK = 500
CORRECTION_DAYS = (7, 1)  # before an answer is overdue
DRAFT_DAYS = 7  # before a draft is deleted


@dataclass(frozen=True)
class Chunk:
    """What one chunk owed: the notices to be sent, and the row it ended with."""

    ids: tuple[int, ...]
    last: int | None


def remind_holders(*, now: datetime, after: int = 0) -> Chunk:
    """Owe holders what their permit's window makes due (docs/policy/permit.md, 3)."""
    rows = Permit.objects.filter(closed_on=None, pk__gt=after).order_by("pk")
    permits = list(rows.select_related("person__user")[:CHUNK])
    ledgers, told = _ledgers(permits), _recipients(permits)
    debts = []
    for permit in permits:
        for reminder in reminders_due(ledgers.get(permit.pk, ()), day_of(now)):
            is_over = reminder.kind == "suspended"
            window = reminder.window
            params = {"opens_on": window.opens, "closes_on": window.closes}
            debts += [
                Debt(
                    cause=f"permit:{permit.pk}:{reminder.key}",
                    template="permit-suspended" if is_over else "permit-window",
                    recipient=user,
                    permit=permit,
                    params={"closed_on": window.closes} if is_over else params,
                )
                for user in told.get(permit.pk, ())
            ]
    return _owe(debts, now, permits)


def remind_of_corrections(*, now: datetime, after: int = 0) -> Chunk:
    """Owe applicants a reminder before the time for their corrections is over."""
    today = day_of(now)
    rows = PermitApplication.objects.filter(
        status=CaseStatus.CORRECTION_REQUESTED,
        due_on__range=(today, today + timedelta(days=max(CORRECTION_DAYS))),
        pk__gt=after,
    )
    cases = list(rows.select_related("applicant").order_by("pk")[:CHUNK])
    debts = [
        Debt(
            cause=f"correction:{case.pk}:{case.due_on}:{_stage(case.due_on, today)}",
            template="correction-reminder",
            recipient=case.applicant,
            application=case,
            params={"due_on": case.due_on},
        )
        for case in cases
    ]
    return _owe(debts, now, cases)


def remind_of_drafts(*, now: datetime, after: int = 0) -> Chunk:
    """Tell applicants that a draft which they left alone will be deleted."""
    code = OfficeSetting.Code.DRAFT_DAYS
    least = OfficeSetting.objects.filter(code=code).aggregate(least=Min("value"))["least"]
    days = min(filter(None, (least, selectors.DEFAULTS[code])))
    untouched = max(days - DRAFT_DAYS - 1, 0)  # a day less: what counts are days, not hours
    rows = PermitApplication.objects.filter(
        status=CaseStatus.DRAFT,
        updated_at__lte=now - timedelta(days=untouched),
        pk__gt=after,
    )
    cases = list(rows.select_related("applicant", "station").order_by("pk")[:CHUNK])
    kept_for: dict[int | None, int] = {}
    debts = []
    for case in cases:
        if case.station_id not in kept_for:
            kept_for[case.station_id] = selectors.setting(code, case.station)
        expires = day_of(case.updated_at) + timedelta(days=kept_for[case.station_id])
        if 0 <= (expires - day_of(now)).days <= DRAFT_DAYS:
            debts.append(
                Debt(
                    cause=f"draft:{case.pk}:{expires}",
                    template="draft-expiring",
                    recipient=case.applicant,
                    application=case,
                    params={"expires_on": expires},
                )
            )
    return _owe(debts, now, cases)


def _stage(due_on: date, today: date) -> int:
    """Return the nearest stage that has come: after missed days there is one reminder, not two."""
    return min(days for days in CORRECTION_DAYS if (due_on - today).days <= days)


@transaction.atomic
def _owe(debts: list[Debt], now: datetime, looked_at: list) -> Chunk:
    causes = {debt.cause for debt in debts}
    known = set(Notice.objects.filter(cause__in=causes).values_list("cause", flat=True))
    ids = outbox.owe_all([debt for debt in debts if debt.cause not in known], now=now)
    if ids:
        transaction.on_commit(lambda: outbox.hand_over(ids), robust=True)
    return Chunk(tuple(ids), looked_at[-1].pk if len(looked_at) == CHUNK else None)


def _ledgers(permits: Iterable[Permit]) -> Mapping[int, tuple[LedgerEvent, ...]]:
    found: dict[int, tuple[LedgerEvent, ...]] = {}
    lines = PermitEvent.objects.filter(permit__in=[permit.pk for permit in permits])
    for permit_id, entry, on in lines.order_by("permit", "number").values_list(
        "permit", "entry", "on"
    ):
        found[permit_id] = (*found.get(permit_id, ()), LedgerEvent(Entry(entry), on))
    return found


def _recipients(permits: Iterable[Permit]) -> Mapping[int, list[User]]:
    """Return the holder of each; for one without an account, those who act for him."""
    found = {permit.pk: [permit.person.user] for permit in permits if permit.person.user}
    others = {permit.person_id: permit.pk for permit in permits if not permit.person.user}
    acting = Relation.objects.filter(
        ward__in=list(others), ended_at=None, guardian__user__isnull=False
    )
    for relation in acting.select_related("guardian__user"):
        found.setdefault(others[relation.ward_id], []).append(relation.guardian.user)
    return found
