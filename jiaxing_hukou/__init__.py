"""The settings project; Celery's application is loaded with it, for the tasks."""

from .celery import app as celery_app

__all__ = ["celery_app"]
