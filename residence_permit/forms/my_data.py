"""What somebody chooses to delete."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from residence_permit.forms.fields import NOT_CHOSEN, AgreeField
from residence_permit.presentation.deletion import part_name


class PartsForm(forms.Form):
    """The parts that there are, each with how much it is."""

    def __init__(self, *args: Any, counts: Mapping[str, int], **options: Any):
        """Offer the parts of which there is something."""
        super().__init__(*args, **options)
        listed = [(part, part_name(part, count)) for part, count in counts.items() if count]
        self.fields["parts"] = forms.MultipleChoiceField(
            choices=listed,
            widget=forms.CheckboxSelectMultiple,
            label=_("What do you want to delete?"),
            error_messages={
                "required": _("Tick what you want to delete."),
                "invalid_choice": NOT_CHOSEN,
                "invalid_list": NOT_CHOSEN,
            },
        )


class ClosureForm(forms.Form):
    """One last question."""

    sure = AgreeField(label=_l("I want to close my account for good"))
