"""Reads the first sheet of an .xlsx whose author is not trusted.

The archive is looked at before anything is unpacked: how many parts, how large, which. No part may
declare a document type, which is where entities live. Formulas are never worked out: the value
that was saved with the file counts.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.parsers import expat

from openpyxl import load_workbook

from .errors import TableRefused
from .limits import MAX_CELL, MAX_PARTS, MAX_STRINGS, MAX_UNPACKED, MAX_WIDTH

MACROS = ("vbaproject.bin", "vbadata.xml", "xlm")
WORKBOOK = "xl/workbook.xml"
STRINGS = "xl/sharedstrings.xml"
LOOKED_AT = 64 * 1024  # bytes; a document type stands before the root element
LONG_FIGURES = 10**15  # from here on a spreadsheet no longer keeps every figure


def sheet_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of the first sheet with their numbers; raises TableRefused."""
    try:
        _look_inside(content)
        yield from _rows(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, expat.ExpatError):
        raise TableRefused("damaged") from None


def _look_inside(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        names = [part.filename.casefold() for part in parts]
        if len(parts) > MAX_PARTS or len(set(names)) != len(names):
            raise TableRefused("bomb")
        if WORKBOOK not in names:
            raise TableRefused("not_a_table")
        if any(name.endswith(MACROS) or "/macrosheets/" in name for name in names):
            raise TableRefused("macros")
        if any(part.flag_bits & 1 for part in parts):
            raise TableRefused("old_excel")
        if sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise TableRefused("bomb")
        if any(
            part.file_size > MAX_STRINGS
            for part, name in zip(parts, names, strict=True)
            if name == STRINGS
        ):
            raise TableRefused("bomb")
        for part, name in zip(parts, names, strict=True):
            if name.endswith((".xml", ".rels")):
                with archive.open(part) as file:
                    _refuse_document_types(file.read(LOOKED_AT))


class _RootFound(Exception):
    """The root element begins; no document type can follow."""


def _refuse_document_types(start: bytes) -> None:
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise TableRefused("entities")

    def stop(*_: Any) -> None:
        raise _RootFound

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        parser.Parse(start, False)
    except _RootFound:
        return
    if len(start) == LOOKED_AT:  # something long stands before the root, which nobody needs
        raise TableRefused("entities")


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        book = load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False, rich_text=False
        )
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not to be trusted
        lines = sheet.iter_rows(max_col=MAX_WIDTH + 1, values_only=True)
        for number, values in enumerate(lines, start=1):
            yield number, [_text(value) for value in values]
    except (zipfile.BadZipFile, zlib.error, EOFError, TableRefused, GeneratorExit):
        raise
    except Exception as error:
        # openpyxl raises whatever it stumbles over: KeyError, ValueError, ParseError, TypeError...
        raise TableRefused("damaged") from error


def _text(value: Any) -> str:
    """Return a cell as the text that stands for it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        if abs(value) >= LONG_FIGURES:
            return f"{value:.6E}"  # the last figures are lost; columns of numbers say so
        return str(int(value)) if value == int(value) else str(value)
    return str(value).strip().removeprefix("'").strip()[: MAX_CELL + 1]
