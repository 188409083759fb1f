"""A legal document and its clauses, as authors type them."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility.admin.desk_fields import DeskForm, day_field, text_field
from eligibility.core.rule import digest
from eligibility.models import LegalDocument

MOST_CLAUSES = 200
SPARE = 4  # empty rows below the clauses


class DocumentForm(DeskForm):
    """A legal document: a new one, or one that is corrected; its short name stays."""

    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=60,
        help_text=gettext_lazy("Lower-case letters, digits and hyphens, such as jiaxing-2026-12."),
    )
    title_zh = forms.CharField(label=gettext_lazy("Title (Chinese)"), max_length=200)
    title_en = forms.CharField(label=gettext_lazy("Title (English)"), max_length=300)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "As it is printed, such as 嘉政发〔2016〕31号; empty if there is none."
        ),
    )
    issuer_zh = forms.CharField(label=gettext_lazy("Issuing office (Chinese)"), max_length=100)
    issuer_en = forms.CharField(label=gettext_lazy("Issuing office (English)"), max_length=200)
    level = forms.ChoiceField(
        label=gettext_lazy("Level of government"),
        choices=LegalDocument.Level.choices,
        initial=LegalDocument.Level.CITY,
    )
    issued_on = day_field(label=gettext_lazy("Issued on"), required=False)
    effective_from = day_field(label=gettext_lazy("In force from"), required=False)
    provenance = forms.ChoiceField(
        label=gettext_lazy("Where it was read"), choices=LegalDocument.Provenance.choices
    )

    def __init__(self, *args: Any, kept: LegalDocument | None = None, **options: Any):
        """Leave the short name out where the document has one."""
        super().__init__(*args, **options)
        self.kept = kept
        if kept:
            del self.fields["slug"]

    def clean_slug(self) -> str:
        """Refuse a name that is taken."""
        slug = str(self.cleaned_data["slug"]).lower()
        if LegalDocument.objects.filter(slug=slug).exists():
            raise forms.ValidationError(
                _("A document of this short name is kept already; choose another name.")
            )
        return slug

    def taken(self) -> dict[str, Any]:
        """Return the document as its service takes it."""
        data, kept = self.cleaned_data, self.kept
        return {
            "slug": kept.slug if kept else data["slug"],
            "title": {"zh": data["title_zh"], "en": data["title_en"]},
            "number": data["number"],
            "issuer": {"zh": data["issuer_zh"], "en": data["issuer_en"]},
            "issued_on": data["issued_on"],
            "effective_from": data["effective_from"],
            "provenance": data["provenance"],
            "level": data["level"],
            "note": {"zh": kept.note_zh, "en": kept.note_en} if kept else {},
        }


_SHOWN = (
    "title_zh",
    "title_en",
    "number",
    "issuer_zh",
    "issuer_en",
    "level",
    "issued_on",
    "effective_from",
    "provenance",
)


def document_initial(row: LegalDocument) -> dict[str, Any]:
    """Return what the form shows of a document."""
    return {name: getattr(row, name) for name in _SHOWN}


def fingerprint(row: LegalDocument) -> str:
    """Return by what a page knows later whether somebody else changed the document."""
    said = {name: str(getattr(row, name)) for name in _SHOWN}
    words = [[clause.article, clause.text] for clause in row.clauses.all()]
    return digest([said, words])


class ClauseForm(forms.Form):
    """One clause of a new document."""

    article = forms.CharField(
        label=gettext_lazy("Article"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("As the document numbers it, such as 三(二)."),
    )
    text = text_field(
        label=gettext_lazy("Words"),
        rows=3,
        required=False,
        help_text=gettext_lazy("Quoted; a summary begins with 摘要：."),
    )

    def clean(self) -> dict[str, Any]:
        """See that an article has words, and words have an article."""
        data = super().clean() or {}
        if data.get("text") and not data.get("article"):
            self.add_error("article", _("Say which article these words are."))
        if data.get("article") and not data.get("text"):
            self.add_error("text", _("Give the words of this article."))
        if "#" in data.get("article", ""):
            self.add_error("article", _("Leave the sign # out of the article."))
        return data


class _Clauses(forms.BaseFormSet):
    """The clauses of a document: at least one, each article once, none that is ``known``."""

    def __init__(self, *args: Any, known: Collection[str] = (), **options: Any):
        """Keep the articles that stand already."""
        self.known = known
        super().__init__(*args, **options)

    def clean(self) -> None:
        """Look at all of them together."""
        articles = [form.cleaned_data.get("article") for form in self.forms if form.is_valid()]
        named = [article for article in articles if article]
        if not named and not any(self.errors):
            raise forms.ValidationError(_("Enter at least one clause; every line cites one."))
        again = next((article for article in named if article in self.known), None)
        if again:
            raise forms.ValidationError(
                _("%(article)s is kept already, and its words stay as they are.")
                % {"article": again}
            )
        twice = {article for article in named if named.count(article) > 1}
        if twice:
            raise forms.ValidationError(
                _("%(article)s is entered twice; keep one.") % {"article": sorted(twice)[0]}
            )

    @property
    def words(self) -> dict[str, str]:
        """Return article and words of each clause."""
        data = [form.cleaned_data for form in self.forms]
        return {each["article"]: each["text"] for each in data if each.get("article")}


ClauseFormSet = forms.formset_factory(
    ClauseForm, formset=_Clauses, extra=SPARE, max_num=MOST_CLAUSES
)
