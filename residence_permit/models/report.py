"""Reports of employers, landlords and agents, uploaded as a table (ZJ 8-11)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaxing_hukou.encryption import EncryptedTextField

from .registration import ResidenceRegistration


class ReportBatch(models.Model):
    """One uploaded table; the same bytes uploaded again are the same batch."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being read")
        DONE = "done", _("done")
        FAILED = "failed", _("could not be read")

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="report_batches"
    )
    source = models.CharField(
        _("reported as"), max_length=16, choices=ResidenceRegistration.Source.choices
    )
    shown_name = models.CharField(_("file"), max_length=120)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(_("state"), max_length=8, choices=Status.choices)
    failure = models.CharField(max_length=40, blank=True)  # a code of the reader
    failure_params = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows read"), default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("reporter", "source", "sha256"), name="one_batch_per_file"
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.reference}"


class ReportRow(models.Model):
    """One line of the table, kept encrypted until it is settled, and what became of it."""

    class Result(models.TextChoices):
        WAITING = "waiting", _("waiting")
        REPORTED = "reported", _("taken; the person is asked")
        ENDED = "ended", _("end recorded")
        KNOWN = "known", _("already reported")
        REFUSED = "refused", _("refused")

    batch = models.ForeignKey(ReportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    cells = EncryptedTextField(blank=True)
    key = models.CharField(max_length=64, db_index=True, editable=False)
    result = models.CharField(_("result"), max_length=8, choices=Result.choices)
    errors = models.JSONField(default=list)  # [{field, code, params}]
    registration = models.ForeignKey(
        ResidenceRegistration, on_delete=models.PROTECT, null=True, blank=True
    )

    class Meta:
        verbose_name = _("row of a report")
        verbose_name_plural = _("rows of a report")
        ordering = ("batch", "number")
        constraints = [
            models.UniqueConstraint(fields=("batch", "number"), name="one_result_per_row"),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of report {self.batch_id}"
