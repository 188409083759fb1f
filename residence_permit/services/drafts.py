"""Drafts end: as their owner wishes, or because nobody touched them for too long."""

from datetime import date, datetime, timedelta

from django.db import transaction

from jiaxing_hukou.audit.services import record
from residence_permit import selectors
from residence_permit.choices import CaseStatus
from residence_permit.core.deadlines import day_of
from residence_permit.models import Notice, OfficeSetting, PermitApplication
from residence_permit.services import evidence

AT_ONCE = 200  # drafts of one sweep
WARNED_BY = "draft-expiring"  # the notice that says on which day a draft ends


def drop(case: PermitApplication, *, actor_id: int | None, now: datetime) -> None:
    """Delete a draft, its files and the notices about it; a trace of that stays."""
    evidence.forget(case)
    case.notices.all().delete()  # that it will expire; nothing of a draft is an official act
    record(
        actor_id=actor_id,
        act="delete_draft",
        subject=f"case:{case.pk}",
        purpose="applicant" if actor_id else "retention",
        now=now,
        person_id=case.person_id,
    )
    case.delete()


def last_day(case: PermitApplication) -> date:
    """Return the last day on which a draft is kept if nobody touches it."""
    kept_for = selectors.setting(OfficeSetting.Code.DRAFT_DAYS, case.station)
    return day_of(case.updated_at) + timedelta(days=kept_for)


def delete_expired(*, now: datetime, at_most: int = AT_ONCE) -> int:
    """Delete the drafts whose last day is over; nobody loses one without having been warned."""
    today = day_of(now).isoformat()
    warned = Notice.objects.filter(template=WARNED_BY, params__expires_on__lt=today)
    rows = PermitApplication.objects.filter(
        status=CaseStatus.DRAFT, pk__in=warned.values("application")
    )
    ids = list(rows.order_by("updated_at").values_list("pk", flat=True)[:at_most])
    return sum(_delete(pk, now) for pk in ids)


@transaction.atomic
def _delete(application_id: int, now: datetime) -> bool:
    rows = PermitApplication.objects.select_for_update(of=("self",)).select_related("station")
    case = rows.filter(pk=application_id, status=CaseStatus.DRAFT).first()
    if case is None:
        return False
    until = last_day(case)
    told = case.notices.filter(template=WARNED_BY, params__expires_on=until.isoformat())
    if day_of(now) <= until or not told.exists():
        return False
    drop(case, actor_id=None, now=now)
    return True
