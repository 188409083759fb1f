"""What the forms of the desk are made of: days, texts, version names, clauses."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import wording
from eligibility.models import LegalDocument

MISSING = gettext_lazy("This is missing; fill it in.")
REASON_ROWS = 2


def text_field(*, rows: int = REASON_ROWS, **options: Any) -> forms.CharField:
    """Return a field of some lines."""
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **options)


def day_field(**options: Any) -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, input_formats=["%Y-%m-%d"], **options)


class DeskForm(forms.Form):
    """A form of the desk: fields are required unless they say otherwise, and say what to do."""

    def __init__(self, *args: Any, **options: Any):
        """Say in our own words what is missing."""
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = MISSING


def version_name(text: str) -> str:
    """Return a version name that an address can carry; raises ValidationError."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]*", text):
        raise forms.ValidationError(_("Use letters, digits, full stops and hyphens, such as 2026."))
    return text


class ClauseField(forms.ChoiceField):
    """A clause picked from the documents; the value is ``slug#article``."""

    def __init__(self, documents: Iterable[LegalDocument], first: str = "", **options: Any):
        """Offer every clause, those of the draft's own document first."""
        rows = sorted(documents, key=lambda row: row.slug != first)
        groups = [
            (
                document_title(row),
                [
                    (f"{row.slug}#{clause.article}", _clause_words(clause))
                    for clause in row.clauses.all()
                ],
            )
            for row in rows
            if row.clauses.all()
        ]
        options.setdefault("error_messages", {"required": MISSING})
        super().__init__(choices=[("", _("Choose a clause")), *groups], **options)


def document_title(row: LegalDocument) -> str:
    """Return number and title."""
    title = wording.say({"zh": row.title_zh, "en": row.title_en})
    return f"{row.number} {title}".strip()


def _clause_words(clause: Any) -> str:
    text = clause.text if len(clause.text) <= 40 else f"{clause.text[:40]}…"
    return f"{clause.article} {text}"
