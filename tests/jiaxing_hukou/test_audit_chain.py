"""The chain alone, as values: what follows, and the first row that does not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from jiaxing_hukou.audit.chain import (
    START,
    Broken,
    Entry,
    Seal,
    Why,
    entry_hash,
    first_broken,
    seal_hash,
)

MORNING = datetime(2026, 11, 23, 1, 2, 3, 4, tzinfo=UTC)
DAY = date(2026, 11, 23)


def chained(count=6, **changed):
    """Return so many entries that follow each other."""
    entries, head = [], START
    for number in range(1, count + 1):
        given = {
            "number": number,
            "at": MORNING + timedelta(minutes=number),
            "actor_id": 7,
            "act": "view_case",
            "subject": f"case:{number}",
            "purpose": "review",
            "person_id": 3,
            "details": {"fields": ["phone"], "count": number},
            "previous_hash": head,
        }
        entry = Entry(**given | changed)
        head = entry_hash(entry)
        entries.append(replace(entry, hash=head))
    return entries


def sealed(entries, *lasts):
    """Return the seals of days that ended with these entries."""
    seals, before, head = [], 0, START
    for number, last in enumerate(lasts):
        seal = Seal(
            day=DAY + timedelta(days=number),
            last_number=last,
            count=last - before,
            head=entries[last - 1].hash,
            sealed_at=MORNING,
            previous_hash=head,
        )
        before, head = last, seal_hash(seal)
        seals.append(replace(seal, hash=head))
    return seals


def whole(entry, head):
    """Return the entry linked to ``head``, with the hash that fits: as a forger would."""
    linked = replace(entry, previous_hash=head)
    return replace(linked, hash=entry_hash(linked))


def test_a_whole_log_has_no_broken_row():
    entries = chained()

    assert first_broken([], []) is None
    assert first_broken(entries, []) is None
    assert first_broken(entries, sealed(entries, 2, 2, 4)) is None
    assert first_broken(entries, sealed(entries, 6, 6)) is None


CHANGES = {
    "at": MORNING,
    "actor_id": 8,
    "act": "view_list",
    "subject": "case:99",
    "purpose": "curiosity",
    "person_id": None,
    "details": {"fields": [], "count": 3},
    "previous_hash": "f" * 64,
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_change_of_any_column_is_found_and_named(column, number):
    entries = chained()
    entries[number - 1] = replace(entries[number - 1], **{column: CHANGES[column]})

    assert first_broken(entries, []) == Broken(number, Why.CHANGED)


def test_a_changed_hash_is_told_from_a_changed_entry():
    entries = chained()
    entries[2] = replace(entries[2], hash="f" * 64)

    assert first_broken(entries, []) == Broken(3, Why.HASH_WRONG)


@pytest.mark.parametrize("number", [1, 3])
def test_a_deleted_row_is_missing(number):
    entries = chained()
    del entries[number - 1]

    assert first_broken(entries, []) == Broken(number, Why.MISSING)


@pytest.mark.parametrize(("one", "other"), [(2, 3), (2, 5)])
def test_swapped_rows_are_found_at_the_first(one, other):
    entries = chained()
    first, second = entries[one - 1], entries[other - 1]
    entries[one - 1] = replace(second, number=one)
    entries[other - 1] = replace(first, number=other)

    assert first_broken(entries, []) == Broken(one, Why.REORDERED)


def test_rows_out_of_order_are_found():
    entries = chained()

    assert first_broken([*entries[:3], entries[1]], []) == Broken(2, Why.REORDERED)


def test_a_replaced_row_that_is_whole_breaks_the_link():
    entries = chained()
    entries[2] = whole(replace(entries[2], actor_id=8), entries[1].hash)

    assert first_broken(entries, []) == Broken(4, Why.REORDERED)


def test_a_tail_that_was_written_anew_is_not_what_was_sealed():
    entries = chained()
    seals = sealed(entries, 2, 5)
    head = entries[2].hash
    for place in (3, 4, 5):
        entries[place] = whole(replace(entries[place], actor_id=8), head)
        head = entries[place].hash

    assert first_broken(entries, []) is None  # without seals nobody sees it
    assert first_broken(entries, seals) == Broken(5, Why.REWRITTEN, DAY + timedelta(days=1))


@pytest.mark.parametrize("left", [0, 1, 4])
def test_a_cut_tail_is_found_by_the_seal(left):
    entries = chained()
    seals = sealed(entries, 2, 6)

    found = first_broken(entries[:left], seals)

    assert (found.number, found.why) == (left + 1, Why.CUT)
    assert found.day == (DAY if left < 2 else DAY + timedelta(days=1))


SEAL_CHANGES = {
    "day": date(2026, 1, 1),
    "last_number": 3,
    "count": 1,
    "head": "f" * 64,
    "sealed_at": MORNING + timedelta(days=1),
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
}


@pytest.mark.parametrize("column", SEAL_CHANGES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_change_of_any_column_of_a_seal_is_found(column, place):
    entries = chained()
    seals = sealed(entries, 2, 4, 6)
    seals[place] = replace(seals[place], **{column: SEAL_CHANGES[column]})

    assert first_broken(entries, seals).why is Why.SEAL_BROKEN


def test_a_missing_seal_is_found_by_the_next_one():
    entries = chained()
    seals = sealed(entries, 2, 4, 6)

    assert first_broken(entries, [seals[0], seals[2]]) == Broken(6, Why.SEAL_BROKEN, seals[2].day)


def test_the_hash_is_the_same_however_a_database_gives_the_row_back():
    [entry] = chained(1)
    shanghai = timezone(timedelta(hours=8))

    same = replace(
        entry,
        at=entry.at.astimezone(shanghai),
        details={"count": 1, "fields": ["phone"]},
    )
    tuples = replace(entry, details={"count": 1, "fields": ("phone",)})

    assert entry_hash(same) == entry_hash(tuples) == entry.hash


def test_the_hash_never_changes_between_releases():
    """Entries of years ago have to fit: whoever changes this breaks every log there is."""
    [entry] = chained(1)

    assert entry.hash == "d3609ebbc1d480d28ea854d85c97a82d758b29e46b32606532c8fdc051a6272c"


@pytest.mark.parametrize("details", [{"share": 0.5}, {1: "x"}, {"day": DAY}, {"of": {2}}])
def test_details_that_databases_give_back_differently_are_refused(details):
    with pytest.raises(TypeError, match="details of an audit entry"):
        chained(1, details=details)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        chained(1, at=datetime(2026, 11, 23))  # noqa: DTZ001


def test_rows_are_taken_one_by_one():
    taken = []

    def rows():
        for entry in chained(50):
            taken.append(entry.number)
            yield replace(entry, actor_id=8) if entry.number == 5 else entry

    assert first_broken(rows(), []) == Broken(5, Why.CHANGED)
    assert taken[-1] == 6
