"""Reports of residents in bulk: a file taken in, once; what became of it; what is forgotten."""

import json
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.services import record
from residence_permit.core.id_number import without_numbers
from residence_permit.models import ReportBatch, ReportRow, ResidenceRegistration
from residence_permit.references import new_reference
from residence_permit.reports import reading
from residence_permit.reports.tables import Row, read_table
from residence_permit.tasks import read_report

KEEP_REFUSED = timedelta(days=30)  # lines to be corrected; our own limit, no law gives one
FORGET_ALL_BY = timedelta(days=90)  # how far back the clock looks for lines to forget
NAME_LIMIT = 120
AT_ONCE = 1000  # rows of one statement
HANDED_OVER = 20  # batches of one sweep

Source = ResidenceRegistration.Source
REPORTERS = (Source.EMPLOYER, Source.LANDLORD, Source.PROPERTY_MANAGER, Source.AGENT)


class NotAReporter(Exception):
    """An account that was not given the role of a reporter."""


def is_reporter(user: User) -> bool:
    """Say whether an account may report others."""
    return user.is_active and user.has_role(Role.REPORTER)


def take_in_report(
    *, reporter: User, source: Source, shown_name: str, content: bytes, now: datetime
) -> tuple[ReportBatch, bool]:
    """Keep the lines of a file until a worker has carried them out.

    Returns the batch and whether it is new: the same bytes reported again are the same batch; one
    that was given up is tried again. Raises NotAReporter and TableRefused.
    """
    if not is_reporter(reporter) or source not in REPORTERS:
        raise NotAReporter
    digest = sha256(content).hexdigest()
    same = ReportBatch.objects.filter(reporter=reporter, source=source, sha256=digest)
    found = same.first()
    if found is None:
        rows = read_table(content)
        batch = ReportBatch(
            reference=new_reference(),
            reporter=reporter,
            source=source,
            shown_name=_shown(shown_name),
            sha256=digest,
            status=ReportBatch.Status.QUEUED,
            rows_total=len(rows),
            created_at=now,
        )
        try:
            with transaction.atomic():
                batch.save()
                _keep_rows(batch, rows)
                _audit(batch, "take_in_report", now, rows=len(rows))
                transaction.on_commit(lambda: read_report.delay(batch.pk), robust=True)
            return batch, True
        except IntegrityError:
            found = same.first()  # the other press on the button was faster
            if found is None:
                raise
    _try_again(found)
    return found, False


def hand_over_due(*, now: datetime) -> int:
    """Hand over the batches that no worker holds; running twice is harmless."""
    found = list(reading.due(now).values_list("pk", flat=True)[:HANDED_OVER])
    for batch_id in found:
        read_report.delay(batch_id)
    return len(found)


def forget_refused(*, now: datetime) -> int:
    """Empty the cells of lines that nobody corrected in time; running twice is harmless."""
    over = now - KEEP_REFUSED
    batches = ReportBatch.objects.filter(
        finished_at__lt=over, finished_at__gte=over - FORGET_ALL_BY
    )
    return ReportRow.objects.filter(batch__in=batches, result=ReportRow.Result.REFUSED).update(
        cells=""
    )


def note_download(*, batch: ReportBatch, actor: User, now: datetime) -> None:
    """Record that the lines of a batch, refused ones with their cells, leave the portal."""
    _audit(batch, "download_report", now, actor=actor)


def _keep_rows(batch: ReportBatch, rows: Iterable[Row]) -> None:
    ReportRow.objects.bulk_create(
        (
            ReportRow(
                batch=batch,
                number=row.number,
                cells=json.dumps(row.cells, ensure_ascii=False),
                result=ReportRow.Result.WAITING,
            )
            for row in rows
        ),
        batch_size=AT_ONCE,
    )


def _try_again(batch: ReportBatch) -> None:
    failed = ReportBatch.objects.filter(pk=batch.pk, status=ReportBatch.Status.FAILED)
    with transaction.atomic():
        if failed.update(
            status=ReportBatch.Status.QUEUED, failure="", failure_params={}, finished_at=None
        ):
            transaction.on_commit(lambda: read_report.delay(batch.pk), robust=True)


def _audit(
    batch: ReportBatch, act: str, now: datetime, *, actor: User | None = None, **details: int
) -> None:
    record(
        actor_id=(actor or batch.reporter).pk,
        act=act,
        subject=f"report:{batch.pk}",
        purpose="residence_report",
        now=now,
        details={"source": batch.source, **details},
    )


def _shown(name: str) -> str:
    """Return the last part of a file's name, without identity numbers and what no page shows."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    return without_numbers(" ".join(plain.split()))[:NAME_LIMIT]
