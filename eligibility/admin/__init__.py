"""The reading room of the staff: the law as it is published, and kept answers by reference."""

from eligibility.admin import documents, receipts, rules, townships  # noqa: F401  registers them
