"""The pages of the rule author's desk: who may do what, and that nothing typed is lost."""

import json
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from eligibility.answers import check_answer
from eligibility.core.impact_tables import LEVELS
from eligibility.measuring import measure
from eligibility.models import (
    ImpactRun,
    LegalDocument,
    ProposedEvent,
    RuleEvent,
    RuleVersion,
    WorkedExample,
)
from eligibility.services import checks, desk
from eligibility.services.draft_records import lines
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.models import AuditEntry
from tests.eligibility.desk_bench import (
    DOCUMENT,
    FIRST,
    STATUS,
    add_line,
    at,
    begun,
    body,
    head_form,
    proved,
    reasons,
    submitted,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published_rules")]

READERS = {Role.OFFICER, Role.SUPERVISOR, Role.RULE_AUTHOR, Role.RULE_APPROVER, Role.AUDITOR}

# Who may


@pytest.mark.parametrize("role", Role)
def test_those_who_read_the_law_see_the_desk_and_no_others(sign_in, role):
    row = begun()
    client = sign_in(role)

    pages = [at("list"), at("gaps"), *(at(tab, row.pk) for tab in ("draft", "case", "examples"))]
    pages += [at(tab, row.pk) for tab in ("checks", "impact", "review", "picture", "download")]

    assert {client.get(page).status_code for page in pages} == {200 if role in READERS else 403}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RULE_AUTHOR])
def test_only_authors_write(sign_in, role):
    row = begun()
    client = sign_in(role)
    before = RuleVersion.objects.filter(pk=row.pk).values().get()

    asked = [
        client.get(at("start", "urban-owner")),
        client.get(at("packages")),
        client.get(at("head", row.pk)),
        client.get(at("document", row.pk)),
        client.get(at("line", row.pk)),
        client.get(at("drop", row.pk)),
        client.get(at("example", row.pk)),
        client.post(at("act", row.pk), {"act": "remove", "at": "r-0", "revision": 1}),
        client.post(at("drop", row.pk)),
        client.post(at("generate", row.pk)),
        client.post(at("submit", row.pk)),
    ]

    assert {response.status_code for response in asked} == {403}
    assert RuleVersion.objects.filter(pk=row.pk).values().get() == before


def test_an_officer_sees_no_button_of_the_tree(sign_in):
    row = begun()

    shown = body(sign_in(Role.OFFICER).get(at("draft", row.pk)))

    assert 'name="act"' not in shown
    assert "where=inside" not in shown


def test_an_author_does_not_approve(author):
    row = submitted(author, begun())

    response = author.post(
        at("review", row.pk), {"reviewed_hash": row.content_hash, **reasons("no_impact_run")}
    )

    row.refresh_from_db()
    assert response.status_code == 403
    assert row.status == STATUS.IN_REVIEW


def test_whoever_edited_does_not_approve_though_an_approver(sign_in):
    sign_in(Role.RULE_AUTHOR, "second")
    client = sign_in(Role.RULE_APPROVER, "second")
    row = begun()
    client.post(at("act", row.pk), {"act": "down", "at": "r-0", "revision": row.revision})
    client = sign_in(Role.RULE_AUTHOR, "author")
    client.post(at("act", row.pk), {"act": "up", "at": "r-1", "revision": 2})
    submitted(client, row)

    client = sign_in(Role.RULE_APPROVER, "second")
    shown = body(client.get(at("review", row.pk)))
    response = client.post(at("review", row.pk), {"reviewed_hash": row.content_hash})

    assert "须由另一人批准" in shown
    assert response.status_code == 403


def test_a_published_version_is_not_edited(author):
    row = RuleVersion.objects.get(rule__code="urban-owner", version="2020")

    asked = [
        author.get(at("head", row.pk)),
        author.post(at("act", row.pk), {"act": "remove", "at": "r-0", "revision": 1}),
        author.post(at("generate", row.pk)),
        author.get(at("example", row.pk)),
    ]

    assert {response.status_code for response in asked} == {403}


# Writing


def test_a_version_begins_with_what_is_in_force(author):
    response = author.post(
        at("start", "urban-employment"), {"version": "2027", "effective_from": "2027-01-01"}
    )

    row = RuleVersion.objects.get(rule__code="urban-employment", version="2027")
    source = RuleVersion.objects.get(rule__code="urban-employment", version="2020")
    assert response.url == at("draft", row.pk)
    assert row.record["condition"] == source.record["condition"]
    assert (row.author, row.status, row.effective_from) == (author.user, STATUS.DRAFT, FIRST)


def test_a_name_that_is_taken_is_refused_with_what_was_typed(author):
    response = author.post(
        at("start", "urban-employment"), {"version": "2020", "effective_from": "2027-01-01"}
    )

    assert response.status_code == 422
    assert "已有同名的版本" in body(response)
    assert 'value="2020"' in body(response)


@pytest.mark.parametrize(
    ("act", "place", "expected"),
    [
        ("remove", "r-0", ["special-occupation", "special-occupation-pension"]),
        ("down", "r-0", ["special-occupation", "special-occupation-pension"]),
        ("any", "r-0", ["skill-in-shortage", "special-occupation"]),
        ("flip", "r", ["skill-in-shortage", "special-occupation"]),
        ("negate", "r-0", ["skill-in-shortage", "special-occupation"]),
    ],
)
def test_a_button_changes_the_tree(author, act, place, expected):
    row = begun()

    response = author.post(at("act", row.pk), {"act": act, "at": place, "revision": row.revision})

    changed = RuleVersion.objects.get(pk=row.pk)
    ids = [line["id"] for line in lines(changed.record["condition"])]
    assert response.status_code == 302
    assert changed.revision == row.revision + 1
    assert ids[:2] == expected


def test_a_line_is_added_with_a_new_figure(author):
    row = begun()

    response = add_line(author, row)

    row.refresh_from_db()
    assert response.status_code == 302
    assert row.record["condition"]["any"][-1] == {
        "id": "pension",
        "clause": "城区就业",
        "fact": "pension_insurance_months",
        "at_least": "$min_pension",
        "papers": ["pension_record"],
    }
    assert row.record["parameters"]["min_pension"] == {
        "value": 6,
        "unit": "months",
        "clause": "城区就业",
    }


def test_a_line_begins_a_group(author):
    row = begun()

    add_line(author, row, group="all")

    row.refresh_from_db()
    assert list(row.record["condition"]["any"][-1]) == ["all"]


def test_a_line_for_an_officer_comes_from_the_register(author):
    row = begun()

    response = author.post(
        at("line", row.pk) + "?at=r&where=inside&gap=honour-period",
        {"clause": "jiaxing-2020-relaxation#城区就业", "papers": [], "group": "", "revision": 1},
    )

    row.refresh_from_db()
    assert response.status_code == 302
    assert row.record["condition"]["any"][-1]["judgement"] == "honour-period"
    assert row.record["condition"]["any"][-1]["asks"]["zh"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"new_value": ""}, "请在上面选择数字"),
        ({"new_value": "three"}, "请写整数"),
        ({"id": "Pension"}, "请用小写字母和数字"),
        ({"id": "skill-in-shortage"}, "另一项已用这个代号"),
        ({"clause": ""}, "这里还没有填"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_the_rest_stays(author, changes, message):
    row = begun()

    response = add_line(author, row, **changes)

    shown = body(response)
    row.refresh_from_db()
    assert response.status_code == 422
    assert message in shown
    assert 'value="pension_record"' in shown
    assert "checked" in shown
    assert row.revision == 1


def test_a_figure_is_changed_for_every_line_that_names_it(author):
    row = begun()

    author.post(
        at("figure", row.pk, "min_special_pension_months"),
        {"value": "24", "clause": "jiaxing-2020-relaxation#城区就业", "revision": 1},
    )

    row.refresh_from_db()
    assert row.record["parameters"]["min_special_pension_months"]["value"] == 24


def test_a_new_document_is_entered_and_the_draft_rests_on_it(author):
    row = begun()

    entered = author.post(at("document", row.pk), DOCUMENT)
    chosen = author.post(
        at("head", row.pk), head_form(row, document="jiaxing-2027", clause="jiaxing-2027#一")
    )

    row.refresh_from_db()
    assert (entered.status_code, chosen.status_code) == (302, 302)
    assert row.document == LegalDocument.objects.get(slug="jiaxing-2027")
    assert row.record["clause"] == "一"
    assert row.record["condition"]["any"][0]["clause"] == "jiaxing-2020-relaxation#城区就业"


def test_more_rows_for_clauses_keep_what_was_typed(author):
    row = begun()

    shown = body(author.post(at("document", row.pk), DOCUMENT | {"more": "1"}))

    assert "clause-7-article" in shown
    assert "城区就业人员可以落户。" in shown
    assert not LegalDocument.objects.filter(slug="jiaxing-2027").exists()


def test_a_document_without_clauses_is_refused(author):
    row = begun()

    response = author.post(
        at("document", row.pk), DOCUMENT | {"clause-0-article": "", "clause-0-text": ""}
    )

    assert response.status_code == 422
    assert "请至少录入一条条文" in body(response)


# Two authors


def test_a_stale_save_shows_both_and_loses_nothing(sign_in, author):
    row = begun()
    mine = head_form(row, summary_zh="我写的一句话。")
    other = sign_in(Role.RULE_AUTHOR, "other")
    other.post(at("head", row.pk), head_form(row, summary_zh="别人写的一句话。"))

    client = sign_in(Role.RULE_AUTHOR, "author")
    response = client.post(at("head", row.pk), mine)
    shown = body(response)
    again = client.post(at("head", row.pk), mine | {"revision": 2, "again": "1"})
    unsaved = RuleVersion.objects.get(pk=row.pk).record["summary"]["zh"]
    client.post(at("head", row.pk), mine | {"revision": 2})

    row.refresh_from_db()
    assert response.status_code == 409
    assert "我写的一句话。" in shown
    assert "别人写的一句话。" in shown
    assert "我写的一句话。" in body(again)
    assert unsaved == "别人写的一句话。"
    assert row.record["summary"]["zh"] == "我写的一句话。"


def test_a_stale_button_does_nothing_and_says_so(sign_in, author):
    row = begun()
    add_line(author, row)
    before = RuleVersion.objects.get(pk=row.pk).record

    response = author.post(
        at("act", row.pk), {"act": "remove", "at": "r-0", "revision": 1}, follow=True
    )

    assert "因此没有改动" in body(response)
    assert RuleVersion.objects.get(pk=row.pk).record == before


def test_a_draft_is_thrown_away_by_its_author_alone(sign_in, author):
    row = begun()

    other = sign_in(Role.RULE_AUTHOR, "other").post(at("drop", row.pk))
    mine = sign_in(Role.RULE_AUTHOR, "author").post(at("drop", row.pk))

    assert (other.status_code, mine.status_code) == (403, 302)
    assert not RuleVersion.objects.filter(pk=row.pk).exists()


# What it says


def test_the_draft_is_said_in_both_languages_and_drawn(author):
    row = begun()

    shown = body(author.get(at("draft", row.pk)))
    drawn = author.get(at("picture", row.pk))

    assert "工种在当地紧缺工种目录内" in shown
    assert "The trade is on the county&#x27;s list of scarce skills" in shown
    assert drawn["Content-Type"].startswith("image/svg+xml")
    assert "工种在当地紧缺工种目录内" in body(drawn)
    assert "style" not in body(drawn)
    assert "style=" not in shown


def test_a_fault_is_shown_at_its_line(author):
    row = begun("urban-tenant", "2022")
    author.post(
        at("line", row.pk) + "?at=r&where=inside&fact=housing",
        {
            "operator": "is",
            "values": ["owned"],
            "id": "own-home",
            "clause": "jiaxing-2022-relaxation#城区租赁",
            "papers": [],
            "group": "",
            "revision": 1,
        },
    )

    shown = body(author.get(at("draft", row.pk)))

    assert "谁也不可能符合。" in shown


def test_one_case_is_judged_by_both_versions(author):
    row = begun()
    author.post(
        at("figure", row.pk, "min_special_pension_months"),
        {"value": "24", "clause": "jiaxing-2020-relaxation#城区就业", "revision": 1},
    )

    shown = body(
        author.post(
            at("case", row.pk),
            {
                "as_of": "2027-02-01",
                "area": "urban",
                "special_occupation": "true",
                "pension_insurance_months": "30",
                "skill_in_shortage": "false",
                "foreign_degree_certified": "false",
                "education": "bachelor",
            },
        )
    )

    assert "两个版本对这个人的判断不同。" in shown
    assert "按现行规定（2020版）" in shown
    assert "按这份草稿（2027版）" in shown


def test_what_the_core_refuses_of_a_case_is_said_at_the_field(author):
    row = begun()

    response = author.post(
        at("case", row.pk),
        {"as_of": "2027-02-01", "area": "urban", "pension_insurance_months": "9999"},
    )

    assert response.status_code == 422
    assert "pension_insurance_months" in response.context["form"].errors


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_says_how_it_looks(author, language):
    row = begun()
    author.cookies["django_language"] = language
    names = ("draft", "head", "document", "line", "drop", "case", "examples", "example")
    pages = [at(name, row.pk) for name in (*names, "checks", "impact", "review")]

    said = "".join(
        body(author.get(page)) for page in (*pages, at("list"), at("gaps"), at("packages"))
    )

    for forbidden in ("style=", "<style", "onclick=", "<script>"):
        assert forbidden not in said


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("line/?at=r-99&where=replace", 302),
        ("line/?at=nowhere", 302),
        ("line/?at=r&where=inside&gap=unheard-of", 404),
        ("figure/nothing/", 404),
    ],
)
def test_a_place_that_is_not_there_is_no_error_page(author, address, status):
    row = begun()

    assert author.get(at("draft", row.pk) + address).status_code == status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"act": "remove", "at": "r-99", "revision": 1}, 302),
        ({"act": "remove", "at": "x", "revision": 1}, 302),
        ({"act": "explode", "at": "r", "revision": 1}, 404),
        ({"act": "remove", "at": "r-0"}, 404),
    ],
)
def test_a_forged_button_changes_nothing(author, given, status):
    row = begun()

    response = author.post(at("act", row.pk), given)

    assert response.status_code == status
    assert RuleVersion.objects.get(pk=row.pk).record == row.record


# Worked examples


def test_examples_are_made_at_the_boundaries_and_shown(author):
    row = proved(author, begun())

    shown = body(author.get(at("examples", row.pk)))

    assert row.examples.count() > 8
    assert "例题全部通过" in shown


def test_an_example_is_entered_by_hand_and_fails(author):
    row = begun()

    author.post(
        at("example", row.pk),
        {
            "name": "紧缺工种，当日",
            "expect": "not_met",
            "as_of": "2027-01-01",
            "area": "urban",
            "skill_in_shortage": "true",
        },
    )
    shown = body(author.get(at("examples", row.pk)))

    example = row.examples.get()
    assert example.facts["skill_in_shortage"] is True
    assert example.expect == {"routes": {"urban-employment": "not_met"}}
    assert "结果是“已达到”，应为“没有达到”" in shown


def test_an_example_is_deleted_from_a_draft_but_not_from_another(author):
    row, other = proved(author, begun()), begun(name="2028", first=date(2028, 1, 1))
    example = row.examples.first()

    wrong = author.post(at("delete", other.pk, example.pk))
    right = author.post(at("delete", row.pk, example.pk))

    assert (wrong.status_code, right.status_code) == (404, 302)
    assert not WorkedExample.objects.filter(pk=example.pk).exists()


def test_an_example_is_made_from_a_receipt_in_two_clicks(author):
    row = begun()
    facts = {"target_township": "330402010", "skill_in_shortage": True}
    check = checks.check_body({"facts": facts}, timezone.localdate())
    kept = checks.keep_receipt(
        check, json.dumps(check_answer(check)), language="zh-hans", now=timezone.now()
    )

    first = body(author.post(at("receipt", row.pk), {"reference": kept.reference}))
    second = author.post(
        at("receipt", row.pk),
        {"reference": kept.reference, "keep": "1", "name": "取自回执", "verdict": "met"},
    )

    example = row.examples.get()
    assert "回执中的事实" in first
    assert second.status_code == 302
    assert example.origin == WorkedExample.Origin.RECEIPT
    assert kept.reference not in json.dumps(example.facts) + example.name
    opened = AuditEntry.objects.filter(act="open_receipt", purpose="worked_example")
    assert {entry.actor_id for entry in opened} == {author.user.pk}
    assert {entry.subject for entry in opened} == {f"receipt:{kept.receipt.pk}"}


def test_a_wrong_reference_is_said_at_the_field(author):
    row = begun()

    response = author.post(at("receipt", row.pk), {"reference": "000000000-000000000-000000000"})

    assert response.status_code == 422
    assert "没有这个编号的回执。" in body(response)


# Checks and impact


def test_the_checks_name_place_article_and_remedy(author):
    row = begun()

    shown = body(author.get(at("checks", row.pk)))

    assert "没有例题显示这一项" in shown
    assert "必须改正" in shown
    assert "审批人可以书面说明后保留" in shown
    assert reverse("admin:eligibility_legaldocument_change", args=[row.document_id]) in shown


def test_a_draft_with_an_absolute_breach_is_not_submitted(author):
    row = begun()

    response = author.post(at("submit", row.pk), follow=True)

    row.refresh_from_db()
    assert "没有提交" in body(response)
    assert row.status == STATUS.DRAFT


def test_an_impact_run_is_watched_cancelled_and_read(author):
    row = begun()
    author.post(at("impact", row.pk), {"population": "synthetic", "as_of": "2027-01-01"})
    run = ImpactRun.objects.get()

    waiting = author.get(at("impact", row.pk))
    author.post(at("cancel", row.pk, run.pk))
    cancelled = author.get(at("impact", row.pk))
    run.refresh_from_db()
    ImpactRun.objects.filter(pk=run.pk).update(
        state=ImpactRun.State.QUEUED, people_total=2000, finished_at=None
    )
    measure(run.pk)
    done = body(author.get(at("impact", row.pk)))

    assert waiting["Refresh"]
    assert run.state == ImpactRun.State.CANCELLED
    assert "Refresh" not in cancelled
    assert "已取消" in body(cancelled)
    assert done.count("<caption>") >= 2 * len(LEVELS)
    assert "2,000人" in done


# Review


def test_an_approver_publishes_exactly_what_was_shown(sign_in, author):
    row = submitted(author, begun())
    client = sign_in(Role.RULE_APPROVER)

    without = client.post(at("review", row.pk), {"reviewed_hash": row.content_hash})
    done = client.post(
        at("review", row.pk), {"reviewed_hash": row.content_hash, **reasons("no_impact_run")}
    )

    row.refresh_from_db()
    assert without.status_code == 422
    assert "请用中文和英文写明理由" in body(without)
    assert done.status_code == 302
    assert (row.status, row.approver.username) == (STATUS.PUBLISHED, "staff-rule_approver")
    assert row.override_reasons["no_impact_run"]["zh"] == "经研究可以。"


def test_an_edit_since_then_is_refused_with_a_message(sign_in, author):
    row = submitted(author, begun())
    shown = row.content_hash
    author.post(at("back", row.pk))
    author.post(at("head", row.pk), head_form(row, summary_zh="又改了。"))
    row.refresh_from_db()
    submitted(author, row)

    response = sign_in(Role.RULE_APPROVER).post(
        at("review", row.pk), {"reviewed_hash": shown, **reasons("no_impact_run")}
    )

    row.refresh_from_db()
    assert response.status_code == 422
    assert "打开这一页以后版本有了改动" in body(response)
    assert row.status == STATUS.IN_REVIEW


def test_a_first_day_in_the_past_needs_its_reason(sign_in, author):
    row = submitted(author, begun(first=date(2026, 1, 1)))
    client = sign_in(Role.RULE_APPROVER)
    given = {"reviewed_hash": row.content_hash, **reasons("no_impact_run")}

    refused = client.post(at("review", row.pk), given)
    done = client.post(at("review", row.pk), given | reasons("published_into_the_past"))

    assert refused.status_code == 422
    assert "早于今天" in body(refused)
    assert done.status_code == 302


def test_an_approver_sends_back(sign_in, author):
    row = submitted(author, begun())

    sign_in(Role.RULE_APPROVER).post(at("back", row.pk))

    row.refresh_from_db()
    assert row.status == STATUS.DRAFT


def test_a_suspension_takes_two_people(sign_in, author):
    row = RuleVersion.objects.get(rule__code="urban-talent", version="2020")
    client = sign_in(Role.RULE_APPROVER, "first")
    client.post(
        at("events", row.pk),
        {
            "kind": "suspended",
            "from_day": "2027-03-01",
            "reason_zh": "暂停。",
            "reason_en": "A pause.",
        },
    )
    proposal = ProposedEvent.objects.get()

    alone = client.post(at("confirm", proposal.pk))
    listed = body(client.get(at("list")))
    second = sign_in(Role.RULE_APPROVER, "second").post(at("confirm", proposal.pk))

    event = RuleEvent.objects.get(version=row)
    assert (alone.status_code, second.status_code) == (403, 302)
    assert at("confirm", proposal.pk) in listed
    assert (event.author.username, event.approver.username) == ("first", "second")
    assert not ProposedEvent.objects.exists()


def test_a_proposal_is_dropped(sign_in):
    row = RuleVersion.objects.get(rule__code="urban-talent", version="2020")
    client = sign_in(Role.RULE_AUTHOR)
    given = {"kind": "withdrawn", "from_day": "2027-03-01", "reason_zh": "撤。", "reason_en": "So."}
    client.post(at("events", row.pk), given)

    client.post(at("confirm", ProposedEvent.objects.get().pk), {"drop": "1"})

    assert not ProposedEvent.objects.exists()
    assert not RuleEvent.objects.filter(version=row).exists()


# Packages


def test_a_package_comes_out_and_goes_in(author, tmp_path):
    row = begun()
    package = author.get(at("download", row.pk)).content
    desk.delete_draft(rule_version_id=row.pk, revision=row.revision)
    file = tmp_path / "package.yaml"
    file.write_bytes(package)

    with file.open("rb") as opened:
        response = author.post(at("packages"), {"file": opened}, follow=True)

    again = RuleVersion.objects.get(rule__code="urban-employment", version="2027")
    assert "1个版本成为您的草稿" in body(response)
    assert again.content_hash == row.content_hash
    assert again.author == author.user


def test_a_wrong_package_says_file_line_and_remedy(author, tmp_path):
    row = begun()
    package = author.get(at("download", row.pk)).content.replace(b"skill_in_shortage", b"luck")
    file = tmp_path / "wrong.yaml"
    file.write_bytes(package)

    with file.open("rb") as opened:
        response = author.post(at("packages"), {"file": opened})

    assert response.status_code == 422
    assert "wrong.yaml第" in body(response)


# Queries


@pytest.mark.parametrize("drafts", [1, 3])
def test_the_desk_asks_the_same_number_of_questions(author, drafts, django_assert_num_queries):
    for number in range(drafts):
        begun(name=f"20{30 + number}", first=date(2030 + number, 1, 1))
    author.get("/rules/")  # a ruleset is read once a process

    with django_assert_num_queries(8):
        author.get(at("list"))


@pytest.mark.parametrize(("code", "version"), [("urban-tenant", "2022"), ("urban-talent", "2020")])
def test_a_draft_asks_the_same_number_of_questions(
    author, code, version, django_assert_num_queries
):
    row = begun(code, version)
    author.get("/rules/")  # a ruleset is read once a process

    with django_assert_num_queries(6):
        author.get(at("draft", row.pk))
