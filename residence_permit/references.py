"""References of cases, registrations and reports: sixty random bits that can be read aloud."""

import secrets

from eligibility.references import ALPHABET, check_character, normalise

LENGTH = 12  # 12 x 5 = 60 bits; a wrong one shows by its check character
GROUP = 4


def new_reference() -> str:
    """Return a reference such as K7M2-9QX4-T3W8-5 that nobody has and nobody guesses."""
    body = "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(LENGTH))  # 256/32
    return written(body + check_character(body))


def written(typed: str) -> str:
    """Write a reference as it is stored and shown, however it was typed."""
    plain = normalise(typed)
    return "-".join(plain[i : i + GROUP] for i in range(0, len(plain), GROUP))


def is_well_formed(typed: str) -> bool:
    """Whether such a reference can exist; False shows a typing mistake."""
    plain = normalise(typed)
    if len(plain) != LENGTH + 1 or not set(plain) <= set(ALPHABET):
        return False
    return check_character(plain[:-1]) == plain[-1]
