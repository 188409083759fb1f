"""What residents read about facts, leaves, refusals and notices, in both languages."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from eligibility import wording
from eligibility.core.condition import Compare, leaves
from eligibility.core.facts import COMPARABLE, FACTS, MEMBER_COMPARABLE, MEMBER_FACTS, Kind
from eligibility.core.notices import Notice
from tests.eligibility.builders import ROOT, leaf, make_rule, shipped_ruleset

EVERY_FACT = FACTS | MEMBER_FACTS | COMPARABLE | MEMBER_COMPARABLE


@pytest.fixture(params=["zh-hans", "en"])
def each_language(request):
    with translation.override(request.param):
        yield request.param


def said(language, condition, **parameters):
    [asked] = leaves(make_rule(condition, **parameters).condition)
    with translation.override(language):
        return wording.leaf_text(asked)


MONTHS_60 = {"months_60": {"value": 60, "unit": "months", "clause": "一"}}
AREA = {"area": {"value": "39.14", "unit": "m2", "clause": "一"}}


@pytest.mark.parametrize(
    ("condition", "parameters", "chinese", "english"),
    [
        (
            leaf("housing", "in", ["owned", "rented_private", "rented_public"]),
            {},
            "合法稳定住所（自有住房，或租住并签订合同的住房）",
            "a legal and stable home (one's own, or rented under a contract)",
        ),
        (
            leaf("pension_insurance_months", "at_least", "$months_60"),
            MONTHS_60,
            "在嘉兴连续缴纳职工基本养老保险满60个月",
            "at least 60 months of employees' pension insurance in Jiaxing without a break",
        ),
        (
            leaf("housing_area_per_person_m2", "at_least", "$area"),
            AREA,
            "人均住房面积不少于39.14平方米",
            "at least 39.14 m² of floor area per person",
        ),
        (
            leaf("zhejiang_hukou_years", "at_least", 5),
            {},
            "浙江户籍满5年",
            "at least 5 years of Zhejiang hukou",
        ),
        (
            leaf("zhejiang_hukou_years", "below", 1),
            {},
            "浙江户籍不满1年",
            "less than 1 year of Zhejiang hukou",
        ),
        (leaf("age_years", "at_least", 60), {}, "年满60周岁", "60 years old or older"),
        (leaf("age_years", "below", 18), {}, "不满18周岁", "under 18 years old"),
        (leaf("age_years", "at_most", 25), {}, "不超过25周岁", "no older than 25"),
        (
            leaf("graduation_years_begun", "at_most", 15),
            {},
            "毕业不超过15年",
            "graduated no more than 15 years ago",
        ),
        (
            leaf("has_residence_permit", "is", True),
            {},
            "持有浙江省居住证",
            "has a Zhejiang residence permit",
        ),
        (leaf("has_own_income", "is", False), {}, "本人没有收入", "has no income of one's own"),
        (
            leaf("education", "at_least", "junior_college"),
            {},
            "学历：大专及以上",
            "education: junior college or higher",
        ),
        (
            leaf("employment", "in", ["contract", "self_employed", "business_owner"]),
            {},
            "签订劳动合同就业、个体经营或自办企业",
            "employed under a labour contract, self-employed or owner of a business",
        ),
        (leaf("sponsor", "is", "child"), {}, "投靠子女", "joins a son or daughter"),
        (leaf("hukou_place", "is", "none"), {}, "没有户口", "no hukou anywhere"),
    ],
)
def test_a_leaf_reads_like_a_sentence_of_the_law(condition, parameters, chinese, english):
    assert said("zh-hans", condition, parameters=parameters) == chinese
    assert said("en", condition, parameters=parameters) == english


def test_every_shipped_leaf_has_words(each_language):
    for rule in shipped_ruleset().versions:
        for asked in leaves(rule.condition):
            text = wording.leaf_text(asked)

            assert text
            assert "_" not in text
            if each_language == "zh-hans" and isinstance(asked, Compare):
                assert ": " not in text
                assert "; " not in text


@pytest.mark.parametrize("name", EVERY_FACT)
def test_every_fact_has_a_name_and_words_for_its_values(name, each_language):
    fact = EVERY_FACT[name]

    assert name in wording.LABELS
    if fact.kind is Kind.BOOL:
        assert wording.YES[name] != wording.NO[name]
    if fact.kind is Kind.CHOICE:
        words = [str(wording.VALUES[name][value]) for value in fact.values]
        assert len(set(words)) == len(words)


def test_a_member_is_named_by_number():
    with translation.override("zh-hans"):
        assert wording.label("household[0].relation") == "第1位家庭成员：与申请人的关系"
    with translation.override("en"):
        assert wording.label("household[1].birth_date") == "household member 2: date of birth"


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        (["甲"], "甲", "甲"),
        (["甲", "乙"], "甲或乙", "甲 or 乙"),
        (["甲", "乙", "丙"], "甲、乙或丙", "甲, 乙 or 丙"),
    ],
)
def test_alternatives_are_joined_as_the_language_does(words, chinese, english):
    with translation.override("zh-hans"):
        assert wording.any_of(words) == chinese
    with translation.override("en"):
        assert wording.any_of(words) == english


def test_sentences_and_phrases_follow_each_other_without_a_gap_in_chinese():
    with translation.override("zh-hans"):
        assert wording.sentences(["甲。", "乙。", "丙。"]) == "甲。乙。丙。"
        assert wording.clauses_of(["甲", "乙"]) == "甲；乙"
    with translation.override("en"):
        assert wording.sentences(["One.", "Two."]) == "One. Two."


def codes_used(function: str) -> set[str]:
    """Return the codes that the core and the services refuse with."""
    found = set()
    for path in sorted(Path(ROOT, "eligibility").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = {"FieldError": 1, "_Refused": 0}.get(node.func.id)
            if node.func.id == function and place is not None and len(node.args) > place:
                argument = node.args[place]
                if isinstance(argument, ast.Constant):
                    found.add(argument.value)
    return found


def test_every_refusal_has_words():
    used = codes_used("FieldError") | codes_used("_Refused")

    assert len(used) > 10
    assert used - set(wording.REFUSALS) == set()


def test_a_contradiction_names_both_facts(each_language):
    notice = Notice("graduated_before_birth", fields=("graduation_date", "birth_date"))

    text = wording.notice_text(notice)

    assert f"“{wording.label('graduation_date')}”" in text
    assert f"“{wording.label('birth_date')}”" in text
