"""The rules of 2022-02-01 to 2023-07-21 in NumPy, as a programmer would write and tune them.

Source: rules.md sections 3 and 6; nothing is read from the rule records. Small types, each
sub-expression once, ranges instead of look-ups, and blocks that stay in the processor's cache.
"""

from typing import Any

import numpy as np

from benchmarks.workers.column_rounds import (
    MET,
    MISSING,
    OFFICER,
    UNKNOWN,
    Way,
    serve,
)
from benchmarks.workers.rounds import work

BLOCK = 1 << 15
COUNTY, URBAN, RURAL, URBAN_OR_RURAL, OPEN = range(5)
WORK = work()
CODES = {name: {v: i for i, v in enumerate(vs)} for name, vs in WORK["choices"].items()}
ORDER = [route["code"] for route in WORK["routes"]]
low, high = np.minimum, np.maximum


def judged(met: Any, unknown: Any) -> Any:
    """Return marks from two masks."""
    marks = met.view(np.uint8) * np.uint8(MET)
    marks |= unknown.view(np.uint8)
    return marks


def verdicts(block: dict[str, Any], out: Any, best: Any) -> None:
    """Write the marks of one block of people."""

    def yes(name: str) -> Any:
        return judged(block[name] == 1, block[name] == MISSING)

    def same(name: str, value: str) -> Any:
        return judged(block[name] == CODES[name][value], block[name] == MISSING)

    def between(name: str, first: str, last: str) -> Any:
        column, codes = block[name], CODES[name]
        met = column <= codes[last]
        if codes[first]:
            met &= column >= codes[first]
        return judged(met, column == MISSING)

    def at_least(name: str, bound: int) -> Any:
        return judged(block[name] >= bound, block[name] < 0)

    owned = same("housing", "owned")
    stable = between("housing", "owned", "rented_public")
    permit = yes("has_residence_permit")
    registered = high(permit, yes("has_residence_registration"))
    works = between("employment", "contract", "business_owner")
    within = block["graduation_years_begun"]
    recently = judged((within <= 15) & (within >= 0), within < 0)
    sponsored = block["sponsor"]
    is_male = block["sex"] == CODES["sex"]["male"]
    no_sex = block["sex"] == MISSING
    age_60, age_55 = at_least("age_years", 60), at_least("age_years", 55)
    old = high(
        low(judged(is_male, no_sex), age_60),
        low(judged(~is_male & ~no_sex, no_sex), age_55),
    )
    officer = np.uint8(OFFICER)
    found = {
        "county-stable-residence": low(stable, registered),
        "urban-owner": low(owned, registered),
        "urban-tenant": low(
            low(same("housing", "rented_private"), yes("lease_registered")),
            low(
                at_least("residence_registration_months", 12),
                at_least("months_in_current_rental", 6),
            ),
        ),
        "urban-employment": high(
            high(
                yes("skill_in_shortage"),
                low(yes("special_occupation"), at_least("pension_insurance_months", 36)),
            ),
            low(
                works,
                high(
                    yes("foreign_degree_certified"),
                    low(low(same("education", "secondary_vocational"), recently), permit),
                ),
            ),
        ),
        "urban-talent": high(
            high(
                between("education", "junior_college", "doctor"),
                between("professional_title", "intermediate", "senior"),
            ),
            between("skill_grade", "grade2", "grade1"),
        ),
        "urban-investor": low(yes("invests_locally"), officer),
        "urban-contribution": low(
            low(
                between("honour", "model_worker", "good_samaritan"),
                between("honour_level", "county", "national"),
            ),
            officer,
        ),
        "intra-city-move": low(between("hukou_place", "330402", "330483"), stable),
        "zhejiang-resident": low(
            low(same("hukou_place", "zhejiang"), at_least("zhejiang_hukou_years", 5)), stable
        ),
        "graduate": low(
            same("graduate_status", "fresh"),
            high(yes("has_migration_certificate"), same("employment", "contract")),
        ),
        "family-parent": low(
            low(
                same("sponsor", "child"),
                high(old, low(yes("lives_with_sponsor"), permit)),
            ),
            high(yes("sponsor_owns_home"), owned),
        ),
        "family-spouse": low(same("sponsor", "spouse"), officer),
        "family-child": low(
            judged(sponsored == CODES["sponsor"]["parent"], sponsored == MISSING), officer
        ),
        "unregistered-person": low(same("hukou_place", "none"), officer),
    }
    place = block["place"]
    unsure = place >= URBAN_OR_RURAL
    # All bits set where a route is listed: a mask costs less than a choice between two arrays.
    in_county, in_city, anywhere = (
        np.negative(here.view(np.int8)).view(np.uint8)
        for here in (
            (place == COUNTY) | (place == OPEN),
            (place == URBAN) | unsure,
            place != RURAL,
        )
    )
    cap = unsure.view(np.uint8) * np.uint8(UNKNOWN) | ~unsure * np.uint8(MET)
    for row, code in zip(out, ORDER, strict=True):
        if code == "unregistered-person":
            row[:] = found[code]
            high(best, row, out=best)
            continue
        here = {"county": in_county, "urban": in_city}.get(code.partition("-")[0], anywhere)
        low(found[code], cap, out=row)
        high(best, row & here, out=best)
        np.bitwise_or(row, ~here, out=row)  # NOT_LISTED has all bits set


def run(columns: dict[str, Any]) -> tuple[Any, Any]:
    """Judge everybody, block by block."""
    count = len(columns["place"])
    marks = np.empty((len(ORDER), count), np.uint8)
    best = np.zeros(count, np.uint8)
    for start in range(0, count, BLOCK):
        part = slice(start, min(start + BLOCK, count))
        block = {name: column[part] for name, column in columns.items()}
        verdicts(block, marks[:, part], best[part])
    return marks, best


WAYS = {"NumPy by hand": Way(lambda columns: columns, run)}

if __name__ == "__main__":
    serve(WAYS, WORK, {"NumPy": np.__version__})
