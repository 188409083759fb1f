"""References of receipts: long, unambiguous, and safe against typing mistakes."""

from itertools import combinations

import pytest

from eligibility.references import (
    ALPHABET,
    LENGTH,
    check_character,
    grouped,
    is_well_formed,
    new_reference,
    normalise,
)


def test_a_reference_has_130_random_bits_in_groups_of_nine():
    references = {new_reference() for _ in range(200)}

    assert len(references) == 200
    for reference in references:
        assert [len(group) for group in reference.split("-")] == [9, 9, 9]
        assert is_well_formed(reference)
    assert LENGTH * 5 == 130
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.fixture
def plain():
    return normalise(new_reference())


def test_every_wrong_character_shows(plain):
    for place, right in enumerate(plain):
        for wrong in ALPHABET:
            typed = plain[:place] + wrong + plain[place + 1 :]
            assert is_well_formed(typed) is (wrong == right), (plain, place, wrong)


def test_every_swap_shows(plain):
    for first, second in combinations(range(len(plain)), 2):
        if plain[first] == plain[second]:
            continue
        typed = list(plain)
        typed[first], typed[second] = plain[second], plain[first]
        assert not is_well_formed("".join(typed)), (plain, first, second)


def test_no_pair_of_neighbours_may_be_swapped():
    for one, other in combinations(ALPHABET, 2):
        body = "7" * 12 + one + other + "3" * 12
        check = check_character(body)

        assert is_well_formed(body + check)
        assert not is_well_formed("7" * 12 + other + one + "3" * 12 + check)


def test_a_reference_is_read_as_people_type_it(plain):
    shown = grouped(plain)

    for typed in (
        shown.lower(),
        shown.replace("-", " "),
        f"  {shown}\n",
        shown.replace("-", "–"),
        shown.replace("-", "_"),
        shown.replace("1", "I").replace("0", "O"),
        shown.replace("1", "l").replace("0", "o"),
    ):
        assert normalise(typed) == plain
        assert is_well_formed(typed)


@pytest.mark.parametrize("typed", ["", "0", "U" * (LENGTH + 1), "0" * LENGTH, "1" * 28])
def test_what_cannot_be_a_reference(typed):
    assert not is_well_formed(typed)
