"""The forms of an application: one per step, made from the step table; and those of a case."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.core.errors import FieldError
from eligibility.wording import full_date
from residence_permit.choices import CaseKind
from residence_permit.core import steps
from residence_permit.core.steps import Asks, Question, Step
from residence_permit.forms.fields import (
    NOT_CHOSEN,
    AgreeField,
    AnswerField,
    DayField,
    WordsField,
)
from residence_permit.presentation import statements
from residence_permit.references import is_well_formed, written

REFUSALS: Mapping[str, Any] = {
    "required": _l("This is still open. Fill it in."),
    "not_a_choice": NOT_CHOSEN,
    "future": _l("This day is after today, %(today)s. Look at the year again."),
    "date_expected": _l("The calendar has no such day. Look at month and day again."),
    "too_long": _l("This is longer than %(limit)s characters. Write it shorter."),
    "text_expected": _l("Write this in words."),
}


def refusal(error: FieldError) -> str:
    """Return what is wrong with an answer, and what to do."""
    params = {
        name: full_date(value) if isinstance(value, date) else value
        for name, value in error.params.items()
    }
    return str(REFUSALS.get(error.code, NOT_CHOSEN)) % params


class StepForm(forms.Form):
    """The questions of one step; ``answers`` are what the service keeps."""

    def __init__(self, *args: Any, step: Step, today: date, **options: Any):
        """Make the fields from the table, in the language of the request."""
        super().__init__(*args, **options)
        self.step, self.today = step, today
        self.asks_one = len(step.questions) == 1 and step.questions[0].asks is Asks.CHOICE
        for question in step.questions:
            self.fields[question.name] = _field(step.name, question)

    @property
    def answers(self) -> dict[str, Any]:
        """Return the answers of a valid form as they are kept."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", False)
        }

    def clean(self) -> dict[str, Any]:
        """Let the core say whether it takes the answers."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self.refuse(steps.refusals(self.step, self.answers, self.today))
        return cleaned

    def refuse(self, errors: Sequence[FieldError]) -> None:
        """Show what the core refuses, at the field."""
        for error in errors:
            self.add_error(error.field if error.field in self.fields else None, refusal(error))


def _field(step: str, question: Question) -> forms.Field:
    options = {
        "label": statements.label(step, question.name),
        "help_text": statements.help_text(step, question.name),
        "required": question.required,
    }
    match question.asks:
        case Asks.CHOICE:
            return AnswerField(statements.choices(step, question.name, question.values), **options)
        case Asks.DAY:
            return DayField(**options)
        case Asks.YES:
            return AgreeField(**options)
    return WordsField(limit=steps.TEXT_LIMIT, lines=3, **options)


class StartForm(forms.Form):
    """What is applied for, and for whom."""

    def __init__(self, *args: Any, persons: Sequence[tuple[int, str]], **options: Any):
        """Ask for whom only if there is somebody to choose."""
        super().__init__(*args, **options)
        self.fields["kind"] = AnswerField(CaseKind.choices, label=_("What do you apply for?"))
        if len(persons) > 1:
            self.fields["person"] = AnswerField(
                [(str(pk), name) for pk, name in persons], label=_("For whom?")
            )
        self.only_person = persons[0][0] if len(persons) == 1 else None

    @property
    def person_id(self) -> int:
        """Return the row of the person that was chosen."""
        chosen = self.cleaned_data.get("person")
        return int(chosen) if chosen else self.only_person


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """At least one file; what is in it is looked at when it is taken in."""

    def __init__(self, **options: Any):
        """Offer the camera and the files of a phone."""
        attrs = {"accept": "image/jpeg,image/png,application/pdf"}
        super().__init__(
            widget=SeveralFiles(attrs=attrs),
            error_messages={
                name: _l("Choose a file first: a photo (JPEG or PNG) or a PDF.")
                for name in ("required", "invalid", "missing")
            }
            | {"empty": _l("The file is empty. Choose the file again, or take a new photo.")},
            **options,
        )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files; what each of them is, the service finds out."""
        files = [one for one in data or [] if one] if isinstance(data, list | tuple) else [data]
        files = [one for one in files if one is not None]
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return files


class EvidenceForm(forms.Form):
    """Files for one thing that is to be proved."""

    def __init__(self, *args: Any, label: str, **options: Any):
        """Name what is to be proved."""
        super().__init__(*args, **options)
        self.fields["files"] = FilesField(
            label=label,
            help_text=_(
                "Photos (JPEG, PNG) or PDF, at most 10 MB each. The whole page, sharp and readable."
            ),
        )


class ReasonForm(forms.Form):
    """Reasons in words."""

    def __init__(self, *args: Any, label: str, help_text: str = "", required: bool = True, **more):
        """Ask for reasons."""
        super().__init__(*args, **more)
        self.fields["reason"] = WordsField(
            limit=steps.TEXT_LIMIT, label=label, help_text=help_text, required=required
        )


class ItemForm(forms.Form):
    """A few words about something that was asked to be corrected."""

    def __init__(self, *args: Any, required: bool = False, **more: Any):
        """Ask for words; a new file or new answers may say enough."""
        super().__init__(*args, **more)
        self.fields["text"] = WordsField(
            limit=steps.TEXT_LIMIT,
            lines=3,
            required=required,
            label=_("What you want to say about it")
            if required
            else _("What you want to say about it (optional)"),
        )


class StatusForm(forms.Form):
    """The number of a case and something that only those concerned know."""

    reference = forms.CharField(max_length=100)
    proof = forms.CharField(max_length=40)

    def __init__(self, *args: Any, **options: Any):
        """Word the fields in the language of the request."""
        super().__init__(*args, **options)
        quiet = {"autocomplete": "off", "spellcheck": "false"}
        reference, proof = self.fields["reference"], self.fields["proof"]
        reference.label = _("Number of the application")
        reference.help_text = _(
            "13 letters and digits, on your receipt. Capitals, spaces and hyphens do not matter."
        )
        reference.error_messages["required"] = _("Write the number that is on your receipt.")
        reference.error_messages["max_length"] = reference.error_messages["required"]
        reference.widget.attrs |= quiet | {"autocapitalize": "characters"}
        proof.label = _("Last four characters of the ID number")
        proof.help_text = _(
            "Of the person for whom the permit is. Or the date of birth as eight digits, such as "
            "19900506."
        )
        proof.error_messages["required"] = _(
            "Write the last four characters of the ID number, or the date of birth."
        )
        proof.error_messages["max_length"] = proof.error_messages["required"]
        proof.widget.attrs |= quiet

    def clean_reference(self) -> str:
        """Tell a mistyped number from one that may exist."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["reference"])
        if not is_well_formed(text):
            raise forms.ValidationError(
                _(
                    "A character of this number is wrong or missing. Compare it with your receipt "
                    "once more."
                )
            )
        return written(text)
