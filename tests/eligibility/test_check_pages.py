"""The pages of the check and of receipts, as a browser without JavaScript meets them."""

import io
import json
import logging
import re
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.html import strip_tags

from eligibility.answers import check_answer
from eligibility.models import Questionnaire, Receipt
from eligibility.references import grouped, new_reference
from eligibility.services import checks, questionnaires
from eligibility.services.questionnaires import Progress

pytestmark = pytest.mark.usefixtures("published_rules")

NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOON.date()
TONGXIANG, WUTONG = "330483", "330483001"
NANHU, NANHU_STREET = "330402", "330402010"
ROOT = "/check/"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def base(client):
    """Return the address of a questionnaire that was begun."""
    return client.post(ROOT).url.removesuffix("target_county/")


def speak(client, language):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language


def token_of(base):
    return base.split("/")[2]


def give(base, **answers):
    """Write answers without the pages, None for "I do not know"."""
    for question, value in answers.items():
        questionnaires.answer(token_of(base), question=question, value=value, now=NOON, today=TODAY)


def words(response):
    """Return what can be read in the main part, with single spaces."""
    [main] = re.findall(r"<main.*</main>", response.content.decode(), re.DOTALL)
    return re.sub(r"\s+", " ", unescape(strip_tags(main)))


def heading(response):
    [found] = re.findall(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.DOTALL)
    return unescape(strip_tags(found)).strip()


# From the first question to the result -------------------------------------------------------


def test_the_first_page_says_how_long_it_takes_and_what_is_kept(client):
    page = words(client.get(ROOT))

    assert "两到五分钟" in page
    assert "不问姓名、身份证号和电话号码" in page
    assert "保存 30 天" in page
    assert Questionnaire.objects.count() == 0


def test_three_answers_lead_to_a_result(client):
    url = client.post(ROOT).url
    for answer in (TONGXIANG, WUTONG, "rented_private"):
        assert client.get(url).status_code == 200
        url = client.post(url, {"answer": answer}).url

    assert url.endswith("/answers/")
    page = client.get(url.replace("answers", "result"))

    assert heading(page) == "您现在可以在桐乡市落户。"
    assert "桐乡市梧桐街道" in words(page)
    assert "房屋租赁合同" in words(page)
    assert "按2026年11月24日有效的规定" in words(page)


def test_not_knowing_anything_still_leads_to_a_result(client):
    url = client.post(ROOT).url
    for _ in range(40):
        if url.endswith("/answers/"):
            break
        body = client.get(url).content.decode()
        sent = {"unknown": "1"} if 'name="unknown"' in body else {"answer": "unknown"}
        url = client.post(url, sent).url

    page = client.get(url.replace("answers", "result"))

    assert heading(page).startswith("还需要了解：")
    assert "说清楚下面的事，结果会更明确" in words(page)
    assert "出生证明" not in words(page)  # no route is singled out while the place is open


CITY = {
    "hukou_place": "outside",
    "sponsor": "none",
    "employment": "none",
    "graduate_status": "none",
    "has_migration_certificate": False,
    "education": "junior_middle",
    "professional_title": "none",
    "skill_grade": "none",
    "skill_in_shortage": False,
    "invests_locally": False,
    "special_occupation": False,
    "foreign_degree_certified": False,
    "honour": "none",
    "honour_level": "none",
    "zhejiang_hukou_years": 0,
    "birth_date": "1970-05-01",
}
IN_CITY = {"target_county": NANHU, "target_township": NANHU_STREET}
IN_COUNTY = {"target_county": TONGXIANG, "target_township": WUTONG}
OWNER_2019 = {"housing": "owned", "has_residence_permit": True, "pension_insurance_months": 55}


@pytest.mark.parametrize(
    ("given", "as_of", "chinese", "english"),
    [
        (
            IN_COUNTY | {"housing": "owned"},
            None,
            "您现在可以在桐乡市落户。",
            "You can register in Tongxiang City (桐乡市) now.",
        ),
        (
            IN_CITY | CITY | OWNER_2019,
            "2019-1-1",
            "还不行：养老保险还差 5 个月，2019年6月1日起可以申请。",
            "Not yet: pension insurance is 5 months short; from 1 June 2019 you can apply.",
        ),
        (
            IN_CITY | CITY | {"housing": "none", "invests_locally": True},
            None,
            "要由派出所认定：您的投资额、纳税额是否达到当地的投资规模标准。",
            "The police station decides: whether what you invested and paid in tax reaches the "
            "local scale of investment.",
        ),
        (
            IN_COUNTY | CITY | {"housing": None},
            None,
            "还需要了解：您的住房是自有还是租赁。",
            "We still need to know: what kind of home you have here.",
        ),
        (
            IN_COUNTY | CITY | {"housing": "dormitory"},
            None,
            "按现在的规定不行，原因是没有合法稳定住所；您可以租住并签订合同后再查。",
            "Not possible under the rules as they are: you have no stable home here. You can "
            "rent a home under a contract and check again.",
        ),
        (
            {
                "target_county": NANHU,
                "target_township": "330402100",
                "target_in_town_area": False,
                "hukou_place": "outside",
            },
            None,
            "这个地址在南湖、秀洲的镇区以外，不在这些规定的范围内，请到当地派出所咨询。",
            "This address lies outside the towns of Nanhu and Xiuzhou, where these rules do not "
            "apply. Please ask the local police station.",
        ),
    ],
)
def test_each_verdict_has_its_sentence_in_both_languages(
    client, base, given, as_of, chinese, english
):
    if as_of:
        parts = dict(zip(("as_of_year", "as_of_month", "as_of_day"), as_of.split("-"), strict=True))
        client.post(f"{base}day/", parts)
    give(base, **given)

    assert heading(client.get(f"{base}result/")) == chinese
    speak(client, "en")
    page = client.get(f"{base}result/")
    assert heading(page) == english
    assert not re.search(r"%\(|\{\{", page.content.decode())


def test_a_no_names_the_ways_on(client, base):
    give(base, **IN_COUNTY, **CITY, housing="dormitory")

    page = client.get(f"{base}result/")

    assert "下一步怎么办" in words(page)
    assert f"{base}places/" in page.content.decode()
    assert "行政复议" in words(page)
    assert "60" in words(page)


def test_seven_places_from_the_same_answers(client, base):
    give(base, **IN_COUNTY, housing="owned")

    page = words(client.get(f"{base}places/"))

    assert page.count("可以落户") == 7
    assert "桐乡市 （您选的）" in page


def test_an_address_outside_the_town_is_no_urban_area_that_one_chose(client, base):
    give(base, target_county="330402", target_township="330402100", target_in_town_area=False)

    page = words(client.get(f"{base}places/"))

    assert "南湖区城区" in page
    assert "您选的" not in page


# Answers: kept, changed, unsure, wrong -------------------------------------------------------


def test_an_answer_is_shown_again_and_can_be_changed(client, base):
    give(base, **IN_COUNTY, housing="dormitory", hukou_place="outside")

    body = client.get(f"{base}housing/?from=answers").content.decode()
    assert re.search(r'value="dormitory"[^>]*checked', body)

    response = client.post(f"{base}housing/?from=answers", {"answer": "owned"})

    assert response.url == f"{base}answers/"
    rows = words(client.get(response.url))
    assert "自有住房" in rows
    assert "外省" in rows


def test_a_changed_answer_asks_what_has_become_useful(client, base):
    give(base, **IN_COUNTY, housing="owned")

    response = client.post(f"{base}housing/?from=answers", {"answer": "none"})

    assert "/answers/" not in response.url
    assert client.get(response.url).status_code == 200


def test_what_was_not_asked_is_listed_with_the_reason(client, base):
    give(base, **IN_COUNTY, housing="owned")

    page = words(client.get(f"{base}answers/"))

    assert "个问题没有问" in page
    assert "不会再改变结果" in page
    assert "您要投靠哪一位户口在当地的亲属？" in page


@pytest.mark.parametrize(
    ("question", "sent", "message", "kept"),
    [
        ("pension_insurance_months", {"answer": "五年"}, "请用数字填写整数", "五年"),
        ("pension_insurance_months", {"answer": "9999"}, "请填 0 到 1440 之间的数", "9999"),
        ("pension_insurance_months", {"answer": ""}, "请填一个数", ""),
        ("housing_area_per_person_m2", {"answer": "<b>3</b>"}, "例如 39.14", "<b>3</b>"),
        (
            "birth_date",
            {"answer_year": "1990", "answer_month": "13", "answer_day": "x"},
            "请用数字填写年、月、日",
            "13",
        ),
        (
            "birth_date",
            {"answer_year": "1990", "answer_month": "2", "answer_day": "30"},
            "日历上没有这一天",
            "30",
        ),
        (
            "birth_date",
            {"answer_year": "2030", "answer_month": "1", "answer_day": "1"},
            "在核对日期（2026年11月24日）之后",
            "2030",
        ),
        (
            "birth_date",
            {"answer_year": "1800", "answer_month": "1", "answer_day": "1"},
            "超过 150 年",
            "1800",
        ),
        ("housing", {"answer": "castle"}, "请选一项", ""),
        ("housing", {}, "请选一项", ""),
    ],
)
def test_a_mistake_is_named_at_the_field_and_above_and_the_text_is_kept(
    client, base, question, sent, message, kept
):
    response = client.post(f"{base}{question}/", sent)

    body = response.content.decode()
    assert response.status_code == 422
    assert words(response).count(message) == 2
    assert 'id="error-summary"' in body
    target = re.search(r'error-summary.*?href="#([^"]+)"', body, re.DOTALL).group(1)
    assert f'id="{target}"' in body
    if kept:
        assert f'value="{kept}"' in unescape(body)
        assert "<b>3</b>" not in body
    assert "<title>有错误：" in body


def test_figures_are_read_as_people_type_them(client, base):
    for typed, months in (("２７", 27), (" 27 个月", 27), ("27月", 27)):
        client.post(f"{base}pension_insurance_months/", {"answer": typed})

        row = Questionnaire.objects.get()
        assert row.answers["facts"]["pension_insurance_months"] == months


def test_a_figure_that_is_not_known_can_be_skipped(client, base):
    response = client.post(
        f"{base}pension_insurance_months/", {"unknown": "1", "answer": "rubbish"}
    )

    assert response.status_code == 302
    assert "我不清楚" in words(client.get(f"{base}answers/"))


def test_why_a_question_is_asked_links_to_the_clause(client, base):
    give(base, **IN_COUNTY)

    page = client.get(f"{base}housing/")

    assert "为什么问这个？" in words(page)
    assert "全面放开县(市)落户" in words(page)
    links = re.findall(r'href="(/documents/[^"#]+/)#clause-', page.content.decode())
    assert links
    for link in links:
        assert client.get(link).status_code == 200


def test_progress_is_told_in_words(client, base):
    give(base, **IN_COUNTY)

    assert re.search(r"大约还有 \d+ 个问题", words(client.get(f"{base}housing/")))


def test_back_leads_to_the_question_before(client, base):
    give(base, **IN_COUNTY)

    assert (
        f'class="back-link" href="{base}target_township/"'
        in client.get(f"{base}housing/").content.decode()
    )


# Contradictions ------------------------------------------------------------------------------


def test_answers_that_do_not_fit_are_shown_before_going_on_and_never_refused(client, base):
    give(base, **IN_COUNTY, housing="dormitory", birth_date="2005-01-01")

    response = client.post(f"{base}pension_insurance_months/", {"answer": "300"})

    assert response.url == f"{base}pension_insurance_months/"
    page = client.get(response.url)
    assert "这两个回答对不上" in words(page)
    assert f'href="{base}birth_date/"' in page.content.decode()
    assert "都没有错，继续" in words(page)
    assert 'value="300"' in page.content.decode()

    again = client.post(response.url, {"answer": "300"})

    assert again.url != response.url
    assert "请核对" in words(client.get(f"{base}result/"))


def test_a_contradiction_among_the_family_leads_to_the_member(client, base):
    give(base, **IN_COUNTY, birth_date="2000-01-01")
    sent = {"relation": "child", "lives_together": "true", "birth_date_year": "1999"}

    client.post(f"{base}family/new/", sent | {"birth_date_month": "1", "birth_date_day": "1"})

    page = client.get(f"{base}family/")
    member = Questionnaire.objects.get().answers["household"][0]["id"]
    assert "子女不会比父母年长" in words(page)
    assert f"{base}family/{member}/" in page.content.decode()


# Household -----------------------------------------------------------------------------------


def test_family_members_are_added_changed_and_removed(client, base):
    give(base, **IN_COUNTY, housing="owned")
    client.post(f"{base}family/new/", {"relation": "spouse", "lives_together": "true"})
    member = Questionnaire.objects.get().answers["household"][0]["id"]

    assert "可以一起迁" in words(client.get(f"{base}result/"))

    sent = {"relation": "sibling", "lives_together": "unknown"}
    client.post(f"{base}family/{member}/", sent)

    assert "不能一起迁" in words(client.get(f"{base}result/"))

    assert client.get(f"{base}family/{member}/remove/").status_code == 200
    client.post(f"{base}family/{member}/remove/")

    assert Questionnaire.objects.get().answers["household"] == []
    assert client.get(f"{base}family/{member}/").url == f"{base}family/"


def test_sending_a_member_twice_adds_one_person(client, base):
    form = client.get(f"{base}family/new/").content.decode()
    [member_id] = re.findall(r'name="member_id" value="([0-9a-f]+)"', form)
    sent = {"relation": "spouse", "member_id": member_id}

    client.post(f"{base}family/new/", sent)
    client.post(f"{base}family/new/", sent)

    assert len(Questionnaire.objects.get().answers["household"]) == 1


def test_a_member_needs_a_relation_and_keeps_what_was_typed(client, base):
    response = client.post(
        f"{base}family/new/",
        {"birth_date_year": "2015", "birth_date_month": "2", "birth_date_day": "31"},
    )

    assert response.status_code == 422
    assert words(response).count("日历上没有这一天") == 2
    assert words(response).count("请选一项") == 2
    assert 'value="31"' in response.content.decode()


# The day -------------------------------------------------------------------------------------


def day(text, name="as_of"):
    return dict(zip((f"{name}_year", f"{name}_month", f"{name}_day"), text.split("-"), strict=True))


def test_another_day_is_checked_by_its_own_rules(client):
    base = client.post(ROOT, day("2019-1-1")).url.removesuffix("target_county/")
    give(base, **IN_COUNTY, housing="owned", has_residence_permit=True)

    page = client.get(f"{base}result/")

    assert heading(page) == "按2019年1月1日的规定，您可以在桐乡市落户。"


def test_a_day_before_the_first_rule_is_refused_with_the_day(client):
    response = client.post(ROOT, day("2016-6-27"))

    assert response.status_code == 422
    assert "没有 2016年6月28日 以前的规定" in words(response)
    assert 'value="27"' in response.content.decode()


def test_a_day_to_come_is_allowed_and_said(client, base):
    give(base, **IN_COUNTY, housing="owned")

    response = client.post(f"{base}day/", day("2027-1-1"))

    assert response.url == f"{base}result/"
    assert "2027年1月1日" in words(client.get(response.url))
    assert "还没有到" in words(client.get(response.url))


# Links that lead nowhere, deletion -----------------------------------------------------------

PAGES = ("", "housing/", "answers/", "result/", "places/", "family/", "day/", "delete/")


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_link_gets_a_page_that_helps(client, page):
    response = client.get(f"{ROOT}no-such-token/{page}")

    assert response.status_code == 404
    assert heading(response) == "这个链接里没有自查内容"
    assert reverse("check-start") in response.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_expired_link_says_so(client, base, time_machine, method):
    time_machine.move_to(NOON + timedelta(days=31))

    response = getattr(client, method)(f"{base}housing/")

    assert response.status_code == 410
    assert heading(response) == "这个链接已经过期"


def test_answers_are_deleted_after_a_second_question(client, base):
    give(base, housing="owned")

    assert "不能恢复" in words(client.get(f"{base}delete/"))
    response = client.post(f"{base}delete/", follow=True)

    assert heading(response) == "您的回答已经删除"
    assert Questionnaire.objects.count() == 0
    assert client.get(f"{base}result/").status_code == 404


def test_the_link_brings_back_to_where_one_was(client, base):
    assert client.get(base).url == f"{base}target_county/"

    give(base, **IN_COUNTY)
    assert client.get(base).url == f"{base}housing/"

    give(base, housing="owned")
    assert client.get(base).url == f"{base}answers/"
    assert f"http://testserver{base}" in client.get(f"{base}answers/").content.decode()


def test_an_unknown_question_is_not_found(client, base):
    assert client.get(f"{base}favourite_colour/").status_code == 404


# Privacy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES[1:])
def test_private_pages_are_kept_nowhere(client, base, page):
    response = client.get(f"{base}{page}")

    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "same-origin"


def test_no_answer_stands_in_an_address_or_a_log(client, caplog):
    caplog.set_level(logging.DEBUG)
    url = client.post(ROOT).url
    seen = [url]
    for sent in (
        {"answer": TONGXIANG},
        {"answer": WUTONG},
        {"answer": "dormitory"},
        {"answer": "none"},
    ):
        url = client.post(url, sent).url
        seen.append(url)
    base = url.rsplit("/", 2)[0]
    client.post(f"{base}/birth_date/", day("1987-6-5", "answer"))
    for page in ("answers", "result", "places"):
        seen += re.findall(
            r'(?:href|src|action)="([^"]+)"', client.get(f"{base}/{page}/").content.decode()
        )

    told = "\n".join([*seen, caplog.text])
    for secret in (WUTONG, "dormitory", "1987"):
        assert secret not in told
    token = base.split("/")[2]
    assert token not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        {f"field{number}": "x" for number in range(10_000)},
        {"answer": "x" * 10_000_000},
        {"answer": "\x00"},
        {"answer": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
        {"answer": ["owned", "none"]},
    ],
)
def test_hostile_forms_are_refused_and_never_fail(client, base, body):
    response = client.post(f"{base}housing/", body)

    assert 300 <= response.status_code < 500


# Queries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [0, 1, 30])
@pytest.mark.parametrize(
    "page",
    [
        "housing/",
        "birth_date/",
        "answers/",
        "result/",
        "places/",
        "family/",
        "family/new/",
    ],
)
def test_a_page_asks_the_database_once(client, base, page, people, django_assert_num_queries):
    give(base, **IN_COUNTY, housing="owned", birth_date="1980-01-01")
    for number in range(people):
        questionnaires.keep_member(
            token_of(base),
            member=f"m{number}",
            stated={"relation": "child", "lives_together": True, "birth_date": "2010-01-01"},
            now=NOON,
            today=TODAY,
        )
    client.get(f"{base}{page}")

    with django_assert_num_queries(1):
        client.get(f"{base}{page}")


LINK = re.compile(r'href="(/[^"#]*)')


@pytest.mark.parametrize(
    "page", ["answers/", "result/", "family/", "family/m0/remove/", "housing/"]
)
def test_every_link_of_a_page_leads_somewhere(client, base, page):
    give(base, **IN_CITY, hukou_place=None, housing="dormitory", zhejiang_hukou_years=3)
    questionnaires.keep_member(
        token_of(base),
        member="m0",
        stated={"relation": "child", "lives_together": True, "birth_date": "2010-01-01"},
        now=NOON,
        today=TODAY,
    )

    links = set(LINK.findall(client.get(f"{base}{page}").content.decode()))
    own = {unescape(link) for link in links if link.startswith(base)}
    answers = {link: client.get(link, follow=True).status_code for link in own}

    assert own
    assert set(answers.values()) == {200}, answers


# Receipts ------------------------------------------------------------------------------------


@pytest.fixture
def kept(client, base):
    """Return the page that shows number and key, of a result that was kept."""
    give(base, **IN_COUNTY, housing="owned")
    return client.post(f"{base}keep/", follow=True)


def reference_of(response):
    return response.redirect_chain[0][0].split("/")[2]


def key_of(response):
    return re.search(r'reference-small">([^<]+)<', response.content.decode()).group(1)


def test_a_kept_result_shows_number_key_code_and_address(client, kept):
    reference = reference_of(kept)

    assert reference in words(kept)
    assert "删除码只在这时显示" in words(kept)
    assert f"http://testserver/receipt/{reference}/" in kept.content.decode()
    code = client.get(f"/receipt/{reference}/code.svg")
    assert code["Content-Type"] == "image/svg+xml"
    assert b"<svg" in code.content
    assert reference not in str(vars(Receipt.objects.get()))


def test_the_key_is_shown_to_nobody_else(client, kept):
    path = kept.redirect_chain[0][0]

    client.cookies.clear()

    assert client.get(path).url == f"/receipt/{reference_of(kept)}/"


def test_a_receipt_is_found_by_its_number_as_people_copy_it(client, kept):
    reference = reference_of(kept)
    typed = reference.lower().replace("-", " ")

    response = client.post("/receipt/", {"reference": typed})

    assert response.url == f"/receipt/{reference}/"
    page = client.get(response.url)
    assert heading(page) == "您现在可以在桐乡市落户。"
    assert reference in words(page)
    assert "回到我的回答" not in words(page)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "请填写回执上的编号"),
        ("ABC", "编号有一位不对，或者少了一位"),
        (None, "编号有一位不对，或者少了一位"),
        pytest.param(new_reference(), "没有这个编号的回执", id="nobodys"),
        ("x" * 5000, "请填写回执上的编号"),
    ],
)
def test_a_wrong_number_is_told_from_a_mistyped_one(client, kept, typed, message):
    if typed is None:  # one character of a real number is another one
        reference = reference_of(kept)
        typed = ("1" if reference[0] == "0" else "0") + reference[1:]

    response = client.post("/receipt/", {"reference": typed})

    assert response.status_code == 422
    assert words(response).count(message) == 2


def test_a_mistyped_address_says_what_may_be_wrong(client):
    assert client.get("/receipt/ABC/").status_code == 404
    response = client.get(f"/receipt/{new_reference()}/")
    assert response.status_code == 404
    assert "没有这个编号的回执" in words(response)


def test_a_receipt_shows_what_was_given_and_not_what_would_be_given_now(client, base):
    give(base, **IN_COUNTY, housing="owned")
    progress = Progress(questionnaires.find(token_of(base), now=NOON), TODAY)
    given = json.dumps(check_answer(progress.check)).replace("\\u5c45\\u6c11", "\\u4ece\\u524d")
    kept = checks.keep_receipt(progress.check, given, language="zh-hans", now=NOON)

    assert "从前户口簿" in words(client.get(f"/receipt/{kept.reference}/"))


def test_a_receipt_keeps_its_language_and_says_so(client, kept):
    speak(client, "en")

    page = client.get(f"/receipt/{reference_of(kept)}/")

    assert heading(page) == "您现在可以在桐乡市落户。"
    assert "This receipt was kept in 简体中文 and is shown as it was given." in words(page)
    assert '<div lang="zh-hans">' in page.content.decode()
    assert "要带的材料" in words(page)
    assert "Check it again now" in words(page)


def test_checking_again_says_that_it_is_the_same(client, kept):
    path = f"/receipt/{reference_of(kept)}/repeat/"

    assert "结果完全一致" in words(client.post(path))
    assert client.get(path).url == f"/receipt/{reference_of(kept)}/"


def test_a_receipt_of_a_county_without_a_town_repeats_too(client, base):
    give(base, target_county=TONGXIANG, target_township=None, housing="owned")
    kept = client.post(f"{base}keep/", follow=True)

    path = f"/receipt/{reference_of(kept)}/repeat/"

    assert "结果完全一致" in words(client.post(path))


def test_a_receipt_of_the_api_is_shown_as_a_page(client):
    sent = {"facts": {"target_township": WUTONG, "housing": "owned"}}
    made = client.post("/api/v1/eligibility/receipts", sent, content_type="application/json")

    page = client.get(f"/receipt/{made.json()['reference']}/")

    assert heading(page) == "您现在可以在桐乡市落户。"


def test_a_receipt_is_deleted_with_its_key_and_gone(client, kept):
    reference, key = reference_of(kept), key_of(kept)
    path = f"/receipt/{reference}/delete/"

    assert client.get(path).status_code == 200
    wrong = client.post(path, {"deletion_key": "wrong"})
    assert wrong.status_code == 422
    assert "删除码不是这份回执的" in words(wrong)
    assert client.post(path, {"deletion_key": ""}).status_code == 422

    gone = client.post(path, {"deletion_key": f" {key} "}, follow=True)

    assert gone.status_code == 410
    assert heading(gone) == "这份回执已经删除"
    for page in ("", "receipt.pdf", "code.svg", "delete/", "kept/"):
        assert client.get(f"/receipt/{reference}/{page}").status_code == 410
    assert client.post("/receipt/", {"reference": reference}, follow=True).status_code == 410


def test_keeping_by_reloading_keeps_nothing_twice(client, base):
    assert client.get(f"{base}keep/").url == f"{base}result/"
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize("path", ["", "kept/", "delete/", "code.svg", "receipt.pdf"])
def test_receipts_are_kept_nowhere_else(client, kept, path):
    response = client.get(f"/receipt/{reference_of(kept)}/{path}")

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("path", "queries"), [("", 1), ("receipt.pdf", 1), ("code.svg", 1)])
def test_receipts_ask_the_database_once(client, kept, path, queries, django_assert_num_queries):
    client.get(f"/receipt/{reference_of(kept)}/")

    with django_assert_num_queries(queries):
        client.get(f"/receipt/{reference_of(kept)}/{path}")


def test_pages_are_counted(client, base, settings):
    settings.RATES = {**settings.RATES, "pages": "1/h", "receipts": "1/h"}

    assert [client.get(f"{base}housing/").status_code for _ in range(2)] == [200, 429]
    assert [client.get("/receipt/").status_code for _ in range(2)] == [200, 429]


def test_the_pdf_is_a_pdf_with_a_harmless_name(client, kept):
    response = client.get(f"/receipt/{reference_of(kept)}/receipt.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert io.BytesIO(response.content).read(5) == b"%PDF-"
    assert response["Content-Disposition"] == 'inline; filename="receipt.pdf"'
    assert grouped(reference_of(kept)) == reference_of(kept)
