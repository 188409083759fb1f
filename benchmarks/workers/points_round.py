"""Carries out a points round of made-up applicants and prints the seconds of each step.

Run as ``python -m benchmarks.workers.points_round APPLICANTS QUOTAS``.
"""

import json
import random
import resource
import sys
from time import perf_counter

from residence_permit.core.round_results import decide, public_list, result_bytes
from residence_permit.core.round_snapshot import Entry, Quota, Settings, read, write


def made_up(applicants: int, quotas: int) -> tuple[list[Entry], list[Quota]]:
    """Return applicants of whom many are equal, and seats for about two in three."""
    chance = random.Random(1)
    schools = [
        Quota(f"s{i:03d}", f"学校{i}", chance.randint(1, max(2, applicants * 4 // (3 * quotas))))
        for i in range(quotas)
    ]
    codes = [school.code for school in schools]
    people = [
        Entry(
            f"P{i:08d}",
            str(chance.randint(0, 200)),
            chance.randint(0, 120),
            chance.randint(0, 120),
            tuple(chance.sample(codes, min(quotas, chance.randint(1, 5)))),
        )
        for i in range(applicants)
    ]
    chance.shuffle(people)
    return people, schools


def peak() -> float:
    """Return the most that this process held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(applicants: int, quotas: int) -> dict[str, float]:
    """Time each step; the result must come out the same twice."""
    people, schools = made_up(applicants, quotas)
    before, taken, start = peak(), {}, perf_counter()

    def step(name: str) -> None:
        nonlocal start
        taken[name] = perf_counter() - start
        start = perf_counter()

    content = write(scheme="s", version="1", settings=Settings(), quotas=schools, entries=people)
    step("freeze")
    snapshot = read(content)
    step("read")
    outcome = decide(snapshot, "20261125")
    step("rank and allocate")
    result = result_bytes(outcome)
    step("write the result")
    public_list(outcome)
    step("public list")
    memory = peak() - before
    if result != result_bytes(decide(read(content), "20261125")):
        raise SystemExit("the same round gave other bytes")
    held = outcome.allocation.held
    leaving = [
        found.entry.pseudonym for found, seat in zip(outcome.ranking, held, strict=True) if seat
    ]
    leaving = leaving[::10]
    start = perf_counter()
    moved = sum(len(outcome.allocation.withdraw(pseudonym)) for pseudonym in leaving)
    withdrawing = (perf_counter() - start) / max(len(leaving), 1)
    return taken | {
        "withdrawal ms": withdrawing * 1000,
        "moves": moved,
        "memory MB": memory,
        "snapshot MB": len(content) / 1e6,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
