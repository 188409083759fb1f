"""Codes that show a permit to somebody else: for a purpose, until a day, only what was chosen.

Of a code only its keyed hash is kept, so that it can be shown once and never again. Every look
through it is kept, and its holder sees all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Prefetch, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from eligibility.references import is_well_formed, new_reference, normalise
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import keyed_hash
from residence_permit.core.deadlines import day_of
from residence_permit.core.permit_ledger import timeline
from residence_permit.models import Permit, ShareCheck, ShareCode
from residence_permit.plain_text import text_problem, tidy
from residence_permit.selectors import ledger_of
from residence_permit.services.holder import find_held, held_permits

NAME, NAME_IN_PART = "name", "name_in_part"
SHOWN = (NAME_IN_PART, NAME, "number", "county", "issued_on", "years", "usable_until")
PURPOSE_LIMIT = 100  # characters
CODES_LISTED, CHECKS_LISTED = 50, 20  # the latest; all of them are in the file of one's data
VALID, NOT_VALID, EXPIRED, REVOKED = "valid", "not_valid", "expired", "revoked"


class SharingError(Exception):
    """A code that cannot be made; ``field`` is what it is about, ``code`` is for the words."""

    def __init__(self, code: str, field: str = "", **params: Any):
        super().__init__(code)
        self.code, self.field, self.params = code, field, params


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A code that was just made; ``code`` is nowhere else."""

    row: ShareCode
    code: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What somebody is shown who looks through a code: nothing that was not agreed to."""

    valid: bool
    purpose: str
    shown: Mapping[str, Any]
    last_day: date


def share_days() -> Sequence[int]:
    """Return for how many days a permit can be shown; the portal's choice, no law's."""
    return settings.SHARING["DAYS"]


def last_day(row: ShareCode) -> date:
    """Return the last day on which a code shows something, until 24:00."""
    return day_of(row.expires_at - timedelta(microseconds=1))


def is_active(row: ShareCode, now: datetime) -> bool:
    """Say whether a code shows something."""
    return row.revoked_at is None and now < row.expires_at


@transaction.atomic
def create_share(
    *,
    permit_id: int,
    actor: User,
    purpose: str,
    shows: Iterable[str],
    days: int,
    now: datetime,
) -> Shared:
    """Make a code for a permit; raises Permit.DoesNotExist for anybody else's.

    Unit: calendar days, the day of making not counted, the last one until 24:00.
    Raises SharingError: ``cancelled``, ``too_many``, ``purpose_missing``, ``purpose_too_long``,
    ``purpose_signs``, ``not_a_choice``.
    """
    held = find_held(held_permits(actor), permit_id)
    if held is None:
        raise Permit.DoesNotExist
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=permit_id)
    if permit.closed_on is not None:
        raise SharingError("cancelled")
    most = settings.SHARING["MOST"]
    if permit.share_codes.filter(revoked_at=None, expires_at__gt=now).count() >= most:
        raise SharingError("too_many", limit=most)
    code = new_reference()
    row = ShareCode.objects.create(
        permit=permit,
        code_hash=_hash(code),
        purpose=_purpose(purpose),
        shows=_shows(shows),
        created_at=now,
        expires_at=_expiry(days, now),
    )
    _audit(row, held.person.pk, "create_share_code", actor.pk, now)
    return Shared(row=row, code=code)


def _purpose(text: str) -> str:
    purpose = tidy(text)
    if not purpose:
        raise SharingError("purpose_missing", "purpose")
    problem = text_problem(purpose, PURPOSE_LIMIT)
    if problem:
        raise SharingError(f"purpose_{problem}", "purpose", limit=PURPOSE_LIMIT)
    return purpose


def _shows(names: Iterable[str]) -> list[str]:
    wanted = set(names)
    if not wanted <= set(SHOWN):
        raise SharingError("not_a_choice", "shows")
    if NAME in wanted:
        wanted.discard(NAME_IN_PART)
    return [name for name in SHOWN if name in wanted]


def _expiry(days: int, now: datetime) -> datetime:
    if days not in share_days():
        raise SharingError("not_a_choice", "days")
    midnight = datetime.combine(day_of(now) + timedelta(days=days + 1), time.min)
    return timezone.make_aware(midnight)


def _hash(code: str) -> str:
    return keyed_hash(normalise(code), "share_code")


def _own_codes(actor: User):
    permits = [held.permit.pk for held in held_permits(actor)]
    return ShareCode.objects.filter(permit__in=permits).select_related("permit")


def own_code(*, code_id: int, actor: User) -> ShareCode:
    """Return a code of one's own permits; raises ShareCode.DoesNotExist."""
    return _own_codes(actor).get(pk=code_id)


@transaction.atomic
def revoke_share(*, code_id: int, actor: User, now: datetime) -> ShareCode:
    """Let a code show nothing from now on; a second press changes nothing."""
    row = _own_codes(actor).select_for_update(of=("self",)).get(pk=code_id)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        _audit(row, row.permit.person_id, "revoke_share_code", actor.pk, now)
    return row


@transaction.atomic
def check_share(*, code: str, now: datetime) -> Checked | None:
    """Return what a code shows now, or None: why it shows nothing is not told.

    Every look through a code that there is or was is kept, and its holder sees it.
    """
    if not is_well_formed(code):
        return None
    # Locked, so that it is not deleted between being found and being noted.
    rows = ShareCode.objects.select_for_update(of=("self",)).select_related("permit__person")
    row = rows.filter(code_hash=_hash(code)).first()
    if row is None:
        return None
    permit = row.permit
    line = timeline(ledger_of(permit), day_of(now))
    if row.revoked_at is not None:
        answer = REVOKED
    elif now >= row.expires_at:
        answer = EXPIRED
    else:
        answer = VALID if line.usable else NOT_VALID
    ShareCheck.objects.create(share_code=row, at=now, answer=answer)
    _audit(row, permit.person_id, "check_share_code", None, now, answer=answer)
    if answer in (REVOKED, EXPIRED):
        return None
    issued = permit.events.order_by("number").values_list("on", flat=True).first()
    values = {
        NAME_IN_PART: name_in_part(permit.person.name),
        NAME: permit.person.name,
        "number": permit.number,
        "county": permit.county_code,
        "issued_on": issued,
        "years": line.years_of_residence,
        "usable_until": line.endorse_in.closes if line.usable and line.endorse_in else None,
    }
    shown = {name: values[name] for name in row.shows if values.get(name) is not None}
    return Checked(valid=answer == VALID, purpose=row.purpose, shown=shown, last_day=last_day(row))


def name_in_part(name: str) -> str:
    """Return the first character of a name; how many follow is not told.

    >>> name_in_part("王小明"), name_in_part("王")
    ('王**', '王**')
    """
    return f"{name[:1]}**"


def codes_of(permit_id: int) -> list[ShareCode]:
    """Return the codes of a permit, the newest first, each with ``latest_checks`` and their count.

    Two queries, however many there are.
    """
    latest = (
        ShareCheck.objects.filter(share_code__permit=permit_id)
        .annotate(place=Window(RowNumber(), F("share_code"), F("pk").desc()))
        .filter(place__lte=CHECKS_LISTED)
        .order_by("-pk")
    )
    rows = ShareCode.objects.filter(permit=permit_id).annotate(looks=Count("checks"))
    return list(
        rows.order_by("-pk").prefetch_related(Prefetch("checks", latest, to_attr="latest_checks"))[
            :CODES_LISTED
        ]
    )


def _audit(
    row: ShareCode, person_id: int, act: str, actor_id: int | None, now: datetime, **details: Any
) -> None:
    record(
        actor_id=actor_id,
        act=act,
        subject=f"share_code:{row.pk}",
        purpose="sharing",
        now=now,
        person_id=person_id,
        details={"permit": row.permit_id, **details},
    )
