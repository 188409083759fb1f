"""The ordered lattice of verdicts: ``all`` is the least child, ``any`` the greatest."""

from enum import IntEnum, StrEnum


class Verdict(IntEnum):
    """What is known about one condition; the order is that of docs/policy/rules.md, 6."""

    NOT_MET = 0
    UNKNOWN = 1
    OFFICER = 2
    MET = 3

    @property
    def wire(self) -> str:
        """Return the name used by the API and in stored answers."""
        return WIRE[self]


WIRE = {
    Verdict.NOT_MET: "not_met",
    Verdict.UNKNOWN: "unknown",
    Verdict.OFFICER: "officer_decides",
    Verdict.MET: "met",
}


class Overall(StrEnum):
    """The answer to the whole question, over every route that is listed."""

    ELIGIBLE = "eligible"
    OFFICER_DECIDES = "officer_decides"
    MORE_INFORMATION_NEEDED = "more_information_needed"
    NOT_YET = "not_yet"
    NOT_ELIGIBLE = "not_eligible"
    NOT_COVERED = "not_covered"
