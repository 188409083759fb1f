"""When what failed is tried again: one ladder for each kind of trouble."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from residence_permit.notifications.channels.base import Trouble

MINUTE, HOUR = 60, 3600
JITTER = 0.2  # up to this much later, so that what failed together does not return together

# Seconds after the first, second ... failure. Our own account comes back when somebody has seen
# to it, a mistake of ours when it is corrected: both are given a working day or two.
LADDERS: Mapping[Trouble, tuple[int, ...]] = MappingProxyType(
    {
        Trouble.UNREACHABLE: (10, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR),
        Trouble.BUSY: (30, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR),
        Trouble.ACCOUNT: (10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR),
        Trouble.BROKEN: (MINUTE, 10 * MINUTE, HOUR, 12 * HOUR),
    }
)


def next_try(trouble: Trouble, failures: int, key: UUID, now: datetime) -> datetime | None:
    """Return when to try again after so many failures, the last one now; None at the end.

    Unit: seconds. The spread comes from the key, so that the answer depends on nothing else.

    >>> at = datetime(2027, 5, 1, 12, 0)
    >>> next_try(Trouble.UNREACHABLE, 1, UUID(int=0), at)
    datetime.datetime(2027, 5, 1, 12, 0, 10)
    >>> next_try(Trouble.BUSY, 7, UUID(int=0), at) is None
    True
    """
    steps = LADDERS[trouble]
    if failures > len(steps):
        return None
    spread = 1 + JITTER * (key.int % 1000) / 1000
    return now + timedelta(seconds=steps[failures - 1] * spread)
