"""The provisions' files: the shipped ones hold together, a mistake is named with its line."""

import shutil
from datetime import date

import pytest

from eligibility.core.condition import Compare, OfficerJudgement, leaves
from eligibility.core.errors import RulesConflict
from eligibility.legal_files import LegalFileError
from residence_permit.core.permit_facts import HOLDER_FACTS
from residence_permit.core.provisions import check_versions, in_force, read_provision
from residence_permit.legal_files import read_provisions
from tests.residence_permit.core.golden import ROOT, shipped

FIXTURES = ROOT / "fixtures"
OPINION = "jiaxing-2016-31"
TODAY = date(2026, 11, 25)


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the folders, to be broken."""
    for folder in ("permit", "services"):
        shutil.copytree(FIXTURES / folder, tmp_path / folder)
    return tmp_path


def test_all_that_the_law_lists_is_there():
    kinds = {}
    for provision in in_force(shipped(), TODAY, county_code="330402"):
        kinds.setdefault(provision.kind, []).append(provision.code)

    assert {kind: len(codes) for kind, codes in kinds.items()} == {
        "permit": 1,
        "right": 4,  # ZJ 25
        "service": 6,  # ZJ 25 (1)-(6)
        "convenience": 7,  # ZJ 26 (1)-(7)
        "widened": 13,  # ZJ 27, and 六(二) 1-7
    }


def test_a_record_read_again_is_the_same_provision():
    for held in read_provisions(FIXTURES):
        again = read_provision(held.record)

        assert again.content_hash == held.provision.content_hash
        assert again.condition == held.provision.condition


def test_only_the_citys_opinion_is_quoted_and_its_words_are_the_official_text():
    official = (ROOT / "docs" / "policy" / "jiaxing-2016-31.txt").read_text(encoding="utf-8")

    for provision in shipped():
        for citation in provision.citations.values():
            if citation.slug == OPINION:
                assert citation.text in official
            else:
                assert citation.text.startswith("摘要：")


def test_an_office_is_one_that_the_text_names():
    for provision in shipped():
        if provision.office is None:
            continue
        if provision.citation.slug == OPINION:
            names = provision.office["zh"].removesuffix("等")
            assert names in provision.citation.text
        else:
            assert provision.office["zh"] == "县级以上人民政府及其有关部门"


def test_a_service_asks_only_about_the_holder():
    for provision in shipped():
        if provision.kind != "permit":
            asked = {x.fact for x in leaves(provision.condition) if isinstance(x, Compare)}
            assert asked <= set(HOLDER_FACTS)


def test_what_an_officer_decides_is_asked_of_an_office():
    sources = (ROOT / "docs" / "legal_sources.md").read_text(encoding="utf-8")

    for provision in shipped():
        for leaf in leaves(provision.condition):
            if isinstance(leaf, OfficerJudgement):
                assert f"`{leaf.id}`" in sources, provision.label


@pytest.mark.parametrize(
    ("old", "new", "line_of", "says"),
    [
        ("fact: registration_months", "fact: shoe_size", "shoe_size", "not in the dictionary"),
        (
            "clause: 第十六条第一款\n    also",
            "clause: 第九十九条\n    also",
            "clause: 第九十九条",
            "第九十九条",
        ),
        ("kind: permit", "kind: permission", "kind: permission", "must be one of"),
        ('area: "330000"', "area: 浙江", "area: 浙江", "six digits"),
        ("    effective_from: 2016-07-01\n", "    effective_from: soon\n", "soon", "2018-05-01"),
        ("at_least: $min_registration_months", "at_least: $half", "at_least: $half", "half"),
        ("papers: [student_card]", "papers: [card]", "papers: [card]", "register"),
        ("    version:", "    edition:", "edition:", "not known here"),
    ],
)
def test_a_mistake_is_named_with_its_line(copy, old, new, line_of, says):
    path = copy / "permit" / "zhejiang-residence-registration.yaml"
    text = path.read_text(encoding="utf-8").replace(old, new, 1)
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LegalFileError) as refused:
        read_provisions(copy)

    wanted = next(n for n, x in enumerate(text.splitlines(), 1) if line_of in x)
    assert abs(refused.value.line - wanted) <= 3
    assert refused.value.path.name == path.name
    assert says in refused.value.message


def test_one_document_has_one_description(copy):
    path = copy / "services" / "residence-permit-regulation.yaml"
    text = path.read_text(encoding="utf-8").replace("第663号", "第664号", 1)
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LegalFileError, match="described differently"):
        read_provisions(copy)


def test_two_versions_never_begin_on_one_day():
    twice = [read_provision(held.record) for held in read_provisions(FIXTURES)[:1] * 2]

    with pytest.raises(RulesConflict):
        check_versions(twice)
