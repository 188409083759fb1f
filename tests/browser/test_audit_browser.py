"""The auditor's pages in a browser: looked at by axe, in both languages, wide and narrow."""

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.services import seal_days
from tests.browser.eyes import faults
from tests.jiaxing_hukou.audit_log import DAY, NOON, written

pytestmark = pytest.mark.django_db(transaction=True)


def session_of_an_auditor():
    """Return the session of an auditor who passed the second factor."""
    client = Client()
    auditor = User.objects.create_user("auditor", is_staff=True)
    auditor.groups.add(Group.objects.get(name=Role.AUDITOR.value))
    client.force_login(auditor)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, auditor, "mfa")
    request.session.save()
    return client.session.session_key


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1280)])
def test_an_auditor_narrows_the_log_down(live_server, page, language, width):
    written(60)
    written(1, actor_id=9, details={"fields": ["phone"]})
    seal_days(now=NOON + DAY)
    page.set_viewport_size({"width": width, "height": 900})
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (
                (settings.SESSION_COOKIE_NAME, session_of_an_auditor()),
                ("django_language", language),
            )
        ]
    )
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def look():
        wrong.extend(faults(page, sideways=False))

    page.goto(live_server.url + reverse("admin:audit_auditentry_changelist"))
    look()
    box = page.locator("input[name=actor_id]")
    box.fill("9")
    box.press("Enter")
    page.wait_for_url("**actor_id=9**")
    look()
    assert page.locator("#result_list tbody tr").count() == 1
    page.locator("#result_list tbody tr a").first.click()
    page.wait_for_url("**/change/**")
    look()
    page.goto(live_server.url + reverse("admin:audit_auditseal_changelist"))
    look()

    assert wrong == []
