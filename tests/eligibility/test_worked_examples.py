"""Worked examples: by hand, from a receipt, generated, from the files."""

import json
from datetime import date

import pytest

from eligibility import desk_words, selectors
from eligibility.core.errors import FactsRefused
from eligibility.legal_files import LegalFileError, read_examples
from eligibility.models import DataGap, RuleVersion, WorkedExample
from eligibility.services import checks, desk, examples
from eligibility.services.draft_records import lines
from eligibility.services.examples import ExampleRefused
from tests.eligibility.builders import COUNTY_STREET, ROOT, leaf
from tests.eligibility.examples import examples as files
from tests.eligibility.workbench import NOW, drafted, person, proved, published, trial

pytestmark = pytest.mark.django_db


def attach(row, **changes):
    given = {
        "rule_version_id": row.pk,
        "name": "自有住房",
        "as_of": "2020-01-01",
        "facts": {"housing": "owned"},
        "expect": {"routes": {"trial-route": "unknown"}},
        "author": person("author"),
        "now": NOW,
    }
    return examples.attach_example(**(given | changes))


def version(label):
    code, name = label.split("@")
    return RuleVersion.objects.get(rule__code=code, version=name)


# --- From the files


def test_the_files_and_the_desk_show_the_same(published_rules):
    in_files = {
        (e.relies_on, e.name, e.as_of, json.dumps(e.facts, sort_keys=True, default=str))
        for e in files()
        if e.relies_on
    }

    at_desk = {
        (str(e.version), e.name, e.as_of, json.dumps(e.facts, sort_keys=True))
        for e in WorkedExample.objects.select_related("version__rule")
    }
    assert at_desk == in_files
    assert set(WorkedExample.objects.values_list("origin", flat=True)) == {"file"}


def test_every_shipped_version_is_proved_on_its_own(published_rules):
    ruleset = selectors.published_ruleset()
    for row in RuleVersion.objects.all():
        proof = examples.run_examples(row, ruleset)

        assert proof.outcomes, row
        assert proof.failed == (), row
        assert [leaf.leaf for leaf in proof.shown if not leaf.complete] == [], row


def test_every_judgement_of_the_law_stands_in_the_register_of_gaps(published_rules):
    asked = {
        line["judgement"]
        for row in RuleVersion.objects.all()
        for line in lines(row.record["condition"])
        if "judgement" in line
    }

    assert set(DataGap.objects.values_list("leaf_id", flat=True)) == asked
    for gap in DataGap.objects.all():
        assert all((gap.asks_zh, gap.asks_en, gap.why_zh, gap.why_en, gap.question_zh))
        assert gap.question_en


def test_the_questions_of_the_register_are_those_of_the_sources(published_rules):
    sources = (ROOT / "docs" / "legal_sources.md").read_text(encoding="utf-8")
    for gap in DataGap.objects.exclude(leaf_id="child-requirements"):
        assert gap.question_zh in sources


def test_loading_again_takes_over_what_the_files_say_now(published_rules):
    row = version("urban-tenant@2022")
    given = [
        {
            "name": e.name,
            "as_of": e.as_of.isoformat(),
            "facts": e.facts,
            "expect": e.expect,
        }
        for e in row.examples.all()
    ]
    kept = set(row.examples.values_list("pk", flat=True))
    changed = given[0] | {"expect": {"routes": {"urban-tenant": "not_met"}}}

    assert examples.sync_file_examples(row, given, NOW) == 0
    assert set(row.examples.values_list("pk", flat=True)) == kept
    assert examples.sync_file_examples(row, [changed, *given[2:]], NOW) == 1
    assert row.examples.count() == len(given) - 1
    assert row.examples.get(name=changed["name"]).expect == changed["expect"]


BAD_FILES = {
    "not a list": ("a: 1\n", 1, "must be a list"),
    "no name": ("- {as_of: 2020-01-01, facts: {}, expect: {}}\n", 1, "`name` is missing"),
    "an unknown key": (
        "- name: 甲\n  as_of: 2020-01-01\n  facts: {}\n  expects: {}\n",
        4,
        "`expects` is not known here",
    ),
    "no such day": (
        "- name: 甲\n  as_of: 2021-02-29\n  facts: {}\n  expect: {}\n",
        2,
        "is not a day",
    ),
    "facts that are a list": (
        "- name: 甲\n  as_of: 2020-01-01\n  facts: []\n  expect: {}\n",
        3,
        "must hold names and values",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_mistake_in_a_file_names_its_line(tmp_path, name):
    text, line, words = BAD_FILES[name]
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(LegalFileError, match=words) as caught:
        read_examples(tmp_path)

    assert caught.value.line == line


# --- By hand


def test_an_example_is_kept_with_who_wrote_it():
    row = drafted(trial())

    example = attach(row)

    assert (example.origin, example.author, example.created_at) == ("hand", person("author"), NOW)
    assert examples.run_example(row, example).passed


def test_an_example_says_what_does_not_come_out(published_rules):
    row = drafted(trial(areas=["county", "urban"]))
    example = attach(
        row,
        facts={"target_township": COUNTY_STREET, "housing": "none"},
        expect={
            "routes": {"trial-route": "met", "no-such-route": "not_met"},
            "verdict": "eligible",
            "earliest_date": "2021-01-01",
            "earliest_dates": {"trial-route": None},
            "self_only": {"trial-route": True},
            "family": ["met"],
        },
    )

    outcome = examples.run_example(row, example)

    assert not outcome.passed
    assert {(d.key, d.subject): d.got for d in outcome.differences} == {
        ("routes", "trial-route"): "not_met",
        ("routes", "no-such-route"): "not_listed",
        ("verdict", ""): "more_information_needed",
        ("earliest_date", ""): None,
        ("self_only", "trial-route"): False,
        ("family", ""): [],
    }


REFUSED = {
    "no name": ({"name": "  "}, "name"),
    "a name of 201 characters": ({"name": "名" * 201}, "name"),
    "nothing expected": ({"expect": {}}, "expect"),
    "an unknown expectation": ({"expect": {"route": {}}}, "expect.route"),
    "a verdict that is none": ({"expect": {"routes": {"trial-route": "yes"}}},
                               "expect.routes.trial-route"),
    "an overall verdict that is none": ({"expect": {"verdict": "met"}}, "expect.verdict"),
    "a day that is none": ({"expect": {"earliest_date": "soon"}}, "expect.earliest_date"),
    "routes that are a list": ({"expect": {"routes": ["met"]}}, "expect.routes"),
    "family that is no list": ({"expect": {"family": "met"}}, "expect.family"),
    "self_only that is neither": ({"expect": {"self_only": {"trial-route": "no"}}},
                                  "expect.self_only.trial-route"),
    "a day before its first": ({"as_of": "2019-12-31"}, "as_of"),
    "a place where it does not hold": ({"facts": {"target_township": "330402010"}}, "as_of"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_example_is_refused_by_its_field(published_rules, name):
    changes, field = REFUSED[name]
    row = drafted(trial())

    with pytest.raises(ExampleRefused) as caught:
        attach(row, **changes)

    assert caught.value.field == field
    assert not row.examples.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"facts": {"houses": "owned"}}, "houses"),
        ({"facts": {"housing": "castle"}}, "housing"),
        ({"as_of": "2016-06-27"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
    ],
)
def test_facts_that_cannot_be_read_are_named(changes, field):
    with pytest.raises(FactsRefused) as caught:
        attach(drafted(trial()), **changes)

    assert [error.field for error in caught.value.errors] == [field]


def test_a_name_is_given_once_a_day():
    row = drafted(trial())
    attach(row)

    with pytest.raises(ExampleRefused, match="rename one"):
        attach(row)
    attach(row, as_of="2020-01-02")


def test_the_examples_of_a_published_version_stay():
    row = published(trial())
    example = row.examples.first()

    with pytest.raises(ExampleRefused, match="a new version gets new ones"):
        attach(row)
    with pytest.raises(ExampleRefused):
        examples.remove_example(example_id=example.pk)
    with pytest.raises(ExampleRefused):
        examples.generate_examples(
            rule_version_id=row.pk, author=person("author"), now=NOW, name=desk_words.boundary_name
        )
    assert row.examples.filter(pk=example.pk).exists()


def test_an_example_of_a_draft_is_taken_away():
    row = drafted(trial())
    example = attach(row)

    examples.remove_example(example_id=example.pk)

    assert not row.examples.exists()


def test_an_example_that_can_no_longer_be_read_fails_and_says_why():
    row = drafted(trial())
    example = attach(row)
    example.facts = {"houses": "owned"}

    outcome = examples.run_example(row, example)

    assert not outcome.passed
    assert [error.field for error in outcome.refused] == ["houses"]


# --- From a receipt


def kept(facts, as_of="2023-03-01"):
    body = {"as_of": as_of, "facts": facts}
    check = checks.check_body(body, NOW.date())
    return checks.keep_receipt(check, '{"name": "result"}', language="zh", now=NOW)


FACTS = {"target_township": "330402010", "housing": "rented_private", "lease_registered": True,
         "residence_registration_months": 12, "months_in_current_rental": 5}  # fmt: skip


def draft_of(label, name="2027", first=date(2027, 1, 1)):
    return desk.start_draft(
        source_id=version(label).pk,
        version=name,
        author=person("author"),
        now=NOW,
        effective_from=first,
    )


def test_a_receipt_becomes_an_example_in_two_clicks(published_rules):
    receipt = kept(FACTS)
    row = draft_of("urban-tenant@2022", first=date(2022, 6, 1))

    case = examples.case_of_receipt(row, receipt.reference)
    example = examples.example_from_receipt(
        rule_version_id=row.pk,
        reference=receipt.reference,
        author=person("author"),
        now=NOW,
        name="现租住处住满5个月",
    )

    assert (case.as_of, case.facts, case.kept, case.now) == (
        date(2023, 3, 1),
        FACTS,
        "not_met",
        "not_met",
    )
    assert (example.origin, example.as_of, example.facts) == ("receipt", date(2023, 3, 1), FACTS)
    assert example.expect == {"routes": {"urban-tenant": "not_met"}}
    assert examples.run_example(row, example).passed


def test_an_example_holds_nothing_of_the_receipt_but_its_facts(published_rules):
    receipt = kept(FACTS)
    row = draft_of("urban-tenant@2022", first=date(2022, 6, 1))
    example = examples.example_from_receipt(
        rule_version_id=row.pk,
        reference=receipt.reference,
        author=person("author"),
        now=NOW,
        name="例",
    )

    values = json.dumps(
        {f.name: str(getattr(example, f.attname)) for f in example._meta.concrete_fields}
    )
    for secret in (receipt.reference, receipt.deletion_key, receipt.receipt.reference_digest):
        assert secret not in values
    names = {field.name for field in WorkedExample._meta.get_fields()}
    assert "receipt" not in names


def test_the_day_is_not_before_the_version_begins(published_rules):
    receipt = kept(FACTS)
    row = draft_of("urban-tenant@2022")

    case = examples.case_of_receipt(row, receipt.reference)

    assert case.as_of == date(2027, 1, 1)


def test_another_verdict_may_be_what_must_come_out(published_rules):
    receipt = kept(FACTS)
    row = draft_of("urban-tenant@2022", first=date(2022, 6, 1))
    example = examples.example_from_receipt(
        rule_version_id=row.pk,
        reference=receipt.reference,
        author=person("author"),
        now=NOW,
        name="例",
        verdict="met",
    )

    assert not examples.run_example(row, example).passed


@pytest.mark.parametrize("way", ["unknown", "deleted"])
def test_a_receipt_that_is_not_there_gives_nothing(published_rules, way):
    receipt = kept(FACTS)
    reference = receipt.reference
    if way == "deleted":
        checks.delete_receipt(reference, receipt.deletion_key, now=NOW)
    else:
        reference = "no such reference"

    with pytest.raises((checks.ReceiptUnknown, checks.ReceiptDeleted)):
        examples.case_of_receipt(version("urban-tenant@2022"), reference)


# --- Generated


def test_generated_examples_show_every_leaf_and_are_named_in_chinese(published_rules):
    for label in ("urban-tenant@2022", "urban-employment@2020", "accompanying-family@2016",
                  "family-parent@2020"):  # fmt: skip
        code = label.split("@")[0]
        row = draft_of(label, "2030", date(2030, 1, 1)) if code != "urban-tenant" else draft_of(
            label, "2022-06", date(2022, 6, 1)
        )  # fmt: skip
        made = examples.generate_examples(
            rule_version_id=row.pk, author=person("author"), now=NOW, name=desk_words.boundary_name
        )

        proof = examples.run_examples(row)
        assert proof.complete, label
        assert len({example.name for example in made}) == len(made)
        for example in made:
            assert example.origin == "generated"
            assert example.name.startswith(("符合“", "不符合“"))
            assert not set("abcdefghijklmnopqrstuvwxyz_") & set(example.name)


def test_generating_again_replaces_what_was_generated_and_nothing_else():
    row = proved(drafted(trial()))
    mine = attach(row)
    before = set(row.examples.filter(origin="generated").values_list("name", flat=True))

    proved(row)

    assert set(row.examples.filter(origin="generated").values_list("name", flat=True)) == before
    assert row.examples.filter(pk=mine.pk).exists()


def test_examples_at_a_figure_are_at_it_and_one_below(published_rules):
    row = drafted(trial(condition=leaf("pension_insurance_months", "at_least", 36)))
    proved(row)

    found = {
        e.facts["pension_insurance_months"]: e.expect["routes"]["trial-route"]
        for e in row.examples.all()
    }
    assert found == {36: "met", 35: "not_met"}


def test_a_condition_that_is_too_entangled_is_said_to_be_so(monkeypatch):
    row = drafted(trial())
    monkeypatch.setattr("eligibility.core.cases.MOST", 1)

    with pytest.raises(ExampleRefused, match="split the rule"):
        proved(row)
