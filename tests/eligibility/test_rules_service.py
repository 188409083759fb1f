"""Drafting, reviewing and publishing; withdrawing, suspending, resuming and ending."""

from datetime import date, timedelta

import pytest

from eligibility import selectors
from eligibility.models import (
    LegalDocument,
    PeriodInForce,
    RuleEvent,
    RulesetSnapshot,
    RuleVersion,
)
from eligibility.services import checks, rules
from tests.eligibility.builders import judgement, leaf
from tests.eligibility.workbench import (
    ENTERED_LATER,
    NOW,
    STABLE_HOME,
    WHY,
    approve,
    days_of,
    drafted,
    happened,
    person,
    published,
    submitted,
    trial,
    trial_document,
)

pytestmark = pytest.mark.django_db

WITHDRAWN, ENDED = RuleEvent.Kind.WITHDRAWN, RuleEvent.Kind.ENDED
SUSPENDED, RESUMED = RuleEvent.Kind.SUSPENDED, RuleEvent.Kind.RESUMED


def draft(record, author="author"):
    return rules.draft_rule(
        record=record,
        document=trial_document(),
        author=person(author),
        position=90,
        now=NOW,
    )


def in_force(day: str, area: str = "county", code: str = "trial-route") -> str | None:
    """Return the name of the version in force by the newest ruleset."""
    ruleset = selectors.published_ruleset()
    rule = ruleset.version_on(code, area, date.fromisoformat(day))
    return rule and rule.version


# --- Drafts


def test_a_draft_is_new_then_unchanged_then_updated():
    row, first = draft(trial())
    _, second = draft(trial())
    _, third = draft(trial(registers="self"), author="somebody")

    assert (first, second, third) == ("new", "unchanged", "updated")
    row.refresh_from_db()
    assert row.record["registers"] == "self"
    assert row.author == person("somebody")
    assert RuleVersion.objects.count() == 1


def test_an_edit_takes_a_version_out_of_review():
    row = submitted(trial())

    draft(trial(registers="self"))

    row.refresh_from_db()
    assert (row.status, row.submitted_at) == ("draft", None)


def test_the_same_content_stays_in_review():
    row = submitted(trial())

    _, done = draft(trial())

    row.refresh_from_db()
    assert (done, row.status) == ("unchanged", "in_review")


def test_a_published_version_is_not_redrafted():
    row = published(trial())
    before = row.content_hash

    with pytest.raises(rules.PublishedRuleChanged, match=r"trial-route@1 .*new version"):
        draft(trial(registers="self"))

    assert draft(trial())[1] == "unchanged"
    row.refresh_from_db()
    assert (row.status, row.content_hash) == ("published", before)


def test_a_route_does_not_become_a_family_rule():
    published(trial())
    family = leaf("lives_together", "is", True)

    with pytest.raises(rules.RuleError, match=r"trial-route.*route"):
        draft(trial("2", "2021-01-01", kind="family", condition=family))


# --- Documents


def test_a_document_may_change_until_it_is_cited():
    trial_document()

    trial_document(number="嘉试〔2020〕1号")

    assert LegalDocument.objects.get().number == "嘉试〔2020〕1号"


@pytest.mark.parametrize(
    "change",
    [
        {"number": "嘉试〔2020〕1号"},
        {"issued_on": date(2020, 1, 1)},
        {"provenance": "secondary"},
        {"note": {"zh": "注", "en": "Note"}},
        {"title": {"zh": "别的", "en": "Other"}},
    ],
)
def test_a_cited_document_never_changes(change):
    published(trial())
    assert LegalDocument.objects.get().frozen_at == NOW

    with pytest.raises(rules.PublishedDocumentChanged, match=r"trial: \w+.* new document"):
        trial_document(**change)


def test_a_cited_clause_never_changes():
    published(trial())
    document = {
        "slug": "trial",
        "title": {"zh": "试行办法", "en": "Trial measures"},
        "number": "",
        "issuer": {"zh": "试办", "en": "The trial office"},
        "issued_on": None,
        "effective_from": date(2016, 6, 28),
        "provenance": "official",
        "note": {},
    }

    with pytest.raises(rules.PublishedDocumentChanged, match="trial 一"):
        rules.keep_document(document, {"一": "别的话。"})


# --- Review


def test_the_author_alone_submits():
    row = drafted(trial(), author="author")

    with pytest.raises(rules.RuleError, match="its author submits it"):
        rules.submit_rule(rule_version_id=row.pk, author=person("somebody"), now=NOW)

    row.refresh_from_db()
    assert row.status == "draft"


@pytest.mark.parametrize("make", [submitted, published])
def test_only_a_draft_is_submitted(make):
    row = make(trial())

    with pytest.raises(rules.RuleError, match="not a draft"):
        rules.submit_rule(rule_version_id=row.pk, author=person("author"), now=NOW)


def test_nobody_approves_what_he_wrote():
    row = submitted(trial(), author="author")

    with pytest.raises(rules.ApproverIsAuthor, match="other than its author"):
        approve(row, approver="author")

    row.refresh_from_db()
    assert row.status == "in_review"
    assert not PeriodInForce.objects.exists()


def test_a_draft_is_not_approved():
    with pytest.raises(rules.RuleNotInReview, match="submit it first"):
        approve(drafted(trial()))


def test_a_version_is_published_once():
    row = published(trial())

    with pytest.raises(rules.RuleNotInReview, match="published"):
        approve(row)


def test_what_was_edited_after_the_review_is_not_approved():
    row = submitted(trial())
    seen = row.content_hash
    draft(trial(registers="self"))

    with pytest.raises(rules.RuleNotInReview, match="draft"):
        approve(row, reviewed_hash=seen)

    rules.submit_rule(rule_version_id=row.pk, author=person("author"), now=NOW)
    with pytest.raises(rules.RuleNotInReview, match="changed after the review"):
        approve(row, reviewed_hash=seen)


def test_what_was_edited_past_the_service_is_not_approved():
    row = submitted(trial())
    RuleVersion.objects.filter(pk=row.pk).update(record=trial(registers="self"))

    with pytest.raises(rules.RuleNotInReview, match="changed after the review"):
        approve(row)


def test_publishing_records_who_and_when():
    row = published(trial())

    row.refresh_from_db()
    assert (row.status, row.author, row.approver) == (
        "published",
        person("author"),
        person("approver"),
    )
    assert row.submitted_at == row.approved_at == row.published_at == NOW
    assert days_of(row) == [("county", "2020-01-01", None)]
    assert in_force("2020-01-01") == "1"
    assert in_force("2019-12-31") is None


# --- Invariants

PENSION = leaf("pension_insurance_months", "at_least", 61)
FLOOR_AREA = leaf("housing_area_per_person_m2", "at_least", "39.14")
MIGRANT = leaf("rural_transfer", "is", True)
BREACHES = {
    "insurance_over_60_months": (PENSION, "第十六条(三)"),
    "no_floor_area": (FLOOR_AREA, "第十六条(二)"),
    "rural_transfer": (MIGRANT, "二"),
    "hukou_type": (judgement("agricultural-hukou"), "二"),
    "family_planning": (judgement("family-planning"), "五"),
}


@pytest.mark.parametrize("code", BREACHES)
def test_a_breach_needs_a_written_reason(code):
    condition, article = BREACHES[code]
    row = submitted(trial(condition=condition))

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row)
    [breach] = caught.value.breaches
    assert (breach.code, breach.article[1]) == (code, article)
    assert article in str(caught.value)

    row = approve(row, overrides={code: WHY})
    assert row.override_reasons == ENTERED_LATER | {code: WHY}


@pytest.mark.parametrize(
    "reason", [{}, {"zh": "因为"}, {"zh": "", "en": ""}, {"zh": "因为", "en": "  "}]
)
def test_half_a_reason_is_none(reason):
    row = submitted(trial(condition=MIGRANT))

    with pytest.raises(rules.RuleBreaches):
        approve(row, overrides={"rural_transfer": reason})


def test_each_breach_needs_its_own_reason():
    row = submitted(trial(condition={"any": [PENSION, MIGRANT]}))

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row, overrides={"rural_transfer": WHY})

    assert [breach.code for breach in caught.value.breaches] == ["insurance_over_60_months"]


def test_reasons_for_what_is_no_breach_are_not_kept():
    row = published(trial(), overrides={"rural_transfer": WHY})

    assert row.override_reasons == ENTERED_LATER


@pytest.mark.parametrize(
    "asked",
    [
        {"zh": "是否已退出承包地", "en": "whether it was given back"},
        {"zh": "是否放弃宅基地使用权", "en": "whether it was given back"},
        {"zh": "是否放弃", "en": "whether the homestead was given back"},
        {"zh": "是否退出承包经营权", "en": "whether it was given back"},
    ],
)
def test_nothing_may_ask_for_land_rights_whatever_the_reason(asked):
    """Source: 嘉政发〔2016〕31号 六(一). No override."""
    condition = judgement() | {"asks": asked}
    row = submitted(trial(condition=condition))

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row, overrides={"land_rights": WHY})

    [breach] = caught.value.breaches
    assert (breach.code, breach.article[1], breach.absolute) == (
        "land_rights",
        "六(一)",
        True,
    )


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (
            {"all": [STABLE_HOME, leaf("has_own_income", "is", True)]},
            "county_asks_for_housing_only",
        ),
        (leaf("housing", "in", ["owned"]), "county_takes_every_stable_home"),
        (judgement(), "county_takes_every_stable_home"),
    ],
)
def test_the_county_route_asks_for_a_stable_home_only(condition, code):
    row = submitted(trial(code="county-stable-residence", condition=condition))

    with pytest.raises(rules.RuleBreaches, match=rf"{code} \(jiaxing-2016-31 三\(一\)\)"):
        approve(row)


def test_sixty_months_of_insurance_are_allowed():
    condition = leaf("pension_insurance_months", "at_least", 60)

    assert published(trial(condition=condition)).status == "published"


# --- Days in force


def test_a_later_version_ends_the_earlier_one_the_day_before():
    first = published(trial("1", "2020-01-01"))
    row_before = RuleVersion.objects.filter(pk=first.pk).values().get()
    second = published(trial("2", "2023-07-22"))

    assert days_of(first) == [("county", "2020-01-01", "2023-07-21")]
    assert days_of(second) == [("county", "2023-07-22", None)]
    assert RuleVersion.objects.filter(pk=first.pk).values().get() == row_before
    assert [in_force(day) for day in ("2023-07-21", "2023-07-22")] == ["1", "2"]


def test_a_version_of_one_area_leaves_the_other_as_it_was():
    first = published(trial("1", "2020-01-01", areas=["county", "urban"]))
    published(trial("2", "2023-07-22", areas=["urban"]))

    assert days_of(first) == [
        ("county", "2020-01-01", None),
        ("urban", "2020-01-01", "2023-07-21"),
    ]


def test_a_version_is_inserted_between_two():
    first = published(trial("1", "2020-01-01"))
    third = published(trial("3", "2023-01-01"))
    second = published(trial("2", "2021-06-01"))

    assert [days_of(row) for row in (first, second, third)] == [
        [("county", "2020-01-01", "2021-05-31")],
        [("county", "2021-06-01", "2022-12-31")],
        [("county", "2023-01-01", None)],
    ]


def test_a_version_is_put_before_the_first():
    first = published(trial("1", "2020-01-01"))
    earlier = published(trial("0", "2018-05-01"))

    assert days_of(earlier) == [("county", "2018-05-01", "2019-12-31")]
    assert days_of(first) == [("county", "2020-01-01", None)]


def test_two_versions_do_not_begin_on_one_day():
    published(trial("1"))

    with pytest.raises(rules.RuleOverlaps, match="choose another day"):
        published(trial("2"))

    assert RuleVersion.objects.get(version="2").status == "in_review"
    assert RulesetSnapshot.objects.count() == 1


GAPS = {
    "after an end": [("1", "2020-01-01", "2021-12-31"), ("2", "2022-01-02", None)],
    "before a start": [("2", "2022-01-02", None), ("1", "2020-01-01", "2021-12-31")],
}


@pytest.mark.parametrize("order", GAPS)
def test_a_day_without_a_rule_is_a_breach(order):
    (first, begins, ends), (second, from_day, until) = GAPS[order]
    published(trial(first, begins, effective_to=ends))
    row = submitted(trial(second, from_day, effective_to=until))

    with pytest.raises(rules.RuleBreaches) as caught:
        approve(row)
    [breach] = caught.value.breaches
    assert (breach.code, breach.params["first"], breach.params["last"]) == (
        "gap",
        date(2022, 1, 1),
        date(2022, 1, 1),
    )

    approve(row, overrides={"gap": WHY})
    assert [in_force(f"2022-01-0{n}") for n in (1, 2)] == [None, "2"]


def test_no_gap_without_a_day_between():
    published(trial("1", "2020-01-01", effective_to="2021-12-31"))

    second = published(trial("2", "2022-01-01"))

    assert days_of(second) == [("county", "2022-01-01", None)]


def test_a_recorded_end_is_no_gap():
    first = published(trial("1", "2020-01-01", effective_to="2021-12-31"))
    happened(first, ENDED, date(2022, 1, 1))

    published(trial("2", "2023-01-01"))

    assert in_force("2022-06-01") is None


def test_a_recorded_end_excuses_no_other_gap():
    first = published(trial("1", "2020-01-01", effective_to="2020-12-31"))
    happened(first, ENDED, date(2021, 1, 1))
    published(trial("2", "2022-01-01", effective_to="2022-12-31"))

    with pytest.raises(rules.RuleBreaches, match="gap"):
        published(trial("3", "2024-01-01"))


# --- Events


@pytest.mark.parametrize("kind", [WITHDRAWN, ENDED, SUSPENDED])
def test_an_event_stops_a_version_from_its_day_only(kind):
    row = published(trial())
    before = RuleVersion.objects.filter(pk=row.pk).values().get()

    event = happened(row, kind, date(2025, 3, 1))

    assert [in_force(day) for day in ("2025-02-28", "2025-03-01")] == ["1", None]
    assert RuleVersion.objects.filter(pk=row.pk).values().get() == before
    assert days_of(row) == [("county", "2020-01-01", None)]
    assert (event.author, event.approver) == (person("author"), person("approver"))


def test_a_suspended_version_resumes():
    row = published(trial())
    happened(row, SUSPENDED, date(2025, 3, 1))
    happened(row, RESUMED, date(2025, 5, 1))
    happened(row, WITHDRAWN, date(2026, 1, 1))

    days = ("2025-02-28", "2025-03-01", "2025-04-30", "2025-05-01", "2026-01-01")
    assert [in_force(day) for day in days] == ["1", None, None, "1", None]


def test_a_suspension_is_no_gap_for_the_next_version():
    row = published(trial())
    happened(row, SUSPENDED, date(2025, 3, 1))

    published(trial("2", "2026-01-01"))

    assert [in_force(day) for day in ("2025-12-31", "2026-01-01")] == [None, "2"]


def test_a_resumption_brings_no_version_back_that_was_replaced():
    row = published(trial())
    happened(row, SUSPENDED, date(2025, 3, 1))
    published(trial("2", "2026-01-01"))
    happened(row, RESUMED, date(2026, 6, 1))

    assert [in_force(day) for day in ("2025-12-31", "2026-06-01")] == [None, "2"]


@pytest.mark.parametrize("kind", [WITHDRAWN, ENDED])
def test_a_version_stopped_for_good_on_its_first_day_never_was_in_force(kind):
    first = published(trial("1"))
    second = published(trial("2", "2027-01-01"))
    kept = RulesetSnapshot.objects.first().hash

    happened(second, kind, date(2027, 1, 1))

    days = ("2026-12-31", "2027-01-01", "2030-01-01")
    assert [in_force(day) for day in days] == ["1", None, None]
    assert days_of(first) == [("county", "2020-01-01", "2026-12-31")]
    assert days_of(second) == []
    then = selectors.ruleset_by_hash(kept).version_on("trial-route", "county", date(2027, 1, 1))
    assert then.version == "2"


def test_a_corrected_version_begins_on_the_day_of_the_one_that_never_was():
    published(trial("1"))
    happened(published(trial("2", "2027-01-01")), WITHDRAWN, date(2027, 1, 1))

    third = published(trial("3", "2027-01-01", registers="self"))

    assert [in_force(day) for day in ("2026-12-31", "2027-01-01")] == ["1", "3"]
    assert days_of(third) == [("county", "2027-01-01", None)]


def test_a_corrected_version_of_a_later_day_leaves_no_gap_that_is_not_recorded():
    published(trial("1"))
    happened(published(trial("2", "2027-01-01")), WITHDRAWN, date(2027, 1, 1))

    published(trial("3", "2027-06-01"))

    assert [in_force(day) for day in ("2027-05-31", "2027-06-01")] == [None, "3"]


def test_a_version_that_never_was_in_force_is_not_brought_back_by_a_look_ahead():
    second = published(trial("2", "2027-01-01"))
    happened(second, WITHDRAWN, date(2027, 1, 1))
    published(trial("3", "2027-01-01", registers="self"))

    ahead = selectors.ruleset_with(RuleVersion.objects.get(pk=second.pk))

    assert ahead.hash == selectors.published_ruleset().hash


def test_a_suspension_from_the_first_day_keeps_the_days_for_the_resumption():
    row = published(trial("1", "2027-01-01"))
    happened(row, SUSPENDED, date(2027, 1, 1))
    happened(row, RESUMED, date(2027, 3, 1))

    days = ("2027-01-01", "2027-02-28", "2027-03-01")
    assert [in_force(day) for day in days] == [None, None, "1"]
    assert days_of(row) == [("county", "2027-01-01", None)]


REFUSED_EVENTS = {
    "resumes what runs": ([], (RESUMED, date(2025, 1, 1))),
    "stops what is stopped": ([(SUSPENDED, date(2025, 1, 1))], (ENDED, date(2025, 2, 1))),
    "resumes what is withdrawn": (
        [(WITHDRAWN, date(2025, 1, 1))],
        (RESUMED, date(2025, 2, 1)),
    ),
    "resumes what is ended": ([(ENDED, date(2025, 1, 1))], (RESUMED, date(2025, 2, 1))),
    "comes before the last event": (
        [(SUSPENDED, date(2025, 1, 1))],
        (RESUMED, date(2024, 2, 1)),
    ),
    "comes on the day of the last event": (
        [(SUSPENDED, date(2025, 1, 1))],
        (RESUMED, date(2025, 1, 1)),
    ),
    "comes before the first day": ([], (WITHDRAWN, date(2019, 1, 1))),
}


@pytest.mark.parametrize("name", REFUSED_EVENTS)
def test_an_event_out_of_order_is_refused(name):
    past, (kind, day) = REFUSED_EVENTS[name]
    row = published(trial())
    for earlier in past:
        happened(row, *earlier)

    with pytest.raises(rules.RuleError):
        happened(row, kind, day)

    assert row.events.count() == len(past)


def test_an_event_needs_two_people():
    row = published(trial())

    with pytest.raises(rules.ApproverIsAuthor):
        happened(row, WITHDRAWN, date(2025, 1, 1), approver="author")


@pytest.mark.parametrize("reason", [{}, {"zh": "因为", "en": ""}, {"en": "Because"}])
def test_an_event_needs_its_reason_in_both_languages(reason):
    row = published(trial())

    with pytest.raises(rules.RuleError, match="in Chinese and in English"):
        rules.record_event(
            rule_version_id=row.pk,
            kind=WITHDRAWN,
            from_day=date(2025, 1, 1),
            ground=rules.Ground(reason=reason),
            author=person("author"),
            approver=person("approver"),
            now=NOW,
        )


@pytest.mark.parametrize("make", [drafted, submitted])
def test_only_a_published_version_has_events(make):
    with pytest.raises(rules.RuleError, match="not published"):
        happened(make(trial()), WITHDRAWN, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (WITHDRAWN, date(2025, 1, 1)),
        (WITHDRAWN, date(2020, 1, 1)),
        (ENDED, date(2020, 1, 1)),
        (SUSPENDED, date(2020, 1, 2)),
    ],
)
def test_an_event_never_changes_a_kept_answer(kind, day):
    row = published(trial())
    body = {"as_of": "2025-06-01", "facts": {"housing": "owned"}}
    check = checks.check_body(body, NOW.date())
    kept = checks.keep_receipt(check, "{}", language="en", now=NOW)

    happened(row, kind, day)

    assert checks.check_body(body, NOW.date()).routes == ()
    receipt = checks.find_receipt(kept.reference)
    assert receipt.record == kept.receipt.record
    assert [r.rule.label for r in checks.replay_check(receipt).routes] == ["trial-route@1"]
    assert checks.is_identical(receipt)


# --- The ruleset as a whole


def test_each_change_keeps_a_ruleset_and_no_change_keeps_none():
    row = published(trial())
    first = selectors.published_ruleset().hash
    happened(row, SUSPENDED, date(2025, 1, 1))
    second = selectors.published_ruleset().hash

    assert rules.renew_ruleset(now=NOW) == second
    assert [s.hash for s in RulesetSnapshot.objects.order_by("pk")] == [first, second]


def test_a_ruleset_may_come_back():
    """Suspended for a day that never was in between: the newest row counts, not the newest hash."""
    row = published(trial())
    first = selectors.published_ruleset().hash
    happened(row, SUSPENDED, date(2025, 1, 1))
    happened(row, RESUMED, date(2025, 1, 2))

    assert selectors.published_ruleset().hash != first
    assert in_force("2025-01-01") is None
    assert selectors.published_ruleset().hash == selectors.ruleset_from_rows().hash


def test_without_a_publication_there_are_no_rules():
    submitted(trial())

    with pytest.raises(selectors.NoRules, match="load the rules first"):
        selectors.published_ruleset()


def test_a_published_ruleset_costs_one_query(django_assert_num_queries):
    published(trial())
    selectors.published_ruleset()

    with django_assert_num_queries(1):
        one = selectors.published_ruleset()

    assert selectors.published_ruleset() is one


def test_a_version_to_come_is_announced_and_not_yet_in_force():
    published(trial("1"))
    tomorrow = NOW.date() + timedelta(days=1)
    published(trial("2", tomorrow.isoformat()))

    assert in_force(NOW.date().isoformat()) == "1"
    assert in_force(tomorrow.isoformat()) == "2"
