"""The oracle is of use only while it shares nothing with what it is held against."""

import ast
from datetime import date
from pathlib import Path

from tests import oracle

ALLOWED = {"collections", "dataclasses", "datetime", "decimal", "typing"}


def test_the_oracle_imports_nothing_of_ours():
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module.partition(".")[0])

    assert found <= ALLOWED


def test_days_are_tried_one_by_one_with_the_months_that_have_passed():
    days = dict(oracle.days_after(date(2020, 1, 31), date(2020, 4, 30)))

    assert len(days) == 90
    assert [days[day] for day in (date(2020, 2, 28), date(2020, 2, 29))] == [0, 1]
    assert [days[day] for day in (date(2020, 3, 30), date(2020, 3, 31))] == [1, 2]
    assert days[date(2020, 4, 30)] == 3
