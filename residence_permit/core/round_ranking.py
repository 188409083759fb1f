"""The order of a round: score, months of residence, months of insurance, then a public draw."""

import re
from hashlib import sha256
from typing import NamedTuple

from residence_permit.core.round_snapshot import Entry, Snapshot, score_units

NUMBER = re.compile(r"[0-9]{1,40}")


class Ranked(NamedTuple):
    """An entry and its draw; its rank is its place in the ranking."""

    entry: Entry
    draw: str


def check_number(number: str) -> str:
    """Return the public number; it is a text, so zeros in front count."""
    if not NUMBER.fullmatch(number):
        raise ValueError("the public number is 1 to 40 digits, 0 to 9")
    return number


def draw(snapshot_hash: str, number: str, pseudonym: str) -> str:
    """Return the draw that orders equals: SHA-256 of the three, parted by line feeds, in hex.

    The smaller draw comes first. Nobody can know it before the freeze, as the number is unknown,
    and nobody can choose it after, as the hash is published.
    """
    return sha256(f"{snapshot_hash}\n{number}\n{pseudonym}".encode()).hexdigest()


def rank(snapshot: Snapshot, number: str) -> list[Ranked]:
    """Return the entries in the order of the round, the first one first."""
    check_number(number)
    start = sha256(f"{snapshot.sha256}\n{number}\n".encode())
    keyed = []
    for entry in snapshot.entries:
        drawn = start.copy()  # the common part is hashed once
        drawn.update(entry.pseudonym.encode())
        keyed.append(
            (
                -score_units(entry.score),
                -entry.residence_months,
                -entry.insurance_months,
                drawn.hexdigest(),
                entry,
            )
        )
    keyed.sort()
    return [Ranked(key[4], key[3]) for key in keyed]
