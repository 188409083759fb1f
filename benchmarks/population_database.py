"""People in a PostgreSQL table, judged, and their verdicts in another table: end to end.

The table leaves the database by COPY, is read and judged a chunk at a time, and the verdicts go
back by COPY; each of the three in a thread of its own, so that none waits for the whole of another.
"""

import os
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.csv

from benchmarks import households
from eligibility import population, synthetic
from tests.services.postgresql import PostgreSQL

DAY = date(2022, 2, 1)
READ_AT_ONCE = 8 << 20
TYPES = {"int16": "smallint", "bool": "boolean", "date32[day]": "date"}


def _in_thread(work: Callable[[], None], failures: list[BaseException]) -> threading.Thread:
    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
            raise

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread


def _written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink, pa.csv.WriteOptions(include_header=False))
    return sink.getvalue().to_pybytes()


def _create(connection: Any, name: str, schema: pa.Schema) -> None:
    columns = ", ".join(f'"{f.name}" {TYPES.get(str(f.type), "text")}' for f in schema)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE UNLOGGED TABLE "{name}" ({columns})')


def _copy_in(connection: Any, name: str, source: Any) -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{name}" FROM STDIN (FORMAT csv)', source, size=1 << 20)


def fill(url: str, count: int, places: Any) -> list[str]:
    """Put made-up people into a table; return its columns."""
    names: list[str] = []
    with psycopg2.connect(url) as connection:
        for block in synthetic.people(count, synthetic.SEED, DAY, places):
            if not names:
                names = block.table.column_names
                _create(connection, "people", block.table.schema)
            source = pa.BufferReader(_written(block.table))
            _copy_in(connection, "people", source)
    return names


def judge(url: str, names: list[str], places: Any, ruleset: Any) -> int:
    """Judge everybody in the table into another table; return how many."""
    failures: list[BaseException] = []
    out_read, out_write = os.pipe()
    in_read, in_write = os.pipe()

    def leave() -> None:
        with (
            os.fdopen(out_write, "wb") as sink,
            psycopg2.connect(url) as connection,
            connection.cursor() as cursor,
        ):
            cursor.copy_expert("COPY people TO STDOUT (FORMAT csv)", sink, size=1 << 20)

    def come_back() -> None:
        with os.fdopen(in_read, "rb") as source, psycopg2.connect(url) as connection:
            _copy_in(connection, "verdicts", source)

    with psycopg2.connect(url) as connection:
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        chunk = population.Chunk(population.to_columns(empty, places, DAY), empty, 1)
        _create(connection, "verdicts", population.judge_chunk(ruleset, DAY, chunk).schema)
    leaving = _in_thread(leave, failures)
    coming = _in_thread(come_back, failures)
    rows = 0
    with os.fdopen(out_read, "rb") as source, os.fdopen(in_write, "wb") as sink:
        reader = pa.csv.open_csv(
            source,
            read_options=pa.csv.ReadOptions(column_names=names, block_size=READ_AT_ONCE),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
            ),
        )
        for batch in reader:
            table = pa.Table.from_batches([_cells(batch)])
            people = population.to_columns(table, places, DAY, rows + 1)
            judged = population.judge_chunk(ruleset, DAY, population.Chunk(people, table, rows))
            sink.write(_written(judged))
            rows += len(table)
    leaving.join()
    coming.join()
    if failures:
        raise failures[0]
    return rows


def _cells(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Write yes and no as files do; PostgreSQL writes t and f."""
    arrays = []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if population.FACTS[name].kind is population.Kind.BOOL:
            array = pa.compute.equal(array, "t")
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def people_a_second(folder: Path, count: int) -> float:
    """Return how many people a second are judged, from table to table."""
    places = households.townships()
    ruleset = households.ruleset_of(households.records())
    server = PostgreSQL(folder)
    server.start()
    try:
        names = fill(server.url, count, places)
        start = perf_counter()
        rows = judge(server.url, names, places, ruleset)
        seconds = perf_counter() - start
        with psycopg2.connect(server.url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM verdicts")
            assert cursor.fetchone() == (rows,) == (count,)
    finally:
        server.stop()
    return count / seconds
