"""The time of one piece of work: handed in once, then counted, so that a jump does not matter."""

import time
from datetime import datetime, timedelta


class Clock:
    """Starts at ``now`` and goes on by the monotonic clock."""

    def __init__(self, now: datetime):
        """Begin."""
        self._began, self._zero = now, time.monotonic()

    def now(self) -> datetime:
        """Return the time."""
        return self._began + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """Return how long this has been going on."""
        return time.monotonic() - self._zero
