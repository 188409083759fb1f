"""Tables of people, and the made-up population."""

import csv
import json
from datetime import date
from io import StringIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from eligibility import population, selectors, synthetic
from eligibility.core.check import Check
from eligibility.core.columns import AREA_BITS, ColumnJudge
from eligibility.core.facts import FACTS
from eligibility.core.stated import FIRST_DAY, parse_facts
from tests.eligibility.builders import ROOT, shipped_ruleset, townships

DAY = date(2022, 2, 1)
DOCUMENT = ROOT / "docs" / "synthetic_population.md"


def block(length=3000, number=0, seed=1, day=DAY):
    return synthetic.block(number, length, seed, day, townships())


def described(one: synthetic.Drawn) -> str:
    """Return the line of the document about one fact."""
    if one.part_of:
        how = f"evenly from 0 to the whole of `{one.part_of}`"
    elif one.shares is not None:
        how = ", ".join(
            f"{str(value).lower() if isinstance(value, bool) else value} {share:.3g}"
            for value, share in one.shares.items()
        )
    else:
        how = ", ".join(f"{low} to {high - 1}: {share:.3g}" for low, high, share in one.bands)
        if one.name.endswith("_date"):
            how = ", ".join(f"{low} to under {high}: {s:.3g}" for low, high, s in one.bands)
            how += " (years before the day)"
        if one.name == "housing_area_per_person_m2":
            how = "evenly, " + how + " (tenths of m2)"
    asked = f"`{one.only_for.fact}`: {', '.join(one.only_for.values)}" if one.only_for else "all"
    return f"| `{one.name}` | {one.missing:.3g} | {how} | {asked} |"


def test_the_document_says_how_every_fact_is_drawn():
    text = DOCUMENT.read_text(encoding="utf-8")

    for one in synthetic.DRAWN:
        assert described(one) in text
    for number in (
        synthetic.SEED,
        f"{synthetic.PEOPLE:,}",
        f"{synthetic.BLOCK:,}",
        synthetic.PLACE_MISSING,
        synthetic.IN_TOWN_AREA,
        synthetic.IN_TOWN_AREA_MISSING,
    ):
        assert str(number) in text
    drawn = {one.name for one in synthetic.DRAWN} | {"target_township", "target_in_town_area"}
    assert drawn == set(FACTS)
    assert all(
        sum(one.shares.values()) == pytest.approx(1) for one in synthetic.DRAWN if one.shares
    )


def test_columns_are_those_of_the_table_that_is_written():
    made = block()

    read = population.to_columns(made.table, townships(), DAY)

    assert np.array_equal(read.areas, made.columns.areas)
    assert np.array_equal(population.counties(made.table, townships()), made.counties)
    for name, array in made.columns.arrays.items():
        assert read.arrays[name].dtype == array.dtype
        dates = array.dtype.kind == "M"
        assert np.array_equal(read.arrays[name], array, equal_nan=dates), name


def test_everybody_in_the_table_is_judged_as_the_api_judges(counts):
    made = block(counts(1500, 20_000))
    ruleset = shipped_ruleset()
    chunk = population.Chunk(made.columns, made.table, 1)

    found = population.judge_chunk(ruleset, DAY, chunk)

    verdicts = found["verdict"].to_pylist()
    dates = found["earliest_date"].to_pylist()
    for row, raw in enumerate(made.table.to_pylist()):
        facts = parse_facts(raw, as_of=DAY, townships=townships())
        check = Check(ruleset, facts, DAY)
        assert (verdicts[row], dates[row]) == (check.verdict.value, check.earliest_date)
        listed = {route.rule.code: route.verdict.wire for route in check.routes}
        for name in found.column_names[2:]:
            assert found[name][row].as_py() == listed.get(name)
    assert len(set(verdicts)) == 6  # every verdict occurs


def test_facts_read_one_by_one_give_the_same_columns():
    made = block(300)
    people = [parse_facts(raw, as_of=DAY, townships=townships()) for raw in made.table.to_pylist()]

    read = population.facts_to_columns(people)

    ours = ColumnJudge(shipped_ruleset(), DAY).judge(read)
    theirs = ColumnJudge(shipped_ruleset(), DAY).judge(made.columns)
    assert np.array_equal(ours.marks, theirs.marks)


def test_equal_seeds_give_equal_people_however_many_are_made():
    whole = block(1000)
    assert whole.table.equals(block(1000).table)
    assert whole.table.slice(0, 200).equals(block(200).table)
    assert not whole.table.equals(block(1000, seed=2).table)
    assert not whole.table.equals(block(1000, number=1).table)
    blocks = list(synthetic.people(synthetic.BLOCK + 5, 1, DAY, townships()))
    assert [b.length for b in blocks] == [synthetic.BLOCK, 5]
    [later] = synthetic.people(synthetic.BLOCK + 5, 1, DAY, townships(), start=synthetic.BLOCK)
    assert later.table.equals(blocks[1].table)
    with pytest.raises(ValueError, match="multiple"):
        list(synthetic.people(10, 1, DAY, townships(), start=5))


def test_shares_are_those_that_are_written_down():
    made = block(synthetic.BLOCK)
    for one in synthetic.DRAWN:
        found = made.drawn[one.name]
        if one.shares is None or one.only_for:
            continue
        missing = (found < 0).mean()
        assert missing == pytest.approx(one.missing, abs=0.01), one.name
        for number, share in enumerate(one.shares.values()):
            assert (found == number).mean() == pytest.approx(share * (1 - missing), abs=0.01)
    units, counts = np.unique(made.counties, return_counts=True)
    assert len(units) == 8
    assert all(
        c == pytest.approx(synthetic.BLOCK * 0.96 / 7, rel=0.06)
        for unit, c in zip(units, counts, strict=True)
        if unit
    )
    assert set(np.unique(made.columns.areas)) == {
        AREA_BITS["county"],
        AREA_BITS["urban"],
        AREA_BITS["rural"],
        AREA_BITS["urban"] | AREA_BITS["rural"],
        sum(AREA_BITS.values()),
    }


# --- The commands ----------------------------------------------------------------------------


def run(*arguments, **options) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.mark.usefixtures("published_rules")
def test_a_population_is_made_and_judged_as_parquet_and_as_csv(tmp_path):
    made, table = tmp_path / "people.parquet", tmp_path / "people.csv"
    assert "2500 people of seed 3" in run("make_population", made, people=2500, seed=3)
    run("make_population", table, people=2500, seed=3)
    again = tmp_path / "again.parquet"
    run("make_population", again, people=2500, seed=3)
    assert made.read_bytes() == again.read_bytes()

    draft = {"draft": "urban-tenant@2022", "as_of": "2022-02-01"}
    said = run("evaluate_population", made, tmp_path / "out.parquet", **draft)
    said_of_csv = run("evaluate_population", table, tmp_path / "out.csv", **draft)

    assert said.splitlines()[1:] == said_of_csv.splitlines()[1:]
    assert "Impact of urban-tenant@2022 (before: urban-tenant@2020) on 2,500 people." in said
    assert "By the leaf that flipped them" in said
    of_parquet = pq.read_table(tmp_path / "out.parquet").to_pylist()
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        of_csv = list(csv.DictReader(file))
    assert len(of_csv) == 2500
    for ours, theirs in zip(of_parquet, of_csv, strict=True):
        assert {k: "" if v is None else str(v) for k, v in ours.items()} == theirs
        changed = ours["verdict"] != ours["verdict_before"] or (
            ours["urban-tenant"] != ours["route_before"]
        )
        assert changed == (ours["cause"] is not None)
    ruleset = selectors.published_ruleset()
    for raw, judged in zip(pq.read_table(made).to_pylist()[:300], of_parquet, strict=False):
        facts = parse_facts(raw, as_of=DAY, townships=selectors.townships())
        assert Check(ruleset, facts, DAY).verdict.value == judged["verdict"]


@pytest.mark.usefixtures("published_rules")
def test_without_a_draft_the_published_rules_judge(tmp_path):
    made = tmp_path / "people.parquet"
    run("make_population", made, people=50, seed=3)

    said = run("evaluate_population", made, tmp_path / "out.parquet", as_of="2022-02-01")

    assert said.startswith("50 people, as of 2022-02-01")
    assert "Impact" not in said
    names = pq.read_table(tmp_path / "out.parquet").column_names
    assert names[:2] == ["verdict", "earliest_date"]
    assert "cause" not in names


@pytest.mark.usefixtures("published_rules")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draft": "urban-tenant@1999"}, "urban-tenant@2020, urban-tenant@2022"),
        ({"draft": "no-such-route@1"}, "no rule has this code"),
        ({"draft": "urban-tenant@2022", "as_of": "2021-12-31"}, "2022-02-01"),
        ({"draft": "accompanying-family@2022"}, "accompanying-family@2022"),
        ({"as_of": "2016-06-27"}, "--as-of"),
        ({"as_of": "2022-02-30"}, "--as-of"),
    ],
)
def test_a_draft_or_day_that_cannot_be_is_refused_before_anything_is_written(
    tmp_path, options, words
):
    made, out = tmp_path / "people.parquet", tmp_path / "out.parquet"
    run("make_population", made, people=10, seed=3)

    with pytest.raises(CommandError, match=words) as caught:
        run("evaluate_population", made, out, **options)

    assert caught.value.returncode == 2
    assert list(tmp_path.iterdir()) == [made]


@pytest.mark.usefixtures("published_rules")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("housing,shoe_size\nowned,43\n", "shoe_size"),
        ("housing\nowned\ncastle\n", "row 2: .castle"),
        ("pension_insurance_months\n12\n12.5\n", "12.5"),
        ("birth_date\n1990-05-01\n2030-01-01\n", "row 2"),
        ("birth_date\n1.5.1990\n", "1990-05-01"),
        ("target_township\n330402010\n110101001\n", "110101001"),
        ("housing\n", "nobody"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_column_and_leaves_no_file(tmp_path, text, words):
    table, out = tmp_path / "people.csv", tmp_path / "out.csv"
    table.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=words) as caught:
        run("evaluate_population", table, out, as_of="2022-02-01")

    assert caught.value.returncode == 2
    assert list(tmp_path.iterdir()) == [table]


@pytest.mark.usefixtures("published_rules")
def test_names_of_files_that_do_not_fit_are_refused(tmp_path):
    made = tmp_path / "people.parquet"
    run("make_population", made, people=10, seed=3)
    for people, out, words in (
        (tmp_path / "people.xlsx", tmp_path / "out.csv", "xlsx"),
        (made, tmp_path / "out.txt", "out.txt"),
        (tmp_path / "none.csv", tmp_path / "out.csv", "none.csv"),
    ):
        with pytest.raises(CommandError, match=words):
            run("evaluate_population", people, out)
    with pytest.raises(CommandError, match="--people"):
        run("make_population", made, people=0)


@pytest.mark.usefixtures("published_rules")
def test_cells_are_read_as_people_write_them(tmp_path):
    table = tmp_path / "people.csv"
    table.write_text(
        "\ufefftarget_township,housing,has_residence_permit,pension_insurance_months\n"
        "330483001,owned,yes,12\n"
        "330483001, rented_private ,FALSE,\n"
        "330483001,,1,\n",
        encoding="utf-8",
    )

    run("evaluate_population", table, tmp_path / "out.csv", as_of="2018-05-01")

    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["county-stable-residence"] for row in rows] == ["met", "not_met", "unknown"]
    assert json.dumps(rows[0]["urban-owner"]) == '""'  # not listed in a county


def test_the_default_day_suits_every_check():
    made = block(2000, day=FIRST_DAY)

    days = [d for name in ("birth_date", "graduation_date") for d in made.table[name].to_pylist()]

    assert max(day for day in days if day) <= FIRST_DAY
    assert isinstance(made.table, pa.Table)
