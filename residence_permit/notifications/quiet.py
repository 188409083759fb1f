"""Quiet hours: from when on somebody may be disturbed."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def not_before(now: datetime, quiet_from: time | None, quiet_until: time | None) -> datetime:
    """Return ``now``, or the end of the quiet hours in which it lies.

    Unit: hours of Asia/Shanghai; the first minute is quiet, the last one named is not.

    >>> at = datetime(2027, 5, 1, 23, 30, tzinfo=SHANGHAI)
    >>> not_before(at, time(22), time(7)).isoformat()
    '2027-05-02T07:00:00+08:00'
    >>> not_before(at, None, None) == at
    True
    """
    if quiet_from is None or quiet_until is None:
        return now
    local = now.astimezone(SHANGHAI)
    clock = local.time()
    if quiet_from < quiet_until:
        quiet, over_night = quiet_from <= clock < quiet_until, False
    else:  # over midnight
        quiet = clock >= quiet_from or clock < quiet_until
        over_night = clock >= quiet_from
    if not quiet:
        return now
    day = local.date() + timedelta(days=1) if over_night else local.date()
    return datetime.combine(day, quiet_until, tzinfo=SHANGHAI)
