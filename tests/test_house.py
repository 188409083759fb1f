"""The repository keeps its own promises."""

import re
import stat
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_make_target_says_what_it_does():
    text = (ROOT / "Makefile").read_text()
    [phony] = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)

    silent = [
        target
        for target in phony.split()
        if not re.search(rf"^{target}:.*## \w", text, re.MULTILINE)
    ]

    assert silent == []


def test_the_locks_name_hashes_and_no_machine():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pinned = [line for line in lines if "==" in line]

        assert len(pinned) > 30
        assert all(line.endswith("\\") for line in pinned)
        assert not [line for line in lines if re.search(r"://|find-links|index", line)]


def test_ci_may_be_run():
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR
