"""The rows of a published ruleset, and the ruleset that tests build without a database."""

import pytest

from eligibility import selectors
from tests.eligibility.builders import shipped_ruleset, townships


@pytest.mark.parametrize("again", [False, True])
def test_rows_and_files_give_the_same_ruleset(published_rules, again):
    ruleset = selectors.published_ruleset()

    assert ruleset.manifest == shipped_ruleset().manifest
    assert ruleset.hash == shipped_ruleset().hash
    assert selectors.townships() == townships()
    assert selectors.ruleset_from_rows().hash == ruleset.hash
