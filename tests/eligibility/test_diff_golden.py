"""What changed between two versions, in the sentences that officials read: each thing once."""

import pytest
from django.utils import translation

from eligibility import rule_pages
from eligibility.core.diff import Told, tell, tell_head
from tests.eligibility.builders import (
    leaf,
    make_rule,
    shipped_rule,
    shipped_ruleset,
)

PAPERS = {
    code: {"name": {"zh": zh, "en": en}}
    for code, zh, en in (
        ("deed", "不动产权证书", "Title deed"),
        ("lease", "房屋租赁合同", "Lease"),
    )
}
HOME = leaf("housing", "is", "owned", id="home")
PERMIT = leaf("has_residence_permit", "is", True, id="permit")
SLIP = leaf("has_residence_registration", "is", True, id="slip")
LEASE = leaf("lease_registered", "is", True, id="lease")


def pension(months, **changes):
    return leaf("pension_insurance_months", "at_least", months, id="pension", **changes)


def cited(article, slug="trial", title="试"):
    return {
        "slug": slug,
        "document": {"zh": title, "en": "A trial"},
        "number": "",
        "article": article,
        "text": "摘要：试。",
        "provenance": "official",
    }


def rule(condition, **changes):
    citations = {"一": cited("一"), "二": cited("二"), "新#一": cited("一", "new", "新")}
    return make_rule(condition, papers=PAPERS, citations=citations, **changes)


GOLDEN = {
    "threshold": (
        {"all": [HOME, pension(12)]},
        {"all": [HOME, pension(60)]},
        "由“在嘉兴连续缴纳职工基本养老保险满12个月”改为“在嘉兴连续缴纳职工基本养老保险满60个月”。",
        "Instead of “at least 12 months of employees' pension insurance in Jiaxing without a "
        "break” now “at least 60 months of employees' pension insurance in Jiaxing without a "
        "break”.",
    ),
    "unit": (
        {"all": [HOME, pension(60)]},
        {"all": [HOME, leaf("zhejiang_hukou_years", "at_least", 5, id="pension")]},
        "由“在嘉兴连续缴纳职工基本养老保险满60个月”改为“浙江户籍满5年”。",
        "Instead of “at least 60 months of employees' pension insurance in Jiaxing without a "
        "break” now “at least 5 years of Zhejiang hukou”.",
    ),
    "clause": (
        {"all": [HOME, PERMIT]},
        {"all": [HOME, PERMIT | {"clause": "二"}]},
        "要求不变，依据改为《试》二：持有浙江省居住证。",
        "Asked as before, now by A trial, 二: has a Zhejiang residence permit.",
    ),
    "moved leaf": (
        {"all": [HOME, PERMIT, {"any": [SLIP, LEASE]}]},
        {"all": [HOME, {"any": [PERMIT, SLIP, LEASE]}]},
        "仍然要求，但与其他条件的搭配有变化：持有浙江省居住证。",
        "Still asked, but combined differently with the rest: has a Zhejiang residence permit.",
    ),
    "renamed": (
        {"all": [HOME, PERMIT]},
        {"all": [HOME, PERMIT | {"id": "residence-permit"}]},
        "要求不变，只是记录中的短名改了：持有浙江省居住证。",
        "Asked as before, under another short name in the record: has a Zhejiang residence permit.",
    ),
    "added branch": (
        {"all": [HOME, PERMIT]},
        {"any": [{"all": [HOME, PERMIT]}, {"all": [LEASE, pension(36)]}]},
        "新增一种途径，符合即可：同时符合（租房合同已办理租赁登记备案；"
        "在嘉兴连续缴纳职工基本养老保险满36个月）。",
        "One more way, enough by itself: all of these (the lease is registered; at least 36 "
        "months of employees' pension insurance in Jiaxing without a break).",
    ),
    "papers only": (
        {"all": [HOME | {"papers": ["lease"]}, PERMIT]},
        {"all": [HOME | {"papers": ["deed"]}, PERMIT]},
        "证明“自有住房”的材料，由房屋租赁合同改为不动产权证书。",
        "To prove “a home of one's own” bring Title deed instead of Lease.",
    ),
    "a paper more": (
        {"all": [HOME, PERMIT]},
        {"all": [HOME | {"papers": ["deed"]}, PERMIT]},
        "证明“自有住房”，增加材料：不动产权证书。",
        "To prove “a home of one's own” also bring Title deed.",
    ),
    "a paper less": (
        {"all": [HOME | {"papers": ["deed"]}, PERMIT]},
        {"all": [HOME, PERMIT]},
        "证明“自有住房”，不再要求：不动产权证书。",
        "To prove “a home of one's own” no longer bring Title deed.",
    ),
    "other answers": (
        {"all": [HOME, PERMIT]},
        {"all": [leaf("housing", "in", ["owned", "rented_public"], id="home"), PERMIT]},
        "由“自有住房”改为“自有住房或公租房（含直管公房）”。",
        "Instead of “a home of one's own” now “a home of one's own or public rental housing”.",
    ),
    "a condition more": (
        HOME,
        {"all": [HOME, PERMIT]},
        "新增：持有浙江省居住证。",
        "Newly asked: has a Zhejiang residence permit.",
    ),
    "a condition less": (
        {"all": [HOME, PERMIT]},
        HOME,
        "不再要求：持有浙江省居住证。",
        "No longer asked: has a Zhejiang residence permit.",
    ),
    "a way less": (
        {"any": [HOME, PERMIT]},
        {"any": [HOME]},
        "不再作为一种途径：持有浙江省居住证。",
        "No longer a way: has a Zhejiang residence permit.",
    ),
    "one instead of all": (
        {"all": [HOME, PERMIT]},
        {"any": [HOME, PERMIT]},
        "由同时符合改为符合其中一项即可：自有住房；持有浙江省居住证。",
        "One of these is enough now, where all were asked: a home of one's own; has a Zhejiang "
        "residence permit.",
    ),
    "all instead of one": (
        {"any": [HOME, PERMIT]},
        {"all": [HOME, PERMIT]},
        "由符合其中一项改为必须同时符合：自有住房；持有浙江省居住证。",
        "All of these are asked now, where one was enough: a home of one's own; has a Zhejiang "
        "residence permit.",
    ),
    "alone": (
        {"any": [HOME, {"all": [PERMIT, SLIP]}]},
        {"any": [HOME, {"all": [PERMIT, SLIP], "self_only": True}]},
        "按这一项落户的，改为只限本人：持有浙江省居住证；有居住登记凭证。",
        "Whoever qualifies by this is registered alone now: has a Zhejiang residence permit; "
        "has a residence registration slip.",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_change_is_said_once_as_an_official_would(name, language):
    old, new, zh, en = GOLDEN[name]
    before, after = rule(old), rule(new, version="2")

    with translation.override(language):
        said = rule_pages.differences_in_words(before, after)

    assert said == [zh if language == "zh-hans" else en]


HEADS = {
    "areas": ({"areas": ["county", "urban"]}, "改为"),
    "registers": ({"registers": "self"}, "改为只限本人落户，家属不再随迁。"),
    "name": ({"name": {"zh": "新名", "en": "New"}}, "名称由“试”改为“新名”。"),
    "last day": ({"effective_to": "2030-12-31"}, "最后施行日为2030年12月31日。"),
    "citation": ({"clause": "二"}, "依据由《试》一改为《试》二。"),
}


@pytest.mark.parametrize("name", HEADS)
def test_what_stands_beside_the_condition_is_said_once_too(name):
    changes, words = HEADS[name]

    with translation.override("zh-hans"):
        [said] = rule_pages.differences_in_words(rule(HOME), rule(HOME, version="2", **changes))

    assert words in said


def test_a_new_document_is_said_once_and_not_at_every_leaf():
    new = {"all": [HOME | {"clause": "新#一"}, PERMIT | {"clause": "新#一"}]}

    with translation.override("zh-hans"):
        said = rule_pages.differences_in_words(
            rule({"all": [HOME, PERMIT]}), rule(new, version="2", clause="新#一")
        )

    assert said == ["依据由《试》一改为《新》一。"]


def test_the_tenant_rule_of_2022_in_words():
    before, after = shipped_rule("urban-tenant@2020"), shipped_rule("urban-tenant@2022")

    assert [saying.kind for saying in tell(before, after)] == [
        Told.ADDED,
        Told.ADDED,
        Told.REMOVED,
    ]
    with translation.override("zh-hans"):
        assert rule_pages.differences_in_words(before, after)[1:] == [
            "新增：在嘉兴全市办理居住登记满12个月。",
            "新增：在现租住处居住满6个月。",
            "不再要求：连续居住满36个月。",
        ]


@pytest.mark.parametrize("version", shipped_ruleset().versions, ids=lambda version: version.label)
def test_nothing_is_said_where_nothing_changes(version):
    assert tell(version, version) == tell_head(version, version) == ()


def test_every_kind_is_said_somewhere_here():
    kinds = set()
    for old, new, *_ in GOLDEN.values():
        kinds.update(saying.kind for saying in tell(rule(old), rule(new)))
    for changes, _ in HEADS.values():
        kinds.update(s.kind for s in tell_head(rule(HOME), rule(HOME, **changes)))

    assert set(Told) - kinds == {Told.NOW_WITH_FAMILY}
