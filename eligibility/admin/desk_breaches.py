"""What stands between a version and its publication, in words: what, why, where, and the remedy."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.admin.desk_tree import leaf_addresses
from eligibility.core.editing import address_of
from eligibility.core.review import Breach
from eligibility.core.rule import RuleVersion
from eligibility.core.worked import NOT_LISTED, Difference
from eligibility.models import LegalDocument


@dataclass(frozen=True, kw_only=True)
class BreachLine:
    """One breach as a page shows it."""

    code: str
    text: str
    remedy: str
    absolute: bool
    article: str
    document_id: int | None
    place: str  # in words
    address: str | None  # of the node in the tree; None where it is about the whole version
    tab: str  # the page of the desk on which it is mended


def N_(text: str) -> str:  # noqa: N802  the marker that message extraction knows
    """Mark a text for translation where it is only looked up later."""
    return text


# code: what is wrong, what to do
TEXTS: Mapping[str, tuple[str, str]] = {
    "land_rights": (
        N_("It asks about land rights."),
        N_(
            "Take the condition out. Giving up land rights may never be asked; nobody can allow it."
        ),
    ),
    "hukou_type": (
        N_("It tells people apart by the former agricultural and non-agricultural hukou."),
        N_("Take the condition out, or the approver says in writing why it has to stay."),
    ),
    "family_planning": (
        N_("It asks about family planning or adoption papers."),
        N_("Take the condition out, or the approver says in writing why it has to stay."),
    ),
    "rural_transfer": (
        N_(
            "It compares whether somebody moved from farming, which must not count against anybody."
        ),
        N_("Take the condition out, or the approver says in writing why it has to stay."),
    ),
    "county_asks_for_housing_only": (
        N_("In the counties a stable home is enough; this asks for more than a home."),
        N_("Take the condition out, or the approver says in writing why it has to stay."),
    ),
    "county_takes_every_stable_home": (
        N_("In the counties every stable home counts, also a rented one; not all are taken here."),
        N_("Edit the condition on the home: choose owned, rented and public rental housing."),
    ),
    "no_floor_area": (
        N_("It asks for %(figure)s m² of floor area per person. No floor area may be asked."),
        N_("Take the condition out, or the approver says in writing why it has to stay."),
    ),
    "insurance_over_60_months": (
        N_("It asks for %(figure)s months of insurance; no more than %(most)s may be asked."),
        N_("Lower the figure to %(most)s or less, or the approver says in writing why not."),
    ),
    "fact_without_question": (
        N_("Residents are never asked for this fact, so nobody could meet the condition."),
        N_("Choose another fact; a new question is made by the programmers."),
    ),
    "gap": (
        N_("From %(first)s to %(last)s no version would hold in %(area)s."),
        N_("Choose another first day, or the approver says in writing why the gap has to be."),
    ),
    "overlap": (
        N_("%(other)s begins in %(area)s on the same day, %(first)s."),
        N_("Choose another first day, or other areas."),
    ),
    "contradiction": (
        N_("Nobody can meet this."),
        N_("Look for two lines that exclude each other, and change or remove one of them."),
    ),
    "unreachable_branch": (
        N_("Nobody is registered by this branch alone; the others let the same people in."),
        N_("Remove the branch, or change what it asks."),
    ),
    "leaf_never_matters": (
        N_("The answer is the same with this line and without it."),
        N_("Remove the line, or change its figure."),
    ),
    "leaf_adds_nothing": (
        N_("The same people are registered without this line: %(person)s"),
        N_("Remove the line, or the approver says in writing why the document names it."),
    ),
    "asks_nothing": (
        N_("Everybody meets this; it asks nothing."),
        N_("Add what the document asks, or change a figure."),
    ),
    "too_many_cases": (
        N_("The condition tells too many kinds of people apart to be checked."),
        N_("Split the rule into branches that share fewer facts."),
    ),
    "example_fails": (
        N_("The worked example “%(example)s” does not come out: %(differences)s."),
        N_("Mend the condition; if the example itself is wrong, delete it and enter it anew."),
    ),
    "leaf_not_shown": (
        N_("No worked example shows this line %(missing)s."),
        N_("Enter an example that does, or have examples made at the boundaries."),
    ),
    "published_into_the_past": (
        N_("The first day, %(first)s, is before today."),
        N_("Choose a later first day, or the approver says in writing why. Kept receipts stay."),
    ),
    "citation_not_kept": (
        N_("The words that it cites are not those of the document any more."),
        N_("Save the line again with its clause, so that it takes over the words as they are."),
    ),
    "before_its_document": (
        N_("The first day, %(first)s, is before its document comes into force: %(document_from)s."),
        N_("Choose a later first day, or the approver says in writing why it may be."),
    ),
    "no_impact_run": (
        N_("Nobody has measured yet whom this very draft changes."),
        N_("Start an impact run, or the approver says in writing why none is needed."),
    ),
    "narrower_than_superior_law": (
        N_("%(superior)s is higher law and registers somebody whom this would refuse: %(person)s"),
        N_("Let that person in as well, or the approver says in writing why not."),
    ),
}
# What an override was about, where its figures are no longer at hand.
TITLES: Mapping[str, str] = {
    "hukou_type": N_("The former agricultural and non-agricultural hukou"),
    "family_planning": N_("Family planning or adoption papers"),
    "rural_transfer": N_("Having moved from farming"),
    "county_asks_for_housing_only": N_("More than a stable home asked in the counties"),
    "county_takes_every_stable_home": N_("Not every stable home taken in the counties"),
    "no_floor_area": N_("Floor area per person"),
    "insurance_over_60_months": N_("More months of insurance than may be asked"),
    "fact_without_question": N_("A fact that nobody is asked for"),
    "gap": N_("Days without a version"),
    "leaf_adds_nothing": N_("A line that changes nobody’s answer"),
    "published_into_the_past": N_("First day before the day of publishing"),
    "before_its_document": N_("First day before that of the document"),
    "no_impact_run": N_("No impact run"),
    "narrower_than_superior_law": N_("Narrower than higher law"),
}
_TABS = {
    "gap": "head",
    "overlap": "head",
    "published_into_the_past": "head",
    "before_its_document": "head",
    "example_fails": "examples",
    "leaf_not_shown": "examples",
    "no_impact_run": "impact",
}


def breach_lines(rule: RuleVersion, breaches: Iterable[Breach]) -> list[BreachLine]:
    """Return the breaches in words, the absolute ones first."""
    found = sorted(breaches, key=lambda breach: not breach.absolute)
    slugs = {breach.article[0] for breach in found}
    documents = {row.slug: row for row in LegalDocument.objects.filter(slug__in=slugs)}
    return [_line(rule, breach, documents) for breach in found]


def title_of(code: str) -> str:
    """Return in a few words what a breach is about."""
    return _(TITLES[code]) if code in TITLES else code


def _line(rule: RuleVersion, breach: Breach, documents: Mapping[str, LegalDocument]) -> BreachLine:
    text, remedy = TEXTS.get(breach.code, (breach.code, ""))
    params = _params(breach)
    slug, article = breach.article
    document = documents.get(slug)
    title = _document_name(document) if document else slug
    address, place = _place(rule, breach)
    return BreachLine(
        code=breach.code,
        text=_(text) % params,
        remedy=_(remedy) % params if remedy else "",
        absolute=breach.absolute,
        article=f"{title} {article}",
        document_id=document.pk if document else None,
        place=place,
        address=address,
        tab=_TABS.get(breach.code, "" if address is not None else "draft"),
    )


def _document_name(row: LegalDocument) -> str:
    return row.number or wording.say({"zh": row.title_zh, "en": row.title_en})


def _params(breach: Breach) -> dict[str, Any]:
    given = breach.params
    params = {
        name: wording.full_date(value) if isinstance(value, date) else value
        for name, value in given.items()
    }
    if "area" in given:
        params["area"] = wording.AREAS[given["area"]]
    if "person" in given:
        params["person"] = person_text(given["person"])
    if "differences" in given:
        params["differences"] = outcome_text(given["differences"], given.get("refused", ()))
    if breach.code == "leaf_not_shown":
        missing = [
            word
            for word, seen in ((_("met"), given["met"]), (_("not met"), given["not_met"]))
            if not seen
        ]
        params["missing"] = wording.any_of(missing)
    return params


def person_text(person: Mapping[str, Any]) -> str:
    """Return the facts of a person who shows a fault, as a phrase."""
    said = [
        _("%(fact)s: %(value)s") % {"fact": wording.label(name), "value": _value(name, value)}
        for name, value in person.items()
    ]
    return wording.clauses_of(said) if said else _("anybody")


def _value(name: str, value: Any) -> str:
    if isinstance(value, Decimal):
        value = f"{value:f}"
    if name == "graduation_years_begun":
        return wording.amount(value, "years")
    return wording.value_text(name, value)


def outcome_text(differences: Iterable[Difference], refused: Iterable[Any] = ()) -> str:
    """Return what comes out otherwise than an example says."""
    said = [
        _("%(got)s comes out instead of %(wanted)s")
        % {"got": verdict_text(one.got), "wanted": verdict_text(one.wanted)}
        for one in differences
    ]
    said += [
        _("%(fact)s: %(refusal)s")
        % {"fact": wording.label(error.field), "refusal": wording.refusal_text(error)}
        for error in refused
    ]
    return wording.clauses_of(said) if said else _("this version does not judge it at all")


def verdict_text(value: Any) -> str:
    """Return what an example expects or gets, in words."""
    if isinstance(value, list):
        return wording.clauses_of(verdict_text(each) for each in value) or _("nobody")
    if value is None:
        return _("no day")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value == NOT_LISTED:
        return _("not on the list")
    if value in wording.VERDICTS:
        return str(wording.VERDICTS[value])
    return str(OVERALL.get(value, value))


OVERALL = {
    "eligible": N_("can register"),
    "not_yet": N_("not yet"),
    "not_eligible": N_("not under these rules"),
    "more_information_needed": N_("more has to be known"),
    "not_covered": N_("outside these rules"),
}


def _place(rule: RuleVersion, breach: Breach) -> tuple[str | None, str]:
    """Return where in the tree a breach is, and that place in words."""
    path = breach.params.get("place", "")
    if path.startswith("condition"):
        address = address_of(path)
        return address, _node_words(rule, path)
    leaf = breach.params.get("leaf") or breach.at.removeprefix(f"{rule.label}").lstrip(".")
    known = leaf_addresses(rule)
    if leaf in known:
        address, node = known[leaf]
        return address, wording.leaf_text(node)
    return None, _("the version as a whole")


def _node_words(rule: RuleVersion, path: str) -> str:
    by_address = dict(leaf_addresses(rule).values())
    node = by_address.get(address_of(path))
    if node is not None:
        return wording.leaf_text(node)
    steps = re.findall(r"\[(\d+)\]", path)
    if not steps:
        return _("the condition as a whole")
    numbers = ".".join(str(int(step) + 1) for step in steps)
    return _("group %(number)s") % {"number": numbers}
