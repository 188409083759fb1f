"""POST /api/v1/permits/timeline: the contract, word for word."""

import json

import pytest

ADDRESS = "/api/v1/permits/timeline"


@pytest.fixture
def ask(client):
    """Return a way to ask: the status and the answer."""

    def asked(body, **headers):
        raw = body if isinstance(body, str) else json.dumps(body)
        response = client.post(ADDRESS, raw, content_type="application/json", **headers)
        return response.status_code, response.json(), response

    return asked


def events(*lines):
    return [{"type": kind, "date": on} for kind, on in lines]


pytestmark = pytest.mark.django_db


def test_a_permit_in_its_window(ask):
    body = {"events": events(("issue", "2025-03-31")), "on": "2026-02-28"}

    status, answer, response = ask(body)

    assert status == 200
    assert response["Cache-Control"] == "no-store"
    assert answer == {
        "status": "due",
        "usable": True,
        "years_of_residence": 0,
        "counted_from": "2025-03-31",
        "window": {"number": 1, "opens": "2026-02-28", "closes": "2026-03-31"},
    }


@pytest.mark.parametrize("body", [events(), events(("issue", "2026-12-01"))])
def test_before_issue_there_is_no_permit(ask, body):
    assert ask({"events": body, "on": "2026-11-25"})[1] == {
        "status": "none",
        "usable": False,
        "years_of_residence": None,
        "counted_from": None,
        "window": None,
    }


def test_a_cancelled_permit_has_no_window(ask):
    body = {"events": events(("issue", "2025-03-31"), ("cancel", "2025-09-01")), "on": "2026-11-25"}

    answer = ask(body)[1]

    assert (answer["status"], answer["usable"], answer["window"]) == ("cancelled", False, None)


@pytest.mark.parametrize(
    ("ledger", "field", "code"),
    [
        ([("endorse", "2026-03-01")], "events[0]", "no_issue_first"),
        ([("issue", "2025-03-31"), ("endorse", "2026-02-27")], "events[1]", "outside_window"),
        (
            [("issue", "2025-03-31"), ("endorse", "2026-03-01"), ("endorse", "2026-03-02")],
            "events[2]",
            "endorsed_already",
        ),
        (
            [("issue", "2025-03-31"), ("cancel", "2025-09-01"), ("replace", "2025-09-02")],
            "events[2]",
            "after_cancellation",
        ),
        ([("issue", "2025-03-31"), ("issue", "2025-04-01")], "events[1]", "second_issue"),
        ([("issue", "2025-03-31"), ("change", "2025-03-30")], "events[1]", "out_of_order"),
        ([("issue", "9999-03-31"), ("endorse", "9999-12-31")], "events[1]", "outside_window"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_impossible_ledger_is_refused_naming_the_event(ask, ledger, field, code, language):
    body = {"events": events(*ledger), "on": "2027-01-01"}

    status, answer, response = ask(body, headers={"accept-language": language})

    assert status == 422
    assert response["Content-Type"] == "application/problem+json"
    assert [(e["field"], e["code"]) for e in answer["errors"]] == [(field, code)]
    number = int(field[7:-1]) + 1
    assert (f"第{number}条" if language == "zh-hans" else f"Event {number}") in answer["detail"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ([], [("events", "object_expected")]),
        ({}, [("on", "required"), ("events", "required")]),
        ({"events": {}, "on": "2026-11-25"}, [("events", "list_expected")]),
        ({"events": [], "on": "2026-11-25", "id": 1}, [("id", "unknown_member")]),
        ({"events": [], "on": "2026-02-30"}, [("on", "no_such_day")]),
        ({"events": [], "on": "20261125"}, [("on", "date_expected")]),
        ({"events": [], "on": 20261125}, [("on", "date_expected")]),
        ({"events": ["issue"], "on": "2026-11-25"}, [("events[0]", "object_expected")]),
        (
            {"events": [{"type": "renew", "date": "2026-11-25", "by": 1}], "on": "2026-11-25"},
            [("events[0].by", "unknown_member"), ("events[0].type", "not_a_choice")],
        ),
        (
            {"events": [{"type": 3}], "on": "2026-11-25"},
            [("events[0].date", "required"), ("events[0].type", "text_expected")],
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_name(ask, body, errors):
    status, answer, _ = ask(body)

    assert status == 422
    assert [(e["field"], e["code"]) for e in answer["errors"]] == errors
    assert all(e["message"] for e in answer["errors"])


def test_broken_json_is_not_taken_apart(ask):
    assert ask('{"events": [], "events": [], "on": "2026-11-25"}')[0] == 400
    assert ask("{")[0] == 400


def test_a_hostile_body_gets_a_short_answer(ask):
    status, answer, _ = ask({"events": [0] * 5000, "on": "2026-11-25"})

    assert (status, len(answer["errors"])) == (422, 50)


def test_it_is_counted_like_the_other_questions(ask, settings):
    settings.RATES = {**settings.RATES, "api": "2/m"}
    body = {"events": [], "on": "2026-11-25"}

    answers = [ask(body) for _ in range(3)]

    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert int(answers[2][2]["Retry-After"]) > 0


def test_it_is_in_the_description(client):
    described = client.get("/api/v1/openapi.json").json()

    operation = described["paths"][ADDRESS]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/TimelineBody"
    }
    assert {"TimelineBody", "LedgerEvent", "Timeline"} <= set(described["components"]["schemas"])
    assert set(operation["responses"]) == {"200", "400", "413", "415", "422", "429", "503"}
