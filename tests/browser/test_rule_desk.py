"""The rule author's desk in a browser: the tenant rule of 2022 written by hand, and published.

The database holds the law up to 2020. An author enters the document of 2022 and writes the new
version from the old one, with one figure mistyped; the worked example stops it; mended, a second
person approves it, and residents see it on its day.
"""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from eligibility.core.condition import leaves
from eligibility.desk_words import boundary_name
from eligibility.legal_files import read_gaps, read_order
from eligibility.models import RuleVersion
from eligibility.records import to_rule
from eligibility.services import rules
from eligibility.services.desk import keep_gaps
from eligibility.services.examples import generate_examples
from tests.accounts import sign_in_with_browser
from tests.browser.eyes import faults
from tests.eligibility.builders import RULES, legal_files, shipped_rule

pytestmark = pytest.mark.django_db(transaction=True)

LATER = ("jiaxing-2022-relaxation.yaml", "zhejiang-2023-2027-plan.yaml")
CLAUSE = "jiaxing-2022-opinions#城区租赁"
WORDS = "摘要：在城区租房，办理租赁登记备案，登记累计满12个月，且在现租住处住满6个月的，可以落户。"
SAID = {"zh": "补录。", "en": "Entered later."}
OVERRIDDEN = (
    "published_into_the_past",
    "before_its_document",
    "no_impact_run",
    "leaf_adds_nothing",
    "no_floor_area",
    "rural_transfer",
    "narrower_than_superior_law",
)


class Silent:
    def write(self, text):
        """Say nothing."""


def publish_until_2020():
    """Put the law up to 2020 into the database, proved by examples at its boundaries."""
    people = get_user_model().objects
    author, approver = people.get(username="demo-author"), people.get(username="demo-approver")
    now, order = timezone.now(), read_order(RULES)
    keep_gaps(read_gaps(RULES))
    for file in legal_files():
        if file.path.name in LATER:
            continue
        document = rules.keep_document(file.document, file.clauses)
        for record in file.records:
            position = order.index(record["code"]) if record["code"] in order else 99
            row, _ = rules.draft_rule(
                record=record, document=document, author=author, position=position, now=now
            )
            generate_examples(rule_version_id=row.pk, author=author, now=now, name=boundary_name)
            rules.submit_rule(rule_version_id=row.pk, author=author, now=now)
            rules.publish_rule(
                rule_version_id=row.pk,
                approver=approver,
                now=now,
                overrides=dict.fromkeys(OVERRIDDEN, SAID),
            )


@pytest.fixture
def portal(live_server):
    """Return the address of a portal that holds the law up to 2020."""
    call_command("load_demo_accounts", verbosity=0, stdout=Silent())
    call_command("load_divisions", stdout=Silent())
    publish_until_2020()
    return live_server.url


class Desk:
    """A person at the desk; every page that is opened is looked at."""

    def __init__(self, portal, page, language, width=1280):
        self.portal, self.page, self.wrong = portal, page, {}
        page.set_viewport_size({"width": width, "height": 900})
        page.context.add_cookies([{"name": "django_language", "value": language, "url": portal}])

    def sign_in(self, name):
        self.page.context.clear_cookies(name="jiaxing_session")
        sign_in_with_browser(self.page, self.portal, get_user_model().objects.get(username=name))
        self.open("list")

    def open(self, name, *args):
        self.page.goto(self.portal + reverse(f"admin:desk-{name}", args=args))
        self.look()

    def click(self, where):
        with self.page.expect_navigation():
            self.page.click(where)
        self.look()

    def save(self):
        self.click("#content input.default")

    def fill(self, **values):
        for name, value in values.items():
            field = self.page.locator(f"#id_{name.replace('__', '-')}")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def tick(self, name, value):
        self.page.check(f'input[name="{name}"][value="{value}"]')

    def look(self):
        """Note what a reader with other eyes or hands would stumble over."""
        found = faults(self.page)
        if found:
            self.wrong[self.page.url.removeprefix(self.portal)] = found


def add_line(desk, pk, fact, figure, name, paper):
    """Add a line that asks for at least ``figure`` at the end of the outermost group."""
    desk.click("#n-r > .node-tools a[href*='where=inside']")
    desk.fill(fact=fact)
    desk.click("form:has(#id_fact) input.default")
    desk.fill(operator="at_least", figure="", new_value=figure, id=name, clause=CLAUSE)
    desk.tick("papers", paper)
    desk.save()


def cite_anew(desk, place):
    """Let a line cite the new document."""
    desk.click(f"#n-{place} > .node-tools a[href*='where=replace']")
    desk.fill(clause=CLAUSE)
    desk.save()


def asked(condition):
    """Return what each line of a condition asks, under whatever name its figure goes."""
    return [
        (leaf.id, leaf.fact, leaf.operator, leaf.value, leaf.papers) for leaf in leaves(condition)
    ]


def verdict_on(page, portal, day):
    """Return what the check answers a tenant of one year on a day."""
    facts = {
        "target_township": "330402010",
        "housing": "rented_private",
        "lease_registered": True,
        "residence_registration_months": 12,
        "months_in_current_rental": 6,
        "continuous_residence_months": 12,
    }
    answer = page.request.post(
        f"{portal}/api/v1/eligibility/check",
        data=json.dumps({"as_of": day, "facts": facts}),
        headers={"Content-Type": "application/json"},
    ).json()
    return next(r["verdict"] for r in answer["routes"] if r["code"] == "urban-tenant")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_tenant_rule_of_2022_is_written_by_hand_and_published(portal, page, language):
    desk = Desk(portal, page, language)
    desk.sign_in("demo-author")
    desk.click("a[href$='/new/urban-tenant/']")
    desk.fill(version="2022", effective_from="2022-02-01")
    desk.save()
    row = RuleVersion.objects.get(rule__code="urban-tenant", version="2022")

    # The document, with its clause.
    desk.click("a[href$='/document/']")
    desk.fill(
        slug="jiaxing-2022-opinions",
        title_zh="关于进一步放开我市落户条件的意见",
        title_en="Opinions on opening the conditions of settlement in our city further",
        issuer_zh="未查到",
        issuer_en="Not found",
        level="city",
        effective_from="2022-02-01",
        provenance="secondary",
        clause__0__article="城区租赁",
        clause__0__text=WORDS,
    )
    desk.save()
    desk.fill(
        document="jiaxing-2022-opinions",
        clause=CLAUSE,
        summary_zh="不再要求连续居住36个月，改为居住登记累计满12个月、现租住处住满6个月。",
        summary_en="36 months of residence give way to 12 of registration and 6 in the rental.",
    )
    desk.save()

    # The condition; 120 is typed where the document says 12.
    cite_anew(desk, "r-0")
    cite_anew(desk, "r-1")
    desk.click("#n-r-2 > .node-tools button[value=remove]")
    add_line(
        desk,
        row.pk,
        "residence_registration_months",
        "120",
        "registration-months",
        "residence_registration",
    )
    add_line(desk, row.pk, "months_in_current_rental", "6", "current-rental", "private_lease")

    # What must come out by the words of the document.
    desk.open("example", row.pk)
    desk.fill(
        name="租房已备案，登记满12个月，现租满6个月",
        expect="met",
        as_of="2022-02-01",
        housing="rented_private",
        lease_registered="true",
        residence_registration_months="12",
        months_in_current_rental="6",
    )
    desk.save()
    desk.click("form[action$='/generate/'] button")

    # The gate refuses it, and says where.
    desk.open("review", row.pk)
    desk.click("form[action$='/submit/'] input.default")
    row.refresh_from_db()
    assert row.status == RuleVersion.Status.DRAFT
    assert "租房已备案，登记满12个月，现租满6个月" in page.inner_text("li.is-absolute")

    # Mended, looked at for one case, and submitted.
    desk.open("draft", row.pk)
    desk.click("a[href$='/figure/min_registration_months/']")
    desk.fill(value="12")
    desk.save()
    desk.open("examples", row.pk)
    desk.click("form[action$='/generate/'] button")
    desk.open("case", row.pk)
    desk.fill(
        as_of="2022-02-01",
        housing="rented_private",
        lease_registered="true",
        residence_registration_months="12",
        months_in_current_rental="6",
        continuous_residence_months="12",
    )
    desk.save()
    assert page.locator(".verdict .is-not_met").count() == 1
    assert page.locator(".verdict .is-met").count() == 1
    desk.open("impact", row.pk)
    desk.open("checks", row.pk)
    assert page.locator("li.is-absolute").count() == 0
    desk.open("review", row.pk)
    desk.click("form[action$='/submit/'] input.default")

    # A second person reads what changes, writes the reasons, and approves.
    desk.sign_in("demo-approver")
    desk.click(f"a[href$='/{row.pk}/review/']")
    assert page.locator(".sentences li").count() >= 3
    for area in page.locator(".override textarea").all():
        zh = (area.get_attribute("name") or "").endswith("-zh")
        area.fill("补录2022年的规定。" if zh else "The provisions of 2022, entered later.")
    desk.save()

    # In force as the shipped version is, and visible on its day.
    row.refresh_from_db()
    assert (row.status, row.approver.username) == (RuleVersion.Status.PUBLISHED, "demo-approver")
    written = to_rule(row.record).condition
    assert asked(written) == asked(shipped_rule("urban-tenant@2022").condition)
    page.goto(f"{portal}/rules/?as_of=2022-01-31")
    before = page.inner_text("li:has(> h3 > a[href='/rules/urban-tenant/'])")
    page.goto(f"{portal}/rules/?as_of=2022-02-01")
    on_the_day = page.inner_text("li:has(> h3 > a[href='/rules/urban-tenant/'])")
    summary = row.record["summary"]["en" if language == "en" else "zh"]
    assert summary not in before
    assert summary in on_the_day
    assert verdict_on(page, portal, "2022-01-31") == "not_met"
    assert verdict_on(page, portal, "2022-02-01") == "met"
    assert desk.wrong == {}


def test_a_rule_that_there_was_not_is_written_by_hand_and_published(portal, page):
    desk = Desk(portal, page, "zh-hans")
    desk.sign_in("demo-author")

    # Its document, corrected once before anything cites it.
    desk.open("document-new")
    desk.fill(
        slug="jiaxing-2026-volunteers",
        title_zh="关于志愿服务者落户的通知（试）",
        title_en="Notice on the settlement of volunteers (trial)",
        issuer_zh="试办",
        issuer_en="The trial office",
        provenance="official",
        clause__0__article="一",
        clause__0__text="紧缺工种从业人员在城区可以落户。",
    )
    desk.save()
    desk.click("a[href$='/documents/jiaxing-2026-volunteers/']")
    desk.fill(clause__0__text="在城区从业、工种属于紧缺工种的，可以落户。")
    desk.save()

    # The rule: its first line, then its description.
    desk.open("list")
    desk.click("a[href$='/rules/new/']")
    desk.fill(fact="skill_in_shortage")
    desk.click("form:has(#id_fact) input.default")
    clause = "jiaxing-2026-volunteers#一"
    desk.fill(
        code="urban-scarce-skill",
        name_zh="城区紧缺工种",
        name_en="Scarce skills in the city",
        document="jiaxing-2026-volunteers",
        clause=clause,
        version="2026",
        effective_from="2030-01-01",
        summary_zh="新增一条途径。",
        summary_en="A route is added.",
        registers="self",
        line__value="true",
        line__clause=clause,
        line__new_paper_zh="紧缺工种证明",
        line__new_paper_en="Proof of a scarce skill",
    )
    desk.tick("areas", "urban")
    desk.save()
    row = RuleVersion.objects.get(rule__code="urban-scarce-skill")
    assert "紧缺工种证明" in page.inner_text("#n-r")

    desk.open("examples", row.pk)
    desk.click("form[action$='/generate/'] button")
    desk.open("review", row.pk)
    desk.click("form[action$='/submit/'] input.default")
    desk.sign_in("demo-approver")
    desk.open("review", row.pk)
    for area in page.locator(".override textarea").all():
        zh = (area.get_attribute("name") or "").endswith("-zh")
        area.fill("试。" if zh else "A trial.")
    desk.save()

    row.refresh_from_db()
    assert row.status == RuleVersion.Status.PUBLISHED
    page.goto(f"{portal}/rules/?as_of=2030-01-01")
    assert page.locator("a[href='/rules/urban-scarce-skill/']").count() >= 1
    page.goto(f"{portal}/rules/?as_of=2029-12-31")
    assert "新增一条途径。" not in page.inner_text("main")
    assert desk.wrong == {}


def test_a_version_is_suspended_by_two_people(portal, page):
    desk = Desk(portal, page, "zh-hans")
    row = RuleVersion.objects.get(rule__code="urban-talent", version="2020")
    desk.sign_in("demo-author")

    desk.open("review", row.pk)
    desk.click("a[href$='/events/']")
    desk.fill(from_day="2027-03-01", reason_zh="试行暂停。", reason_en="The trial pauses.")
    desk.save()
    desk.sign_in("demo-approver")
    desk.click("a[href*='/proposals/']")
    desk.save()

    assert "试行暂停。" in page.inner_text("#content-main")
    assert row.events.get().kind == "suspended"
    assert desk.wrong == {}


def test_the_desk_works_on_a_phone_and_without_scripts(portal, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in_with_browser(page, portal, get_user_model().objects.get(username="demo-author"))
    page.goto(portal + reverse("admin:desk-list"))

    page.locator("a[href$='/new/urban-tenant/']").press("Enter")
    page.fill("#id_version", "2022")
    page.fill("#id_effective_from", "2022-02-01")
    page.locator("#id_version").press("Enter")
    page.wait_for_url("**/desk/*/")
    page.locator("#n-r-1 > .node-tools button[value=up]").press("Enter")
    page.wait_for_url("**#n-*")

    row = RuleVersion.objects.get(rule__code="urban-tenant", version="2022")
    assert row.record["condition"]["all"][0]["id"] == "lease-registered"
    assert page.locator(".node-text").nth(1).inner_text() == "租房合同已办理租赁登记备案"

    page.locator("#n-r-0 > .node-tools summary").press("Enter")
    page.locator("#n-r-0 > .node-tools button[value=any]").press("Enter")
    page.wait_for_url("**#n-*")
    page.locator("#n-r-1 > .node-tools a[href*='/move/']").press("Enter")
    page.locator("input[name=group][value=r-0]").press("Space")
    page.locator("#content input.default").press("Enter")
    page.wait_for_url("**/desk/*/")
    row.refresh_from_db()
    assert [line["id"] for line in row.record["condition"]["all"][0]["any"]] == [
        "lease-registered",
        "housing",
    ]
    context.close()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_scrolls_sideways_on_a_phone(portal, page, language):
    desk = Desk(portal, page, language, width=390)
    desk.sign_in("demo-author")
    desk.click("a[href$='/new/urban-employment/']")
    desk.fill(version="2027", effective_from="2027-01-01")
    desk.save()
    row = RuleVersion.objects.get(rule__code="urban-employment", version="2027")

    for name in ("head", "document", "line", "case", "examples", "example", "checks", "impact"):
        desk.open(name, row.pk)
    desk.open("review", row.pk)
    for name in ("list", "gaps", "packages", "documents", "document-new", "new-rule"):
        desk.open(name)
    desk.open("document-edit", row.document.slug)
    desk.open("draft", row.pk)
    desk.click("#n-r-1-0 > .node-tools a[href*='/move/']")
    desk.open("new-rule")
    desk.fill(fact="pension_insurance_months")
    desk.click("form:has(#id_fact) input.default")

    assert desk.wrong == {}
