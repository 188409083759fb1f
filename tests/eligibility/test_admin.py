"""The reading room of the staff: everything to look at, nothing to change."""

import json
import logging
from hashlib import sha256

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from eligibility.admin.reading import ReadOnly
from eligibility.answers import check_answer
from eligibility.models import LegalDocument, Receipt, Rule, RuleVersion, Township
from eligibility.references import new_reference, normalise
from eligibility.services import checks
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.models import AuditEntry
from tests.accounts import sign_in_staff

pytestmark = pytest.mark.django_db

LAW = {
    "township": Township,
    "legaldocument": LegalDocument,
    "rule": Rule,
    "ruleversion": RuleVersion,
}
READERS = {Role.OFFICER, Role.SUPERVISOR, Role.RULE_AUTHOR, Role.RULE_APPROVER, Role.AUDITOR}
OPENERS = {Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR}
OPEN = "/admin/eligibility/receipt/"


@pytest.fixture
def sign_in(client):
    """Sign a member of staff in, in a role or as a superuser; return the client."""

    def sign(role=None):
        user = User.objects.create_user(f"staff-{role}", is_staff=True, is_superuser=role is None)
        if role is not None:
            user.groups.add(Group.objects.get(name=role.value))
        sign_in_staff(client, user)
        return client

    return sign


@pytest.fixture
def kept(published_rules):
    """Keep an answer; return its two secrets with it."""
    facts = {
        "target_township": "330483001",
        "housing": "owned",
        "pension_insurance_months": 55,
        "household": [{"relation": "spouse", "lives_together": True}],
    }
    check = checks.check_body({"facts": facts}, timezone.localdate())
    result = json.dumps(check_answer(check), ensure_ascii=False)
    return checks.keep_receipt(check, result, language="zh-hans", now=timezone.now())


def page_of(model, row):
    return reverse(f"admin:eligibility_{model}_change", args=[row.pk])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("model", LAW)
def test_the_roles_that_work_with_the_law_read_it(sign_in, role, model):
    response = sign_in(role).get(reverse(f"admin:eligibility_{model}_changelist"))

    assert response.status_code == (200 if role in READERS else 403)


@pytest.mark.parametrize("role", Role)
def test_the_roles_that_look_after_cases_open_receipts(sign_in, role):
    response = sign_in(role).get(OPEN)

    assert response.status_code == (200 if role in OPENERS else 403)


@pytest.mark.parametrize("model", LAW)
def test_nobody_adds_changes_or_deletes_here(sign_in, published_rules, model):
    row = LAW[model].objects.first()
    client = sign_in()
    before = LAW[model].objects.filter(pk=row.pk).values().get()

    statuses = [
        client.get(reverse(f"admin:eligibility_{model}_add")).status_code,
        client.post(page_of(model, row), {"name": "other"}).status_code,
        client.post(
            reverse(f"admin:eligibility_{model}_delete", args=[row.pk]), {"post": "yes"}
        ).status_code,
    ]

    assert statuses == [403, 403, 403]
    assert LAW[model].objects.filter(pk=row.pk).values().get() == before


def test_every_page_of_the_eligibility_check_is_read_only():
    registered = admin.site._registry.items()
    pages = [page for model, page in registered if model._meta.app_label == "eligibility"]
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)

    assert len(pages) >= 5
    for page in pages:
        for shown in (page, *page.get_inline_instances(request)):
            assert isinstance(shown, ReadOnly), shown


def test_a_version_shows_the_clause_beside_what_is_checked(sign_in, published_rules):
    row = RuleVersion.objects.get(rule__code="urban-owner", version="2016")

    body = sign_in(Role.OFFICER).get(page_of("ruleversion", row)).content.decode()

    for words in (
        "上述范围内有序放开落户",
        "人均住房面积不少于39.14平方米",
        "三(二)（转载文本）",
        "已发布",
        "demo-author",
        "demo-approver",
        "按当时的标准照录",
        row.content_hash,
        "城区（南湖区、秀洲区）",
        "2018年4月30日",
        reverse("rule-version", args=["urban-owner", "2016"]),
    ):
        assert words in body


def test_an_event_shows_its_reason_and_its_two_people(sign_in, published_rules):
    row = RuleVersion.objects.get(rule__code="urban-owner", version="2020")

    body = sign_in(Role.AUDITOR).get(page_of("ruleversion", row)).content.decode()

    assert "由后来的文件终止" in body
    assert "租房和自有住房不再分开规定" in body


def test_a_document_shows_its_clauses(sign_in, published_rules):
    row = LegalDocument.objects.get(slug="jiaxing-2016-31")

    body = sign_in(Role.RULE_AUTHOR).get(page_of("legaldocument", row)).content.decode()

    assert "不得以退出土地承包经营权" in body
    assert 'type="text" name="title_zh"' not in body


def test_the_staff_pages_keep_to_our_header_in_both_languages(sign_in):
    client = sign_in(Role.OFFICER)

    chinese = client.get(reverse("admin:index")).content.decode()
    client.cookies["django_language"] = "en"
    english = client.get(reverse("admin:index")).content.decode()

    assert "嘉兴户籍服务" in chinese
    assert "工作人员" in chinese
    assert "Jiaxing Hukou Portal" in english
    assert "style=" not in chinese + english
    assert "<style" not in chinese + english


def test_the_door_of_the_desk_of_rules_is_shown_to_those_who_work_at_it(sign_in):
    doors = {
        role: reverse("admin:desk-list") in sign_in(role).get(reverse("admin:index")).text
        for role in Role
        if role not in (Role.RESIDENT, Role.REPORTER)
    }

    assert {role for role, shown in doors.items() if shown} == {
        Role.RULE_AUTHOR,
        Role.RULE_APPROVER,
    }


@pytest.mark.parametrize("typed", [str, str.lower, lambda text: text.replace("-", " ")])
def test_a_receipt_is_opened_by_its_reference(sign_in, kept, typed):
    response = sign_in(Role.OFFICER).post(OPEN, {"reference": typed(kept.reference)})

    body = response.content.decode()
    assert "可以落户" in body
    assert "按当日版本重新判断，结果完全一致。" in body
    assert "55个月" in body
    assert "第1位家庭成员：与申请人的关系" in body
    assert "可以随迁" in body
    assert "no-store" in response["Cache-Control"]


def test_a_reference_in_the_address_opens_nothing(sign_in, kept):
    client = sign_in(Role.OFFICER)

    body = client.get(OPEN, {"reference": kept.reference}).content.decode()

    assert "当时给出的结果" not in body


def test_receipts_are_not_browsed(sign_in, kept):
    client = sign_in()
    receipt = Receipt.objects.get()

    pages = [page_of("receipt", receipt), f"/admin/eligibility/receipt/{receipt.pk}/history/"]

    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert str(receipt.as_of.year) + "年" not in client.get(OPEN).content.decode()


def test_opening_a_receipt_is_logged_without_its_reference(sign_in, kept, caplog):
    client = sign_in(Role.SUPERVISOR)

    with caplog.at_level(logging.INFO):
        client.post(OPEN, {"reference": kept.reference})

    [line] = [record for record in caplog.records if record.message == "receipt opened"]
    assert line.receipt == kept.receipt.pk
    assert line.actor == User.objects.get(username="staff-supervisor").pk
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert kept.reference not in said


def test_whoever_opens_a_receipt_stands_in_the_audit_log(sign_in, kept):
    client = sign_in(Role.OFFICER)

    client.post(OPEN, {"reference": kept.reference})
    client.post(OPEN, {"reference": "2222-2222-2222"})

    entry = AuditEntry.objects.get(act="open_receipt")
    assert (entry.subject, entry.purpose) == (f"receipt:{kept.receipt.pk}", "counter")
    assert entry.actor_id == User.objects.get(username=f"staff-{Role.OFFICER}").pk
    assert kept.reference not in json.dumps(entry.details)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("", "这个字段是必填项"),
        ("ABC", "编号输错了"),
        ("000000000-000000000-000000000", "没有这个编号的回执"),
    ],
)
def test_what_is_wrong_with_a_reference_is_said(sign_in, reference, message):
    body = sign_in(Role.OFFICER).post(OPEN, {"reference": reference}).content.decode()

    assert message in body


def test_a_deleted_receipt_says_so(sign_in, kept):
    checks.delete_receipt(kept.reference, kept.deletion_key, now=timezone.now())

    body = sign_in(Role.OFFICER).post(OPEN, {"reference": kept.reference}).content.decode()

    assert "这份回执已由持有人删除。" in body
    assert "当时给出的结果" not in body


def test_a_receipt_that_no_longer_holds_is_reported(sign_in, kept):
    record = json.loads(kept.receipt.record) | {"verdict": "not_eligible"}
    reference = new_reference()
    kept.receipt.pk = None
    kept.receipt.reference_digest = sha256(normalise(reference).encode()).hexdigest()
    kept.receipt.record = json.dumps(record)
    kept.receipt.save(force_insert=True)

    body = sign_in(Role.OFFICER).post(OPEN, {"reference": reference}).content.decode()

    assert "按当日版本重新判断，结果不一致。" in body


def test_references_are_not_tried_out(sign_in, settings):
    settings.RATES = settings.RATES | {"receipts": "1/h"}
    client = sign_in(Role.OFFICER)
    wrong = {"reference": "000000000-000000000-000000000"}

    statuses = [client.post(OPEN, wrong).status_code for _ in range(2)]

    assert statuses == [200, 429]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_townships_asks_the_same_number_of_questions(
    sign_in, rows, django_assert_num_queries
):
    Township.objects.all().delete()
    for number in range(rows):
        Township.objects.create(code=str(number), name="镇", county_code="330402", county="南湖区")
    client = sign_in(Role.OFFICER)

    with django_assert_num_queries(9):
        client.get(reverse("admin:eligibility_township_changelist"))


@pytest.mark.parametrize(
    ("model", "found", "queries"),
    [
        ("legaldocument", "administrative-litigation-law", 7),
        ("legaldocument", "jiaxing-20", 7),
        ("rule", "urban-owner", 7),
        ("rule", "family", 7),
        ("ruleversion", "urban-investor", 10),
        ("ruleversion", "urban", 10),
    ],
)
def test_the_lists_of_the_law_ask_the_same_number_of_questions(
    sign_in, published_rules, model, found, queries, django_assert_num_queries
):
    client = sign_in(Role.OFFICER)
    client.get("/rules/")  # a ruleset is read once a process

    with django_assert_num_queries(queries):
        client.get(reverse(f"admin:eligibility_{model}_changelist"), {"q": found})


@pytest.mark.parametrize(("version", "events"), [("2018", 0), ("2020", 1)])
def test_the_page_of_a_version_asks_the_same_number_of_questions(
    sign_in, published_rules, version, events, django_assert_num_queries
):
    row = RuleVersion.objects.get(rule__code="urban-owner", version=version)
    client = sign_in(Role.OFFICER)
    client.get("/rules/")  # a ruleset is read once a process

    assert row.events.count() == events
    with django_assert_num_queries(8):
        client.get(page_of("ruleversion", row))
