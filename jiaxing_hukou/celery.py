"""The Celery application, and what the clock starts.

The schedule is code, not rows: what runs at night is reviewed like everything else,
and an entry that is removed here is gone.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaxing_hukou.settings.dev")

app = Celery("jiaxing_hukou", include=["jiaxing_hukou.heartbeat"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "heartbeat": {
        "task": "jiaxing_hukou.heartbeat",
        "schedule": 10,
        "options": {"expires": 10},  # none piles up while no worker is there
    },
}
