"""The pages everybody reads: home, help, the switch to large print, rules and documents."""

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from eligibility.models import LegalDocument
from eligibility.services.rules import (
    Ground,
    RuleBreaches,
    draft_rule,
    keep_document,
    publish_rule,
    record_event,
    submit_rule,
)
from jiaxing_hukou.accounts.models import User
from tests.eligibility.builders import leaf, make_record
from tests.eligibility.workbench import proved

pytestmark = pytest.mark.django_db

OWNER = {"code": "urban-owner"}


@pytest.fixture
def people(db):
    return [User.objects.create_user(name) for name in ("writes", "approves")]


@pytest.fixture
def publish_trial(people):
    """Publish a small rule of its own document under a code; return its row."""

    def publish(code="trial-route", version="1", condition=None, **changes):
        writer, approver = people
        words = {"zh": "试行办法", "en": "Trial measures"}
        document = keep_document(
            {
                "slug": f"document-of-{code}",
                "title": words,
                "number": "",
                "issuer": words,
                "issued_on": None,
                "effective_from": date(2016, 6, 28),
                "provenance": "official",
                "note": {},
            },
            {"一": "摘要：试。"},
        )
        wanted = condition or leaf("housing", "is", "owned")
        record = make_record(wanted, code=code, version=version, **changes)
        record["citations"]["一"]["slug"] = document.slug
        now = timezone.now()
        row, _ = draft_rule(record=record, document=document, author=writer, position=0, now=now)
        submit_rule(rule_version_id=proved(row).pk, author=writer, now=now)
        return approved(row, approver, now)

    return publish


def approved(row, approver, now):
    """Publish a version; whatever a trial law leaves out is overridden in writing."""
    asked = {"rule_version_id": row.pk, "approver": approver, "now": now}
    try:
        return publish_rule(**asked)
    except RuleBreaches as missing:
        reason = {"zh": "仅供测试。", "en": "For a test only."}
        return publish_rule(**asked, overrides={one.code: reason for one in missing.breaches})


def english(client):
    client.cookies["django_language"] = "en"
    return client


def test_home_shows_the_doors_in_both_languages(client):
    chinese = client.get("/")
    other = english(client).get("/")

    assert "我能落户吗" in chinese.content.decode()
    assert "Can I register my hukou here?" in other.content.decode()
    page = client.get(reverse("help"))

    assert page.status_code == 200
    assert all(reverse(name) in page.text for name in ("case-start", "case-status", "my-data"))


def test_large_print_is_remembered_and_switched_off_again(client):
    switch = reverse("elder-mode")

    on = client.post(switch, {"elder": "1", "next": "/rules/?as_of=2019-01-01"})

    assert (on.status_code, on["Location"]) == (302, "/rules/?as_of=2019-01-01")
    cookie = on.cookies["elder"]
    assert (cookie.value, cookie["samesite"], cookie["max-age"]) == ("1", "Lax", 31_536_000)
    assert "data-elder" in client.get("/help/").content.decode()

    client.post(switch, {"elder": "0", "next": "/"})

    assert "data-elder" not in client.get("/help/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_large_print_leads_to_no_other_site(client, target):
    response = client.post(reverse("elder-mode"), {"elder": "1", "next": target})

    assert response["Location"] == "/"


def test_large_print_is_switched_by_post_alone(client):
    assert client.get(reverse("elder-mode")).status_code == 405


def test_the_list_has_every_rule_in_the_order_of_the_table(client, published_rules):
    body = client.get(reverse("rule-list")).content.decode()

    codes = re.findall(r'<h3><a href="/rules/([a-z-]+)/">', body)
    assert codes[:4] == [
        "county-stable-residence",
        "urban-owner",
        "urban-tenant",
        "urban-stable-residence",
    ]
    assert codes[-1] == "accompanying-family"
    assert len(codes) == 16


def test_the_list_shows_another_day(client, published_rules):
    response = client.get(reverse("rule-list"), {"as_of": "2019-01-01"})

    body = response.content.decode()
    assert "2019年1月1日施行的规定" in body
    assert 'value="2019-01-01"' in body
    urban_tenant = body.split("/rules/urban-tenant/")[1].split("<h3>")[0]
    assert "尚未施行" in urban_tenant


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("2016-06-27", "2016年6月28日以前没有收录规定"),
        ("2019-02-30", "日历上没有这一天"),
        ("gestern", "请按“年-月-日”填写日期"),
        ("<b>", "请按“年-月-日”填写日期"),
    ],
)
def test_a_wrong_day_is_kept_and_explained(client, published_rules, raw, message):
    response = client.get(reverse("rule-list"), {"as_of": raw})

    body = response.content.decode()
    assert response.status_code == 422
    assert message in body
    assert f'value="{escape(raw)}"' in body
    assert "error-summary" in body


def test_nothing_published_is_said_so(client):
    assert "还没有规定" in client.get(reverse("rule-list")).content.decode()
    assert "还没有文件" in client.get(reverse("document-list")).content.decode()


def test_a_rule_shows_its_versions_with_their_real_days(client, published_rules):
    body = client.get(reverse("rule-detail", kwargs=OWNER)).content.decode()

    days = re.findall(r'<time datetime="([\d-]+)">([^<]+)</time>', body)
    assert days[:3] == [
        ("2020-08-22", "2020年8月22日至2023年7月21日"),
        ("2018-05-01", "2018年5月1日至2020年8月21日"),
        ("2016-06-28", "2016年6月28日至2018年4月30日"),
    ]
    assert "自2023年7月22日起由后来的文件终止。由“全面取消落户限制”代替" in body
    assert "最后施行的2020版" in body


def test_a_suspended_version_shows_the_days_that_are_left(client, publish_trial, people):
    row = publish_trial()
    writer, approver = people
    for kind, day in (("suspended", date(2020, 1, 1)), ("resumed", date(2021, 1, 1))):
        record_event(
            rule_version_id=row.pk,
            kind=kind,
            from_day=day,
            ground=Ground(reason={"zh": f"理由{kind}", "en": f"because {kind}"}),
            author=writer,
            approver=approver,
            now=timezone.now(),
        )

    body = english(client).get(reverse("rule-detail", args=["trial-route"])).content.decode()

    assert "28 June 2016 to 31 December 2019" in body
    assert "from 1 January 2021" in body
    assert "Suspended from 1 January 2020. because suspended" in body
    assert "In force again from 1 January 2021. because resumed" in body


def test_a_version_shows_the_clause_beside_what_is_checked(client, published_rules):
    url = reverse("rule-version", kwargs=OWNER | {"version": "2018"})

    body = client.get(url).content.decode()

    assert "摘要：在城区自有住房或租住公租房，持有居住证" in body
    assert "在嘉兴连续缴纳职工基本养老保险满60个月" in body
    assert "符合以下任何一项" in body
    assert "城区住所（转载文本）" in body
    assert "证明材料：职工基本养老保险参保证明" in body
    assert "申请人本人，以及共同居住生活的家人。" in body
    assert "依据公开转载文本，以公安机关核定为准。" in body
    assert "取消人均住房面积" in body
    assert '<link rel="alternate" type="application/json" href="/api/v1/rules/urban-owner">' in body
    assert re.search(r"sha256:[0-9a-f]{64}", body)


def test_a_branch_for_the_applicant_alone_says_so(client, published_rules):
    url = reverse("rule-version", args=["urban-employment", "2020"])

    assert "（只限本人）" in client.get(url).content.decode()


def test_the_family_rule_has_its_page(client, published_rules):
    body = client.get(reverse("rule-detail", args=["accompanying-family"])).content.decode()

    assert "与申请人共同居住" in body
    assert "由派出所认定" in body


@pytest.mark.parametrize(
    "path",
    [
        "/rules/nothing/",
        "/rules/nothing/diff/",
        "/rules/urban-owner/1999/",
        "/rules/urban-owner/diff/?from=1999&to=2018",
        "/documents/nothing/",
    ],
)
def test_what_is_not_there_is_not_found(client, published_rules, path):
    response = client.get(path)

    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()


def test_a_draft_is_not_public(client, publish_trial, people):
    publish_trial()
    record = make_record(leaf("housing", "is", "owned"), code="trial-route", version="2")
    record["effective_from"] = "2030-01-01"
    document = LegalDocument.objects.get(slug="document-of-trial-route")
    draft_rule(record=record, document=document, author=people[0], position=0, now=timezone.now())

    assert client.get("/rules/trial-route/2/").status_code == 404
    assert "2030" not in client.get("/rules/trial-route/").content.decode()


def test_a_document_that_only_a_draft_rests_on_is_not_public(client, publish_trial, people):
    publish_trial()
    draft_only = LegalDocument.objects.create(
        slug="draft-only", title_zh="草案", title_en="Draft", provenance="official"
    )
    record = make_record(leaf("housing", "is", "owned"), code="other-route")
    draft_rule(record=record, document=draft_only, author=people[0], position=1, now=timezone.now())

    assert client.get("/documents/draft-only/").status_code == 404
    assert "草案" not in client.get("/documents/").content.decode()


def test_the_last_two_versions_are_compared_in_words(client, published_rules):
    body = client.get(reverse("rule-diff", kwargs=OWNER)).content.decode()

    assert "从2018版到2020版" in body
    assert "浙江户籍满5年）。" in body  # with the insurance, of which one was enough
    assert "<del>浙江户籍满5年</del>" in body
    assert "<ins>有居住登记凭证</ins>" in body


def test_versions_further_apart_bring_the_summaries_between_them(client, published_rules):
    url = reverse("rule-diff", kwargs=OWNER)

    body = client.get(url, {"from": "2016", "to": "2020"}).content.decode()

    assert "2018版：取消人均住房面积" in body
    assert "2020版：取消养老保险" in body


def test_a_rule_with_one_version_has_nothing_to_compare(client, publish_trial):
    publish_trial()

    assert "只有一个版本" in client.get("/rules/trial-route/diff/").content.decode()


def test_a_document_has_every_clause_under_its_anchor(client, published_rules):
    body = client.get(reverse("document-detail", args=["jiaxing-2016-31"])).content.decode()

    assert 'id="clause-三(一)"' in body
    assert "嘉政发〔2016〕31号" in body
    assert "官方文本" in body
    assert '<a href="/rules/county-stable-residence/2016/">' in body


def test_a_clause_links_to_its_place_in_the_document(client, published_rules):
    url = reverse("rule-version", args=["county-stable-residence", "2016"])

    body = client.get(url).content.decode()

    assert 'href="/documents/jiaxing-2016-31/#clause-%E4%B8%89%28%E4%B8%80%29"' in body


def test_the_pages_speak_english(client, published_rules):
    english(client)

    for path in (
        "/rules/",
        "/rules/urban-owner/",
        "/rules/urban-owner/2018/",
        "/rules/urban-owner/diff/",
        "/documents/",
    ):
        body = client.get(path).content.decode()
        assert "规定" not in re.sub(r'lang="zh-Hans">.*?</', "", body, flags=re.DOTALL), path
    body = client.get("/rules/urban-owner/2018/").content.decode()
    assert "At least 60 months of employees&#x27; pension insurance" in body


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_ask_the_same_number_of_questions(
    client, publish_trial, rows, django_assert_num_queries
):
    for number in range(rows):
        publish_trial(code=f"trial-{number}")
    client.get("/rules/")  # a ruleset is read once a process

    with django_assert_num_queries(1):
        client.get("/rules/")
    with django_assert_num_queries(3):
        client.get("/documents/")


@pytest.mark.parametrize("versions", [1, 3])
def test_a_rule_asks_the_same_number_of_questions(
    client, publish_trial, versions, django_assert_num_queries
):
    for number in range(versions):
        publish_trial(version=str(number), effective_from=f"20{17 + number}-01-01")
    client.get("/rules/")

    with django_assert_num_queries(4):
        client.get("/rules/trial-route/")
    with django_assert_num_queries(4):
        client.get("/rules/trial-route/0/")
    with django_assert_num_queries(4):
        client.get("/rules/trial-route/diff/")
    with django_assert_num_queries(3):
        client.get("/documents/document-of-trial-route/")


def test_a_wrong_day_is_said_once_above_and_once_at_the_field(client, published_rules):
    body = client.get(reverse("rule-list"), {"as_of": "x"}).content.decode()

    assert body.count('id="error-summary"') == 1
    assert '<a href="#id_as_of">' in body
