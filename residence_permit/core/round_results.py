"""The result of a round as bytes that anyone can make again, the public list, one's own rank."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from residence_permit.core.round_allocation import Allocation
from residence_permit.core.round_ranking import Ranked, rank
from residence_permit.core.round_snapshot import Snapshot

FORMAT = 1

_dump = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Outcome:
    """A round that was ranked and allocated."""

    snapshot: Snapshot
    number: str
    ranking: list[Ranked]
    allocation: Allocation


class OwnPlace(NamedTuple):
    """What an applicant sees of himself: never hidden, however small his group."""

    rank: int
    of: int
    seat: str | None
    waiting: dict[str, int]  # quota: place on its waiting list, from 1


class PublicLine(NamedTuple):
    """One admitted applicant on the public list; ``place`` counts within the quota."""

    place: int
    pseudonym: str
    score: str


class PublicGroup(NamedTuple):
    """The admitted of a quota; None where they are too few to be shown, none included."""

    code: str
    name: str
    lines: tuple[PublicLine, ...] | None


def decide(snapshot: Snapshot, number: str) -> Outcome:
    """Rank and allocate a frozen round with the public number."""
    ranking = rank(snapshot, number)
    allocation = Allocation(
        [ranked.entry for ranked in ranking],
        {quota.code: quota.seats for quota in snapshot.quotas},
        moves_up=snapshot.settings.moves_up,
    )
    return Outcome(snapshot, number, ranking, allocation)


def result_bytes(outcome: Outcome) -> bytes:
    """Return the result file: the round, a line for each applicant by rank, the quotas by code."""
    return ("\n".join(_result_lines(outcome)) + "\n").encode()


def _result_lines(outcome: Outcome) -> Iterator[str]:
    snapshot, allocation = outcome.snapshot, outcome.allocation
    yield _dump(
        {
            "kind": "result",
            "format": FORMAT,
            "snapshot": snapshot.sha256,
            "number": outcome.number,
            "entries": len(outcome.ranking),
        }
    )
    waiting = dict.fromkeys(allocation.free, 0)
    for place, (entry, drawn) in enumerate(outcome.ranking):
        lists = {}
        for code in allocation.wanted(place):
            waiting[code] += 1
            lists[code] = waiting[code]
        yield _dump(
            {
                "kind": "place",
                "rank": place + 1,
                "pseudonym": entry.pseudonym,
                "score": entry.score,
                "residence_months": entry.residence_months,
                "insurance_months": entry.insurance_months,
                "draw": drawn,
                "seat": allocation.held[place],
                "waiting": lists,
            }
        )
    for quota in snapshot.quotas:
        free = allocation.free[quota.code]
        yield _dump(
            {
                "kind": "quota",
                "code": quota.code,
                "seats": quota.seats,
                "free": free,
                "waiting": waiting[quota.code],
            }
        )


def public_list(outcome: Outcome) -> tuple[PublicGroup, ...]:
    """Return the admitted quota by quota; a group below the round's ``hide_below`` is hidden.

    Neither ranks of the whole round nor totals stand on it: their gaps would tell how many are
    hidden.
    """
    admitted: dict[str, list[PublicLine]] = {quota.code: [] for quota in outcome.snapshot.quotas}
    for (entry, _), seat in zip(outcome.ranking, outcome.allocation.held, strict=True):
        if seat is not None:
            group = admitted[seat]
            group.append(PublicLine(len(group) + 1, entry.pseudonym, entry.score))
    least = outcome.snapshot.settings.hide_below
    return tuple(
        PublicGroup(
            quota.code,
            quota.name,
            tuple(admitted[quota.code]) if len(admitted[quota.code]) >= least else None,
        )
        for quota in outcome.snapshot.quotas
    )


def own_place(outcome: Outcome, pseudonym: str) -> OwnPlace:
    """Return somebody's rank, seat and waiting lists; raises NotInRound."""
    allocation = outcome.allocation
    place = allocation.place_of(pseudonym)
    return OwnPlace(
        rank=place + 1,
        of=len(outcome.ranking),
        seat=allocation.held[place],
        waiting={
            code: allocation.waiting(code).index(pseudonym) + 1 for code in allocation.wanted(place)
        },
    )
