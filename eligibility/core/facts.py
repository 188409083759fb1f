"""The fact dictionary.

It is closed: a name that is not in it can be neither asked nor compared. Forms, the API schema,
the compiled rules and the validation are all made from it. There is no fact about giving up land
rights (嘉政发〔2016〕31号 六(一)), and a test keeps it so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from eligibility.core.places import UNITS

MAX_MONTHS = 1440
MAX_YEARS = 120


class Kind(StrEnum):
    """What values a fact can take."""

    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    CHOICE = "choice"
    TOWNSHIP = "township"


class Growth(StrEnum):
    """How a known value changes with the days if nothing else does (docs/policy/rules.md, 6)."""

    NEVER = "never"
    MONTHLY = "monthly"
    YEARLY = "yearly"
    AGE = "age"
    BEGUN_YEARS = "begun_years"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One entry of the dictionary."""

    name: str
    kind: Kind
    question_zh: str = ""
    question_en: str = ""
    unit: str = ""
    maximum: int | None = None
    levels: tuple[tuple[str, ...], ...] = ()  # ordered, equal values share a level
    values: tuple[str, ...] = ()
    growth: Growth = Growth.NEVER
    since: str = ""  # the date that a derived fact is counted from
    compared: bool = True  # False: shown to the officer, never part of a condition

    @property
    def ordered(self) -> bool:
        """Whether ``at_least`` and its like make sense."""
        return bool(self.levels) or self.kind in (Kind.INT, Kind.DECIMAL)

    @cached_property
    def level_of(self) -> Mapping[str, int]:
        """Return the rank of every ordered value."""
        return {value: rank for rank, level in enumerate(self.levels) for value in level}


def _choice(name: str, values: Iterable[str], zh: str, en: str) -> Fact:
    return Fact(
        name=name,
        kind=Kind.CHOICE,
        values=tuple(values),
        question_zh=zh,
        question_en=en,
    )


def _ordered(name: str, levels: Iterable[str], zh: str, en: str) -> Fact:
    ranks = tuple(tuple(level.split("=")) for level in levels)
    values = tuple(value for level in ranks for value in level)
    return Fact(
        name=name,
        kind=Kind.CHOICE,
        levels=ranks,
        values=values,
        question_zh=zh,
        question_en=en,
    )


def _yes_no(name: str, zh: str, en: str) -> Fact:
    return Fact(name=name, kind=Kind.BOOL, question_zh=zh, question_en=en)


def _months(name: str, zh: str, en: str) -> Fact:
    return Fact(
        name=name,
        kind=Kind.INT,
        unit="months",
        maximum=MAX_MONTHS,
        growth=Growth.MONTHLY,
        question_zh=zh,
        question_en=en,
    )


def _amount(name: str, unit: str, zh: str, en: str, *, compared: bool) -> Fact:
    return Fact(
        name=name,
        kind=Kind.DECIMAL,
        unit=unit,
        compared=compared,
        question_zh=zh,
        question_en=en,
    )


MARITAL = ("single", "married", "divorced", "widowed")
RELATIONS = (
    "spouse",
    "child",
    "parent",
    "grandparent",
    "grandchild",
    "sibling",
    "other",
)

_APPLICANT = (
    Fact(
        name="target_township",
        kind=Kind.TOWNSHIP,
        question_zh="您想在哪个街道或镇落户？",
        question_en="In which subdistrict or town do you want to register?",
    ),
    _yes_no(
        "target_in_town_area",
        "您要落户的地址在镇区范围内吗？",
        "Is the address inside the built-up area of the town (镇区)?",
    ),
    _choice(
        "hukou_place",
        (*UNITS, "zhejiang", "outside", "none"),
        "您现在的户口在哪里？",
        "Where is your hukou registered now?",
    ),
    Fact(
        name="zhejiang_hukou_years",
        kind=Kind.INT,
        unit="years",
        maximum=MAX_YEARS,
        growth=Growth.YEARLY,
        question_zh="您的户口在浙江省已经满多少年？",
        question_en="For how many full years has your hukou been in Zhejiang?",
    ),
    Fact(
        name="birth_date",
        kind=Kind.DATE,
        question_zh="您的出生日期是哪一天？",
        question_en="What is your date of birth?",
    ),
    _choice("sex", ("male", "female"), "您的性别是？", "What is your sex?"),
    _choice("marital_status", MARITAL, "您的婚姻状况是？", "What is your marital status?"),
    _yes_no("has_own_income", "您自己有收入吗？", "Do you have an income of your own?"),
    _choice(
        "housing",
        (
            "owned",
            "rented_private",
            "rented_public",
            "dormitory",
            "with_relatives",
            "none",
        ),
        "您在要落户的地方住在哪里？",
        "What kind of home do you have in the place where you want to register?",
    ),
    _amount(
        "housing_area_per_person_m2",
        "m2",
        "您家的住房人均有多少平方米？",
        "How many square metres of floor area are there for each person to be registered?",
        compared=True,
    ),
    _yes_no(
        "lease_registered",
        "您的租房合同办理了租赁登记备案吗？",
        "Has your lease been registered (租赁登记备案)?",
    ),
    _months(
        "months_in_current_rental",
        "您在现在租的房子里住了多少个月？",
        "For how many months have you lived in the home that you rent now?",
    ),
    _months(
        "continuous_residence_months",
        "您在市本级（或同一个县、市）连续居住了多少个月？",
        "For how many months without a break have you lived in the city proper "
        "(or in the same county)?",
    ),
    _months(
        "residence_registration_months",
        "您在嘉兴全市的居住登记加起来有多少个月？",
        "How many months of residence registration do you have in all of Jiaxing, added up?",
    ),
    _yes_no(
        "has_residence_registration",
        "您有居住登记凭证吗？",
        "Do you have a residence registration slip (居住登记凭证)?",
    ),
    _yes_no(
        "has_residence_permit",
        "您有浙江省居住证吗？",
        "Do you have a Zhejiang residence permit (居住证)?",
    ),
    _choice(
        "employment",
        ("contract", "self_employed", "business_owner", "public_sector", "none"),
        "您在嘉兴的工作情况是？",
        "What is your work in Jiaxing?",
    ),
    _yes_no(
        "special_occupation",
        "您从事的是当地认定的专业技能或特殊职业吗？",
        "Is your work a special skill or occupation recognised by the county?",
    ),
    _months(
        "pension_insurance_months",
        "您在嘉兴连续缴纳职工基本养老保险多少个月？",
        "For how many months without a break have you paid employees' pension insurance "
        "in Jiaxing?",
    ),
    _ordered(
        "education",
        (
            "none",
            "junior_middle",
            "senior_middle=secondary_vocational",
            "junior_college",
            "bachelor",
            "master",
            "doctor",
        ),
        "您的最高学历是？",
        "What is your highest education?",
    ),
    Fact(
        name="graduation_date",
        kind=Kind.DATE,
        question_zh="您是哪一天毕业的（取得上述学历）？",
        question_en="On which day did you graduate (with that education)?",
    ),
    _yes_no(
        "foreign_degree_certified",
        "您的国（境）外学历经过教育部留学服务中心认证吗？",
        "Do you have a foreign degree certified by the Ministry of Education's CSCSE?",
    ),
    _ordered(
        "professional_title",
        ("none", "junior", "intermediate", "associate_senior", "senior"),
        "您的专业技术职称是？",
        "What is your professional title?",
    ),
    _ordered(
        "skill_grade",
        ("none", "grade5", "grade4", "grade3", "grade2", "grade1"),
        "您的职业技能等级是？",
        "What is your vocational skill grade?",
    ),
    _yes_no(
        "skill_in_shortage",
        "您的工种在当地的紧缺工种目录里吗？",
        "Is your trade on the county's list of scarce skills?",
    ),
    _yes_no(
        "rural_transfer",
        "您是从农业转移出来的人口吗？",
        "Did you move here from farming (农业转移人口)?",
    ),
    _yes_no(
        "invests_locally",
        "您在嘉兴投资办企业吗？",
        "Have you invested in a business in Jiaxing?",
    ),
    _amount(
        "investment_cny",
        "CNY",
        "您在嘉兴投资了多少元？",
        "How many yuan have you invested in Jiaxing?",
        compared=False,
    ),
    _amount(
        "annual_tax_cny",
        "CNY",
        "您的企业每年纳税多少元？",
        "How many yuan of tax does your business pay a year?",
        compared=False,
    ),
    _choice(
        "honour",
        (
            "none",
            "model_worker",
            "moral_model",
            "outstanding_migrant_worker",
            "good_samaritan",
            "other",
        ),
        "您获得过哪一种荣誉？",
        "Which honour have you been given?",
    ),
    _ordered(
        "honour_level",
        ("none", "county", "city", "province", "national"),
        "您获得的荣誉是哪一级的？",
        "At which level was the honour given?",
    ),
    _choice(
        "graduate_status",
        ("none", "fresh"),
        "您是应届毕业生吗？",
        "Are you graduating this year (应届毕业生)?",
    ),
    _yes_no(
        "has_migration_certificate",
        "您持有户口迁移证吗？",
        "Do you hold a hukou migration certificate (户口迁移证)?",
    ),
    _yes_no(
        "studying_in_zhejiang_college",
        "您正在浙江省内的大中专院校读书吗？",
        "Are you studying at a college inside Zhejiang?",
    ),
    _choice(
        "sponsor",
        ("none", "child", "spouse", "parent"),
        "您要投靠哪一位户口在当地的亲属？",
        "Which relative, registered there already, do you want to join?",
    ),
    _yes_no(
        "lives_with_sponsor",
        "您和这位亲属住在一起吗？",
        "Do you live together with that relative?",
    ),
    _yes_no(
        "sponsor_owns_home",
        "这位亲属在当地有自己的住房吗？",
        "Does that relative own a home there?",
    ),
)

_MEMBER = (
    _choice(
        "relation",
        RELATIONS,
        "这位家人是您的什么人？",
        "How is this person related to you?",
    ),
    Fact(
        name="birth_date",
        kind=Kind.DATE,
        question_zh="这位家人的出生日期是哪一天？",
        question_en="What is this person's date of birth?",
    ),
    _choice(
        "marital_status",
        MARITAL,
        "这位家人的婚姻状况是？",
        "What is this person's marital status?",
    ),
    _yes_no(
        "has_own_income",
        "这位家人自己有收入吗？",
        "Does this person have an income of their own?",
    ),
    _yes_no("lives_together", "这位家人和您住在一起吗？", "Does this person live with you?"),
)

_DERIVED = (
    Fact(
        name="age_years",
        kind=Kind.INT,
        unit="years",
        since="birth_date",
        growth=Growth.AGE,
    ),
    Fact(
        name="graduation_years_begun",
        kind=Kind.INT,
        unit="years",
        since="graduation_date",
        growth=Growth.BEGUN_YEARS,
    ),
)

FACTS: dict[str, Fact] = {fact.name: fact for fact in _APPLICANT}
MEMBER_FACTS: dict[str, Fact] = {fact.name: fact for fact in _MEMBER}
DERIVED: dict[str, Fact] = {fact.name: fact for fact in _DERIVED}
COMPARABLE: dict[str, Fact] = {
    name: fact
    for name, fact in (FACTS | DERIVED).items()
    if fact.compared and fact.kind is not Kind.DATE
}
MEMBER_COMPARABLE: dict[str, Fact] = {
    name: fact
    for name, fact in (MEMBER_FACTS | {"age_years": DERIVED["age_years"]}).items()
    if fact.kind is not Kind.DATE
}


def asked_as(name: str) -> str:
    """Return the fact that somebody is asked for, so that ``name`` becomes known."""
    derived = DERIVED.get(name)
    return derived.since if derived else name
