"""The frozen round as bytes: who competes with what, for how many seats, under which settings.

One JSON object a line, keys sorted, no blanks, UTF-8, each line ended by a line feed: first the
round, then the quotas by code, then the entries by pseudonym. So a round has one form only, and
its SHA-256 seals it. Reading refuses whatever is not in that form, and names the line.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, cast

FORMAT = 1
CHOICES = 5  # ranked choices an applicant may name
PLACES = 4  # decimal places of a score
UNITS = 10_000  # so many units are one point
SCORE = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{0,3}[1-9])?")
CODE = re.compile(r"[0-9A-Za-z_-]{1,40}")
ABSURD = 1200  # months of one person: a hundred years
SEATS = 1_000_000

QUOTA_KEYS = {"code", "kind", "name", "seats"}
ENTRY_KEYS = {"choices", "insurance_months", "kind", "pseudonym", "residence_months", "score"}
ROUND_KEYS = {"format", "kind", "scheme", "settings", "version"}
SETTING_KEYS = {"hide_below", "moves_up"}

_dump = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class SnapshotRefused(ValueError):
    """The file is not a sealed round; ``line`` says where, counted from 1, 0 for the whole."""

    def __init__(self, line: int, message: str):
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


class Quota(NamedTuple):
    """Seats of a school or an area."""

    code: str
    name: str
    seats: int


class Entry(NamedTuple):
    """One applicant of a round; the months are those of both parents together."""

    pseudonym: str
    score: str
    residence_months: int
    insurance_months: int
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What a round decides for itself: who moves up, and how small a group is hidden."""

    moves_up: bool = True
    hide_below: int = 10


@dataclass(frozen=True)
class Snapshot:
    """A frozen round, in canonical order whatever order its parts came in."""

    scheme: str
    version: str
    settings: Settings
    quotas: tuple[Quota, ...]
    entries: tuple[Entry, ...]
    sha256: str  # of the bytes


def canonical_score(score: Decimal) -> str:
    """Return a score as the snapshot writes it: plain digits, no zeros at the end.

    >>> canonical_score(Decimal("80.50")), canonical_score(Decimal("1E+2"))
    ('80.5', '100')
    """
    text = format(score, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if not SCORE.fullmatch(text):
        raise ValueError(f"{text} is no score: 0 to 999999, with at most {PLACES} decimal places")
    return text


@lru_cache(maxsize=65_536)
def score_units(score: str) -> int:
    """Return a score as a whole number, so that comparing is exact and fast.

    Unit: ten-thousandths of a point.

    >>> score_units("80.5")
    805000
    """
    whole, _, part = score.partition(".")
    return int(whole) * UNITS + int(part.ljust(PLACES, "0"))


def freeze(
    *,
    scheme: str,
    version: str,
    settings: Settings,
    quotas: Iterable[Quota],
    entries: Iterable[Entry],
) -> tuple[Snapshot, bytes]:
    """Return the round and its bytes; raises SnapshotRefused, naming the line it would have."""
    written = write(
        scheme=scheme, version=version, settings=settings, quotas=quotas, entries=entries
    )
    return read(written), written


def write(
    *,
    scheme: str,
    version: str,
    settings: Settings,
    quotas: Iterable[Quota],
    entries: Iterable[Entry],
) -> bytes:
    """Return the canonical bytes; what they say is checked by :func:`read`."""
    head: dict[str, Any] = {
        "kind": "round",
        "format": FORMAT,
        "scheme": scheme,
        "version": version,
        "settings": {"moves_up": settings.moves_up, "hide_below": settings.hide_below},
    }
    lines = [_dump(head)]
    lines += [_dump({"kind": "quota", **quota._asdict()}) for quota in sorted(quotas)]
    lines += [_dump({"kind": "entry", **entry._asdict()}) for entry in sorted(entries)]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


def read(content: bytes) -> Snapshot:
    """Return the round that ``content`` holds; raises SnapshotRefused with the line."""
    lines = _lines(content)
    head = _object(1, lines[0])
    _check(1, head.get("kind") == "round", "the first line describes the round")
    _check(1, set(head) == ROUND_KEYS, f"a round has {', '.join(sorted(ROUND_KEYS))}")
    _check(1, _whole(head["format"], FORMAT, FORMAT), f"only format {FORMAT} is known")
    for name in ("scheme", "version"):
        _check(1, _text(head[name]), f"{name} is a text of 1 to 200 characters")
    quotas: list[Quota] = []
    entries: list[Entry] = []
    known: set[str] = set()
    for number, line in enumerate(lines[1:], 2):
        found = _object(number, line)
        match found.get("kind"):
            case "quota":
                _check(number, not entries, "quotas stand before the entries")
                quota = _quota(number, found)
                _follows(number, quotas[-1].code if quotas else "", quota.code)
                quotas.append(quota)
                known.add(quota.code)
            case "entry":
                entry = _entry(number, found, known)
                _follows(number, entries[-1].pseudonym if entries else "", entry.pseudonym)
                entries.append(entry)
            case _:
                raise SnapshotRefused(number, "a line is a quota or an entry")
    _check(0, bool(quotas), "a round has at least one quota")
    return Snapshot(
        scheme=cast(str, head["scheme"]),
        version=cast(str, head["version"]),
        settings=_settings(head["settings"]),
        quotas=tuple(quotas),
        entries=tuple(entries),
        sha256=sha256(content).hexdigest(),
    )


def _lines(content: bytes) -> list[str]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SnapshotRefused(line, "this is not UTF-8") from error
    lines = text.split("\n")
    _check(len(lines), lines[-1] == "", "the last line is not ended by a line feed")
    _check(0, len(lines) > 1, "the file is empty")
    return lines[:-1]


def _object(number: int, line: str, loads: Callable[[str], Any] = json.loads) -> dict[str, Any]:
    try:
        found = loads(line)
        same = isinstance(found, dict) and _dump(found) == line
    except (ValueError, RecursionError) as error:
        raise SnapshotRefused(number, "this is not JSON") from error
    _check(number, same, "not one object in canonical form: keys sorted, no blanks, each key once")
    return cast(dict[str, Any], found)


def _settings(found: Any) -> Settings:
    right = isinstance(found, dict) and set(found) == SETTING_KEYS
    _check(1, right, f"the settings are {', '.join(sorted(SETTING_KEYS))}")
    _check(1, isinstance(found["moves_up"], bool), "moves_up is true or false")
    _check(1, _whole(found["hide_below"], 1, 1000), "hide_below is a whole number, 1 to 1000")
    return Settings(moves_up=found["moves_up"], hide_below=found["hide_below"])


def _quota(number: int, found: dict[str, Any]) -> Quota:
    _check(number, found.keys() == QUOTA_KEYS, f"a quota has {', '.join(sorted(QUOTA_KEYS))}")
    _check(number, _code(found["code"]), "code is 1 to 40 letters, digits, - and _")
    _check(number, _text(found["name"]), "name is a text of 1 to 200 characters")
    _check(number, _whole(found["seats"], 0, SEATS), f"seats is a whole number, 0 to {SEATS}")
    return Quota(found["code"], found["name"], found["seats"])


def _entry(number: int, found: dict[str, Any], known: set[str]) -> Entry:
    _check(number, found.keys() == ENTRY_KEYS, f"an entry has {', '.join(sorted(ENTRY_KEYS))}")
    score, choices = found["score"], found["choices"]
    _check(number, _code(found["pseudonym"]), "pseudonym is 1 to 40 letters, digits, - and _")
    right = isinstance(score, str) and SCORE.fullmatch(score)
    _check(number, bool(right), "score is a text such as 80.5, without zeros at the end")
    for name in ("residence_months", "insurance_months"):
        _check(number, _whole(found[name], 0, 2 * ABSURD), f"{name} is a whole number, 0 to 2400")
    _check(
        number,
        isinstance(choices, list) and 1 <= len(choices) <= CHOICES,
        f"choices are 1 to {CHOICES} codes of quotas",
    )
    for code in choices:
        _check(number, isinstance(code, str) and code in known, "a choice is no quota of the round")
    _check(number, len(set(choices)) == len(choices), "a quota is chosen twice")
    return Entry(
        found["pseudonym"],
        score,
        found["residence_months"],
        found["insurance_months"],
        tuple(choices),
    )


def _follows(number: int, before: str, now: str) -> None:
    if now == before:
        raise SnapshotRefused(number, "this stands here twice")
    _check(number, now > before, "the lines are not in order")


def _whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 200


def _code(value: Any) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def _check(number: int, right: bool, message: str) -> None:
    if not right:
        raise SnapshotRefused(number, message)
