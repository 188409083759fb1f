"""Seats and waiting lists, against the plain definition."""

import random

import pytest

from residence_permit.core.round_allocation import Allocation, NotInRound
from residence_permit.core.round_ranking import rank
from residence_permit.core.round_snapshot import Entry
from tests.residence_permit.core.rounds import fair, seats_by_definition, small_round


def allocated(seed, *, moves_up):
    snapshot, _ = small_round(seed, moves_up=moves_up)
    order = [ranked.entry for ranked in rank(snapshot, "7")]
    seats = {quota.code: quota.seats for quota in snapshot.quotas}
    return order, seats, Allocation(order, seats, moves_up=moves_up)


def held(allocation):
    pairs = zip(allocation.order, allocation.held, strict=True)
    return {entry.pseudonym: seat for entry, seat in pairs if seat}


def test_everybody_gets_his_first_choice_with_a_seat(counts):
    for seed in range(counts(1000, 10_000)):
        order, seats, allocation = allocated(seed, moves_up=True)

        assert held(allocation) == seats_by_definition(order, seats)
        assert fair(order, seats, held(allocation))


def test_after_withdrawals_it_is_as_if_the_others_had_been_alone(counts):
    for seed in range(counts(1000, 10_000)):
        order, seats, allocation = allocated(seed, moves_up=True)
        leaving = [entry.pseudonym for entry in order]
        random.Random(seed).shuffle(leaving)

        for number, pseudonym in enumerate(leaving, 1):
            allocation.withdraw(pseudonym)

            left = [entry for entry in order if entry.pseudonym not in leaving[:number]]
            assert held(allocation) == seats_by_definition(left, seats)
            assert fair(left, seats, held(allocation))


def test_where_nobody_moves_up_the_first_without_a_seat_follows(counts):
    for seed in range(counts(1000, 10_000)):
        order, _, allocation = allocated(seed, moves_up=False)
        leaving = [entry.pseudonym for entry in order]
        random.Random(seed).shuffle(leaving)
        gone = set()

        for pseudonym in leaving:
            before = held(allocation)
            seat = before.pop(pseudonym, None)
            gone.add(pseudonym)
            following = [
                entry.pseudonym
                for entry in order
                if entry.pseudonym not in gone | before.keys() and seat in entry.choices
            ]

            moves = allocation.withdraw(pseudonym)

            assert [move.pseudonym for move in moves] == following[:1]
            assert held(allocation) == before | dict.fromkeys(following[:1], seat)


def test_each_step_of_a_cascade_is_further_down(counts):
    for seed in range(counts(500, 5000)):
        order, _, allocation = allocated(seed, moves_up=True)
        place = {entry.pseudonym: i for i, entry in enumerate(order)}
        for entry in order:
            moves = allocation.withdraw(entry.pseudonym)

            places = [place[entry.pseudonym], *(place[move.pseudonym] for move in moves)]
            assert places == sorted(set(places))


def test_who_waits_is_listed_in_the_order_of_the_round():
    def chosen(pseudonym, *choices):
        return Entry(pseudonym, "1", 6, 6, choices)

    order = [chosen("A", "x"), chosen("B", "x", "y"), chosen("C", "x"), chosen("D", "y")]
    allocation = Allocation(order, {"x": 1, "y": 1}, moves_up=True)
    assert (allocation.waiting("x"), allocation.waiting("y")) == (["B", "C"], ["D"])

    moves = allocation.withdraw("A")

    assert moves == [("B", "x", "y"), ("D", "y", None)]
    assert allocation.waiting("x") == ["C"]


def test_nobody_withdraws_twice():
    order = [Entry("A", "1", 6, 6, ("x",))]
    allocation = Allocation(order, {"x": 1}, moves_up=True)
    allocation.withdraw("A")

    with pytest.raises(NotInRound):
        allocation.withdraw("A")

    assert allocation.free == {"x": 1}
