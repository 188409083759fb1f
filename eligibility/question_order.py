"""In which order people are asked, where the order makes sense to a person and not to a rule."""

from collections.abc import Iterable, Sequence

# The place is asked in two steps. The first is no fact of its own, but where the second is not
# known it still says which rules hold: in a county they are the same everywhere.
COUNTY_QUESTION, PLACE = "target_county", "target_township"
TOWN_AREA = "target_in_town_area"
FIRST = (TOWN_AREA, "housing")  # housing settles the answer for most, and all can answer it
# Makes no sense before its parent is answered, and is of no use where the parent is not known.
ONLY_AFTER = {
    "lease_registered": "housing",
    "months_in_current_rental": "housing",
    "housing_area_per_person_m2": "housing",
    "zhejiang_hukou_years": "hukou_place",
    "graduation_date": "education",
    "honour_level": "honour",
    "lives_with_sponsor": "sponsor",
    "sponsor_owns_home": "sponsor",
}


def in_order(facts: Sequence[str]) -> tuple[str, ...]:
    """Return facts as they are asked: each right after the one that it hangs on."""
    rank = {fact: number for number, fact in enumerate((*FIRST, *facts))}

    def order(fact: str) -> tuple[int, bool]:
        parent = rank.get(ONLY_AFTER.get(fact, ""), -1)
        return max(rank[fact], parent), parent >= 0

    rank |= {fact: number for number, fact in enumerate(FIRST)}
    return tuple(sorted(facts, key=order))


def without_hanging(facts: Iterable[str], unknown: Iterable[str]) -> tuple[str, ...]:
    """Leave out what is of no use while the answer that it hangs on is not known."""
    missing = set(unknown)
    return tuple(fact for fact in facts if ONLY_AFTER.get(fact) not in missing)
