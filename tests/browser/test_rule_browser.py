"""The pages of the rules and of the staff, in a browser: on a phone and on a desk."""

import json

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone, translation

from eligibility.answers import check_answer
from eligibility.services import checks
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from tests.accounts import sign_in_with_browser
from tests.browser.eyes import faults
from tests.eligibility.published import publish

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = [390, 1280]
LANGUAGES = ["zh-hans", "en"]
PUBLIC = (
    "/",
    "/help/",
    "/rules/",
    "/rules/?as_of=2016-01-01",
    "/rules/urban-owner/",
    "/rules/urban-employment/2020/",
    "/rules/urban-owner/diff/?from=2016&to=2020",
    "/rules/accompanying-family/",
    "/documents/",
    "/documents/jiaxing-2016-31/",
    "/rules/nowhere/",
)
STAFF = (
    "/admin/",
    "/admin/eligibility/ruleversion/",
    "/admin/eligibility/rule/",
    "/admin/eligibility/legaldocument/",
    "/admin/eligibility/township/",
    "/admin/eligibility/receipt/",
)


@pytest.fixture
def portal(live_server):
    """Return the address of a portal with every shipped rule.

    A test that commits leaves an empty database behind, so the groups are made anew.
    """
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    publish()
    return live_server.url


@pytest.fixture
def visit(portal, page):
    """Return a page that opens paths of the portal in a language, and keeps its complaints."""

    def at(width, language):
        page.set_viewport_size({"width": width, "height": 844})
        page.context.add_cookies([{"name": "django_language", "value": language, "url": portal}])
        return page

    return at


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_can_read_the_rules(portal, visit, width, language):
    page = visit(width, language)

    found = {}
    for path in PUBLIC:
        page.goto(portal + path)
        if wrong := faults(page):
            found[path] = wrong

    assert found == {}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_can_read_the_law_and_open_a_receipt(portal, visit, width, language):
    page = visit(width, language)
    complaints = []
    with translation.override(language):
        checked = checks.check_body({"facts": {"housing": "owned"}}, timezone.localdate())
        kept = checks.keep_receipt(
            checked, json.dumps(check_answer(checked)), language=language, now=timezone.now()
        )

    page.goto(f"{portal}/admin/")
    found = {"sign in": faults(page)}
    sign_in_with_browser(page, portal, User.objects.get(username="demo-admin"))
    for path in STAFF:
        page.goto(portal + path)
        found[path] = faults(page)
    page.goto(f"{portal}/admin/eligibility/ruleversion/")
    with page.expect_navigation():
        page.click("text=urban-owner@2020")
    found["version"] = faults(page)
    page.goto(f"{portal}/admin/eligibility/receipt/")
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.fill("#id_reference", kept.reference.lower())
    with page.expect_navigation():
        page.click(".submit-row input")
    found["receipt"] = faults(page)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert page.locator(".holds").count() == 1
    assert page.url == f"{portal}/admin/eligibility/receipt/"
    assert complaints == []


def test_the_pages_keep_the_policy(portal, page):
    complaints = []
    page.on("console", lambda line: complaints.append(line.text))

    for path in (*PUBLIC[:-1], "/admin/"):
        page.goto(portal + path)

    # The browser reports the page's own status; all else is a complaint.
    assert [text for text in complaints if "422" not in text] == []


def test_the_day_is_chosen_with_the_keyboard_alone(portal, visit):
    page = visit(390, "zh-hans")
    page.goto(f"{portal}/rules/")

    page.fill("#id_as_of", "2019-01-01")
    with page.expect_navigation():
        page.locator("main form button").press("Enter")

    assert page.locator("h2").first.inner_text() == "2019年1月1日施行的规定"
    assert page.input_value("#id_as_of") == "2019-01-01"


def test_large_print_is_bigger_on_every_page(portal, visit):
    page = visit(390, "zh-hans")
    page.goto(f"{portal}/rules/urban-owner/2018/")
    size = "getComputedStyle(document.body).fontSize"
    before = page.evaluate(size)

    with page.expect_navigation():
        page.click("text=长辈版")
    after = page.evaluate(size)

    assert page.url.endswith("/rules/urban-owner/2018/")
    assert (before, after) == ("18px", "24px")
    assert faults(page) == []
