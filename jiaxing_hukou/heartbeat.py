"""Shows that beat, queue and worker do their work together.

Beat asks for the task every ten seconds, a worker notes the time. Run as
``python -m jiaxing_hukou.heartbeat`` it exits with 0 while the note is fresh.
"""

import sys
import time

import django
from celery import shared_task
from django.core.cache import cache

KEY = "heartbeat"
STALE_AFTER_SECONDS = 60


@shared_task(name="jiaxing_hukou.heartbeat")
def heartbeat() -> None:
    """Note that a worker was here."""
    cache.set(KEY, time.time(), timeout=STALE_AFTER_SECONDS)


def is_beating() -> bool:
    """Say whether a worker did a task of beat's lately; the note expires by itself."""
    return cache.get(KEY) is not None


if __name__ == "__main__":
    django.setup()
    sys.exit(0 if is_beating() else "No task of beat's was done in the last minute.")
