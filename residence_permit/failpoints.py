"""Places where a test lets the process die, to see that nothing is lost and nothing doubled.

Outside such a test they do nothing; production does not even read the setting.
"""

import os
import signal

from django.conf import settings


def failpoint(name: str) -> None:
    """Die here at once, as by kill -9, if the setting JIAXING_FAILPOINT names this place."""
    if settings.FAILPOINT and name == settings.FAILPOINT:
        os.kill(os.getpid(), signal.SIGKILL)
