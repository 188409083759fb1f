"""The desk: drafts begun, edited by two people, reviewed; documents; events by a second person."""

import copy
from datetime import date, timedelta

import pytest

from eligibility import selectors
from eligibility.core import editing
from eligibility.core.errors import RuleMalformed
from eligibility.models import (
    Clause,
    LegalDocument,
    ProposedEvent,
    Rule,
    RuleEvent,
    RuleVersion,
)
from eligibility.services import desk, rules
from eligibility.services.draft_records import with_full_references
from tests.eligibility.builders import judgement, leaf
from tests.eligibility.test_gate import measured
from tests.eligibility.workbench import (
    NOW,
    STABLE_HOME,
    WHY,
    drafted,
    person,
    proved,
    published,
    submitted,
    trial,
    trial_document,
)

pytestmark = pytest.mark.django_db

PERMIT = leaf("has_residence_permit", "is", True, id="permit")
DOCUMENT = {
    "slug": "new-law",
    "title": {"zh": "新办法", "en": "New measures"},
    "number": "嘉试〔2027〕1号",
    "issuer": {"zh": "试办", "en": "The trial office"},
    "issued_on": date(2026, 12, 1),
    "effective_from": date(2027, 1, 1),
    "provenance": "official",
    "level": "city",
    "note": {},
}
WORDS = {"第一条": "有稳定住所的，可以落户。", "第二条": "参保满12个月的，可以落户。"}


def version(label):
    code, name = label.split("@")
    return RuleVersion.objects.get(rule__code=code, version=name)


def save(row, revision=1, author="author", **changes):
    return desk.save_draft(
        rule_version_id=row.pk,
        revision=revision,
        changes=changes,
        author=person(author),
        now=NOW,
    )


def start(row, name="2", **changes):
    given = {"author": person("author"), "now": NOW, "effective_from": date(2027, 1, 1)}
    return desk.start_draft(source_id=row.pk, version=name, **(given | changes))


# --- Beginning


def test_a_draft_begins_with_the_words_of_the_version_in_force():
    old = published(trial())

    row = start(old)

    assert (row.status, row.version, row.effective_from) == ("draft", "2", date(2027, 1, 1))
    assert row.record == old.record | {"version": "2", "effective_from": "2027-01-01"}
    assert (row.author, row.editors, row.revision) == (person("author"), [person("author").pk], 1)
    assert not row.examples.exists()


def test_the_last_day_of_the_old_version_is_not_taken_over():
    old = published(trial(effective_to="2026-12-31"))

    assert start(old).effective_to is None


@pytest.mark.parametrize("name", ["1", " 1 "])
def test_a_version_name_is_given_once(name):
    old = published(trial())

    with pytest.raises(rules.RuleError, match="give the new one another name"):
        start(old, name)


def test_a_version_needs_a_name():
    with pytest.raises(RuleMalformed, match="version"):
        start(published(trial()), "  ")


def test_a_rule_that_is_new_begins_at_the_desk_too():
    trial_document()
    record = trial(code="new-route", condition=PERMIT)

    row = desk.start_rule(record=record, author=person("author"), now=NOW)

    assert row.rule.code == "new-route"
    with pytest.raises(rules.RuleError, match="start from one of its versions"):
        desk.start_rule(record=record | {"version": "2"}, author=person("author"), now=NOW)


# --- Editing


def test_an_edit_raises_the_revision_and_keeps_the_rest():
    row = start(published(trial()))

    row = save(row, condition={"all": [STABLE_HOME, PERMIT]}, summary={"zh": "新", "en": "New"})

    assert row.revision == 2
    assert row.record["condition"] == {"all": [STABLE_HOME, PERMIT]}
    assert row.record["name"] == trial()["name"]
    again = RuleVersion.objects.get(pk=row.pk)
    assert (again.content_hash, again.record) == (row.content_hash, row.record)


def test_an_edit_without_a_change_changes_nothing():
    row = save(start(published(trial())), registers="self")

    assert save(row, revision=2, condition=STABLE_HOME).revision == 2


def test_a_changed_first_day_and_name_are_those_of_the_row():
    row = save(start(published(trial())), version="2027", effective_from="2027-02-01",
               effective_to="2028-01-31", areas=["county", "urban"])  # fmt: skip

    assert (row.version, row.effective_from, row.effective_to) == (
        "2027",
        date(2027, 2, 1),
        date(2028, 1, 31),
    )


def test_two_authors_do_not_overwrite_each_other():
    row = start(published(trial()))
    save(row, registers="self")

    with pytest.raises(desk.DraftChanged) as caught:
        save(row, author="somebody", summary={"zh": "别的", "en": "Other"})

    assert caught.value.row.record["registers"] == "self"
    assert caught.value.row.revision == 2
    row.refresh_from_db()
    assert row.record["summary"] == trial()["summary"]

    row = save(row, revision=2, author="somebody", summary={"zh": "别的", "en": "Other"})
    assert (row.record["registers"], row.record["summary"]["zh"]) == ("self", "别的")
    assert row.author == person("somebody")
    assert set(row.editors) == {person("author").pk, person("somebody").pk}


@pytest.mark.parametrize("make", [submitted, published])
def test_only_a_draft_is_edited(make):
    row = make(trial())

    with pytest.raises(desk.NoDraft, match="not a draft"):
        save(row, registers="self")


def test_what_follows_from_the_rest_is_not_edited():
    row = start(published(trial()))

    with pytest.raises(rules.RuleError, match="`citations` is not known here"):
        save(row, citations={})


MALFORMED = {
    "an unknown fact": (leaf("land_rights", "is", True), "rule.condition.fact"),
    "a value that is none": (leaf("housing", "is", "castle"), "rule.condition.is"),
    "an empty group": ({"all": []}, "rule.condition"),
    "no citation": (PERMIT | {"clause": ""}, "rule.condition"),
    "a clause that is not kept": (
        {"all": [STABLE_HOME, PERMIT | {"clause": "九"}]},
        "rule.condition.all[1].clause",
    ),
    "a paper that is not kept": (PERMIT | {"papers": ["passport"]}, "rule.condition.papers"),
    "no papers said": ({k: v for k, v in PERMIT.items() if k != "papers"}, "rule.condition"),
    "a figure that is not given": (
        leaf("pension_insurance_months", "at_least", "$months"),
        "rule.condition.at_least",
    ),
    "one id for two questions": (
        {"all": [PERMIT, leaf("lease_registered", "is", True, id="permit")]},
        "rule.condition",
    ),
    "an opposite of a judgement": ({"not": judgement()}, "rule.condition.not"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_read_is_refused_with_its_place(name):
    condition, at = MALFORMED[name]
    row = start(published(trial()))

    with pytest.raises(RuleMalformed) as caught:
        save(row, condition=condition)

    assert caught.value.at == at
    row.refresh_from_db()
    assert (row.revision, row.record["condition"]) == (1, STABLE_HOME)


def test_a_figure_in_another_unit_is_refused():
    row = start(published(trial()))
    figure = {"value": 5, "unit": "years", "clause": "一"}

    with pytest.raises(RuleMalformed, match="the units must be the same"):
        save(
            row,
            condition=leaf("pension_insurance_months", "at_least", "$least"),
            parameters={"least": figure},
        )


def test_citations_papers_and_figures_are_those_that_are_used(published_rules):
    row = start(version("urban-tenant@2022"), "2027")
    condition = editing.remove(row.record["condition"], "r-2")
    condition = editing.remove(condition, "r-1")

    row = save(row, condition=condition)

    assert set(row.record["parameters"]) == {"min_rental_months"}
    assert set(row.record["papers"]) == {"household_register", "identity_card", "private_lease"}

    other = "zhejiang-2023-2027-plan#随迁"
    moved = condition["all"][0] | {"clause": other, "papers": ["title_deed"]}
    row = save(row, revision=2, condition={"all": [moved, *condition["all"][1:]]})

    assert row.record["citations"][other]["slug"] == "zhejiang-2023-2027-plan"
    assert "title_deed" in row.record["papers"]


def test_the_tenant_rule_of_2022_is_made_from_that_of_2020(published_rules):
    """By the edits that an officer makes, the very condition of the shipped version comes out."""
    wanted = version("urban-tenant@2022")
    row = start(version("urban-tenant@2020"), "2027")
    record = with_full_references(wanted.record)
    tree = row.record["condition"]
    for place, line in enumerate(record["condition"]["all"]):
        if place < len(tree["all"]):
            tree = editing.replace(tree, f"r-{place}", line)
        else:
            tree = editing.insert(tree, "r", line)

    row = save(
        row,
        condition=tree,
        document="jiaxing-2022-relaxation",
        clause="jiaxing-2022-relaxation#城区租赁",
        parameters=record["parameters"],
    )

    for key in ("condition", "parameters", "citations", "papers", "clause", "document"):
        assert row.record[key] == wanted.record[key], key


def test_a_new_document_keeps_the_citations_of_the_old_one():
    row = start(published(trial()))
    desk.keep_document(document=DOCUMENT, clauses=WORDS, author=person("writer"), now=NOW)

    row = save(row, document="new-law", clause="第一条")

    assert row.document.slug == "new-law"
    assert row.record["condition"]["clause"] == "trial#一"
    assert set(row.record["citations"]) == {"trial#一", "第一条"}


# --- Dropping


def test_a_draft_is_dropped_with_its_examples():
    old = published(trial())
    row = proved(start(old))

    desk.delete_draft(rule_version_id=row.pk, revision=1)

    assert [str(row) for row in RuleVersion.objects.all()] == ["trial-route@1"]
    assert set(old.examples.model.objects.values_list("version", flat=True)) == {old.pk}
    assert Rule.objects.count() == 1


def test_the_last_draft_takes_its_rule_along():
    row = drafted(trial())

    desk.delete_draft(rule_version_id=row.pk, revision=1)

    assert not Rule.objects.exists()


def test_what_was_edited_in_between_is_not_dropped():
    row = drafted(trial())
    save(row, registers="self")

    with pytest.raises(desk.DraftChanged):
        desk.delete_draft(rule_version_id=row.pk, revision=1)


@pytest.mark.parametrize("make", [submitted, published])
def test_only_a_draft_is_dropped(make):
    row = make(trial())

    with pytest.raises(desk.NoDraft):
        desk.delete_draft(rule_version_id=row.pk, revision=1)


# --- Review


def submit(row, revision=1, author="author"):
    return desk.submit(rule_version_id=row.pk, revision=revision, author=person(author), now=NOW)


def test_a_draft_goes_to_review_and_back():
    row = submit(proved(drafted(trial())))
    assert row.status == "in_review"

    row = desk.take_back(rule_version_id=row.pk)
    assert (row.status, row.submitted_at) == ("draft", None)

    with pytest.raises(rules.RuleError, match="not in review"):
        desk.take_back(rule_version_id=row.pk)


def test_what_nobody_can_override_is_mended_before_the_review():
    row = drafted(trial())

    with pytest.raises(rules.RuleBreaches) as caught:
        submit(row)

    assert [breach.code for breach in caught.value.breaches] == ["leaf_not_shown"]
    row.refresh_from_db()
    assert row.status == "draft"


def test_what_the_approver_can_override_goes_to_review():
    row = proved(drafted(trial(condition=leaf("pension_insurance_months", "at_least", 61))))

    assert submit(row).status == "in_review"


def test_what_was_edited_in_between_does_not_go_to_review():
    row = proved(drafted(trial()))
    save(row, registers="self")

    with pytest.raises(desk.DraftChanged):
        submit(row)


def test_from_the_first_word_to_the_day_in_force():
    old = published(trial())
    row = save(start(old), condition={"all": [STABLE_HOME, PERMIT]})
    row = submit(proved(row), revision=2)
    measured(row)

    with pytest.raises(rules.ApproverIsAuthor):
        desk.publish(
            rule_version_id=row.pk,
            approver=person("author"),
            now=NOW,
            reviewed_hash=row.content_hash,
        )
    row = desk.publish(
        rule_version_id=row.pk,
        approver=person("approver"),
        now=NOW,
        reviewed_hash=row.content_hash,
    )

    ruleset = selectors.published_ruleset()
    days = (date(2026, 12, 31), date(2027, 1, 1))
    found = [ruleset.version_on("trial-route", "county", day).version for day in days]
    assert (row.status, row.override_reasons, found) == ("published", {}, ["1", "2"])


@pytest.mark.parametrize("seen", ["", "sha256:other"])
def test_the_approver_says_what_he_saw(seen):
    row = submitted(trial())

    with pytest.raises(rules.RuleNotInReview):
        desk.publish(
            rule_version_id=row.pk, approver=person("approver"), now=NOW, reviewed_hash=seen
        )


# --- Events

SUSPENDED, RESUMED = RuleEvent.Kind.SUSPENDED, RuleEvent.Kind.RESUMED


def propose(row, kind=SUSPENDED, day=None, reason=WHY):
    return desk.propose_event(
        rule_version_id=row.pk,
        kind=kind,
        from_day=day or NOW.date() + timedelta(days=7),
        reason=reason,
        author=person("author"),
        now=NOW,
    )


def test_an_event_holds_once_a_second_person_approves():
    row = published(trial())
    proposed = propose(row)
    assert not row.events.exists()

    with pytest.raises(rules.ApproverIsAuthor):
        desk.approve_event(proposed_event_id=proposed.pk, approver=person("author"), now=NOW)
    event = desk.approve_event(proposed_event_id=proposed.pk, approver=person("approver"), now=NOW)

    assert (event.kind, event.author, event.approver) == (
        "suspended",
        person("author"),
        person("approver"),
    )
    assert not ProposedEvent.objects.exists()
    propose(row, RESUMED, NOW.date() + timedelta(days=30))


def test_a_proposed_event_may_be_dropped():
    row = published(trial())

    desk.drop_event(proposed_event_id=propose(row).pk)

    assert not ProposedEvent.objects.exists()
    assert not row.events.exists()


def test_one_event_at_a_time():
    row = published(trial())
    propose(row)

    with pytest.raises(rules.RuleError, match="waits for its approval"):
        propose(row)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (drafted, {}),
        (submitted, {}),
        (published, {"kind": RESUMED}),
        (published, {"day": date(2019, 12, 31)}),
        (published, {"reason": {"zh": "因为", "en": " "}}),
    ],
)
def test_an_event_that_cannot_happen_is_not_proposed(make, changes):
    with pytest.raises(rules.RuleError):
        propose(make(trial()), **changes)

    assert not ProposedEvent.objects.exists()


# --- Documents


def test_a_document_is_entered_with_its_clauses():
    row = desk.keep_document(document=DOCUMENT, clauses=WORDS, author=person("writer"), now=NOW)

    assert (row.level, row.frozen_at) == ("city", None)
    assert dict(row.clauses.values_list("article", "text")) == WORDS


def test_drafts_get_the_words_of_a_document_that_changes():
    desk.keep_document(document=DOCUMENT, clauses=WORDS, author=person("writer"), now=NOW)
    row = save(start(published(trial())), document="new-law", clause="第一条")
    before = row.content_hash

    desk.keep_document(
        document=DOCUMENT,
        clauses=WORDS | {"第一条": "有住所的，可以落户。"},
        author=person("corrector"),
        now=NOW,
    )

    row.refresh_from_db()
    assert row.record["citations"]["第一条"]["text"] == "有住所的，可以落户。"
    assert (row.revision, row.content_hash != before) == (3, True)
    assert (
        person("corrector").pk in row.editors
    )  # whose words it now holds, and who may not approve
    assert "citation_not_kept" not in [b.code for b in rules.breaches_of(row, now=NOW)]


def test_a_version_in_review_is_a_draft_again_when_its_words_change():
    desk.keep_document(document=DOCUMENT, clauses=WORDS, author=person("writer"), now=NOW)
    row = save(start(published(trial())), document="new-law", clause="第一条")
    row = submit(proved(row), revision=2)

    desk.keep_document(document=DOCUMENT, clauses=WORDS, author=person("writer"), now=NOW)
    row.refresh_from_db()
    assert row.status == "in_review"

    desk.keep_document(
        document=DOCUMENT,
        clauses=WORDS | {"第一条": "有住所的，可以落户。"},
        author=person("corrector"),
        now=NOW,
    )
    row.refresh_from_db()
    assert row.status == "draft"


def test_a_clause_that_is_not_cited_may_go():
    desk.keep_document(document=DOCUMENT, clauses=WORDS, author=person("writer"), now=NOW)
    save(start(published(trial())), document="new-law", clause="第一条")

    desk.keep_document(
        document=DOCUMENT, clauses={"第一条": WORDS["第一条"]}, author=person("writer"), now=NOW
    )
    assert not Clause.objects.filter(article="第二条").exists()

    with pytest.raises(rules.RuleError, match="let it cite another clause first"):
        desk.keep_document(
            document=DOCUMENT, clauses={"第二条": "别的。"}, author=person("writer"), now=NOW
        )
    assert Clause.objects.filter(article="第一条").exists()


def test_a_document_that_a_published_version_cites_stays_as_it_is():
    published(trial())
    given = copy.deepcopy(DOCUMENT) | {"slug": "trial"}

    with pytest.raises(rules.PublishedDocumentChanged):
        desk.keep_document(
            document=given, clauses={"一": "摘要：试。"}, author=person("writer"), now=NOW
        )

    assert LegalDocument.objects.get(slug="trial").title_zh == "试行办法"
