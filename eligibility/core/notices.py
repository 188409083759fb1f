"""What a reader must be told beside the verdict, by code; ``eligibility.wording`` words it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eligibility.core.evaluate import Assessment
from eligibility.core.periods import age_on, months_between
from eligibility.core.places import UNITS
from eligibility.core.rule import SECONDARY
from eligibility.core.stated import Facts

PLAN_ENDS = date(2028, 7, 22)  # the 2023 plan runs for five years; no text says its rules lapse
LAND_RIGHTS_CLAUSE = ("jiaxing-2016-31", "六(一)")
STUDENT_CLAUSE = ("jiaxing-2016-31", "三(四)")
WORKING_AGE = 16  # 劳动法 第十五条: nobody under 16 may be employed, so nobody can be insured


@dataclass(frozen=True)
class Notice:
    """One thing to be told; ``fields`` names the facts it is about, if it is about any."""

    code: str
    fields: tuple[str, ...] = ()
    clause: tuple[str, str] | None = None  # document, article
    params: Mapping[str, Any] = field(default_factory=dict)


def notices(assessment: Assessment, today: date) -> tuple[Notice, ...]:
    """Return the notices of one check: the land rights first, contradictions after them.

    ``today`` is the day of asking: rules still to come cannot be known for a later one.
    """
    return (*_about_rules(assessment, today), *contradictions(assessment.facts))


def _about_rules(assessment: Assessment, today: date) -> Iterator[Notice]:
    facts = assessment.facts
    yield Notice("land_rights", clause=LAND_RIGHTS_CLAUSE)
    if facts.as_of > today:
        yield Notice("future_as_of", params={"as_of": facts.as_of, "today": today})
    if any(rule.provenance == SECONDARY for rule in assessment.panel.rules):
        yield Notice("secondary_source")
    if facts.as_of >= PLAN_ENDS:
        yield Notice("plan_period_over")
    if facts.given.get("studying_in_zhejiang_college") and facts.given.get("hukou_place") in UNITS:
        yield Notice("student_keeps_hukou", clause=STUDENT_CLAUSE)


def contradictions(facts: Facts) -> Iterator[Notice]:
    """Yield the pairs of facts that cannot both be right; never a reason to refuse."""
    given, as_of = facts.given, facts.as_of
    born = given.get("birth_date")
    if born is not None:
        yield from _against_birth(given, born, as_of)
    if given.get("months_in_current_rental") and given.get("housing") in (
        "owned",
        "with_relatives",
        "none",
    ):
        yield _pair("rental_months_without_rental", "months_in_current_rental", "housing")
    if given.get("lease_registered") and given.get("housing") in ("owned", "none"):
        yield _pair("lease_without_rental", "lease_registered", "housing")
    if given.get("zhejiang_hukou_years") and given.get("hukou_place") in (
        "outside",
        "none",
    ):
        yield _pair("hukou_years_outside", "zhejiang_hukou_years", "hukou_place")
    if given.get("has_residence_registration") is False and given.get(
        "residence_registration_months"
    ):
        yield _pair(
            "registration_months_without_slip",
            "residence_registration_months",
            "has_residence_registration",
        )
    if given.get("honour") == "none" and given.get("honour_level", "none") != "none":
        yield _pair("honour_level_without_honour", "honour_level", "honour")
    if given.get("sponsor") == "spouse" and given.get("marital_status") in (
        "single",
        "divorced",
        "widowed",
    ):
        yield _pair("spouse_without_marriage", "sponsor", "marital_status")
    if given.get("lives_with_sponsor") and given.get("sponsor") == "none":
        yield _pair("living_with_nobody", "lives_with_sponsor", "sponsor")
    yield from _in_household(facts)


def _against_birth(given: Mapping[str, Any], born: date, as_of: date) -> Iterator[Notice]:
    lived = months_between(born, as_of)
    working = lived - 12 * WORKING_AGE
    insured = given.get("pension_insurance_months")
    if insured is not None and insured > max(working, 0):
        yield _pair("insured_longer_than_working_life", "pension_insurance_months", "birth_date")
    for name in (
        "continuous_residence_months",
        "residence_registration_months",
        "months_in_current_rental",
    ):
        if given.get(name, 0) > lived:
            yield _pair("longer_than_life", name, "birth_date")
    if given.get("zhejiang_hukou_years", 0) > age_on(born, as_of):
        yield _pair("longer_than_life", "zhejiang_hukou_years", "birth_date")
    graduated = given.get("graduation_date")
    if graduated is not None and graduated < born:
        yield _pair("graduated_before_birth", "graduation_date", "birth_date")


def _in_household(facts: Facts) -> Iterator[Notice]:
    born = facts.given.get("birth_date")
    spouses = [n for n, m in enumerate(facts.household) if m.get("relation") == "spouse"]
    if len(spouses) > 1:
        yield _pair(
            "two_spouses",
            f"household[{spouses[0]}].relation",
            f"household[{spouses[1]}].relation",
        )
    if spouses and facts.given.get("marital_status") in (
        "single",
        "divorced",
        "widowed",
    ):
        yield _pair(
            "spouse_without_marriage",
            f"household[{spouses[0]}].relation",
            "marital_status",
        )
    for number, member in enumerate(facts.household):
        other = member.get("birth_date")
        if born is None or other is None:
            continue
        relation = member.get("relation")
        if relation in ("child", "grandchild") and other <= born:
            yield _pair(
                "child_older_than_parent",
                f"household[{number}].birth_date",
                "birth_date",
            )
        if relation in ("parent", "grandparent") and other >= born:
            yield _pair(
                "parent_younger_than_child",
                f"household[{number}].birth_date",
                "birth_date",
            )


def _pair(code: str, first: str, second: str) -> Notice:
    return Notice(code, fields=(first, second))
