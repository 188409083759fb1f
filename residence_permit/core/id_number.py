"""Citizens' identity numbers (公民身份号码): read, checked, masked.

Source: GB 11643-1999. Six digits of a region, eight of the birth date, three of which the last
one is odd for men, and a check character (ISO 7064, MOD 11-2).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from eligibility.core.periods import birthday

MAX_AGE = 130  # years; an earlier birth date is a typing mistake
LENGTH, OLD_LENGTH = 18, 15
HMT_PREFIXES = {"81": "hong_kong", "82": "macau", "83": "taiwan"}  # 港澳台居民居住证
_WEIGHTS = tuple(pow(2, LENGTH - 1 - place, 11) for place in range(LENGTH - 1))
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_OLD_SHAPE = re.compile(r"[0-9]{15}", re.ASCII)
# One inside a text, as people write it there; digits of any script, since so much reads as one.
_INSIDE = re.compile(r"(?<!\d)(?:(?:\d[ _-]?){17}[\dXxＸｘ]|\d{15})(?!\d)")


class IdNumberRefused(ValueError):
    """A text that is no identity number; says why, never which.

    ``code``: ``empty``, ``old_number`` (15 digits), ``length``, ``characters``, ``date``,
    ``check_digit``, ``future``, ``too_old``.
    """

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class IdNumber:
    """A number that holds together; whether it was ever given out is not known."""

    number: str = field(repr=False)  # personal data: out of logs and tracebacks
    birth_date: date = field(repr=False)
    sex: str  # male, female
    region: str  # six digits; regions come and go, so none is refused
    is_hmt: bool  # of a residence permit for residents of Hong Kong, Macau and Taiwan


def normalised(text: str) -> str:
    """Return the text in half-width characters, without blanks around it, X upper case."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def check_character(digits: str) -> str:
    """Return the character that belongs after the first seventeen digits.

    >>> check_character("11010519491231002")
    'X'
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return _CHECKS[total % 11]


def read_id_number(text: str, as_of: date) -> IdNumber:
    """Read a number as somebody typed it; raises IdNumberRefused."""
    number = normalised(text)
    if not number:
        raise IdNumberRefused("empty")
    if _OLD_SHAPE.fullmatch(number):
        raise IdNumberRefused("old_number")
    if len(number) != LENGTH:
        raise IdNumberRefused("length")
    if not _SHAPE.fullmatch(number):
        raise IdNumberRefused("characters")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdNumberRefused("date") from None
    if number[-1] != check_character(number[:-1]):
        raise IdNumberRefused("check_digit")
    if born > as_of:
        raise IdNumberRefused("future")
    oldest = birthday(born, MAX_AGE)
    if oldest is not None and oldest < as_of:
        raise IdNumberRefused("too_old")
    return IdNumber(
        number=number,
        birth_date=born,
        sex="male" if int(number[16]) % 2 else "female",
        region=number[:6],
        is_hmt=number[:2] in HMT_PREFIXES,
    )


def masked(number: str) -> str:
    """Return the number as screens show it: without the birth date.

    >>> masked("110105194912310021")
    '110105********0021'
    """
    if len(number) != LENGTH:
        return "*" * len(number)
    return f"{number[:6]}{'*' * 8}{number[-4:]}"


def without_numbers(text: str) -> str:
    """Return a text, such as the name of a file, without the identity numbers in it.

    >>> without_numbers("身份证11010519491231002x正面.jpg")
    '身份证…正面.jpg'
    """
    return _INSIDE.sub("…", text)
