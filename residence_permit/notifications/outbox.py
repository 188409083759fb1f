"""Owes notices: rows written in the transaction of their cause, once for each of them.

The row is the promise; ``hand_over`` is only a nudge, and the sweep repairs one that was lost.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from celery import current_app
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from jiaxing_hukou.accounts.models import User
from residence_permit.core.workflow import Action, Status
from residence_permit.models import (
    CaseEvent,
    Notice,
    NoticePreference,
    Permit,
    PermitApplication,
)
from residence_permit.notifications import people, quiet, registry

logger = logging.getLogger(__name__)

DELIVER = "residence_permit.deliver_notices"  # the task's name: tasks stand above us
KEYS = UUID("5a1d7a55-8a0b-4a56-9f0f-3a0f1d9f6c11")  # the name space of the keys
AT_ONCE = 1000  # rows of one statement
NUDGE_PAUSE_SECONDS = 10  # the sweep comes round as often

# What the applicant is told of a move; every other action has a template of its own name.
_DECIDED = {
    (Status.AWAITING_DECISION, Status.APPROVED): "case-approved",
    (Status.AWAITING_DECISION, Status.REFUSED): "case-refused",
    (Status.UNDER_RECONSIDERATION, Status.APPROVED): "case-reconsidered-approved",
    (Status.UNDER_RECONSIDERATION, Status.REFUSED): "case-reconsidered-refused",
}
# What the desk is told, and who of it.
_TO_HOLDER = {Action.RESUBMIT: "desk-resubmit", Action.WITHDRAW: "desk-withdraw"}
_TO_SUPERVISORS = {Action.ESCALATE: "desk-escalate", Action.REQUEST_REVIEW: "desk-request-review"}

_nudges_pause_until = 0.0  # of this process; monotonic


class OutsideTransaction(RuntimeError):
    """A notice was to be owed apart from its cause; one of them could then get lost."""


@dataclass(frozen=True, kw_only=True)
class Debt:
    """What one person is to be told of one cause."""

    cause: str
    template: str
    recipient: User
    application: PermitApplication | None = None
    permit: Permit | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    statutory: bool = True


def owe(
    *,
    cause: str,
    template: str,
    recipients: Iterable[User],
    now: datetime,
    application: PermitApplication | None = None,
    permit: Permit | None = None,
    params: Mapping[str, Any] | None = None,
    statutory: bool = True,
) -> list[int]:
    """Write what is owed to each on each channel that reaches him; return what is to be sent.

    Safe to run twice: ``cause``, template, recipient and channel make a notice once. ``params``
    are days and counts. A notice that the law requires cannot be muted and keeps no quiet hours;
    ``statutory=False`` lets one off that its template calls so. What stands in the portal is
    there with the commit; the rest is handed over after it.
    """
    debts = [
        Debt(
            cause=cause,
            template=template,
            recipient=user,
            application=application,
            permit=permit,
            params=params or {},
            statutory=statutory,
        )
        for user in {user.pk: user for user in recipients}.values()
    ]
    return owe_all(debts, now=now)


def owe_all(debts: Sequence[Debt], *, now: datetime) -> list[int]:
    """Owe many at once, with a few statements for all of them; otherwise as ``owe``."""
    if not debts:
        return []
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"owe {debts[0].template} inside the transaction of its cause")
    records = {debt.template: registry.shipped().current(debt.template) for debt in debts}
    must = [debt.statutory and records[debt.template].statutory for debt in debts]
    free = {debt.recipient.pk for debt, required in zip(debts, must, strict=True) if not required}
    wishes = people.wishes_of(free) if free else {}
    mailed = {d.recipient.pk for d in debts if "email" in records[d.template].channels}
    emails = people.emails_of(mailed) if mailed else {}
    rows = []
    for debt, required in zip(debts, must, strict=True):
        wish = None if required else wishes.get(debt.recipient.pk)
        rows += _rows(debt, records[debt.template], required, emails, wish, now)
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=AT_ONCE)
    keys = [row.key for row in rows if row.channel != Notice.Channel.IN_APP]
    if not keys:
        return []
    waiting = Notice.objects.filter(key__in=keys, state=Notice.State.PENDING, due_at__lte=now)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _rows(
    debt: Debt,
    record: registry.Template,
    required: bool,
    emails: Mapping[int, str],
    wish: NoticePreference | None,
    now: datetime,
) -> list[Notice]:
    """Return a row for each channel; raises ParamsRefused where the template lacks something."""
    if record.about == "case" and debt.application is None:
        raise registry.ParamsRefused(f"{record.code} is about a case; give `application`")
    stored = record.checked(debt.params)
    return [
        _row(
            cause=debt.cause,
            template=record.code,
            template_version=record.version,
            recipient=debt.recipient,
            application=debt.application,
            permit=debt.permit,
            channel=channel,
            params=stored,
            statutory=required,
            now=now,
            wish=wish,
        )
        for channel in _reaching(debt.recipient, record, emails, wish)
    ]


def _reaching(
    user: User, record: registry.Template, emails: Mapping[int, str], wish: NoticePreference | None
) -> Iterable[str]:
    for channel in record.channels:
        if channel == Notice.Channel.IN_APP:
            yield channel
        elif channel == Notice.Channel.EMAIL:
            if user.pk in emails and (wish is None or wish.email):
                yield channel
        elif _has_phone(user) and (wish is None or wish.sms):
            yield channel


def _has_phone(user: User) -> bool:
    return bool(settings.SMS_PROVIDERS and user.phone and user.phone_verified)


def _row(*, now: datetime, wish: NoticePreference | None, **columns: Any) -> Notice:
    """Return a row; one in the portal is its own message and has arrived with the commit."""
    parts = (columns["cause"], columns["template"], columns["recipient"].pk, columns["channel"])
    row = Notice(created_at=now, key=uuid5(KEYS, "|".join(map(str, parts))), **columns)
    if row.channel == Notice.Channel.IN_APP:
        row.state = Notice.State.DELIVERED
        row.due_at = row.sent_at = row.delivered_at = now
    elif wish is not None:
        row.due_at = quiet.not_before(now, wish.quiet_from, wish.quiet_until)
    else:
        row.due_at = now
    return row


def template_for(action: Action, source: Status, target: Status) -> str:
    """Return the template that tells the applicant of a move."""
    if action is Action.DECIDE:
        return _DECIDED[source, target]
    return f"case-{action.value.replace('_', '-')}"


def owe_for_event(event: CaseEvent, *, now: datetime | None = None) -> list[int]:
    """Owe what a move of a case causes: to the applicant always, to the desk where it must act."""
    now = now or event.at
    case = event.application
    action = Action(event.action)
    told = template_for(action, Status(event.source), Status(event.target))
    owed = [(told, [case.applicant])]
    if action in _TO_HOLDER and case.holder is not None:
        owed.append((_TO_HOLDER[action], [case.holder]))
    elif action in _TO_SUPERVISORS:
        owed.append((_TO_SUPERVISORS[action], list(people.supervisors_of(case.station))))
    elif action is Action.REASSIGN and case.holder is not None:
        owed.append(("desk-reassign", [case.holder]))
    ids = []
    for template, recipients in owed:
        record = registry.shipped().current(template)
        ids += owe(
            cause=f"case-event:{event.pk}",
            template=template,
            recipients=recipients,
            now=now,
            application=case,
            params={"due_on": case.due_on} if "due_on" in record.may else None,
        )
    return ids


def hand_over(ids: Sequence[int]) -> None:
    """Tell the workers that there is something to send; losing this loses nothing.

    A queue that is down is no error: what was committed stands. This process then leaves it
    alone for a while, so that no page waits for it again and again.
    """
    global _nudges_pause_until
    if not ids or time.monotonic() < _nudges_pause_until:
        return
    size = settings.NOTICES["BATCH"]
    try:
        for start in range(0, len(ids), size):
            part = list(ids[start : start + size])
            current_app.signature(DELIVER, args=[part]).apply_async()
    except (OperationalError, OSError):
        _nudges_pause_until = time.monotonic() + NUDGE_PAUSE_SECONDS
        logger.warning("notices.not_handed_over", extra={"notices": len(ids)}, exc_info=True)


def cancel(ids: Iterable[int]) -> int:
    """Take back what nobody has begun to send; return how many."""
    waiting = (Notice.State.PENDING, Notice.State.FAILED_TEMPORARILY)
    rows = Notice.objects.filter(pk__in=list(ids), state__in=waiting)
    return rows.update(state=Notice.State.CANCELLED)


def replay(ids: Iterable[int], *, now: datetime) -> list[int]:
    """Put dead letters back in line, with the same keys; return them for handing over."""
    dead = Notice.objects.filter(pk__in=list(ids), state=Notice.State.FAILED)
    chosen = list(dead.order_by("pk").values_list("pk", flat=True))
    Notice.objects.filter(pk__in=chosen, state=Notice.State.FAILED).update(
        state=Notice.State.PENDING, attempts=0, crashes=0, failure="", due_at=now
    )
    return chosen
