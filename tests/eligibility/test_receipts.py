"""Kept answers: found by their reference, repeated to the byte, deleted by their holder."""

import json
import os
import subprocess
import sys
from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from eligibility import references, selectors
from eligibility.answers import check_answer
from eligibility.core.rule import canonical
from eligibility.models import Receipt, RuleEvent, RuleVersion
from eligibility.services import checks, rules
from jiaxing_hukou.accounts.roles import Role
from tests.eligibility.builders import COUNTY_STREET, ROOT
from tests.eligibility.published import publish
from tests.eligibility.workbench import NOW, approve, happened, person, proved

BODY = {
    "as_of": "2023-03-01",
    "facts": {
        "target_township": COUNTY_STREET,
        "housing": "rented_private",
        "has_residence_permit": False,
        "has_residence_registration": False,
        "housing_area_per_person_m2": "12.50",
        "pension_insurance_months": 7,
        "birth_date": "1990-02-28",
        "household": [{"relation": "child", "birth_date": "2015-01-01"}, {}],
    },
}
TODAY = date(2026, 11, 25)
POST = {"content_type": "application/json"}


def keep(body=BODY, language="en"):
    check = checks.check_body(body, TODAY)
    with translation.override(language):
        result = json.dumps(check_answer(check), ensure_ascii=False)
    return checks.keep_receipt(check, result, language=language, now=timezone.now())


def publish_later_version():
    """Publish a version of the county route that was in force on the as-of date all along."""
    row = RuleVersion.objects.get(rule__code="county-stable-residence", version="2023")
    record = row.record | {"version": "2023-01", "effective_from": "2023-01-01"}
    draft, _ = rules.draft_rule(
        record=record, document=row.document, author=person("wang"), position=0, now=NOW
    )
    rules.submit_rule(rule_version_id=proved(draft).pk, author=person("wang"), now=NOW)
    approve(draft, "li", {"before_its_document": {"zh": "补录。", "en": "Entered later."}})


# --- References


def test_a_reference_holds_128_random_bits_and_a_check_character():
    made = [references.new_reference() for _ in range(500)]

    assert len(set(made)) == 500
    assert len(references.ALPHABET) ** references.LENGTH >= 2**128
    for reference in made:
        plain = references.normalise(reference)
        assert len(plain) == references.LENGTH + 1
        assert set(plain) <= set(references.ALPHABET)
        assert references.is_well_formed(reference)
    for place in range(references.LENGTH):  # no character is fixed
        assert len({references.normalise(reference)[place] for reference in made}) > 20


@given(st.text(references.ALPHABET, min_size=26, max_size=26), st.data())
def test_a_wrong_character_or_two_swapped_ones_show(body, data):
    plain = body + references.check_character(body)
    place = data.draw(st.integers(0, 26))
    other = data.draw(st.sampled_from(references.ALPHABET))
    swapped = plain[: place - 1] + plain[place] + plain[place - 1] + plain[place + 1 :]

    assert references.is_well_formed(plain)
    if other != plain[place]:
        assert not references.is_well_formed(plain[:place] + other + plain[place + 1 :])
    if place and plain[place - 1] != plain[place]:
        assert not references.is_well_formed(swapped)


@pytest.mark.parametrize("text", ["", "A", "A" * 28, "é" * 27, "\0" * 27, "U" * 27])
def test_what_is_no_reference_at_all(text):
    assert not references.is_well_formed(text)


def sloppy(reference):
    full_width = reference.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})
    return {
        "as it is": reference,
        "lower case": reference.lower(),
        "without hyphens": reference.replace("-", ""),
        "with spaces": f"  {reference.replace('-', ' ')} ",
        "with other hyphens": reference.replace("-", "\N{EN DASH}"),
        "with unbreakable hyphens": reference.replace("-", "\N{NON-BREAKING HYPHEN}"),
        "in letters that look alike": reference.replace("1", "I").replace("0", "o"),
        "with an l": reference.replace("1", "l"),
        "in full width": full_width,
    }


@pytest.mark.parametrize("way", sloppy("x"))
@pytest.mark.django_db
def test_a_reference_is_found_as_people_type_it(published_rules, way):
    kept = keep()

    assert checks.find_receipt(sloppy(kept.reference)[way]) == kept.receipt


# --- What is stored


@pytest.mark.django_db
def test_the_secrets_are_not_stored(published_rules):
    kept = keep()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM eligibility_receipt")
        stored = " ".join(str(value) for row in cursor.fetchall() for value in row)
    for secret in (kept.reference, references.normalise(kept.reference), kept.deletion_key):
        assert secret not in stored
    assert len(kept.deletion_key) >= 32  # 24 bytes in base 64
    assert str(kept.receipt) == f"receipt {kept.receipt.pk}"


@pytest.mark.django_db
def test_a_record_is_written_in_one_way_and_holds_no_word(published_rules):
    chinese, english = keep(language="zh-hans").receipt, keep(language="en").receipt

    assert chinese.record == english.record
    assert chinese.result != english.result
    record = json.loads(chinese.record)
    assert canonical(record).decode() == chinese.record
    assert record["facts"]["housing_area_per_person_m2"] == "12.50"
    assert record["ruleset"] == chinese.ruleset.hash
    assert record["asked_on"] == TODAY.isoformat()
    assert chinese.record.isascii()


# --- Replay


DECIMALS = {
    "a whole number": b"100",
    "a number with an exponent": b"1e2",
    "a small one": b"1E-7",
    "a long one": b"39.1399999999999999999999999999999999",
    "zero": b"-0.0",
    "text": b'"39.140"',
}


@pytest.mark.parametrize("name", DECIMALS)
@pytest.mark.django_db
def test_a_figure_is_kept_exactly_however_it_was_written(published_rules, client, name):
    body = b'{"facts": {"housing_area_per_person_m2": %s}}' % DECIMALS[name]
    made = client.post("/api/v1/eligibility/receipts", body, **POST)

    replayed = client.post(f"/api/v1/receipts/{made.json()['reference']}/replay")

    assert (made.status_code, replayed.status_code) == (201, 200)
    assert replayed.json()["identical"] is True


@pytest.mark.django_db
def test_a_version_published_later_changes_new_answers_and_no_kept_one(published_rules):
    kept = keep()
    before = checks.check_body(BODY, TODAY)

    publish_later_version()

    after = checks.check_body(BODY, TODAY)
    assert before.verdict != after.verdict == "eligible"
    assert before.routes[0].rule.version == "2020"
    assert after.routes[0].rule.version == "2023-01"
    receipt = checks.find_receipt(kept.reference)
    assert checks.replay_check(receipt).verdict == before.verdict
    assert checks.is_identical(receipt)
    assert (receipt.record, receipt.result) == (kept.receipt.record, kept.receipt.result)


@pytest.mark.parametrize("kind", ["withdrawn", "suspended", "ended"])
@pytest.mark.django_db
def test_a_version_that_stops_changes_new_answers_and_no_kept_one(published_rules, kind):
    kept = keep()
    row = RuleVersion.objects.get(rule__code="county-stable-residence", version="2020")

    happened(row, RuleEvent.Kind(kind), date(2022, 6, 1))

    codes = [route.rule.code for route in checks.check_body(BODY, TODAY).routes]
    assert "county-stable-residence" not in codes
    receipt = checks.find_receipt(kept.reference)
    codes = [route.rule.code for route in checks.replay_check(receipt).routes]
    assert codes[0] == "county-stable-residence"
    assert checks.is_identical(receipt)


@pytest.mark.django_db
def test_replay_asks_for_the_day_on_which_it_was_asked(published_rules):
    """A notice about a day to come stays, though that day is over when it is replayed."""
    kept = keep({"as_of": "2026-12-24", "facts": {}})

    assert "future_as_of" in json.loads(kept.receipt.record)["notices"]
    assert checks.is_identical(checks.find_receipt(kept.reference))


@pytest.mark.django_db
def test_an_engine_that_judges_otherwise_is_noticed(published_rules, monkeypatch):
    kept = keep()
    monkeypatch.setattr("eligibility.core.check.ENGINE_VERSION", "2")

    assert not checks.is_identical(checks.find_receipt(kept.reference))


FRESH = """
import sys, django
django.setup()
from eligibility.services import checks
for reference in sys.argv[1:]:
    receipt = checks.find_receipt(reference)
    print(checks.is_identical(receipt), checks.replay_check(receipt).verdict.value)
"""


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_fresh_process_repeats_every_byte():
    for role in Role:  # an earlier test may have emptied the tables
        Group.objects.get_or_create(name=role.value)
    publish()
    other = {"facts": {"birth_date": "1990-02-28", "employment": "contract"}}
    kept = [keep(), keep(other)]
    publish_later_version()
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = connection.settings_dict["NAME"]

    done = subprocess.run(
        [sys.executable, "-c", FRESH, *(one.reference for one in kept)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"{server}/{name}", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    verdicts = [json.loads(one.receipt.record)["verdict"] for one in kept]
    assert done.stdout.split() == ["True", verdicts[0], "True", verdicts[1]]


# --- Deletion


@pytest.mark.django_db
def test_only_the_key_deletes(published_rules):
    kept, other = keep(), keep()

    for key in ("", "x", kept.reference, other.deletion_key, kept.deletion_key[:-1]):
        with pytest.raises(checks.WrongDeletionKey):
            checks.delete_receipt(kept.reference, key, now=NOW)
    checks.find_receipt(kept.reference)

    checks.delete_receipt(kept.reference.lower(), kept.deletion_key, now=NOW)

    with pytest.raises(checks.ReceiptDeleted):
        checks.find_receipt(kept.reference)
    assert checks.find_receipt(other.reference) == other.receipt


@pytest.mark.django_db
def test_a_deleted_receipt_keeps_nothing_of_the_person(published_rules):
    kept = keep()

    checks.delete_receipt(kept.reference, kept.deletion_key, now=NOW)

    row = Receipt.objects.get()
    assert (row.record, row.result, row.deleted_at) == ("", "", NOW)


@pytest.mark.parametrize("reference", ["", "x", "\ud800", "é", "0" * 27, "9" * 5000, "../facts"])
@pytest.mark.django_db
def test_an_unknown_reference_is_unknown(published_rules, reference):
    keep()

    with pytest.raises(checks.ReceiptUnknown):
        checks.find_receipt(reference)


@pytest.mark.django_db
def test_finding_a_receipt_costs_one_query(published_rules, django_assert_num_queries):
    kept = keep()

    with django_assert_num_queries(1):
        checks.find_receipt(kept.reference)


# --- Over HTTP


@pytest.mark.django_db
def test_the_life_of_a_receipt(published_rules, client):
    made = client.post("/api/v1/eligibility/receipts", BODY, **POST)
    answer = made.json()
    reference, key = answer.pop("reference"), answer.pop("deletion_key")
    address = f"/api/v1/receipts/{reference}"

    assert made.status_code == 201
    assert answer == client.post("/api/v1/eligibility/check", BODY, **POST).json()
    assert client.get(address).json() == answer

    publish_later_version()
    assert client.get(address).json() == answer
    replayed = client.post(f"{address}/replay")
    assert replayed.status_code == 200
    assert replayed.json() == answer | {"identical": True}

    wrong = client.delete(address, {"deletion_key": "x"}, **POST)
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (
        403,
        "application/problem+json",
    )
    assert client.delete(address).status_code == 403
    assert client.get(address).status_code == 200

    gone = client.delete(address, {"deletion_key": key}, **POST)
    assert (gone.status_code, gone.content) == (204, b"")

    for later in (
        client.get(address),
        client.post(f"{address}/replay"),
        client.delete(address, {"deletion_key": key}, **POST),
    ):
        assert later.status_code == 410
        assert later.headers["Content-Type"] == "application/problem+json"
        assert set(later.json()) == {"type", "title", "status", "detail", "errors"}


@pytest.mark.django_db
def test_the_key_may_come_in_a_header(published_rules, client):
    made = client.post("/api/v1/eligibility/receipts", BODY, **POST).json()

    response = client.delete(
        f"/api/v1/receipts/{made['reference']}",
        headers={"X-Deletion-Key": made["deletion_key"]},
    )

    assert response.status_code == 204


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"deletion_key": 7}', b"{}"])
@pytest.mark.django_db
def test_a_key_that_is_none_is_wrong(published_rules, client, body):
    reference = keep().reference

    response = client.delete(f"/api/v1/receipts/{reference}", body, **POST)

    assert response.status_code == 403
    assert selectors.published_ruleset()


@pytest.mark.parametrize("method", ["get", "delete"])
@pytest.mark.django_db
def test_no_receipt_has_this_reference(published_rules, client, method):
    response = getattr(client, method)(
        f"/api/v1/receipts/{references.new_reference()}",
        headers={"Accept-Language": "en"},
    )

    assert response.status_code == 404
    assert response.json()["title"] == "No receipt has this reference"
    assert "character by character" in response.json()["detail"]


@pytest.mark.django_db
def test_a_kept_answer_stays_in_its_language_and_out_of_caches(published_rules, client):
    made = client.post(
        "/api/v1/eligibility/receipts", BODY, headers={"Accept-Language": "en"}, **POST
    )

    kept = client.get(f"/api/v1/receipts/{made.json()['reference']}")

    assert kept.json()["routes"][0]["name"] == made.json()["routes"][0]["name"]
    for response in (made, kept):
        assert response.headers["Cache-Control"] == "no-store"
