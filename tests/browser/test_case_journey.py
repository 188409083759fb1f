"""An applicant's way in a real browser: start, steps, files, receipt, correction, refusal."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jiaxing_hukou.accounts.roles import Role
from residence_permit.choices import CaseKind
from residence_permit.core.workflow import Action, Status
from residence_permit.models import OfficeSetting, PermitApplication
from residence_permit.services.transition import move
from tests.browser.eyes import faults
from tests.residence_permit.applicants import (
    begin,
    complete,
    load_law,
    photo,
    resident,
    save,
    ward_of,
)
from tests.residence_permit.workbench import case_in

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = [(320, False), (390, True), (1280, False)]  # width, elder mode
VILLAGE = "王江泾镇荷花村南港浜自然村东段三十八号院内西侧第二排平房"


@pytest.fixture
def portal(live_server, settings, tmp_path):
    """Return the address of a portal with the law; a test that commits left nothing behind."""
    settings.EVIDENCE_DIR = tmp_path
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    load_law(timezone.now())
    return live_server.url


@pytest.fixture
def visitor(portal, browser):
    """Return ``visitor(user, width=..., elder=..., language=...)``: a page of somebody."""
    contexts = []

    def come(user=None, *, width=390, elder=False, language="zh-hans", **options):
        context = browser.new_context(
            base_url=portal, viewport={"width": width, "height": 844}, **options
        )
        contexts.append(context)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language} | ({"elder": "1"} if elder else {})
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[
                settings.SESSION_COOKIE_NAME
            ].value
        context.add_cookies(
            [{"name": name, "value": value, "url": portal} for name, value in cookies.items()]
        )
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda line: page.complaints.append(line.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield come
    for context in contexts:
        context.close()


def look(page):
    """Look at a page as somebody with other eyes or hands would."""
    assert faults(page) == []


def press(page):
    with page.expect_navigation():
        page.locator("main .btn-primary").last.click()


def upload(page, number):
    page.set_input_files(
        "input[type=file]",
        [{"name": f"证件{number}.png", "mimeType": "image/png", "buffer": photo(number)}],
    )
    press(page)


def case_of(user):
    return PermitApplication.objects.get(applicant=user)


@pytest.mark.parametrize(("width", "elder"), SIZES)
def test_from_the_start_to_the_receipt(visitor, width, elder):
    who = resident(name="欧阳𠮷")
    page = visitor(who.user, width=width, elder=elder)

    page.goto("/my/")
    look(page)
    page.goto("/permit/applications/start/")
    look(page)
    press(page)
    look(page)  # nothing was chosen
    page.check("input[name=kind][value=issue]")
    press(page)
    look(page)
    page.locator(".tasks a").first.click()
    look(page)
    press(page)
    look(page)  # not agreed
    page.check("input[name=data_are_right]")
    press(page)
    look(page)
    page.check("input[value='housing:rented_private']")
    page.fill("textarea[name=note]", "王阿姨")
    press(page)
    for number in range(3):
        look(page)
        upload(page, number)
        look(page)
        press(page)
    look(page)
    reference = case_of(who.user).reference
    with page.expect_navigation():
        page.locator("main form button.btn-primary").click()
    look(page)
    assert page.locator(".confirmation .reference").inner_text() == reference
    page.goto("/permit/status/")
    look(page)
    page.fill("[name=reference]", reference)
    page.fill("[name=proof]", "0000")
    press(page)
    look(page)
    page.fill("[name=proof]", who.id_number[-4:])
    press(page)
    look(page)
    page.goto(reverse("case-detail", args=[reference]))
    look(page)

    # A refused form answers 422, which the browser notes; nothing else is said.
    assert [line for line in page.complaints if "422" not in line] == []


def correction_case(now):
    case = case_in(Status.UNDER_REVIEW, case=complete(), now=now)
    move(
        Action.REQUEST_CORRECTION,
        application_id=case.pk,
        actor=case.holder,
        now=now,
        items=(
            ("step:ground", "请选择实际的居住情况。"),
            ("evidence:lease", "请补一份在有效期内、双方都签了字的租赁合同，每一页都要拍到。"),
            ("address", f"住址与登记的不一致，请写到门牌号，例如：{VILLAGE}。"),
        ),
    )
    return case


@pytest.mark.parametrize(("width", "elder"), SIZES)
def test_a_correction_is_answered_item_by_item(visitor, width, elder):
    case = correction_case(timezone.now())
    page = visitor(case.applicant, width=width, elder=elder)
    here = reverse("case-detail", args=[case.reference])

    page.goto("/my/")
    look(page)
    page.goto(here)
    look(page)
    page.locator("details.fold summary").first.click()
    look(page)
    page.locator(".tasks a").nth(0).click()
    look(page)
    page.check("input[value='housing:rented_private']")
    press(page)
    page.locator(".tasks a").nth(1).click()
    look(page)
    press(page)
    look(page)  # neither file nor words
    upload(page, 7)
    page.locator(".tasks a").nth(2).click()
    look(page)
    page.fill("textarea[name=text]", "已在居住登记里改成完整的门牌号。")
    press(page)
    look(page)
    press(page)
    look(page)

    case.refresh_from_db()
    assert case.status == Status.UNDER_REVIEW


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_other_page_can_be_read_by_everybody(visitor, language):
    now = timezone.now()
    OfficeSetting.objects.create(code=OfficeSetting.Code.REPLACE_DAYS, value=8)
    who = resident()
    ward_of(who, birth=who.birth_date.replace(year=2018), name="王小小")
    issued = case_in(Status.ISSUED, case=complete(who), now=now)
    begin(who, CaseKind.ENDORSE, now=now)
    case_in(Status.ACCEPTED, case=complete(who, CaseKind.REPLACE, now=now), now=now)
    change = begin(who, CaseKind.CHANGE, now=now)
    refused = case_in(Status.REFUSED, case=complete(), now=now)
    late = case_in(Status.ACCEPTED, case=complete(), now=now - timedelta(days=20))
    withdrawn = case_in(Status.WITHDRAWN, case=complete(), now=now)

    def read(case, *names):
        page = visitor(case.applicant, language=language)
        for name in names:
            args = [] if name in ("my-portal", "case-start") else [case.reference]
            page.goto(reverse(name, args=args))
            look(page)

    read(issued, "my-portal", "case-detail", "case-receipt", "case-start")
    read(change, "case-detail", "case-review", "case-delete")
    read(refused, "case-detail", "case-decision", "case-request-review")
    read(late, "case-detail", "case-escalate", "case-receipt")
    read(withdrawn, "case-detail", "my-portal")
    for case in PermitApplication.objects.filter(applicant=who.user):
        read(case, "case-detail")


def test_two_tabs_choose_between_two_versions(visitor):
    case = begin(resident(), now=timezone.now())
    page = visitor(case.applicant)
    url = reverse("case-step", args=[case.reference, "ground"])
    page.goto(url)
    save(case, "ground", {"ground": "schooling", "note": "嘉兴学院"}, now=timezone.now())

    page.check("input[value='housing:owned']")
    press(page)
    look(page)
    page.check("input[name='keep-note'][value=theirs]")
    press(page)
    look(page)

    case.refresh_from_db()
    assert case.statements["ground"] == {"ground": "housing:owned", "note": "嘉兴学院"}


def test_without_javascript_everything_works(visitor):
    case = complete(now=timezone.now())
    page = visitor(case.applicant, java_script_enabled=False)

    page.goto(reverse("case-review", args=[case.reference]))
    page.locator("main form button.btn-primary").click()

    assert case.reference in page.locator(".confirmation").inner_text()


def test_a_double_click_submits_once(visitor):
    case = complete(now=timezone.now())
    page = visitor(case.applicant)
    page.goto(reverse("case-review", args=[case.reference]))

    with page.expect_navigation():
        page.locator("main form button.btn-primary").dblclick()
    page.go_back()
    page.goto(page.url)

    assert case.events.filter(action=Action.SUBMIT).count() == 1
