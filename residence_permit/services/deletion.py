"""Deletes what is not the record of an official act, and says what stays.

No text that the portal holds says how long the record of an official act is kept, so none is
invented here: it stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit import residences, selectors
from residence_permit.choices import CaseStatus
from residence_permit.models import (
    Notice,
    NoticePreference,
    Permit,
    PermitApplication,
    Person,
    Relation,
    ReportBatch,
    ResidenceRegistration,
    ShareCode,
)
from residence_permit.services import applications
from residence_permit.services.holder import held_permits

DRAFTS, CODES, MESSAGES, WISHES = PARTS = ("drafts", "codes", "messages", "wishes")
# What stays, in the order in which the page says it.
STAYS = ("cases", "permits", "registrations", "statutory_messages", "looks", "audit")
_OVER = (Notice.State.SENT, Notice.State.DELIVERED, Notice.State.FAILED, Notice.State.CANCELLED)


class AccountKept(Exception):
    """An account that cannot be closed; ``reasons`` are the codes of what it is needed for."""

    def __init__(self, reasons: Collection[str]):
        super().__init__(", ".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, kw_only=True)
class Deletable:
    """How much of each part there is, and why the account stays; no reasons: it may be closed."""

    counts: Mapping[str, int]
    kept_for: tuple[str, ...]


def deletable(*, user: User) -> Deletable:
    """Return what somebody can delete."""
    counts = {
        DRAFTS: _drafts(user).count(),
        CODES: _codes(user).exclude(purpose="").count(),
        MESSAGES: _messages(user).count(),
        WISHES: NoticePreference.objects.filter(user=user).count(),
    }
    return Deletable(counts=counts, kept_for=kept_for(user))


@transaction.atomic
def delete_parts(*, user: User, parts: Collection[str], now: datetime) -> Mapping[str, int]:
    """Delete some parts; return how much of each it was. A second press finds nothing."""
    done = {}
    if DRAFTS in parts:
        drafts = list(_drafts(user))
        for draft in drafts:
            applications.delete_draft(application_id=draft.pk, actor=user, now=now)
        done[DRAFTS] = len(drafts)
    if CODES in parts:
        done[CODES] = _delete_codes(user, now)
    if MESSAGES in parts:
        done[MESSAGES] = _delete_messages(user)
    if WISHES in parts:
        done[WISHES] = NoticePreference.objects.filter(user=user).delete()[0]
    _record(user, "delete_own_data", now, done)
    return done


def _drafts(user: User) -> QuerySet[PermitApplication]:
    return selectors.own_cases(user).filter(status=CaseStatus.DRAFT)


def _codes(user: User) -> QuerySet[ShareCode]:
    permits = [held.permit.pk for held in held_permits(user)]
    return ShareCode.objects.filter(permit__in=permits)


def _delete_codes(user: User, now: datetime) -> int:
    """Delete codes that nobody looked through; of the others only the looks are left."""
    rows = _codes(user)
    list(rows.select_for_update().values_list("pk"))  # nobody looks through one meanwhile
    count = rows.exclude(purpose="").count()
    rows.filter(revoked_at=None).update(revoked_at=now)
    rows.filter(checks__isnull=False).update(purpose="", shows=[])
    rows.filter(checks__isnull=True).delete()
    return count


def _messages(user: User) -> QuerySet[Notice]:
    """Return the messages that were read and that no law requires.

    Those about a draft stay as long as it: without them the reminder would be owed anew.
    """
    rows = Notice.objects.filter(
        recipient=user,
        channel=Notice.Channel.IN_APP,
        statutory=False,
        read_at__isnull=False,
        state__in=_OVER,
    )
    return rows.exclude(application__status=CaseStatus.DRAFT)


def _delete_messages(user: User) -> int:
    rows = _messages(user)
    causes = list(rows.values_list("cause", flat=True))
    count = len(causes)
    # What was sent by other ways says the same.
    Notice.objects.filter(
        recipient=user, cause__in=causes, statutory=False, state__in=_OVER
    ).delete()
    return count


# The whole account ---------------------------------------------------------------------------


def kept_for(user: User) -> tuple[str, ...]:
    """Return for what an account is needed: the codes of what was ever done with it."""
    me = residences.person_of(user)
    mine = Q(person__user=user) | Q(person__guardians__guardian__user=user)
    same = Q(id_hash=me.id_hash) if me else Q(pk=None)
    found = {
        "staff": user.is_staff,
        "cases": selectors.own_cases(user).exclude(status=CaseStatus.DRAFT).exists(),
        "permits": Permit.objects.filter(mine | same).exists(),
        "registrations": ResidenceRegistration.objects.filter(mine).exists(),
        "reports": ReportBatch.objects.filter(reporter=user).exists(),
    }
    return tuple(name for name, is_so in found.items() if is_so)


def close_account(*, user: User, now: datetime) -> None:
    """Delete an account with which nothing official was ever done, and everything about it.

    Raises AccountKept. The audit log keeps that it happened, by number.
    """
    try:
        _close(user, now)
    except ProtectedError as error:  # something that this page does not know rests on it
        raise AccountKept(("other",)) from error


@transaction.atomic
def _close(user: User, now: datetime) -> None:
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    reasons = kept_for(user)
    if reasons:
        raise AccountKept(reasons)
    for draft in list(_drafts(user)):
        applications.delete_draft(application_id=draft.pk, actor=user, now=now)
    Notice.objects.filter(recipient=user).delete()
    _delete_people(user)
    keys = UserSession.objects.filter(user=user).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    number = user.pk
    user.delete()
    record(
        actor_id=number,
        act="close_account",
        subject=f"user:{number}",
        purpose="own_data",
        now=now,
    )


def _delete_people(user: User) -> None:
    """Delete the profile, and the files of those for whom nobody else acts."""
    relations = Relation.objects.filter(guardian__user=user)
    wards = list(relations.values_list("ward_id", flat=True))
    relations.delete()
    Person.objects.filter(pk__in=wards, user=None, guardians__isnull=True).delete()
    Person.objects.filter(user=user).delete()


def _record(user: User, act: str, now: datetime, done: Mapping[str, int]) -> None:
    me = residences.person_of(user)
    record(
        actor_id=user.pk,
        act=act,
        subject=f"user:{user.pk}",
        purpose="own_data",
        now=now,
        person_id=me.pk if me else None,
        details=dict(done),
    )
