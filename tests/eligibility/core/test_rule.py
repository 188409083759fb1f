"""Rule records, and what is in force when."""

import copy
from datetime import date, timedelta
from itertools import pairwise

import pytest

from eligibility.core.errors import RuleMalformed, RulesConflict
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import (
    FAMILY,
    InForce,
    Ruleset,
    canonical,
    digest,
    per_rule,
    read_rule,
    stack,
)
from tests import oracle
from tests.eligibility.builders import (
    judgement,
    leaf,
    legal_files,
    make_record,
    make_rule,
    make_ruleset,
    shipped_rule,
    shipped_ruleset,
)

DAY = timedelta(days=1)
OWNED = leaf("housing", "is", "owned")
PENSION = leaf("pension_insurance_months", "at_least", "$months")
MONTHS = {"value": 12, "unit": "months", "clause": "一"}


@pytest.mark.parametrize(
    ("changes", "at", "says"),
    [
        ({"code": ""}, "rule.code", "`code` is missing"),
        ({"version": 2018}, "rule.version", "give it as text in quotes"),
        ({"kind": "law"}, "rule.kind", "one of route, family"),
        ({"registers": "all"}, "rule.registers", "one of self_and_family, self"),
        ({"name": {"zh": "名"}}, "rule.name", "needs a text in zh and in en"),
        ({"summary": None}, "rule.summary", "needs a text in zh and in en"),
        ({"areas": []}, "rule.areas", "a list of county, urban, rural"),
        ({"areas": ["any"]}, "rule.areas", "a list of county, urban, rural"),
        ({"areas": "county"}, "rule.areas", "a list of county, urban, rural"),
        ({"effective_from": "2018"}, "rule.effective_from", "a day like 2018-05-01"),
        ({"effective_from": None}, "rule.effective_from", "a day like 2018-05-01"),
        ({"effective_to": "soon"}, "rule.effective_to", "a day like 2018-05-01"),
        ({"effective_to": "2016-06-27"}, "rule.effective_to", "before the first"),
        ({"clause": "二"}, "rule.clause", "no clause '二' is quoted"),
        ({"clause": ""}, "rule.clause", "`clause` is missing"),
        ({"parameters": {"months": 12}}, "rule.parameters.months", "`value`, `unit` and the"),
        (
            {"parameters": {"months": {**MONTHS, "clause": "二"}}},
            "rule.parameters.months.clause",
            "no clause '二' is quoted",
        ),
        (
            {"parameters": {"months": {**MONTHS, "provenance": "rumour"}}},
            "rule.parameters.months.provenance",
            "one of official, secondary",
        ),
        ({"condition": {}}, "rule.condition", "expected `all` or `any`"),
        (
            {"condition": {"all": [OWNED, leaf("housing", "is", "none")]}},
            "rule.condition",
            "two different leaves are called 'housing'; rename one",
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_refused_with_its_place(changes, at, says):
    with pytest.raises(RuleMalformed) as refused:
        read_rule(make_record(OWNED) | changes)

    assert refused.value.at == at
    assert says in refused.value.message


def test_one_question_may_be_asked_twice():
    rule = make_rule({"any": [OWNED, {"all": [OWNED, judgement()]}]})

    assert len(rule.nodes) == 5


def test_a_record_is_named_by_its_content():
    record = make_record(OWNED)
    rule = read_rule(record)

    assert rule.content_hash == digest(record) == read_rule(copy.deepcopy(record)).content_hash
    assert rule.content_hash.startswith("sha256:")
    assert len(rule.content_hash) == 71
    turned = dict(reversed(record.items()))
    assert read_rule(turned).content_hash == rule.content_hash
    assert make_rule(OWNED, version="2").content_hash != rule.content_hash
    assert canonical({"b": "二", "a": 1}) == '{"a":1,"b":"二"}'.encode()


def test_areas_are_kept_in_one_order():
    assert make_rule(OWNED, areas=["urban", "county"]).areas == ("county", "urban")


@pytest.mark.parametrize(
    ("changes", "provenance"),
    [
        ({}, "official"),
        ({"provenance": "secondary"}, "secondary"),
        ({"parameters": {"months": {**MONTHS, "provenance": "secondary"}}}, "secondary"),
        ({"parameters": {"months": {**MONTHS, "provenance": "official"}}}, "official"),
    ],
)
def test_a_rule_is_as_sure_as_its_weakest_source(changes, provenance):
    assert make_rule(OWNED, **changes).provenance == provenance


def test_a_leaf_over_a_reprinted_figure_is_secondary():
    owner = shipped_rule("urban-owner@2016")
    housing, area, pension = owner.condition.children

    assert [owner.leaf_provenance(each) for each in (housing, area, pension)] == [
        "official",
        "secondary",
        "secondary",
    ]


def test_the_provenance_of_the_shipped_versions():
    official = {rule.label for rule in shipped_ruleset().versions if rule.provenance == "official"}

    assert official == {
        "county-stable-residence@2016",
        "urban-employment@2016",
        "urban-investor@2016",
        "urban-contribution@2016",
        "intra-city-move@2016",
        "unregistered-person@2016",
        "accompanying-family@2016",
    }


def test_what_is_derived_is_derived_once_a_version():
    calls = []

    @per_rule
    def derived(rule):
        calls.append(rule)
        return

    rule, other = make_rule(OWNED), make_rule(OWNED)
    results = [derived(rule), derived(rule), derived(other)]

    assert results == [None, None, None]
    assert calls == [rule, other]


# --- In force


def _version(name, first, *, code="trial-route", last=None, areas=("county",)):
    return make_rule(
        OWNED,
        code=code,
        version=name,
        effective_from=first.isoformat(),
        effective_to=last and last.isoformat(),
        areas=list(areas),
    )


FIRST, SECOND = date(2017, 1, 1), date(2018, 1, 1)


def test_a_later_version_ends_the_one_before_the_day_before():
    old, new = _version("1", FIRST), _version("2", SECOND)

    ruleset = make_ruleset(new, old)

    assert ruleset.version_on("trial-route", "county", FIRST - DAY) is None
    assert ruleset.version_on("trial-route", "county", FIRST) is old
    assert ruleset.version_on("trial-route", "county", SECOND - DAY) is old
    assert ruleset.version_on("trial-route", "county", SECOND) is new
    assert ruleset.version_on("trial-route", "county", date.max) is new
    assert ruleset.version_on("trial-route", "urban", SECOND) is None
    assert ruleset.version_on("other", "county", SECOND) is None
    assert [(p.first, p.last) for p in ruleset.line("trial-route", "county")] == [
        (FIRST, SECOND - DAY),
        (SECOND, None),
    ]


def test_a_version_may_end_by_itself_and_leave_days_without_a_rule():
    ruleset = make_ruleset(_version("1", FIRST, last=date(2017, 6, 30)), _version("2", SECOND))

    days = (date(2017, 6, 30), date(2017, 7, 1), SECOND - DAY, SECOND)
    listed = [[e.rule.version for e in ruleset.listing(day, ("county",))] for day in days]

    assert listed == [["1"], [], [], ["2"]]


def test_one_version_for_two_classes_may_be_replaced_in_one_of_them():
    both, county = _version("1", FIRST, areas=("county", "urban")), _version("2", SECOND)

    ruleset = make_ruleset(both, county)

    assert ruleset.version_on("trial-route", "county", SECOND) is county
    assert ruleset.version_on("trial-route", "urban", SECOND) is both
    [first, second] = ruleset.listing(SECOND, AREA_CLASSES)
    assert {(e.rule.version, e.areas) for e in (first, second)} == {
        ("2", ("county",)),
        ("1", ("urban",)),
    }


@pytest.mark.parametrize(
    ("last", "first"),
    [(None, SECOND), (SECOND, SECOND), (date(2019, 1, 1), SECOND), (None, FIRST)],
)
def test_two_versions_on_one_day_are_refused(last, first):
    periods = [
        InForce(rule=_version("1", FIRST), area="county", first=FIRST, last=last),
        InForce(rule=_version("2", first), area="county", first=first, last=None),
    ]

    with pytest.raises(RulesConflict, match="end the earlier one the day before"):
        Ruleset(periods)


def test_versions_that_begin_on_one_day_are_refused():
    with pytest.raises(RulesConflict, match="no other version may begin on 2017-01-01"):
        make_ruleset(_version("1", FIRST), _version("2", FIRST))


def test_other_areas_and_other_routes_may_share_days():
    periods = [
        InForce(rule=_version("1", FIRST), area="county", first=FIRST, last=None),
        InForce(rule=_version("1", FIRST), area="urban", first=FIRST, last=None),
        InForce(rule=_version("1", FIRST, code="b"), area="county", first=FIRST, last=None),
    ]

    assert len(Ruleset(periods).periods) == 3


def test_routes_come_in_the_order_of_the_table():
    rules = [_version("1", FIRST, code=code) for code in ("b", "a", "z", "y")]

    ruleset = stack(rules, ["z", "b"])

    listed = [entry.rule.code for entry in ruleset.listing(FIRST, ("county",))]
    assert listed == ["z", "b", "a", "y"]
    assert ruleset.listing(FIRST, ("county",)) is ruleset.listing(FIRST + DAY, ("county",))


def test_a_family_rule_is_listed_apart():
    family = make_rule(leaf("relation", "is", "spouse"), kind="family", code="family")
    ruleset = make_ruleset(make_rule(OWNED), family)

    day = date(2020, 1, 1)

    assert [e.rule.code for e in ruleset.listing(day, ("county",))] == ["trial-route"]
    assert [e.rule.code for e in ruleset.listing(day, ("county",), FAMILY)] == ["family"]


def test_a_ruleset_is_named_by_what_is_in_force_and_in_which_order():
    old, new = _version("1", FIRST), _version("2", SECOND)

    names = {
        make_ruleset(old).hash,
        make_ruleset(old, new).hash,
        make_ruleset(old, _version("2", SECOND + DAY)).hash,
        stack([old, new], ["other", "trial-route"]).hash,
    }

    assert len(names) == 4
    assert make_ruleset(new, old).hash == make_ruleset(old, new).hash


# --- The shipped rules beside the rule table


def test_the_shipped_versions_are_those_of_the_rule_table():
    for code, (areas, versions) in oracle.TABLE.items():
        for area in AREA_CLASSES:
            line = [(p.rule.version, p.first, p.last) for p in shipped_ruleset().line(code, area)]
            wanted = [(v.name, v.first, v.last) for v in versions] if area in areas else []
            assert line == wanted, (code, area)
    codes = [rule.code for rule in shipped_ruleset().versions]
    assert list(dict.fromkeys(codes)) == [*oracle.TABLE, "accompanying-family"]
    assert len(shipped_ruleset().versions) == 34


def test_no_route_has_a_day_without_a_version_between_its_first_and_its_last():
    for code in dict.fromkeys(rule.code for rule in shipped_ruleset().versions):
        for area in AREA_CLASSES:
            for earlier, later in pairwise(shipped_ruleset().line(code, area)):
                assert earlier.last + DAY == later.first, (code, area)


def test_who_may_be_registered_is_that_of_the_rule_table():
    alone = {r.label for r in shipped_ruleset().versions if r.registers == "self"}

    wanted = {
        f"{code}@{version.name}"
        for code, (_, versions) in oracle.TABLE.items()
        for version in versions
        if version.asks_of_family is None
    }
    assert {label for label in alone if not label.startswith("accompanying")} == wanted


def test_every_version_says_in_two_languages_what_it_is_and_what_it_changed():
    for rule in shipped_ruleset().versions:
        assert rule.name["zh"]
        assert rule.name["en"]
        assert len(rule.summary["zh"]) > 10, rule.label
        assert len(rule.summary["en"]) > 20, rule.label


def test_every_cited_clause_is_quoted_or_summarised():
    for file in legal_files():
        for rule in file.rules:
            for cited in rule.citations.values():
                marked = cited.text.startswith("摘要：")
                assert marked == (cited.provenance == "secondary"), (rule.label, cited.article)
