"""What the portal cannot compute, entered at the desk; and records that were broken past it."""

import json

import pytest

from eligibility.models import DataGap, RuleVersion
from jiaxing_hukou.accounts.roles import Role
from tests.eligibility.desk_bench import at, begun, body
from tests.eligibility.workbench import execute

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published_rules")]

MATTER = {
    "leaf": "volunteer-hours",
    "asks_zh": "志愿服务时数是否达到当地标准",
    "asks_en": "whether the hours of volunteering reach the local standard",
    "why_zh": "文件没有给出时数。",
    "why_en": "The document gives no number of hours.",
    "question_zh": "",
    "question_en": "",
}


def test_a_matter_is_added_and_a_line_names_it(author):
    row = begun()

    added = author.post(at("gap"), MATTER)
    offered = body(author.get(at("line", row.pk) + "?at=r&where=inside&choose=1"))
    author.post(
        at("line", row.pk) + "?at=r&where=inside&gap=volunteer-hours",
        {"clause": "jiaxing-2020-relaxation#城区就业", "papers": [], "group": "", "revision": 1},
    )

    row.refresh_from_db()
    shown = body(author.get(at("draft", row.pk)))
    assert added.url == at("gaps") + "#volunteer-hours"
    assert "volunteer-hours" in offered
    assert row.record["condition"]["any"][-1]["asks"]["zh"] == MATTER["asks_zh"]
    assert MATTER["asks_zh"] in shown
    assert "node-officer" in shown


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"leaf": "honour-period"}, "清单里已有同名的事项"),
        ({"leaf": "Volunteer hours"}, "请用小写字母和数字"),
        ({"asks_en": ""}, "这里还没有填"),
    ],
)
def test_what_is_wrong_with_a_matter_is_said_and_the_rest_stays(author, changes, message):
    before = DataGap.objects.count()

    response = author.post(at("gap"), MATTER | changes)

    assert response.status_code == 422
    assert message in body(response)
    assert MATTER["why_zh"] in body(response)
    assert DataGap.objects.count() == before


def test_only_authors_add_to_the_register(sign_in):
    client = sign_in(Role.RULE_APPROVER)

    assert client.get(at("gaps")).status_code == 200
    assert at("gap") not in body(client.get(at("gaps")))
    assert client.post(at("gap"), MATTER).status_code == 403


@pytest.mark.parametrize(
    "broken",
    [
        {
            "condition": {
                "fact": "luck",
                "id": "luck",
                "clause": "城区就业",
                "is": True,
                "papers": [],
            }
        },
        {"citations": {}},
        {"areas": ["moon"]},
        {"condition": None},
        {"papers": None},
    ],
)
@pytest.mark.parametrize("name", ["draft", "checks", "review", "head", "examples"])
def test_a_record_broken_by_raw_sql_is_named_and_breaks_no_page(author, broken, name):
    row = begun()
    record = json.dumps(row.record | broken)
    execute("UPDATE eligibility_ruleversion SET record = %s WHERE id = %s", (record, row.pk))

    response = author.get(at(name, row.pk))

    assert response.status_code == 409
    assert "无法读取这个版本" in body(response)
    assert author.get(at("list")).status_code == 200
    assert RuleVersion.objects.filter(status="draft").count() == 1
