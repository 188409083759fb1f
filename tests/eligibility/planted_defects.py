"""Defects planted in files, packages, at the desk and in the rows; each names what stops it.

``python -m tests.eligibility.planted_defects`` writes docs/planted_defects.md anew.
"""

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from eligibility.core.rule import digest
from eligibility.legal_files import read_folder

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "fixtures" / "rules"
TABLE = ROOT / "docs" / "planted_defects.md"
FILE, PACKAGE, DESK, GATE, ROWS = "file", "package", "desk", "gate", "rows (raw SQL)"


@dataclass(frozen=True)
class Defect:
    """One planted mistake: where, what, the check that stops it, and what that check says."""

    where: str
    what: str
    check: str
    says: str
    plant: Callable[[Any], None]


DEFECTS: list[Defect] = []


def defect(where: str, what: str, check: str, says: str):
    """Register a function that plants a defect; it has to be stopped."""

    def kept(plant):
        DEFECTS.append(Defect(where, what, check, says, plant))
        return plant

    return kept


# --- In a file of fixtures/rules/

LAW = "jiaxing-2022-relaxation.yaml"


def in_file(old: str, new: str, name: str = LAW) -> Callable[[Any], None]:
    """Return a function that reads the shipped folder with one file spoilt."""

    def plant(bench: Any) -> None:
        folder = bench.tmp_path / "rules"
        shutil.copytree(RULES, folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        read_folder(folder)

    return plant


LEASE = (
    "{id: lease-registered, clause: 城区租赁, fact: lease_registered, is: true, "
    "papers: [lease_registration]}"
)
BEGINS = "    areas: [urban]\n    effective_from: "
READER, PARSER = "eligibility.legal_files", "eligibility.core.condition.parse"
for what, check, says, old, new in (
    ("a fact that is not in the dictionary", PARSER, "is not in the dictionary",
     "fact: lease_registered", "fact: lease_stamped"),
    ("a fact about giving up land rights", PARSER, "is not in the dictionary",
     "fact: lease_registered", "fact: gave_up_land_rights"),
    ("yes or no compared with a number", PARSER, "it takes true or false",
     "lease_registered, is: true", "lease_registered, is: 1"),
    ("an answer that cannot be given", PARSER, "does not fit housing",
     "is: rented_private", "is: rented"),
    ("an order where there is none", PARSER, "has no order",
     "is: rented_private", "at_least: rented_private"),
    ("two operators in one leaf", PARSER, "exactly one operator",
     "is: rented_private", "is: rented_private, in: [owned]"),
    ("a leaf without its citation", PARSER, "the citation is missing",
     "lease-registered, clause: 城区租赁,", "lease-registered,"),
    ("a citation of words that are not quoted", PARSER, "no clause '城区租房' is quoted",
     "lease-registered, clause: 城区租赁", "lease-registered, clause: 城区租房"),
    ("a leaf that does not say its papers", PARSER, "name the papers",
     "is: true, papers: [lease_registration]", "is: true"),
    ("a paper that is not in the register", PARSER, "is not in the register",
     "papers: [lease_registration]", "papers: [lease_stamp]"),
    ("a figure in another unit than its fact", PARSER, "the units must be the same",
     "{value: 12, unit: months", "{value: 12, unit: years"),
    ("a figure that is used and not given", PARSER, "no parameter 'min_months'",
     "at_least: $min_rental_months", "at_least: $min_months"),
    ("a figure without the clause that gives it", "eligibility.core.rule.read_rule",
     "a figure needs", "{value: 12, unit: months, clause: 城区租赁}", "{value: 12, unit: months}"),
    ("one id for two different questions", "eligibility.core.rule.read_rule",
     "two different leaves are called 'housing'", "{id: lease-registered", "{id: housing"),
    ("an opposite around a group", PARSER, "around one leaf",
     f"- {LEASE}", f"- not: {{all: [{LEASE}]}}"),
    ("a key that is misspelt", PARSER, "does not belong here",
     "is: true, papers", "is: true, paper: x, papers"),
    ("a key given twice", READER, "is given twice", "    areas: [urban]\n",
     "    areas: [urban]\n    areas: [county]\n"),
    ("a day that does not exist", "eligibility.core.rule.read_rule", "must be a day",
     f"{BEGINS}2022-02-01", f"{BEGINS}2022-02-30"),
    ("two versions that begin on one day", READER, "overlaps urban-tenant",
     f"{BEGINS}2022-02-01", f"{BEGINS}2020-08-22"),
    ("a summary in one language only", "eligibility.core.rule.read_rule", "in zh and in en",
     "      zh: 不再要求连续居住36个月，改为居住登记累计满12个月、现租住处住满6个月。\n", ""),
    ("a judgement that does not say what is judged", PARSER, "what the officer decides",
     "            zh: 您是否符合子女投靠父母的其他具体条件\n", ""),
    ("a level of government that does not exist", READER, "`level` must be one of",
     "level: city", "level: town"),
    ("one article quoted with two texts", READER, "quoted twice with different words",
     "  随迁: 摘要：共同", "  随迁: 摘要：一同"),
):  # fmt: skip
    defect(FILE, what, check, says)(in_file(old, new))


# --- In a package


def in_package(spoil: Callable[[dict[str, Any]], None], *, rehash: bool = True):
    """Return a function that imports an exported package with one thing spoilt."""

    def plant(bench: Any) -> None:
        package = yaml.safe_load(bench.packages.export_rule("urban-tenant", ["2022"]))
        [entry] = package["content"]["rules"]
        entry.update(version="2028", effective_from="2028-01-01", examples=[])
        right = digest(package["content"])
        spoil(package["content"])
        package["hash"] = digest(package["content"]) if rehash else right
        text = yaml.safe_dump(package, allow_unicode=True, sort_keys=False)
        bench.packages.import_package(
            name="planted.yaml", content=text.encode(), author=bench.person("a"), now=bench.NOW
        )

    return plant


def first(**changes):
    return lambda content: content["rules"][0].update(changes)


def _circle(content):
    content["rules"] = [
        {"inherits": f"{b}@1", "code": a, "version": "1", "effective_from": "2028-01-01"}
        for a, b in (("left", "right"), ("right", "left"))
    ]


def _other_words(content):
    for document in content["documents"]:
        if "城区租赁" in document["clauses"]:
            document["clauses"]["城区租赁"] += "改。"


PACKAGES = "eligibility.services.package_reader"
for what, says, spoil, rehash in (
    ("a figure changed after the export", "the hash is not that of the content",
     lambda content: content["rules"][0]["parameters"]["min_rental_months"].update(value=1), False),
    ("older than what is in force", "begin it after that day", first(effective_from="2021-01-01"),
     True),
    ("the name of a version that says something else", "give it another name",
     first(version="2022"), True),
    ("templates that inherit from each other", "go round in a circle", _circle, True),
    ("a paper with other words than the one that is kept", "kept with other words",
     lambda content: content["papers"]["private_lease"]["name"].update(zh="租约"), True),
    ("other words for a clause that is in force", "the words differ", _other_words, True),
):  # fmt: skip
    defect(PACKAGE, what, PACKAGES, says)(in_package(spoil, rehash=rehash))


@defect(PACKAGE, "a few lines that repeat each other into gigabytes", READER, "write it out")
def _(bench):
    bench.packages.read_package("bomb.yaml", b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n")


# --- Seen by the gate


def breached(**changes: Any) -> Callable[[Any], None]:
    """Return a function that drafts, proves and approves a trial."""

    def plant(bench: Any) -> None:
        bench.approve(bench.submitted(bench.trial(**changes)))

    return plant


def leaf(fact: str, operator: str, value: Any, name: str = "") -> dict[str, Any]:
    return {
        "id": name or fact.replace("_", "-"),
        "clause": "一",
        "fact": fact,
        operator: value,
        "papers": [],
    }


def asks(zh: str, name: str = "officer-looks") -> dict[str, Any]:
    return {
        "judgement": name,
        "clause": "一",
        "papers": [],
        "asks": {"zh": zh, "en": "what the officer decides"},
    }


OWNED, SLIP = leaf("housing", "is", "owned"), leaf("has_residence_registration", "is", True)
STATIC, INVARIANTS = "eligibility.core.static_checks", "eligibility.core.review"
SERVICE = "eligibility.services.rules.breaches_of"
COUNTY = {"code": "county-stable-residence"}
STABLE = leaf("housing", "in", ["owned", "rented_private", "rented_public"])
for what, check, code, changes in (
    ("a condition that nobody can meet", STATIC, "contradiction",
     {"condition": {"all": [OWNED, leaf("housing", "is", "none", "no-home")]}}),
    ("a branch that never decides", STATIC, "unreachable_branch",
     {"condition": {"any": [OWNED, {"all": [OWNED | {"id": "again"}, SLIP]}]}}),
    ("a line that could be left out", STATIC, "leaf_adds_nothing",
     {"condition": {"all": [leaf("pension_insurance_months", "at_least", 12, "less"),
                            leaf("pension_insurance_months", "at_least", 24, "more")]}}),
    ("a condition that everybody meets", STATIC, "asks_nothing",
     {"condition": {"any": [SLIP, {"not": SLIP}]}}),
    ("an officer asks whether land was given up", INVARIANTS, "land_rights",
     {"condition": asks("是否已退出承包地")}),
    ("an officer asks for the former kind of hukou", INVARIANTS, "hukou_type",
     {"condition": asks("是否为农业户口")}),
    ("an officer asks about family planning", INVARIANTS, "family_planning",
     {"condition": asks("是否缴清社会抚养费")}),
    ("an easing for migrants without a reason", INVARIANTS, "rural_transfer",
     {"condition": leaf("rural_transfer", "is", True)}),
    ("more than sixty months of insurance", INVARIANTS, "insurance_over_60_months",
     {"condition": leaf("pension_insurance_months", "at_least", 61)}),
    ("a floor area", INVARIANTS, "no_floor_area",
     {"condition": leaf("housing_area_per_person_m2", "at_least", "30")}),
    ("an income asked in the counties", INVARIANTS, "county_asks_for_housing_only",
     {"condition": {"all": [STABLE, leaf("has_own_income", "is", True)]}} | COUNTY),
    ("rented homes left out in the counties", INVARIANTS, "county_takes_every_stable_home",
     {"condition": OWNED} | COUNTY),
):  # fmt: skip
    defect(GATE, what, check, code)(breached(**changes))


@defect(GATE, "no example for a leaf", SERVICE, "leaf_not_shown")
def _(bench):
    row = bench.drafted(bench.trial())
    bench.approve(bench.rules.submit_rule(
        rule_version_id=row.pk, author=row.author, now=bench.NOW
    ))  # fmt: skip


@defect(GATE, "an example that does not come out", SERVICE, "example_fails")
def _(bench):
    row = bench.submitted(bench.trial())
    row.examples.update(expect={"routes": {"trial-route": "officer_decides"}})
    bench.approve(row)


@defect(GATE, "a first day that is over, without a reason", SERVICE, "published_into_the_past")
def _(bench):
    bench.approve_bare(bench.submitted(bench.trial()))


@defect(GATE, "never measured on a population", SERVICE, "no_impact_run")
def _(bench):
    bench.approve_bare(bench.submitted(bench.trial(first="2030-01-01")))


@defect(GATE, "a city narrows what the province gives", STATIC, "narrower_than_superior_law")
def _(bench):
    higher = bench.submitted(bench.trial())
    type(higher.document).objects.update(level="province")
    bench.approve(higher)
    lower = bench.rules.keep_document(
        {
            "slug": "lower",
            "title": {"zh": "市办法", "en": "City measures"},
            "number": "",
            "issuer": {"zh": "市", "en": "City"},
            "issued_on": None,
            "effective_from": date(2020, 1, 1),
            "provenance": "official",
            "level": "city",
            "note": {},
        },
        {"一": "摘要：试。"},
    )
    record = bench.trial("2", "2024-01-01", condition=OWNED) | {"document": "lower"}
    record["citations"]["一"]["slug"] = "lower"
    row, _ = bench.rules.draft_rule(
        record=record, document=lower, author=bench.person("author"), position=9, now=bench.NOW
    )
    bench.approve(bench.rules.submit_rule(
        rule_version_id=bench.proved(row).pk, author=row.author, now=bench.NOW
    ))  # fmt: skip


@defect(GATE, "a day between two versions without a rule", INVARIANTS, "gap")
def _(bench):
    bench.published(bench.trial("1", "2020-01-01", effective_to="2021-12-31"))
    bench.approve(bench.submitted(bench.trial("2", "2022-01-02")))


@defect(GATE, "two versions on one day", SERVICE, "choose another day")
def _(bench):
    bench.published(bench.trial("1"))
    bench.approve(bench.submitted(bench.trial("2")))


@defect(GATE, "in force before its document is", SERVICE, "before_its_document")
def _(bench):
    bench.trial_document()
    row = bench.submitted(bench.trial())
    type(row.document).objects.update(effective_from=date(2025, 1, 1))
    bench.approve(row)


# --- At the desk


@defect(DESK, "two authors save over each other", "eligibility.services.desk.save_draft",
        "saved by somebody else in between")  # fmt: skip
def _(bench):
    row = bench.drafted(bench.trial())
    for name in ("author", "somebody"):
        bench.save(row, revision=1, author=name, summary={"zh": name, "en": name})


@defect(DESK, "the author approves", "eligibility.services.rules.publish_rule",
        "an approver other than its author")  # fmt: skip
def _(bench):
    bench.approve(bench.submitted(bench.trial()), approver="author")


@defect(DESK, "somebody who edited the draft approves", "eligibility.services.rules.publish_rule",
        "an approver other than its author")  # fmt: skip
def _(bench):
    row = bench.drafted(bench.trial(), "helper")
    bench.save(row, registers="self")
    row.refresh_from_db()
    row = bench.rules.submit_rule(
        rule_version_id=bench.proved(row).pk, author=bench.person("author"), now=bench.NOW
    )
    bench.approve(row, approver="helper")


@defect(DESK, "an edit between review and approval", "eligibility.services.rules.publish_rule",
        "review it again")  # fmt: skip
def _(bench):
    row = bench.submitted(bench.trial())
    seen = row.content_hash
    bench.desk.take_back(rule_version_id=row.pk)
    bench.save(row, registers="self")
    bench.rules.submit_rule(rule_version_id=row.pk, author=bench.person("author"), now=bench.NOW)
    bench.approve(row, reviewed_hash=seen)


@defect(DESK, "an edit of what is published", "eligibility.services.desk.save_draft",
        "write a new version")  # fmt: skip
def _(bench):
    bench.save(bench.published(bench.trial()), registers="self")


@defect(DESK, "other words for a clause that is in force",
        "eligibility.services.rules.keep_document", "new document")  # fmt: skip
def _(bench):
    bench.published(bench.trial())
    bench.trial_document(number="嘉试〔2020〕1号")


@defect(DESK, "a clause taken away that a draft cites", "eligibility.services.desk.keep_document",
        "let it cite another clause first")  # fmt: skip
def _(bench):
    bench.drafted(bench.trial())
    document = {
        "slug": "trial",
        "title": {"zh": "试行办法", "en": "Trial measures"},
        "number": "",
        "issuer": {"zh": "试办", "en": "The trial office"},
        "issued_on": None,
        "effective_from": None,
        "provenance": "official",
        "note": {},
    }
    bench.desk.keep_document(
        document=document, clauses={"二": "别的。"}, author=bench.person("author"), now=bench.NOW
    )


@defect(DESK, "an example of a day on which the version does not hold",
        "eligibility.services.examples.attach_example", "takes no part")  # fmt: skip
def _(bench):
    bench.examples.attach_example(
        rule_version_id=bench.drafted(bench.trial()).pk,
        name="早一天",
        as_of="2019-12-31",
        facts={},
        expect={"verdict": "eligible"},
        author=bench.person("author"),
        now=bench.NOW,
    )


@defect(DESK, "one person suspends a rule alone", "eligibility.services.rules.record_event",
        "a second person approves")  # fmt: skip
def _(bench):
    row = bench.published(bench.trial())
    proposed = bench.desk.propose_event(
        rule_version_id=row.pk,
        kind="suspended",
        from_day=bench.NOW.date() + timedelta(days=1),
        reason=bench.WHY,
        author=bench.person("author"),
        now=bench.NOW,
    )
    bench.desk.approve_event(
        proposed_event_id=proposed.pk, approver=bench.person("author"), now=bench.NOW
    )


# --- In the rows, past every service

VERSION, PERIOD = "eligibility_ruleversion", "eligibility_periodinforce"


def sql(statement: str, make: str = "published") -> Callable[[Any], None]:
    """Return a function that publishes (or drafts) a trial and runs a statement."""

    def plant(bench: Any) -> None:
        row = getattr(bench, make)(bench.trial())
        people = {name: bench.person(name).pk for name in ("approver", "editor")}
        bench.execute(statement.format(pk=row.pk, **people))

    return plant


PUBLISH = (
    f"UPDATE {VERSION} SET status = 'published', approved_at = drafted_at, "
    "published_at = drafted_at, "
)
GUARDS = "trigger of the database"
for what, check, says, statement, make in (
    ("a published record is changed", GUARDS, "never changes|Only what was reviewed",
     f"UPDATE {VERSION} SET version = '9' WHERE id = {{pk}}", "published"),
    ("a published version is deleted", GUARDS, "never changes",
     f"DELETE FROM {VERSION} WHERE id = {{pk}}", "published"),
    ("a draft is published without a review", GUARDS, "Only what was reviewed",
     f"{PUBLISH} approver_id = {{approver}} WHERE id = {{pk}}", "drafted"),
    ("a record is changed while it is published", GUARDS, "Only what was reviewed",
     f"{PUBLISH} approver_id = {{approver}}, version = '9' WHERE id = {{pk}}", "submitted"),
    ("a version is published by nobody", "constraint published_by_an_approver",
     "published_by_an_approver", f"{PUBLISH} approver_id = NULL WHERE id = {{pk}}", "submitted"),
    ("a version is published by its author", "constraint approver_is_not_the_author",
     "approver_is_not_the_author", f"{PUBLISH} approver_id = author_id WHERE id = {{pk}}",
     "submitted"),
    ("a version is published by somebody who edited it", GUARDS, "does not approve it",
     f"{PUBLISH} approver_id = {{editor}} WHERE id = {{pk}}", "edited"),
    ("an editor is taken off the list of editors", GUARDS, "stays one of its editors",
     f"UPDATE {VERSION} SET editors = '[]' WHERE id = {{pk}}", "submitted"),
    ("a draft comes into force", GUARDS, "Only a published version",
     f"INSERT INTO {PERIOD} (version_id, code, area, first_day) "
     "VALUES ({pk}, 'trial-route', 'county', '2020-01-01')", "drafted"),
    ("two versions in force on one day", "constraint one_version_a_day",
     "one_version_a_day|Two versions of a rule",
     f"INSERT INTO {PERIOD} (version_id, code, area, first_day) "
     "VALUES ({pk}, 'trial-route', 'county', '2021-01-01')", "published"),
    ("a period in force is moved", GUARDS, "can only be ended earlier",
     f"UPDATE {PERIOD} SET first_day = '2019-01-01' WHERE version_id = {{pk}}", "published"),
    ("a period in force is deleted", GUARDS, "never deleted",
     f"DELETE FROM {PERIOD} WHERE version_id = {{pk}}", "published"),
    ("the words of the law are changed", GUARDS, "never changes",
     "UPDATE eligibility_clause SET text = '改' WHERE article = '一'", "published"),
    ("a document in force is changed", GUARDS, "never changes",
     "UPDATE eligibility_legaldocument SET number = '1' WHERE slug = 'trial'", "published"),
    ("a kept ruleset is changed", GUARDS, "never changed or deleted",
     "UPDATE eligibility_rulesetsnapshot SET hash = 'x'", "published"),
    ("a rule in force is given another code", GUARDS, "keeps its code and kind",
     "UPDATE eligibility_rule SET code = 'other-route' WHERE code = 'trial-route'", "published"),
):  # fmt: skip
    defect(ROWS, what, check, says)(sql(statement, make))


@defect(ROWS, "a record in review is changed under its hash",
        "eligibility.services.rules.publish_rule", "changed after the review")  # fmt: skip
def _(bench):
    row = bench.submitted(bench.trial())
    record = copy.deepcopy(row.record) | {"registers": "self"}
    bench.execute(f"UPDATE {VERSION} SET record = %s WHERE id = %s", (json.dumps(record), row.pk))
    bench.approve(row)


@defect(ROWS, "the words of a clause are changed before it is published", SERVICE,
        "citation_not_kept")  # fmt: skip
def _(bench):
    row = bench.submitted(bench.trial())
    bench.execute("UPDATE eligibility_clause SET text = '改' WHERE article = '一'")
    bench.approve(row)


# --- The table


def table() -> str:
    """Return docs/planted_defects.md."""
    head = f"""\
# Planted defects

Mistakes that were put into rule files, into packages, at the desk and into the rows,
{len(DEFECTS)} of them, and the check that stops each.
`tests/eligibility/test_planted_defects.py` plants every one and fails if it gets through;
`python -m tests.eligibility.planted_defects` writes this table. A breach of the gate is named by
its code.

| nr | where | defect | stopped by | it says |
|---|---|---|---|---|
"""
    rows = [
        f"| {number} | {d.where} | {d.what} | `{d.check}` | {_said(d.says)} |"
        for number, d in enumerate(DEFECTS, 1)
    ]
    return head + "\n".join(rows) + "\n"


def _said(says: str) -> str:
    return says.split("|")[0] if " " in says else f"`{says.split('|')[0]}`"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
