"""Who signs in, in the tests of signing in."""

import pytest
from allauth.account.models import EmailAddress

from jiaxing_hukou.accounts.models import User

PHONE, EMAIL = "+8613800000001", "li@example.com"
PASSWORD = "three quiet herons"


@pytest.fixture
def local_outbox(settings):
    """Keep e-mails where text messages are kept."""
    settings.EMAIL_BACKEND = "jiaxing_hukou.accounts.messages.LocalOutbox"


@pytest.fixture
def phone_user(db):
    """Return a resident with a confirmed number."""
    return User.objects.create_user("r-1", password=PASSWORD, phone=PHONE, phone_verified=True)


@pytest.fixture
def email_user(db):
    """Return a resident with a confirmed address."""
    user = User.objects.create_user("r-2", password=PASSWORD, email=EMAIL)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user
