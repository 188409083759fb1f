"""The examples in the docstrings of the core."""

import doctest

import pytest

from residence_permit.core import deadlines, id_number, permit_ledger, refusals, round_snapshot


@pytest.mark.parametrize("module", [deadlines, id_number, permit_ledger, refusals, round_snapshot])
def test_the_examples_in_the_docstrings_hold(module):
    failed, tried = doctest.testmod(module)

    assert failed == 0
    assert tried > 0
