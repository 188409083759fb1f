"""What stands below a question: what counts, how to count, where to find it."""

from django.utils.translation import gettext_lazy as _

HELP = {
    "target_county": _(
        "Choose the place where your home is, or will be. The rules differ from place to place."
    ),
    "target_township": _(
        "It stands in the address of your home. A neighbour or the village or residents' "
        "committee can tell you."
    ),
    "target_in_town_area": _(
        "The built-up area (镇区) is the town itself, with its streets and housing estates; the "
        "villages around it do not belong to it. The police station knows the boundary."
    ),
    "hukou_place": _("It stands on the first page of your household register (户口簿)."),
    "zhejiang_hukou_years": _(
        "Count full years only. The day on which you moved in stands on your page of the "
        "household register; if you have been registered in Zhejiang since birth, it is your age. "
        "If your hukou is not in Zhejiang, write 0."
    ),
    "birth_date": _("As it stands on your identity card."),
    "sex": _("As it stands on your identity card."),
    "marital_status": _("As it stands in your household register or marriage papers."),
    "has_own_income": _("Wages, business or a pension count; money from your parents does not."),
    "housing": _(
        "“Own home” is a home with a title deed. “Rented under a contract” is a home for which "
        "you have signed a lease."
    ),
    "housing_area_per_person_m2": _(
        "Divide the floor area on the title deed by the number of people who are to be "
        "registered. 118 square metres for 3 people are 39.33."
    ),
    "lease_registered": _(
        "Registered with the housing office: then you have a certificate of lease registration "
        "(租赁登记备案证明). A signed contract alone is not a registration."
    ),
    "months_in_current_rental": _(
        "From the day you moved in. One year is 12 months; a month that has begun but is not "
        "over does not count."
    ),
    "continuous_residence_months": _(
        "Without a break. Nanhu and Xiuzhou count as one place. One year is 12 months."
    ),
    "residence_registration_months": _(
        "Add up all periods for which the police had you registered as a resident, anywhere in "
        "Jiaxing. One year is 12 months."
    ),
    "has_residence_registration": _(
        "The slip that you get when you report where you live, at the police station or in the "
        "“浙里办” app."
    ),
    "has_residence_permit": _(
        "A card, or shown in the “浙里办” app. A temporary residence slip is not a permit."
    ),
    "employment": _(
        "If several are right, choose the one with which you earn most. Public sector means "
        "civil servants and staff of public institutions."
    ),
    "special_occupation": _(
        "The county says which ones count; ask your employer. If you have never heard of it, "
        "choose “I do not know”."
    ),
    "pension_insurance_months": _(
        "The employees' pension insurance that you or your employer pay, without a break up to "
        "now. You find the number in the “浙里办” app under social insurance (社保). One year is "
        "12 months. The residents' pension insurance (城乡居民养老保险) does not count."
    ),
    "education": _("Choose the highest one for which you hold a certificate."),
    "graduation_date": _("As it stands on the graduation certificate."),
    "foreign_degree_certified": _(
        "Certified by the Chinese Service Center for Scholarly Exchange. If you have not studied "
        "abroad, choose no."
    ),
    "professional_title": _("As it stands on your certificate of title (职称证书)."),
    "skill_grade": _("As it stands on your vocational qualification or skill grade certificate."),
    "skill_in_shortage": _(
        "The county keeps the list; ask your employer or the human resources office (人社局). "
        "If you have never heard of it, choose “I do not know”."
    ),
    "rural_transfer": _("You come from a farming family and now work outside farming."),
    "invests_locally": _("You have put money into a business that is registered in Jiaxing."),
    "investment_cny": _("In yuan. 500,000 yuan are written 500000."),
    "annual_tax_cny": _("In yuan, of the last full year."),
    "honour": _("An honour given by a government or a Party committee, with a certificate."),
    "honour_level": _("The level of the government that gave it; it stands on the seal."),
    "graduate_status": _("You graduate from a school or university this year."),
    "has_migration_certificate": _(
        "A paper issued by the police when a hukou is moved out, for example from a college."
    ),
    "studying_in_zhejiang_college": _("Full time, at a college or university inside Zhejiang."),
    "sponsor": _(
        "The relative must have a hukou in the place where you want to register. If you do not "
        "want to join anybody, choose “nobody”."
    ),
    "lives_with_sponsor": _("In the same home, as a household."),
    "sponsor_owns_home": _("With a title deed in the relative's own name."),
}

# What a person can do about a condition that is not met; only what is in his own hands.
ADVICE = {
    "housing": _("rent a home under a contract and check again"),
    "lease_registered": _("have your lease registered (租赁登记备案) and check again"),
    "has_residence_permit": _("apply for a residence permit (居住证) first"),
    "has_residence_registration": _("report where you live (居住登记) first"),
    "lives_with_sponsor": _("move in together with your relative and check again"),
    "foreign_degree_certified": _("have your foreign degree certified and check again"),
    "employment": _("sign a labour contract, or register a business, and check again"),
    "target_in_town_area": _("ask the police station about your address"),
}

# What is still to be known, where the label alone does not say what is asked.
OPEN = {
    "target_township": _("where you want to register"),
    "target_in_town_area": _("whether the address is inside the built-up area of the town"),
    "hukou_place": _("where your hukou is now"),
    "zhejiang_hukou_years": _("for how many years your hukou has been in Zhejiang"),
    "birth_date": _("your date of birth"),
    "sex": _("your sex"),
    "marital_status": _("whether you are married"),
    "has_own_income": _("whether you have an income of your own"),
    "housing": _("what kind of home you have here"),
    "housing_area_per_person_m2": _("how large your home is for each person"),
    "lease_registered": _("whether your lease is registered"),
    "months_in_current_rental": _("for how long you have lived in the rented home"),
    "continuous_residence_months": _("for how long you have lived here without a break"),
    "residence_registration_months": _("for how long you have been registered as a resident"),
    "has_residence_registration": _("whether you have a residence registration slip"),
    "has_residence_permit": _("whether you have a residence permit"),
    "employment": _("what your work is"),
    "special_occupation": _("whether yours is a special skill or occupation"),
    "pension_insurance_months": _("for how many months you have paid pension insurance"),
    "education": _("your education"),
    "graduation_date": _("on which day you graduated"),
    "foreign_degree_certified": _("whether you have a certified foreign degree"),
    "professional_title": _("whether you have a professional title"),
    "skill_grade": _("whether you have a skill grade"),
    "skill_in_shortage": _("whether your trade is a scarce one"),
    "rural_transfer": _("whether you moved here from farming"),
    "invests_locally": _("whether you have invested here"),
    "honour": _("whether you have been given an honour"),
    "honour_level": _("at which level the honour was given"),
    "graduate_status": _("whether you graduate this year"),
    "has_migration_certificate": _("whether you hold a migration certificate"),
    "sponsor": _("whether you want to join a relative"),
    "lives_with_sponsor": _("whether you live with that relative"),
    "sponsor_owns_home": _("whether that relative owns a home"),
}

# Said in the sentence of the verdict, where a label would be too long.
SHORT = {
    "pension_insurance_months": _("pension insurance"),
    "continuous_residence_months": _("continuous residence"),
    "residence_registration_months": _("residence registration"),
    "months_in_current_rental": _("the time in your rented home"),
    "zhejiang_hukou_years": _("your years of Zhejiang hukou"),
    "birth_date": _("your age"),
    "housing_area_per_person_m2": _("floor area a person"),
}
