"""Cells that no spreadsheet takes for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

# Full-width signs begin a formula in some spreadsheets, too; so does a tab or a line end.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe(text: str) -> str:
    """Return the text with an apostrophe before what could begin a formula.

    >>> safe("=1+1"), safe("＝1+1"), safe("王小明")
    ("'=1+1", "'＝1+1", '王小明')
    """
    start = unicodedata.normalize("NFKC", text.lstrip(" ")[:1])
    return f"'{text}" if text and (start in FORMULA or text[0] in FORMULA) else text


def csv_bytes(lines: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file that Excel opens with its characters right: UTF-8 with a mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([safe(str(cell)) for cell in line] for line in lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
