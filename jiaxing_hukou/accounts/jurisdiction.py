"""Who may see what is where: the one place that knows the tree of offices.

A member of staff holds the office that the account names and everything under it. Whoever has
no office, or a disabled account, holds nothing. The row is read anew each time, so that an officer
who is moved or disabled while a page is open loses his reach with the next query.
"""

from django.db.models import Q, QuerySet

from .models import Station, StationTownship, User


def stations_within(user: User) -> QuerySet[Station]:
    """Return the user's office and the offices under it."""
    own = User.objects.filter(pk=user.pk, is_active=True, station__isnull=False).values("station")
    under = Q(pk__in=own) | Q(parent__in=own) | Q(parent__parent__in=own)
    return Station.objects.filter(under)


def offices_within(user: User) -> list[int]:
    """Return the ids of the user's office and of the offices under it."""
    return list(stations_within(user).order_by("pk").values_list("pk", flat=True))


def township_codes(user: User) -> list[str]:
    """Return the codes of the townships that the user is responsible for."""
    held = StationTownship.objects.filter(station__in=stations_within(user))
    return list(held.values_list("township_code", flat=True))


def holds(user: User, station_id: int | None) -> bool:
    """Say whether an office is the user's, or under it."""
    return station_id is not None and stations_within(user).filter(pk=station_id).exists()


def station_for(township_code: str) -> Station | None:
    """Return the station that is responsible for a township."""
    return Station.objects.filter(townships__township_code=township_code).first()
