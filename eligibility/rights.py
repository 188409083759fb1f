"""What each role may do with the tables of the eligibility check, in the Django admin."""

from typing import Any

from django.apps import apps as installed

from jiaxing_hukou.accounts.rights import Right, grant
from jiaxing_hukou.accounts.roles import Role

LAW = (
    "township",
    "legaldocument",
    "clause",
    "rule",
    "ruleversion",
    "periodinforce",
    "ruleevent",
)
READERS_OF_THE_LAW = (
    Role.OFFICER,
    Role.SUPERVISOR,
    Role.RULE_AUTHOR,
    Role.RULE_APPROVER,
    Role.AUDITOR,
)
READERS_OF_RECEIPTS = (Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR)

# role, action, model. Authors write drafts; approvers put them in force; both propose what
# happens later.
RIGHTS: tuple[Right, ...] = (
    *((role, "view", model) for role in READERS_OF_THE_LAW for model in LAW),
    *((role, "view", "receipt") for role in READERS_OF_RECEIPTS),
    (Role.RULE_AUTHOR, "change", "ruleversion"),
    (Role.RULE_AUTHOR, "add", "ruleevent"),
    (Role.RULE_APPROVER, "add", "periodinforce"),
    (Role.RULE_APPROVER, "add", "ruleevent"),
)


def grant_rights(using: str, apps: Any = installed, **_kwargs: Any) -> None:
    """Give the roles' groups their rights, once the tables stand."""
    grant(RIGHTS, app_label="eligibility", using=using, apps=apps)
