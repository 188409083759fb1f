"""The worked examples: what people who know the policy wrote down comes out everywhere."""

import json
from collections import Counter

import pytest
from django.core.management import call_command

from tests.eligibility.builders import shipped_ruleset, townships
from tests.eligibility.examples import (
    EXPECTED,
    core_answer,
    examples,
    lacking,
    plain,
)
from tests.oracle import anniversary, answer

KIND_OF = {code: township.kind for code, township in townships().items()}


def test_every_example_is_written_as_the_others_are():
    labels = {rule.label for rule in shipped_ruleset().versions}
    names = Counter(example.name for example in examples())

    assert len(examples()) > 300
    assert [name for name, times in names.items() if times > 1] == []
    assert {e.name: set(e.expect) - EXPECTED for e in examples() if set(e.expect) - EXPECTED} == {}
    assert [e.name for e in examples() if e.relies_on and e.relies_on not in labels] == []


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_core_answers_as_expected(example):
    assert example.differences(core_answer(example.check)) == []


def _last_day(example):
    """Return a year after the last date that an example names: where to stop looking."""
    named = example.expect.get("earliest_dates", {}).values()
    days = [day for day in (*named, example.expect.get("earliest_date")) if day]
    return anniversary(max([example.as_of, *days]), 1)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_oracle_answers_as_expected(example, counts):
    last = counts(_last_day(example), None)

    found = answer(example.facts, example.as_of, KIND_OF, last=last)

    said = {
        "verdict": found.verdict,
        "earliest_date": plain(found.earliest_date),
        "family": [{"verdict": verdict} for verdict in found.family],
        "routes": [
            {
                "code": code,
                "verdict": verdict,
                "self_only": found.self_only[code],
                "earliest_date": plain(found.earliest_dates[code]),
            }
            for code, verdict in found.routes.items()
        ],
    }
    assert example.differences(said) == []


def test_an_example_relies_on_a_version_that_is_in_force_and_listed():
    astray = [
        example.name
        for example in examples()
        if example.relies_on
        and example.relies_on
        not in {
            *(route.rule.label for route in example.check.routes),
            *(member.rule.label for member in example.check.members if member.rule),
        }
    ]

    assert astray == []


def test_the_command_and_the_api_answer_every_example_alike(
    published_rules, client, tmp_path, capsys
):
    lines = tmp_path / "examples.jsonl"
    bodies = [json.dumps(example.body, ensure_ascii=False) for example in examples()]
    lines.write_text("\n".join(bodies), encoding="utf-8")

    call_command("check_eligibility", str(lines), lines=True)
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    served = [
        client.post("/api/v1/eligibility/check", body, content_type="application/json").json()
        for body in bodies
    ]

    assert printed == served
    wrong = [
        difference
        for example, got in zip(examples(), served, strict=True)
        for difference in example.differences(got)
    ]
    assert wrong == []


def test_the_examples_show_every_day_figure_gap_and_leaf_of_the_law():
    assert lacking() == []
