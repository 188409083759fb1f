"""Ranking, result file, public list: the same for everybody who computes them."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from residence_permit.core.round_ranking import draw, rank
from residence_permit.core.round_results import decide, own_place, public_list, result_bytes
from residence_permit.core.round_snapshot import Entry, Quota, Settings, freeze
from tests.residence_permit.core.rounds import small_round

ROOT = Path(__file__).resolve().parents[3]
NUMBER = "0042"


def test_the_order_is_score_then_residence_then_insurance_then_the_draw(counts):
    for seed in range(counts(300, 3000)):
        snapshot, _ = small_round(seed)

        ranked = rank(snapshot, NUMBER)

        plain = sorted(
            snapshot.entries,
            key=lambda entry: (
                -float(entry.score),
                -entry.residence_months,
                -entry.insurance_months,
                sha256(f"{snapshot.sha256}\n{NUMBER}\n{entry.pseudonym}".encode()).hexdigest(),
            ),
        )
        assert [found.entry for found in ranked] == plain
        assert all(
            found.draw == draw(snapshot.sha256, NUMBER, found.entry.pseudonym) for found in ranked
        )


def test_ten_points_are_more_than_nine():
    snapshot, _ = freeze(
        scheme="s",
        version="1",
        settings=Settings(),
        quotas=[Quota("x", "x", 1)],
        entries=[Entry("A", "9.9", 6, 6, ("x",)), Entry("B", "10", 6, 6, ("x",))],
    )

    assert [found.entry.pseudonym for found in rank(snapshot, "1")] == ["B", "A"]


@pytest.mark.parametrize("number", ["", "-1", "1.5", "一", "４２", "1\n"])
def test_a_public_number_is_digits(number):
    snapshot, _ = small_round(1)

    with pytest.raises(ValueError, match="digits"):
        rank(snapshot, number)


def test_a_zero_in_front_is_another_number():
    snapshot, _ = small_round(3)

    assert draw(snapshot.sha256, "1", "P") != draw(snapshot.sha256, "01", "P")


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_another_process_without_a_database_makes_the_same_bytes(tmp_path, hash_seed):
    snapshot, content = small_round(5, people=60)
    (tmp_path / "snapshot.jsonl").write_bytes(content)
    command = [sys.executable, "manage.py", "recompute_round", str(tmp_path / "snapshot.jsonl")]
    command += ["--number", NUMBER, "--output", str(tmp_path / "result.jsonl")]

    subprocess.run(
        command,
        cwd=ROOT,
        check=True,
        capture_output=True,
        env=os.environ
        | {
            "PYTHONHASHSEED": hash_seed,
            "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.test",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        },
    )

    made = (tmp_path / "result.jsonl").read_bytes()
    assert made == result_bytes(decide(snapshot, NUMBER))


def test_a_bad_file_is_named_with_its_line(tmp_path):
    _, content = small_round(5)
    path = tmp_path / "snapshot.jsonl"
    path.write_bytes(content.replace(b'"kind":"quota"', b'"kind":"school"', 1))

    with pytest.raises(CommandError, match="line 2"):
        call_command("recompute_round", path)


def test_without_a_number_the_file_is_checked_and_its_hash_told(tmp_path, capsys):
    snapshot, content = small_round(5)
    path = tmp_path / "snapshot.jsonl"
    path.write_bytes(content)

    call_command("recompute_round", path)

    assert capsys.readouterr().out == f"snapshot sha256 {snapshot.sha256}\n"


def test_a_result_needs_the_number(tmp_path):
    path = tmp_path / "snapshot.jsonl"
    path.write_bytes(small_round(5)[1])

    with pytest.raises(CommandError, match="--number"):
        call_command("recompute_round", path, output=tmp_path / "result.jsonl")


def test_small_groups_are_hidden_and_own_ranks_are_not(counts):
    for seed in range(counts(300, 3000)):
        outcome = decide(small_round(seed)[0], NUMBER)

        for group in public_list(outcome):
            admitted = outcome.allocation.held.count(group.code)
            shown = None if admitted < 3 else admitted
            assert (None if group.lines is None else len(group.lines)) == shown

        for place, ranked in enumerate(outcome.ranking):
            own = own_place(outcome, ranked.entry.pseudonym)
            assert (own.rank, own.seat) == (place + 1, outcome.allocation.held[place])
            for code, position in own.waiting.items():
                waiting = outcome.allocation.waiting(code)
                assert waiting[position - 1] == ranked.entry.pseudonym
