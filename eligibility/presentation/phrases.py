"""Parts of sentences: lists of things, open facts, values as a reader would say them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from eligibility import wording
from eligibility.question_help import OPEN
from eligibility.question_order import in_order, without_hanging

MOST_NAMED = 3  # things named in one sentence


def upper_first(text: str) -> str:
    """Return a phrase as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """Return the first few of several things, and say if there are more."""
    found = list(dict.fromkeys(parts))
    named = wording.clauses_of(found[:MOST_NAMED])
    return _("%(some)s, and more") % {"some": named} if len(found) > MOST_NAMED else named


def names_of(parts: Sequence[str]) -> str:
    """Return the first few of several names, and say if there are more."""
    named = joined_names(parts[:MOST_NAMED])
    return _("%(some)s and others") % {"some": named} if len(parts) > MOST_NAMED else named


def joined_names(parts: Sequence[str]) -> str:
    """Return names one after the other."""
    return pgettext("between alternatives", ", ").join(parts)


def open_facts(names: Sequence[str]) -> list[str]:
    """Return what is still to be known, in the order in which it is asked."""
    return list(_open_facts(tuple(names), wording.language()))


@lru_cache(maxsize=1_000)
def _open_facts(names: tuple[str, ...], language: str) -> tuple[str, ...]:
    asked = in_order(without_hanging(names, names))
    return tuple(_open_fact(name, language) for name in asked)


def open_fact(name: str) -> str:
    """Return what is still to be known, as a phrase."""
    return _open_fact(name, wording.language())


@lru_cache(maxsize=200)
def _open_fact(name: str, _language: str) -> str:
    return str(OPEN[name]) if name in OPEN else wording.label(name)


def stated_text(name: str, value: Any) -> str:
    """Return a value of the contract as a reader would say it; empty if it is not known."""
    if value is None:
        return ""
    unit = {"age_years": "years", "graduation_years_begun": "years"}.get(name)
    if unit:
        return wording.amount(value, unit)
    return wording.value_text(name, value)
