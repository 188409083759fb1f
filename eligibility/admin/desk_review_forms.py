"""The approver's reasons, events after publishing, impact runs, packages."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility.admin.desk_fields import DeskForm, day_field, text_field


class OverridesForm(forms.Form):
    """For every breach that may be overridden, the approver's reason in both languages."""

    def __init__(self, *args: Any, codes: Iterable[str], **options: Any):
        """Ask for each code once."""
        super().__init__(*args, **options)
        self.codes = tuple(dict.fromkeys(codes))
        for code in self.codes:
            for language, label in (("zh", _("Reason (Chinese)")), ("en", _("Reason (English)"))):
                field = text_field(label=label, max_length=1000)
                field.error_messages["required"] = _(
                    "Write the reason in Chinese and in English, or have it mended."
                )
                self.fields[f"{code}-{language}"] = field

    def pair(self, code: str) -> list[Any]:
        """Return the two fields of a code."""
        return [self[f"{code}-{language}"] for language in ("zh", "en")]

    def taken(self) -> dict[str, dict[str, str]]:
        """Return the reasons by code."""
        data = self.cleaned_data
        return {
            code: {language: data[f"{code}-{language}"].strip() for language in ("zh", "en")}
            for code in self.codes
        }


class EventForm(DeskForm):
    """Suspend, resume or withdraw a published version."""

    kind = forms.ChoiceField(label=gettext_lazy("What happens"))
    from_day = day_field(label=gettext_lazy("From"))
    reason_zh = text_field(label=gettext_lazy("Reason (Chinese)"))
    reason_en = text_field(label=gettext_lazy("Reason (English)"))

    def __init__(self, *args: Any, suspended: bool, **options: Any):
        """Offer only what can happen now."""
        super().__init__(*args, **options)
        words = {
            "suspended": _("suspend it: it can be put back in force later"),
            "withdrawn": _("withdraw it for good"),
            "resumed": _("put it back in force"),
        }
        kinds = ("resumed",) if suspended else ("suspended", "withdrawn")
        self.fields["kind"].choices = [(kind, words[kind]) for kind in kinds]


class ImpactForm(DeskForm):
    """Whom to measure a draft on, and for which day."""

    population = forms.ChoiceField(label=gettext_lazy("People"))
    as_of = day_field(label=gettext_lazy("Day for which everybody is judged"))

    def __init__(self, *args: Any, populations: Sequence[Any], **options: Any):
        """Offer the populations."""
        super().__init__(*args, **options)
        self.fields["population"].choices = populations


class PackageForm(DeskForm):
    """A package of rules as a YAML file."""

    file = forms.FileField(label=gettext_lazy("Package file (YAML)"))
