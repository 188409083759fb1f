"""Lines moved between groups, papers that the register does not hold, and the first of a rule."""

import pytest

from eligibility.models import Rule, RuleVersion
from eligibility.services.draft_records import lines
from jiaxing_hukou.accounts.roles import Role
from tests.eligibility.desk_bench import STATUS, add_line, at, begun, body, leaf_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published_rules")]


# Moving


def test_a_line_is_moved_to_the_group_that_was_chosen(author):
    row = begun()  # any of: a line, a group of two, and others
    moved, group = row.record["condition"]["any"][0], row.record["condition"]["any"][1]
    assert "all" in group

    page = body(author.get(at("move", row.pk) + "?at=r-0"))
    response = author.post(
        at("move", row.pk) + "?at=r-0", {"group": "r-1", "revision": row.revision}
    )

    row.refresh_from_db()
    assert 'value="r-1"' in page
    assert "组合2" in page
    assert response.status_code == 302
    assert row.record["condition"]["any"][0] == {"all": [*group["all"], moved]}


def test_a_line_is_not_offered_its_own_group_and_no_group_itself(author):
    row = begun()

    line = body(author.get(at("move", row.pk) + "?at=r-1-0"))
    group = body(author.get(at("move", row.pk) + "?at=r-1"))

    assert 'value="r"' in line
    assert 'value="r-1"' not in line
    assert 'value="r-1"' not in group


def test_a_move_on_an_old_page_does_nothing_and_says_so(author):
    row = begun()
    add_line(author, row)
    before = RuleVersion.objects.get(pk=row.pk).record

    response = author.post(
        at("move", row.pk) + "?at=r-0", {"group": "r-1", "revision": 1}, follow=True
    )

    assert "因此没有改动" in body(response)
    assert RuleVersion.objects.get(pk=row.pk).record == before


@pytest.mark.parametrize(
    ("place", "given", "status"),
    [
        ("r-0", {}, 422),
        ("r-0", {"group": "r-0"}, 422),
        ("r-0", {"group": "r-9"}, 422),
        ("r", {"group": "r-1"}, 302),  # the outermost group has nowhere to go
        ("r-99", {"group": "r"}, 302),
        ("", {"group": "r"}, 302),
    ],
)
def test_a_forged_move_changes_nothing(author, place, given, status):
    row = begun()

    response = author.post(at("move", row.pk) + f"?at={place}", given | {"revision": 1})

    assert response.status_code == status
    assert RuleVersion.objects.get(pk=row.pk).record == row.record


# Papers


def test_a_paper_that_is_not_in_the_register_comes_with_its_line(author):
    row = begun()

    add_line(author, row, new_paper_zh="灵活就业登记证明", new_paper_en="Proof of flexible work")

    row.refresh_from_db()
    line = row.record["condition"]["any"][-1]
    assert line["papers"] == ["pension_record", "proof_of_flexible_work"]
    assert row.record["papers"]["proof_of_flexible_work"]["name"]["zh"] == "灵活就业登记证明"
    assert "灵活就业登记证明" in body(author.get(at("line", row.pk) + "?at=r-0"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"new_paper_zh": "灵活就业登记证明"}, "请用中文和英文写明材料名称"),
        ({"new_paper_zh": "结婚证", "new_paper_en": "Marriage"}, "请直接勾选"),
    ],
)
def test_a_paper_half_named_or_known_already_is_refused(author, changes, message):
    row = begun()

    response = add_line(author, row, **changes)

    assert response.status_code == 422
    assert message in body(response)
    assert RuleVersion.objects.get(pk=row.pk).revision == 1


# A rule that there was not

HEAD = {
    "code": "urban-volunteer",
    "name_zh": "城区志愿服务",
    "name_en": "Volunteers in the city",
    "document": "jiaxing-2022-relaxation",
    "clause": "jiaxing-2022-relaxation#城区租赁",
    "version": "2027",
    "effective_from": "2027-01-01",
    "effective_to": "",
    "areas": ["urban"],
    "registers": "self",
    "summary_zh": "新增一条途径。",
    "summary_en": "A route is added.",
}


def first_line(**changes):
    found = leaf_form(clause="jiaxing-2022-relaxation#城区租赁") | changes
    return {f"line-{name}": value for name, value in found.items() if name != "revision"}


def test_a_rule_that_there_was_not_begins_with_its_first_line(author):
    chosen = body(author.get(at("new-rule")))
    address = at("new-rule-begin") + "?fact=pension_insurance_months"
    response = author.post(address, HEAD | first_line())

    row = RuleVersion.objects.get(rule__code="urban-volunteer")
    assert 'name="fact"' in chosen
    assert response.url == at("draft", row.pk)
    assert (row.status, row.author, row.rule.kind) == (STATUS.DRAFT, author.user, "route")
    assert row.rule.position == max(Rule.objects.values_list("position", flat=True))
    assert row.record["condition"]["at_least"] == "$min_pension"
    assert row.record["parameters"]["min_pension"]["value"] == 6
    assert row.record["provenance"] == "secondary"
    assert author.get(at("draft", row.pk)).status_code == 200
    assert author.get(at("checks", row.pk)).status_code == 200
    assert author.get(at("review", row.pk)).status_code == 200
    assert "urban-volunteer" in body(author.get(at("list")))


def test_it_may_begin_with_what_an_officer_decides(author):
    address = at("new-rule-begin") + "?gap=honour-period"
    given = {"line-clause": "jiaxing-2022-relaxation#城区租赁", "line-papers": []}
    response = author.post(address, HEAD | given)

    row = RuleVersion.objects.get(rule__code="urban-volunteer")
    assert response.url == at("draft", row.pk)
    assert row.record["condition"]["judgement"] == "honour-period"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "urban-tenant"}, "已经有用这个代码的规定"),
        ({"code": "Urban Volunteer"}, "请用小写字母和数字"),
        ({"clause": ""}, "这里还没有填"),
        ({"line-new_value": ""}, "请在上面选择数字"),
        ({"line-clause": ""}, "这里还没有填"),
        ({"effective_to": "2026-01-01"}, "最后一天早于"),
    ],
)
def test_what_is_wrong_with_a_new_rule_is_said_and_the_rest_stays(author, changes, message):
    before = Rule.objects.count()

    response = author.post(
        at("new-rule-begin") + "?fact=pension_insurance_months", HEAD | first_line() | changes
    )

    shown = body(response)
    assert response.status_code == 422
    assert message in shown
    assert "城区志愿服务" in shown
    assert Rule.objects.count() == before


def test_an_unknown_first_line_leads_back_to_the_choice(author):
    assert author.get(at("new-rule-begin") + "?fact=luck").url == at("new-rule")
    assert author.get(at("new-rule-begin") + "?gap=luck").status_code == 404


def test_only_authors_begin_a_rule(sign_in):
    client = sign_in(Role.RULE_APPROVER)

    assert client.get(at("new-rule")).status_code == 403
    assert client.post(at("new-rule-begin") + "?fact=housing", HEAD).status_code == 403


def test_a_new_rule_that_is_thrown_away_leaves_nothing_behind(author):
    author.post(at("new-rule-begin") + "?fact=pension_insurance_months", HEAD | first_line())
    row = RuleVersion.objects.get(rule__code="urban-volunteer")

    author.post(at("drop", row.pk))

    assert not Rule.objects.filter(code="urban-volunteer").exists()


def test_a_refused_edit_is_explained_in_chinese(author):
    row = begun()

    response = author.post(
        at("act", row.pk), {"act": "up", "at": "r-0", "revision": 1}, follow=True
    )

    assert "它已经在本组的最前或最后了" in body(response)
    assert [line["id"] for line in lines(row.record["condition"])]
