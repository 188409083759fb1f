"""The messages in a browser: on a phone, in both languages, and with every wrong wish."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from residence_permit.core.workflow import Status
from tests.accounts import sign_in_with_browser
from tests.residence_permit.notifications.mailroom import reachable
from tests.residence_permit.workbench import case_in, draft, person

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a strong pass phrase"


def _faults(page) -> list:
    """Return what a reader with other eyes or hands would stumble over."""
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    root = "document.documentElement"
    if page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"):
        found.append("scrolls sideways")
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_messages_are_read_and_wishes_told_on_a_phone(live_server, page, language):
    user = reachable()
    case_in(Status.REFUSED, case=draft(who=person(user)))
    page.set_viewport_size({"width": 320, "height": 800})
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    page.context.add_cookies([cookie])
    sign_in_with_browser(page, live_server.url, user, PASSWORD)
    faults = {}

    page.goto(f"{live_server.url}/messages/")
    faults["list"] = _faults(page)
    with page.expect_navigation():
        page.click(".tasks a >> nth=0")
    faults["notice"] = _faults(page)
    page.goto(f"{live_server.url}/messages/preferences/")
    faults["wishes"] = _faults(page)
    page.fill("#id_quiet_from", "22:00")
    with page.expect_navigation():
        page.click("main form .btn-primary")
    faults["refused"] = _faults(page)
    page.fill("#id_quiet_until", "07:00")
    with page.expect_navigation():
        page.click("main form .btn-primary")
    faults["saved"] = _faults(page)
    page.goto(f"{live_server.url}/messages/")
    unread = page.locator(".tasks .tag").count()

    assert faults == {place: [] for place in faults}
    assert unread == page.locator(".tasks > li").count() - 1
