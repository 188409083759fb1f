"""Whom a notice is for, and where each of them can be reached."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.accounts.roles import Role
from residence_permit.models import NoticePreference, PermitApplication


def emails_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the confirmed address of each whose account is open, the main one first."""
    rows = EmailAddress.objects.filter(user__in=list(user_ids), user__is_active=True, verified=True)
    found: dict[int, str] = {}
    for user_id, address in rows.order_by("-primary", "pk").values_list("user_id", "email"):
        found.setdefault(user_id, address)
    return found


def phones_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the confirmed number of each whose account is open."""
    users = User.objects.filter(pk__in=list(user_ids), is_active=True, phone_verified=True)
    return {pk: phone for pk, phone in users.values_list("pk", "phone") if phone}


def wishes_of(user_ids: Iterable[int]) -> dict[int, NoticePreference]:
    """Return what each has asked for; who has asked for nothing is left out."""
    rows = NoticePreference.objects.filter(user__in=list(user_ids))
    return {row.user_id: row for row in rows}


def supervisors_of(station: Station | None) -> QuerySet[User]:
    """Return the supervisors whose office is the station or stands above it."""
    offices = []
    while station is not None:
        offices.append(station.pk)
        station = station.parent
    return User.objects.filter(
        is_active=True, station__in=offices, groups__name=Role.SUPERVISOR.value
    ).order_by("pk")


def desk_of(case: PermitApplication) -> list[User]:
    """Return the officer who holds the case; without one, the supervisors."""
    if case.holder is not None:
        return [case.holder]
    return list(supervisors_of(case.station))
