"""Tables of people, read and written in chunks, judged as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from eligibility.core.columns import (
    ANY_AREA,
    AREA_BITS,
    NOT_LISTED,
    Array,
    ColumnJudge,
    Columns,
    Judged,
    ages,
    code_of,
    dtype_of,
    graduation_years,
    unknown_code,
)
from eligibility.core.columns_forecast import NEVER, earliest
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import COMPARABLE, DERIVED, FACTS, Kind
from eligibility.core.places import Township
from eligibility.core.rule import Ruleset
from eligibility.core.stated import Facts, parse_facts
from eligibility.core.verdict import WIRE, Overall, Verdict

CHUNK = 100_000  # people in memory at a time
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


class TableRefused(ValueError):
    """A table cannot be read: which column and row, and what to do."""


@dataclass(frozen=True)
class Chunk:
    """Some people of a table: their columns, and their facts as they were written."""

    people: Columns
    table: pa.Table
    first_row: int


def read_chunks(path: Path, townships: Mapping[str, Township], day: date) -> Iterator[Chunk]:
    """Yield the people of a Parquet or CSV file, ``CHUNK`` at a time."""
    row = 1
    for batch in _batches(path):
        table = pa.Table.from_batches([batch])
        extra = sorted(set(table.column_names) - set(FACTS))
        if extra:
            raise TableRefused(
                f"The column {extra[0]!r} is not in the fact dictionary; take it out or rename it."
            )
        yield Chunk(to_columns(table, townships, day, row), table, row)
        row += len(table)


def facts_to_columns(
    people: Sequence[Facts], areas: Sequence[tuple[str, ...] | None] = ()
) -> Columns:
    """Return the columns of people who were read one by one, all on one day.

    ``areas`` names the possible area classes where more is known than the facts say.
    """
    arrays: dict[str, Array] = {}
    for name, fact in (FACTS | DERIVED).items():
        if fact.kind is Kind.TOWNSHIP or not fact.compared:
            continue
        values = [facts.values.get(name) for facts in people]
        if fact.kind is Kind.DATE:
            arrays[name] = np.array(values, "datetime64[D]")
        else:
            unknown = unknown_code(fact)
            codes = [unknown if value is None else code_of(fact, value) for value in values]
            arrays[name] = np.array(codes, dtype_of(fact))
    known = [
        given or facts.area_classes
        for facts, given in zip(people, areas or [None] * len(people), strict=True)
    ]
    bits = [sum(AREA_BITS[area] for area in classes) for classes in known]
    return Columns(arrays=arrays, areas=np.array(bits, np.uint8), length=len(people))


def counties(table: pa.Table, townships: Mapping[str, Township]) -> Array:
    """Return the county code of each person's target, empty where it is not known."""
    if "target_township" not in table.column_names:
        return np.full(len(table), "", "<U6")
    encoded = pc.dictionary_encode(table["target_township"].combine_chunks())
    known = [townships[str(code)].county_code for code in encoded.dictionary.to_pylist()]
    places = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    return np.array([*known, ""], "<U6")[places]


def count_rows(path: Path) -> int | None:
    """Return how many people a file holds, where its format says so."""
    if path.suffix == ".parquet":
        return int(pa.parquet.read_metadata(path).num_rows)
    return None


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".parquet":
        try:
            with pa.parquet.ParquetFile(path) as file:
                yield from file.iter_batches(batch_size=CHUNK)
        except pa.ArrowInvalid as error:
            raise TableRefused(f"{path.name} is not readable as Parquet: {error}") from error
        return
    if path.suffix != ".csv":
        raise TableRefused(f"{path.name} is neither .parquet nor .csv; convert it.")
    with path.open("rb") as file:
        line = file.readline().decode("utf-8-sig", "replace")
    names = [name.strip().strip('"') for name in line.strip().split(",")]
    options = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
    )
    block = pa.csv.ReadOptions(block_size=16 << 20)
    try:
        with pa.csv.open_csv(path, read_options=block, convert_options=options) as reader:
            yield from reader
    except pa.ArrowInvalid as error:
        raise TableRefused(f"{path.name} is not readable as CSV: {error}") from error


def to_columns(
    table: pa.Table, townships: Mapping[str, Township], day: date, first_row: int = 1
) -> Columns:
    """Return the columns that the rules compare; raises TableRefused for a value that is none."""
    arrays: dict[str, Any] = {}
    for name in table.column_names:
        fact = FACTS[name]
        column = table[name].combine_chunks()
        if fact.kind is Kind.DATE:
            days = arrays[name] = _days(name, column, day, first_row)
            for derived in DERIVED.values():
                if derived.since == name:
                    count = ages if derived.name == "age_years" else graduation_years
                    arrays[derived.name] = count(days, day)
        elif name in COMPARABLE and fact.kind is not Kind.TOWNSHIP:
            arrays[name] = _codes(name, column, first_row)
    return Columns(
        arrays=arrays,
        areas=_areas(table, townships, first_row),
        length=len(table),
    )


def _codes(name: str, column: Any, first_row: int) -> Any:
    """Return the codes of a column; each distinct value is read once, as the API reads it."""
    fact = FACTS[name]
    encoded = pc.dictionary_encode(column)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    codes = [code_of(fact, value) for value in _typed(name, encoded, first_row)]
    lookup = np.array([*codes, unknown_code(fact)], dtype_of(fact))
    places = pc.fill_null(encoded.indices, len(codes)).to_numpy(zero_copy_only=False)
    return lookup[places]


def _row_of(encoded: Any, place: int, first_row: int) -> int:
    """Return the first row that holds the value at ``place`` of the dictionary."""
    return first_row + pc.index(encoded.indices, place).as_py()


def _typed(name: str, encoded: Any, first_row: int) -> list[Any]:
    found = []
    for place, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            facts = parse_facts({name: _plain(name, value)}, as_of=date.max, townships={})
        except FactsRefused as refused:
            raise TableRefused(
                f"Column {name}, row {_row_of(encoded, place, first_row)}: {value!r} is refused "
                f"({refused.errors[0].code}); correct it or leave it empty."
            ) from refused
        found.append(facts.given[name])
    return found


def _plain(name: str, value: Any) -> Any:
    """Return a cell as the JSON value that it stands for."""
    kind = FACTS[name].kind
    if isinstance(value, str):
        text = value.strip()
        if kind is Kind.BOOL and text.lower() in (*_TRUE, *_FALSE):
            return text.lower() in _TRUE
        if kind is Kind.INT and text.isascii() and text.isdigit():
            return int(text)
        return text
    if isinstance(value, float):
        return int(value) if kind is Kind.INT and value.is_integer() else repr(value)
    return value


def _days(name: str, column: Any, day: date, first_row: int) -> Any:
    try:
        days = pc.cast(column, pa.date32()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as error:
        raise TableRefused(
            f"Column {name}, in the rows from {first_row}: {error}; write days as 1990-05-01."
        ) from error
    days = days.astype("datetime64[D]")
    late = days > np.datetime64(day)
    if late.any():
        row = first_row + int(np.argmax(late))
        raise TableRefused(
            f"Column {name}, row {row}: the day is after the day of the check, {day}; correct it."
        )
    return days


def _areas(table: pa.Table, townships: Mapping[str, Township], first_row: int) -> Any:
    """Return the possible area classes of each person's target, as bits."""
    areas = np.full(len(table), ANY_AREA, np.uint8)
    if "target_township" not in table.column_names:
        return areas
    inside = np.zeros(len(table), np.uint16)
    if "target_in_town_area" in table.column_names:
        column = table["target_in_town_area"].combine_chunks()
        inside = _codes("target_in_town_area", column, first_row)
    encoded = pc.dictionary_encode(table["target_township"].combine_chunks())
    places = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    for place, code in enumerate(encoded.dictionary.to_pylist()):
        township = townships.get(str(code))
        if township is None:
            raise TableRefused(
                f"Column target_township, row {_row_of(encoded, place, first_row)}: no township "
                f"of Jiaxing has the code {code!r}."
            )
        here = places == place
        for answer, known in ((None, 0), (False, 1), (True, 2)):
            bits = sum(AREA_BITS[area] for area in township.area_classes(answer))
            areas[here & (inside == known)] = bits
    return areas


_OVERALL = {
    Verdict.MET: Overall.ELIGIBLE,
    Verdict.OFFICER: Overall.OFFICER_DECIDES,
    Verdict.UNKNOWN: Overall.MORE_INFORMATION_NEEDED,
}


def wire_names(marks: Array) -> pa.Array:
    """Return the verdicts of a route by name, empty where it takes no part."""
    names = pa.array([WIRE[verdict] for verdict in Verdict])
    return names.take(pa.array(marks, mask=marks == NOT_LISTED))


def judge_chunk(ruleset: Ruleset, day: date, chunk: Chunk) -> pa.Table:
    """Return a row a person: the overall verdict, the earliest date, and a column a route."""
    judged = ColumnJudge(ruleset, day).judge(chunk.people)
    names = [verdict.value for verdict in Overall]
    verdicts = np.full(chunk.people.length, names.index(Overall.NOT_ELIGIBLE.value), np.uint8)
    for mark, overall in _OVERALL.items():
        verdicts[judged.best == mark] = names.index(overall.value)
    none = judged.best == Verdict.NOT_MET
    verdicts[none & (chunk.people.areas == AREA_BITS["rural"])] = names.index(
        Overall.NOT_COVERED.value
    )
    dates = np.full(chunk.people.length, NEVER)
    rows = np.flatnonzero(none & (chunk.people.areas != AREA_BITS["rural"]))
    dates[rows] = earliest(ruleset, day, chunk.people.rows(rows))
    found = dates < NEVER
    verdicts[found] = names.index(Overall.NOT_YET.value)
    shown = np.where(found, dates, np.datetime64("NaT"))
    columns = {
        "verdict": pa.array(names).take(pa.array(verdicts)),
        "earliest_date": pa.array(shown, pa.date32()),
    }
    for code, marks in by_route(judged).items():
        columns[code] = wire_names(marks)
    return pa.table(columns)


def by_route(judged: Judged) -> dict[str, Array]:
    """Return the marks of each route; the better one where two versions may hold at a place."""
    found: dict[str, Array] = {}
    for rule, marks in zip(judged.rules, judged.marks, strict=True):
        known = found.get(rule.code)
        if known is not None:
            both = np.where(marks == NOT_LISTED, known, np.maximum(known, marks))
            marks = np.where(known == NOT_LISTED, marks, both)
        found[rule.code] = marks
    return found


def write_chunks(path: Path, chunks: Iterator[pa.Table]) -> int:
    """Write the rows one chunk after the other; return how many there are.

    The file gets its name when it is complete, so that half of one is never taken for the whole.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise TableRefused(f"{path.name} is neither .parquet nor .csv; name it so.")
    make = pa.parquet.ParquetWriter if path.suffix == ".parquet" else pa.csv.CSVWriter
    part = path.with_name(f"{path.name}.part")
    writer: Any = None
    rows = 0
    try:
        for table in chunks:
            if writer is None:
                writer = make(part, table.schema)
            writer.write_table(table)
            rows += len(table)
        if writer is None:
            raise TableRefused("There is nobody in the table; nothing is written.")
        writer.close()
        part.replace(path)
    except BaseException:
        if writer is not None:
            writer.close()
        part.unlink(missing_ok=True)
        raise
    return rows
