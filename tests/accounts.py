"""Signing in for tests: staff with their second factor, residents without."""

import time

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as USER_KEY,
)
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY as RECORDS,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt

from jiaxing_hukou.accounts.demo import PASSWORD, TOTP_SECRET, current_code
from jiaxing_hukou.accounts.middleware import SEEN
from jiaxing_hukou.accounts.second_factor import LAST_COUNTER


def give_second_factor(user) -> Authenticator:
    """Set up the demonstration secret for an account, unless it has one."""
    row, _ = Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": encrypt(TOTP_SECRET)}}
    )
    return row


def sign_in_staff(client, user, *, seconds_ago: float = 0):
    """Sign a member of staff in, second factor and all; return the client.

    ``seconds_ago`` says how long ago the second factor was passed.
    """
    row = give_second_factor(user)
    client.force_login(user)
    session = client.session
    now = time.time()
    session[RECORDS] = [
        {"method": "password", "at": now - seconds_ago},
        {"method": "mfa", "at": now - seconds_ago, "id": row.pk, "type": "totp"},
    ]
    session[USER_KEY] = str(user.pk)
    session[SEEN] = now
    session.save()
    return client


def next_code(user) -> str:
    """Return a code that the account may use now, whatever it used before."""
    row = give_second_factor(user)
    row.data.pop(LAST_COUNTER, None)
    row.save(update_fields=["data"])
    return current_code(decrypt(row.data["secret"]))


def sign_in_with_browser(page, portal: str, user, password: str = PASSWORD) -> None:
    """Sign somebody in on the pages, with a code if the account needs one."""
    page.goto(f"{portal}/accounts/login/")
    page.fill("#id_login", user.username if user.is_staff else user.phone or user.email)
    page.fill("#id_password", password)
    with page.expect_navigation():
        page.click("main button[type=submit]")
    if page.url.startswith(f"{portal}/accounts/2fa/authenticate/"):
        page.fill("#id_code", next_code(user))
        with page.expect_navigation():
            page.click("main button[type=submit]")
