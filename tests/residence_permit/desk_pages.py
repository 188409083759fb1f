"""The pages of the officers' desk, as tests ask for them."""

from django.urls import reverse

from residence_permit.core.workflow import Status
from tests.residence_permit.workbench import (
    OTHER_TOWNSHIP,
    account,
    case_in,
    draft,
    person,
    registered,
)


def at(name, *args):
    return reverse(f"admin:workbench{'-' if name else ''}{name}", args=args)


def foreign_case(now):
    elsewhere = person(account())
    registered(elsewhere, township=OTHER_TOWNSHIP)
    return case_in(Status.SUBMITTED, case=draft(who=elsewhere, now=now), now=now)


def posted(client, name, *args, **data):
    return client.post(at(name, *args), data)


def seen(client, case):
    """Return what the forms of the case page bring along."""
    page = client.get(at("case", case.reference))
    form = page.context["acts"][0].form
    return {"seen": form["seen"].value(), "shown": form["shown"].value()}
