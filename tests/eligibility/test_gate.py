"""The gate: everything that stands between a version and its publication."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from eligibility import selectors
from eligibility.core.check import Check
from eligibility.management.commands import load_rules
from eligibility.models import ImpactRun, RulesetSnapshot, RuleVersion
from eligibility.services import checks, desk, examples, rules
from tests.eligibility.builders import ROOT, judgement, leaf
from tests.eligibility.workbench import (
    NOW,
    STABLE_HOME,
    WHY,
    approve,
    drafted,
    person,
    proved,
    published,
    submitted,
    trial,
    trial_document,
)

pytestmark = pytest.mark.django_db

OWNED = leaf("housing", "is", "owned", id="owned")
PERMIT = leaf("has_residence_permit", "is", True, id="permit")
TOMORROW = (NOW.date() + timedelta(days=1)).isoformat()


def measured(row, **changes):
    """Keep a finished impact run of what a draft says now."""
    snapshot = RulesetSnapshot.objects.first() or RulesetSnapshot.objects.create(
        hash="none", manifest={}, at=NOW
    )
    given = {
        "content_hash": row.content_hash,
        "ruleset": snapshot,
        "population": ImpactRun.Population.SYNTHETIC,
        "as_of": row.effective_from,
        "state": ImpactRun.State.DONE,
        "requested_by": person("author"),
        "requested_at": NOW,
    }
    return ImpactRun.objects.create(version=row, **(given | changes))


def codes(row, **given):
    return [breach.code for breach in rules.breaches_of(row, now=NOW, **given)]


def test_a_version_that_is_proved_measured_and_to_come_has_no_breach():
    row = proved(drafted(trial(first=TOMORROW)))
    measured(row)

    assert codes(row) == []


def test_each_breach_names_its_place_and_an_article():
    row = drafted(trial(condition={"all": [OWNED, leaf("housing", "is", "none", id="none")]}))

    for breach in rules.breaches_of(row, now=NOW):
        assert breach.at.startswith("trial-route@1")
        assert len(breach.article) == 2
        assert all(breach.article)


# --- Proof


def test_a_leaf_that_no_example_shows_stops_it_whatever_the_reason():
    row = rules.submit_rule(rule_version_id=drafted(trial()).pk, author=person("author"), now=NOW)

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row, overrides={"leaf_not_shown": WHY})

    [breach] = caught.value.breaches
    assert (breach.code, breach.absolute) == ("leaf_not_shown", True)
    assert breach.params == {"leaf": "stable-housing", "met": False, "not_met": False}


def test_one_side_of_a_leaf_is_not_enough():
    row = drafted(trial())
    examples.attach_example(
        rule_version_id=row.pk,
        name="自有住房",
        as_of="2020-01-01",
        facts={"housing": "owned"},
        expect={"routes": {"trial-route": "unknown"}},  # the place is not said
        author=person("author"),
        now=NOW,
    )

    [breach] = [b for b in rules.breaches_of(row, now=NOW) if b.code == "leaf_not_shown"]

    assert breach.params == {"leaf": "stable-housing", "met": True, "not_met": False}


def test_a_leaf_left_unknown_is_not_shown():
    row = drafted(trial())
    examples.attach_example(
        rule_version_id=row.pk,
        name="没有说住处",
        as_of="2020-01-01",
        facts={},
        expect={"routes": {"trial-route": "unknown"}},
        author=person("author"),
        now=NOW,
    )

    assert codes(row).count("leaf_not_shown") == 1


def test_an_example_that_does_not_come_out_stops_it_whatever_the_reason():
    row = submitted(trial())
    example = row.examples.first()
    example.expect = {"routes": {"trial-route": "officer_decides"}}
    example.save()

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row, overrides={"example_fails": WHY})

    [breach] = caught.value.breaches
    assert (breach.code, breach.absolute) == ("example_fails", True)
    assert breach.params["example"] == example.name
    [difference] = breach.params["differences"]
    assert (difference.key, difference.subject, difference.wanted) == (
        "routes",
        "trial-route",
        "officer_decides",
    )


def test_an_edit_that_changes_an_example_is_noticed():
    row = proved(drafted(trial()))
    desk.save_draft(
        rule_version_id=row.pk,
        revision=1,
        changes={"condition": STABLE_HOME | {"in": ["owned"]}},
        author=person("author"),
        now=NOW,
    )
    row.refresh_from_db()

    # the first home tried is an owned one and stays; nothing else is said
    assert "example_fails" not in codes(row)

    desk.save_draft(
        rule_version_id=row.pk,
        revision=2,
        changes={"condition": STABLE_HOME | {"in": ["rented_public"]}},
        author=person("author"),
        now=NOW,
    )
    row.refresh_from_db()
    assert "example_fails" in codes(row)


def test_a_judgement_needs_no_example():
    row = drafted(trial(condition=judgement(), first=TOMORROW))
    measured(row)

    assert codes(row) == []


# --- Static checks

FAULTS = {
    "contradiction": {"all": [OWNED, leaf("housing", "is", "none", id="none")]},
    "unreachable_branch": {"any": [OWNED, {"all": [OWNED | {"id": "again"}, PERMIT]}]},
    "asks_nothing": {"any": [PERMIT, {"not": PERMIT}]},
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_of_the_condition_stops_it_whatever_the_reason(code):
    row = submitted(trial(condition=FAULTS[code]))

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row, overrides={code: WHY})

    assert code in [breach.code for breach in caught.value.breaches]
    assert all(breach.absolute for breach in caught.value.breaches if breach.code == code)


def test_a_line_that_adds_nothing_may_be_what_the_text_says():
    condition = {
        "all": [
            leaf("pension_insurance_months", "at_least", 12, id="less"),
            leaf("pension_insurance_months", "at_least", 24, id="more"),
        ]
    }
    row = submitted(trial(condition=condition))

    with pytest.raises(rules.RuleBreaches, match=r"condition.all\[0\]: leaf_adds_nothing"):
        approve(row)

    assert approve(row, overrides={"leaf_adds_nothing": WHY}).status == "published"


# --- The past


@pytest.mark.parametrize(
    ("first", "late"),
    [
        (NOW.date() - timedelta(days=1), True),
        (NOW.date(), False),
        (NOW.date() + timedelta(days=1), False),
    ],
)
def test_the_past_begins_yesterday(first, late):
    row = proved(drafted(trial(first=first.isoformat())))

    assert ("published_into_the_past" in codes(row)) is late


def test_the_day_is_that_of_jiaxing():
    """Six in the evening by the clock of the world is two in the morning of the next day here."""
    row = proved(drafted(trial(first="2026-11-23")))
    evening = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)

    found = [b.code for b in rules.breaches_of(row, now=evening)]

    assert "published_into_the_past" in found


def test_publishing_into_the_past_with_a_reason_changes_no_kept_receipt():
    published(trial())
    body = {"as_of": "2025-06-01", "facts": {"housing": "rented_private"}}
    check = checks.check_body(body, NOW.date())
    kept = checks.keep_receipt(check, "{}", language="en", now=NOW)
    row = submitted(trial("2", "2024-01-01", condition=OWNED))

    with pytest.raises(rules.RuleBreaches, match="published_into_the_past"):
        rules.publish_rule(rule_version_id=row.pk, approver=person("approver"), now=NOW)
    assert checks.is_identical(checks.find_receipt(kept.reference))

    row = approve(row)

    assert row.override_reasons["published_into_the_past"]
    receipt = checks.find_receipt(kept.reference)
    assert receipt.record == kept.receipt.record
    assert checks.is_identical(receipt)
    assert [r.rule.label for r in checks.replay_check(receipt).routes] == ["trial-route@1"]
    [now] = checks.check_body(body, NOW.date()).routes
    assert (now.rule.label, now.verdict.wire) == ("trial-route@2", "not_met")


# --- Impact

RUNS = {
    "none": None,
    "still queued": {"state": ImpactRun.State.QUEUED},
    "still running": {"state": ImpactRun.State.RUNNING},
    "cancelled": {"state": ImpactRun.State.CANCELLED},
    "failed": {"state": ImpactRun.State.FAILED},
    "of what the draft said before": {"content_hash": "sha256:before"},
}


@pytest.mark.parametrize("name", RUNS)
def test_a_version_is_measured_before_it_is_published(name):
    row = proved(drafted(trial(first=TOMORROW)))
    if RUNS[name] is not None:
        measured(row, **RUNS[name])

    assert codes(row) == ["no_impact_run"]


def test_an_edit_asks_for_another_run():
    row = proved(drafted(trial(first=TOMORROW)))
    measured(row)
    assert codes(row) == []

    row = desk.save_draft(
        rule_version_id=row.pk,
        revision=1,
        changes={"registers": "self"},
        author=person("author"),
        now=NOW,
    )

    assert codes(row) == ["no_impact_run"]


# --- Superior law


def law(level, slug):
    return rules.keep_document(
        {
            "slug": slug,
            "title": {"zh": slug, "en": slug},
            "number": "",
            "issuer": {"zh": "试", "en": "Trial"},
            "issued_on": None,
            "effective_from": date(2016, 6, 28),
            "provenance": "official",
            "level": level,
            "note": {},
        },
        {"一": "摘要：试。"},
    )


def under(document, version, first, condition, **changes):
    record = trial(version, first, condition=condition, **changes)
    record["document"] = document.slug
    record["citations"]["一"]["slug"] = document.slug
    row, _ = rules.draft_rule(
        record=record, document=document, author=person("author"), position=90, now=NOW
    )
    return rules.submit_rule(rule_version_id=proved(row).pk, author=person("author"), now=NOW)


LEVELS = [
    ("province", "city", True),
    ("national", "county", True),
    ("city", "county", True),
    ("province", "", True),  # nobody said what it is: it is measured against every other
    ("city", "city", False),
    ("county", "city", False),
    ("", "city", False),
]


@pytest.mark.parametrize(("above", "below", "refused"), LEVELS)
def test_a_lower_document_does_not_narrow_a_higher_one(above, below, refused):
    approve(under(law(above, "higher"), "1", "2020-01-01", STABLE_HOME))
    row = under(law(below, "lower"), "2", "2024-01-01", OWNED)

    found = [b for b in rules.breaches_of(row, now=NOW) if b.code.startswith("narrower")]

    assert bool(found) is refused
    for breach in found:
        assert breach.code == "narrower_than_superior_law"
        assert breach.article == ("higher", "一")
        assert breach.params["superior"] == "trial-route@1"
        assert breach.params["person"]["housing"] in ("rented_private", "rented_public")
        assert not breach.absolute
    if refused:
        reason = {"narrower_than_superior_law": WHY}
        assert approve(row, overrides=reason).status == "published"


def test_a_lower_document_may_be_wider():
    approve(under(law("province", "higher"), "1", "2020-01-01", OWNED))
    row = under(law("city", "lower"), "2", "2024-01-01", STABLE_HOME)

    assert "narrower_than_superior_law" not in codes(row)


def test_a_higher_document_that_is_over_binds_nobody():
    approve(
        under(law("province", "higher"), "1", "2020-01-01", STABLE_HOME, effective_to="2023-12-31")
    )
    row = under(law("city", "lower"), "2", "2024-01-01", OWNED)

    assert "narrower_than_superior_law" not in codes(row)


def test_a_higher_document_of_another_area_binds_nobody():
    approve(under(law("province", "higher"), "1", "2020-01-01", STABLE_HOME, areas=["urban"]))
    row = under(law("city", "lower"), "2", "2024-01-01", OWNED, areas=["county"])

    assert "narrower_than_superior_law" not in codes(row)


# --- Days and sources


def test_another_version_on_the_same_day_is_shown_at_the_desk():
    published(trial("1"))
    row = proved(drafted(trial("2")))

    [breach] = [b for b in rules.breaches_of(row, now=NOW) if b.code == "overlap"]

    assert breach.absolute
    assert breach.params["other"] == "trial-route@1"


def test_words_that_are_not_those_of_the_clause_stop_it():
    row = submitted(trial())
    trial_document().clauses.update(text="别的话。")

    with pytest.raises(rules.RuleBreaches, match="citation_not_kept"):
        approve(row, overrides={"citation_not_kept": WHY})


def test_a_version_does_not_begin_before_its_document():
    trial_document(effective_from=date(2021, 1, 1))
    record = trial()
    row, _ = rules.draft_rule(
        record=record,
        document=trial_document(effective_from=date(2021, 1, 1)),
        author=person("author"),
        position=90,
        now=NOW,
    )
    row = rules.submit_rule(rule_version_id=proved(row).pk, author=person("author"), now=NOW)

    with pytest.raises(rules.RuleBreaches, match="before_its_document"):
        approve(row)
    assert approve(row, overrides={"before_its_document": WHY}).status == "published"


# --- Who


def test_nobody_approves_what_he_helped_to_write():
    row = drafted(trial(), author="author")
    row = desk.save_draft(
        rule_version_id=row.pk,
        revision=1,
        changes={"registers": "self"},
        author=person("helper"),
        now=NOW,
    )
    row = rules.submit_rule(rule_version_id=proved(row).pk, author=person("helper"), now=NOW)

    for name in ("author", "helper"):
        with pytest.raises(rules.ApproverIsAuthor):
            approve(row, approver=name)
    assert approve(row, approver="approver").status == "published"


# --- The shipped law


def test_every_shipped_version_passes_by_its_own_examples(published_rules):
    ruleset = selectors.published_ruleset()
    overridable = {
        "published_into_the_past",
        "no_impact_run",
        "no_floor_area",
        "rural_transfer",
        "leaf_adds_nothing",
    }

    for row in RuleVersion.objects.select_related("document"):
        assert set(codes(row, ruleset=ruleset)) <= overridable, row


def test_loading_says_which_example_does_not_come_out(db, tmp_path, monkeypatch):
    (tmp_path / "wrong.yaml").write_text(
        (ROOT / "fixtures" / "examples" / "urban-tenant.yaml")
        .read_text(encoding="utf-8")
        .replace("urban-tenant: met", "urban-tenant: not_met", 1),
        encoding="utf-8",
    )
    monkeypatch.setattr(load_rules, "EXAMPLES", tmp_path)
    call_command("load_demo_accounts", verbosity=0, stdout=StringIO())
    with pytest.raises(CommandError, match=r"Nothing was loaded"):
        call_command(
            "load_rules",
            author="demo-author",
            approver="demo-approver",
            override=ROOT / "fixtures" / "overrides.yaml",
        )
    assert not RuleVersion.objects.exists()


def test_the_gate_judges_as_residents_are_answered(published_rules):
    ruleset = selectors.published_ruleset()
    row = RuleVersion.objects.get(rule__code="urban-tenant", version="2022")

    proof = examples.run_examples(row, ruleset)

    assert proof.complete
    for outcome in proof.outcomes:
        again = Check(ruleset, outcome.check.facts, outcome.check.today)
        assert again.verdict is outcome.check.verdict
