"""The template of a report: a table with its head and no lines."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from .columns import COLUMNS
from .safe_cells import csv_bytes

AS_TEXT = "@"  # a spreadsheet would round numbers of 18 digits
WIDTHS = {"id_number": 24, "address": 40, "employer": 30, "township": 22}
PREPARED = 500  # lines whose cells are text already


def head(language: str) -> list[str]:
    """Return the names of the columns in a language."""
    return [column.en if language == "en" else column.zh for column in COLUMNS]


def blank_csv(language: str) -> bytes:
    """Return the head as CSV."""
    return csv_bytes([head(language)])


def blank_workbook(language: str, *, title: str, notes_title: str, notes: Sequence[str]) -> bytes:
    """Return a workbook: a sheet to fill in, whose cells are text, and one that explains it."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.append(head(language))
    for place, column in enumerate(COLUMNS, start=1):
        top = sheet.cell(1, place)
        top.font = Font(bold=True)
        letter = top.column_letter
        sheet.column_dimensions[letter].width = WIDTHS.get(column.name, 16)
        for line in range(2, PREPARED + 2):
            sheet.cell(line, place).number_format = AS_TEXT
    sheet.freeze_panes = "A2"
    explained = book.create_sheet(notes_title)
    explained.column_dimensions["A"].width = 100
    for note in notes:
        explained.append([note])
        explained.cell(explained.max_row, 1).alignment = Alignment(wrap_text=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
