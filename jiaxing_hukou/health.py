"""Says if the process is alive (``/healthz``) and can do its work (``/readyz``)."""

import logging
import os
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse

from jiaxing_hukou.celery import app

logger = logging.getLogger(__name__)


def check_database() -> None:
    """Raise unless the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Raise while a migration is still to be applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise RuntimeError(f"{len(plan)} migrations are not applied")


def check_cache() -> None:
    """Raise unless the cache returns what it was given."""
    cache.set("readyz", "kept", timeout=60)
    if cache.get("readyz") != "kept":
        raise RuntimeError("the cache forgets")


def check_broker() -> None:
    """Raise unless a task could be handed over."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    folder = options.get("data_folder_out")
    if folder:
        if not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
            raise RuntimeError("the queue's folder cannot be written")
        return
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=3)


CHECKS = {
    "database": check_database,
    "migrations": check_migrations,
    "cache": check_cache,
    "broker": check_broker,
}


def readiness() -> dict[str, str]:
    """Return "ok" or "down" for each part; why it is down goes to the log only."""
    parts = {}
    for name, check in CHECKS.items():
        try:
            check()
        except Exception:
            logger.exception("not ready", extra={"part": name})
            parts[name] = "down"
        else:
            parts[name] = "ok"
    return parts


class HealthMiddleware:
    """Answer the two health addresses before anything that could fail.

    They are asked from inside by address, so they come before the check of the host
    name, and before sessions, which would need the database.
    """

    def __init__(self, get_response):
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request):
        """Answer a health address, or pass the request on."""
        if request.path_info == "/healthz":
            return _uncached({"status": "ok"})
        if request.path_info == "/readyz":
            parts = readiness()
            ready = set(parts.values()) == {"ok"}
            body = {"status": "ok" if ready else "down", "parts": parts}
            return _uncached(body, status=200 if ready else 503)
        return self.get_response(request)


def _uncached(body: dict, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
