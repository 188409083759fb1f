"""What the tests of the eligibility check may ask for."""

import pytest
from django.contrib.auth.models import Group

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from tests.accounts import sign_in_staff
from tests.eligibility.published import publish


@pytest.fixture
def published_rules(db):
    """Put townships, demonstration accounts and every shipped rule into the database.

    Accounts: demo-author, demo-approver and the others of ``load_demo_accounts``.
    """
    publish()


@pytest.fixture
def sign_in(client):
    """Sign somebody in, by role and name; return the client."""

    def sign(role, name=""):
        username = name or f"staff-{role.value}"
        user, _ = User.objects.get_or_create(username=username, defaults={"is_staff": True})
        user.groups.add(Group.objects.get(name=role.value))
        sign_in_staff(client, user)
        client.user = user
        return client

    return sign


@pytest.fixture
def author(sign_in):
    """Return a client of an author."""
    return sign_in(Role.RULE_AUTHOR, "author")
