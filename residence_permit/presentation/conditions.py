"""How somebody stands under the permit's conditions, in sentences a neighbour would say."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from eligibility.core.condition import Compare, OfficerJudgement
from eligibility.core.verdict import Verdict
from eligibility.wording import full_date, say, sentences
from residence_permit.core.judging import Judged, Reason
from residence_permit.core.provisions import Provision

# The names under which the components show a verdict.
_LEAF = {
    Verdict.MET: "met",
    Verdict.OFFICER: "officer_decides",
    Verdict.UNKNOWN: "unknown",
    Verdict.NOT_MET: "not_met",
}


@dataclass(frozen=True)
class ConditionLine:
    """One condition that settles the answer: its verdict, a sentence, its article."""

    verdict: str
    text: str
    article: str


@dataclass(frozen=True)
class ConditionsWords:
    """The answer as a whole."""

    verdict: str  # met, not_yet, officer_decides, unknown, not_met
    sentence: str
    advice: str
    lines: tuple[ConditionLine, ...]


def conditions_words(judged: Judged) -> ConditionsWords:
    """Return the judgement of an application in words; it never forbids to apply."""
    lines = tuple(_line(reason, judged.provision) for reason in judged.reasons)
    if judged.verdict is Verdict.MET:
        return ConditionsWords(
            "met", _("By what you have stated, the conditions are met."), "", lines
        )
    if judged.earliest_date is not None:
        day = full_date(judged.earliest_date)
        return ConditionsWords(
            "not_yet",
            _("Not yet: the half year is complete on %(day)s.") % {"day": day},
            _(
                "If you submit now, the office will probably refuse. Your draft is kept: from "
                "%(day)s on you only press “Submit”. You may submit now all the same; a person "
                "decides."
            )
            % {"day": day},
            lines,
        )
    if judged.verdict is Verdict.OFFICER:
        asks = [_asks(reason.leaf) for reason in judged.reasons]
        what = sentences(ask for ask in asks if ask)
        return ConditionsWords(
            "officer_decides", _("An officer decides: %(what)s") % {"what": what}, "", lines
        )
    if judged.verdict is Verdict.UNKNOWN:
        return ConditionsWords(
            "unknown",
            _("Something is not known yet, so the portal cannot say whether you meet them."),
            _("You may submit all the same; a person decides."),
            lines,
        )
    return ConditionsWords(
        "not_met",
        _("By what you have stated, the conditions are not met."),
        _("You may submit all the same; a person decides. Look at the reasons first."),
        lines,
    )


def _asks(leaf: Any) -> str:
    return say(dict(leaf.asks)) if isinstance(leaf, OfficerJudgement) else ""


def _line(reason: Reason, provision: Provision) -> ConditionLine:
    citation = provision.citations[reason.leaf.clause]
    article = f"{say(citation.document)} {citation.article}"
    return ConditionLine(_LEAF[reason.verdict], _text(reason), article)


def _text(reason: Reason) -> str:
    leaf = reason.leaf
    if isinstance(leaf, OfficerJudgement):
        return _asks(leaf)
    if reason.gap is not None and leaf.fact == "registration_months":
        return ngettext(
            "Residence registration: one month is missing to half a year (%(months)s month).",
            "Residence registration: %(months)s months are missing to half a year.",
            int(reason.gap.amount),
        ) % {"months": reason.gap.amount}
    return _fact_text(leaf, reason.verdict)


def _fact_text(leaf: Compare, verdict: Verdict) -> str:
    met = verdict is Verdict.MET
    match leaf.fact:
        case "away_from_hukou":
            return (
                _("You live outside the county (or the 市区) of your hukou.")
                if met
                else _(
                    "Your hukou is in this county (or in the 市区) itself: you need no residence "
                    "permit here."
                )
            )
        case "hukou_place":
            return _("You have no hukou anywhere.") if met else _("You have a hukou somewhere.")
        case "registration_months":
            return (
                _("Your residence registration is at least half a year old.")
                if met
                else _("Residence registration for half a year.")
            )
        case "employment":
            return (
                _("You have legal and stable employment (合法稳定就业).")
                if met
                else _("Legal and stable employment (合法稳定就业).")
            )
        case "housing":
            return (
                _("You have legal and stable housing (合法稳定住所).")
                if met
                else _("Legal and stable housing (合法稳定住所).")
            )
        case "in_continuous_schooling":
            return (
                _("You attend a school here without a break (连续就读).")
                if met
                else _("Attending a school here without a break (连续就读).")
            )
    return _("Recognised by the county or the city as an investor or a talent.")
