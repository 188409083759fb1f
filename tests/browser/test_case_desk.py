"""The officers' desk in a browser: from the queue to the decision, looked at by axe."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from residence_permit.choices import CaseStatus
from residence_permit.core.workflow import Action, Status
from residence_permit.models import CaseEvent, Evidence
from residence_permit.services import review
from tests.accounts import next_code, sign_in_staff
from tests.browser.eyes import faults
from tests.residence_permit import applicants
from tests.residence_permit.workbench import case_in, officer, supervisor

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """Somebody at the desk; every page that is opened is looked at."""

    def __init__(self, portal, page, language, width):
        self.portal, self.page, self.wrong = portal, page, {}
        page.set_viewport_size({"width": width, "height": 900})
        page.context.add_cookies([{"name": "django_language", "value": language, "url": portal}])
        page.on("pageerror", lambda error: self.wrong.setdefault("script", str(error)))
        page.on("console", self._hear)

    def _hear(self, said):
        """Note what the browser refuses to do; what axe itself tries has no address."""
        if "Content Security Policy" in said.text and said.location["url"]:
            self.wrong["refused"] = said.text

    def sign_in(self, user, **given):
        client = sign_in_staff(Client(), user, **given)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.portal}]
        )

    def open(self, name, *args, query=""):
        self.page.goto(self.portal + address(name, *args) + query)
        self.look()

    def click(self, where):
        with self.page.expect_navigation():
            self.page.click(where)
        self.look()

    def look(self):
        """Note what a reader with other eyes or hands would stumble over."""
        found = faults(self.page)
        if found:
            self.wrong[self.page.url.removeprefix(self.portal)] = found


def address(name, *args):
    return reverse(f"admin:workbench{'-' if name else ''}{name}", args=args)


def act(action):
    return f"form[action$='/do/{action}/'] [type=submit]"


def drafted(now):
    """Return a draft with a file for each thing that is to be proved."""
    applicants.load_law(now)
    return applicants.complete(now=now)


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1280)])
def test_a_case_goes_from_the_queue_to_the_decision(live_server, page, language, width):
    now = timezone.now() - timedelta(hours=3)
    me, boss = officer(), supervisor()
    case = case_in(Status.SUBMITTED, case=drafted(now), now=now)
    desk = Desk(live_server.url, page, language, width)

    desk.sign_in(me)
    desk.open("", query="?queue=unclaimed")
    desk.click(".next-case")
    assert page.url.endswith(f"/{case.reference}/")
    page.click("form[action$='/do/request_correction/'] >> xpath=../summary")
    desk.click(act("request_correction"))  # nothing is asked for
    assert page.locator(".errornote").count() == 1
    desk.click(act("accept"))
    page.click("form[action$='/do/recommend/'] >> xpath=../summary")
    page.check("#id_recommend_proposal_1")
    desk.click(act("recommend"))  # without ground and reason
    page.select_option("#id_recommend_ground", "ground_not_proved")
    page.fill("#id_recommend_reason", "劳动合同已于2026年10月到期，没有续签。")
    desk.click(act("recommend"))

    desk.sign_in(boss, seconds_ago=3600)
    desk.open("", query="?queue=to_decide")
    desk.click(f"a[href$='/{case.reference}/']")
    page.click("form[action$='/do/decide/'] >> xpath=../summary")
    page.check("#id_decide_proposal_1")
    page.select_option("#id_decide_ground", "ground_not_proved")
    page.fill("#id_decide_reason", "劳动合同已于2026年10月到期，没有续签。")
    desk.click(act("decide"))  # asks for the code
    page.fill("[name=second_factor_code]", next_code(boss))
    desk.click("main [type=submit]")  # shows the letter
    assert "行政复议" in page.locator(".letter").inner_text()
    desk.click(act("decide"))

    case.refresh_from_db()
    assert case.status == CaseStatus.REFUSED
    desk.click("a[href$='/letter/']")
    assert desk.wrong == {}


def evidence_of(case):
    """Return the first file of a case; another one waits for the scanner."""
    first, second = Evidence.objects.filter(application=case).order_by("pk")[:2]
    Evidence.objects.filter(pk=second.pk).update(state=Evidence.State.HELD)
    return first


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("zh-hans", 1280)])
def test_everything_else_at_the_desk_can_be_read_by_everybody(live_server, page, language, width):
    now = timezone.now() - timedelta(hours=3)
    me, boss = officer(), supervisor()
    case = case_in(Status.ACCEPTED, case=drafted(now), by=me, now=now)
    late = case_in(Status.ACCEPTED, by=me, now=now - timedelta(days=20))
    refused = case_in(Status.REFUSED, by=me, decided_by=boss, now=now - timedelta(days=30))
    case_in(Status.CORRECTION_REQUESTED, by=me, now=now)
    desk = Desk(live_server.url, page, language, width)
    desk.sign_in(me)

    desk.open("", query="?queue=overdue&kind=issue")
    assert page.locator(".case-lines tbody tr").count() == 1
    page.fill("#id_query", "110101199003070000")
    desk.click("[role=search] [type=submit]")  # mistyped
    page.fill("#id_query", late.person.id_number)
    desk.click("[role=search] [type=submit]")
    assert page.url.endswith(f"/{late.reference}/")

    desk.open("case", case.reference, query=f"?show={evidence_of(case).pk}")
    assert page.evaluate("document.querySelector('#picture img').naturalWidth") == 120
    page.click("form[action$='/do/escalate/'] >> xpath=../summary")
    page.fill("#id_escalate_reason", "系统里查不到用人单位。")
    review.take_over(application_id=case.pk, actor=me, now=now + timedelta(minutes=9))
    desk.click(act("escalate"))  # an old page by now
    assert page.locator("mark").count() == 0
    assert "系统里查不到用人单位。" in page.inner_text("#content")
    desk.click(act("escalate"))
    assert CaseEvent.objects.filter(application=case, action=Action.ESCALATE).count() == 1
    page.click(".bench-unmask summary")
    desk.click(".bench-unmask [type=submit]")
    assert case.person.id_number in page.inner_text("#content")

    desk.sign_in(boss)
    desk.open("", query="?queue=all&status=accepted")
    for box in page.locator("input[name=case]").all():
        box.check()
    page.select_option("#id_act", "extend")
    desk.click("#several [type=submit]")
    page.fill("#id_reason", "制证设备故障。")
    desk.click("#content .submit-row [type=submit]")
    assert page.locator("td.holds").count() == 2
    desk.open("statistics")
    assert page.evaluate("document.querySelectorAll('.bench-plot img').length") == 3
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    desk.open("letter", refused.reference)
    desk.open("notices")
    desk.open("notice", "case-submit", 1)
    page.fill("#id_case", "NOBODYS")
    desk.click(".bench-filters [type=submit]")
    page.fill("#id_case", late.reference)
    desk.click(".bench-filters [type=submit]")
    assert late.reference in page.locator("section > div[lang=zh-Hans]").inner_text()
    assert desk.wrong == {}
