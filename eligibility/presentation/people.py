"""The people of a check as its pages call them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.stated import Facts


def person(code: str, facts: Facts) -> str:
    """Return a person of the contract's `for` as the page calls him."""
    if code == "applicant":
        return _("yourself")
    index = int(code.removeprefix("household[").removesuffix("]"))
    return member_name(facts.household[index])


def member_name(stated: Mapping[str, Any]) -> str:
    """Return what a household member is called: the relation, and the birth date if known."""
    relation = stated.get("relation")
    name = str(wording.VALUES["relation"][relation]) if relation else _("family member")
    born = stated.get("birth_date")
    if born is None:
        return name
    return _("%(name)s, born %(day)s") % {"name": name, "day": wording.full_date(born)}


def member_fact(name: str, value: Any) -> str:
    """Return one thing stated about a household member, as a phrase."""
    if isinstance(value, bool):
        return str((wording.YES if value else wording.NO)[name])
    return wording.value_text(name, value)
