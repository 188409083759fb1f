"""Names and addresses as people write them: made tidy, or refused with a code."""

import unicodedata

NAME_LIMIT, ADDRESS_LIMIT, EMPLOYER_LIMIT = 50, 200, 100  # characters, as the columns hold them
ADDRESS_LEAST = 4
IN_NAMES = "·•・‧.'’-() （）〇"  # of names of other scripts, and of minorities


def tidy(text: str) -> str:
    """Return a text in one form, without blanks around it and with single ones inside."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def hidden_sign(text: str) -> bool:
    """Say whether there is something that no page can show: controls, overrides, half characters.

    Rare characters are let through, also those that this Python's tables do not know yet.
    """
    return any(unicodedata.category(c)[0] == "C" and not _rare(c) for c in text)


def name_problem(name: str) -> str:
    """Return what is wrong with a tidy name: ``empty``, ``too_long``, ``signs``; or nothing."""
    if not name:
        return "empty"
    if len(name) > NAME_LIMIT:
        return "too_long"
    known = all(unicodedata.category(c)[0] in "LM" or c in IN_NAMES for c in name if not _rare(c))
    has_letter = any(unicodedata.category(c)[0] == "L" or _rare(c) for c in name)
    return "" if known and has_letter else "signs"


def address_problem(address: str) -> str:
    """Return what is wrong with a tidy address: as for a name, or ``too_short``; or nothing."""
    if not address:
        return "empty"
    if len(address) < ADDRESS_LEAST:
        return "too_short"
    return text_problem(address, ADDRESS_LIMIT)


def text_problem(text: str, limit: int) -> str:
    """Return what is wrong with a tidy line: ``too_long``, ``signs``; or nothing."""
    if len(text) > limit:
        return "too_long"
    return "signs" if hidden_sign(text) else ""


def _rare(character: str) -> bool:
    """Say whether it may be an ideograph: one of private use, or of a plane of ideographs."""
    category = unicodedata.category(character)
    return category == "Co" or (category == "Cn" and 0x20000 <= ord(character) < 0x3FFFE)
