"""The description of the API: valid, complete, and true of what is answered."""

import json
from urllib.parse import quote

import hypothesis
import jsonschema_rs
import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

from eligibility.core.facts import FACTS, MEMBER_FACTS

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/openapi.json"
OPERATIONS = (
    ("POST", "/api/v1/eligibility/check"),
    ("POST", "/api/v1/eligibility/compare"),
    ("POST", "/api/v1/eligibility/batch"),
    ("POST", "/api/v1/eligibility/receipts"),
    ("GET", "/api/v1/receipts/{reference}"),
    ("DELETE", "/api/v1/receipts/{reference}"),
    ("POST", "/api/v1/receipts/{reference}/replay"),
    ("GET", "/api/v1/rules"),
    ("GET", "/api/v1/rules/{code}"),
    ("GET", "/api/v1/rules/{code}/diff"),
    ("GET", "/api/v1/facts"),
    ("GET", "/api/v1/areas"),
    ("POST", "/api/v1/permits/timeline"),
)
SENT = ("/rules", "/diff", "/timeline")
SENDING = (*OPERATIONS[:4], *(o for o in OPERATIONS if o[1].endswith(SENT)))
CHECKS = [
    not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
    conformance.response_headers_conformance,
    conformance.allow_header_conformance,
    conformance.negative_data_rejection,
]


@pytest.fixture
def portal(published_rules):
    """Return the portal as a WSGI program that keeps the connection of the test."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi(ADDRESS, get_wsgi_application())
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture
def description(client):
    response = client.get(ADDRESS)
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(response.content)


def test_it_is_a_valid_description_in_version_3_1(description):
    assert description["openapi"] == "3.1.0"
    schema = schemathesis.openapi.from_dict(description)
    schema.validate()

    for name, part in description["components"]["schemas"].items():
        whole = part | {"components": description["components"]}
        assert jsonschema_rs.meta.is_valid(whole), name


def test_every_reference_leads_somewhere(description):
    known = description["components"]["schemas"]
    found = set(_references(description))

    assert found
    assert {f"#/components/schemas/{name}" for name in known} >= found


def _references(part):
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def test_every_operation_of_the_contract_is_described(description):
    described = {
        (method.upper(), path)
        for path, operations in description["paths"].items()
        for method in operations
    }

    assert described == set(OPERATIONS)


def test_every_operation_says_what_can_go_wrong(description):
    for method, path in OPERATIONS:
        operation = description["paths"][path][method.lower()]
        assert {"429", "503"} <= set(operation["responses"])
        good = [status for status in operation["responses"] if status < "300"]
        assert len(good) == 1, (method, path)
        names = [(p["in"], p["name"]) for p in operation["parameters"]]
        assert len(names) == len(set(names)), (method, path)
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]


def test_the_facts_are_those_of_the_dictionary(description):
    schemas = description["components"]["schemas"]

    assert set(schemas["Facts"]["properties"]) == {*FACTS, "household"}
    assert set(schemas["Member"]["properties"]) == set(MEMBER_FACTS)
    assert schemas["Facts"]["additionalProperties"] is False


def test_the_description_asks_nobody_else(description, client):
    """The readable page: our own scripts, no address of another host."""
    page = client.get("/api/v1/docs")
    text = page.content.decode()

    assert page.status_code == 200
    assert "://" not in text
    assert 'src="//' not in text
    assert "<script>" not in text
    assert "<style" not in text
    assert "style=" not in text
    assert "unsafe" not in page.headers["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_the_readable_page_works_under_its_policy(live_server, page):
    complaints, hosts = [], set()
    page.on("console", lambda line: complaints.append(line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    page.goto(f"{live_server.url}/api/v1/docs", wait_until="networkidle")

    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == len(OPERATIONS)
    assert complaints == []
    assert hosts == {live_server.url.split("/")[2]}


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("post", "/eligibility/check", {"facts": {}}),
        ("post", "/eligibility/compare", {"facts": {}}),
        ("post", "/eligibility/batch", {"cases": [{"id": 1, "facts": {}}]}),
        ("post", "/eligibility/receipts", {"facts": {}}),
        ("get", "/rules", None),
        ("get", "/rules/urban-owner", None),
    ],
)
def test_without_rules_the_service_is_not_available(client, method, address, body):
    options = {"content_type": "application/json"} if body else {}

    response = getattr(client, method)(f"/api/v1{address}", body, **options)

    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"


# --- True of what is answered


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_answers_are_as_described(portal, counts, method, path):
    operation = portal[path][method]
    sent = []

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=counts(15, 300),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        response = case.call()
        sent.append(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()

    assert sent
    assert max(sent) < 500


@pytest.mark.parametrize(("method", "path"), SENDING)
def test_nonsense_is_refused_as_described(portal, counts, method, path):
    operation = portal[path][method]
    mode = schemathesis.GenerationMode.NEGATIVE
    statuses = set()

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=counts(15, 300),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        response = case.call()
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS[:-1])

    ask()

    assert max(statuses) < 500


def test_a_real_answer_fits_its_description(published_rules, description, client):
    facts = {
        "target_township": "330402010",
        "housing": "rented_private",
        "birth_date": "1990-05-01",
        "pension_insurance_months": 12,
        "housing_area_per_person_m2": "12.5",
        "household": [{"relation": "spouse", "lives_together": True}, {}],
    }
    for as_of in ("2017-01-01", "2019-01-01", "2021-01-01", "2022-06-01", "2026-01-01"):
        body = {"as_of": as_of, "facts": facts}
        for address, status in (("check", 200), ("receipts", 201)):
            response = Client().post(
                f"/api/v1/eligibility/{address}", body, content_type="application/json"
            )
            assert response.status_code == status
            operation = description["paths"][f"/api/v1/eligibility/{address}"]["post"]
            content = operation["responses"][str(status)]["content"]
            wanted = content["application/json"]["schema"]
            jsonschema_rs.validate(
                wanted | {"components": description["components"]},
                json.loads(response.content),
            )
        assert quote(json.loads(response.content)["reference"])
