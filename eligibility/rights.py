"""What each role may do with the tables of the eligibility check, in the Django admin."""

from typing import Any

from django.apps import apps as installed

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
RIGHTS: tuple[tuple[Role, str, str], ...] = (
    *((role, "view", model) for role in READERS_OF_THE_LAW for model in LAW),
    *((role, "view", "receipt") for role in READERS_OF_RECEIPTS),
    (Role.RULE_AUTHOR, "change", "ruleversion"),
    (Role.RULE_AUTHOR, "add", "ruleevent"),
    (Role.RULE_APPROVER, "add", "periodinforce"),
    (Role.RULE_APPROVER, "add", "ruleevent"),
)


def grant_rights(using: str, apps: Any = installed, **_kwargs: Any) -> None:
    """Give the roles' groups their rights; run after every migrate, safe to run again.

    Django makes the permissions in a receiver of the same signal, maybe later than this one, so
    what is missing is made here.
    """
    groups = apps.get_model("auth", "Group").objects.using(using)
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    wanted: dict[Role, list[Any]] = {}
    for role, action, model in RIGHTS:
        of_model, _ = types.get_or_create(app_label="eligibility", model=model)
        words = apps.get_model("eligibility", model)._meta.verbose_name
        right, _ = permissions.get_or_create(
            content_type=of_model,
            codename=f"{action}_{model}",
            defaults={"name": f"Can {action} {words}"},
        )
        wanted.setdefault(role, []).append(right)
    for role, rights in wanted.items():
        groups.get_or_create(name=role.value)[0].permissions.add(*rights)
