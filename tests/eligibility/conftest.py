"""What the tests of the eligibility check may ask for."""

import pytest

from tests.eligibility.published import publish


@pytest.fixture
def published_rules(db):
    """Put townships, demonstration accounts and every shipped rule into the database.

    Accounts: demo-author, demo-approver and the others of ``load_demo_accounts``.
    """
    publish()
