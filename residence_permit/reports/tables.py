"""Reads a file into rows of text, or refuses it: CSV in the encodings of offices, and XLSX."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .columns import find_columns
from .errors import TableRefused
from .limits import MAX_BYTES, MAX_CELL, MAX_HEIGHT, MAX_ROWS, MAX_WIDTH
from .spreadsheets import sheet_rows

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also what Excel locks with a password
ZIP = b"PK\x03\x04"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",;\t，；"  # the full-width ones are typed by hand


@dataclass(frozen=True)
class Row:
    """One line with something in it: its number in the file, counted from 1, and its cells."""

    number: int
    cells: Mapping[str, str]


def read_table(content: bytes) -> list[Row]:
    """Return the rows of a file under its head; raises TableRefused."""
    if not content.strip():
        raise TableRefused("empty")
    if len(content) > MAX_BYTES:
        raise TableRefused("too_large", megabytes=MAX_BYTES >> 20)
    if content.startswith(OLD_EXCEL):
        raise TableRefused("old_excel")
    lines = sheet_rows(content) if content.startswith(ZIP) else _csv_rows(content)
    return _under_the_head(lines)


def _under_the_head(lines: Iterable[tuple[int, list[str]]]) -> list[Row]:
    """Find the head, the first line with something in it, and keep the lines under it."""
    places: dict[str, int] | None = None
    rows: list[Row] = []
    for number, cells in lines:
        if number > MAX_HEIGHT:
            raise TableRefused("too_tall", lines=MAX_HEIGHT)
        if len(cells) > MAX_WIDTH and any(cells[MAX_WIDTH:]):
            raise TableRefused("too_wide", columns=MAX_WIDTH)
        if not any(cells):
            continue
        if places is None:
            places = find_columns(cells)
            continue
        kept = {name: cells[at] for name, at in places.items() if at < len(cells) and cells[at]}
        if not kept:
            continue
        if len(rows) == MAX_ROWS:
            raise TableRefused("too_many_rows", rows=MAX_ROWS)
        rows.append(Row(number, kept))
    if not rows:
        raise TableRefused("no_rows")
    return rows


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    if "\0" in text:
        raise TableRefused("not_a_table")
    head = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        # The line where a row begins is what a spreadsheet calls it, unless a cell has line ends.
        for number, cells in enumerate(reader, start=1):
            yield number, [_cell(cell) for cell in cells]
    except csv.Error:  # a cell without end, larger than any cell may be
        raise TableRefused("damaged") from None


def _decoded(content: bytes) -> str:
    """Return the text: UTF-8, with a mark or without, GB18030, or UTF-16 with its mark.

    GB18030 reads almost any bytes, so it comes last, and binary files betray themselves by NUL.
    """
    encodings = ("utf-16",) if content.startswith(UTF_16) else ("utf-8-sig", "gb18030")
    if b"\0" in content and encodings != ("utf-16",):
        raise TableRefused("not_a_table")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableRefused("encoding")


def _cell(text: str) -> str:
    """Return what stands in a cell, without what spreadsheets put around it to keep it a text."""
    plain = text.strip()
    if plain.startswith('="') and plain.endswith('"') and len(plain) > 2:
        plain = plain[2:-1]
    return plain.removeprefix("'").strip()[: MAX_CELL + 1]
