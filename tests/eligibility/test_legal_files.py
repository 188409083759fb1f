"""Mistakes in a legal file: each is reported with file, line and remedy, and nothing is read."""

from pathlib import Path

import pytest

from eligibility.legal_files import (
    LegalFileError,
    read_files,
    read_folder,
    read_order,
    read_overrides,
)
from tests.eligibility.builders import RULES

PAPERS = """\
papers:
  household_register:
    name: {zh: 居民户口簿, en: Household register}
    always: true
  title_deed:
    name: {zh: 不动产权证书, en: Title deed}
    only_when: {housing: owned}
"""
ROUTES = "order: [trial-route, other-route]\n"
LAW = """\
document:
  slug: trial
  title: {zh: 试行办法, en: Trial measures}
  number: ""
  issuer: {zh: 试办, en: The trial office}
  issued_on: 2019-12-01
  effective_from: 2020-01-01
  provenance: official
clauses:
  总则: 试行。
rules:
  - code: trial-route
    version: "1"
    name: {zh: 试行, en: A trial}
    areas: [county]
    effective_from: 2020-01-01
    effective_to: 2021-12-31
    clause: 总则
    registers: self
    clauses:
      第一条: 有房并参保满12个月的，可以落户。
    parameters:
      months: {value: 12, unit: months, clause: 第一条}
    condition:
      all:
        - id: home
          clause: 第一条
          fact: housing
          in: [owned]
          papers: [title_deed]
        - id: pension
          clause: 第一条
          fact: pension_insurance_months
          at_least: $months
          papers: []
    summary: {zh: 新增。, en: New.}
  - code: trial-route
    version: "2"
    name: {zh: 试行, en: A trial}
    areas: [county]
    effective_from: 2022-01-01
    clause: 总则
    registers: self
    condition:
      judgement: officer-looks
      clause: 总则
      papers: []
      asks: {zh: 由派出所认定, en: what the officer decides}
    summary: {zh: 改为认定。, en: Left to the officer.}
ends:
  - code: other-route
    from: 2022-01-01
    clause: 总则
    reason: {zh: 终止。, en: It is over.}
"""


@pytest.fixture
def folder(tmp_path):
    for name, text in {"papers": PAPERS, "routes": ROUTES, "law": LAW}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_unspoilt_file_is_read(folder):
    """The control for the mistakes below."""
    [file] = read_folder(folder)

    assert [rule.label for rule in file.rules] == ["trial-route@1", "trial-route@2"]
    assert [ending.code for ending in file.endings] == ["other-route"]
    assert file.document["slug"] == "trial"
    assert dict(file.clauses)["第一条"].startswith("有房")


# name -> what is replaced, by what, the line that is reported, the words that are
FAULTS = {
    "unknown fact": (
        "fact: pension_insurance_months",
        "fact: social_insurance_months",
        "fact: social_insurance_months",
        r"'social_insurance_months' is not in the dictionary",
    ),
    "fact that is shown only": (
        "fact: pension_insurance_months",
        "fact: investment_cny",
        "fact: investment_cny",
        "not in the dictionary of comparable facts",
    ),
    "value of the wrong type": (
        "at_least: $months",
        "at_least: twelve",
        "at_least: twelve",
        "'twelve' does not fit pension_insurance_months; it takes a whole number",
    ),
    "figure with a decimal point": (
        "at_least: $months",
        "at_least: 12.5",
        "at_least: 12.5",
        r"'12\.5' does not fit",
    ),
    "unknown choice": (
        "in: [owned]",
        "in: [owned, tent]",
        "in: [owned, tent]",
        "'tent' does not fit housing; it takes owned, rented_private",
    ),
    "unit of another kind": (
        "unit: months",
        "unit: years",
        "at_least: $months",
        "months is in 'years', pension_insurance_months in 'months'",
    ),
    "unknown parameter": (
        "at_least: $months",
        "at_least: $month",
        "at_least: $month",
        "no parameter 'month'; add it under",
    ),
    "parameter without its clause": (
        "{value: 12, unit: months, clause: 第一条}",
        "{value: 12, unit: months}",
        "months: {value",
        "`value`, `unit` and the `clause`",
    ),
    "bare parameter": (
        "{value: 12, unit: months, clause: 第一条}",
        "12",
        "months: 12",
        "`value`, `unit` and the `clause`",
    ),
    "parameters as a list": (
        "      months: {value: 12, unit: months, clause: 第一条}",
        "      - months: 12",
        "parameters:",
        r"`rules\[0\]\.parameters` must hold names and values",
    ),
    "missing citation": (
        "        - id: home\n          clause: 第一条\n",
        "        - id: home\n",
        "- id: home",
        "citation is missing; add `clause:`",
    ),
    "unknown clause": (
        "        - id: home\n          clause: 第一条\n",
        "        - id: home\n          clause: 第九条\n",
        "clause: 第九条",
        "no clause '第九条' is quoted; add its words under `clauses:`",
    ),
    "unknown clause of the whole rule": (
        "    clause: 总则\n    registers: self\n    clauses:",
        "    clause: 第九条\n    registers: self\n    clauses:",
        "clause: 第九条",
        "no clause '第九条' is quoted",
    ),
    "unknown paper": (
        "papers: [title_deed]",
        "papers: [title_deeds]",
        "papers: [title_deeds]",
        "the paper 'title_deeds' is not in the register",
    ),
    "no word about papers": (
        "          in: [owned]\n          papers: [title_deed]\n",
        "          in: [owned]\n",
        "- id: home",
        r"`papers: \[\]` says that none is needed",
    ),
    "key given twice": (
        '    version: "1"\n',
        '    version: "1"\n    version: "3"\n',
        'version: "3"',
        "`version` is given twice; keep one",
    ),
    "article quoted in two ways": (
        "  总则: 试行。\n",
        "  总则: 试行。\n  第一条: 别的。\n",
        "第一条: 有房并参保",
        "第一条 is quoted twice with different words",
    ),
    "article without words": (
        "  总则: 试行。\n",
        "  总则:\n",
        "总则:",
        "the words of 总则 are missing",
    ),
    "overlap": (
        "effective_to: 2021-12-31",
        "effective_to: 2022-01-01",
        "effective_from: 2022-01-01",
        "trial-route@2 overlaps trial-route@1 in county from 2022-01-01; begin it after",
    ),
    "two versions from one day": (
        "effective_from: 2022-01-01\n",
        "effective_from: 2020-01-01\n",
        "effective_from: 2020-01-01\n    clause",
        "overlaps trial-route@1",
    ),
    "gap": (
        "effective_to: 2021-12-31",
        "effective_to: 2021-12-30",
        "effective_from: 2022-01-01",
        "no version of trial-route is in force in county from 2021-12-31.*close the gap",
    ),
    "broken YAML": (
        "areas: [county]\n    effective_from: 2020-01-01",
        "areas: [county\n    effective_from: 2020-01-01",
        "effective_from: 2020-01-01\n    effective_to",
        "not readable as YAML",
    ),
    "tabulator": (
        "    registers: self\n    clauses:",
        "\tregisters: self\n    clauses:",
        "\tregisters",
        "not readable as YAML",
    ),
    "YAML tag": (
        "registers: self\n    clauses:",
        "registers: !python self\n    clauses:",
        "registers: !python self",
        "not readable as YAML",
    ),
    "unknown key of a rule": (
        "    registers: self\n    clauses:",
        "    registers: self\n    valid: true\n    clauses:",
        "valid: true",
        "`valid` is not known here; use one of areas, clause",
    ),
    "unknown key of a document": (
        "  provenance: official",
        "  provenance: official\n  author: me",
        "author: me",
        "`author` is not known here; use one of effective_from",
    ),
    "unknown key at the top": (
        "rules:\n  - code",
        "rulez: 1\nrules:\n  - code",
        "rulez: 1",
        "`rulez` is not known here; use one of clauses, document",
    ),
    "unknown key of a leaf": (
        "          in: [owned]\n",
        "          in: [owned]\n          unless: [tent]\n",
        "- id: home",
        "`unless` does not belong here",
    ),
    "no such day": (
        "effective_from: 2022-01-01",
        "effective_from: 2022-02-30",
        "effective_from: 2022-02-30",
        "must be a day like 2018-05-01",
    ),
    "no such day of the document": (
        "issued_on: 2019-12-01",
        "issued_on: 2019-13-01",
        "issued_on: 2019-13-01",
        "'2019-13-01' is not a day; write it like 2018-05-01",
    ),
    "last day before the first": (
        "effective_to: 2021-12-31",
        "effective_to: 2019-12-31",
        "effective_to: 2019-12-31",
        "the last day is before the first",
    ),
    "wrong operator": (
        "at_least: $months",
        "more_than: $months",
        "- id: pension",
        "`more_than` does not belong here",
    ),
    "no operator": (
        "          at_least: $months\n",
        "",
        "- id: pension",
        "give exactly one operator of is, in, at_least",
    ),
    "two operators": (
        "at_least: $months",
        "at_least: $months\n          below: 60",
        "- id: pension",
        "give exactly one operator",
    ),
    "operator without an order": (
        "in: [owned]",
        "at_least: owned",
        "at_least: owned",
        "housing has no order; use `is` or `in`",
    ),
    "list for a number": (
        "at_least: $months",
        "in: [12]",
        "in: [12]",
        "`in` takes a list of choices",
    ),
    "one id for two questions": (
        "- id: pension",
        "- id: home",
        "condition:",
        "two different leaves are called 'home'; rename one",
    ),
    "id with capitals": (
        "- id: pension",
        "- id: Pension",
        "- id: Pension",
        "the id 'Pension' is not in lower-case-with-hyphens",
    ),
    "version as a number": (
        'version: "1"',
        "version: 1",
        "version: 1",
        "give it as text in quotes",
    ),
    "unknown area": (
        "areas: [county]\n    effective_from: 2022",
        "areas: [province]\n    effective_from: 2022",
        "areas: [province]",
        "`areas` takes a list of county, urban, rural",
    ),
    "unknown kind": (
        "    registers: self\n    clauses:",
        "    kind: path\n    registers: self\n    clauses:",
        "kind: path",
        "`kind` must be one of route, family",
    ),
    "unknown provenance": (
        "provenance: official",
        "provenance: hearsay",
        "provenance: hearsay",
        "`provenance` must be one of official, secondary",
    ),
    "no English": (
        "asks: {zh: 由派出所认定, en: what the officer decides}",
        "asks: {zh: 由派出所认定}",
        "asks: {zh",
        "say in `zh` and `en` what the officer decides",
    ),
    "no English title": (
        "title: {zh: 试行办法, en: Trial measures}",
        "title: {zh: 试行办法}",
        "title: {zh",
        "needs a text in zh and in en",
    ),
    "not around a judgement": (
        "      judgement: officer-looks\n      clause: 总则\n      papers: []\n      asks:",
        "      not:\n        judgement: officer-looks\n        clause: 总则\n"
        "        papers: []\n        asks:",
        "not:",
        "put `not` around one leaf that compares a fact",
    ),
    "empty group": (
        "    condition:\n      judgement: officer-looks",
        "    condition:\n      all: []\n      judgement: officer-looks",
        "condition:\n      all: []",
        "",
    ),
    "no condition": (
        "    condition:\n      judgement: officer-looks\n      clause: 总则\n"
        "      papers: []\n      asks: {zh: 由派出所认定, en: what the officer decides}\n",
        "",
        '- code: trial-route\n    version: "2"',
        "expected `all` or `any`",
    ),
    "rules that are no list": (
        'rules:\n  - code: trial-route\n    version: "1"',
        'rules: 7\nclausez:\n  - code: trial-route\n    version: "1"',
        "clausez:",
        "`clausez` is not known here",
    ),
    "an ending without its reason": (
        "    reason: {zh: 终止。, en: It is over.}\n",
        "",
        "- code: other-route",
        r"`ends\[0\]\.reason` needs a text",
    ),
    "an ending without its day": (
        "    from: 2022-01-01\n",
        "",
        "- code: other-route",
        "`from` is missing; add it",
    ),
    "an ending without its route": (
        "  - code: other-route\n    from",
        "  - from",
        "- from: 2022-01-01",
        "`code` is missing",
    ),
    "an ending by an unknown clause": (
        "    from: 2022-01-01\n    clause: 总则",
        "    from: 2022-01-01\n    clause: 第九条",
        "clause: 第九条",
        "no clause '第九条' is quoted",
    ),
    "an ending with a key too many": (
        "    from: 2022-01-01\n",
        "    from: 2022-01-01\n    until: 2023-01-01\n",
        "until: 2023-01-01",
        "`until` is not known here",
    ),
    "no document": ("document:\n", "dokument:\n", "dokument:", "not known here"),
    "no slug": ("  slug: trial\n", "", "document:", "no `slug`"),
    "nothing but text": (LAW, "law\n", "law", "must hold names and values"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_is_reported_where_it_is(folder, name):
    old, new, place, words = FAULTS[name]
    assert old in LAW
    text = LAW.replace(old, new, 1)
    (folder / "law.yaml").write_text(text, encoding="utf-8")
    line = text[: text.index(place)].count("\n") + 1

    with pytest.raises(LegalFileError, match=words or None) as caught:
        read_folder(folder)

    error = caught.value
    assert (error.path.name, error.line) == ("law.yaml", line)
    assert str(error).startswith(f"law.yaml:{line}: ")


def test_what_is_not_utf8_is_refused(folder):
    (folder / "law.yaml").write_bytes(LAW.encode("gbk"))

    with pytest.raises(LegalFileError, match=r"law\.yaml:3: not UTF-8: .*save it as UTF-8"):
        read_folder(folder)


def test_an_empty_file_is_refused(folder):
    (folder / "law.yaml").write_text("")

    with pytest.raises(LegalFileError, match=r"law\.yaml:1: .*must hold names and values"):
        read_folder(folder)


def test_two_documents_do_not_share_a_slug(folder):
    (folder / "other.yaml").write_text(LAW, encoding="utf-8")

    with pytest.raises(LegalFileError, match=r"other\.yaml:2: trial is the slug of another"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("papers:\n  deed:\n    name: {zh: 证}\n", 3, "needs a text in zh and in en"),
        ("papers:\n  deed:\n    named: x\n", 3, "`named` is not known here"),
        ("paper: {}\n", 1, "`paper` is not known here"),
        ("{}\n", 1, "`papers` is missing"),
        ("papers:\n", 1, "`papers` must hold names and values"),
        ("- deed\n", 1, "must hold names and values"),
    ],
)
def test_mistakes_in_the_register_of_papers(folder, text, line, words):
    (folder / "papers.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(LegalFileError, match=words) as caught:
        read_folder(folder)

    assert (caught.value.path.name, caught.value.line) == ("papers.yaml", line)


@pytest.mark.parametrize("text", ["{}\n", "order:\n", "order: first\n", "ordre: []\n"])
def test_mistakes_in_the_order_of_routes(folder, text):
    (folder / "routes.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(LegalFileError, match=r"routes\.yaml:1: "):
        read_order(folder)


def test_a_file_that_is_not_there(folder):
    with pytest.raises(LegalFileError, match=r"gone\.yaml:1: cannot be read: No such file"):
        read_files([folder / "gone.yaml"], folder)


def test_a_relative_path_names_the_same_file(folder, monkeypatch):
    monkeypatch.chdir(folder)

    [file] = read_files([Path("law.yaml")], folder)

    assert file.document["slug"] == "trial"


def test_figures_stay_as_they_are_written(folder):
    text = LAW.replace("fact: pension_insurance_months", "fact: housing_area_per_person_m2")
    text = text.replace("value: 12, unit: months", "value: 39.10, unit: m2")
    (folder / "law.yaml").write_text(text, encoding="utf-8")

    [file] = read_folder(folder)

    assert file.records[0]["parameters"]["months"]["value"] == "39.10"


def test_a_clause_of_another_document_may_be_cited(folder):
    other = LAW[: LAW.index("rules:")].replace("slug: trial", "slug: other")
    (folder / "other.yaml").write_text(other, encoding="utf-8")
    text = LAW.replace(
        "        - id: home\n          clause: 第一条",
        "        - id: home\n          clause: other#总则",
    )
    (folder / "law.yaml").write_text(text, encoding="utf-8")

    [file] = read_files([folder / "law.yaml"], folder)

    assert file.records[0]["citations"]["other#总则"]["slug"] == "other"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rule: a\n", 1, "expected a list"),
        ("- rule: a@1\n  breach: x\n", 1, "needs a text"),
        ("- rule: a@1\n  breach: x\n  reason: {zh: 因}\n", 3, "needs a text"),
        ("- rule: a@1\n  why: x\n", 2, "`why` is not known here"),
        ("- breach: x\n  reason: {zh: 因, en: y}\n", 1, "`rule` is missing"),
    ],
)
def test_mistakes_in_the_written_reasons(tmp_path, text, line, words):
    path = tmp_path / "overrides.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LegalFileError, match=words) as caught:
        read_overrides(path)

    assert (caught.value.path.name, caught.value.line) == ("overrides.yaml", line)


def test_the_shipped_files_are_in_the_order_of_their_first_days():
    files = read_folder(RULES)

    days = [file.document["effective_from"] for file in files if file.rules]
    assert days == sorted(days)
    assert sum(len(file.rules) for file in files) == 34
