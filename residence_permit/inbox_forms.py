"""What somebody wishes about notices, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from residence_permit.models import NoticePreference


class WishesForm(forms.ModelForm):
    """Channels, quiet hours and language."""

    class Meta:
        model = NoticePreference
        fields = ("email", "sms", "quiet_from", "quiet_until", "language")
        labels = {
            "email": _("Also by e-mail"),
            "sms": _("Also by text message"),
            "quiet_from": _("Quiet hours: from"),
            "quiet_until": _("Quiet hours: until"),
            "language": _("Language of notices"),
        }
        help_texts = {
            "quiet_from": _("For example 22:00. Leave both empty for no quiet hours."),
            "quiet_until": _("For example 07:00."),
        }
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "language": forms.RadioSelect,
        }
        error_messages = {
            "quiet_from": {"invalid": _("Write the time like 22:00.")},
            "quiet_until": {"invalid": _("Write the time like 07:00.")},
        }

    def clean(self) -> dict[str, Any]:
        """Refuse quiet hours with one end, or none at all between their ends."""
        cleaned = super().clean() or self.cleaned_data
        begin, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if self.errors:
            return cleaned
        if (begin is None) != (end is None):
            lacking = "quiet_from" if begin is None else "quiet_until"
            self.add_error(lacking, _("Give both times, or leave both empty."))
        elif begin is not None and begin == end:
            self.add_error("quiet_until", _("The two times are the same. Write another one."))
        return cleaned
