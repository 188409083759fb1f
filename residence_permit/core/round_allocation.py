"""Seats and waiting lists: who is admitted where, and who follows when a seat comes free.

In the order of the ranking each applicant gets the first of his choices that has a seat. The
waiting list of a quota is, in the same order, everybody who would rather have it than what he
holds; where a round does not let the admitted move up, only those who hold no seat.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from residence_permit.core.round_snapshot import Entry


class SeatMove(NamedTuple):
    """One step of the waiting list: who got a seat, and which one he left for it."""

    pseudonym: str
    code: str
    left: str | None


class NotInRound(LookupError):
    """The pseudonym does not stand in this round, or has left it already."""


class Allocation:
    """The seats of a round, from the first allocation through every withdrawal."""

    def __init__(self, order: Sequence[Entry], seats: Mapping[str, int], *, moves_up: bool):
        self.order = order
        self.moves_up = moves_up
        self.free = dict(seats)
        self.held: list[str | None] = [None] * len(order)
        self._gone: set[int] = set()
        self._place: dict[str, int] | None = None
        self._named: dict[str, list[int]] | None = None
        free = self.free
        for place, entry in enumerate(order):
            for code in entry.choices:
                if free[code]:
                    free[code] -= 1
                    self.held[place] = code
                    break

    def place_of(self, pseudonym: str) -> int:
        """Return the place in the order, from 0; raises NotInRound."""
        if self._place is None:
            self._place = {entry.pseudonym: place for place, entry in enumerate(self.order)}
        place = self._place.get(pseudonym)
        if place is None or place in self._gone:
            raise NotInRound("nobody of this pseudonym stands in the round")
        return place

    def wanted(self, place: int) -> tuple[str, ...]:
        """Return the quotas on whose waiting list somebody stands, best first."""
        if place in self._gone:
            return ()
        choices, held = self.order[place].choices, self.held[place]
        if held is None:
            return choices
        return choices[: choices.index(held)] if self.moves_up else ()

    def waiting(self, code: str) -> list[str]:
        """Return the pseudonyms on the waiting list of a quota, the next one first."""
        return [self.order[p].pseudonym for p in self._naming(code) if code in self.wanted(p)]

    def withdraw(self, pseudonym: str) -> list[SeatMove]:
        """Take somebody out of the round; his seat, if he had one, moves down the waiting list.

        The seat goes to the first on the list. If he leaves another seat for it, that one moves in
        the same way, until a seat finds nobody and stays free. Each step is further down the
        ranking than the one before, so it ends.
        """
        place = self.place_of(pseudonym)
        code = self.held[place]
        self._gone.add(place)
        self.held[place] = None
        moves: list[SeatMove] = []
        while code is not None:
            following = next((p for p in self._naming(code) if code in self.wanted(p)), None)
            if following is None:
                self.free[code] += 1
                break
            left = self.held[following]
            self.held[following] = code
            moves.append(SeatMove(self.order[following].pseudonym, code, left))
            code = left
        return moves

    def _naming(self, code: str) -> list[int]:
        if self._named is None:
            self._named = {known: [] for known in self.free}
            for place, entry in enumerate(self.order):
                for choice in entry.choices:
                    self._named[choice].append(place)
        return self._named[code]
