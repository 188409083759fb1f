"""Forms made from the fact dictionary: what a person types becomes the value of a fact.

A form reads leniently (full-width digits, spaces, a unit behind the figure) and refuses in words
that say what to do. Whether a value is in range the core says, as for every other program.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import wording
from eligibility.core.errors import FactsRefused, FieldError
from eligibility.core.facts import FACTS, MEMBER_FACTS, Fact, Kind
from eligibility.core.stated import FIRST_DAY, parse_facts, read_as_of
from eligibility.references import is_well_formed

UNSURE = "unknown"
NOT_CHOSEN = gettext_lazy("Choose one of the answers. If you do not know, choose “I do not know”.")
UNITS = {
    "months": gettext_lazy("months"),
    "years": gettext_lazy("years"),
    "m2": gettext_lazy("m²"),
    "CNY": gettext_lazy("yuan"),
}
_UNIT_WORDS = re.compile(r"(个月|月|months?|周?岁|周?年|years?|平方米|平米|㎡|m2|元|yuan)$")
# What a refusal of the core means to somebody who fills in a form.
REFUSALS: Mapping[str, Any] = {
    "out_of_range": gettext_lazy("Write a number from %(minimum)s to %(maximum)s."),
    "after_as_of": gettext_lazy(
        "This day is after the day of the check, %(as_of)s. Look at the year again."
    ),
    "too_long_ago": gettext_lazy("This is more than %(years)s years ago. Look at the year again."),
    "not_a_choice": NOT_CHOSEN,
    "unknown_township": NOT_CHOSEN,
    "before_first_rule": gettext_lazy(
        "The portal holds no rules for a day before %(first)s. Choose that day or a later one."
    ),
}


def refusal(error: FieldError) -> str:
    """Return what is wrong with an answer, and what to do."""
    text = REFUSALS.get(error.code)
    if text is None:
        return wording.refusal_text(error)
    params = {
        name: wording.full_date(value) if isinstance(value, date) else value
        for name, value in error.params.items()
    }
    return str(text) % params


def _plain_text(raw: Any) -> str:
    """Return typed text with full-width signs made narrow and without spaces."""
    text = unicodedata.normalize("NFKC", raw if isinstance(raw, str) else "")
    return "".join(text.split())


class FigureField(forms.CharField):
    """A figure as people type it; the typed text is kept when it cannot be read."""

    def __init__(self, fact: Fact, **options: Any):
        """Show the unit behind the figure."""
        self.fact = fact
        whole = fact.kind is Kind.INT
        self.unit = UNITS.get(fact.unit, "")
        attrs = {"inputmode": "numeric" if whole else "decimal", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), max_length=40, **options)

    def clean(self, value: Any) -> int | str:
        """Return a whole number, or a decimal as exact text."""
        text = _UNIT_WORDS.sub("", _plain_text(value).lower())
        whole = self.fact.kind is Kind.INT
        if not text:
            raise forms.ValidationError(
                _("Write a number. If you do not know it, press “I do not know”.")
            )
        if re.fullmatch(r"[0-9]{1,16}", text, re.ASCII):
            return int(text) if whole else text
        if not whole and re.fullmatch(r"[0-9]{1,16}\.[0-9]{1,16}", text, re.ASCII):
            return text
        if not whole:
            raise forms.ValidationError(_("Write the figure in digits, such as 39.14."))
        raise forms.ValidationError(
            _("Write a whole number in digits, such as 27: for 2 years and 3 months write 27.")
            if self.fact.unit == "months"
            else _("Write a whole number in digits, such as 5.")
        )


class DateParts(forms.MultiWidget):
    """Year, month and day to type, each in its own box."""

    def __init__(self) -> None:
        """Make the three boxes."""
        super().__init__(
            {
                name: forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
                for name in ("year", "month", "day")
            }
        )

    def decompress(self, value: Any) -> list[str]:
        """Return the parts of a date."""
        if isinstance(value, str) and value:
            value = date.fromisoformat(value)
        return [str(value.year), str(value.month), str(value.day)] if value else ["", "", ""]


class DayField(forms.Field):
    """A day, typed in three parts; returns it as year-month-day, or None if left empty."""

    widget = DateParts

    def clean(self, value: Any) -> str | None:
        """Return the day in ISO 8601; an empty one is refused only where it is required."""
        texts = [_plain_text(part).rstrip("年月日号") for part in value or ("", "", "")]
        if not any(texts):
            if self.required:
                raise forms.ValidationError(
                    _("Write year, month and day. If you do not know, press “I do not know”.")
                )
            return None
        if not all(re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) for text in texts):
            raise forms.ValidationError(
                _("Write year, month and day in digits, such as 1990, 5 and 1.")
            )
        year, month, day = map(int, texts)
        if year < 1000:
            raise forms.ValidationError(_("Write the year with four digits, such as 1990."))
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            raise forms.ValidationError(
                _("The calendar has no such day. Look at month and day again.")
            ) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say nothing about changes; nobody asks."""
        return True


class ChoiceField(forms.ChoiceField):
    """One of the answers as large buttons, "I do not know" last; that one returns None."""

    def __init__(self, choices: Sequence[Any], *, unsure: bool = True, **options: Any):
        """Add the answer of those who do not know."""
        listed = [(value, word[:1].upper() + word[1:]) for value, word in choices]
        if unsure:
            listed.append((UNSURE, _("I do not know")))
        super().__init__(
            choices=listed,
            widget=forms.RadioSelect,
            error_messages={"required": NOT_CHOSEN, "invalid_choice": NOT_CHOSEN},
            **options,
        )


class AnswerForm(forms.Form):
    """One question. ``raw`` is the answer as the core reads it, None for "I do not know"."""

    asks_one = True

    def __init__(self, *args: Any, as_of: date, question: str, **options: Any):
        """Remember which question is asked, and the day for which it is answered."""
        self.as_of, self.question = as_of, question
        super().__init__(*args, prefix=None, **options)

    @property
    def raw(self) -> Any:
        """Return the answer of a valid form."""
        return self.cleaned_data["answer"]

    def clean_answer(self) -> Any:
        """Let the core say whether it takes the value."""
        fact = FACTS.get(self.question)
        value = _typed(fact, self.cleaned_data["answer"])
        if value is not None and fact is not None and fact.kind is not Kind.TOWNSHIP:
            try:
                parse_facts({self.question: value}, as_of=self.as_of, townships={})
            except FactsRefused as refused:
                raise forms.ValidationError([refusal(e) for e in refused.errors]) from None
        return value


def _typed(fact: Fact | None, value: Any) -> Any:
    if value in (UNSURE, ""):
        return None
    if fact is not None and fact.kind is Kind.BOOL and isinstance(value, str):
        return value == "true"
    return value


def answer_form(
    question: str, *, label: str, help_text: str, choices: Sequence[Any] = ()
) -> Callable[..., AnswerForm]:
    """Return the form class of one question; ``choices`` where they are not the dictionary's."""
    fact = FACTS.get(question)
    kind = fact.kind if fact else Kind.CHOICE
    options = {"label": label, "help_text": help_text}
    field: forms.Field
    if fact is not None and kind in (Kind.INT, Kind.DECIMAL):
        field = FigureField(fact, **options)
    elif kind is Kind.DATE:
        field = DayField(**options)
    else:
        field = ChoiceField(choices or wording.choices_of(question), **options)
    name = f"{question.title().replace('_', '')}Form"
    return type(name, (AnswerForm,), {"answer": field})


def shown_answer(question: str, value: Any, *, unsure: bool) -> Any:
    """Return what the form of a question shows of the answer that was given before, else None.

    "I do not know" is one of the choices; where a figure or a day is typed it is a button, and the
    boxes stay empty.
    """
    fact = FACTS.get(question)
    if unsure:
        typed = fact is not None and fact.kind in (Kind.INT, Kind.DECIMAL, Kind.DATE)
        return None if typed else UNSURE
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


class MemberForm(forms.Form):
    """One household member; everything may be left open."""

    relation = forms.Field()
    birth_date = forms.Field()
    lives_together = forms.Field()
    marital_status = forms.Field()
    has_own_income = forms.Field()

    def __init__(self, *args: Any, as_of: date, **options: Any):
        """Build the fields from the dictionary, in the language of the request."""
        super().__init__(*args, **options)
        self.as_of = as_of
        for name in self.base_fields:
            label = wording.question(name, member=True)
            if MEMBER_FACTS[name].kind is Kind.DATE:
                field: forms.Field = DayField(
                    label=label,
                    required=False,
                    help_text=_("For example 2015, 9 and 1. Leave it empty if you do not know."),
                )
            else:
                choices = wording.choices_of(name, member=True)
                field = ChoiceField(choices, label=label, required=name == "relation")
            self.fields[name] = field

    @property
    def stated(self) -> dict[str, Any]:
        """Return what is known of the member."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

    def clean(self) -> dict[str, Any]:
        """Let the core say whether it takes the values."""
        values = {
            name: _typed(MEMBER_FACTS[name], value) for name, value in self.cleaned_data.items()
        }
        stated = {name: value for name, value in values.items() if value is not None}
        try:
            parse_facts({"household": [stated]}, as_of=self.as_of, townships={})
        except FactsRefused as refused:
            for error in refused.errors:
                self.add_error(error.field.partition("].")[2] or None, refusal(error))
        return values


def initial_of_member(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of a member who was named before."""
    shown = {name: UNSURE for name in MEMBER_FACTS if name != "birth_date"}
    for name, value in stated.items():
        shown[name] = ("true" if value else "false") if isinstance(value, bool) else value
    return shown


class DayForm(forms.Form):
    """The day of the check; left empty it is today."""

    as_of = DayField(required=False)

    def __init__(self, *args: Any, **options: Any):
        """Word the field in the language of the request."""
        super().__init__(*args, **options)
        self.fields["as_of"].label = _("Day of the check")
        self.fields["as_of"].help_text = _(
            "For example 2026, 5 and 1. Leave it empty to check for today. "
            "The earliest day is %(first)s; a day still to come is possible too."
        ) % {"first": wording.full_date(FIRST_DAY)}

    def clean_as_of(self) -> date | None:
        """Return the day, or None for today."""
        raw = self.cleaned_data["as_of"]
        if raw is None:
            return None
        try:
            return read_as_of(raw)
        except FactsRefused as refused:
            raise forms.ValidationError([refusal(e) for e in refused.errors]) from None


class ReferenceForm(forms.Form):
    """The number of a receipt, as somebody copies it from paper."""

    reference = forms.CharField(max_length=100, required=True)

    def __init__(self, *args: Any, **options: Any):
        """Word the field in the language of the request."""
        super().__init__(*args, **options)
        field = self.fields["reference"]
        field.label = _("Receipt number")
        field.help_text = _("27 letters and digits. Capitals, spaces and hyphens do not matter.")
        field.error_messages["required"] = _("Write the number that is on your receipt.")
        field.error_messages["max_length"] = field.error_messages["required"]
        field.widget.attrs |= {
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
        }

    def clean_reference(self) -> str:
        """Tell a mistyped number from one that does not exist."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["reference"])
        if not is_well_formed(text):
            raise forms.ValidationError(
                _(
                    "A character of this number is wrong or missing. Compare it with your "
                    "receipt once more, group by group."
                )
            )
        return text


class DeletionForm(forms.Form):
    """The key that deletes a receipt."""

    deletion_key = forms.CharField(max_length=100)

    def __init__(self, *args: Any, **options: Any):
        """Word the field in the language of the request."""
        super().__init__(*args, **options)
        field = self.fields["deletion_key"]
        field.label = _("Deletion key")
        field.help_text = _("It was shown once, when you kept the result.")
        field.error_messages["required"] = _("Write the deletion key.")
        field.error_messages["max_length"] = field.error_messages["required"]
        field.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
