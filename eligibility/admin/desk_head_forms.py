"""What a version says about itself, as authors type it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import wording
from eligibility.admin.desk_fields import (
    ClauseField,
    DeskForm,
    day_field,
    document_title,
    text_field,
    version_name,
)
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import REGISTERS
from eligibility.models import LegalDocument, Rule
from eligibility.services.draft_records import full_reference

REGISTER_WORDS = {
    "self_and_family": gettext_lazy("the applicant and the family who live together"),
    "self": gettext_lazy("the applicant alone"),
}


class StartForm(DeskForm):
    """A new version of a rule: its name and its first day."""

    version = forms.CharField(
        label=gettext_lazy("Version name"),
        max_length=20,
        help_text=gettext_lazy("Short, usually the year of the document, such as 2026."),
    )
    effective_from = day_field(label=gettext_lazy("First day in force"))

    def clean_version(self) -> str:
        """Take only what an address can carry."""
        return version_name(self.cleaned_data["version"])


class HeadForm(DeskForm):
    """What a version says about itself."""

    document = forms.ChoiceField(label=gettext_lazy("Document"))
    clause = forms.ChoiceField(label=gettext_lazy("Clause of the rule as a whole"))
    version = forms.CharField(label=gettext_lazy("Version name"), max_length=20)
    effective_from = day_field(label=gettext_lazy("First day in force"))
    effective_to = day_field(
        label=gettext_lazy("Last day in force"),
        required=False,
        help_text=gettext_lazy("Only where the document itself names one; else leave it empty."),
    )
    areas = forms.MultipleChoiceField(
        label=gettext_lazy("Where it holds"), widget=forms.CheckboxSelectMultiple
    )
    registers = forms.ChoiceField(label=gettext_lazy("Who is registered"))
    name_zh = forms.CharField(label=gettext_lazy("Name (Chinese)"), max_length=60)
    name_en = forms.CharField(label=gettext_lazy("Name (English)"), max_length=120)
    summary_zh = text_field(
        label=gettext_lazy("What it changes, and why (Chinese)"),
        help_text=gettext_lazy("One sentence; residents read it beside the version."),
    )
    summary_en = text_field(label=gettext_lazy("What it changes, and why (English)"))

    def __init__(self, *args: Any, documents: Sequence[LegalDocument], first: str, **options: Any):
        """Offer the documents and their clauses."""
        super().__init__(*args, **options)
        self.fields["document"].choices = [(row.slug, document_title(row)) for row in documents]
        old = self.fields["clause"]
        self.fields["clause"] = ClauseField(documents, first, label=old.label)
        self.fields["areas"].choices = [(area, wording.AREAS[area]) for area in AREA_CLASSES]
        self.fields["registers"].choices = [(key, REGISTER_WORDS[key]) for key in REGISTERS]

    def clean_version(self) -> str:
        """Take only what an address can carry."""
        return version_name(self.cleaned_data["version"])

    def clean(self) -> dict[str, Any]:
        """See that the clause is one of the document, and that the days follow each other."""
        data = super().clean() or {}
        slug, sep, _article = data.get("clause", "").partition("#")
        if sep and data.get("document") and slug != data["document"]:
            self.add_error("clause", _("Choose a clause of the document that you chose above."))
        first, last = data.get("effective_from"), data.get("effective_to")
        if first and last and last < first:
            self.add_error("effective_to", _("The last day is before the first; look at both."))
        return data

    def record(self) -> dict[str, Any]:
        """Return what the form says, as a record says it."""
        data = self.cleaned_data
        last = data["effective_to"]
        return {
            "document": data["document"],
            "clause": data["clause"],
            "version": data["version"],
            "effective_from": data["effective_from"].isoformat(),
            "effective_to": last and last.isoformat(),
            "areas": data["areas"],
            "registers": data["registers"],
            "name": {"zh": data["name_zh"], "en": data["name_en"]},
            "summary": {"zh": data["summary_zh"], "en": data["summary_en"]},
        }


class NewRuleForm(HeadForm):
    """A rule that there was not: its code, and what its first version says about itself."""

    code = forms.CharField(
        label=gettext_lazy("Code of the rule"),
        max_length=60,
        help_text=gettext_lazy(
            "Lower-case words with hyphens, such as urban-tenant. It never changes afterwards."
        ),
    )
    field_order = ("code", "name_zh", "name_en")

    def clean_code(self) -> str:
        """Take a code that no rule has."""
        code = unicodedata.normalize("NFKC", self.cleaned_data["code"]).strip()
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code):
            raise forms.ValidationError(
                _("Use lower-case letters and digits with hyphens between, such as own-home.")
            )
        if Rule.objects.filter(code=code).exists():
            raise forms.ValidationError(
                _("There is a rule of this code; begin a new version of it, or choose another.")
            )
        return code

    def record(self) -> dict[str, Any]:
        """Return what the form says, with the code and where the document was read."""
        said = super().record()
        kept = LegalDocument.objects.get(slug=said["document"])
        return {**said, "code": self.cleaned_data["code"], "provenance": kept.provenance}


def head_initial(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form of the head shows of a record."""
    return {
        "document": record["document"],
        "clause": full_reference(record, record["clause"]),
        "version": record["version"],
        "effective_from": record["effective_from"],
        "effective_to": record["effective_to"],
        "areas": record["areas"],
        "registers": record["registers"],
        **{
            f"{key}_{language}": record[key][language]
            for key in ("name", "summary")
            for language in ("zh", "en")
        },
    }
