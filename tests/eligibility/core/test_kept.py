"""Attributes that are derived once."""

from eligibility.core.kept import kept


class Counter:
    def __init__(self):
        self.derived = 0

    @kept
    def number(self):
        """Count how often it is derived."""
        self.derived += 1
        return self.derived


def test_a_kept_attribute_is_derived_at_its_first_reading_only():
    one, other = Counter(), Counter()

    assert one.derived == 0
    assert [one.number, one.number, other.number] == [1, 1, 1]
    assert (one.derived, other.derived) == (1, 1)


def test_it_keeps_its_words():
    assert Counter.number.__doc__ == "Count how often it is derived."
