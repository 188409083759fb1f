"""Which counts of a set of tables may be shown, so that no group under ten can be told.

First every count from 1 to 9 is hidden. Then as many others, the smallest first, as it takes that
no hidden count follows from the shown ones and the sums among them, and that the hidden parts of
a sum are at least ten together. A count of nought concerns nobody and is shown where it can be.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

LEAST = 10
_TINY = 1e-9

Key = TypeVar("Key", bound=Hashable)
Sums = Sequence[Mapping[Key, int]]  # each: counts that add up to nought, wholes with -1


def hidden(counts: Mapping[Key, int], sums: Sums[Key], least: int = LEAST) -> frozenset[Key]:
    """Return the keys whose counts must not be shown."""
    shut = {key for key, count in counts.items() if 0 < count < least}
    rank = {key: number for number, key in enumerate(counts)}
    wholes = {key for one in sums for key, sign in one.items() if sign < 0}
    of_key: dict[Key, list[Mapping[Key, int]]] = {}
    for one in sums:
        for key in one:
            of_key.setdefault(key, []).append(one)

    def partner(among: Sequence[Mapping[Key, int]]) -> Key | None:
        """Return the next count to hide: the smallest part; a whole, or nought, only at last."""
        open_keys = {key for one in among for key in one if key not in shut}
        by_size = sorted(open_keys, key=lambda k: (counts[k] == 0, k in wholes, counts[k], rank[k]))
        return next(iter(by_size), None)

    while shut:
        more: set[Key] = set()
        for one in sums:
            closed = [key for key in one if key in shut]
            alike = len({one[key] > 0 for key in closed}) == 1
            if closed and alike and sum(counts[key] for key in closed) < least:
                found = partner([one])
                if found is not None:
                    more.add(found)
        for key in determined(sorted(shut, key=rank.__getitem__), sums):
            found = partner(of_key[key])
            if found is not None:
                more.add(found)
        if not more:
            break
        shut |= more
    return frozenset(shut)


def determined(shut: Sequence[Key], sums: Sums[Key]) -> list[Key]:
    """Return the hidden keys whose counts follow from the others and the sums, by algebra."""
    place = {key: number for number, key in enumerate(shut)}
    rows = []
    for one in sums:
        row = np.zeros(len(shut))
        for key, sign in one.items():
            if key in place:
                row[place[key]] = sign
        if row.any():
            rows.append(row)
    if not rows:
        return []
    _, sizes, directions = np.linalg.svd(np.unique(np.array(rows), axis=0))
    rank = int((sizes > _TINY).sum())
    free = np.abs(directions[rank:]).max(axis=0, initial=0.0)  # what the sums leave open
    return [key for key, number in place.items() if free[number] < _TINY]
