"""The outbox: what is owed to a person, written in the transaction of its cause."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One message to one person on one channel; the row is the promise, the queue only a nudge.

    It holds a template's name and ids, never the words: those are made when it is sent or read.
    ``due_at`` is when the row is next anybody's business: the day it may be sent, the next try,
    or, while it is claimed, the end of the lease.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("in the portal")
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("text message")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        CLAIMED = "claimed", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        FAILED_TEMPORARILY = "failed_temporarily", _("failed, will be tried again")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    cause = models.CharField(max_length=80, editable=False)  # "case-event:12", "window:7:30"
    template = models.SlugField(_("template"), max_length=60)
    template_version = models.PositiveSmallIntegerField(_("version of the template"))
    # Every index is written anew with each step of a notice, so there are only those that are read.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices", db_index=False
    )
    application = models.ForeignKey(
        "residence_permit.PermitApplication",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
    )
    permit = models.ForeignKey(
        "residence_permit.Permit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        db_index=False,
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    params = models.JSONField(default=dict)  # dates, counts, codes; nothing personal
    statutory = models.BooleanField(_("required by law"), default=True)
    state = models.CharField(
        _("state"), max_length=18, choices=State.choices, default=State.PENDING
    )
    created_at = models.DateTimeField(_("owed since"))
    due_at = models.DateTimeField(_("due at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    crashes = models.PositiveSmallIntegerField(_("workers lost with it"), default=0)
    lease = models.UUIDField(null=True, blank=True)
    key = models.UUIDField(unique=True, editable=False)  # the same on every attempt
    provider = models.CharField(max_length=30, blank=True)  # who may have it already
    provider_reference = models.CharField(max_length=100, blank=True)
    failure = models.CharField(_("failure"), max_length=60, blank=True)  # a code, never a text
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("cause", "template", "recipient", "channel"), name="one_notice_once"
            ),
            models.CheckConstraint(
                condition=Q(state="claimed", lease__isnull=False)
                | (~Q(state="claimed") & Q(lease__isnull=True)),
                name="notice_claimed_by_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "delivered")) | Q(sent_at__isnull=False),
                name="notice_sent_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(channel="in_app"),
                name="notice_read_in_the_portal",
            ),
        ]
        indexes = [
            models.Index(
                fields=("channel", "due_at"),
                condition=Q(state__in=("pending", "failed_temporarily", "claimed")),
                name="notice_due",
            ),
            models.Index(
                fields=("permit",), condition=Q(permit__isnull=False), name="notice_of_permit"
            ),
            models.Index(
                fields=("-id",), condition=Q(state="failed"), name="notice_dead"
            ),  # the dead letters
            models.Index(
                fields=("provider", "provider_reference"),
                condition=~Q(provider_reference=""),
                name="notice_at_provider",
            ),
            models.Index(fields=("recipient", "channel", "-id"), name="notice_inbox"),
            models.Index(
                fields=("recipient",),
                condition=Q(channel="in_app", read_at__isnull=True),
                name="notice_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class NoticePreference(models.Model):
    """What somebody wants to be told outside the portal; what the law requires is sent anyway."""

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "中文"
        ENGLISH = "en", "English"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preference"
    )
    language = models.CharField(
        _("language"), max_length=7, choices=Language.choices, default=Language.CHINESE
    )
    email = models.BooleanField(_("e-mail"), default=True)
    sms = models.BooleanField(_("text message"), default=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)  # Asia/Shanghai
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        verbose_name = _("wishes about notices")
        verbose_name_plural = _("wishes about notices")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (
                    Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~Q(quiet_from=F("quiet_until"))
                ),
                name="quiet_hours_have_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"wishes of user {self.user_id}"


class DeliveryReceipt(models.Model):
    """A provider's word on what became of a message; it may come late, twice, or before ours."""

    class Outcome(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        UNDELIVERABLE = "undeliverable", _("could not be delivered")

    provider = models.CharField(max_length=30)
    reference = models.CharField(max_length=100)
    outcome = models.CharField(_("outcome"), max_length=13, choices=Outcome.choices)
    code = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField(_("received at"))
    matched_at = models.DateTimeField(_("matched at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery receipt")
        verbose_name_plural = _("delivery receipts")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("provider", "reference", "outcome"), name="one_receipt_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=("received_at",),
                condition=Q(matched_at__isnull=True),
                name="receipt_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery receipt {self.pk}"
