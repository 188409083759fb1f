"""References of receipts: 130 random bits in letters that are not mistaken for each other."""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
LENGTH = 26  # 26 x 5 = 130 bits
GROUP = 9
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new_reference() -> str:
    """Return a reference nobody can guess, with a check character, in groups of nine."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return grouped(body + check_character(body))


def check_character(body: str) -> str:
    """Return the check character: one wrong character shows, and so do two that are swapped.

    Each place has a weight of its own, a power of x in GF(32) by x^5 + x^2 + 1. Luhn's formula
    would not see 0Z typed for Z0.
    """
    total = 0
    for character in body:
        total = (total ^ ALPHABET.index(character)) << 1
        if total >= len(ALPHABET):
            total ^= 0b100101
    return ALPHABET[total]


def grouped(reference: str) -> str:
    """Write a reference as it is shown."""
    plain = normalise(reference)
    return "-".join(plain[i : i + GROUP] for i in range(0, len(plain), GROUP))


def normalise(reference: str) -> str:
    """Read a reference as people type it: any case or width, with any hyphens and spaces."""
    plain = unicodedata.normalize("NFKC", reference).upper()
    kept = (c for c in plain if not c.isspace() and c != "_" and unicodedata.category(c) != "Pd")
    return "".join(kept).translate(_READ_AS)


def is_well_formed(reference: str) -> bool:
    """Whether a reference can exist at all; False shows a typing mistake."""
    plain = normalise(reference)
    if len(plain) != LENGTH + 1 or not set(plain) <= set(ALPHABET):
        return False
    return check_character(plain[:-1]) == plain[-1]
