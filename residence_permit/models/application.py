"""A case: an application, its events, and what was asked to be corrected."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from residence_permit.choices import CaseAction, CaseKind, CaseRole, CaseStatus

from .person import Person
from .registration import ResidenceRegistration

NO_CLOCK = date(9999, 12, 31)
OPEN = (
    CaseStatus.SUBMITTED,
    CaseStatus.UNDER_REVIEW,
    CaseStatus.CORRECTION_REQUESTED,
    CaseStatus.ACCEPTED,
    CaseStatus.AWAITING_DECISION,
    CaseStatus.APPROVED,
    CaseStatus.UNDER_RECONSIDERATION,
)
_ORDER = ("queue_on", "status_since", "id")


class PermitApplication(models.Model):
    """One application for a permit, or for its endorsement, change, replacement or end.

    ``services.transition.move`` alone changes ``status``; the database accepts a new status only
    together with the event that brought it. ``due_on`` repeats what the events say, so that
    queues can be ordered by an index.
    """

    hashed_fields = {"id_hash": ("person__id_number", "id_number")}

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=CaseKind.choices)
    status = models.CharField(
        _("state"),
        max_length=21,
        choices=CaseStatus.choices,
        default=CaseStatus.DRAFT,
        editable=False,
    )
    status_since = models.DateTimeField(_("in this state since"), editable=False)
    events_count = models.PositiveIntegerField(default=0, editable=False)

    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="applications",
        verbose_name=_("applicant"),
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="applications", verbose_name=_("person")
    )  # who is to hold the permit: the applicant himself, his child or frail relative
    id_hash = models.CharField(max_length=64, editable=False)
    registration = models.ForeignKey(
        ResidenceRegistration, on_delete=models.PROTECT, null=True, blank=True
    )
    permit = models.ForeignKey(
        "residence_permit.Permit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("permit"),
    )
    station = models.ForeignKey(
        "accounts.Station",
        on_delete=models.PROTECT,
        null=True,  # until the address is known
        blank=True,
        related_name="applications",
        verbose_name=_("station"),
    )
    county = models.ForeignKey(  # the bureau above the station, for the queues of supervisors
        "accounts.Station", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    township_code = models.CharField(_("township"), max_length=9, blank=True)

    # What the applicant states, step by step, and the revision that a tab must name to save.
    statements = models.JSONField(default=dict)  # step -> its answers
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    assessment = models.JSONField(null=True, blank=True)  # the conditions as judged on submitting

    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="held_cases",
        verbose_name=_("in the hands of"),
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    # What queues are ordered by: the last day of the clock, or the end of time where none runs.
    queue_on = models.DateField(default=NO_CLOCK, editable=False)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    recommended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reconsidered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        # Each queue is read in the order of one index, whatever the office and however deep.
        indexes = [
            *(
                models.Index(fields=(*level, *kind, "status", *_ORDER), name=name)
                for level, kind, name in (
                    ((), (), "case_city"),
                    (("county",), (), "case_county"),
                    (("station",), (), "case_station"),
                    ((), ("kind",), "case_city_kind"),
                    (("county",), ("kind",), "case_county_kind"),
                    (("station",), ("kind",), "case_station_kind"),
                )
            ),
            models.Index(fields=("holder", "status", *_ORDER), name="case_mine"),
            models.Index(fields=("status", "status_since"), name="case_clock"),
            models.Index(fields=("id_hash",), name="case_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("id_hash", "kind"),
                condition=Q(status__in=OPEN),
                name="one_open_case_per_person",
            ),
            models.UniqueConstraint(
                fields=("applicant", "person", "kind"),
                condition=Q(status="draft"),
                name="one_draft_per_person",
            ),
            models.CheckConstraint(
                condition=Q(recommended_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(recommended_by=F("decided_by")),
                name="two_people_for_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(reconsidered_by__isnull=True)
                | (~Q(reconsidered_by=F("recommended_by")) & ~Q(reconsidered_by=F("decided_by"))),
                name="a_third_person_reconsiders",
            ),
            models.CheckConstraint(
                condition=(Q(recommended_by__isnull=True) | ~Q(recommended_by=F("applicant")))
                & (Q(decided_by__isnull=True) | ~Q(decided_by=F("applicant")))
                & (Q(reconsidered_by__isnull=True) | ~Q(reconsidered_by=F("applicant"))),
                name="nobody_decides_his_own_case",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.reference}"


class CaseEvent(models.Model):
    """One move of a case: who, when, why, before and after. Never changed, never deleted."""

    application = models.ForeignKey(
        PermitApplication, on_delete=models.PROTECT, related_name="events"
    )
    number = models.PositiveIntegerField(_("number"))
    action = models.CharField(_("action"), max_length=18, choices=CaseAction.choices)
    source = models.CharField(_("before"), max_length=21, choices=CaseStatus.choices)
    target = models.CharField(_("after"), max_length=21, choices=CaseStatus.choices)
    role = models.CharField(_("role"), max_length=10, choices=CaseRole.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("time"))
    reason = models.TextField(_("reason"), blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("case event")
        verbose_name_plural = _("case events")
        ordering = ("application", "number")
        constraints = [
            models.UniqueConstraint(fields=("application", "number"), name="events_in_one_line"),
        ]

    def __str__(self) -> str:
        return f"event {self.number} of case {self.application_id}"


class CorrectionItem(models.Model):
    """One thing that was asked to be corrected; all that is missing is asked for at once."""

    application = models.ForeignKey(
        PermitApplication, on_delete=models.PROTECT, related_name="correction_items"
    )
    event = models.ForeignKey(CaseEvent, on_delete=models.PROTECT, related_name="items")
    target = models.CharField(_("what"), max_length=60)  # "step:address" or "evidence:lease"
    text = models.TextField(_("what to do"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("item to be corrected")
        verbose_name_plural = _("items to be corrected")
        ordering = ("event", "pk")

    def __str__(self) -> str:
        return f"item {self.pk} of case {self.application_id}"
