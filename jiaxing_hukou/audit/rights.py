"""Who may read the audit log in the Django admin: the auditors."""

from typing import Any

from django.apps import apps as installed

from jiaxing_hukou.accounts.rights import Right, grant
from jiaxing_hukou.accounts.roles import Role

RIGHTS: tuple[Right, ...] = (
    (Role.AUDITOR, "view", "auditentry"),
    (Role.AUDITOR, "view", "auditseal"),
)


def grant_rights(using: str, apps: Any = installed, **_kwargs: Any) -> None:
    """Give the auditors' group its rights, once the tables stand."""
    grant(RIGHTS, app_label="audit", using=using, apps=apps)
