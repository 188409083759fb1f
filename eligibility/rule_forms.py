"""What readers of the rules choose: a day, two versions; and what staff type: a reference."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eligibility import wording
from eligibility.core.errors import FactsRefused
from eligibility.core.stated import FIRST_DAY, read_as_of


class AsOfForm(forms.Form):
    """The day for which the rules are shown; empty is today."""

    as_of = forms.CharField(
        label=_("Rules in force on"),
        required=False,
        max_length=10,
        widget=forms.DateInput(attrs={"type": "date", "min": FIRST_DAY.isoformat()}),
    )

    def clean_as_of(self) -> Any:
        """Return the day, or refuse what is none or comes before the first rule."""
        raw = self.cleaned_data["as_of"]
        if not raw:
            return None
        try:
            return read_as_of(raw)
        except FactsRefused as refused:
            raise forms.ValidationError(
                [wording.refusal_text(error) for error in refused.errors]
            ) from refused


class VersionsForm(forms.Form):
    """Two versions of one rule, to be compared."""

    def __init__(self, *args: Any, versions: list[str], **kwargs: Any):
        """Offer the versions, earliest first."""
        super().__init__(*args, **kwargs)
        choices = [(name, name) for name in versions]
        # "from" is a word of Python, so the fields cannot be written as attributes.
        self.fields["from"] = forms.ChoiceField(label=_("Earlier version"), choices=choices)
        self.fields["to"] = forms.ChoiceField(label=_("Later version"), choices=choices)


class ReferenceForm(forms.Form):
    """The reference of a kept answer, as somebody reads it off a print-out."""

    reference = forms.CharField(
        label=_("Receipt number"),
        max_length=60,
        help_text=_("As it is printed; capitals, spaces and hyphens do not matter."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}
        ),
    )
