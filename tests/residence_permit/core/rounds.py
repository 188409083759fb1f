"""Small random rounds, and the plain definition of who gets which seat."""

import random

from residence_permit.core.round_snapshot import Entry, Quota, Settings, freeze


def small_round(seed, *, moves_up=True, people=12):
    """Return a round with few seats and many ties."""
    chance = random.Random(seed)
    quotas = [Quota(f"q{i}", f"学校{i}", chance.randint(0, 3)) for i in range(chance.randint(1, 5))]
    codes = [quota.code for quota in quotas]
    entries = [
        Entry(
            f"P{i:03d}",
            chance.choice(["0", "80", "80.5"]),
            chance.choice([6, 12]),
            chance.choice([0, 24]),
            tuple(chance.sample(codes, chance.randint(1, len(codes)))),
        )
        for i in range(chance.randint(0, people))
    ]
    chance.shuffle(entries)
    return freeze(
        scheme="demo",
        version="1",
        settings=Settings(moves_up=moves_up, hide_below=3),
        quotas=quotas,
        entries=entries,
    )


def seats_by_definition(order, seats):
    """Give each the first choice that is taken by fewer than it has seats for."""
    held = {}
    for entry in order:
        for code in entry.choices:
            if list(held.values()).count(code) < seats[code]:
                held[entry.pseudonym] = code
                break
    return held


def fair(order, seats, held):
    """Return whether nobody in ``order`` would rather have a free seat or a lower-ranked one's."""
    place = {entry.pseudonym: i for i, entry in enumerate(order)}
    for entry in order:
        mine = held.get(entry.pseudonym)
        better = entry.choices if mine is None else entry.choices[: entry.choices.index(mine)]
        for code in better:
            holders = [p for p, seat in held.items() if seat == code]
            if len(holders) < seats[code]:
                return False
            if any(place[p] > place[entry.pseudonym] for p in holders):
                return False
    return True
