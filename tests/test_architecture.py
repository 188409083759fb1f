"""The core is a function of what it is given: it asks no clock, no file, no chance."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORES = ("eligibility/core", "residence_permit/core")
MODULES = {"os", "time", "random", "secrets", "uuid", "pathlib", "subprocess", "socket"}
CLOCKS = {"now", "utcnow", "today"}  # of date and datetime
BUILT_IN = {"open", "input", "print"}


def impurities(source: str) -> list[str]:
    """Return what in the source reaches outside, with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                used = {name.name.partition(".")[0] for name in names} & MODULES
            case ast.ImportFrom(module=str(module), level=0):
                used = {module.partition(".")[0]} & MODULES
            case ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=name):
                used = {name} & CLOCKS
            case ast.Call(func=ast.Name(id=name)):
                used = {name} & BUILT_IN
            case _:
                continue
        found += [f"line {node.lineno}: {name}" for name in sorted(used)]
    return found


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os.path", "os"),
        ("from time import monotonic", "time"),
        ("date.today()", "today"),
        ("clock = datetime.now", "now"),
        ("open('x')", "open"),
    ],
)
def test_the_check_finds_what_reaches_outside(source, name):
    assert impurities(source) == [f"line 1: {name}"]


@pytest.mark.parametrize("core", CORES)
def test_the_core_reaches_nothing_outside(core):
    files = sorted((ROOT / core).rglob("*.py"))

    found = {
        str(file.relative_to(ROOT)): bad
        for file in files
        if (bad := impurities(file.read_text(encoding="utf-8")))
    }

    assert files
    assert found == {}
