"""A resident's way from the first question to a printed receipt, on a phone and on a desk."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from eligibility.models import Questionnaire
from jiaxing_hukou.accounts.roles import Role
from tests.browser.eyes import faults
from tests.eligibility.published import publish

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = [390, 1280]
LANGUAGES = ["zh-hans", "en"]
ANSWERS = {"target_county": "330483", "target_township": "330483100", "housing": "owned"}
KEEP = "button[form=keep]"
CITY = {"target_county": "330402", "target_township": "330402010", "housing": "dormitory"}


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
def visitor(portal, browser):
    """Return ``visitor(width=..., language=..., ...)``: a page of a new visitor."""
    contexts = []

    def come(*, width=390, language="zh-hans", elder=False, **options):
        context = browser.new_context(
            base_url=portal, viewport={"width": width, "height": 844}, **options
        )
        contexts.append(context)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language} | ({"elder": "1"} if elder else {})
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


def question_of(page):
    return page.url.split("?")[0].rstrip("/").split("/")[-1]


def walk(page, answers, looked_at=lambda _page: None):
    """Answer from the first page to the last question; what is not named is not known."""
    page.goto("/check/")
    looked_at(page)
    page.locator("main .btn-primary").click()
    for _ in range(40):
        question = question_of(page)
        if question == "answers":
            break
        looked_at(page)
        skip = page.locator("button[name=unknown]")
        if question not in answers and skip.count():
            skip.click()
            continue
        page.check(f"input[name=answer][value='{answers.get(question, 'unknown')}']")
        page.locator("main .btn-primary").click()
    looked_at(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_first_question_to_a_receipt(visitor, width, language):
    page, seen = visitor(width=width, language=language), []

    def look(page):
        seen.append(page.url.split("/check/")[-1].split("/")[-2:])
        assert faults(page) == []

    walk(page, ANSWERS, look)
    base = page.url.removesuffix("answers/")
    page.goto(f"{base}family/new/")
    look(page)
    page.check("input[name=relation][value=spouse]")
    page.check("input[name=lives_together][value=true]")
    page.locator("main .btn-primary").click()
    look(page)
    page.locator("main .btn-primary").click()
    look(page)
    verdict = page.locator("h1").inner_text()
    page.locator("main .button-row a.btn-secondary").click()
    look(page)
    assert page.locator("tbody tr").count() == 7
    page.goto(f"{base}result/")
    page.locator(KEEP).click()
    look(page)
    reference = page.locator(".confirmation .reference").inner_text()
    key = page.locator(".reference-small").inner_text()
    page.wait_for_function("document.querySelector('.qr').naturalWidth > 0")

    page.goto("/receipt/")
    look(page)
    page.fill("[name=reference]", reference)
    page.locator("main .btn-primary").click()
    look(page)
    assert page.locator("h1").inner_text() == verdict
    page.locator("form[action$='/repeat/'] button").click()
    look(page)
    assert page.locator(".notice.is-success").count() == 1
    page.locator("a[href$='/delete/']").click()
    look(page)
    page.fill("[name=deletion_key]", key)
    page.locator("main .btn-danger").click()
    look(page)

    assert len(seen) > 12
    # The browser reports the status of the deleted receipt, and nothing else.
    assert [text for text in page.complaints if "410" not in text] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_taken_back_or_over_has_no_faults(visitor, width, language):
    page = visitor(width=width, language=language)
    walk(page, ANSWERS)
    base = page.url.removesuffix("answers/")
    page.goto(f"{base}family/new/")
    page.check("input[name=relation][value=child]")
    page.locator("main .btn-primary").click()

    page.locator("a[href$='/remove/']").click()
    assert faults(page) == []
    page.locator("main .btn-danger").click()
    assert page.locator("a[href$='/remove/']").count() == 0

    page.goto(f"{base}delete/")
    assert faults(page) == []
    page.locator("main .btn-danger").click()
    assert page.locator(".confirmation h1").count() == 1
    assert faults(page) == []
    assert page.goto(f"{base}answers/").status == 404
    assert faults(page) == []

    walk(page, ANSWERS)
    Questionnaire.objects.update(expires_at=timezone.now())
    assert page.goto(page.url).status == 410
    assert faults(page) == []
    assert page.goto("/large-print/").status == 405
    assert faults(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript_the_way_leads_to_the_result(visitor, language):
    page = visitor(language=language, java_script_enabled=False)

    walk(page, ANSWERS)
    page.locator("main .btn-primary").click()

    assert page.locator(".verdict.is-eligible h1").count() == 1
    page.locator(KEEP).click()
    assert page.locator(".reference-small").count() == 1


def test_a_mistake_is_where_the_reader_is_taken(visitor):
    page = visitor()
    page.goto("/check/")
    page.locator("main .btn-primary").click()

    page.locator("main .btn-primary").click()

    expect(page.locator("#error-summary")).to_be_focused()
    assert faults(page) == []
    page.locator("#error-summary a").click()
    assert page.evaluate("document.activeElement.name") == "answer"


def test_answers_that_do_not_fit_are_where_the_reader_is_taken(visitor):
    page = visitor()
    walk(page, CITY)
    base = page.url.removesuffix("answers/")
    for part, typed in (("year", "2010"), ("month", "1"), ("day", "1")):
        page.goto(f"{base}birth_date/") if part == "year" else None
        page.fill(f"[name=answer_{part}]", typed)
    page.locator("form .btn-primary").click()
    page.goto(f"{base}pension_insurance_months/")
    page.fill("[name=answer]", "300")
    page.locator("form .btn-primary").click()

    expect(page.locator("#error-summary")).to_be_focused()
    assert faults(page) == []
    page.locator("#error-summary .btn").click()

    assert question_of(page) != "pension_insurance_months"


def test_the_keyboard_alone_is_enough(visitor):
    page = visitor(width=1280)
    page.goto("/check/")
    page.focus("main .btn-primary")
    page.keyboard.press("Enter")
    page.focus("input[name=answer]")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/target_township/")
    assert page.locator("input[value^='330483']").count() > 0


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_large_print_and_dark_have_no_faults(visitor, width, scheme):
    page = visitor(width=width, elder=True, color_scheme=scheme)
    walk(page, ANSWERS)
    base = page.url.removesuffix("answers/")

    for path in ("birth_date", "answers", "family/new", "day", "result", "places", "delete"):
        page.goto(f"{base}{path}/")
        assert faults(page) == [], path


def test_a_printed_receipt_shows_its_number_and_no_buttons(visitor):
    page = visitor(width=1280)
    walk(page, ANSWERS)
    page.locator("main .btn-primary").click()
    page.locator(KEEP).click()
    reference = page.locator(".confirmation .reference").inner_text()
    page.locator("main .button-row .btn-primary").click()

    page.emulate_media(media="print")

    assert reference in page.locator(".print-head").inner_text()
    assert page.locator(".print-head").is_visible()
    for hidden in (".site-nav", ".button-row", ".site-switches"):
        assert not page.locator(hidden).first.is_visible()
    assert "/check/" not in page.locator("main").inner_text()


def test_everything_comes_from_the_portal_itself(visitor, portal):
    page, loaded = visitor(), []
    page.on("response", lambda response: loaded.append(response))
    page.goto("/check/")
    page.locator("main .btn-primary").click()
    page.wait_for_load_state("networkidle")

    assert all(response.url.startswith(portal) for response in loaded)
    assert {r.status for r in loaded} <= {200, 302, 304}
