"""The frozen round: one form, and what is refused."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residence_permit.core.round_snapshot import (
    Entry,
    Quota,
    Settings,
    SnapshotRefused,
    canonical_score,
    freeze,
    read,
    score_units,
    write,
)

QUOTA = Quota("school-1", "秀洲实验小学", 2)
ENTRY = Entry("P1", "80.5", 12, 24, ("school-1",))


def sealed(entries=(ENTRY,), quotas=(QUOTA,)):
    return write(
        scheme="xiuzhou-school", version="2020", settings=Settings(), quotas=quotas, entries=entries
    )


def test_what_was_written_is_read():
    snapshot = read(sealed())

    assert snapshot.quotas == (QUOTA,)
    assert snapshot.entries == (ENTRY,)
    assert (snapshot.scheme, snapshot.version, snapshot.settings) == (
        "xiuzhou-school",
        "2020",
        Settings(),
    )
    assert len(snapshot.sha256) == 64


entries = st.lists(
    st.builds(
        Entry,
        st.from_regex(r"[0-9A-Za-z_-]{1,8}", fullmatch=True),
        st.decimals(0, 999, places=2).map(canonical_score),
        st.integers(0, 2400),
        st.integers(0, 2400),
        st.permutations(["a", "b", "c"]).map(lambda codes: tuple(codes[:2])),
    ),
    unique_by=lambda entry: entry.pseudonym,
    max_size=8,
)


@given(entries=entries, seed=st.integers(0, 100))
def test_the_order_in_which_entries_come_changes_no_byte(entries, seed):
    quotas = [Quota(code, code, 1) for code in "abc"]
    mixed, turned = list(entries), list(quotas)
    random.Random(seed).shuffle(mixed)
    random.Random(seed).shuffle(turned)

    assert sealed(mixed, turned) == sealed(entries, quotas)
    assert set(read(sealed(entries, quotas)).entries) == set(entries)


@given(st.decimals(0, 999_999, places=4), st.decimals(0, 999_999, places=2))
def test_scores_compare_as_the_numbers_they_are(one, other):
    units = [score_units(canonical_score(score)) for score in (one, other)]

    assert (units[0] < units[1], units[0] == units[1]) == (one < other, one == other)


@pytest.mark.parametrize("score", ["-1", "1.00001", "1000000", "NaN"])
def test_an_absurd_score_is_no_score(score):
    with pytest.raises(ValueError, match="is no score"):
        canonical_score(Decimal(score))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda b: b"", 0),
        (lambda b: b[:-1], 3),
        (lambda b: b + b"\n", 4),
        (lambda b: b.replace("秀".encode(), b"\xff"), 2),
        (lambda b: b.replace(b'"seats":2', b'"seats": 2'), 2),
        (lambda b: b.replace(b'"seats":2', b'"seats":2,"seats":2'), 2),
        (lambda b: b.replace(b'"seats":2', b'"seats":-2'), 2),
        (lambda b: b.replace(b'"seats":2', b'"seats":true'), 2),
        (lambda b: b.replace(b'"seats":2', b'"seats":2.0'), 2),
        (lambda b: b.replace(b'"80.5"', b"80.5"), 3),
        (lambda b: b.replace(b'"80.5"', b'"80.50"'), 3),
        (lambda b: b.replace(b'"80.5"', b'"-80.5"'), 3),
        (lambda b: b.replace(b":12,", b":-12,"), 3),
        (lambda b: b.replace(b":12,", b":12000,"), 3),
        (lambda b: b.replace(b":12,", b":NaN,"), 3),
        (lambda b: b.replace(b'["school-1"]', b"[]"), 3),
        (lambda b: b.replace(b'["school-1"]', b'["school-2"]'), 3),
        (lambda b: b.replace(b'["school-1"]', b'[["school-1"]]'), 3),
        (lambda b: b.replace(b'["school-1"]', b'["school-1","school-1"]'), 3),
        (lambda b: b.replace(b'"P1"', b'""'), 3),
        (lambda b: b.replace(b'"format":1', b'"format":2'), 1),
        (lambda b: b.replace(b'"hide_below":10', b'"hide_below":0'), 1),
        (lambda b: b.replace(b'"moves_up":true', b'"moves_up":1'), 1),
        (lambda b: b + b.splitlines(keepends=True)[2], 4),
        (lambda b: b + b.splitlines(keepends=True)[1], 4),
        (lambda b: b + b"[1]\n", 4),
        (lambda b: b + b"[" * 100_000 + b"\n", 4),
        (lambda b: b + b"\xef\xbb\xbf{}\n", 4),
        (lambda b: b.replace(b"\n", b"\r\n"), 1),
        (lambda b: b"".join(b.splitlines(keepends=True)[1:]), 1),
    ],
)
def test_a_bad_file_is_refused_by_its_line(change, line):
    bad = change(sealed())

    with pytest.raises(SnapshotRefused) as refused:
        read(bad)

    assert refused.value.line == line


def test_a_second_entry_of_one_applicant_is_refused():
    with pytest.raises(SnapshotRefused, match="twice") as refused:
        freeze(
            scheme="s",
            version="1",
            settings=Settings(),
            quotas=[QUOTA],
            entries=[ENTRY, ENTRY._replace(score="90")],
        )

    assert refused.value.line == 4
