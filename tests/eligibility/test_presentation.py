"""Verdicts as sentences, in both languages, and what stands below them."""

import json
from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from eligibility import answers, presentation, selectors
from eligibility.core.check import Check
from eligibility.core.stated import parse_facts
from eligibility.services import checks

pytestmark = pytest.mark.usefixtures("published_rules")

TODAY = date(2026, 11, 24)
WUTONG, NANHU_STREET, FENGQIAO = "330483001", "330402010", "330402100"
NO_ROUTE = {
    "hukou_place": "outside",
    "sponsor": "none",
    "employment": "none",
    "graduate_status": "none",
    "has_migration_certificate": False,
}
CITY_NO = NO_ROUTE | {
    "target_township": NANHU_STREET,
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


def document_url(slug):
    return reverse("document-detail", args=[slug])


def page_of(facts, *, as_of=TODAY, language="zh-hans", county=""):
    """Return the page of these facts."""
    ruleset = selectors.published_ruleset()
    parsed = parse_facts(facts, as_of=as_of, townships=selectors.townships())
    with translation.override(language):
        answer = answers.check_answer(Check(ruleset, parsed, TODAY))
        return presentation.result_page(
            json.loads(json.dumps(answer)),  # as a receipt keeps it
            parsed,
            asked_on=TODAY,
            townships=selectors.townships(),
            places=presentation.places_of(ruleset, document_url),
            county=county,
        )


@pytest.mark.parametrize(
    ("facts", "as_of", "verdict", "chinese", "english"),
    [
        (
            {"target_township": WUTONG, "housing": "owned"},
            TODAY,
            "eligible",
            "您现在可以在桐乡市落户。",
            "You can register in Tongxiang City (桐乡市) now.",
        ),
        (
            {"target_township": WUTONG, "housing": "owned"},
            date(2017, 1, 1),
            "eligible",
            "按2017年1月1日的规定，您可以在桐乡市落户。",
            "On 1 January 2017 you can register in Tongxiang City (桐乡市).",
        ),
        (
            CITY_NO
            | {"housing": "owned", "has_residence_permit": True, "pension_insurance_months": 55},
            date(2019, 1, 1),
            "not_yet",
            "还不行：养老保险还差 5 个月，2019年6月1日起可以申请。",
            "Not yet: pension insurance is 5 months short; from 1 June 2019 you can apply.",
        ),
        (
            {"target_township": WUTONG, "housing": "dormitory", **NO_ROUTE},
            TODAY,
            "not_eligible",
            "按现在的规定不行，原因是没有合法稳定住所；您可以租住并签订合同后再查。",
            "Not possible under the rules as they are: you have no stable home here. You can "
            "rent a home under a contract and check again.",
        ),
        (
            CITY_NO | {"housing": "none", "invests_locally": True},
            TODAY,
            "officer_decides",
            "要由派出所认定：您的投资额、纳税额是否达到当地的投资规模标准。",
            "The police station decides: whether what you invested and paid in tax reaches the "
            "local scale of investment.",
        ),
        (
            {"target_township": WUTONG, **NO_ROUTE},
            TODAY,
            "more_information_needed",
            "还需要了解：您的住房是自有还是租赁。",
            "We still need to know: what kind of home you have here.",
        ),
        (
            {
                "target_township": FENGQIAO,
                "target_in_town_area": False,
                "hukou_place": "outside",
            },
            TODAY,
            "not_covered",
            "这个地址在南湖、秀洲的镇区以外，不在这些规定的范围内，请到当地派出所咨询。",
            "This address lies outside the towns of Nanhu and Xiuzhou, where these rules do not "
            "apply. Please ask the local police station.",
        ),
    ],
)
def test_each_verdict_is_a_sentence_a_neighbour_would_say(facts, as_of, verdict, chinese, english):
    assert page_of(facts, as_of=as_of).verdict == verdict

    assert page_of(facts, as_of=as_of).sentence == chinese
    assert page_of(facts, as_of=as_of, language="en").sentence == english


def test_a_date_that_the_rules_bring_says_so():
    facts = NO_ROUTE | {"target_township": WUTONG, "housing": "owned"}
    facts |= {"has_residence_permit": False, "has_residence_registration": True}
    facts |= {"zhejiang_hukou_years": 0}

    page = page_of(facts, as_of=date(2019, 1, 1))

    assert page.verdict == "not_yet"
    assert page.sentence == "还不行：规定以后有变化，2020年8月22日起可以申请。"


def test_what_is_missing_comes_with_its_day():
    facts = CITY_NO | {
        "housing": "owned",
        "has_residence_permit": True,
        "pension_insurance_months": 55,
    }

    page = page_of(facts, as_of=date(2019, 1, 1))

    assert [(m.text, m.day) for m in page.missing] == [("养老保险还差 5 个月", "2019年6月1日")]


def test_only_the_conditions_that_decide_are_shown_with_their_article():
    page = page_of({"target_township": WUTONG, "housing": "owned"})

    [line] = page.best.lines
    assert line.text == "合法稳定住所（自有住房，或租住并签订合同的住房）"
    assert line.detail == "您填的是：自有住房。"
    assert line.ground.url.startswith(document_url("zhejiang-2023-2027-plan"))
    assert page.ground.secondary
    assert page.ground.url.split("#")[1].startswith("clause-")


def test_alternatives_stay_together_and_each_says_how_it_stands():
    facts = CITY_NO | {
        "housing": "owned",
        "has_residence_permit": True,
        "pension_insurance_months": 55,
    }

    [line] = page_of(facts, as_of=date(2019, 1, 1)).best.lines

    assert line.text == "下面任何一项达到就可以："
    assert [part.verdict for part in line.parts] == ["not_met", "not_met"]


def test_papers_are_one_list_and_say_who_each_is_for():
    facts = {
        "target_township": WUTONG,
        "housing": "owned",
        "household": [
            {"relation": "spouse", "lives_together": True},
            {"relation": "child", "lives_together": True, "birth_date": "2015-09-01"},
        ],
    }

    papers = {paper.name: paper for paper in page_of(facts).papers}

    assert papers["居民户口簿"].who == "需要的人：本人、配偶、子女（2015年9月1日出生）"
    assert papers["不动产权证书"].alternatives == "房屋所有权证"
    assert papers["不动产权证书"].who == "需要的人：本人"
    assert papers["结婚证"].who == "需要的人：配偶"
    assert len(papers) == len(page_of(facts).papers)


def test_who_is_alone_is_not_told_who_a_paper_is_for():
    page = page_of({"target_township": WUTONG, "housing": "owned"})

    assert {paper.who for paper in page.papers} == {""}


def test_a_route_that_takes_the_family_goes_before_one_that_does_not():
    facts = CITY_NO | {
        "education": "bachelor",
        "housing": "owned",
        "household": [{"relation": "spouse", "lives_together": True}],
    }

    page = page_of(facts)

    assert page.best.self_only is False
    assert [member.verdict for member in page.family] == ["met"]


def test_the_land_stays_and_the_article_is_named():
    page = page_of({"target_township": WUTONG, "housing": "owned"})

    assert "土地承包经营权" in page.land_rights
    assert page.land_rights_clause == "嘉政发〔2016〕31号 六（一）"
    assert "land_rights" not in {notice.code for notice in page.notices}


def test_a_day_to_come_is_said():
    page = page_of({"target_township": WUTONG, "housing": "owned"}, as_of=date(2030, 1, 1))

    assert [n.code for n in page.notices] == ["future_as_of", "plan_period_over"]
    assert page.by_rules_of == "按2030年1月1日有效的规定。"


def test_the_county_is_named_where_the_town_is_not_known():
    facts = parse_facts({"housing": "owned"}, as_of=TODAY, townships={})

    with translation.override("zh-hans"):
        assert presentation.place_name(facts, {}, "330483") == "桐乡市"


def test_seven_places_best_first_and_the_chosen_one_among_equals_first():
    facts = parse_facts(
        CITY_NO
        | {"housing": "owned", "has_residence_permit": True, "pension_insurance_months": 55},
        as_of=date(2019, 1, 1),
        townships=selectors.townships(),
    )
    with translation.override("zh-hans"):
        areas = [
            (place.county_code, answers.check_answer(place.check), place.check.facts)
            for place in checks.compare_areas(facts, TODAY)
        ]
        lines = presentation.place_lines(areas, target="330411")

    assert [line.verdict for line in lines] == ["eligible"] * 5 + ["not_yet"] * 2
    assert [line.name for line in lines[5:]] == ["秀洲区城区", "南湖区城区"]
    assert lines[0].day == "现在"
    assert lines[5].day == "2019年6月1日"
    assert lines[5].missing == "养老保险还差 5 个月"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_why_a_question_is_asked_names_the_routes_and_the_words(language):
    ruleset = selectors.published_ruleset()
    facts = parse_facts({"target_township": WUTONG}, as_of=TODAY, townships=selectors.townships())
    with translation.override(language):
        check = Check(ruleset, facts, TODAY)
        places = presentation.places_of(ruleset, document_url)
        found = presentation.why_asked(check, "housing", places)

    assert len(found) >= 2
    for reason in found:
        assert reason.routes
        assert reason.ground.words
        assert reason.ground.url.startswith("/documents/")
