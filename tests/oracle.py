"""What the law says, written out a second time, by hand and without any cleverness.

The tests hold the rule files and the engine to this module. It is written from the rule table
alone and shares nothing with ``eligibility``: every route and version is a plain function over a
person, every node is judged on the spot, and a date is found by trying one day after the other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

NO, UNKNOWN, OFFICER, YES = range(4)
NAMES = ("not_met", "unknown", "officer_decides", "met")

V2016 = date(2016, 6, 28)
V2017 = date(2017, 10, 1)  # the two routes of 浙政办发〔2017〕90号
V2018 = date(2018, 5, 1)
V2020 = date(2020, 8, 22)
V2022 = date(2022, 2, 1)
V2023 = date(2023, 7, 22)
UNITS = ("330402", "330411", "330421", "330424", "330481", "330482", "330483")
CITY = ("330402", "330411")

EDUCATION = (
    ("none",),
    ("junior_middle",),
    ("senior_middle", "secondary_vocational"),
    ("junior_college",),
    ("bachelor",),
    ("master",),
    ("doctor",),
)
TITLE = (
    ("none",),
    ("junior",),
    ("intermediate",),
    ("associate_senior",),
    ("senior",),
)
SKILL = (("none",), ("grade5",), ("grade4",), ("grade3",), ("grade2",), ("grade1",))
LEVEL = (("none",), ("county",), ("city",), ("province",), ("national",))

MONTHS = (
    "pension_insurance_months",
    "continuous_residence_months",
    "residence_registration_months",
    "months_in_current_rental",
)


# --- Days


def anniversary(day: date, years: int) -> date:
    """Return the anniversary; one of 29 February falls on the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def month_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month."""
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    for last in (day.day, 30, 29, 28):
        if last <= day.day:
            try:
                return date(year, month, last)
            except ValueError:
                continue
    raise AssertionError("every month has 28 days")


def age(born: date, day: date) -> int:
    """Return the completed years; who was born on 29 February ages on 1 March."""
    years = day.year - born.year
    try:
        birthday = born.replace(year=day.year)
    except ValueError:
        birthday = date(day.year, 3, 1)
    return years if day >= birthday else years - 1


# --- One person on one day


@dataclass
class Person:
    """What is stated, as it stands on ``day``."""

    as_of: date
    day: date
    facts: Mapping[str, Any]
    months: int = 0  # whole months since the as-of date

    def get(self, name: str) -> Any:
        """Return a fact on the day; what is counted in months or years has grown."""
        value = self.facts.get(name)
        if value is None:
            return None
        if name in MONTHS:
            return value + self.months
        if name == "zhejiang_hukou_years":
            return value + self.months // 12
        if name in ("birth_date", "graduation_date"):
            return value if isinstance(value, date) else date.fromisoformat(value)
        if name == "housing_area_per_person_m2":
            return Decimal(str(value))
        return value

    def is_(self, name: str, *values: Any) -> int:
        """Judge whether a fact has one of the values; a missing fact is never "no"."""
        value = self.get(name)
        if value is None:
            return UNKNOWN
        return YES if value in values else NO

    def at_least(self, name: str, figure: Any) -> int:
        """Judge a count."""
        value = self.get(name)
        if value is None:
            return UNKNOWN
        return YES if value >= figure else NO

    def ranks(self, name: str, order: tuple[tuple[str, ...], ...], least: str) -> int:
        """Judge a level, equal ones alike."""
        value = self.get(name)
        if value is None:
            return UNKNOWN
        rank = {each: n for n, level in enumerate(order) for each in level}
        return YES if rank[value] >= rank[least] else NO

    def aged(self, test: Callable[[int], bool]) -> int:
        """Judge the age in completed years."""
        born = self.get("birth_date")
        if born is None:
            return UNKNOWN
        return YES if test(age(born, self.day)) else NO

    def graduated_within(self, years: int) -> int:
        """Judge that the day is not after the anniversary of the graduation."""
        graduated = self.get("graduation_date")
        if graduated is None:
            return UNKNOWN
        return YES if self.day <= anniversary(graduated, years) else NO


def every(*parts: int) -> int:
    """Return the least: all of them."""
    return min(parts)


def some(*parts: int) -> int:
    """Return the greatest: one of them."""
    return max(parts)


# --- The rule table, cell by cell


def stable_housing(p: Person) -> int:
    return p.is_("housing", "owned", "rented_private", "rented_public")


def working(p: Person) -> int:
    return p.is_("employment", "contract", "self_employed", "business_owner")


def permit(p: Person) -> int:
    return p.is_("has_residence_permit", True)


def permit_or_registration(p: Person) -> int:
    return some(permit(p), p.is_("has_residence_registration", True))


def qualified(p: Person) -> int:
    return some(
        p.ranks("education", EDUCATION, "junior_college"),
        p.ranks("professional_title", TITLE, "intermediate"),
        p.ranks("skill_grade", SKILL, "grade2"),
    )


def county_2018(p: Person) -> int:
    return every(stable_housing(p), permit(p))


def county_2020(p: Person) -> int:
    return every(stable_housing(p), permit_or_registration(p))


def owner_2016(p: Person) -> int:
    return every(
        p.is_("housing", "owned"),
        p.at_least("housing_area_per_person_m2", Decimal("39.14")),
        p.at_least("pension_insurance_months", 12),
    )


def owner_2018(p: Person) -> int:
    return every(
        p.is_("housing", "owned", "rented_public"),
        permit(p),
        some(
            p.at_least("pension_insurance_months", 60),
            p.at_least("zhejiang_hukou_years", 5),
        ),
    )


def owner_2020(p: Person) -> int:
    return every(p.is_("housing", "owned"), permit_or_registration(p))


def tenant_2020(p: Person) -> int:
    return every(
        p.is_("housing", "rented_private"),
        p.is_("lease_registered", True),
        p.at_least("continuous_residence_months", 36),
    )


def tenant_2022(p: Person) -> int:
    return every(
        p.is_("housing", "rented_private"),
        p.is_("lease_registered", True),
        p.at_least("residence_registration_months", 12),
        p.at_least("months_in_current_rental", 6),
    )


def employment_2016(p: Person) -> int:
    return every(working(p), OFFICER)


def employment_branches_2_to_4(p: Person) -> int:
    return some(
        p.is_("skill_in_shortage", True),
        every(
            p.is_("special_occupation", True),
            p.at_least("pension_insurance_months", 36),
        ),
        every(p.is_("foreign_degree_certified", True), working(p)),
    )


def employment_2018(p: Person) -> int:
    young = every(
        p.aged(lambda years: years <= 25),
        p.ranks("education", EDUCATION, "senior_middle"),
        p.is_("rural_transfer", True),
        p.at_least("pension_insurance_months", 60),
    )
    return some(young, employment_branches_2_to_4(p))


def employment_2020(p: Person) -> int:
    alone = every(
        p.is_("education", "secondary_vocational"),
        p.graduated_within(15),
        working(p),
        permit(p),
    )
    return some(employment_branches_2_to_4(p), alone)


def talent_2016(p: Person) -> int:
    return every(qualified(p), p.at_least("pension_insurance_months", 12))


def talent_2018(p: Person) -> int:
    return every(qualified(p), permit(p))


def investor_2016(p: Person) -> int:
    return every(p.is_("invests_locally", True), OFFICER)


def contribution_2016(p: Person) -> int:
    return every(p.ranks("honour_level", LEVEL, "county"), OFFICER)


def contribution_2018(p: Person) -> int:
    named = p.is_(
        "honour",
        "model_worker",
        "moral_model",
        "outstanding_migrant_worker",
        "good_samaritan",
    )
    return every(named, p.ranks("honour_level", LEVEL, "county"), OFFICER)


def move_2016(p: Person) -> int:
    return every(p.is_("hukou_place", *UNITS), stable_housing(p))


def zhejiang_2018(p: Person) -> int:
    return every(
        p.is_("hukou_place", "zhejiang"),
        p.at_least("zhejiang_hukou_years", 5),
        stable_housing(p),
    )


def graduate_2016(p: Person) -> int:
    return every(
        p.is_("graduate_status", "fresh"),
        some(p.is_("employment", "contract"), stable_housing(p)),
    )


def graduate_2018(p: Person) -> int:
    certificate = p.is_("has_migration_certificate", True)
    return every(
        some(certificate, p.is_("employment", "contract")),
        p.is_("graduate_status", "fresh"),
    )


def parent_2020(p: Person) -> int:
    return every(
        p.is_("sponsor", "child"),
        some(
            every(p.is_("sex", "male"), p.aged(lambda years: years >= 60)),
            every(p.is_("sex", "female"), p.aged(lambda years: years >= 55)),
            every(p.is_("lives_with_sponsor", True), permit(p)),
        ),
        some(p.is_("sponsor_owns_home", True), p.is_("housing", "owned")),
    )


def joins(relation: str) -> Callable[[Person], int]:
    def condition(p: Person) -> int:
        return every(p.is_("sponsor", relation), p.is_("lives_with_sponsor", True))

    return condition


def spouse_2018(p: Person) -> int:
    return every(p.is_("sponsor", "spouse"), OFFICER)


def child_2018(p: Person) -> int:
    dependent = every(p.is_("marital_status", "single"), p.is_("has_own_income", False))
    return every(
        p.is_("sponsor", "parent"),
        some(p.aged(lambda years: years < 18), dependent),
        OFFICER,
    )


def child_2022(p: Person) -> int:
    return every(p.is_("sponsor", "parent"), OFFICER)


def unregistered_2016(p: Person) -> int:
    return every(p.is_("hukou_place", "none"), OFFICER)


Condition = Callable[[Person], int]


@dataclass(frozen=True)
class Version:
    """One cell of the table: from when to when, what it asks, and who may come along."""

    name: str
    first: date
    last: date | None
    asks: Condition
    asks_of_family: Condition | None  # None: the applicant alone


def column(*cells: tuple[str, date, Condition, Condition | None]) -> list[Version]:
    """Return the versions of a route, each ending the day before the next."""
    versions = []
    for n, (name, first, asks, family) in enumerate(cells):
        following = cells[n + 1][1] if n + 1 < len(cells) else None
        last = following - timedelta(days=1) if following else None
        versions.append(Version(name, first, last, asks, family))
    return versions


def until(day: date, versions: list[Version]) -> list[Version]:
    """End the last version of a route with ``day``."""
    *before, last = versions
    return [
        *before,
        Version(last.name, last.first, day, last.asks, last.asks_of_family),
    ]


BOTH, URBAN, COUNTY = ("county", "urban"), ("urban",), ("county",)
LAST_OF_TENANTS = V2023 - timedelta(days=1)
TABLE: Mapping[str, tuple[tuple[str, ...], list[Version]]] = {
    "county-stable-residence": (
        COUNTY,
        column(
            ("2016", V2016, stable_housing, stable_housing),
            ("2018", V2018, county_2018, county_2018),
            ("2020", V2020, county_2020, county_2020),
            ("2023", V2023, stable_housing, stable_housing),
        ),
    ),
    "urban-owner": (
        URBAN,
        until(
            LAST_OF_TENANTS,
            column(
                ("2016", V2016, owner_2016, owner_2016),
                ("2018", V2018, owner_2018, owner_2018),
                ("2020", V2020, owner_2020, owner_2020),
            ),
        ),
    ),
    "urban-tenant": (
        URBAN,
        until(
            LAST_OF_TENANTS,
            column(
                ("2020", V2020, tenant_2020, tenant_2020),
                ("2022", V2022, tenant_2022, tenant_2022),
            ),
        ),
    ),
    "urban-stable-residence": (
        URBAN,
        column(("2023", V2023, stable_housing, stable_housing)),
    ),
    "urban-employment": (
        URBAN,
        column(
            ("2016", V2016, employment_2016, employment_2016),
            ("2018", V2018, employment_2018, employment_2018),
            ("2020", V2020, employment_2020, employment_branches_2_to_4),
        ),
    ),
    "urban-talent": (
        URBAN,
        column(
            ("2016", V2016, talent_2016, talent_2016),
            ("2018", V2018, talent_2018, talent_2018),
            ("2020", V2020, qualified, None),
        ),
    ),
    "urban-investor": (
        URBAN,
        column(("2016", V2016, investor_2016, investor_2016)),
    ),
    "urban-contribution": (
        URBAN,
        column(
            ("2016", V2016, contribution_2016, contribution_2016),
            ("2018", V2017, contribution_2018, contribution_2018),
        ),
    ),
    "intra-city-move": (BOTH, column(("2016", V2016, move_2016, move_2016))),
    "zhejiang-resident": (
        BOTH,
        column(("2018", V2017, zhejiang_2018, zhejiang_2018)),
    ),
    "graduate": (
        BOTH,
        column(
            ("2016", V2016, graduate_2016, graduate_2016),
            ("2018", V2018, graduate_2018, graduate_2018),
        ),
    ),
    "family-parent": (
        BOTH,
        column(("2020", V2020, parent_2020, None), ("2023", V2023, joins("child"), None)),
    ),
    "family-spouse": (
        BOTH,
        column(("2018", V2018, spouse_2018, None), ("2023", V2023, joins("spouse"), None)),
    ),
    "family-child": (
        BOTH,
        column(
            ("2018", V2018, child_2018, None),
            ("2022", V2022, child_2022, None),
            ("2023", V2023, joins("parent"), None),
        ),
    ),
    "unregistered-person": (
        ("county", "urban", "rural"),
        column(("2016", V2016, unregistered_2016, None)),
    ),
}


def version_on(code: str, day: date) -> Version | None:
    """Return the version in force on a day, if there is one."""
    for version in TABLE[code][1]:
        if version.first <= day and (version.last is None or day <= version.last):
            return version
    return None


# --- The answer


def possible_classes(facts: Mapping[str, Any], kind_of: Mapping[str, str]) -> set[str]:
    """Return the area classes that the target may have; ``kind_of``: township -> 街道 or 镇."""
    code = facts.get("target_township")
    if code is None:
        return {"county", "urban", "rural"}
    if code[:6] not in CITY:
        return {"county"}
    if kind_of[code] == "街道":
        return {"urban"}
    inside = facts.get("target_in_town_area")
    if inside is None:
        return {"urban", "rural"}
    return {"urban"} if inside else {"rural"}


def days_after(as_of: date, last: date) -> Iterator[tuple[date, int]]:
    """Yield every later day up to ``last``, with the whole months since the as-of date."""
    day, months = as_of, 0
    following = month_later(as_of, 1)
    while day < last:
        day += timedelta(days=1)
        while following <= day:
            months += 1
            following = month_later(as_of, months + 1)
        yield day, months


def earliest_dates(
    codes: list[str], facts: Mapping[str, Any], as_of: date, last: date
) -> dict[str, date | None]:
    """Return the first later day up to ``last`` on which each route is met; one day at a time."""
    found: dict[str, date | None] = dict.fromkeys(codes)
    left = list(codes)
    for day, months in days_after(as_of, last):
        if not left:
            break
        person = Person(as_of, day, facts, months)
        for code in list(left):
            version = version_on(code, day)
            if version and version.asks(person) == YES:
                found[code] = day
                left.remove(code)
    return found


def judge_member(member: Mapping[str, Any], day: date) -> int:
    """Judge the relation's row of the table of who may come along, and living together."""
    p = Person(day, day, member)
    together = p.is_("lives_together", True)
    relation = member.get("relation")
    if relation is None:
        row = UNKNOWN
    elif relation in ("spouse", "parent") or (relation == "child" and day >= V2022):
        row = YES
    elif relation == "child":
        row = some(
            p.aged(lambda years: years < 18),
            every(p.is_("marital_status", "single"), p.is_("has_own_income", False)),
        )
    elif relation in ("grandparent", "grandchild"):
        row = OFFICER if day >= V2023 else NO
    else:
        row = NO
    return every(together, row)


@dataclass
class Answer:
    """What the portal has to say."""

    verdict: str
    routes: dict[str, str]
    versions: dict[str, str]
    self_only: dict[str, bool]
    family: list[str]
    earliest_dates: dict[str, date | None]
    earliest_date: date | None


def answer(
    facts: Mapping[str, Any],
    as_of: date,
    kind_of: Mapping[str, str],
    *,
    last: date | None = None,
) -> Answer:
    """Answer for facts as JSON states them. Dates are looked for up to ``last``, else 60 years."""
    last = last or anniversary(as_of, 60)
    classes = possible_classes(facts, kind_of)
    person = Person(as_of, as_of, facts)
    marks: dict[str, int] = {}
    versions: dict[str, str] = {}
    alone: dict[str, bool] = {}
    place: dict[str, int] = {}
    way = NO
    for code, (areas, _) in TABLE.items():
        version = version_on(code, as_of)
        if version is None or not classes & set(areas):
            continue
        place[code] = YES if classes <= set(areas) else UNKNOWN
        marks[code] = every(place[code], version.asks(person))
        versions[code] = version.name
        if version.asks_of_family is None:
            alone[code] = True
        else:
            with_family = every(place[code], version.asks_of_family(person))
            alone[code] = with_family < marks[code]
            way = some(way, with_family)
    # While the place is open, the leaf of the place stays unknown on every day.
    open_to_dates = [c for c in marks if marks[c] != YES and place[c] == YES]
    found = earliest_dates(open_to_dates, facts, as_of, last)
    dates = {code: found.get(code) for code in marks}
    best = max(marks.values(), default=NO)
    least = min((day for day in dates.values() if day), default=None)
    if best == YES:
        verdict = "eligible"
    elif best == OFFICER:
        verdict = "officer_decides"
    elif best == UNKNOWN:
        verdict = "more_information_needed"
    elif classes == {"rural"}:
        verdict = "not_covered"
    else:
        verdict = "not_yet" if least else "not_eligible"
    household = facts.get("household") or []
    return Answer(
        verdict=verdict,
        routes={code: NAMES[mark] for code, mark in marks.items()},
        versions=versions,
        self_only=alone,
        family=[NAMES[every(way, judge_member(m, as_of))] for m in household],
        earliest_dates=dates,
        earliest_date=least if verdict == "not_yet" else None,
    )
