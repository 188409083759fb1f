"""The words of the steps: questions, answers, papers, and what was asked to be corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.wording import full_date, say, value_text
from residence_permit.core import steps
from residence_permit.core.provisions import ProvisionPaper
from residence_permit.core.steps import Asks, Step
from residence_permit.core.workflow import Kind
from residence_permit.models import Person, ResidenceRegistration

TITLES: Mapping[str, Any] = {
    "who": _l("Your data"),
    "ground": _l("Your ground for applying"),
    "change": _l("What has changed"),
    "card": _l("The damaged permit"),
    "loss": _l("The lost permit"),
    "end": _l("Why the permit ends"),
}
LABELS: Mapping[str, Any] = {
    "who.data_are_right": _l("These data are right"),
    "ground.ground": _l("On what ground do you apply?"),
    "ground.note": _l("Name of the employer, school or landlord"),
    "change.changed": _l("What has changed?"),
    "change.changed_on": _l("On which day did it change?"),
    "change.registration_is_right": _l("My residence registration shows the new data already"),
    "card.damage": _l("What is wrong with the permit?"),
    "card.hands_back": _l("I hand the old permit back when I collect the new one"),
    "loss.lost_on": _l("On which day was it lost?"),
    "loss.how": _l("How was it lost?"),
    "end.why": _l("Why does the permit end?"),
    "end.note": _l("What else the office should know"),
    "end.knows_it_ends": _l("I know that the permit cannot be used any more afterwards"),
}
HELP: Mapping[str, Any] = {
    "ground.ground": _l("One is enough. Choose the one that you can prove best."),
    "ground.note": _l("As it stands in the paper that proves it. You may leave it empty."),
    "change.changed_on": _l(
        "For example 2026, 11 and 20. A change is to be reported within 10 days (浙江省流动人口"
        "居住登记条例 第十九条)."
    ),
    "card.damage": _l("For example: broken, or no longer readable."),
    "card.hands_back": _l("浙江省流动人口居住登记条例 第二十二条"),
    "loss.lost_on": _l("For example 2026, 11 and 1. Leave it empty if you do not know."),
    "loss.how": _l("A short sentence is enough."),
    "end.note": _l("You may leave it empty."),
}
# Law words once, then explained.
GROUPS: Mapping[str, Any] = {
    "employment": _l("Work here: legal and stable employment (合法稳定就业)"),
    "housing": _l("A home here: legal and stable housing (合法稳定住所)"),
    steps.SCHOOLING: _l("School here: continuous schooling (连续就读)"),
    "exempt": _l("Recognised by the county or the city: no half year, no further ground"),
}
VALUES: Mapping[str, Any] = {
    "ground.ground.employment:contract": _l("Employed under a labour contract"),
    "ground.ground.employment:self_employed": _l("Self-employed, with a business licence"),
    "ground.ground.employment:business_owner": _l("Owner of a business"),
    "ground.ground.employment:public_sector": _l("Employed in the public sector"),
    "ground.ground.housing:owned": _l("A home of one's own"),
    "ground.ground.housing:rented_private": _l("A private home rented under a contract"),
    "ground.ground.housing:rented_public": _l("Public rental housing"),
    "ground.ground.housing:dormitory": _l("A dormitory of the employer or the school"),
    "ground.ground.housing:with_relatives": _l("With relatives (an officer decides)"),
    "ground.ground.schooling": _l("Attending a school here without a break"),
    "ground.ground.exempt:investor": _l("Investor (投资创业人员)"),
    "ground.ground.exempt:talent": _l("Recruited talent (引进人才)"),
    "change.changed.address": _l("The address"),
    "change.changed.employer": _l("The employer or school"),
    "change.changed.both": _l("Both"),
    "end.why.moved_away": _l("Moved away"),
    "end.why.hukou_moved": _l("The hukou was moved here"),
    "end.why.own_wish": _l("Own wish"),
}
# What officers may ask to be proved without naming a paper; and what anybody may add.
PROOFS: Mapping[str, Any] = {
    "employment": _l("Proof of work"),
    "housing": _l("Proof of the home"),
    "schooling": _l("Proof of schooling"),
    steps.OTHER: _l("Anything else that helps"),
}


@dataclass(frozen=True)
class Answer:
    """One answered question, in words."""

    label: str
    text: str


def title(step: str) -> str:
    """Return the title of a step; a name that nobody knows as it is."""
    return str(TITLES.get(step, step))


def label(step: str, question: str) -> str:
    """Return a question in words."""
    return str(LABELS.get(f"{step}.{question}", question))


def help_text(step: str, question: str) -> str:
    """Return what helps to answer a question."""
    return str(HELP.get(f"{step}.{question}", ""))


def choices(step: str, question: str, values: Sequence[str]) -> list[Any]:
    """Return the answers to choose from, in groups where their names have one."""
    pairs = [(value, str(VALUES[f"{step}.{question}.{value}"])) for value in values]
    if not any(_group(value) for value in values):
        return pairs
    grouped: dict[str, list[Any]] = {}
    for value, words in pairs:
        grouped.setdefault(_group(value), []).append((value, words))
    return [(str(GROUPS[group]), listed) for group, listed in grouped.items()]


def _group(value: str) -> str:
    name = value.partition(":")[0]
    return name if name in GROUPS else ""


def answer_text(step: str, question: str, value: Any) -> str:
    """Return one kept answer in words; what cannot be read is shown as it is."""
    if value is True:
        return _("yes")
    if value is None or value == "":
        return _("no answer")
    known = VALUES.get(f"{step}.{question}.{value}") or GROUPS.get(str(value))
    if known is not None:
        return str(known)
    try:
        return full_date(date.fromisoformat(value))
    except (TypeError, ValueError):
        return str(value)


def answers(step: Step, kept: Mapping[str, Any]) -> list[Answer]:
    """Return the answers to a step in words; a free text that was left empty is left out."""
    found = []
    for question in step.questions:
        value = kept.get(question.name)
        if value in (None, "") and not question.required:
            continue
        text = (
            str(value)
            if question.asks is Asks.TEXT and value
            else answer_text(step.name, question.name, value)
        )
        found.append(Answer(label(step.name, question.name), text))
    return found


def person_rows(person: Person, number: str) -> list[Answer]:
    """Return a person's data as they will stand on the permit; ``number`` is masked already."""
    rows = [
        Answer(_("Full name"), person.name),
        Answer(_("ID number"), number),
        Answer(_("Date of birth"), full_date(person.birth_date)),
        Answer(_("Sex"), person.get_sex_display()),
        Answer(_("Ethnic group"), person.ethnicity),
        Answer(_("Place of hukou"), value_text("hukou_place", person.hukou_place)),
        Answer(_("Address of the hukou"), person.hukou_address),
    ]
    return [row for row in rows if row.text]


def registration_rows(registration: ResidenceRegistration) -> list[Answer]:
    """Return where somebody is registered."""
    rows = [
        Answer(_("Address"), registration.address),
        Answer(_("Registered since"), full_date(registration.registered_on)),
        Answer(_("Employer or school"), registration.employer),
    ]
    return [row for row in rows if row.text]


def paper_name(code: str, paper: ProvisionPaper | None) -> str:
    """Return what a proof is called."""
    if paper is not None:
        return say(paper.name)
    return str(PROOFS.get(code, code))


def instead(paper: ProvisionPaper | None) -> list[str]:
    """Return what may be brought instead of a paper."""
    return [say(name) for name in paper.alternatives] if paper else []


def target_name(kind: Kind, target: str, papers: Mapping[str, ProvisionPaper]) -> str:
    """Return what an item to be corrected is about, in words."""
    if target.startswith(steps.EVIDENCE_TARGET):
        code = target.removeprefix(steps.EVIDENCE_TARGET)
        return paper_name(code, papers.get(code))
    name = target.removeprefix(steps.STEP_TARGET)
    return title(name) if steps.step_of(kind, name) else _("Your application")


def targets(
    kind: Kind, papers: Mapping[str, ProvisionPaper], needed: Sequence[str]
) -> list[tuple[str, str]]:
    """Return what an officer may ask to be corrected: the steps, then the proofs."""
    found = [f"{steps.STEP_TARGET}{step.name}" for step in steps.STEPS[kind]]
    codes = [*needed, *(code for code in PROOFS if code not in needed)]
    found += [f"{steps.EVIDENCE_TARGET}{code}" for code in codes]
    return [(target, target_name(kind, target, papers)) for target in found]
