"""The roles: each is a group of the same name, and its rights hang on the group."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What somebody is to the portal; the values are stored and never renamed."""

    RESIDENT = "resident", _("Resident")
    REPORTER = "reporter", _("Reporter of residents")
    OFFICER = "officer", _("Officer")
    SUPERVISOR = "supervisor", _("Supervisor")
    POINTS_OFFICER = "points_officer", _("Points officer")
    ROUND_MANAGER = "round_manager", _("Manager of points rounds")
    RULE_AUTHOR = "rule_author", _("Author of rules")
    RULE_APPROVER = "rule_approver", _("Approver of rules")
    AUDITOR = "auditor", _("Auditor")
    OPERATOR = "operator", _("Operator")
