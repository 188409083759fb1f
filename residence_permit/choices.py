"""The words for the statuses, actions and entries that the core names."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseStatus(TextChoices):
    """``core.workflow.Status``, in words."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    UNDER_REVIEW = "under_review", _("Under review")
    CORRECTION_REQUESTED = "correction_requested", _("To be corrected by you")
    ACCEPTED = "accepted", _("Accepted")
    AWAITING_DECISION = "awaiting_decision", _("Awaiting the decision")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CLOSED = "closed", _("Closed without an answer")
    ISSUED = "issued", _("Carried out")
    UNDER_RECONSIDERATION = "under_reconsideration", _("Being reconsidered")


class CaseKind(TextChoices):
    """``core.workflow.Kind``, in words."""

    ISSUE = "issue", _("First permit")
    ENDORSE = "endorse", _("Yearly endorsement")
    CHANGE = "change", _("Change of address or employer")
    REPLACE = "replace", _("Replacement of a damaged permit")
    REISSUE = "reissue", _("Re-issue of a lost permit")
    CANCEL = "cancel", _("Cancellation")


class CaseAction(TextChoices):
    """``core.workflow.Action``, in words: what happened."""

    SUBMIT = "submit", _("Submitted")
    CLAIM = "claim", _("Taken on by an officer")
    REQUEST_CORRECTION = "request_correction", _("Correction requested")
    RESUBMIT = "resubmit", _("Corrected and sent back")
    ACCEPT = "accept", _("Accepted, acceptance slip issued")
    RECOMMEND = "recommend", _("Examined, a decision was recommended")
    DECIDE = "decide", _("Decided")
    EXTEND = "extend", _("Time limit extended")
    WITHDRAW = "withdraw", _("Withdrawn by the applicant")
    CLOSE = "close", _("Closed, no answer came")
    ISSUE = "issue", _("Entered in the permit's ledger")
    REQUEST_REVIEW = "request_review", _("Reconsideration requested")
    TAKE_OVER = "take_over", _("Taken over by another officer")
    REASSIGN = "reassign", _("Reassigned by the supervisor")
    ESCALATE = "escalate", _("Brought before the supervisor")


class CaseRole(TextChoices):
    """``core.workflow.Role``, in words."""

    APPLICANT = "applicant", _("Applicant")
    OFFICER = "officer", _("Officer")
    SUPERVISOR = "supervisor", _("Supervisor")
    SYSTEM = "system", _("The portal")


class LedgerEntry(TextChoices):
    """``core.permit_ledger.Entry``, in words."""

    ISSUE = "issue", _("Issued")
    ENDORSE = "endorse", _("Endorsed")
    REPLACE = "replace", _("Replaced")
    REISSUE = "reissue", _("Re-issued")
    CHANGE = "change", _("Changed")
    CANCEL = "cancel", _("Cancelled")


class PermitStatus(TextChoices):
    """What a permit is on a day, in words."""

    NONE = "none", _("No permit yet")
    VALID = "valid", _("Valid")
    DUE = "due", _("Valid, endorsement due")
    SUSPENDED = "suspended", _("Suspended")
    CANCELLED = "cancelled", _("Cancelled")
