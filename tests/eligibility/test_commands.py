"""check_eligibility on the command line, and the townships' loader."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from eligibility.models import Township
from tests.eligibility.builders import COUNTY_STREET

pytestmark = pytest.mark.django_db

HOME = {"target_township": COUNTY_STREET, "housing": "owned"}


@pytest.fixture
def run(capsys):
    """Return ``run(*words)``: what is printed, and the exit status."""

    def call(*words):
        capsys.readouterr()
        try:
            call_command("check_eligibility", *map(str, words))
            status = 0
        except SystemExit as ended:
            status = ended.code
        return capsys.readouterr().out, status

    return call


@pytest.fixture
def file(tmp_path):
    """Return ``file(content)``: a file that holds it."""

    def write(content):
        path = tmp_path / "body.json"
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(raw)
        return path

    return write


def standard_input(monkeypatch, raw):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints_the_answer_of_the_api(published_rules, run, file, client, language):
    body = {"as_of": "2026-11-23", "facts": HOME}

    printed, status = run(file(body), "--language", language)

    response = client.post(
        "/api/v1/eligibility/check",
        body,
        content_type="application/json",
        headers={"Accept-Language": language},
    )
    assert status == 0
    assert json.loads(printed) == response.json()
    assert printed.count("\n") == 1


def test_it_speaks_chinese_unless_told_otherwise(published_rules, run, file):
    path = file({"facts": HOME})

    assert run(path) == run(path, "--language", "zh")
    assert run(path) != run(path, "--language", "en")


def test_it_reads_standard_input(published_rules, run, monkeypatch):
    standard_input(monkeypatch, json.dumps({"facts": HOME}).encode())

    printed, status = run("-")

    assert (status, json.loads(printed)["verdict"]) == (0, "eligible")


def test_the_day_may_be_given_apart(published_rules, run, file):
    path = file({"as_of": "2026-11-23", "facts": HOME})

    printed, status = run(path, "--as-of", "2018-06-01")

    assert status == 0
    assert json.loads(printed)["as_of"] == "2018-06-01"
    assert json.loads(printed)["verdict"] == "more_information_needed"


def test_a_refusal_is_a_problem_and_ends_with_2(published_rules, run, file):
    printed, status = run(file({"facts": {"housing": "tent"}}), "--language", "en")

    problem = json.loads(printed)
    assert (status, problem["status"]) == (2, 422)
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert [error["field"] for error in problem["errors"]] == ["housing"]


@pytest.mark.parametrize("day", ["2016-06-27", "2024-02-30", "today", ""])
def test_a_day_that_is_none_is_refused(published_rules, run, file, day):
    printed, status = run(file({"facts": {}}), "--as-of", day)

    assert status == 2
    assert [e["field"] for e in json.loads(printed)["errors"]] == ["as_of"]


def test_lines_are_answered_in_order_and_a_bad_one_stops_nothing(published_rules, run, file):
    bodies = [
        json.dumps({"facts": HOME}),
        "{",
        '{"facts": {"sex": 7}}',
        "{}",
        "[]",
        '{"facts": {}, "facts": {}}',
        json.dumps({"facts": {}}),
    ]

    printed, status = run(file("\n".join(bodies).encode()), "--lines")

    found = [json.loads(line) for line in printed.splitlines()]
    assert status == 0
    assert [line.get("status") for line in found] == [None, 400, 422, 422, 422, 400, None]
    assert (found[0]["verdict"], found[-1]["verdict"]) == (
        "eligible",
        "more_information_needed",
    )


def test_lines_come_from_standard_input_too(published_rules, run, monkeypatch):
    standard_input(monkeypatch, b'{"facts": {}}\r\n{"facts": {"sex": "male"}}')

    printed, status = run("-", "--lines")

    assert (status, len(printed.splitlines())) == (0, 2)


def test_the_day_counts_for_every_line(published_rules, run, file):
    path = file(b'{"facts": {}}\n{"as_of": "2020-01-01", "facts": {}}\n[]\n')

    printed, _ = run(path, "--lines", "--as-of", "2018-06-01")

    days = [json.loads(line).get("as_of") for line in printed.splitlines()]
    assert days == ["2018-06-01", "2018-06-01", None]


@pytest.mark.parametrize("options", [[], ["--lines"]])
@pytest.mark.parametrize("name", ["gone.json", "."])
def test_a_file_that_cannot_be_read(published_rules, tmp_path, options, name):
    with pytest.raises(CommandError, match="cannot be read: ") as caught:
        call_command("check_eligibility", str(tmp_path / name), *options)

    assert caught.value.returncode == 2


@pytest.mark.parametrize("options", [[], ["--lines"]])
def test_without_rules_it_says_so(file, options):
    with pytest.raises(CommandError, match="load the rules first"):
        call_command("check_eligibility", str(file({"facts": {}})), *options)


def test_the_townships_are_loaded_once(capsys):
    for _ in range(2):
        call_command("load_divisions")

    assert capsys.readouterr().out == "72 townships\n" * 2
    assert Township.objects.filter(county_code="330402", kind="镇").exists()
