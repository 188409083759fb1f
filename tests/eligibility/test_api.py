"""The public API: every address of the contract, its shapes, statuses, types and limits."""

import csv
import json

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from eligibility import selectors
from eligibility.core.facts import FACTS, MEMBER_FACTS
from eligibility.management.commands.load_divisions import FILE as DIVISIONS
from tests.eligibility.builders import CITY_STREET, CITY_TOWN, COUNTY_STREET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published_rules")]

V1 = "/api/v1"
TENANT = {
    "target_township": COUNTY_STREET,
    "hukou_place": "outside",
    "birth_date": "1990-05-01",
    "marital_status": "married",
    "housing": "rented_private",
    "lease_registered": True,
    "has_residence_permit": True,
    "employment": "contract",
    "pension_insurance_months": 18,
    "household": [
        {"relation": "spouse", "lives_together": True},
        {"relation": "child", "birth_date": "2015-09-01", "lives_together": True},
        {"relation": "grandparent", "lives_together": True},
        {"relation": "sibling", "lives_together": True},
        {},
    ],
}
ANSWER = {
    "as_of",
    "verdict",
    "area_class",
    "ruleset",
    "routes",
    "family",
    "next_facts",
    "notices",
    "earliest_date",
    "next_step",
}
ROUTE = {
    "code",
    "name",
    "version",
    "provenance",
    "verdict",
    "citation",
    "self_only",
    "earliest_date",
    "explanation",
    "unknown_facts",
    "papers",
}
CITATION = {"document", "number", "article", "text", "provenance"}
PAPER = {"code", "name", "alternatives", "for", "clause"}
WIRE = {"met", "officer_decides", "unknown", "not_met"}


@pytest.fixture
def ask(client):
    """Return ``ask(address, body)``: the answer to a POST."""

    def post(address, body, language="en", **headers):
        return client.post(
            f"{V1}/eligibility/{address}",
            body,
            content_type="application/json",
            headers={"Accept-Language": language} | headers,
        )

    return post


def lines(response):
    return [json.loads(line) for line in response.getvalue().splitlines()]


def has_chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


# --- check


def test_check_answers_in_the_shape_of_the_contract(ask):
    response = ask("check", {"as_of": "2026-11-23", "facts": TENANT})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    answer = response.json()
    assert set(answer) == ANSWER
    assert (answer["as_of"], answer["verdict"], answer["area_class"]) == (
        "2026-11-23",
        "eligible",
        "county",
    )
    assert set(answer["ruleset"]) == {"hash", "versions"}
    assert answer["ruleset"]["hash"] == selectors.published_ruleset().hash
    assert answer["ruleset"]["versions"]["county-stable-residence"] == "2023"
    assert set(answer["next_step"]) == {"office", "procedure", "remedies"}
    assert answer["earliest_date"] is None
    assert answer["next_facts"] == []


def test_each_route_is_as_the_contract_says(ask):
    routes = ask("check", {"as_of": "2026-11-23", "facts": TENANT}).json()["routes"]

    assert [route["code"] for route in routes][:2] == [
        "county-stable-residence",
        "intra-city-move",
    ]
    for route in routes:
        assert set(route) == ROUTE
        assert set(route["citation"]) == CITATION
        assert route["verdict"] in WIRE
        assert route["provenance"] in {"official", "secondary"}
        assert isinstance(route["self_only"], bool)
        for paper in route["papers"]:
            assert set(paper) == PAPER
            assert paper["for"] == "applicant"
            assert isinstance(paper["alternatives"], list)
        _look_at(route["explanation"])
    [home, *_] = routes
    assert home["verdict"] == "met"
    assert {"household_register", "private_lease"} <= {p["code"] for p in home["papers"]}


def _look_at(node):
    kind = node["kind"]
    assert kind in {"all", "any", "not", "leaf", "officer"}
    assert node["verdict"] in WIRE
    assert node["text"]
    assert set(node["citation"]) == CITATION
    if kind == "leaf":
        assert {"fact", "actual", "required"} <= set(node)
        assert node["fact"] in FACTS
    if "gap" in node:
        assert set(node["gap"]) == {"amount", "unit", "grows"}
    for child in node.get("children", ()):
        _look_at(child)
    assert bool(node.get("children")) == (kind in {"all", "any", "not"})


def leaves(node):
    if node["kind"] in ("leaf", "officer"):
        yield node
    for child in node.get("children", ()):
        yield from leaves(child)


def test_each_household_member_is_answered(ask):
    family = ask("check", {"as_of": "2026-11-23", "facts": TENANT}).json()["family"]

    assert [(m["index"], m["relation"], m["verdict"]) for m in family] == [
        (0, "spouse", "met"),
        (1, "child", "met"),
        (2, "grandparent", "officer_decides"),
        (3, "sibling", "not_met"),
        (4, None, "unknown"),
    ]
    for member in family:
        assert set(member) == {"index", "relation", "verdict", "reason", "papers"}
        assert member["reason"]
    assert {paper["for"] for paper in family[0]["papers"]} == {"household[0]"}


def test_a_near_miss_says_how_much_is_missing_and_when(ask):
    facts = {
        "target_township": CITY_STREET,
        "hukou_place": "outside",
        "housing": "rented_private",
        "lease_registered": True,
        "residence_registration_months": 10,
        "months_in_current_rental": 24,
    }
    answer = ask("check", {"as_of": "2022-06-30", "facts": facts}).json()

    [tenant] = [r for r in answer["routes"] if r["code"] == "urban-tenant"]
    assert tenant["earliest_date"] == "2022-08-30"
    [short] = [n for n in leaves(tenant["explanation"]) if n.get("gap")]
    assert (short["fact"], short["actual"], short["required"]) == (
        "residence_registration_months",
        10,
        12,
    )
    assert short["gap"] == {"amount": 2, "unit": "months", "grows": True}


def test_a_figure_is_compared_exactly_and_told_as_text(ask):
    facts = {
        "target_township": CITY_STREET,
        "housing": "owned",
        "housing_area_per_person_m2": "39.13999999999999999999",
        "pension_insurance_months": 12,
    }
    answer = ask("check", {"as_of": "2017-01-01", "facts": facts}).json()

    [owner] = [r for r in answer["routes"] if r["code"] == "urban-owner"]
    [short] = leaves(owner["explanation"])
    assert owner["verdict"] == "not_met"
    assert (short["actual"], short["required"]) == ("39.13999999999999999999", "39.14")
    assert short["gap"]["amount"] == "0.00000000000000000001"
    assert short["gap"]["grows"] is False


def test_what_is_missing_is_unknown_and_asked_for(ask):
    answer = ask("check", {"facts": {}}).json()

    assert answer["as_of"] == timezone.localdate().isoformat()
    assert answer["verdict"] == "more_information_needed"
    assert answer["area_class"] is None
    assert set(answer["next_facts"]) <= set(FACTS)
    assert {v for route in answer["routes"] for v in [route["verdict"]]} == {"unknown"}
    assert any("target_township" in route["unknown_facts"] for route in answer["routes"])


def test_null_is_unknown(ask):
    nothing = dict.fromkeys([*FACTS, "household"])

    given = ask("check", {"as_of": None, "facts": nothing}).json()

    assert given == ask("check", {"facts": {}}).json()


def test_a_village_is_not_covered(ask):
    facts = {
        "target_township": CITY_TOWN,
        "target_in_town_area": False,
        "hukou_place": "outside",
    }
    answer = ask("check", {"facts": facts}).json()

    assert (answer["verdict"], answer["area_class"]) == ("not_covered", "rural")
    assert [route["code"] for route in answer["routes"]] == ["unregistered-person"]


def test_the_target_in_a_town_area_is_ignored_where_it_says_nothing(ask):
    facts = {"target_township": COUNTY_STREET, "target_in_town_area": False}

    assert ask("check", {"facts": facts}).json()["area_class"] == "county"


@pytest.mark.parametrize(
    ("as_of", "codes"),
    [
        ("2026-11-23", {"land_rights", "secondary_source"}),
        ("2016-06-28", {"land_rights", "secondary_source"}),
        ("2028-07-21", {"land_rights", "secondary_source", "future_as_of"}),
        (
            "2028-07-22",
            {"land_rights", "secondary_source", "future_as_of", "plan_period_over"},
        ),
        (
            "9999-12-31",
            {"land_rights", "secondary_source", "future_as_of", "plan_period_over"},
        ),
    ],
)
def test_a_day_to_come_is_answered_with_a_notice(ask, time_machine, as_of, codes):
    time_machine.move_to("2026-11-25T12:00+08:00")
    facts = {k: v for k, v in TENANT.items() if k not in ("birth_date", "household")}

    response = ask("check", {"as_of": as_of, "facts": facts})

    assert response.status_code == 200
    notices = response.json()["notices"]
    assert {notice["code"] for notice in notices} == codes
    for notice in notices:
        assert {"code", "text"} <= set(notice) <= {"code", "text", "clause"}
    assert "31号 六(一)" in notices[0]["clause"]


def test_today_is_the_day_in_shanghai(ask, time_machine):
    time_machine.move_to("2026-11-24T16:30+00:00")  # half past midnight, the day after

    assert ask("check", {"facts": {}}).json()["as_of"] == "2026-11-25"


def test_check_stores_nothing(ask, client):
    def counts():
        return {m.__name__: m.objects.count() for m in apps.get_models()}

    before = counts()
    for address in ("check", "compare"):
        facts = TENANT if address == "check" else placeless(TENANT)
        assert ask(address, {"facts": facts}).status_code == 200
    list(ask("batch", {"cases": [{"id": 1, "facts": TENANT}]}).streaming_content)
    assert client.cookies == {}

    assert counts() == before


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("check", {"facts": TENANT}),
        ("compare", {"facts": {"housing": "owned"}}),
        ("batch", {"cases": [{"id": n, "facts": TENANT} for n in range(20)]}),
    ],
)
def test_an_answer_costs_one_query(ask, django_assert_num_queries, address, body):
    _read(ask(address, body))  # townships, clauses and versions are kept in the process

    with django_assert_num_queries(1):
        _read(ask(address, body))


def _read(response):
    return response.getvalue() if response.streaming else response.content


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/rules", 1),
        ("/rules?as_of=2020-01-01", 1),
        ("/rules/urban-talent", 1),
        ("/rules/urban-talent/diff?from=2016&to=2018", 6),
        ("/facts", 0),
        ("/areas", 0),
    ],
)
def test_reading_costs_few_queries(client, django_assert_num_queries, address, queries):
    client.get(f"{V1}{address}")

    with django_assert_num_queries(queries):
        assert client.get(f"{V1}{address}").status_code == 200


# --- compare


def placeless(facts):
    return {name: value for name, value in facts.items() if not name.startswith("target_")}


SEVEN = ["330421", "330424", "330481", "330482", "330483", "330402", "330411"]


def test_compare_answers_for_seven_areas_in_one_call(ask):
    answer = ask("compare", {"as_of": "2019-01-01", "facts": placeless(TENANT)}).json()

    assert set(answer) == {"as_of", "areas"}
    assert [area["county_code"] for area in answer["areas"]] == SEVEN
    assert [area["area_class"] for area in answer["areas"]] == ["county"] * 5 + ["urban"] * 2
    for area in answer["areas"]:
        assert set(area) == {
            "county_code",
            "county",
            "area_class",
            "verdict",
            "best_route",
            "earliest_date",
        }
    assert answer["areas"][0]["county"] == "嘉善县"
    assert answer["areas"][0]["best_route"] == "county-stable-residence"


FULL = {
    "hukou_place": "outside",
    "zhejiang_hukou_years": 0,
    "birth_date": "1990-05-01",
    "sex": "male",
    "marital_status": "single",
    "has_own_income": True,
    "housing": "dormitory",
    "housing_area_per_person_m2": 0,
    "lease_registered": False,
    "months_in_current_rental": 0,
    "continuous_residence_months": 0,
    "residence_registration_months": 0,
    "has_residence_registration": False,
    "has_residence_permit": False,
    "employment": "none",
    "special_occupation": False,
    "pension_insurance_months": 0,
    "education": "none",
    "graduation_date": "2008-06-30",
    "foreign_degree_certified": False,
    "professional_title": "none",
    "skill_grade": "none",
    "skill_in_shortage": False,
    "rural_transfer": False,
    "invests_locally": False,
    "honour": "none",
    "honour_level": "none",
    "graduate_status": "none",
    "has_migration_certificate": False,
    "studying_in_zhejiang_college": False,
    "sponsor": "none",
    "lives_with_sponsor": False,
    "sponsor_owns_home": False,
}
BEST = {
    # the verdicts of a county and of the city, and the route that gives each
    "nothing leads here": ("2026-11-23", {}, ("not_eligible", None), ("not_eligible", None)),
    "the first of two that are met": (
        "2026-11-23",
        {"housing": "owned", "education": "bachelor"},
        ("eligible", "county-stable-residence"),
        ("eligible", "urban-stable-residence"),
    ),
    "met before an officer": (
        "2026-11-23",
        {"invests_locally": True, "education": "bachelor"},
        ("not_eligible", None),
        ("eligible", "urban-talent"),
    ),
    "an officer before the unknown": (
        "2026-11-23",
        {"invests_locally": True, "education": None},
        ("not_eligible", None),
        ("officer_decides", "urban-investor"),
    ),
    "the unknown before what is to come": (
        "2018-06-01",
        {"special_occupation": True, "pension_insurance_months": 35, "skill_in_shortage": None},
        ("not_eligible", None),
        ("more_information_needed", "urban-employment"),
    ),
    "the earliest of what is to come": (
        "2020-09-01",
        {
            "housing": "rented_private",
            "lease_registered": True,
            "continuous_residence_months": 30,
            "special_occupation": True,
            "pension_insurance_months": 34,
        },
        ("not_yet", "county-stable-residence"),
        ("not_yet", "urban-employment"),
    ),
}


@pytest.mark.parametrize("name", BEST)
def test_the_best_route_of_an_area(ask, name):
    as_of, change, county, urban = BEST[name]
    body = {"as_of": as_of, "facts": FULL | change}

    answer = ask("compare", body).json()

    found = [(area["verdict"], area["best_route"]) for area in answer["areas"]]
    assert found == [county] * 5 + [urban] * 2
    for area in answer["areas"]:
        assert bool(area["earliest_date"]) == (area["verdict"] == "not_yet")


def test_compare_says_what_check_says(ask):
    for name, (as_of, change, _county, _urban) in BEST.items():
        areas = ask("compare", {"as_of": as_of, "facts": FULL | change}).json()["areas"]
        for place, area in ((COUNTY_STREET, areas[4]), (CITY_STREET, areas[5])):
            facts = FULL | change | {"target_township": place}
            checked = ask("check", {"as_of": as_of, "facts": facts}).json()
            told = (area["verdict"], area["earliest_date"])
            assert told == (checked["verdict"], checked["earliest_date"]), name


@pytest.mark.parametrize(
    "target", [{"target_township": COUNTY_STREET}, {"target_in_town_area": True}]
)
def test_compare_takes_no_target(ask, target):
    response = ask("compare", {"facts": FULL | target})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == (next(iter(target)), "target_not_wanted")


# --- batch


def test_a_bad_case_does_not_stop_the_rest(ask):
    cases = [
        {"id": "a", "facts": TENANT},
        {"id": 2, "facts": {"housing": "tent", "sex": "x"}},
        {"id": "没有", "facts": {}},
        {"id": "b"},
        {"facts": {}},
        "c",
        {"id": True, "facts": {}},
        {"id": [1], "facts": {}},
        {"id": "d", "facts": {}, "note": 1},
        {"id": "e", "facts": {"target_township": CITY_TOWN}},
    ]

    response = ask("batch", {"as_of": "2026-11-23", "cases": cases})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/x-ndjson"
    found = lines(response)
    assert len(found) == len(cases)
    assert set(found[0]) == {"id", "verdict", "routes"}
    assert (found[0]["id"], found[0]["verdict"]) == ("a", "eligible")
    assert found[0]["routes"]["county-stable-residence"] == "met"
    assert [e["field"] for e in found[1]["errors"]] == ["housing", "sex"]
    assert [line["id"] for line in found] == ["a", 2, "没有", "b", None, None, True, None, "d", "e"]
    refused = {n: line["errors"][0]["field"] for n, line in enumerate(found) if "errors" in line}
    assert refused == {
        1: "housing",
        3: "facts",
        4: "id",
        5: "cases",
        6: "id",
        7: "id",
        8: "note",
    }
    for line in found:
        for error in line.get("errors", ()):
            assert set(error) == {"field", "message", "code"}


def test_a_batch_says_what_check_says(ask):
    for as_of in ("2017-03-01", "2019-01-01", "2026-11-23"):
        cases = [{"id": n, "facts": FULL | BEST[n][1]} for n in BEST]
        for line in lines(ask("batch", {"as_of": as_of, "cases": cases})):
            facts = FULL | BEST[line["id"]][1]
            checked = ask("check", {"as_of": as_of, "facts": facts}).json()
            assert line["verdict"] == checked["verdict"]
            assert line["routes"] == {r["code"]: r["verdict"] for r in checked["routes"]}


def test_ten_thousand_cases_are_answered(ask):
    cases = [{"id": n, "facts": {"housing": "owned"}} for n in range(10_000)]

    found = lines(ask("batch", {"cases": cases}))

    assert [line["id"] for line in found] == list(range(10_000))
    assert all(line["verdict"] == "more_information_needed" for line in found)


def test_one_case_more_is_refused(ask):
    cases = [{"id": n, "facts": {}} for n in range(10_001)]

    response = ask("batch", {"cases": cases})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == ("cases", "too_many_cases")
    assert "10000" in error["message"]


def test_a_batch_may_be_larger_than_a_form(ask):
    """Django refuses more than 2.5 MB by itself; a batch may have 32."""
    full = FULL | {"household": [{"relation": "child", "lives_together": True}] * 8}
    body = json.dumps({"cases": [{"id": n, "facts": full} for n in range(3_000)]})
    assert 3_000_000 < len(body) < 32_000_000

    found = lines(ask("batch", body))

    assert len(found) == 3_000
    assert {line["verdict"] for line in found} == {"not_eligible"}


def test_an_empty_batch_has_no_lines(ask):
    response = ask("batch", {"cases": []})

    assert (response.status_code, response.getvalue()) == (200, b"")


# --- Rules


def test_the_rules_with_their_versions(client):
    answer = client.get(f"{V1}/rules").json()

    assert set(answer) == {"as_of", "rules"}
    assert answer["as_of"] == timezone.localdate().isoformat()
    codes = [rule["code"] for rule in answer["rules"]]
    assert (codes[0], codes[-1], len(codes)) == (
        "county-stable-residence",
        "unregistered-person",
        15,
    )
    for rule in answer["rules"]:
        assert set(rule) == {"code", "name", "areas", "versions"}
        assert set(rule["areas"]) <= {"county", "urban", "rural"}
        for version in rule["versions"]:
            assert set(version) == {
                "version",
                "provenance",
                "effective_from",
                "effective_to",
                "hash",
            }
            assert version["hash"].startswith("sha256:")
    [owner] = [rule for rule in answer["rules"] if rule["code"] == "urban-owner"]
    days = [(v["version"], v["effective_from"], v["effective_to"]) for v in owner["versions"]]
    assert days == [
        ("2016", "2016-06-28", "2018-04-30"),
        ("2018", "2018-05-01", "2020-08-21"),
        ("2020", "2020-08-22", "2023-07-21"),
    ]


@pytest.mark.parametrize(
    ("as_of", "owner", "stable", "resident"),
    [
        ("2016-06-28", ["2016"], [], []),
        ("2017-10-01", ["2016"], [], ["2018"]),
        ("2023-07-21", ["2020"], [], ["2018"]),
        ("2023-07-22", [], ["2023"], ["2018"]),
    ],
)
def test_the_rules_of_a_day(client, as_of, owner, stable, resident):
    answer = client.get(f"{V1}/rules?as_of={as_of}").json()

    found = {r["code"]: [v["version"] for v in r["versions"]] for r in answer["rules"]}
    assert answer["as_of"] == as_of
    assert found.get("urban-owner", []) == owner
    assert found.get("urban-stable-residence", []) == stable
    assert found.get("zhejiang-resident", []) == resident
    assert {len(versions) for versions in found.values()} == {1}


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        ("2016-06-27", "before_first_rule"),
        ("2024-02-30", "no_such_day"),
        ("yesterday", "date_expected"),
        ("２０２４-01-01", "date_expected"),
    ],
)
def test_a_day_without_rules_is_refused(client, as_of, code):
    response = client.get(f"{V1}/rules", {"as_of": as_of})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == ("as_of", code)


def test_one_rule_in_full(client):
    answer = client.get(f"{V1}/rules/urban-owner", headers={"Accept-Language": "en"}).json()

    assert (answer["code"], answer["areas"]) == ("urban-owner", ["urban"])
    first = answer["versions"][0]
    assert (first["version"], first["provenance"]) == ("2016", "secondary")
    assert first["condition"]["all"]
    assert {p["unit"] for p in first["parameters"].values()} == {"m2", "months"}
    assert all(set(leaf["citation"]) == CITATION for leaf in first["leaves"])
    assert {period["area"] for period in first["periods"]} == {"urban"}


def test_what_changed_between_two_versions(client):
    answer = client.get(
        f"{V1}/rules/county-stable-residence/diff?from=2016&to=2018",
        headers={"Accept-Language": "en"},
    ).json()

    assert (answer["from"], answer["to"]) == ("2016", "2018")
    [added] = [c for c in answer["changes"] if c["kind"] == "added"]
    assert added["leaf"] == "residence-permit"
    assert "permit" in added["text"]
    same = client.get(f"{V1}/rules/county-stable-residence/diff?from=2018&to=2018").json()
    assert same["changes"] == []


@pytest.mark.parametrize(
    "address",
    [
        "/rules/nowhere",
        "/rules/urban-owner/diff",
        "/rules/urban-owner/diff?from=2018",
        "/rules/urban-owner/diff?from=2018&to=2019",
        "/rules/nowhere/diff?from=2018&to=2020",
        "/rules/" + "x" * 5000,
        "/nowhere",
        "/",
        "/receipts/nothing",
    ],
)
def test_there_is_nothing_at_this_address(client, address):
    response = client.get(f"{V1}{address}")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert set(response.json()) == {"type", "title", "status", "detail", "errors"}


# --- Facts and areas


def test_the_facts_are_those_of_the_contract(client):
    facts = {f["name"]: f for f in client.get(f"{V1}/facts").json()["facts"]}

    assert list(facts) == [*FACTS, "household"]
    for fact in facts.values():
        assert set(fact) == {"name", "type", "unit", "values", "question"}
        assert set(fact["question"]) == {"zh", "en"}
        assert has_chinese(fact["question"]["zh"])
        assert fact["question"]["zh"].endswith("？")
        assert fact["question"]["en"].endswith("?")
    kinds = {name: fact["type"] for name, fact in facts.items()}
    assert kinds["target_township"] == kinds["housing"] == "string"
    assert kinds["lease_registered"] == "bool"
    assert kinds["pension_insurance_months"] == "int"
    assert kinds["investment_cny"] == "decimal"
    assert kinds["birth_date"] == "date"
    assert kinds["household"] == "list"
    assert facts["housing"]["values"] == [
        "owned",
        "rented_private",
        "rented_public",
        "dormitory",
        "with_relatives",
        "none",
    ]
    assert facts["household"]["values"] == list(MEMBER_FACTS)
    units = {name: fact["unit"] for name, fact in facts.items() if fact["unit"]}
    assert units == {
        "zhejiang_hukou_years": "years",
        "housing_area_per_person_m2": "m2",
        "months_in_current_rental": "months",
        "continuous_residence_months": "months",
        "residence_registration_months": "months",
        "pension_insurance_months": "months",
        "investment_cny": "CNY",
        "annual_tax_cny": "CNY",
    }


def test_the_72_townships_and_their_class(client):
    areas = client.get(f"{V1}/areas").json()["areas"]

    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        rows = {row["township_code"]: row for row in csv.DictReader(file)}
    assert len(areas) == len(rows) == 72
    for area in areas:
        row = rows[area["code"]]
        assert set(area) == {"code", "name", "county_code", "county", "kind", "area_class"}
        assert (area["name"], area["county"], area["kind"]) == (
            row["township"],
            row["county"],
            row["kind"],
        )
        city = area["county_code"] in ("330402", "330411")
        town = city and area["kind"] == "镇"
        assert area["area_class"] == (None if town else "urban" if city else "county")


# --- Languages


def test_texts_follow_the_header_and_codes_do_not(ask):
    body = {"as_of": "2019-01-01", "facts": TENANT}
    chinese, english = (ask("check", body, language) for language in ("zh", "en"))
    default = ask("check", body, "")

    assert default.content == chinese.content
    assert chinese.headers["Content-Language"] == "zh-hans"
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in english.headers["Vary"]
    one, other = chinese.json(), english.json()
    assert [r["code"] for r in one["routes"]] == [r["code"] for r in other["routes"]]
    assert [r["verdict"] for r in one["routes"]] == [r["verdict"] for r in other["routes"]]
    for route in one["routes"]:
        assert has_chinese(route["name"])
        for leaf in leaves(route["explanation"]):
            assert has_chinese(leaf["text"]), leaf["text"]
    for notice in one["notices"]:
        assert has_chinese(notice["text"]), notice
    for text in one["next_step"].values():
        assert has_chinese(text)
    for route in other["routes"]:
        assert not has_chinese(route["name"])
        for leaf in leaves(route["explanation"]):
            assert not has_chinese(leaf["text"])


def test_a_batch_keeps_its_language_while_it_is_sent(ask):
    cases = [{"id": n, "facts": {"sex": "x"}} for n in range(3)]

    for language, chinese in (("zh", True), ("en", False)):
        found = lines(ask("batch", {"cases": cases}, language))
        messages = [line["errors"][0]["message"] for line in found]
        assert [has_chinese(message) for message in messages] == [chinese] * 3


# --- Limits and methods


PUBLIC = {
    "api": [
        ("post", "/eligibility/check"),
        ("post", "/eligibility/compare"),
        ("get", "/rules"),
        ("get", "/rules/urban-owner"),
        ("get", "/rules/urban-owner/diff?from=2016&to=2018"),
        ("get", "/facts"),
        ("get", "/areas"),
        ("get", "/openapi.json"),
        ("get", "/docs"),
        ("head", "/facts"),
    ],
    "batch": [("post", "/eligibility/batch")],
    "receipts": [
        ("post", "/eligibility/receipts"),
        ("get", "/receipts/x"),
        ("delete", "/receipts/x"),
        ("post", "/receipts/x/replay"),
    ],
}


@pytest.mark.parametrize(
    ("rate", "method", "address"),
    [(rate, *each) for rate, all_ in PUBLIC.items() for each in all_],
)
def test_one_request_too_many_is_told_when_to_come_back(client, settings, rate, method, address):
    settings.RATES = dict.fromkeys(settings.RATES, "1000/h") | {rate: "2/h"}
    options = {"headers": {"Accept-Language": "en"}}
    if method == "post":
        facts = {"facts": {}} if "batch" not in address else {"cases": []}
        options |= {"data": facts, "content_type": "application/json"}

    *first, last = [getattr(client, method)(f"{V1}{address}", **options) for _ in range(3)]

    assert {response.status_code for response in first} <= {200, 201, 404}
    assert last.status_code == 429
    assert last.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(last.headers["Retry-After"]) <= 3600
    if method != "head":
        assert last.json()["title"] == "Too many requests"


def test_another_client_is_counted_apart(ask, client, settings):
    settings.RATES = dict.fromkeys(settings.RATES, "1/h")

    def check(address):
        return client.get(f"{V1}/facts", REMOTE_ADDR=address).status_code

    assert [check("192.0.2.1"), check("192.0.2.1"), check("192.0.2.2")] == [200, 429, 200]


def test_a_refused_body_counts_too(ask, settings):
    settings.RATES = dict.fromkeys(settings.RATES, "1/h")

    assert [ask("check", b"{").status_code for _ in range(2)] == [400, 429]


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("get", "/eligibility/check", "POST"),
        ("put", "/eligibility/compare", "POST"),
        ("delete", "/eligibility/batch", "POST"),
        ("post", "/rules", "GET"),
        ("patch", "/facts", "GET"),
    ],
)
def test_another_method_is_refused_with_a_problem(client, method, address, allowed):
    response = getattr(client, method)(f"{V1}{address}")

    assert response.status_code == 405
    assert response.headers["Allow"] == allowed
    assert response.headers["Content-Type"] == "application/problem+json"
    assert allowed in response.json()["detail"]


@pytest.mark.parametrize("address", ["/rules", "/facts", "/areas", "/openapi.json"])
def test_what_can_be_read_can_be_asked_for_its_headers_alone(client, address):
    whole, headers = client.get(f"{V1}{address}"), client.head(f"{V1}{address}")

    assert headers.status_code == 200
    assert headers.content == b""
    assert headers.headers["Content-Type"] == whole.headers["Content-Type"]
    assert client.head(f"{V1}/eligibility/check").status_code == 405


def test_the_api_needs_no_form_secret():
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        f"{V1}/eligibility/check", {"facts": {}}, content_type="application/json"
    )

    assert response.status_code == 200


def test_no_answer_is_cached_or_framed(ask):
    response = ask("check", {"facts": {}})

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"


# --- Facts that contradict each other


AS_OF = "2026-11-23"
BORN = {"birth_date": "2000-11-23"}
CONTRADICTIONS = [
    (
        BORN | {"pension_insurance_months": 121},
        "insured_longer_than_working_life",
        ["pension_insurance_months", "birth_date"],
    ),
    (
        BORN | {"continuous_residence_months": 313},
        "longer_than_life",
        ["continuous_residence_months", "birth_date"],
    ),
    (
        BORN | {"residence_registration_months": 313},
        "longer_than_life",
        ["residence_registration_months", "birth_date"],
    ),
    (
        BORN | {"months_in_current_rental": 313},
        "longer_than_life",
        ["months_in_current_rental", "birth_date"],
    ),
    (
        BORN | {"zhejiang_hukou_years": 27},
        "longer_than_life",
        ["zhejiang_hukou_years", "birth_date"],
    ),
    (
        BORN | {"graduation_date": "2000-11-22"},
        "graduated_before_birth",
        ["graduation_date", "birth_date"],
    ),
    (
        {"months_in_current_rental": 1, "housing": "owned"},
        "rental_months_without_rental",
        ["months_in_current_rental", "housing"],
    ),
    (
        {"lease_registered": True, "housing": "owned"},
        "lease_without_rental",
        ["lease_registered", "housing"],
    ),
    (
        {"zhejiang_hukou_years": 1, "hukou_place": "outside"},
        "hukou_years_outside",
        ["zhejiang_hukou_years", "hukou_place"],
    ),
    (
        {"has_residence_registration": False, "residence_registration_months": 1},
        "registration_months_without_slip",
        ["residence_registration_months", "has_residence_registration"],
    ),
    (
        {"honour": "none", "honour_level": "city"},
        "honour_level_without_honour",
        ["honour_level", "honour"],
    ),
    (
        {"sponsor": "spouse", "marital_status": "single"},
        "spouse_without_marriage",
        ["sponsor", "marital_status"],
    ),
    (
        {"lives_with_sponsor": True, "sponsor": "none"},
        "living_with_nobody",
        ["lives_with_sponsor", "sponsor"],
    ),
    (
        {"household": [{"relation": "spouse"}, {}, {"relation": "spouse"}]},
        "two_spouses",
        ["household[0].relation", "household[2].relation"],
    ),
    (
        {"household": [{"relation": "spouse"}], "marital_status": "widowed"},
        "spouse_without_marriage",
        ["household[0].relation", "marital_status"],
    ),
    (
        BORN | {"household": [{"relation": "child", "birth_date": "2000-11-23"}]},
        "child_older_than_parent",
        ["household[0].birth_date", "birth_date"],
    ),
    (
        BORN | {"household": [{}, {"relation": "parent", "birth_date": "2000-11-23"}]},
        "parent_younger_than_child",
        ["household[1].birth_date", "birth_date"],
    ),
]


@pytest.mark.parametrize(("facts", "code", "fields"), CONTRADICTIONS)
def test_a_contradiction_is_told_and_never_refused(ask, facts, code, fields):
    for language in ("zh", "en"):
        response = ask("check", {"as_of": AS_OF, "facts": facts}, language)

        assert response.status_code == 200
        [notice] = [n for n in response.json()["notices"] if n.get("fields") == fields]
        assert notice["code"] == code
        assert notice["text"].count("“") == 2  # both facts by their name
        assert has_chinese(notice["text"]) == (language == "zh")


@pytest.mark.parametrize(
    "facts",
    [
        BORN | {"pension_insurance_months": 120, "zhejiang_hukou_years": 26},
        BORN | {"continuous_residence_months": 312, "graduation_date": "2000-11-23"},
        {"months_in_current_rental": 0, "housing": "owned"},
        {"lease_registered": True, "housing": "rented_private"},
        {"zhejiang_hukou_years": 0, "hukou_place": "outside"},
        {"honour": "none", "honour_level": "none"},
        {"sponsor": "spouse", "marital_status": "married"},
        BORN | {"household": [{"relation": "child", "birth_date": "2000-11-24"}]},
        BORN | {"household": [{"relation": "parent", "birth_date": "2000-11-22"}]},
    ],
)
def test_what_is_possible_is_no_contradiction(ask, facts):
    notices = ask("check", {"as_of": AS_OF, "facts": facts}).json()["notices"]

    assert [notice for notice in notices if "fields" in notice] == []


def test_a_student_is_told_that_the_hukou_may_stay(ask):
    facts = {"studying_in_zhejiang_college": True, "hukou_place": "330402"}

    notices = ask("check", {"as_of": AS_OF, "facts": facts}).json()["notices"]

    [student] = [n for n in notices if n["code"] == "student_keeps_hukou"]
    assert student["clause"].endswith("三(四)")
