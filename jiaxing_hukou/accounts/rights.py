"""Gives the roles' groups their rights to the tables of an app, in the Django admin."""

from collections.abc import Iterable
from typing import Any

from .roles import Role

Right = tuple[Role, str, str]
"""A role, an action of the admin (view, add, change, delete) and a model's name."""


def grant(rights: Iterable[Right], *, app_label: str, using: str, apps: Any) -> None:
    """Give the groups their rights; run after every migrate, safe to run again.

    Django makes the permissions in a receiver of the same signal, maybe later than this one, so
    what is missing is made here.
    """
    groups = apps.get_model("auth", "Group").objects.using(using)
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    wanted: dict[Role, list[Any]] = {}
    for role, action, model in rights:
        of_model, _ = types.get_or_create(app_label=app_label, model=model)
        words = apps.get_model(app_label, model)._meta.verbose_name
        right, _ = permissions.get_or_create(
            content_type=of_model,
            codename=f"{action}_{model}",
            defaults={"name": f"Can {action} {words}"},
        )
        wanted.setdefault(role, []).append(right)
    for role, held in wanted.items():
        groups.get_or_create(name=role.value)[0].permissions.add(*held)
