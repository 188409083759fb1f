"""The columns of a report: their names in the template, and how they are found in a file."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import TableRefused
from .limits import MAX_WIDTH


@dataclass(frozen=True)
class Column:
    """One column; ``also`` are other names for it that people write."""

    name: str
    zh: str
    en: str
    required: bool = False
    also: tuple[str, ...] = ()


COLUMNS = (
    Column("name", "姓名", "Name", required=True),
    Column(
        "id_number", "身份证号", "ID number", required=True, also=("身份证号码", "公民身份号码")
    ),
    Column(
        "township",
        "街道（镇）",
        "Subdistrict or town",
        required=True,
        also=("街道", "镇", "街道镇", "township"),
    ),
    Column("address", "详细地址", "Address", required=True, also=("地址", "居住地址")),
    Column("started_on", "开始日期", "From", also=("入住日期", "入职日期", "start")),
    Column("ended_on", "结束日期", "To", also=("搬离日期", "离职日期", "end")),
    Column("housing", "住房类型", "Housing"),
    Column("employer", "用人单位", "Employer", also=("工作单位", "单位名称")),
)
# What the portal itself adds to a file of results: read past when that file is uploaded again.
RESULT_COLUMNS = (
    Column("row", "行号", "Row"),
    Column("result", "处理结果", "Result"),
    Column("remedy", "说明", "What to do"),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
REQUIRED = tuple(column.name for column in COLUMNS if column.required)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", folded)


_FOUND_BY = {
    _plain(name): column.name
    for column in (*COLUMNS, *RESULT_COLUMNS)
    for name in (column.name, column.zh, column.en, *column.also)
}


def find_columns(head: Sequence[str]) -> dict[str, int]:
    """Return at which place each column stands.

    Raises TableRefused ``columns`` with what is missing by name, and what is not known or stands
    there twice by its place, counted from 1: a file without a head has people in its first line.
    """
    places: dict[str, int] = {}
    unknown: list[int] = []
    for place, text in enumerate(head):
        if not text.strip():
            continue
        name = _FOUND_BY.get(_plain(text))
        if name is None or name in places:
            unknown.append(place + 1)
        else:
            places[name] = place
    missing = [name for name in REQUIRED if name not in places]
    if "started_on" not in places and "ended_on" not in places:
        missing.append("started_on")
    if missing or unknown:
        raise TableRefused("columns", missing=missing, unknown=unknown[:MAX_WIDTH])
    return {name: place for name, place in places.items() if name in BY_NAME}
