"""Everything that is wrong with a body: a clear refusal in both languages, never a failure.

The same table goes to every address that takes facts, and to the command.
"""

import json
import logging

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eligibility.core.facts import FACTS, MEMBER_FACTS
from tests.eligibility.builders import COUNTY_STREET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published_rules")]

V1 = "/api/v1"
MARK = "zq7marker"  # typed by somebody, and found in no log


def facts(**given_facts):
    """Return a body that is right but for these facts."""
    body = {"as_of": "2026-11-23", "facts": given_facts}
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character can only be sent escaped
        return json.dumps(body).encode()


def raw(written):
    """Return a body whose pension months are written like this."""
    return b'{"facts": {"pension_insurance_months": %s}}' % written


def wrong(*, code, **given_facts):
    """Return the row of a body whose one fact is refused with ``code``."""
    return facts(**given_facts), 422, next(iter(given_facts)), code


# name -> body, status, the field and the code of the first error
MONTHS, AREA = "pension_insurance_months", "housing_area_per_person_m2"
REFUSED = {
    # Names
    "unknown fact": wrong(**{MARK: 1}, code="unknown_fact"),
    "derived fact": wrong(age_years=30, code="unknown_fact"),
    "fact in Chinese": wrong(住房="owned", code="unknown_fact"),
    "empty name": (facts(**{"": 1}), 422, "", "unknown_fact"),
    "NUL in a name": (facts(**{"a\0b": 1}), 422, "a�b", "unknown_fact"),
    "half a character in a name": (facts(**{"\ud800": 1}), 422, "?", "unknown_fact"),
    "long name": (facts(**{"x" * 9000: 1}), 422, f"{'x' * 77}...", "unknown_fact"),
    "10,000 unknown names": (
        facts(**{f"{MARK}{n}": n for n in range(10_000)}),
        422,
        f"{MARK}0",
        "unknown_fact",
    ),
    "unknown name of a member": (
        facts(household=[{}, {"age": 3}]),
        422,
        "household[1].age",
        "unknown_fact",
    ),
    # Whole numbers
    "text for a number": wrong(**{MONTHS: "12"}, code="whole_number_expected"),
    "decimal for a whole number": (raw(b"12.0"), 422, MONTHS, "whole_number_expected"),
    "exponent for a whole number": (raw(b"1e1"), 422, MONTHS, "whole_number_expected"),
    "true for a number": (raw(b"true"), 422, MONTHS, "whole_number_expected"),
    "list for a number": (raw(b"[12]"), 422, MONTHS, "whole_number_expected"),
    "object for a number": (raw(b"{}"), 422, MONTHS, "whole_number_expected"),
    "negative": (raw(b"-1"), 422, MONTHS, "out_of_range"),
    "too many months": (raw(b"1441"), 422, MONTHS, "out_of_range"),
    "2^63": (raw(b"9223372036854775808"), 422, MONTHS, "out_of_range"),
    "4,000 digits": (raw(b"9" * 4000), 422, MONTHS, "out_of_range"),
    "5,000 digits": (raw(b"9" * 5000), 400, "", "broken_json"),
    "too many years": (
        facts(zhejiang_hukou_years=121),
        422,
        "zhejiang_hukou_years",
        "out_of_range",
    ),
    # Decimals
    "area below zero": wrong(**{AREA: -0.01}, code="out_of_range"),
    "area as a word": wrong(**{AREA: "large"}, code="number_expected"),
    "area with a comma": wrong(**{AREA: "39,14"}, code="number_expected"),
    "area in full width": wrong(**{AREA: "３９.14"}, code="number_expected"),
    "area in Arabic digits": wrong(**{AREA: "٣٩"}, code="number_expected"),
    "area with an exponent in text": wrong(**{AREA: "1e5"}, code="number_expected"),
    "area with a sign in text": wrong(**{AREA: "+1"}, code="number_expected"),
    "area with a blank": wrong(**{AREA: " 1"}, code="number_expected"),
    "area with a line break": wrong(**{AREA: "1\n"}, code="number_expected"),
    "area as NaN in text": wrong(**{AREA: "NaN"}, code="number_expected"),
    "area of 1e999999": (
        b'{"facts": {"housing_area_per_person_m2": 1e999999}}',
        422,
        AREA,
        "out_of_range",
    ),
    "area of 1e-999999": (
        b'{"facts": {"housing_area_per_person_m2": 1e-999999}}',
        422,
        AREA,
        "number_expected",
    ),
    "area of an endless exponent": (
        b'{"facts": {"housing_area_per_person_m2": 1e99999999999999999999}}',
        400,
        "",
        "broken_json",
    ),
    "area of 101 decimals": (
        b'{"facts": {"housing_area_per_person_m2": 0.%s1}}' % (b"0" * 100),
        422,
        AREA,
        "number_expected",
    ),
    "true for a decimal": wrong(investment_cny=True, code="number_expected"),
    "too much money": wrong(investment_cny=10**15 + 1, code="out_of_range"),
    # Yes and no
    "1 for yes": wrong(lease_registered=1, code="yes_or_no_expected"),
    "text for yes": wrong(lease_registered="true", code="yes_or_no_expected"),
    # Choices
    "unknown choice": wrong(housing=MARK, code="not_a_choice"),
    "choice in capitals": wrong(housing="Owned", code="not_a_choice"),
    "choice with NUL": wrong(housing="owned\0", code="not_a_choice"),
    "choice with half a character": wrong(housing="\udfff", code="not_a_choice"),
    "number for a choice": wrong(hukou_place=330402, code="text_expected"),
    "list for a choice": wrong(housing=["owned"], code="text_expected"),
    "unknown township": (
        facts(target_township="330499001"),
        422,
        "target_township",
        "unknown_township",
    ),
    "township of Shanghai": (
        facts(target_township="310101002"),
        422,
        "target_township",
        "unknown_township",
    ),
    "township with NUL": wrong(target_township="\0", code="unknown_township"),
    "number for a township": (
        facts(target_township=330402010),
        422,
        "target_township",
        "text_expected",
    ),
    # Dates
    "no such day": wrong(birth_date="2024-02-30", code="no_such_day"),
    "month 13": wrong(birth_date="1990-13-01", code="no_such_day"),
    "year 0": wrong(birth_date="0000-01-01", code="no_such_day"),
    "short date": wrong(birth_date="1990-5-1", code="date_expected"),
    "date without hyphens": wrong(birth_date="19900501", code="date_expected"),
    "date by week": wrong(birth_date="1990-W18-2", code="date_expected"),
    "date with time": wrong(birth_date="1990-05-01T00:00:00", code="date_expected"),
    "date in full width": wrong(birth_date="１９９０-05-01", code="date_expected"),
    "date in Arabic digits": wrong(birth_date="١٩٩٠-05-01", code="date_expected"),
    "date with a line break": (
        facts(birth_date="1990-05-01\n"),
        422,
        "birth_date",
        "date_expected",
    ),
    "number for a date": wrong(birth_date=19900501, code="date_expected"),
    "born after the day of the check": (
        facts(birth_date="2026-11-24"),
        422,
        "birth_date",
        "after_as_of",
    ),
    "graduated after it": (
        facts(graduation_date="2026-11-24"),
        422,
        "graduation_date",
        "after_as_of",
    ),
    "born too long ago": wrong(birth_date="1875-11-23", code="too_long_ago"),
    # The day of the check
    "before the first rule": (
        b'{"as_of": "2016-06-27", "facts": {}}',
        422,
        "as_of",
        "before_first_rule",
    ),
    "as of no such day": (b'{"as_of": "2025-02-29", "facts": {}}', 422, "as_of", "no_such_day"),
    "as of a number": (b'{"as_of": 20261123, "facts": {}}', 422, "as_of", "date_expected"),
    "as of nothing": (b'{"as_of": "", "facts": {}}', 422, "as_of", "date_expected"),
    "as of a list": (b'{"as_of": [], "facts": {}}', 422, "as_of", "date_expected"),
    # Household
    "household of one": wrong(household={}, code="list_expected"),
    "member as text": (facts(household=["spouse"]), 422, "household[0]", "object_expected"),
    "51 members": wrong(household=[{}] * 51, code="too_many"),
    "10,000 members": wrong(household=[{}] * 10_000, code="too_many"),
    "member born later": (
        facts(household=[{}, {"birth_date": "2026-11-24"}]),
        422,
        "household[1].birth_date",
        "after_as_of",
    ),
    "unknown relation": (
        facts(household=[{"relation": "friend"}]),
        422,
        "household[0].relation",
        "not_a_choice",
    ),
    # The body
    "no facts": (b"{}", 422, "facts", "required"),
    "facts as null": (b'{"facts": null}', 422, "facts", "object_expected"),
    "facts as a list": (b'{"facts": []}', 422, "facts", "object_expected"),
    "facts as text": (b'{"facts": "owned"}', 422, "facts", "object_expected"),
    "list for a body": (b"[]", 422, "facts", "object_expected"),
    "number for a body": (b"7", 422, "facts", "object_expected"),
    "text for a body": (b'"facts"', 422, "facts", "object_expected"),
    "null for a body": (b"null", 422, "facts", "object_expected"),
    "unknown name at the top": (
        b'{"facts": {}, "%s": 1}' % MARK.encode(),
        422,
        MARK,
        "unknown_member",
    ),
    "10,000 unknown names at the top": (
        json.dumps({f"{MARK}{n}": n for n in range(10_000)} | {"facts": {}}).encode(),
        422,
        f"{MARK}0",
        "unknown_member",
    ),
    # The text
    "empty": (b"", 400, "", "broken_json"),
    "blank": (b" \n", 400, "", "broken_json"),
    "half of it": (b'{"facts": {"housing": "ow', 400, "", "broken_json"),
    "two bodies": (b'{"facts": {}} {"facts": {}}', 400, "", "broken_json"),
    "comma at the end": (b'{"facts": {},}', 400, "", "broken_json"),
    "single quotes": (b"{'facts': {}}", 400, "", "broken_json"),
    "comment": (b'{"facts": {} /* %s */}' % MARK.encode(), 400, "", "broken_json"),
    "NaN": (raw(b"NaN"), 400, "", "broken_json"),
    "Infinity": (raw(b"-Infinity"), 400, "", "broken_json"),
    "leading zero": (raw(b"012"), 400, "", "broken_json"),
    "NUL between": (b'{"facts": \0{}}', 400, "", "broken_json"),
    "NUL inside": (b'{"facts": {"housing": "\0"}}', 400, "", "broken_json"),
    "fact given twice": (
        b'{"facts": {"housing": "owned", "housing": "none"}}',
        400,
        "",
        "broken_json",
    ),
    "facts given twice": (b'{"facts": {}, "facts": {}}', 400, "", "broken_json"),
    "twice by an escape": (b'{"facts": {}, "f\\u0061cts": {}}', 400, "", "broken_json"),
    "not UTF-8": (b'{"facts": {"housing": "\xff\xfe"}}', 400, "", "broken_json"),
    "GBK": ('{"facts": {"housing": "自有"}}'.encode("gbk"), 400, "", "broken_json"),
    "UTF-16": ('{"facts": {}}'.encode("utf-16"), 400, "", "broken_json"),
    "byte order mark": (b'\xef\xbb\xbf{"facts": {}}', 400, "", "broken_json"),
    "half a character as bytes": (
        b'{"facts": {"housing": "\xed\xa0\x80"}}',
        400,
        "",
        "broken_json",
    ),
    "100,000 deep": (b"[" * 100_000, 400, "", "broken_json"),
    "100,000 deep and closed": (b"[" * 100_000 + b"]" * 100_000, 400, "", "broken_json"),
    "objects 40,000 deep": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400, "", "broken_json"),
    "a form": (b"facts=owned&housing=owned", 400, "", "broken_json"),
    "XML": (b"<facts/>", 400, "", "broken_json"),
}
ADDRESSES = ("check", "compare", "receipts")


def has_chinese(message):
    return any("\u4e00" <= character <= "\u9fff" for character in message)


def post(client, address, body, language="en", content_type="application/json"):
    return client.generic(
        "POST",
        f"{V1}/eligibility/{address}",
        body,
        content_type=content_type,
        headers={"Accept-Language": language},
    )


def assert_is_problem(response, status, language):
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert problem["status"] == status
    assert has_chinese(problem["title"]) == (language == "zh")
    assert problem["errors"]
    for error in problem["errors"]:
        assert set(error) == {"field", "message", "code"}
        assert has_chinese(error["message"]) == (language == "zh"), error
    return problem


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_bad_body_is_refused_with_field_and_remedy(client, caplog, address, name):
    caplog.set_level(logging.DEBUG)
    body, status, field, code = REFUSED[name]
    if address == "compare" and field == "target_township" and code != "text_expected":
        code = "target_not_wanted"

    for language in ("zh", "en"):
        response = post(client, address, body, language)
        problem = assert_is_problem(response, status, language)
        first = problem["errors"][0]
        assert (first["field"], first["code"]) == (field, code)
        assert len(problem["errors"]) <= 50
        assert len(response.content) < 20_000
    assert MARK not in caplog.text
    assert "owned" not in caplog.text


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_case_of_a_batch_is_refused_alike(client, name):
    body, status, field, code = REFUSED[name]
    if status == 400:
        response = post(client, "batch", b'{"cases": [%s]}' % body)
        if body.strip():
            assert_is_problem(response, 400, "en")
        else:
            assert response.getvalue() == b""
        return
    given_body = json.loads(body)
    if not isinstance(given_body, dict) or ("as_of" in given_body and field == "as_of"):
        response = post(client, "batch", body)
        assert_is_problem(response, 422, "en")
        return
    as_of = json.dumps(given_body.pop("as_of", "2026-11-23")).encode()
    case = json.dumps({"id": 1} | given_body).encode()
    if b"e999999" in body or b"e-999999" in body or b"0.0000000" in body:
        case = b'{"id": 1, ' + body[1:]  # such a figure survives no other reader

    response = post(client, "batch", b'{"as_of": %s, "cases": [%s]}' % (as_of, case))

    [line] = [json.loads(each) for each in response.getvalue().splitlines()]
    assert line["id"] == 1
    assert (line["errors"][0]["field"], line["errors"][0]["code"]) == (field, code)


@pytest.mark.parametrize("name", REFUSED)
def test_the_command_refuses_alike(capsys, tmp_path, name):
    body, status, field, code = REFUSED[name]
    (tmp_path / "body.json").write_bytes(body)

    with pytest.raises(SystemExit) as ended:
        call_command("check_eligibility", str(tmp_path / "body.json"), language="zh")

    problem = json.loads(capsys.readouterr().out)
    assert (ended.value.code, problem["status"]) == (2, status)
    first = problem["errors"][0]
    assert (first["field"], first["code"]) == (field, code)
    assert has_chinese(first["message"])


BATCHES = {
    "no cases": (b"{}", "cases", "required"),
    "cases as null": (b'{"cases": null}', "cases", "required"),
    "cases as an object": (b'{"cases": {}}', "cases", "list_expected"),
    "list for a body": (b"[]", "cases", "object_expected"),
    "unknown name": (b'{"cases": [], "facts": {}}', "facts", "unknown_member"),
    "bad day": (b'{"cases": [], "as_of": "2016-01-01"}', "as_of", "before_first_rule"),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_bad_batch_is_refused(client, name):
    body, field, code = BATCHES[name]

    for language in ("zh", "en"):
        problem = assert_is_problem(post(client, "batch", body, language), 422, language)
        assert (problem["errors"][0]["field"], problem["errors"][0]["code"]) == (field, code)


@pytest.mark.parametrize("name", ["\ud800", "\0", "\u202e", "x" * 10_000, 2**70, ""])
def test_the_id_of_a_case_comes_back_as_it_was(client, name):
    body = json.dumps({"cases": [{"id": name, "facts": {}}] * 2}).encode()

    response = post(client, "batch", body)

    found = [json.loads(line) for line in response.getvalue().splitlines()]
    assert [line["id"] for line in found] == [name, name]


def test_every_wrong_field_is_named_at_once(client):
    body = facts(
        sex="x",
        housing=1,
        birth_date="x",
        household=[{"relation": 1}, {"lives_together": "yes"}],
    )

    problem = post(client, "check", body).json()

    assert [error["field"] for error in problem["errors"]] == [
        "sex",
        "housing",
        "birth_date",
        "household[0].relation",
        "household[1].lives_together",
    ]


def test_a_wrong_day_does_not_hide_wrong_facts(client):
    body = b'{"as_of": "1999-01-01", "facts": {"sex": "x", "birth_date": "1830-01-01"}}'

    problem = post(client, "check", body).json()

    assert [error["field"] for error in problem["errors"]] == ["as_of", "sex"]


# --- Size and type


@pytest.mark.parametrize(
    ("address", "size"),
    [
        ("check", 256_001),
        ("check", 10_000_000),
        ("compare", 256_001),
        ("receipts", 256_001),
        ("batch", 32_000_001),
    ],
)
def test_too_large_a_body_is_refused(client, address, size):
    response = post(client, address, b" " * size, "zh")

    problem = assert_is_problem(response, 413, "zh")
    assert ("32000000" if address == "batch" else "256000") in problem["detail"]


@pytest.mark.parametrize("declared", ["0", "7", "", "-1", "x", "\xb2", "9" * 30])
def test_a_body_that_is_larger_or_smaller_than_it_says(client, declared):
    body = facts(housing="owned")

    response = client.generic(
        "POST",
        f"{V1}/eligibility/check",
        body,
        content_type="application/json",
        CONTENT_LENGTH=declared,
    )

    assert response.status_code in (400, 413)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_body_of_the_largest_size_is_read(client):
    body = facts(housing="owned")
    body += b" " * (256_000 - len(body))

    assert post(client, "check", body).status_code == 200


@pytest.mark.parametrize("address", [*ADDRESSES, "batch"])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; charset=utf-8",
        "text/json",
        "application/xml",
        "application/octet-stream",
        "application/jsonp",
        "image/svg+json",
        "json",
        "*/*",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_body_that_calls_itself_something_else_is_refused(
    client, address, content_type, language
):
    body = b'{"cases": []}' if address == "batch" else b'{"facts": {}}'

    response = post(client, address, body, language, content_type)

    problem = assert_is_problem(response, 415, language)
    assert "Content-Type: application/json" in problem["detail"]
    assert response.headers["Accept-Post"] == "application/json"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/vnd.jiaxing.facts+json",
    ],
)
def test_json_is_read_by_its_names_and_without_one(client, content_type):
    response = post(client, "check", facts(housing="owned"), "en", content_type)

    assert response.status_code == 200


@pytest.mark.parametrize("address", [*ADDRESSES, "batch"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"facts=%7B%7D"),
        ("application/json", b"<facts/>"),
        ("", b"housing\nowned\n"),
        ("application/json", bytes(range(256))),
        ("application/json", b"\x89PNG\r\n\x1a\n"),
        ("application/json; charset=gbk", '{"facts": {"housing": "自有"}}'.encode("gbk")),
    ],
)
def test_what_calls_itself_json_and_is_none_is_refused(client, address, content_type, body):
    response = post(client, address, body, "zh", content_type)

    assert_is_problem(response, 400, "zh")


def test_a_deletion_with_a_body_that_calls_itself_something_else_is_refused(client):
    made = post(client, "receipts", facts()).json()
    body = json.dumps({"deletion_key": made["deletion_key"]}).encode()

    response = client.generic(
        "DELETE", f"{V1}/receipts/{made['reference']}", body, content_type="text/plain"
    )

    assert response.status_code == 415
    assert client.get(f"{V1}/receipts/{made['reference']}").status_code == 200


def test_a_deletion_with_a_broken_body_is_refused(client):
    made = post(client, "receipts", facts()).json()

    response = client.generic(
        "DELETE", f"{V1}/receipts/{made['reference']}", b"{", content_type="application/json"
    )

    assert response.status_code == 400
    assert client.get(f"{V1}/receipts/{made['reference']}").status_code == 200


# --- Whatever else there may be

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates().map(str)
    | st.sampled_from([v for fact in FACTS.values() for v in fact.values] + [COUNTY_STREET]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(list(MEMBER_FACTS)), inner, max_size=3)
    ),
    max_leaves=6,
)
BODIES = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"facts": st.dictionaries(st.sampled_from([*FACTS, "household"]) | st.text(), VALUES)},
        optional={"as_of": VALUES},
    ),
    st.fixed_dictionaries({"cases": st.lists(VALUES, max_size=3)}, optional={"as_of": VALUES}),
)
ANY = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@pytest.mark.parametrize("address", [*ADDRESSES, "batch"])
def test_no_json_at_all_makes_it_fail(client, counts, address):
    @settings(max_examples=counts(60, 2000), **ANY)
    @given(body=BODIES)
    def send(body):
        response = post(client, address, json.dumps(body).encode())
        content = response.getvalue() if response.streaming else response.content
        assert response.status_code < 500
        assert content.decode() or body["cases"] == []

    send()


def test_no_bytes_at_all_make_it_fail(client, counts):
    @settings(max_examples=counts(60, 2000), **ANY)
    @given(body=st.binary(max_size=200), place=st.integers(0, 60))
    def send(body, place):
        whole = facts(housing="owned", birth_date="1990-05-01")
        for each in (body, whole[:place] + body + whole[place:]):
            assert post(client, "check", each).status_code in (200, 400, 422)

    send()


TYPED = {
    "bool": st.booleans(),
    "int": st.integers(0, 120),
    "decimal": st.decimals(0, 10**15, allow_nan=False, places=3).map(str),
    "date": st.dates().map(str),
    "choice": st.nothing(),
    "township": st.sampled_from([COUNTY_STREET, "330402100", "330411010"]),
}
PERSON = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(fact.values) if fact.values else TYPED[fact.kind.value]
        for name, fact in FACTS.items()
    },
)


def test_any_person_on_any_day_is_answered_kept_and_repeated(client, counts):
    @settings(max_examples=counts(60, 2000), **ANY)
    @given(person=PERSON, as_of=st.none() | st.dates().map(str))
    def send(person, as_of):
        body = json.dumps({"as_of": as_of, "facts": person}).encode()
        made = post(client, "receipts", body)
        assert made.status_code in (201, 422)
        if made.status_code == 201:
            replayed = client.post(f"{V1}/receipts/{made.json()['reference']}/replay")
            assert replayed.json()["identical"] is True

    send()
