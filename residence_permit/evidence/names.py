"""Makes a name that can be shown safely out of the one that came with a file."""

import re
import unicodedata
from pathlib import PurePosixPath

from residence_permit.core.id_number import without_numbers

from .kinds import EXTENSIONS

LONGEST = 80
NOT_IN_NAMES = re.compile(r'[<>:"|?*&%`$;\']')


def safe_name(declared: str, kind: str) -> str:
    r"""Return the last part of ``declared``, harmless, with the extension the content deserves.

    >>> safe_name("C:\\temp\\..\\房产证.jpeg", "jpeg")
    '房产证.jpg'
    >>> safe_name("lease\u202egpj.exe", "jpeg")
    'leasegpj.jpg'
    >>> safe_name("11010519491231002x.jpg", "jpeg")
    '….jpg'

    An empty string means that nothing of the name was left.
    """
    last = re.split(r"[/\\]", declared)[-1]
    # Control characters (NUL, line ends), overrides of the direction, lone surrogates and what
    # is not assigned: categories C*. Line and paragraph separators: Zl, Zp.
    spaced = " ".join(unicodedata.normalize("NFC", _encodable(last)).split())
    shown = "".join(c for c in spaced if unicodedata.category(c)[0] != "C")
    shown = NOT_IN_NAMES.sub("_", shown).strip(" ._-")
    suffix = PurePosixPath(shown).suffix
    if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", suffix):
        shown = shown.removesuffix(suffix)
    shown = without_numbers(shown)  # identity numbers are kept encrypted, and nowhere else
    stem = shown[: LONGEST - 4].rstrip(" ._-")
    return stem + EXTENSIONS[kind] if stem else ""


def _encodable(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")
