"""The notices of one person in the portal: listed, read, and what he wishes to get elsewhere."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jiaxing_hukou.accounts.models import User
from residence_permit.models import Notice, NoticePreference, PermitApplication
from residence_permit.notifications import wording

PAGE = 20


@dataclass(frozen=True)
class InboxNotice:
    """A notice in the portal, in words."""

    id: int
    subject: str
    body: tuple[str, ...]
    sent_at: datetime
    read_at: datetime | None
    case_reference: str


@dataclass(frozen=True)
class InboxPage:
    """Some notices, the newest first; ``older_than`` and ``newer_than`` lead to its neighbours."""

    notices: tuple[InboxNotice, ...]
    older_than: int | None
    newer_than: int | None


def inbox_page(
    *, user: User, language: str, before: int | None = None, after: int | None = None
) -> InboxPage:
    """Return the page before or after a notice; without either, the newest."""
    rows = _own(user)
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        more_new, more_old = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        if before is not None:
            rows = rows.filter(pk__lt=before)
        found = list(rows.order_by("-pk")[: PAGE + 1])
        more_new, more_old = before is not None, len(found) > PAGE
        found = found[:PAGE]
    if not found:
        return InboxPage((), None, None)
    return InboxPage(
        notices=tuple(_in_words(notice, language) for notice in found),
        older_than=found[-1].pk if more_old else None,
        newer_than=found[0].pk if more_new else None,
    )


def read_notice(*, user: User, notice_id: int, language: str, now: datetime) -> InboxNotice:
    """Return one notice and record when it was first read; raises Notice.DoesNotExist."""
    notice = _own(user).get(pk=notice_id)
    if notice.read_at is None:
        # The first reading counts, also where two tabs open it at once.
        _own(user).filter(pk=notice_id, read_at=None).update(read_at=now)
        notice.read_at = now
    return _in_words(notice, language)


def unread_count(*, user: User, at_most: int = 100) -> int:
    """Return how many notices nobody has opened yet, counted up to ``at_most``."""
    return _own(user).filter(read_at=None).order_by().values("pk")[:at_most].count()


def notices_of_case(*, case: PermitApplication) -> list[Notice]:
    """Return what was owed to the applicant of a case, for its timeline."""
    return list(case.notices.filter(recipient=case.applicant_id).order_by("pk"))


def wishes(*, user: User) -> NoticePreference:
    """Return what somebody wishes; who has said nothing gets everything, in Chinese."""
    return NoticePreference.objects.filter(user=user).first() or NoticePreference(user=user)


@transaction.atomic
def save_wishes(
    *,
    user: User,
    language: str,
    email: bool,
    sms: bool,
    quiet_from: time | None,
    quiet_until: time | None,
) -> NoticePreference:
    """Keep what somebody wishes from now on."""
    given: dict[str, Any] = {
        "language": language,
        "email": email,
        "sms": sms,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
    }
    kept, _made = NoticePreference.objects.update_or_create(user=user, defaults=given)
    return kept


def _own(user: User) -> QuerySet[Notice]:
    rows = Notice.objects.filter(recipient=user, channel=Notice.Channel.IN_APP)
    return rows.exclude(state=Notice.State.CANCELLED).select_related("application__station")


def _in_words(notice: Notice, language: str) -> InboxNotice:
    words = wording.compose(notice, language)
    return InboxNotice(
        id=notice.pk,
        subject=words.subject,
        body=words.body,
        sent_at=notice.sent_at or notice.created_at,
        read_at=notice.read_at,
        case_reference=notice.application.reference if notice.application else "",
    )
