"""The forms around a permit: what a holder answers about himself, and how he shows the permit."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from eligibility.core.facts import Kind
from eligibility.references import is_well_formed, normalise
from eligibility.wording import full_date
from residence_permit.core.permit_facts import HOLDER_FACTS
from residence_permit.forms.fields import NOT_CHOSEN, AnswerField
from residence_permit.presentation import entitlements, sharing
from residence_permit.services.sharing import (
    NAME,
    NAME_IN_PART,
    SHOWN,
    SharingError,
)


class FactsForm(forms.Form):
    """What nobody has said about a holder yet; an empty answer leaves it unknown."""

    def __init__(self, *args: Any, ask: Sequence[str], **options: Any):
        """Ask for these facts."""
        super().__init__(*args, **options)
        for name in ask:
            self.fields[name] = AnswerField(
                entitlements.choices(HOLDER_FACTS[name]),
                label=entitlements.question(name),
                required=False,
            )

    @property
    def answers(self) -> dict[str, Any]:
        """Return what a valid form says, as the facts take it."""
        return {
            name: value == "true" if HOLDER_FACTS[name].kind is Kind.BOOL else value
            for name, value in self.cleaned_data.items()
            if value
        }


class ShareForm(forms.Form):
    """What a code is for, until when it shows something, and what."""

    purpose = forms.CharField(
        label=_l("What is the code for?"),
        help_text=_l(
            "For example: renting a flat, enrolling at school. Whoever looks sees this, too. Write "
            "no names or numbers here."
        ),
        error_messages={"required": _l("Say what the code is for; a few words are enough.")},
    )

    def __init__(self, *args: Any, days: Sequence[int], today: date, **options: Any):
        """Offer the days as the portal has set them."""
        super().__init__(*args, **options)
        self.fields["purpose"].widget.attrs["autocomplete"] = "off"
        listed = [(str(count), _until(count, today)) for count in days]
        self.fields["days"] = AnswerField(listed, label=_("For how long?"), initial=listed[0][0])
        self.fields["name"] = AnswerField(
            [
                ("", _("No name")),
                (NAME_IN_PART, _("The surname only, such as 王**")),
                (NAME, _("The full name")),
            ],
            label=_("Which name is shown?"),
            required=False,
            initial=NAME_IN_PART,
        )
        others = [name for name in SHOWN if name not in (NAME, NAME_IN_PART)]
        self.fields["shows"] = forms.MultipleChoiceField(
            choices=[(name, sharing.label(name)) for name in others],
            widget=forms.CheckboxSelectMultiple,
            label=_("What else is shown?"),
            help_text=_(
                "Whether the permit can be used is always shown; besides that, only what you tick. "
                "ID number, address and photo are never shown."
            ),
            required=False,
            error_messages={"invalid_choice": NOT_CHOSEN, "invalid_list": NOT_CHOSEN},
        )

    @property
    def given(self) -> dict[str, Any]:
        """Return what a valid form says, as the service takes it."""
        name = self.cleaned_data["name"]
        return {
            "purpose": self.cleaned_data["purpose"],
            "days": int(self.cleaned_data["days"]),
            "shows": [*([name] if name else []), *self.cleaned_data["shows"]],
        }

    def refuse(self, error: SharingError) -> None:
        """Show why the code cannot be made, at the field where there is one."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, sharing.refusal(error.code, error.params))


def _until(days: int, today: date) -> str:
    day = full_date(today + timedelta(days=days))
    return ngettext(
        "%(days)s day, until %(day)s, 24:00", "%(days)s days, until %(day)s, 24:00", days
    ) % {"days": days, "day": day}


class CodeForm(forms.Form):
    """A code that somebody was given."""

    code = forms.CharField(
        label=_l("Code"),
        help_text=_l("27 letters and digits. Capitals, spaces and hyphens do not matter."),
        max_length=100,
        error_messages={
            "required": _l("Write the code that you were given."),
            "max_length": _l("This is too long for a code. Copy it once more."),
        },
    )

    def __init__(self, *args: Any, **options: Any):
        """Let no browser keep or correct it."""
        super().__init__(*args, **options)
        self.fields["code"].widget.attrs |= {
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
        }
        self.fields["code"].widget.attrs.pop("maxlength", None)

    def clean_code(self) -> str:
        """Tell a mistyped code from one that may exist."""
        if not is_well_formed(self.cleaned_data["code"]):
            raise forms.ValidationError(sharing.refusal("mistyped"))
        return normalise(self.cleaned_data["code"])
