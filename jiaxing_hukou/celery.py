"""The Celery application, and what the clock starts.

The schedule is code, not rows: what runs at night is reviewed like everything else,
and an entry that is removed here is gone.
"""

import os

from celery import Celery
from celery.schedules import crontab

from jiaxing_hukou.settings import env

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
    "seal-audit": {
        "task": "audit.seal_days",
        "schedule": crontab(minute=7),  # each hour: a night without a worker is caught up soon
    },
    "sweep-notices": {
        "task": "residence_permit.sweep_notices",
        "schedule": env.NOTICE_SWEEP,
        "options": {"expires": env.NOTICE_SWEEP},
    },
    "sweep-cases": {
        "task": "residence_permit.sweep_cases",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "remind": {
        "task": "residence_permit.remind",
        # By day, and several times: an hour without a worker is caught up on the same day.
        "schedule": crontab(minute=23, hour="8-17"),
    },
    "rescan-evidence": {
        "task": "residence_permit.rescan_evidence",
        "schedule": 300,
        "options": {"expires": 300},
    },
    "sweep-evidence": {
        "task": "residence_permit.sweep_evidence",
        "schedule": crontab(minute=37, hour=3),
    },
    "delete-expired-drafts": {
        "task": "residence_permit.delete_expired_drafts",
        "schedule": crontab(minute=47, hour="1-4"),
    },
    "tidy-accounts": {
        "task": "accounts.tidy",
        "schedule": crontab(minute=47),
    },
    "sweep-reports": {
        "task": "residence_permit.sweep_reports",
        "schedule": 20,
        "options": {"expires": 20},
    },
    "forget-refused-lines": {
        "task": "residence_permit.forget_refused_lines",
        "schedule": crontab(minute=27, hour=3),
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
