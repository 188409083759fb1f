"""What a route lacks, and what one can do about it; read off an explanation, never judged."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from eligibility import wording
from eligibility.core.facts import DERIVED
from eligibility.core.stated import Facts, day_reached
from eligibility.question_help import ADVICE, SHORT

from .phrases import upper_first
from .shapes import Missing

DERIVED_FROM = {fact.since: fact.name for fact in DERIVED.values()}

_HARD = 3  # a condition that nobody can bring about weighs as much as so many that one can


def distance(node: Mapping[str, Any]) -> int:
    """Return how much is missing to a condition that is not met."""
    parts = node.get("children")
    if not parts:
        return 1 if node.get("fact") in ADVICE else _HARD
    found = [distance(part) for part in parts]
    return min(found) if node["kind"] == "any" else sum(found)


def leaves(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the leaves that settle an explanation, in the order of the text."""
    parts = node.get("children")
    if parts is None:
        yield node
        return
    if node["kind"] == "any" and node["verdict"] == "not_met":
        parts = [min(parts, key=distance)]
    for part in parts:
        yield from leaves(part)


def asked_of_officer(route: Mapping[str, Any] | None) -> list[str]:
    """Return what the police have to find out."""
    if route is None:
        return []
    return [leaf["text"] for leaf in leaves(route["explanation"]) if leaf["kind"] == "officer"]


def missing(route: Mapping[str, Any], facts: Facts) -> Iterator[Missing]:
    """Yield what a route lacks, each thing with the day on which it will be there."""
    for leaf in leaves(route["explanation"]):
        if leaf["verdict"] != "not_met":
            continue
        gap = leaf.get("gap")
        if gap is None:
            yield Missing(text=upper_first(lack(leaf)), day="")
            continue
        day = _day_of(leaf, facts) if gap["grows"] else None
        yield Missing(text=lack(leaf), day=wording.full_date(day) if day else "")


def _day_of(leaf: Mapping[str, Any], facts: Facts) -> date | None:
    name = DERIVED_FROM.get(leaf["fact"], leaf["fact"])
    return day_reached(name, int(leaf["actual"]) + int(leaf["gap"]["amount"]), facts)


def gap_text(gap: Mapping[str, Any]) -> str:
    """Return how much is missing, as a sentence about a person writes it."""
    many = 1 if gap["amount"] == 1 else 2
    forms = {
        "months": npgettext("missing", "%(n)s month", "%(n)s months", many),
        "years": npgettext("missing", "%(n)s year", "%(n)s years", many),
        "m2": pgettext("missing", "%(n)s m²"),
    }
    return forms[gap["unit"]] % {"n": gap["amount"]}


def lack(leaf: Mapping[str, Any]) -> str:
    """Return what is not so, as a neighbour would say it."""
    name, required = leaf.get("fact", ""), leaf.get("required")
    gap = leaf.get("gap")
    if gap is not None:
        return _("%(what)s is %(gap)s short") % {
            "what": SHORT.get(name) or wording.label(name),
            "gap": gap_text(gap),
        }
    if isinstance(required, bool):
        return str((wording.NO if required else wording.YES)[name])
    if name == "housing" and set(required or ()) == wording.STABLE_HOUSING:
        return _("you have no stable home here")
    return not_so(leaf)


def not_so(leaf: Mapping[str, Any]) -> str:
    """Return that a condition is not met, whatever it is about."""
    return _("“%(condition)s” is not the case") % {"condition": leaf["text"]}


def advice(route: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one can do oneself about what is missing."""
    named = dict.fromkeys(leaf.get("fact") for leaf in leaves(route["explanation"]))
    for name in named:
        if name in ADVICE:
            yield str(ADVICE[name])
