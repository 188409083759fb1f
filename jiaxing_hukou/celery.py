"""The Celery application, and what the clock starts.

The schedule is code, not rows: what runs at night is reviewed like everything else,
and an entry that is removed here is gone.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaxing_hukou.settings.dev")

app = Celery("jiaxing_hukou", include=["jiaxing_hukou.heartbeat"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()  # what services hand over
app.autodiscover_tasks(related_name="beat")  # what the clock starts
app.conf.beat_schedule = {
    "heartbeat": {
        "task": "jiaxing_hukou.heartbeat",
        "schedule": 10,
        "options": {"expires": 10},  # none piles up while no worker is there
    },
    "purge-questionnaires": {
        "task": "eligibility.purge_questionnaires",
        "schedule": crontab(minute=17),  # each hour: nobody's answers outlast their link by a day
    },
    "sweep-impact-runs": {
        "task": "eligibility.sweep_impact_runs",
        "schedule": 20,
        "options": {"expires": 20},
    },
}
