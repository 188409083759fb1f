"""Tables of residents: files that are read, and files that are refused by name."""

import csv
import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from residence_permit.reports import limits
from residence_permit.reports.errors import TableRefused
from residence_permit.reports.safe_cells import csv_bytes, safe
from residence_permit.reports.tables import read_table
from tests.residence_permit.residents import HEAD, csv_file, line, xlsx_file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_in_the_encodings_of_offices(encoding):
    text = f"{HEAD}\r\n王小𠮷,1,南湖街道,中山东路1号,2026-11-24,,,\r\n"

    [row] = read_table(text.encode(encoding))

    assert (row.number, row.cells["name"]) == (2, "王小𠮷")
    assert set(row.cells) == {"name", "id_number", "township", "address", "started_on"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_with_any_delimiter_and_order_of_columns(delimiter):
    head = delimiter.join(["ID Number", "NAME", "地址", "街道", "入住日期"])
    text = delimiter.join(["1", "王小明", '"3幢, 2室"', "南湖街道", "2026-11-24"])

    [row] = read_table(f"{head}\n\n{text}\n".encode())

    assert (row.number, row.cells["address"]) == (3, "3幢, 2室")


def test_a_workbook_is_read_as_text():
    moved_in = date(2026, 11, 24)

    first, second = read_table(
        xlsx_file(
            ["王小明", "'11010519491231002X", 330402010, " 中山东路1号 ", moved_in, None, "", ""],
            ["李四", 110105194912310021, "南湖街道", "中山东路2号", "2026/11/24", None, None, None],
        )
    )

    assert first.cells["id_number"] == "11010519491231002X"
    assert first.cells["township"] == "330402010"
    assert first.cells["started_on"] == "2026-11-24"
    assert second.cells["id_number"] == "1.101052E+17"


def test_a_formula_counts_by_the_value_that_was_saved():
    content = xlsx_file(
        ["王小明", "1", "南湖街道", '=HYPERLINK("http://x")', None, None, None, None]
    )

    [row] = read_table(content)

    assert "address" not in row.cells


def _archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _with_part(name: str, content: bytes) -> bytes:
    """Return a workbook in which one part is replaced or added."""
    with zipfile.ZipFile(io.BytesIO(xlsx_file(["王小明"]))) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return _archive(parts | {name: content})


def _tall(last: int) -> bytes:
    book = Workbook()
    book.active.append(HEAD.split(","))
    book.active.cell(last, 1, "王小明")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _locked() -> bytes:
    content = bytearray(_archive({"xl/workbook.xml": b"<a/>"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
BAD_FILES = {
    "empty": (b" \n", "empty"),
    "too large": (b"a" * (limits.MAX_BYTES + 1), "too_large"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_excel"),
    "pdf": (b"%PDF-1.7\n\0\0\0", "not_a_table"),
    "photo": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_a_table"),
    "neither encoding": (HEAD.encode() + b"\n\xff\xff\xff", "encoding"),
    "no head": (line(id_number="11010519491231002X").encode(), "columns"),
    "head only": (csv_file(), "no_rows"),
    "a column twice": (f"{HEAD},姓名\n".encode() + line(id_number="1").encode(), "columns"),
    "wrong columns": ("姓名,手机\n王小明,1\n".encode(), "columns"),
    "too many": (csv_file(*["王,1,南湖街道,中山路1号,2026-11-24,,,"] * 20_001), "too_many_rows"),
    "too wide": ((HEAD + ",x" * 40 + "\n").encode(), "too_wide"),
    "endless cell": ((HEAD + '\n"' + "a" * 200_000).encode(), "damaged"),
    "tall": (_tall(900_000), "too_tall"),
    "zip": (_archive({"a.txt": b"x"}), "not_a_table"),
    "broken zip": (xlsx_file(["王"])[:-200], "damaged"),
    "broken xml": (_with_part("xl/worksheets/sheet1.xml", b"<worksheet><"), "damaged"),
    "bomb": (_with_part("xl/media/image1.png", bytes(limits.MAX_UNPACKED + 1)), "bomb"),
    "texts": (_with_part("xl/sharedStrings.xml", b" " * (limits.MAX_STRINGS + 1)), "bomb"),
    "many parts": (_archive({"xl/workbook.xml": b""} | {f"{n}": b"" for n in range(600)}), "bomb"),
    "macros": (_with_part("xl/vbaProject.bin", b"x"), "macros"),
    "entities": (_with_part("xl/worksheets/sheet1.xml", XXE), "entities"),
    "entities, hidden": (_with_part("docProps/app.xml", XXE.decode().encode("utf-16")), "entities"),
    "entities, late": (_with_part("xl/styles.xml", b" " * 70_000 + XXE), "entities"),
    "entities, behind a comment": (
        _with_part("xl/styles.xml", b"<!--" + b" " * 70_000 + b"-->" + XXE[21:]),
        "entities",
    ),
    "locked": (_locked(), "old_excel"),
}


@pytest.mark.parametrize(("content", "code"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_table_is_refused_by_name(content, code):
    with pytest.raises(TableRefused) as refused:
        read_table(content)

    assert refused.value.code == code


def test_a_refused_head_names_columns_and_never_what_stands_in_them():
    with pytest.raises(TableRefused) as refused:
        read_table("姓名,王小明,开始日期\n".encode())

    assert refused.value.params == {"missing": ["id_number", "township", "address"], "unknown": [2]}


def test_twenty_thousand_lines_are_one_table():
    rows = read_table(csv_file(*["王,1,南湖街道,中山路1号,2026-11-24,,,"] * 20_000))

    assert (len(rows), rows[-1].number) == (20_000, 20_001)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r="])
def test_no_cell_becomes_a_formula(start):
    [[cell]] = csv.reader(io.StringIO(csv_bytes([[f"{start}1+1"]]).decode("utf-8-sig"), newline=""))

    assert cell.startswith("'")
    assert safe("王小明") == "王小明"
