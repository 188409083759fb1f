"""The form of a question: rendered by crispy-forms once, then only filled in.

What somebody answered is put into the text that is kept. It is never part of that text, nor of what
the text is kept under: these are the question, the county whose towns are listed, the language.
"""

import secrets
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy

from eligibility import forms, place_names, selectors, wording
from eligibility.core.places import UNITS
from eligibility.question_help import HELP
from eligibility.question_order import COUNTY_QUESTION, PLACE

COUNTY_LABEL = gettext_lazy("In which county or district do you want to register?")
TICK = " checked"
MARK = secrets.token_hex(16)  # stands where a typed answer goes


def label_of(question: str) -> str:
    """Return the question as it is asked."""
    return str(COUNTY_LABEL) if question == COUNTY_QUESTION else wording.question(question)


def form_class(question: str, county: str) -> Any:
    """Return the form class of a question; ``county`` matters to the list of towns only."""
    return _form_class(question, county if question == PLACE else "", get_language() or "")


@lru_cache(maxsize=400)
def _form_class(question: str, county: str, _language: str) -> Any:
    choices: list[Any] = []
    if question == COUNTY_QUESTION:
        choices = [(code, place_names.county_name(code)) for code in UNITS]
    elif question == PLACE:
        choices = [
            (code, place_names.township_name(township))
            for code, township in selectors.townships().items()
            if township.county_code == county
        ]
    return forms.answer_form(
        question, label=label_of(question), help_text=str(HELP[question]), choices=choices
    )


def filled_in(question: str, county: str, value: Any, *, unsure: bool) -> SafeString:
    """Return the form of a question, showing what was answered before."""
    kept = _kept(question, county if question == PLACE else "", get_language() or "")
    shown = forms.shown_answer(question, value, unsure=unsure)
    if shown is None:
        return kept.blank
    if kept.choices:
        place = kept.choices.get(shown)
        if place is None:  # a town of another county
            return kept.blank
        return mark_safe(kept.blank[:place] + TICK + kept.blank[place:])  # noqa: S308
    typed = [shown.year, shown.month, shown.day] if isinstance(shown, date) else [shown]
    first, *rest = kept.around
    texts = [escape(str(part)) + after for part, after in zip(typed, rest, strict=True)]
    return mark_safe(first + "".join(texts))  # noqa: S308  a form's text, and escaped answers


@dataclass(frozen=True)
class _Kept:
    """A form without an answer, and where answers go.

    ``choices``: the place of the tick of each choice. ``around``: the text around typed answers.
    """

    blank: SafeString
    choices: dict[str, int]
    around: tuple[str, ...]


@lru_cache(maxsize=400)
def _kept(question: str, county: str, language: str) -> _Kept:
    fields = _form_class(question, county, language)
    blank = as_crispy_form(fields(as_of=None, question=question))
    field = fields.base_fields["answer"]
    if not isinstance(field, forms.ChoiceField):
        marks = [MARK] * 3 if isinstance(field, forms.DayField) else MARK
        marked = as_crispy_form(fields(initial={"answer": marks}, as_of=None, question=question))
        return _Kept(blank, {}, tuple(marked.split(MARK)))
    values = [value for value, _word in field.choices]
    ticked = fields(initial={"answer": values}, as_of=None, question=question)
    ticked.fields["answer"].widget.allow_multiple_selected = True
    end, places = 0, []
    for piece in as_crispy_form(ticked).split(f"{TICK}>")[:-1]:
        places.append(end + len(piece))
        end += len(f"{piece}>")
    return _Kept(blank, dict(zip(values, places, strict=True)), ())
