"""References of receipts: 130 random bits in letters that are not mistaken for each other."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
LENGTH = 26  # 26 x 5 = 130 bits
GROUP = 9
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new_reference() -> str:
    """Return a reference nobody can guess, with a check character, in groups of nine."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return grouped(body + check_character(body))


def check_character(body: str) -> str:
    """Return the Luhn mod 32 check character: one wrong or two swapped characters show."""
    base, total, factor = len(ALPHABET), 0, 2
    for character in reversed(body):
        addend = factor * ALPHABET.index(character)
        total += addend // base + addend % base
        factor = 3 - factor
    return ALPHABET[-total % base]


def grouped(reference: str) -> str:
    """Write a reference as it is shown."""
    plain = normalise(reference)
    return "-".join(plain[i : i + GROUP] for i in range(0, len(plain), GROUP))


def normalise(reference: str) -> str:
    """Read a reference as people type it: any case, with or without hyphens and spaces."""
    kept = (c for c in reference.upper() if not c.isspace() and c not in "-–—_")
    return "".join(kept).translate(_READ_AS)


def is_well_formed(reference: str) -> bool:
    """Whether a reference can exist at all; False shows a typing mistake."""
    plain = normalise(reference)
    if len(plain) != LENGTH + 1 or not set(plain) <= set(ALPHABET):
        return False
    return check_character(plain[:-1]) == plain[-1]
