"""What each role may do with the tables of residence permits, in the Django admin.

To look is all that the admin's own pages allow; every change goes through a service, which asks
the table of moves and the jurisdiction.
"""

from typing import Any

from django.apps import apps as installed

from jiaxing_hukou.accounts.rights import Right, grant
from jiaxing_hukou.accounts.roles import Role

CASES = (
    "permitapplication",
    "caseevent",
    "correctionitem",
    "evidence",
    "permit",
    "permitevent",
    "residenceregistration",
    "registrationevent",
)
READERS_OF_CASES = (Role.OFFICER, Role.SUPERVISOR)
OFFICE = ("calendaryear", "calendarday", "officesetting")

# role, action, model
RIGHTS: tuple[Right, ...] = (
    *((role, "view", model) for role in READERS_OF_CASES for model in CASES),
    *((role, "view", model) for role in (*READERS_OF_CASES, Role.OPERATOR) for model in OFFICE),
    *(
        (role, action, model)
        for role in (Role.SUPERVISOR, Role.OPERATOR)
        for action in ("add", "change", "delete")
        for model in OFFICE
    ),
    *((role, action, "staffrelative") for role in READERS_OF_CASES for action in ("view", "add")),
    *((role, "view", "provision") for role in (*READERS_OF_CASES, Role.AUDITOR)),
    (Role.OPERATOR, "view", "notice"),
    (Role.OPERATOR, "change", "notice"),
)


def grant_rights(using: str, apps: Any = installed, **_kwargs: Any) -> None:
    """Give the roles' groups their rights, once the tables stand."""
    grant(RIGHTS, app_label="residence_permit", using=using, apps=apps)
