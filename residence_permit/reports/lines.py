"""One line of a report: its cells read as a person, a place and days, or refused cell by cell."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eligibility.core.places import Township
from residence_permit.core.id_number import IdNumberRefused, read_id_number
from residence_permit.plain_text import (
    EMPLOYER_LIMIT,
    address_problem,
    name_problem,
    text_problem,
    tidy,
)
from residence_permit.stays import Stay, address_key, id_hash, letters_of, name_hash

EARLIEST = date(1950, 1, 1)  # an older day is a typing mistake
HOUSING = ("owned", "rented_private", "rented_public", "dormitory", "with_relatives", "none")
HOUSING_WORDS: Mapping[str, str] = {
    "自有": "owned",
    "自有住房": "owned",
    "租赁": "rented_private",
    "租房": "rented_private",
    "出租房": "rented_private",
    "公租房": "rented_public",
    "宿舍": "dormitory",
    "单位宿舍": "dormitory",
    "集体宿舍": "dormitory",
    "亲友家": "with_relatives",
    "无": "none",
    "owned": "owned",
    "rented": "rented_private",
    "public rental": "rented_public",
    "dormitory": "dormitory",
    "with relatives": "with_relatives",
    **{code: code for code in HOUSING},
}
_ROUNDED = re.compile(r"-?[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?", re.ASCII)
_SHORT_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)


@dataclass(frozen=True)
class LineError:
    """What is wrong with one cell; ``params`` are days and numbers, never what was typed."""

    field: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return it as a row keeps it."""
        return {"field": self.field, "code": self.code, "params": dict(self.params)}


@dataclass(frozen=True)
class Line:
    """A line that can be carried out; ``ended_on`` makes it a report that somebody has left."""

    id_hash: str
    name_hash: str
    address_key: str
    township_code: str
    address: str
    started_on: date | None
    ended_on: date | None
    housing: str
    employer: str

    @property
    def happened_on(self) -> date:
        """Return the day from which the reporter's time counts."""
        return self.ended_on or self.started_on

    def stay(self) -> Stay:
        """Return where the person lives by this report, since its first day."""
        return Stay(
            township_code=self.township_code,
            address=self.address,
            lives_there_since=self.started_on,
            housing=self.housing,
            employer=self.employer,
        )


class Places:
    """Finds a township by its code or by its name, as people write it."""

    def __init__(self, townships: Mapping[str, Township]):
        self._found: dict[str, set[str]] = {}
        for place in townships.values():
            short = place.name.removesuffix(place.kind)
            names = {place.code, place.name, short}
            county = place.county.removesuffix(place.county[-1])
            for name in (place.name, short):
                names |= {f"{place.county}{name}", f"{county}{name}"}
                names |= {f"嘉兴市{place.county}{name}", f"浙江省嘉兴市{place.county}{name}"}
            for name in names:
                self._found.setdefault(letters_of(name), set()).add(place.code)

    def find(self, text: str) -> str | LineError:
        """Return the code of a place, or why it is none."""
        codes = self._found.get(letters_of(text), set())
        if len(codes) == 1:
            return next(iter(codes))
        return LineError("township", "ambiguous" if codes else "not_a_place")


def read_line(cells: Mapping[str, str], places: Places, today: date) -> Line | list[LineError]:
    """Return the line, or everything that is wrong with it."""
    errors: list[LineError] = []

    def kept(value: Any) -> Any:
        if isinstance(value, LineError):
            errors.append(value)
            return None
        return value

    name = kept(_name(cells.get("name", "")))
    number = kept(_id_number(cells.get("id_number", ""), today))
    if cells.get("township"):
        township = kept(places.find(cells["township"]))
    else:
        township = kept(LineError("township", "empty"))
    address = kept(_address(cells.get("address", "")))
    started_on = kept(_day("started_on", cells.get("started_on", ""), today))
    ended_on = kept(_day("ended_on", cells.get("ended_on", ""), today))
    housing = kept(_housing(cells.get("housing", "")))
    employer = kept(_employer(cells.get("employer", "")))
    if not errors and started_on is None and ended_on is None:
        errors.append(LineError("started_on", "empty"))
    if not errors and started_on and ended_on and ended_on < started_on:
        errors.append(LineError("ended_on", "before_start", {"day": started_on.isoformat()}))
    if not errors and started_on and started_on < number.birth_date:
        errors.append(LineError("started_on", "before_birth"))
    if errors:
        return errors
    return Line(
        id_hash=id_hash(number.number),
        name_hash=name_hash(name),
        address_key=address_key(township, address),
        township_code=township,
        address=address,
        started_on=started_on,
        ended_on=ended_on,
        housing=housing,
        employer=employer,
    )


def _name(text: str) -> str | LineError:
    name = tidy(text)
    problem = name_problem(name)
    return LineError("name", problem) if problem else name


def _id_number(text: str, today: date) -> Any:
    if _ROUNDED.fullmatch(unicodedata.normalize("NFKC", text).strip()):
        return LineError("id_number", "rounded")
    try:
        return read_id_number(text, today)
    except IdNumberRefused as refused:
        return LineError("id_number", refused.code)


def _address(text: str) -> str | LineError:
    address = tidy(text)
    problem = address_problem(address)
    return LineError("address", problem) if problem else address


def _employer(text: str) -> str | LineError:
    employer = tidy(text)
    problem = text_problem(employer, EMPLOYER_LIMIT)
    return LineError("employer", problem) if problem else employer


def _housing(text: str) -> str | LineError:
    if not text:
        return ""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return HOUSING_WORDS.get(plain) or LineError("housing", "not_a_choice")


def _day(name: str, text: str, today: date) -> date | LineError | None:
    """Read a day as offices write it: 2026-11-20, 2026/11/20, 2026年11月20日, 20261120."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return None
    plain = re.sub(r"T?[0-9]{1,2}:[0-9:.]+$", "", plain)  # a spreadsheet adds the time of day
    found = _DAY.fullmatch(plain) or _SHORT_DAY.fullmatch(plain)
    if found is None:
        return LineError(name, "not_a_day")
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        return LineError(name, "no_such_day")
    if day > today:
        return LineError(name, "future")
    return LineError(name, "too_long_ago") if day < EARLIEST else day
