"""Every word about facts, leaves, refusals and notices, in the reader's language.

The functions speak the language that is active; they return plain text and never judge.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.core.condition import Compare, OfficerJudgement
from eligibility.core.errors import FieldError
from eligibility.core.facts import FACTS, MEMBER_FACTS, Kind
from eligibility.core.notices import Notice
from eligibility.core.places import UNITS, Township

# A noun phrase for every fact, used in summaries, tables and errors.
LABELS = {
    "as_of": _l("the day of the check"),
    "facts": _l("facts"),
    "household": _l("household members"),
    "target_township": _l("place of registration"),
    "target_in_town_area": _l("inside the built-up area of the town"),
    "hukou_place": _l("current hukou"),
    "zhejiang_hukou_years": _l("Zhejiang hukou"),
    "birth_date": _l("date of birth"),
    "age_years": _l("age"),
    "sex": _l("sex"),
    "marital_status": _l("marital status"),
    "has_own_income": _l("income of one's own"),
    "housing": _l("home"),
    "housing_area_per_person_m2": _l("floor area per person"),
    "lease_registered": _l("lease registration"),
    "months_in_current_rental": _l("living in the home rented now"),
    "continuous_residence_months": _l("residence without a break"),
    "residence_registration_months": _l("residence registration in all of Jiaxing"),
    "has_residence_registration": _l("residence registration slip"),
    "has_residence_permit": _l("Zhejiang residence permit"),
    "employment": _l("work"),
    "special_occupation": _l("recognised special occupation"),
    "pension_insurance_months": _l("employees' pension insurance in Jiaxing without a break"),
    "education": _l("education"),
    "graduation_date": _l("day of graduation"),
    "graduation_years_begun": _l("time since graduation"),
    "foreign_degree_certified": _l("certified foreign degree"),
    "professional_title": _l("professional title"),
    "skill_grade": _l("skill grade"),
    "skill_in_shortage": _l("scarce skill"),
    "rural_transfer": _l("having moved from farming"),
    "invests_locally": _l("investment in Jiaxing"),
    "investment_cny": _l("amount invested"),
    "annual_tax_cny": _l("tax paid a year"),
    "honour": _l("honour"),
    "honour_level": _l("level of the honour"),
    "graduate_status": _l("graduate status"),
    "has_migration_certificate": _l("hukou migration certificate"),
    "studying_in_zhejiang_college": _l("studies at a college in Zhejiang"),
    "sponsor": _l("relative to be joined"),
    "lives_with_sponsor": _l("living with that relative"),
    "sponsor_owns_home": _l("home owned by that relative"),
    "relation": _l("relation"),
    "lives_together": _l("living together"),
}

# What the law asks where a yes-or-no fact must be yes, and where it must be no.
YES = {
    "target_in_town_area": _l("the address is inside the built-up area of the town"),
    "has_own_income": _l("has an income of one's own"),
    "lease_registered": _l("the lease is registered"),
    "has_residence_registration": _l("has a residence registration slip"),
    "has_residence_permit": _l("has a Zhejiang residence permit"),
    "special_occupation": _l("works in a recognised special skill or occupation"),
    "foreign_degree_certified": _l("has a foreign degree certified by the Ministry of Education"),
    "skill_in_shortage": _l("the trade is on the county's list of scarce skills"),
    "rural_transfer": _l("moved here from farming"),
    "invests_locally": _l("has invested in Jiaxing"),
    "has_migration_certificate": _l("holds a hukou migration certificate"),
    "studying_in_zhejiang_college": _l("studies at a college in Zhejiang"),
    "lives_with_sponsor": _l("lives together with the relative to be joined"),
    "sponsor_owns_home": _l("the relative to be joined owns a home there"),
    "lives_together": _l("lives together with the applicant"),
}
NO = {
    "target_in_town_area": _l("the address is outside the built-up area of the town"),
    "has_own_income": _l("has no income of one's own"),
    "lease_registered": _l("the lease is not registered"),
    "has_residence_registration": _l("has no residence registration slip"),
    "has_residence_permit": _l("has no Zhejiang residence permit"),
    "special_occupation": _l("does not work in a recognised special skill or occupation"),
    "foreign_degree_certified": _l("has no certified foreign degree"),
    "skill_in_shortage": _l("the trade is not on the county's list of scarce skills"),
    "rural_transfer": _l("did not move here from farming"),
    "invests_locally": _l("has not invested in Jiaxing"),
    "has_migration_certificate": _l("holds no hukou migration certificate"),
    "studying_in_zhejiang_college": _l("does not study at a college in Zhejiang"),
    "lives_with_sponsor": _l("does not live with the relative to be joined"),
    "sponsor_owns_home": _l("the relative to be joined owns no home there"),
    "lives_together": _l("does not live with the applicant"),
}

VALUES: Mapping[str, Mapping[str, Any]] = {
    "hukou_place": {
        "330402": _l("Nanhu District (南湖区), Jiaxing"),
        "330411": _l("Xiuzhou District (秀洲区), Jiaxing"),
        "330421": _l("Jiashan County (嘉善县), Jiaxing"),
        "330424": _l("Haiyan County (海盐县), Jiaxing"),
        "330481": _l("Haining City (海宁市), Jiaxing"),
        "330482": _l("Pinghu City (平湖市), Jiaxing"),
        "330483": _l("Tongxiang City (桐乡市), Jiaxing"),
        "zhejiang": _l("elsewhere in Zhejiang"),
        "outside": _l("another province"),
        "none": _l("no hukou anywhere"),
    },
    "sex": {"male": _l("male"), "female": _l("female")},
    "marital_status": {
        "single": _l("never married"),
        "married": _l("married"),
        "divorced": _l("divorced"),
        "widowed": _l("widowed"),
    },
    "housing": {
        "owned": _l("a home of one's own"),
        "rented_private": _l("a private home rented under a contract"),
        "rented_public": _l("public rental housing"),
        "dormitory": _l("an employer's dormitory"),
        "with_relatives": _l("with relatives or friends"),
        "none": _l("no stable home"),
    },
    "employment": {
        "contract": _l("employed under a labour contract"),
        "self_employed": _l("self-employed"),
        "business_owner": _l("owner of a business"),
        "public_sector": _l("public sector"),
        "none": _l("no work in Jiaxing"),
    },
    "education": {
        "none": _l("primary school or less"),
        "junior_middle": _l("junior middle school"),
        "senior_middle": _l("senior middle school"),
        "secondary_vocational": _l("secondary vocational school"),
        "junior_college": _l("junior college"),
        "bachelor": _l("bachelor's degree"),
        "master": _l("master's degree"),
        "doctor": _l("doctorate"),
    },
    "professional_title": {
        "none": pgettext_lazy("professional title", "none"),
        "junior": pgettext_lazy("professional title", "junior"),
        "intermediate": pgettext_lazy("professional title", "intermediate"),
        "associate_senior": pgettext_lazy("professional title", "associate senior"),
        "senior": pgettext_lazy("professional title", "senior"),
    },
    "skill_grade": {
        "none": pgettext_lazy("skill grade", "none"),
        "grade5": _l("grade 5 (junior)"),
        "grade4": _l("grade 4 (intermediate)"),
        "grade3": _l("grade 3 (senior)"),
        "grade2": _l("grade 2 (technician)"),
        "grade1": _l("grade 1 (senior technician)"),
    },
    "honour": {
        "none": pgettext_lazy("honour", "none"),
        "model_worker": _l("model worker"),
        "moral_model": _l("moral model"),
        "outstanding_migrant_worker": _l("outstanding migrant worker"),
        "good_samaritan": _l("honoured for an act of courage"),
        "other": _l("another honour"),
    },
    "honour_level": {
        "none": pgettext_lazy("level of the honour", "none"),
        "county": _l("county level"),
        "city": _l("city level"),
        "province": _l("province level"),
        "national": _l("national level"),
    },
    "graduate_status": {
        "none": _l("not graduating this year"),
        "fresh": _l("graduating this year"),
    },
    "sponsor": {
        "none": _l("nobody"),
        "child": _l("son or daughter"),
        "spouse": _l("husband or wife"),
        "parent": _l("father or mother"),
    },
    "relation": {
        "spouse": _l("husband or wife"),
        "child": _l("son or daughter"),
        "parent": _l("father or mother"),
        "grandparent": _l("grandparent"),
        "grandchild": _l("grandchild"),
        "sibling": _l("brother or sister"),
        "other": _l("somebody else"),
    },
}

AREAS = {
    "county": _l("the five counties and county-level cities"),
    "urban": _l("the city proper (Nanhu and Xiuzhou)"),
    "rural": _l("Nanhu and Xiuzhou outside the built-up areas of the towns"),
}

# The three answers that the law calls 合法稳定住所 have one name when they come together.
STABLE_HOUSING = {"owned", "rented_private", "rented_public"}

# Facts whose answers speak for themselves: "a home of one's own", not "home: a home of one's own".
SPEAKING = {"housing", "employment", "graduate_status", "marital_status", "sex"}

VERDICTS = {
    "met": _l("met"),
    "officer_decides": _l("an officer decides"),
    "unknown": _l("not known yet"),
    "not_met": _l("not met"),
}


def language() -> str:
    """Return `zh` or `en`, as records and questions are keyed."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say(texts: Mapping[str, str]) -> str:
    """Return the text of a record in the reader's language."""
    return texts.get(language()) or texts["zh"]


def question(name: str, *, member: bool = False) -> str:
    """Return the question that asks for a fact."""
    fact = (MEMBER_FACTS if member else FACTS)[name]
    return fact.question_en if language() == "en" else fact.question_zh


def label(name: str) -> str:
    """Return the noun phrase of a fact; of `household[0].birth_date` with the member's number."""
    if name.startswith("household["):
        number, _sep, rest = name[len("household[") :].partition("]")
        person = _("household member %(number)d") % {"number": int(number) + 1}
        known = LABELS.get(rest[1:])
        return _("%(person)s: %(fact)s") % {"person": person, "fact": known} if known else person
    return str(LABELS.get(name, name))


def amount(value: Any, unit: str) -> str:
    """Return a figure with its unit."""
    one = 1 if value == 1 else 2
    forms = {
        "months": ngettext("%(n)s month", "%(n)s months", one),
        "years": ngettext("%(n)s year", "%(n)s years", one),
        "m2": _("%(n)s m²"),
        "CNY": _("%(n)s yuan"),
    }
    return forms.get(unit, "%(n)s") % {"n": value}


def any_of(words: Iterable[Any]) -> str:
    """Return alternatives as a sentence names them: a, b or c."""
    *first, last = (str(word) for word in words)
    if not first:
        return last
    listed = pgettext("between alternatives", ", ").join(first)
    return _("%(listed)s or %(last)s") % {"listed": listed, "last": last}


def clauses_of(words: Iterable[Any]) -> str:
    """Return phrases one after the other, as parts of one sentence."""
    return pgettext("between phrases", "; ").join(str(word) for word in words)


def sentences(texts: Iterable[str]) -> str:
    """Return whole sentences one after the other; Chinese puts no space between them."""
    follow = _("%(first)s %(second)s")
    return reduce(lambda first, second: follow % {"first": first, "second": second}, texts)


def full_date(day: date) -> str:
    """Return a date in full, as the reader's language writes it."""
    if language() == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def value_text(name: str, value: Any, townships: Mapping[str, Township] | None = None) -> str:
    """Return a stated value as a reader would say it."""
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return full_date(value)
    if name == "target_township":
        township = (townships or {}).get(value)
        return f"{township.county}{township.name}" if township else str(value)
    if name in VALUES:
        return str(VALUES[name][value])
    fact = FACTS.get(name)
    unit = "years" if name == "age_years" else fact.unit if fact else ""
    return amount(value, unit)


def leaf_text(leaf: Compare | OfficerJudgement) -> str:
    """Return what a leaf asks, as a phrase."""
    if isinstance(leaf, OfficerJudgement):
        return dict(leaf.asks)[language()]
    name, wanted = leaf.fact, leaf.value
    if isinstance(wanted, bool):
        return str((YES if wanted else NO)[name])
    if name in VALUES:
        return _choice_text(leaf)
    if name == "age_years":
        return _age_text(leaf.operator, wanted)
    if name == "graduation_years_begun":
        return _("graduated no more than %(years)s years ago") % {"years": wanted}
    fact = FACTS.get(name)
    unit = fact.unit if fact else ""
    forms = {
        "at_least": _("at least %(figure)s of %(fact)s"),
        "at_most": _("at most %(figure)s of %(fact)s"),
        "above": _("more than %(figure)s of %(fact)s"),
        "below": _("less than %(figure)s of %(fact)s"),
        "is": _("exactly %(figure)s of %(fact)s"),
    }
    if unit in ("months", "years"):
        forms["at_least"] = pgettext("a time", "at least %(figure)s of %(fact)s")
    return forms[leaf.operator] % {"fact": label(name), "figure": amount(wanted, unit)}


def _choice_text(leaf: Compare) -> str:
    words = VALUES[leaf.fact]
    if leaf.operator in ("is", "in"):
        wanted = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        if leaf.fact == "housing" and set(wanted) == STABLE_HOUSING:
            return _("a legal and stable home (one's own, or rented under a contract)")
        if leaf.fact == "hukou_place" and set(wanted) == set(UNITS):
            return _("the hukou is in Jiaxing already")
        joined = any_of(words[value] for value in wanted)
        if leaf.fact in SPEAKING or wanted == ("none",):
            return joined
        if leaf.fact == "relation":
            return _("is the applicant's %(relation)s") % {"relation": joined}
        if leaf.fact == "sponsor":
            return _("joins a %(relative)s") % {"relative": joined}
        return _("%(fact)s: %(values)s") % {"fact": label(leaf.fact), "values": joined}
    forms = {
        "at_least": _("%(fact)s: %(value)s or higher"),
        "at_most": _("%(fact)s: %(value)s or lower"),
        "above": _("%(fact)s: higher than %(value)s"),
        "below": _("%(fact)s: lower than %(value)s"),
    }
    return forms[leaf.operator] % {"fact": label(leaf.fact), "value": words[leaf.value]}


def _age_text(operator: str, years: int) -> str:
    forms = {
        "at_least": _("%(years)s years old or older"),
        "at_most": _("no older than %(years)s"),
        "above": _("older than %(years)s"),
        "below": _("under %(years)s years old"),
        "is": _("%(years)s years old"),
    }
    return forms[operator] % {"years": years}


def refusal_text(error: FieldError) -> str:
    """Return what is wrong with a field, and what to do."""
    params = dict(error.params)
    for name, value in params.items():
        if isinstance(value, date):
            params[name] = full_date(value)
    if "choices" in params:
        params["choices"] = ", ".join(params["choices"])
    return _(REFUSALS[error.code]) % params


def N_(text: str) -> str:  # noqa: N802  the marker that message extraction knows
    """Mark a text for translation where it is only looked up later."""
    return text


REFUSALS = {
    "unknown_fact": N_("This name is not in the fact dictionary; see /api/v1/facts."),
    "unknown_member": N_("This name does not belong here; take it out."),
    "object_expected": N_("Give an object of names and values."),
    "list_expected": N_("Give a list."),
    "too_many": N_("Name at most %(maximum)s people."),
    "too_many_cases": N_("Send at most %(maximum)s cases at once."),
    "yes_or_no_expected": N_("Answer yes or no (true or false)."),
    "whole_number_expected": N_("Give a whole number, without a decimal point."),
    "number_expected": N_("Give a number of at most 16 digits, such as 39.14."),
    "out_of_range": N_("Give a number from %(minimum)s to %(maximum)s."),
    "date_expected": N_("Give a date as year-month-day, such as 1990-05-01."),
    "no_such_day": N_("The calendar has no such day; check year, month and day."),
    "after_as_of": N_("This day is after the day of the check, %(as_of)s; check the year."),
    "too_long_ago": N_("This is more than %(years)s years ago; check the year."),
    "text_expected": N_("Give a text."),
    "not_a_choice": N_("Choose one of: %(choices)s."),
    "unknown_township": N_("No township of Jiaxing has this code; see /api/v1/areas."),
    "target_not_wanted": N_("All places are compared; take the place of registration out."),
    "before_first_rule": N_("No rule is held for a day before %(first)s; choose a later day."),
    "required": N_("This is missing; add it."),
}

NOTICES = {
    "land_rights": N_(
        "Registering here never asks you to give up contracted farmland, a homestead or a share "
        "in the village collective's income (土地承包经营权、宅基地使用权、集体收益分配权)."
    ),
    "secondary_source": N_(
        "Some of these rules were read in published reprints; what the police confirm counts."
    ),
    "future_as_of": N_(
        "The day of the check, %(as_of)s, is still to come: this is the answer by the rules "
        "published so far."
    ),
    "plan_period_over": N_(
        "The five years of the 2023 plan ended on 21 July 2028. No text says that its rules lapse; "
        "ask the police whether they still hold."
    ),
    "student_keeps_hukou": N_(
        "Students with a Jiaxing hukou who are admitted to a college inside Zhejiang keep their "
        "hukou at home unless they ask to move it."
    ),
    "insured_longer_than_working_life": N_(
        "%(first)s is more than the working life that %(second)s allows; check both."
    ),
    "longer_than_life": N_("%(first)s is longer than the life that %(second)s gives; check both."),
    "graduated_before_birth": N_("%(first)s lies before %(second)s; check both."),
    "rental_months_without_rental": N_(
        "%(first)s is given, but %(second)s says that nothing is rented; check both."
    ),
    "lease_without_rental": N_(
        "%(first)s is given, but %(second)s says that nothing is rented; check both."
    ),
    "hukou_years_outside": N_(
        "%(first)s is given, but %(second)s says that the hukou is not in Zhejiang; check both."
    ),
    "registration_months_without_slip": N_(
        "%(first)s is given, but %(second)s says that there is none; check both."
    ),
    "honour_level_without_honour": N_(
        "%(first)s is given, but %(second)s says that there is none; check both."
    ),
    "spouse_without_marriage": N_(
        "%(first)s says husband or wife, but %(second)s says not married; check both."
    ),
    "living_with_nobody": N_(
        "%(first)s is given, but %(second)s says that nobody is joined; check both."
    ),
    "two_spouses": N_("%(first)s and %(second)s both say husband or wife; check both."),
    "child_older_than_parent": N_(
        "%(first)s is not after %(second)s: a child cannot be older than the parent; check both."
    ),
    "parent_younger_than_child": N_(
        "%(first)s is not before %(second)s: a parent cannot be younger than the child; check both."
    ),
}


def notice_text(notice: Notice) -> str:
    """Return a notice in words; a contradiction names both facts."""
    params: dict[str, Any] = {
        name: full_date(value) if isinstance(value, date) else value
        for name, value in notice.params.items()
    }
    if len(notice.fields) == 2:
        params["first"], params["second"] = (_stated(name) for name in notice.fields)
    return _(NOTICES[notice.code]) % params


def _stated(name: str) -> str:
    return _("“%(fact)s”") % {"fact": label(name)}


def plain_value(value: Any) -> Any:
    """Return a value as JSON carries it: exact decimals as text, dates in ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def choices_of(name: str, *, member: bool = False) -> list[tuple[str, str]]:
    """Return the choices of a fact with their words, in the dictionary's order."""
    fact = (MEMBER_FACTS if member else FACTS)[name]
    if fact.kind is Kind.BOOL:
        return [("true", _("yes")), ("false", _("no"))]
    return [(value, str(VALUES[name][value])) for value in fact.values]
