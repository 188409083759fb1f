"""The permit, its codes and my data in a browser: three widths, both languages, large print."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from residence_permit.choices import CaseKind
from residence_permit.core.workflow import Status
from residence_permit.models import ShareCheck
from residence_permit.services import sharing
from tests.accounts import sign_in_with_browser
from tests.browser.eyes import faults
from tests.residence_permit.applicants import load_law, ward_of
from tests.residence_permit.notifications.mailroom import reachable
from tests.residence_permit.residents import divisions
from tests.residence_permit.workbench import case_in, draft, person

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a strong pass phrase"
WIDTHS = (320, 390, 1280)


@pytest.fixture
def permit(settings, tmp_path):
    """Return a permit that was endorsed late, with a ward and a code that was looked through."""
    settings.EVIDENCE_DIR = tmp_path
    load_law()
    divisions()
    now = timezone.now()
    who = person(reachable(), name="欧阳娜娜·古丽巴哈尔·买买提")
    permit = case_in(
        Status.ISSUED,
        case=draft(who=who, now=now - timedelta(days=460)),
        now=now - timedelta(days=460),
    ).permit
    again = draft(CaseKind.ENDORSE, who=who, permit=permit, now=now - timedelta(days=30))
    case_in(Status.ISSUED, case=again, now=now - timedelta(days=30))
    ward_of(who, birth=(now - timedelta(days=3000)).date(), name="欧阳小小")
    made = sharing.create_share(
        permit_id=permit.pk,
        actor=who.user,
        purpose="租房，给房东看",
        shows=("name", "county", "issued_on", "years", "usable_until"),
        days=7,
        now=now,
    )
    sharing.check_share(code=made.code, now=now)
    permit.code = made.code
    return permit


def addresses(permit) -> list[str]:
    named = ("permit-detail", "permit-ledger", "permit-services", "share-list", "share-new")
    mine = (
        "my-data",
        "my-data-readable",
        "my-data-looks",
        "my-data-correction",
        "my-data-deletion",
        "my-portal",
        "verify-enter",
    )
    return [
        *(reverse(name, args=[permit.pk]) for name in named),
        *map(reverse, mine),
        reverse("verify", args=[permit.code]),
        reverse("verify", args=["0000000000"]),
        reverse("share-revoke", args=[permit.share_codes.get().pk]),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("elder", ["", "1"])
def test_every_page_is_for_everybody(live_server, page, permit, language, elder, tmp_path):
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    sign_in_with_browser(page, live_server.url, permit.person.user, PASSWORD)
    if elder:
        with page.expect_navigation():
            page.click("button[name=elder]")
    found = {}

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for address in addresses(permit):
            page.goto(f"{live_server.url}{address}")
            for summary in page.locator("main details:not([open]) > summary").all()[:6]:
                if summary.is_visible():
                    summary.click()
            found[width, address] = faults(page)

    assert found == {place: [] for place in found}


def test_a_code_is_made_passed_on_looked_through_and_withdrawn(live_server, page, permit):
    sign_in_with_browser(page, live_server.url, permit.person.user, PASSWORD)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}{reverse('permit-home')}")
    page.click("main a[href$='/codes/new/']")
    with page.expect_navigation():
        page.click("main form .btn-primary")  # nothing filled in
    refused = faults(page)
    page.fill("#id_purpose", "孩子报名")
    page.check("input[name=name][value=name]")
    page.check("input[name=shows][value=years]")
    with page.expect_navigation():
        page.click("main form .btn-primary")
    link = page.get_attribute(".copy-line a", "href")
    drawn = page.evaluate("document.querySelector('img.qr').naturalWidth")
    shown = faults(page)

    elsewhere = page.context.browser.new_context()
    stranger = elsewhere.new_page()
    stranger.goto(link)
    seen = stranger.inner_text("main")
    with stranger.expect_navigation():
        stranger.click("button[name=language]")
    in_english = stranger.inner_text("main")
    page.goto(f"{live_server.url}{reverse('share-list', args=[permit.pk])}")
    page.locator("main a[href$='/revoke/']").first.click()
    with page.expect_navigation():
        page.click("main form .btn-danger")
    stranger.goto(link)
    after = stranger.inner_text("main")
    elsewhere.close()

    assert (refused, shown) == ([], [])
    assert drawn > 0
    assert "可以使用" in seen
    assert permit.person.name in seen
    assert "can be used now" in in_english
    assert "shows nothing" in after
    assert ShareCheck.objects.filter(answer="revoked").exists()


def test_the_file_of_my_data_asks_for_the_password(live_server, page, permit):
    sign_in_with_browser(page, live_server.url, permit.person.user, PASSWORD)
    page.goto(f"{live_server.url}{reverse('my-data')}")

    with page.expect_download() as download:  # the sign-in was just now
        page.click("main a[href$='.json']")

    assert download.value.suggested_filename == "my-data.json"
