"""The messages in a browser: on a phone, in both languages, and with every wrong wish."""

import pytest

from residence_permit.core.workflow import Status
from tests.accounts import sign_in_with_browser
from tests.browser.eyes import faults
from tests.residence_permit.notifications.mailroom import reachable
from tests.residence_permit.workbench import case_in, draft, person

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a strong pass phrase"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_messages_are_read_and_wishes_told_on_a_phone(live_server, page, language):
    user = reachable()
    case_in(Status.REFUSED, case=draft(who=person(user)))
    page.set_viewport_size({"width": 320, "height": 800})
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    page.context.add_cookies([cookie])
    sign_in_with_browser(page, live_server.url, user, PASSWORD)
    found = {}

    page.goto(f"{live_server.url}/messages/")
    found["list"] = faults(page)
    with page.expect_navigation():
        page.click(".tasks a >> nth=0")
    found["notice"] = faults(page)
    page.goto(f"{live_server.url}/messages/preferences/")
    found["wishes"] = faults(page)
    page.fill("#id_quiet_from", "22:00")
    with page.expect_navigation():
        page.click("main form .btn-primary")
    found["refused"] = faults(page)
    page.fill("#id_quiet_until", "07:00")
    with page.expect_navigation():
        page.click("main form .btn-primary")
    found["saved"] = faults(page)
    page.goto(f"{live_server.url}/messages/")
    unread = page.locator(".tasks .tag").count()

    assert found == {place: [] for place in found}
    assert unread == page.locator(".tasks > li").count() - 1
