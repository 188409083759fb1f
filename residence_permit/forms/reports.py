"""The form with which a table of residents is sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _l

from residence_permit.forms.fields import AnswerField
from residence_permit.presentation.reports import FILE_REFUSALS, SOURCES


class UploadForm(forms.Form):
    """As what somebody reports, and the file; what is in it, the service finds out."""

    source = AnswerField(list(SOURCES.items()), label=_l("As what do you report?"))
    file = forms.FileField(
        label=_l("File"),
        help_text=_l("The template filled in: .xlsx or .csv, at most 20,000 lines and 8 MB."),
        allow_empty_file=True,
        error_messages=dict.fromkeys(("required", "invalid", "missing"), FILE_REFUSALS["missing"]),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    @property
    def sent(self) -> Any:
        """Return the file of a valid form."""
        return self.cleaned_data["file"]
