"""The cases of a supervisor's offices as a table: within reach, masked, recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.audit.services import record
from residence_permit import queues
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.id_number import masked
from residence_permit.models import PermitApplication

AT_ONCE = 1000  # cases in memory


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which cases, within the reach of whoever asks."""

    user: User
    office: Station | None = None
    kind: CaseKind | None = None
    status: CaseStatus | None = None


@transaction.atomic
def export_cases(*, wanted: Wanted, file_kind: str, now: datetime) -> Iterator[tuple[str, ...]]:
    """Return the rows of the table, its heads first; that it was asked for is recorded before.

    The rows are read a thousand at a time while they leave, in the language of now.
    """
    rows = _rows(wanted)
    record(
        actor_id=wanted.user.pk,
        act="export_cases",
        subject="case",
        purpose="supervision",
        now=now,
        details={
            "rows": rows.count(),
            "file": file_kind,
            "office": wanted.office.pk if wanted.office else None,
            "kind": wanted.kind,
            "status": wanted.status,
        },
    )
    return _table(rows, get_language() or "zh-hans")


def _rows(wanted: Wanted) -> QuerySet[PermitApplication]:
    rows = PermitApplication.objects.filter(queues.reach_of(wanted.user))
    rows = rows.exclude(status=CaseStatus.DRAFT)
    if wanted.office is not None:
        rows = rows.filter(queues.at_office(wanted.office))
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    return rows


def _table(rows: QuerySet[PermitApplication], language: str) -> Iterator[tuple[str, ...]]:
    with override(language):
        heads = (
            *(_("Reference"), _("Kind"), _("State"), _("Office"), _("Full name"), _("ID number")),
            *(_("Submitted on"), _("Accepted on"), _("Due on"), _("In this state since")),
            *(_("In the hands of"), _("Escalated")),
        )
    yield heads
    rows = rows.select_related("person", "station", "holder").order_by("pk")
    last = 0
    while some := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        # Between two pieces another request may speak another language.
        with override(language):
            lines = [_line(case) for case in some]
        yield from lines
        last = some[-1].pk


def _line(case: PermitApplication) -> tuple[str, ...]:
    person = case.person
    return (
        case.reference,
        str(case.get_kind_display()),
        str(case.get_status_display()),
        case.station.name if case.station else "",
        masked_name(person.name),
        masked(person.id_number),
        _day(case.submitted_at),
        _day(case.accepted_on),
        _day(case.due_on),
        _day(case.status_since),
        case.holder.get_username() if case.holder else "",
        _("yes") if case.escalated_at else "",
    )


def masked_name(name: str) -> str:
    """Return the first character of a name, and as many stars as follow it.

    >>> masked_name("王小明")
    '王**'
    """
    return name[:1] + "*" * (len(name) - 1)


def _day(value: datetime | date | None) -> str:
    if value is None:
        return ""
    day = timezone.localdate(value) if isinstance(value, datetime) else value
    return day.isoformat()
