"""The rules of 2022-02-01 to 2023-07-21 as a Python programmer would write them down.

Source: rules.md sections 3 and 6. Nothing here is read from the rule records, so it is also an
independent statement of the law that the engine is compared with. It knows missing facts, lists
the same routes, and either returns the verdict of every route or, for the explanation, the
verdict of every condition as well.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

NOT_MET, UNKNOWN, OFFICER, MET = range(4)

STABLE = frozenset({"owned", "rented_private", "rented_public"})
WORKING = frozenset({"contract", "self_employed", "business_owner"})
COLLEGE = frozenset({"junior_college", "bachelor", "master", "doctor"})
TITLED = frozenset({"intermediate", "associate_senior", "senior"})
SKILLED = frozenset({"grade2", "grade1"})
HONOURS = frozenset({"model_worker", "moral_model", "outstanding_migrant_worker", "good_samaritan"})
HONOUR_LEVELS = frozenset({"county", "city", "province", "national"})
UNITS = frozenset({"330402", "330411", "330421", "330424", "330481", "330482", "330483"})


def yes(value: bool | None) -> int:
    """Judge a plain yes-or-no fact."""
    return UNKNOWN if value is None else MET if value else NOT_MET


def among(value: str | None, wanted: frozenset[str]) -> int:
    """Judge a choice."""
    return UNKNOWN if value is None else MET if value in wanted else NOT_MET


def same(value: str | None, wanted: str) -> int:
    """Judge a choice of one."""
    return UNKNOWN if value is None else MET if value == wanted else NOT_MET


def at_least(value: int | None, bound: int) -> int:
    """Judge a figure."""
    return UNKNOWN if value is None else MET if value >= bound else NOT_MET


def age_at_least(born: date | None, years: int, day: date) -> int:
    """Judge the completed years of an age."""
    if born is None:
        return UNKNOWN
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return MET if age >= years else NOT_MET


def within_years(since: date | None, years: int, day: date) -> int:
    """Judge whether ``day`` is not after an anniversary; 29 February falls on the 28th."""
    if since is None:
        return UNKNOWN
    if (since.month, since.day) == (2, 29):
        since = date(since.year, 2, 28)
    return MET if day <= since.replace(year=since.year + years) else NOT_MET


def verdicts(
    facts: Mapping[str, Any], area_classes: tuple[str, ...], day: date
) -> tuple[int, dict[str, int]]:
    """Return the overall verdict and that of every listed route."""
    fact = facts.get
    housing, permit = fact("housing"), yes(fact("has_residence_permit"))
    registered = max(permit, yes(fact("has_residence_registration")))
    stable = among(housing, STABLE)
    employment = fact("employment")
    works = among(employment, WORKING)
    is_urban, is_county = "urban" in area_classes, "county" in area_classes
    found: dict[str, int] = {}
    if is_county:
        found["county-stable-residence"] = min(stable, registered)
    if is_urban:
        found["urban-owner"] = min(same(housing, "owned"), registered)
        found["urban-tenant"] = min(
            same(housing, "rented_private"),
            yes(fact("lease_registered")),
            at_least(fact("residence_registration_months"), 12),
            at_least(fact("months_in_current_rental"), 6),
        )
        found["urban-employment"] = max(
            yes(fact("skill_in_shortage")),
            min(
                yes(fact("special_occupation")),
                at_least(fact("pension_insurance_months"), 36),
            ),
            min(yes(fact("foreign_degree_certified")), works),
            min(
                same(fact("education"), "secondary_vocational"),
                within_years(fact("graduation_date"), 15, day),
                works,
                permit,
            ),
        )
        found["urban-talent"] = max(
            among(fact("education"), COLLEGE),
            among(fact("professional_title"), TITLED),
            among(fact("skill_grade"), SKILLED),
        )
        found["urban-investor"] = min(yes(fact("invests_locally")), OFFICER)
        found["urban-contribution"] = min(
            among(fact("honour"), HONOURS), among(fact("honour_level"), HONOUR_LEVELS), OFFICER
        )
    hukou, sponsor = fact("hukou_place"), fact("sponsor")
    if is_county or is_urban:
        found["intra-city-move"] = min(among(hukou, UNITS), stable)
        found["zhejiang-resident"] = min(
            same(hukou, "zhejiang"), at_least(fact("zhejiang_hukou_years"), 5), stable
        )
        found["graduate"] = min(
            same(fact("graduate_status"), "fresh"),
            max(yes(fact("has_migration_certificate")), same(employment, "contract")),
        )
        sex, born = fact("sex"), fact("birth_date")
        found["family-parent"] = min(
            same(sponsor, "child"),
            max(
                min(same(sex, "male"), age_at_least(born, 60, day)),
                min(same(sex, "female"), age_at_least(born, 55, day)),
                min(yes(fact("lives_with_sponsor")), permit),
            ),
            max(yes(fact("sponsor_owns_home")), same(housing, "owned")),
        )
        found["family-spouse"] = min(same(sponsor, "spouse"), OFFICER)
        found["family-child"] = min(same(sponsor, "parent"), OFFICER)
    found["unregistered-person"] = min(same(hukou, "none"), OFFICER)
    if len(area_classes) > 1:  # then it is not certain which routes there are, but for one
        found = {
            code: verdict if code == "unregistered-person" else min(verdict, UNKNOWN)
            for code, verdict in found.items()
        }
    return max(found.values()), found


Explained = tuple[int, dict[str, tuple[int, dict[str, int]]]]


def explained(facts: Mapping[str, Any], area_classes: tuple[str, ...], day: date) -> Explained:
    """Return the overall verdict and, for every listed route, its verdict and its conditions'."""
    fact = facts.get
    housing, permit = fact("housing"), yes(fact("has_residence_permit"))
    registration = yes(fact("has_residence_registration"))
    registered = max(permit, registration)
    stable, owned = among(housing, STABLE), same(housing, "owned")
    employment, education = fact("employment"), fact("education")
    works = among(employment, WORKING)
    is_urban, is_county = "urban" in area_classes, "county" in area_classes
    area = UNKNOWN if len(area_classes) > 1 else MET
    found: dict[str, tuple[int, dict[str, int]]] = {}
    if is_county:
        found["county-stable-residence"] = (
            min(area, stable, registered),
            {
                "area": area,
                "stable-housing": stable,
                "residence-permit": permit,
                "residence-registration": registration,
            },
        )
    if is_urban:
        found["urban-owner"] = (
            min(area, owned, registered),
            {
                "area": area,
                "housing": owned,
                "residence-permit": permit,
                "residence-registration": registration,
            },
        )
        rented = same(housing, "rented_private")
        lease = yes(fact("lease_registered"))
        registered_long = at_least(fact("residence_registration_months"), 12)
        rented_long = at_least(fact("months_in_current_rental"), 6)
        found["urban-tenant"] = (
            min(area, rented, lease, registered_long, rented_long),
            {
                "area": area,
                "housing": rented,
                "lease-registered": lease,
                "registration-months": registered_long,
                "current-rental": rented_long,
            },
        )
        in_shortage = yes(fact("skill_in_shortage"))
        special = yes(fact("special_occupation"))
        insured = at_least(fact("pension_insurance_months"), 36)
        foreign = yes(fact("foreign_degree_certified"))
        vocational = same(education, "secondary_vocational")
        recently = within_years(fact("graduation_date"), 15, day)
        found["urban-employment"] = (
            min(
                area,
                max(
                    in_shortage,
                    min(special, insured),
                    min(foreign, works),
                    min(vocational, recently, works, permit),
                ),
            ),
            {
                "area": area,
                "skill-in-shortage": in_shortage,
                "special-occupation": special,
                "special-occupation-pension": insured,
                "foreign-degree": foreign,
                "foreign-degree-employment": works,
                "vocational-education": vocational,
                "graduated-recently": recently,
                "vocational-employment": works,
                "residence-permit": permit,
            },
        )
        college = among(education, COLLEGE)
        titled = among(fact("professional_title"), TITLED)
        skilled = among(fact("skill_grade"), SKILLED)
        found["urban-talent"] = (
            min(area, max(college, titled, skilled)),
            {
                "area": area,
                "education": college,
                "professional-title": titled,
                "skill-grade": skilled,
            },
        )
        invests = yes(fact("invests_locally"))
        found["urban-investor"] = (
            min(area, invests, OFFICER),
            {"area": area, "invests-locally": invests, "investment-scale": OFFICER},
        )
        honour = among(fact("honour"), HONOURS)
        level = among(fact("honour_level"), HONOUR_LEVELS)
        found["urban-contribution"] = (
            min(area, honour, level, OFFICER),
            {
                "area": area,
                "honour": honour,
                "honour-level": level,
                "honour-period": OFFICER,
            },
        )
    hukou, sponsor = fact("hukou_place"), fact("sponsor")
    if is_county or is_urban:
        local = among(hukou, UNITS)
        found["intra-city-move"] = (
            min(area, local, stable),
            {"area": area, "local-hukou": local, "stable-housing": stable},
        )
        in_zhejiang = same(hukou, "zhejiang")
        hukou_long = at_least(fact("zhejiang_hukou_years"), 5)
        found["zhejiang-resident"] = (
            min(area, in_zhejiang, hukou_long, stable),
            {
                "area": area,
                "zhejiang-hukou": in_zhejiang,
                "hukou-years": hukou_long,
                "stable-housing": stable,
            },
        )
        fresh = same(fact("graduate_status"), "fresh")
        certificate = yes(fact("has_migration_certificate"))
        contract = same(employment, "contract")
        found["graduate"] = (
            min(area, fresh, max(certificate, contract)),
            {
                "area": area,
                "fresh-graduate": fresh,
                "migration-certificate": certificate,
                "employed": contract,
            },
        )
        sex, born = fact("sex"), fact("birth_date")
        of_child = same(sponsor, "child")
        male, female = same(sex, "male"), same(sex, "female")
        is_60, is_55 = age_at_least(born, 60, day), age_at_least(born, 55, day)
        together = yes(fact("lives_with_sponsor"))
        sponsor_owns = yes(fact("sponsor_owns_home"))
        found["family-parent"] = (
            min(
                area,
                of_child,
                max(min(male, is_60), min(female, is_55), min(together, permit)),
                max(sponsor_owns, owned),
            ),
            {
                "area": area,
                "sponsor": of_child,
                "male": male,
                "age-male": is_60,
                "female": female,
                "age-female": is_55,
                "lives-with-sponsor": together,
                "residence-permit": permit,
                "sponsor-owns-home": sponsor_owns,
                "own-home": owned,
            },
        )
        of_spouse, of_parent = same(sponsor, "spouse"), same(sponsor, "parent")
        found["family-spouse"] = (
            min(area, of_spouse, OFFICER),
            {"area": area, "sponsor": of_spouse, "spouse-requirements": OFFICER},
        )
        found["family-child"] = (
            min(area, of_parent, OFFICER),
            {"area": area, "sponsor": of_parent, "child-requirements": OFFICER},
        )
    nowhere = same(hukou, "none")
    found["unregistered-person"] = (
        min(nowhere, OFFICER),
        {"area": MET, "no-hukou": nowhere, "unregistered-circumstances": OFFICER},
    )
    return max(verdict for verdict, _ in found.values()), found
