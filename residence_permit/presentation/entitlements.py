"""What a permit entitles to, line by line: how its holder stands, why, by which article, where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.core.condition import OfficerJudgement
from eligibility.core.facts import Fact, Kind
from eligibility.core.rule import Citation
from eligibility.core.verdict import Verdict
from eligibility.wording import VALUES, language, say
from residence_permit.core.judging import Judged, Reason
from residence_permit.core.permit_facts import HOLDER_FACTS
from residence_permit.core.permit_ledger import PermitStatus
from residence_permit.core.provisions import Provision
from residence_permit.services.holder import Known, Today

KINDS: Mapping[str, tuple[Any, Any]] = {
    "right": (_l("Rights"), _l("What you may do here as everybody who is at home here.")),
    "service": (_l("Public services"), _l("What the governments here provide for you.")),
    "convenience": (_l("Conveniences"), _l("What you can have done here without travelling home.")),
    "widened": (
        _l("Wider services of the province and the city"),
        _l("What is opened to holders step by step; who gets it, the texts do not always say."),
    ),
}
# The words of this page: here it is a department that decides, seldom the police.
WORDS: Mapping[str, tuple[str, Any]] = {
    "met": ("check", _l("You have this")),
    "officer_decides": ("officer", _l("The office decides")),
    "unknown": ("question", _l("Not known yet")),
    "not_yet": ("clock", _l("Not yet")),
    "not_met": ("stop", _l("Not now")),
}
_VERDICTS = {
    Verdict.MET: "met",
    Verdict.OFFICER: "officer_decides",
    Verdict.UNKNOWN: "unknown",
    Verdict.NOT_MET: "not_met",
}
MET: Mapping[str, Any] = {
    "permit_usable": _l("The permit can be used today."),
    "has_accompanying_child": _l("A child of yours lives here with you."),
    "rural_transfer": _l("You have moved here from farming (农业转移人口)."),
    "employment": _l("You have legal and stable employment (合法稳定就业)."),
    "housing": _l("You have legal and stable housing (合法稳定住所)."),
}
NOT_MET: Mapping[str, Any] = {
    "permit_usable": _l("The permit cannot be used now."),
    "has_accompanying_child": _l("This is for children who live here with you."),
    "rural_transfer": _l("This is for people who have moved from farming (农业转移人口)."),
    "employment": _l("Legal and stable employment (合法稳定就业) is missing."),
    "housing": _l("Legal and stable housing (合法稳定住所) is missing."),
}
SOURCES: Mapping[str, Any] = {
    "registration": _l("as your residence registration says"),
    "application": _l("as your last application said"),
    "household": _l("as the registrations say"),
    "answer": _l("as you have just answered"),
}


@dataclass(frozen=True)
class ReasonLine:
    """What settles one answer."""

    verdict: str
    text: str
    article: str


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """One right, service or convenience."""

    code: str
    name: str
    summary: str
    verdict: str
    icon: str
    word: str
    missing: str
    lines: tuple[ReasonLine, ...]
    article: str
    also: tuple[str, ...]
    office: str
    clause: str
    secondary: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """What one kind of provision comes to."""

    kind: str
    title: str
    text: str
    entries: tuple[Entitlement, ...]

    @property
    def have(self) -> int:
        """Return how many of them the holder has."""
        return sum(entry.verdict == "met" for entry in self.entries)


def groups(judged: Sequence[Judged], today: Today, known: Known) -> list[Group]:
    """Return everything in words, in the order of the law."""
    found = []
    for kind, (title, text) in KINDS.items():
        entries = tuple(_entry(one, today, known) for one in judged if one.provision.kind == kind)
        if entries:
            found.append(Group(kind=kind, title=str(title), text=str(text), entries=entries))
    return found


def _entry(judged: Judged, today: Today, known: Known) -> Entitlement:
    provision = judged.provision
    verdict = _VERDICTS[judged.verdict]
    if judged.verdict is Verdict.NOT_MET and judged.earliest_date is not None:
        verdict = "not_yet"
    icon, word = WORDS[verdict]
    return Entitlement(
        code=provision.code,
        name=say(provision.name),
        summary=say(provision.summary),
        verdict=verdict,
        icon=icon,
        word=str(word),
        missing=_missing(judged, today),
        lines=tuple(_line(reason, provision, known) for reason in judged.reasons),
        article=_article(provision.citation),
        also=tuple(_article(provision.citations[ref]) for ref in provision.also),
        office=say(provision.office)
        if provision.office
        else _("The text names no office. Ask at the police station that issued the permit."),
        clause=provision.citation.text,
        secondary=provision.citation.provenance == "secondary",
    )


def _missing(judged: Judged, today: Today) -> str:
    """Return what is missing and what to do, in a sentence; nothing where nothing is."""
    match judged.verdict:
        case Verdict.MET:
            return ""
        case Verdict.OFFICER:
            return _("The text gives no measure the portal could check. Ask the office named here.")
        case Verdict.UNKNOWN:
            return _("Answer the question below, and you see how you stand.")
    if not today.timeline.usable:
        if today.timeline.status is PermitStatus.SUSPENDED:
            return _(
                "The permit is suspended. Once the late endorsement is entered, it counts again."
            )
        return _("This goes with a permit that can be used.")
    return ""


def _line(reason: Reason, provision: Provision, known: Known) -> ReasonLine:
    leaf = reason.leaf
    article = _article(provision.citations[leaf.clause])
    verdict = _VERDICTS[reason.verdict]
    if isinstance(leaf, OfficerJudgement):
        return ReasonLine(verdict, say(dict(leaf.asks)), article)
    if reason.verdict is Verdict.UNKNOWN:
        return ReasonLine(verdict, question(leaf.fact), article)
    texts = MET if reason.verdict is Verdict.MET else NOT_MET
    text = str(texts.get(leaf.fact, question(leaf.fact)))
    source = SOURCES.get(known.sources.get(leaf.fact, ""))
    if source:
        text = _("%(text)s (%(source)s)") % {"text": text, "source": source}
    return ReasonLine(verdict, text, article)


def _article(citation: Citation) -> str:
    number = f"（{citation.number}）" if citation.number else ""
    return f"{say(citation.document)}{number} {citation.article}"


def question(name: str) -> str:
    """Return the question that asks for a fact of a holder."""
    fact = HOLDER_FACTS[name]
    return fact.question_en if language() == "en" else fact.question_zh


def choices(fact: Fact) -> list[tuple[str, str]]:
    """Return the answers to choose from; not knowing is one."""
    if fact.kind is Kind.BOOL:
        listed = [("true", _("Yes")), ("false", _("No"))]
    else:
        words = VALUES[fact.name]
        listed = [(value, str(words[value])) for value in fact.values]
    return [*listed, ("", _("I do not know"))]


def to_ask(judged: Sequence[Judged]) -> list[str]:
    """Return the facts on which an answer hangs that nobody has given, each once."""
    return list(dict.fromkeys(name for one in judged for name in one.unknown_facts))
