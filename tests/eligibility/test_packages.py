"""Rule packages: out and in again, what is refused with file, line and remedy, templates."""

import copy
from datetime import date

import pytest
import yaml
from django.core.management import CommandError, call_command

from eligibility import records
from eligibility.core.condition import leaves
from eligibility.core.rule import digest
from eligibility.legal_files import LegalFileError
from eligibility.models import Clause, LegalDocument, Rule, RuleVersion, WorkedExample
from eligibility.services import desk, packages, rules
from tests.eligibility.workbench import NOW, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law(published_rules):
    """Have the law as it is shipped."""


def version(label):
    code, name = label.split("@")
    return RuleVersion.objects.get(rule__code=code, version=name)


def written(content):
    """Return a package of ``content`` with its right hash."""
    text = yaml.safe_dump(
        {"hash": digest(content), "content": content}, allow_unicode=True, sort_keys=False
    )
    return text.encode()


def content_of(code, *names):
    return yaml.safe_load(packages.export_rule(code, names))["content"]


def coming(label="urban-tenant@2022", **changes):
    """Return the content of a package in which a shipped version comes again, in 2028."""
    code, name = label.split("@")
    content = content_of(code, name)
    [entry] = content["rules"]
    entry.update({"version": "2028", "effective_from": "2028-01-01", "examples": []} | changes)
    return content


def load(content, author="importer"):
    return packages.import_package(
        name="package.yaml",
        content=content if isinstance(content, bytes) else written(content),
        author=person(author),
        now=NOW,
    )


def counts():
    models = (Rule, RuleVersion, LegalDocument, Clause, WorkedExample)
    return [model.objects.count() for model in models]


# --- Out and in


@pytest.mark.parametrize("code", ["urban-tenant", "urban-talent", "accompanying-family"])
def test_what_goes_out_comes_in_unchanged(code):
    text = packages.export_rule(code)
    before = counts()

    done = load(text.encode())

    assert {what for _, what in done} == {"unchanged"}
    assert [row.version for row, _ in done] == list(
        RuleVersion.objects.filter(rule__code=code)
        .order_by("effective_from")
        .values_list("version", flat=True)
    )
    assert counts() == before


def test_every_rule_can_be_exported_and_read():
    for code in Rule.objects.values_list("code", flat=True):
        package = packages.read_package(f"{code}.yaml", packages.export_rule(code).encode())

        for entry in package.entries:
            assert entry.rule is records.to_rule(version(entry.rule.label).record)
            assert len(entry.examples) == version(entry.rule.label).examples.count()


def test_a_figure_stays_exactly_as_it_is_written():
    text = packages.export_rule("urban-owner", ["2016"])

    assert "value: '39.14'" in text
    assert yaml.safe_load(text)["content"]["rules"][0]["effective_from"] == "2016-06-28"


def test_what_comes_in_is_a_draft_of_its_importer_with_its_examples():
    content = coming()
    content["rules"][0]["examples"] = [
        {
            "name": "住满6个月，2028年",
            "as_of": "2028-01-01",
            "facts": {"target_township": "330402010", "housing": "owned"},
            "expect": {"routes": {"urban-tenant": "not_met"}},
        }
    ]

    [(row, what)] = load(content)

    assert (what, row.status, row.author) == ("new", "draft", person("importer"))
    assert row.editors == [person("importer").pk]
    assert str(row) == "urban-tenant@2028"
    assert [example.name for example in row.examples.all()] == ["住满6个月，2028年"]
    assert row.record["condition"] == version("urban-tenant@2022").record["condition"]


def test_it_may_be_loaded_twice():
    load(coming())
    before = counts()

    [(_, what)] = load(coming())

    assert (what, counts()) == ("unchanged", before)


def test_a_new_rule_of_a_new_document_comes_last_in_the_table():
    content = coming(code="haiyan-tenant", areas=["county"])
    document = {
        "slug": "haiyan-2028",
        "title": {"zh": "海盐县落户办法", "en": "Haiyan settlement measures"},
        "number": "",
        "issuer": {"zh": "海盐县", "en": "Haiyan County"},
        "issued_on": None,
        "effective_from": "2028-01-01",
        "provenance": "official",
        "level": "county",
        "clauses": {"第一条": "租房的，可以落户。"},
    }
    content["documents"].append(document)
    content["rules"][0]["document"] = "haiyan-2028"
    content["rules"][0]["clause"] = "第一条"
    for line in content["rules"][0]["condition"]["all"]:
        line["clause"] = "jiaxing-2022-relaxation#城区租赁"
    for figure in content["rules"][0]["parameters"].values():
        figure["clause"] = "第一条"

    [(row, _)] = load(content)

    assert row.rule.position == max(Rule.objects.values_list("position", flat=True))
    assert row.document.slug == "haiyan-2028"
    assert row.document.level == "county"
    assert set(row.record["citations"]) == {"第一条", "jiaxing-2022-relaxation#城区租赁"}


# --- Refused


def change(place, value):
    """Return a function that puts ``value`` at a place of the first rule, or takes it away."""

    def spoil(content):
        *path, last = place
        at = content["rules"][0]
        for step in path:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value

    return spoil


def second(content):
    content["rules"].append(copy.deepcopy(content["rules"][0]))


def other_paper(content):
    content["papers"]["private_lease"]["name"]["zh"] = "租约"


def other_words(content):
    [document] = [d for d in content["documents"] if d["slug"] == "jiaxing-2022-relaxation"]
    document["clauses"]["城区租赁"] = "摘要：别的话。"


LINE = ("condition", "all", 2)
SPOILT = {
    "an unknown fact": (change((*LINE, "fact"), "land_rights"), "fact: land_rights",
                        "is not in the dictionary"),
    "a type error": (change(("condition", "all", 1, "is"), "yes, of course"),
                     "is: yes, of course", "it takes true or false"),
    "a missing citation": (change((*LINE, "clause"), None), "- id: registration-months",
                           "add `clause:`"),
    "a clause that is not quoted": (change((*LINE, "clause"), "九"), "clause: 九",
                                    "no clause '九' is quoted"),
    "an unknown paper": (change((*LINE, "papers"), ["passport"]), "papers:",
                         "is not in the register"),
    "no papers said": (change((*LINE, "papers"), None), "- id: registration-months",
                       "name the papers"),
    "a figure in another unit": (
        change(("parameters", "min_registration_months", "unit"), "years"),
        "at_least: $min_registration_months", "the units must be the same"),
    "a figure without its clause": (
        change(("parameters", "min_registration_months", "clause"), None),
        "min_registration_months:", "a figure needs"),
    "older than what is in force": (change(("effective_from",), "2021-01-01"),
                                    "effective_from: '2021-01-01'",
                                    "urban-tenant@2022 is in force since 2022-02-01; begin it "
                                    "after that day"),
    "as old as what is in force": (change(("effective_from",), "2022-02-01"),
                                   "effective_from: '2022-02-01'", "begin it after that day"),
    "no such day": (change(("effective_from",), "2028-02-30"), "effective_from: '2028-02-30'",
                    "must be a day"),
    "a version name that is taken": (change(("version",), "2022"), "version: '2022'",
                                     "give it another name"),
    "a version without quotes": (change(("version",), 2028), "- code: urban-tenant",
                                 "in quotes"),
    "a rule given twice": (second, "- code: urban-tenant", "is given twice"),
    "a route that is a family rule": (change(("code",), "accompanying-family"),
                                      "- code: accompanying-family", "a code of its own"),
    "an unknown key": (change(("figures",), {}), "figures: {}", "`figures` is not known here"),
    "a document that nobody has": (change(("document",), "nowhere"), "document: nowhere",
                                   "no document 'nowhere' is kept"),
    "a condition that is text": (change(("condition",), "anybody"), "condition: anybody",
                                 "expected `all` or `any`"),
    "areas that are none": (change(("areas",), ["moon"]), "areas:", "takes a list of county"),
    "a paper with other words": (other_paper, "private_lease:", "kept with other words"),
    "a cited document with other words": (other_words, "- slug: jiaxing-2022-relaxation",
                                          "the words differ"),
    "an example of unknown facts": (
        change(("examples",), [{"name": "甲", "as_of": "2028-01-01", "facts": {"house": "x"},
                                "expect": {"verdict": "eligible"}}]),
        "house: x", "house: unknown_fact"),
    "an example that expects nothing": (
        change(("examples",), [{"name": "甲", "as_of": "2028-01-01", "facts": {},
                                "expect": {}}]), "expect: {}", "say what must come out"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_bad_package_is_refused_with_line_and_remedy_and_nothing_is_loaded(name):
    spoil, line, words = SPOILT[name]
    content = coming()
    spoil(content)
    raw = written(content)
    before = counts()

    with pytest.raises(LegalFileError) as caught:
        load(raw)

    assert words in caught.value.message
    assert raw.decode().splitlines()[caught.value.line - 1].strip().startswith(line), caught.value
    assert str(caught.value).startswith(f"package.yaml:{caught.value.line}: ")
    assert counts() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must hold names and values"),
        ("hash: x\ncontent: []\n", "must hold names and values"),
        ("hash: x\ncontent: {rules: 7}\n", "the hash is not that of the content"),
        ("{", "not readable as YAML"),
        ("a: &a [1]\nb: *a\n", "write it out"),
        ('a: "\\0"\n', "only text"),
        ('a: "\\ud800"\n', "only text"),
        ("a: !!float 1.5\n", "only text"),
        ("a: !!python/object/apply:os.system [x]\n", "is not known here"),
        ("[" * 5000, "not readable|nested too deeply"),
        ("a: 1\na: 2\n", "is given twice"),
    ],
)
def test_what_is_no_package_at_all_is_refused(text, words):
    with pytest.raises(LegalFileError, match=words) as caught:
        load(text.encode())

    assert caught.value.line >= 1


def test_text_that_is_not_utf_8_is_refused():
    with pytest.raises(LegalFileError, match="save it as UTF-8"):
        load("hash: 甲".encode("gbk"))


def test_a_package_that_is_too_large_is_not_read():
    with pytest.raises(LegalFileError, match="larger than 2 MB"):
        load(b"#" * 2_000_001)


def test_a_wrong_hash_is_refused_and_the_right_one_named():
    raw = packages.export_rule("urban-tenant").replace("value: 12", "value: 1").encode()
    right = digest(yaml.safe_load(raw)["content"])

    with pytest.raises(LegalFileError) as caught:
        load(raw)

    assert caught.value.line == 1
    assert right in caught.value.message
    assert "export it again" in caught.value.message


def test_no_rule_is_no_package():
    with pytest.raises(LegalFileError, match="holds no rule"):
        load({"documents": [], "papers": {}, "rules": []})


def test_one_bad_rule_keeps_all_out():
    content = coming()
    bad = coming("urban-talent@2020", effective_from="2019-01-01")
    content["rules"] += bad["rules"]
    content["documents"] += [
        d for d in bad["documents"] if d["slug"] not in {e["slug"] for e in content["documents"]}
    ]
    content["papers"] |= bad["papers"]
    before = counts()

    with pytest.raises(LegalFileError, match="urban-talent@2028"):
        load(content)

    assert counts() == before


# --- Templates


def county(**changes):
    """Return a package that inherits the tenant rule of 2022 and says what differs."""
    entry = {
        "inherits": "urban-tenant@2022",
        "code": "haiyan-tenant",
        "version": "2028",
        "effective_from": "2028-01-01",
        "areas": ["county"],
        "name": {"zh": "海盐县租赁", "en": "A rented home in Haiyan"},
        "parameters": {"min_rental_months": {"value": 12}},
        "leaves": {"housing": {"in": ["rented_private", "rented_public"]}},
    }
    return {"rules": [entry | changes]}


def test_a_county_holds_only_its_differences():
    package = packages.read_package("haiyan.yaml", written(county()))
    [entry] = package.entries

    assert entry.template.label == "urban-tenant@2022"
    assert [(c.id, c.kind.value) for c in entry.differences] == [
        ("housing", "values"),
        ("current-rental", "figure"),
    ]
    [(row, what)] = load(county())
    rule = records.to_rule(row.record)
    values = {leaf.id: leaf.value for leaf in leaves(rule.condition)}
    assert what == "new"
    assert values == {
        "housing": ("rented_private", "rented_public"),
        "lease-registered": True,
        "registration-months": 12,
        "current-rental": 12,
    }
    assert (rule.areas, rule.effective_from) == (("county",), date(2028, 1, 1))
    assert rule.citation.slug == "jiaxing-2022-relaxation"
    assert row.record["inherits"] == "urban-tenant@2022"


def test_what_inherits_goes_out_as_its_differences_and_comes_in_alike():
    [(row, _)] = load(county())

    text = packages.export_versions([row])
    [entry] = yaml.safe_load(text)["content"]["rules"]

    assert "condition" not in entry
    assert entry["inherits"] == "urban-tenant@2022"
    assert set(entry["leaves"]) == {"housing"}
    assert set(entry["parameters"]) == {"min_rental_months"}
    assert load(text.encode()) == [(row, "unchanged")]


def test_a_leaf_may_be_left_out():
    [(row, _)] = load(county(leaves={"lease-registered": None}))

    names = [leaf.id for leaf in leaves(records.to_rule(row.record).condition)]
    assert names == ["housing", "registration-months", "current-rental"]


def test_a_template_may_come_along_in_the_package():
    content = coming()
    content["rules"] += county(inherits="urban-tenant@2028")["rules"]

    done = load(content)

    assert [str(row) for row, _ in done] == ["urban-tenant@2028", "haiyan-tenant@2028"]


def test_differences_are_those_of_the_template_also_after_an_edit_of_the_draft():
    [(row, _)] = load(county())
    record = row.record
    row = desk.save_draft(
        rule_version_id=row.pk,
        revision=1,
        changes={"areas": ["county", "urban"]},
        author=person("importer"),
        now=NOW,
    )

    assert row.record["inherits"] == record["inherits"]
    [entry] = yaml.safe_load(packages.export_versions([row]))["content"]["rules"]
    assert entry["areas"] == ["county", "urban"]


CIRCLE = [
    {"inherits": "b@1", "code": "a", "version": "1", "effective_from": "2028-01-01"},
    {"inherits": "a@1", "code": "b", "version": "1", "effective_from": "2028-01-01"},
]
TEMPLATES = {
    "in a circle": ({"rules": CIRCLE}, "go round in a circle: a@1 -> b@1 -> a@1"),
    "of itself": (
        {"rules": [CIRCLE[0] | {"inherits": "a@1"}]},
        "go round in a circle: a@1 -> a@1",
    ),
    "that is not there": (county(inherits="urban-tenant@1999"), "no published version"),
    "that is no name": (county(inherits="urban-tenant"), "name the template like"),
    "with another figure": (
        county(parameters={"min_years": {"value": 1}}),
        "the template has no figure 'min_years'",
    ),
    "with another leaf": (county(leaves={"garden": None}), "the template has no leaf 'garden'"),
    "of which nothing is left": (
        county(
            leaves=dict.fromkeys(
                ["housing", "lease-registered", "registration-months", "current-rental"]
            )
        ),
        "keep a leaf",
    ),
    "with a whole condition": (county(condition={}), "`condition` is not known here"),
    "with a fact that does not exist": (
        county(leaves={"housing": {"fact": "garden"}}),
        "is not in the dictionary",
    ),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_bad_template_is_refused(name):
    content, words = TEMPLATES[name]
    before = counts()

    with pytest.raises(LegalFileError) as caught:
        load(content)

    assert words in caught.value.message
    assert counts() == before


# --- Commands


def test_the_commands_write_check_and_load(tmp_path, capsys):
    file = tmp_path / "tenant.yaml"
    call_command("export_rules", "urban-tenant", "--version-name", "2022", output=file)
    person("importer")

    call_command("import_rules", file, check=True)
    call_command("import_rules", file, author="importer")

    assert capsys.readouterr().out.splitlines() == [
        "urban-tenant@2022: can be loaded",
        "urban-tenant@2022: unchanged",
    ]
    call_command("export_rules", "urban-tenant", "--version-name", "2022")
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")


def test_the_commands_say_what_is_wrong(tmp_path):
    with pytest.raises(CommandError, match="no version 1999 of urban-tenant"):
        call_command("export_rules", "urban-tenant", "--version-name", "1999")
    with pytest.raises(CommandError, match=r"gone\.yaml: cannot be read"):
        call_command("import_rules", tmp_path / "gone.yaml", author="demo-author")
    file = tmp_path / "bad.yaml"
    file.write_text("hash: x\ncontent: {}\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"bad\.yaml:1: the hash .*Nothing was loaded"):
        call_command("import_rules", file, author="demo-author")
    with pytest.raises(CommandError, match="no active account 'nobody'"):
        call_command("import_rules", file, author="nobody")


def test_a_rule_that_does_not_exist_cannot_be_exported():
    with pytest.raises(rules.RuleError, match="to export"):
        packages.export_rule("no-such-rule")
