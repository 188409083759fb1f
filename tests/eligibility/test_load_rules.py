"""The command that drafts, reviews and publishes the shipped rules: all of it or nothing."""

import shutil

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from eligibility import selectors
from eligibility.management.commands import load_rules
from eligibility.models import LegalDocument, PeriodInForce, RuleEvent, RuleVersion
from tests.eligibility.builders import ROOT, RULES

pytestmark = pytest.mark.django_db

OVERRIDES = ROOT / "fixtures" / "overrides.yaml"
PLAN = "zhejiang-2023-2027-plan.yaml"


@pytest.fixture
def people():
    users = get_user_model().objects
    return [users.create_user(name) for name in ("wang", "li")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Let the command read a copy of the shipped files, which a test may spoil."""
    copy = tmp_path / "rules"
    shutil.copytree(RULES, copy)
    monkeypatch.setattr(load_rules, "FOLDER", copy)
    return copy


def load(capsys, *files, **changes):
    options = {"author": "wang", "approver": "li", "override": OVERRIDES} | changes
    capsys.readouterr()
    call_command("load_rules", *files, **options)
    return capsys.readouterr().out.strip()


def counts():
    models = apps.get_app_config("eligibility").get_models()
    return {model.__name__: model.objects.count() for model in models}


def change(folder, name, old, new):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_everything_is_published(people, capsys):
    assert load(capsys) == "34 new, 2 ended"

    assert set(RuleVersion.objects.values_list("status", flat=True)) == {"published"}
    assert RuleVersion.objects.filter(author=people[0], approver=people[1]).count() == 34
    later = {"published_into_the_past", "no_impact_run"}
    reasons = {
        str(row): sorted(set(row.override_reasons) - later)
        for row in RuleVersion.objects.all()
        if later <= set(row.override_reasons)
    }
    assert len(reasons) == 34
    assert {name: codes for name, codes in reasons.items() if codes} == {
        "urban-owner@2016": ["no_floor_area"],
        "urban-employment@2018": ["rural_transfer"],
        "family-parent@2020": ["leaf_adds_nothing"],
    }
    cited = LegalDocument.objects.filter(rule_versions__isnull=False)
    assert not cited.filter(frozen_at__isnull=True).exists()


def test_it_may_be_run_again(published_rules, people, capsys):
    load(capsys)
    before, ruleset = counts(), selectors.published_ruleset().hash

    assert load(capsys) == "34 unchanged, 0 ended"

    assert (counts(), selectors.published_ruleset().hash) == (before, ruleset)


def test_one_file_may_be_loaded(published_rules, people, capsys):
    assert load(capsys, RULES / PLAN) == "6 unchanged, 0 ended"


def test_a_file_may_be_named_from_where_one_is(published_rules, people, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    assert load(capsys, f"fixtures/rules/{PLAN}") == "6 unchanged, 0 ended"


FAULTS = {
    "a mistake in the last file": (
        PLAN,
        "fact: lives_with_sponsor, is: true",
        "fact: lives_with_sponsors, is: true",
        rf"{PLAN}:\d+: .*'lives_with_sponsors' is not in the dictionary.*Nothing was loaded",
    ),
    "a rule that is not in the table": (
        "routes.yaml",
        "  - family-child\n",
        "",
        r"yaml: family-child is not in routes\.yaml; give it a place there\. Nothing was loaded",
    ),
    "a rule that its examples contradict": (
        PLAN,
        "fact: lives_with_sponsor, is: true",
        "fact: rural_transfer, is: true",
        r"yaml: family-parent@20.*: example_fails \(.*Nothing was loaded",
    ),
    "an end of what does not exist": (
        PLAN,
        "  - code: urban-tenant\n    from: 2023-07-22",
        "  - code: urban-tenants\n    from: 2023-07-22",
        "urban-tenants has no published version to end",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_loads_nothing(people, capsys, folder, name):
    file, old, new, words = FAULTS[name]
    change(folder, file, old, new)
    before = counts()

    with pytest.raises(CommandError, match=words):
        load(capsys)

    assert counts() == before
    assert before["RuleVersion"] == before["LegalDocument"] == 0


def test_without_the_written_reasons_nothing_is_loaded(people, capsys):
    words = r"county-stable-residence@2016: published_into_the_past \(jiaxing-2016-31 三\(一\)"
    with pytest.raises(CommandError, match=words):
        load(capsys, override=None)

    assert not RuleVersion.objects.exists()


def test_a_published_version_is_not_changed_by_its_file(published_rules, people, capsys, folder):
    load(capsys)
    before, ruleset = counts(), selectors.published_ruleset().hash
    change(folder, PLAN, "in: [owned, rented_private, rented_public]", "in: [owned]")

    words = rf"{PLAN}: county-stable-residence@2023 is published and differs .* new version"
    with pytest.raises(CommandError, match=words):
        load(capsys)

    assert (counts(), selectors.published_ruleset().hash) == (before, ruleset)


def test_a_cited_document_is_not_changed_by_its_file(published_rules, people, capsys, folder):
    change(folder, PLAN, '  number: ""', "  number: 浙政发〔2023〕1号")

    with pytest.raises(CommandError, match=r"zhejiang-2023-2027-plan: number differ"):
        load(capsys)


LATER = """\
- name: 与子女同住，2030年
  relies_on: family-parent@2030
  as_of: 2030-01-01
  facts: {target_township: "330483001", sponsor: child, lives_with_sponsor: true}
  expect: {routes: {family-parent: met}}
- name: 投靠配偶、没有同住，2030年
  relies_on: family-parent@2030
  as_of: 2030-01-01
  facts: {target_township: "330483001", sponsor: spouse, lives_with_sponsor: false}
  expect: {routes: {family-parent: not_met}}
"""


def test_a_later_version_is_added(published_rules, people, capsys, folder, monkeypatch):
    (folder / "examples").mkdir()
    (folder / "examples" / "later.yaml").write_text(LATER, encoding="utf-8")
    monkeypatch.setattr(load_rules, "EXAMPLES", folder / "examples")
    text = (folder / PLAN).read_text(encoding="utf-8")
    start = text.index("  - code: family-parent")
    rule = text[start : text.index("  - code: family-spouse")]
    rule = rule.replace('version: "2023"', 'version: "2030"')
    rule = rule.replace("effective_from: 2023-07-22", "effective_from: 2030-01-01")
    change(folder, PLAN, "ends:\n", f"{rule}ends:\n")

    assert load(capsys) == "34 unchanged, 1 new, 0 ended"

    earlier = PeriodInForce.objects.filter(version__version="2023", code="family-parent")
    assert {str(day) for day in earlier.values_list("last_day", flat=True)} == {"2029-12-31"}


def test_an_end_is_recorded_once_with_its_source(published_rules, people, capsys):
    load(capsys)

    events = RuleEvent.objects.order_by("version__rule__position")
    assert [(str(e.version), e.kind, str(e.from_day)) for e in events] == [
        ("urban-owner@2020", "ended", "2023-07-22"),
        ("urban-tenant@2022", "ended", "2023-07-22"),
    ]
    assert {event.document.slug for event in events} == {"zhejiang-2023-2027-plan"}
    assert all(event.clause and event.reason_zh and event.reason_en for event in events)


# --- People


@pytest.mark.parametrize("who", ["author", "approver"])
def test_an_account_that_does_not_exist(people, capsys, who):
    with pytest.raises(CommandError, match=r"no active account 'nobody'; create it first"):
        load(capsys, **{who: "nobody"})

    assert not RuleVersion.objects.exists()


def test_an_account_that_is_closed(people, capsys):
    people[1].is_active = False
    people[1].save()

    with pytest.raises(CommandError, match="no active account 'li'"):
        load(capsys)


@pytest.mark.parametrize("who", [0, 1])
def test_demo_accounts_publish_nothing_in_production(people, capsys, settings, who):
    settings.DEMO_ALLOWED = False
    people[who].is_demo = True
    people[who].save()

    with pytest.raises(CommandError, match=r"is a demo account.* name a real author"):
        load(capsys)

    assert not RuleVersion.objects.exists()


def test_one_person_is_not_two(people, capsys):
    with pytest.raises(CommandError, match="needs an approver other than its author"):
        load(capsys, approver="wang")

    assert not RuleVersion.objects.exists()


@pytest.mark.parametrize("options", [{"override": ROOT / "gone.yaml"}, {}])
def test_a_file_that_is_not_there(people, capsys, options):
    files = [] if options else [ROOT / "gone.yaml"]

    with pytest.raises(CommandError, match=r"gone\.yaml:1: cannot be read"):
        load(capsys, *files, **options)
