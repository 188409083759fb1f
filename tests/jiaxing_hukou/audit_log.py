"""Builders for tests of the audit log, and how somebody with the database in hand would cheat."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from jiaxing_hukou.audit.models import AuditEntry
from jiaxing_hukou.audit.services import record

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)
SQLITE_GUARDS = (
    "entry_follows",
    "auditentry_is_not_replaced",
    "auditentry_is_kept_update",
    "auditentry_is_kept_delete",
    "auditseal_is_kept_update",
    "auditseal_is_kept_delete",
)


def written(count=1, *, now=NOON, **given):
    """Write so many unremarkable entries; return them."""
    usual = {"actor_id": 7, "act": "view_case", "purpose": "review", "person_id": 3}
    return [
        record(**{"subject": f"case:{number}", **usual, **given}, now=now)
        for number in range(1, count + 1)
    ]


def without_guards():
    """Take the triggers away, as the owner of the database can; the test's rollback mends it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("auditentry", "auditseal"):
                cursor.execute(f"ALTER TABLE audit_{table} DISABLE TRIGGER USER")
            return
        for name in SQLITE_GUARDS:
            cursor.execute(f"DROP TRIGGER audit_{name}")


def numbers():
    return list(AuditEntry.objects.order_by("number").values_list("number", flat=True))
