"""Identity numbers: read as people type them, and every single slip refused."""

from datetime import date

import hypothesis
import pytest
from hypothesis import strategies as st

from residence_permit.core.id_number import (
    IdNumberRefused,
    check_character,
    masked,
    read_id_number,
)

TODAY = date(2026, 11, 25)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
REGIONS = st.integers(100000, 999999).map(str)


def number_for(region, born, serial):
    digits = f"{region}{born:%Y%m%d}{serial:03d}"
    return digits + check_character(digits)


NUMBERS = st.builds(number_for, REGIONS, BIRTHS, st.integers(0, 999))


def refusal(text):
    with pytest.raises(IdNumberRefused) as refused:
        read_id_number(text, TODAY)
    return refused.value.code


def test_the_standards_own_example_is_read():
    found = read_id_number("11010519491231002X", TODAY)

    assert (found.birth_date, found.sex, found.region) == (date(1949, 12, 31), "female", "110105")
    assert not found.is_hmt


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "  11010519491231002X\t",
        "\u300011010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002ｘ",
        "11010519491231002Ⅹ",  # the Roman numeral
    ],
)
def test_what_an_input_method_makes_of_it_is_normalised(typed):
    assert read_id_number(typed, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residents_of_hong_kong_macau_and_taiwan_are_recognised(prefix):
    assert read_id_number(number_for(prefix, date(1990, 1, 1), 7), TODAY).is_hmt


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("110105491231002", "old_number"),
        ("11010519491231002", "length"),
        ("11010519491231002X1", "length"),
        ("1101051949123100AX", "characters"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "characters"),
        ("110105194912310\n2X", "characters"),
        ("110105194913310020", "date"),
        ("110105202602300011", "date"),
        ("110105194912310021", "check_digit"),
        (number_for("110105", date(2026, 11, 26), 1), "future"),
        (number_for("110105", date(1896, 11, 24), 1), "too_old"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(typed, code):
    assert refusal(typed) == code


def test_a_hundred_and_thirty_years_are_possible():
    assert read_id_number(number_for("110105", date(1896, 11, 25), 1), TODAY)
    assert read_id_number(number_for("110105", TODAY, 1), TODAY)


@hypothesis.given(NUMBERS)
def test_a_number_says_birth_and_sex(number):
    found = read_id_number(number, TODAY)

    assert f"{found.birth_date:%Y%m%d}" == number[6:14]
    assert found.sex == ("male" if number[16] in "13579" else "female")


@hypothesis.given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_slip_is_refused(number, place, typed):
    hypothesis.assume(number[place] != typed)

    with pytest.raises(IdNumberRefused):
        read_id_number(number[:place] + typed + number[place + 1 :], TODAY)


@hypothesis.given(NUMBERS, st.integers(0, 16))
def test_two_neighbours_swapped_are_refused(number, place):
    a, b = number[place], number[place + 1]
    hypothesis.assume(a != b)

    with pytest.raises(IdNumberRefused):
        read_id_number(number[:place] + b + a + number[place + 2 :], TODAY)


@hypothesis.given(st.text(max_size=24))
def test_whatever_is_typed_it_is_read_or_refused(text):
    try:
        found = read_id_number(text, TODAY)
    except IdNumberRefused:
        return

    assert len(found.number) == 18


def test_a_masked_number_keeps_the_birth_date_to_itself():
    assert masked("330402199001010016") == "330402********0016"
    assert masked("12345") == "*****"


def test_a_number_is_in_no_representation():
    assert "1949" not in repr(read_id_number("11010519491231002X", TODAY))
