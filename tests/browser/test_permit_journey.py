"""Both sides of the counter in one browser: residents on a phone, officers at a desk."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from residence_permit import selectors
from residence_permit.choices import CaseKind
from residence_permit.core.permit_ledger import PermitStatus, timeline
from residence_permit.core.workflow import Status
from residence_permit.models import PermitApplication
from tests.accounts import next_code, sign_in_staff
from tests.browser.test_case_journey import look, portal, press, upload, visitor  # noqa: F401
from tests.residence_permit.applicants import complete, resident
from tests.residence_permit.workbench import (
    OTHER_TOWNSHIP,
    case_in,
    office,
    officer,
    supervisor,
)

pytestmark = pytest.mark.django_db(transaction=True)

DESK_WIDTH = 1280


@pytest.fixture
def at_the_desk(visitor, client, live_server, settings):  # noqa: F811
    """Return ``at_the_desk(user)``: the workbench of a member of staff, second factor and all."""

    def come(user, *, seconds_ago=0):
        page = visitor(width=DESK_WIDTH)
        client.logout()
        sign_in_staff(client, user, seconds_ago=seconds_ago)
        name = settings.SESSION_COOKIE_NAME
        key = client.cookies[name].value
        page.context.add_cookies([{"name": name, "value": key, "url": live_server.url}])
        page.goto(reverse("admin:workbench"))
        look(page)
        return page

    return come


def case_page(case):
    return reverse("admin:workbench-case", args=[case.reference])


def do(page, action, *, unfold=True, **fields):
    """Fill in one form of the desk and send it."""
    form = page.locator(f"form[action$='/do/{action}/']")
    if unfold and form.locator("xpath=../summary").count():
        form.locator("xpath=../summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name$='{name}']")
        if field.first.get_attribute("type") == "radio":
            form.locator(f"[name$='{name}'][value='{value}']").check()
        else:
            field.first.fill(value)
    with page.expect_navigation():
        form.locator("[type=submit]").last.click()
    look(page)


def decide(page, boss, case, proposal):
    """Decide as a supervisor whose second factor was a while ago: he is asked for it again."""
    page.goto(case_page(case))
    look(page)
    do(page, "decide", proposal=proposal)
    page.fill("[name=second_factor_code]", next_code(boss))
    with page.expect_navigation():
        page.locator("main [type=submit]").first.click()
    look(page)
    again = page.locator("form[action$='/do/decide/'] [type=submit]")
    if again.count() and again.last.is_visible():
        with page.expect_navigation():
            again.last.click()
        look(page)


def permit_of(who):
    return who.permits.get()


def today_is(permit):
    return timeline(selectors.ledger_of(permit), timezone.localdate())


def apply_for(page, kind):
    """Walk an application from its start to its receipt, as somebody with a phone does."""
    page.goto(reverse("case-start"))
    page.check(f"input[name=kind][value={kind}]")
    press(page)
    page.locator(".tasks a").first.click()
    page.check("input[name=data_are_right]")
    press(page)
    page.check("input[value='housing:rented_private']")
    press(page)
    number = 0
    while page.locator("input[type=file]").count():
        upload(page, number)
        press(page)
        number += 1
    look(page)
    with page.expect_navigation():
        page.locator("main form button.btn-primary").click()
    look(page)
    assert page.locator(".confirmation .reference").count() == 1


def test_a_phone_an_officer_and_a_supervisor_make_a_permit(visitor, at_the_desk):  # noqa: F811
    who, me, boss = resident(), officer(), supervisor()
    stranger = officer(office(OTHER_TOWNSHIP))
    phone = visitor(who.user)
    apply_for(phone, "issue")
    case = PermitApplication.objects.get(applicant=who.user)

    foreign = at_the_desk(stranger)
    assert case.reference not in foreign.content()
    assert foreign.goto(case_page(case)).status == 404

    desk = at_the_desk(me)
    with desk.expect_navigation():
        desk.locator(".next-case").first.click()
    look(desk)
    form = desk.locator("form[action$='/do/request_correction/']")
    form.locator("xpath=../summary").click()
    form.locator("textarea").first.fill("请把合同的最后一页也拍上，要看得到期限。")
    boxes = form.locator("input[type=checkbox]")
    if boxes.count():
        boxes.first.check()
    with desk.expect_navigation():
        form.locator("[type=submit]").last.click()
    look(desk)
    case.refresh_from_db()
    assert case.status == Status.CORRECTION_REQUESTED

    phone.goto(reverse("case-detail", args=[case.reference]))
    look(phone)
    phone.locator(".tasks a").first.click()
    look(phone)
    if phone.locator("input[type=file]").count():
        upload(phone, 9)
    else:
        phone.locator("input[type=checkbox], textarea").first.check()
        press(phone)
    phone.goto(reverse("case-detail", args=[case.reference]))
    press(phone)
    look(phone)
    case.refresh_from_db()
    assert case.status == Status.UNDER_REVIEW

    desk.goto(case_page(case))
    take_over = desk.locator("form[action$='/do/take_over/']")
    if take_over.count():
        do(desk, "take_over")
    do(desk, "accept")
    do(desk, "recommend", proposal="approve")
    case.refresh_from_db()
    assert case.status == Status.AWAITING_DECISION

    decide(at_the_desk(boss, seconds_ago=3600), boss, case, "approve")
    case.refresh_from_db()
    assert case.status == Status.ISSUED
    phone.goto(reverse("permit-home"))
    look(phone)
    assert today_is(permit_of(who)).status is PermitStatus.VALID


def test_a_late_endorsement_brings_a_suspended_permit_back(visitor, at_the_desk):  # noqa: F811
    now = timezone.now()
    who, me, boss = resident(), officer(), supervisor()
    long_ago = now - timedelta(days=420)
    case_in(Status.ISSUED, case=complete(who, now=long_ago), now=long_ago)
    permit = permit_of(who)
    before = today_is(permit).status
    phone = visitor(who.user)
    phone.goto(reverse("permit-home"))
    look(phone)
    apply_for(phone, "endorse")
    case = PermitApplication.objects.get(applicant=who.user, kind=CaseKind.ENDORSE)

    desk = at_the_desk(me)
    with desk.expect_navigation():
        desk.locator(".next-case").first.click()
    do(desk, "accept")
    do(desk, "recommend", proposal="approve")
    decide(at_the_desk(boss, seconds_ago=3600), boss, case, "approve")

    after = today_is(permit)
    assert (before, after.status) == (PermitStatus.SUSPENDED, PermitStatus.VALID)
    assert (after.years_of_residence, after.counted_from) == (0, timezone.localdate())
    phone.goto(reverse("permit-home"))
    look(phone)


def test_a_refusal_is_reconsidered_by_a_third_person(visitor, at_the_desk):  # noqa: F811
    now = timezone.now() - timedelta(days=3)
    case = case_in(Status.REFUSED, case=complete(now=now), now=now)
    third = supervisor()
    phone = visitor(case.applicant)
    phone.goto(reverse("case-decision", args=[case.reference]))
    look(phone)
    phone.goto(reverse("case-request-review", args=[case.reference]))
    look(phone)
    phone.fill("main textarea", "合同已经续签到2027年12月，附在后面。")
    press(phone)
    look(phone)

    again = at_the_desk(case.decided_by)
    again.goto(case_page(case))
    assert again.locator("form[action$='/do/decide/']").count() == 0
    decide(at_the_desk(third, seconds_ago=3600), third, case, "approve")

    case.refresh_from_db()
    assert (case.status, case.reconsidered_by) == (Status.ISSUED, third)
