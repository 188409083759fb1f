"""What rule authors type and choose. A form reads and refuses; the services judge and keep."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import selectors, wording
from eligibility.core.condition import Compare, Leaf, OfficerJudgement, leaves
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import (
    AREA_CLASSES,
    COMPARABLE,
    FACTS,
    MEMBER_COMPARABLE,
    MEMBER_FACTS,
    Fact,
    Kind,
    asked_as,
    parse_facts,
    read_as_of,
)
from eligibility.core.rule import FAMILY, REGISTERS, RuleVersion
from eligibility.core.worked import ROUTE_VERDICTS
from eligibility.forms import UNITS, refusal
from eligibility.models import DataGap, LegalDocument
from eligibility.services.examples import place_in

NEW = ""
REASON_ROWS = 2
OPERATORS = {
    "is": gettext_lazy("is exactly"),
    "in": gettext_lazy("is one of"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "above": gettext_lazy("is more than"),
    "below": gettext_lazy("is less than"),
}
REGISTER_WORDS = {
    "self_and_family": gettext_lazy("the applicant and the family who live together"),
    "self": gettext_lazy("the applicant alone"),
}


def _text(*, rows: int = REASON_ROWS, **options: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **options)


def _day(**options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, input_formats=["%Y-%m-%d"], **options)


class DeskForm(forms.Form):
    """A form of the desk: fields are required unless they say otherwise, and say what to do."""

    def __init__(self, *args: Any, **options: Any):
        """Say in our own words what is missing."""
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = _("This is missing; fill it in.")


class StartForm(DeskForm):
    """A new version of a rule: its name and its first day."""

    version = forms.CharField(
        label=gettext_lazy("Version name"),
        max_length=20,
        help_text=gettext_lazy("Short, usually the year of the document, such as 2026."),
    )
    effective_from = _day(label=gettext_lazy("First day in force"))

    def clean_version(self) -> str:
        """Take only what an address can carry."""
        return _version_name(self.cleaned_data["version"])


def _version_name(text: str) -> str:
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
                _document_title(row),
                [
                    (f"{row.slug}#{clause.article}", _clause_words(clause))
                    for clause in row.clauses.all()
                ],
            )
            for row in rows
            if row.clauses.all()
        ]
        super().__init__(choices=[("", _("Choose a clause")), *groups], **options)


def _document_title(row: LegalDocument) -> str:
    title = wording.say({"zh": row.title_zh, "en": row.title_en})
    return f"{row.number} {title}".strip()


def _clause_words(clause: Any) -> str:
    text = clause.text if len(clause.text) <= 40 else f"{clause.text[:40]}…"
    return f"{clause.article} {text}"


class HeadForm(DeskForm):
    """What a version says about itself."""

    document = forms.ChoiceField(label=gettext_lazy("Document"))
    clause = forms.ChoiceField(label=gettext_lazy("Clause of the rule as a whole"))
    version = forms.CharField(label=gettext_lazy("Version name"), max_length=20)
    effective_from = _day(label=gettext_lazy("First day in force"))
    effective_to = _day(
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
    summary_zh = _text(
        label=gettext_lazy("What it changes, and why (Chinese)"),
        help_text=gettext_lazy("One sentence; residents read it beside the version."),
    )
    summary_en = _text(label=gettext_lazy("What it changes, and why (English)"))

    def __init__(self, *args: Any, documents: Sequence[LegalDocument], first: str, **options: Any):
        """Offer the documents and their clauses."""
        super().__init__(*args, **options)
        self.fields["document"].choices = [(row.slug, _document_title(row)) for row in documents]
        old = self.fields["clause"]
        self.fields["clause"] = ClauseField(documents, first, label=old.label)
        self.fields["areas"].choices = [(area, wording.AREAS[area]) for area in AREA_CLASSES]
        self.fields["registers"].choices = [(key, REGISTER_WORDS[key]) for key in REGISTERS]

    def clean_version(self) -> str:
        """Take only what an address can carry."""
        return _version_name(self.cleaned_data["version"])

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


def full_reference(record: Mapping[str, Any], reference: str) -> str:
    """Return a clause as ``slug#article``, however the record writes it."""
    return reference if "#" in reference else f"{record['document']}#{reference}"


class DocumentForm(DeskForm):
    """A legal document that the desk does not know yet."""

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
    issued_on = _day(label=gettext_lazy("Issued on"), required=False)
    effective_from = _day(label=gettext_lazy("In force from"), required=False)
    provenance = forms.ChoiceField(
        label=gettext_lazy("Where it was read"), choices=LegalDocument.Provenance.choices
    )

    def clean_slug(self) -> str:
        """Refuse a name that is taken."""
        slug = str(self.cleaned_data["slug"]).lower()
        if LegalDocument.objects.filter(slug=slug).exists():
            raise forms.ValidationError(
                _("A document of this short name is kept already; choose another name.")
            )
        return slug


class ClauseForm(forms.Form):
    """One clause of a new document."""

    article = forms.CharField(
        label=gettext_lazy("Article"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("As the document numbers it, such as 三(二)."),
    )
    text = _text(
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
    """The clauses of a new document: at least one, each article once."""

    def clean(self) -> None:
        """Look at all of them together."""
        articles = [form.cleaned_data.get("article") for form in self.forms if form.is_valid()]
        named = [article for article in articles if article]
        if not named and not any(self.errors):
            raise forms.ValidationError(_("Enter at least one clause; every line cites one."))
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


ClauseFormSet = forms.formset_factory(ClauseForm, formset=_Clauses, extra=4, max_num=60)


# The condition


def comparable(kind: str) -> Mapping[str, Fact]:
    """Return the facts that a rule of a kind may compare."""
    return MEMBER_COMPARABLE if kind == FAMILY else COMPARABLE


class FactChoiceForm(forms.Form):
    """Which fact a new line compares."""

    fact = forms.ChoiceField(label=gettext_lazy("Fact"))

    def __init__(self, *args: Any, kind: str, **options: Any):
        """Offer the closed dictionary, by its words."""
        super().__init__(*args, **options)
        named = [(name, wording.label(name)) for name in comparable(kind)]
        self.fields["fact"].choices = [("", _("Choose a fact")), *named]


class GapChoiceForm(forms.Form):
    """Which matter of the register an officer decides."""

    gap = forms.ChoiceField(label=gettext_lazy("What an officer decides"))

    def __init__(self, *args: Any, **options: Any):
        """Offer the register."""
        super().__init__(*args, **options)
        rows = DataGap.objects.all()
        named = [(row.leaf_id, wording.say({"zh": row.asks_zh, "en": row.asks_en})) for row in rows]
        self.fields["gap"].choices = [("", _("Choose from the register")), *named]


class _NodeForm(DeskForm):
    """What every line of a condition has: a clause, papers, and a place among the others."""

    group = forms.ChoiceField(
        label=gettext_lazy("Put it there as"),
        required=False,
        choices=(
            ("", gettext_lazy("one line")),
            ("all", gettext_lazy("the first line of a new group of which all are asked")),
            ("any", gettext_lazy("the first line of a new group of which one is enough")),
        ),
    )

    def __init__(
        self,
        *args: Any,
        documents: Sequence[LegalDocument],
        first: str,
        papers: Mapping[str, Any],
        is_new: bool,
        **options: Any,
    ):
        """Offer clauses and papers."""
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["group"]
        self.fields["clause"] = ClauseField(documents, first, label=_("Clause that asks it"))
        self.fields["papers"] = forms.MultipleChoiceField(
            label=_("Papers that prove it"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[
                (code, wording.say(raw["name"]))
                for code, raw in papers.items()
                if not raw.get("always") or code in (self.initial.get("papers") or ())
            ],
            help_text=_("If you choose none, the page says that no paper is needed."),
        )
        for field in self.fields.values():
            field.error_messages["required"] = _("This is missing; fill it in.")

    def in_group(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the node, inside the new group if one is wanted."""
        group = self.cleaned_data.get("group")
        return {group: [node]} if group else node


class LeafForm(_NodeForm):
    """A line that compares one fact; its operators and values are those that fit the fact."""

    def __init__(
        self,
        *args: Any,
        fact: Fact,
        parameters: Mapping[str, Any],
        taken_ids: Iterable[str] = (),
        **options: Any,
    ):
        """Build the fields for the fact; ``taken_ids`` are those of the other lines."""
        self.fact, self.parameters, self.taken_ids = fact, parameters, set(taken_ids)
        super().__init__(*args, **options)
        own: dict[str, forms.Field] = {
            "operator": forms.ChoiceField(
                label=_("Comparison"),
                choices=[(name, OPERATORS[name]) for name in operators_of(fact)],
            )
        }
        if fact.kind is Kind.BOOL:
            own["value"] = forms.ChoiceField(
                label=_("What is asked"),
                choices=[("true", wording.YES[fact.name]), ("false", wording.NO[fact.name])],
            )
        elif fact.kind is Kind.CHOICE:
            own["values"] = forms.MultipleChoiceField(
                label=_("Answers"),
                widget=forms.CheckboxSelectMultiple,
                choices=[(name, str(word)) for name, word in wording.VALUES[fact.name].items()],
                help_text=_("Several only with “is one of”."),
            )
        else:
            own |= self._figure_fields()
        own["id"] = forms.CharField(
            label=_("Name of the line"),
            max_length=60,
            help_text=_(
                "Lower-case words with hyphens. The same question keeps its name from version to "
                "version; so changes are found."
            ),
        )
        self.fields = own | self.fields
        for field in self.fields.values():
            field.error_messages["required"] = _("This is missing; fill it in.")

    def _figure_fields(self) -> dict[str, forms.Field]:
        unit = self.fact.unit
        known = [
            (name, f"{name}: {wording.amount(raw['value'], unit)} ({raw['clause']})")
            for name, raw in self.parameters.items()
            if raw["unit"] == unit
        ]
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        return {
            "figure": forms.ChoiceField(
                label=_("Figure"),
                required=False,
                choices=[*known, (NEW, _("a new figure, written below"))],
            ),
            "new_value": forms.CharField(
                label=_("New figure (%(unit)s)") % {"unit": UNITS.get(unit, unit)},
                required=False,
                max_length=20,
                widget=forms.TextInput(attrs=attrs),
            ),
        }

    def clean_id(self) -> str:
        """Take a name in the form of the files."""
        name = self.cleaned_data["id"].strip()
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise forms.ValidationError(
                _("Use lower-case letters and digits with hyphens between, such as own-home.")
            )
        if name in self.taken_ids:
            raise forms.ValidationError(
                _("Another line of this version has this name; choose another one.")
            )
        return name

    def clean(self) -> dict[str, Any]:
        """Match operator and value."""
        data = super().clean() or {}
        if len(data.get("values") or ()) > 1 and data.get("operator") != "in":
            self.add_error("values", _("Choose one answer, or “is one of” as the comparison."))
        if "figure" in self.fields and not data.get("figure"):
            raw = unicodedata.normalize("NFKC", data.get("new_value") or "").strip()
            whole = self.fact.kind is Kind.INT
            if not raw:
                self.add_error("new_value", _("Choose a figure above, or write a new one here."))
            elif not re.fullmatch(r"[0-9]{1,12}" if whole else r"[0-9]{1,12}(\.[0-9]{1,6})?", raw):
                self.add_error(
                    "new_value",
                    _("Write a whole number in digits, such as 36.")
                    if whole
                    else _("Write the figure in digits, such as 39.14."),
                )
            else:
                data["new_value"] = int(raw) if whole else raw
        return data

    def taken(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the leaf as a file writes it, and the figures that are new."""
        data = self.cleaned_data
        new: dict[str, Any] = {}
        value: Any
        if self.fact.kind is Kind.BOOL:
            value = data["value"] == "true"
        elif self.fact.kind is Kind.CHOICE:
            value = data["values"] if data["operator"] == "in" else data["values"][0]
        else:
            name = data["figure"] or self._free_name(data["operator"], data["id"])
            if not data["figure"]:
                new[name] = {
                    "value": data["new_value"],
                    "unit": self.fact.unit,
                    "clause": data["clause"],
                }
            value = f"${name}"
        leaf = {
            "id": data["id"],
            "clause": data["clause"],
            "fact": self.fact.name,
            data["operator"]: value,
            "papers": data["papers"],
        }
        return leaf, new

    def _free_name(self, operator: str, leaf: str) -> str:
        most = operator in ("at_most", "below")
        base = f"{'max' if most else 'min'}_{leaf.replace('-', '_')}"
        name, number = base, 2
        while name in self.parameters:
            name, number = f"{base}_{number}", number + 1
        return name


def operators_of(fact: Fact) -> tuple[str, ...]:
    """Return the operators that fit a fact."""
    ordered = ("at_least", "at_most", "above", "below")
    if fact.kind is Kind.CHOICE:
        return ("is", "in", *ordered) if fact.ordered else ("is", "in")
    return ("is",) if fact.kind is Kind.BOOL else (*ordered, "is")


def leaf_initial(record: Mapping[str, Any], leaf: Leaf) -> dict[str, Any]:
    """Return what the form shows of a line as it stands."""
    shown: dict[str, Any] = {
        "clause": full_reference(record, leaf.clause),
        "papers": list(leaf.papers),
    }
    if isinstance(leaf, OfficerJudgement):
        return shown
    shown |= {"id": leaf.id, "operator": leaf.operator}
    if isinstance(leaf.value, bool):
        shown["value"] = "true" if leaf.value else "false"
    elif leaf.fact in wording.VALUES:
        shown["values"] = list(leaf.value) if isinstance(leaf.value, tuple) else [leaf.value]
    else:
        shown["figure"] = leaf.parameter
    return shown


class JudgementForm(_NodeForm):
    """A line that an officer decides."""

    def taken(self, gap: DataGap) -> dict[str, Any]:
        """Return the leaf as a file writes it."""
        return {
            "judgement": gap.leaf_id,
            "clause": self.cleaned_data["clause"],
            "papers": self.cleaned_data["papers"],
            "asks": {"zh": gap.asks_zh, "en": gap.asks_en},
        }


class FigureForm(DeskForm):
    """A figure of the law: value, clause, and whether it was read in a reprint."""

    value = forms.CharField(
        label=gettext_lazy("Figure"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    provenance = forms.ChoiceField(
        label=gettext_lazy("Where it was read"),
        required=False,
        choices=[
            ("", gettext_lazy("where the document was read")),
            *LegalDocument.Provenance.choices,
        ],
    )

    def __init__(
        self,
        *args: Any,
        documents: Sequence[LegalDocument],
        first: str,
        whole: bool,
        **options: Any,
    ):
        """Offer the clauses."""
        super().__init__(*args, **options)
        self.whole = whole
        clause = ClauseField(documents, first, label=_("Clause that gives it"))
        clause.error_messages["required"] = _("This is missing; fill it in.")
        self.fields = {
            "value": self.fields["value"],
            "clause": clause,
            "provenance": self.fields["provenance"],
        }

    def clean_value(self) -> Any:
        """Take digits."""
        raw = unicodedata.normalize("NFKC", self.cleaned_data["value"]).strip()
        if self.whole and re.fullmatch(r"[0-9]{1,12}", raw):
            return int(raw)
        if not self.whole and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", raw):
            return raw
        raise forms.ValidationError(
            _("Write a whole number in digits, such as 36.")
            if self.whole
            else _("Write the figure in digits, such as 39.14.")
        )


# Cases


def asked_facts(*rules: RuleVersion | None) -> tuple[str, ...]:
    """Return the facts that somebody states so that these versions can be judged."""
    found = {
        asked_as(leaf.fact)
        for rule in rules
        if rule
        for leaf in leaves(rule.condition)
        if isinstance(leaf, Compare)
    }
    family = any(rule.kind == FAMILY for rule in rules if rule)
    return tuple(name for name in (MEMBER_FACTS if family else FACTS) if name in found)


class CaseForm(DeskForm):
    """One person: only the facts that these versions compare; nothing is a valid answer."""

    def __init__(self, *args: Any, rules: Sequence[RuleVersion | None], **options: Any):
        """Build a field for every fact."""
        super().__init__(*args, **options)
        draft = next(rule for rule in rules if rule)
        self.family = draft.kind == FAMILY
        self.names = asked_facts(*rules)
        areas = dict.fromkeys(area for rule in rules if rule for area in rule.areas)
        own: dict[str, forms.Field] = {
            "as_of": _day(label=_("Day of the check")),
            "area": forms.ChoiceField(
                label=_("Place"),
                choices=[(area, wording.AREAS[area]) for area in AREA_CLASSES if area in areas],
            ),
        }
        for name in self.names:
            own[name] = _fact_field(name, member=self.family)
        self.fields = own | self.fields
        for field in self.fields.values():
            field.error_messages["required"] = _("This is missing; fill it in.")

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts as JSON carries them."""
        return self.cleaned_data["facts"]

    def clean(self) -> dict[str, Any]:
        """Let the core read the facts, and say at each field what it refuses."""
        data = super().clean() or {}
        dictionary = MEMBER_FACTS if self.family else FACTS
        stated = {
            name: _stated(dictionary[name], data[name])
            for name in self.names
            if data.get(name) not in (None, "")
        }
        place = place_in(data["area"]) if data.get("area") else {}
        if self.family:  # somebody whom a route registers, so that the member is judged
            data["facts"] = {
                **place,
                "housing": "owned",
                "has_residence_permit": True,
                "household": [stated],
            }
        else:
            data["facts"] = {**place, **stated}
        if data.get("as_of"):
            try:
                day = read_as_of(data["as_of"])
                parse_facts(data["facts"], as_of=day, townships=selectors.townships())
            except FactsRefused as refused:
                for error in refused.errors:
                    name = error.field.rpartition(".")[2]
                    self.add_error(name if name in self.fields else None, refusal(error))
        return data


def _fact_field(name: str, *, member: bool) -> forms.Field:
    fact = (MEMBER_FACTS if member else FACTS)[name]
    label = wording.label(name)
    label = label[:1].upper() + label[1:]
    options = {"label": label, "required": False}
    if fact.kind in (Kind.BOOL, Kind.CHOICE):
        choices = wording.choices_of(name, member=member)
        return forms.ChoiceField(choices=[("", _("not known")), *choices], **options)
    if fact.kind is Kind.DATE:
        return _day(**options)
    unit = UNITS.get(fact.unit, "")
    return forms.CharField(
        max_length=20,
        help_text=str(unit),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        **options,
    )


def _stated(fact: Fact, value: Any) -> Any:
    if fact.kind is Kind.BOOL:
        return value == "true"
    if isinstance(value, date):
        return value.isoformat()
    if fact.kind is Kind.INT:
        text = unicodedata.normalize("NFKC", value).strip()
        return int(text) if re.fullmatch(r"[0-9]{1,16}", text) else text
    return value.strip()


class ExampleForm(CaseForm):
    """A worked example entered by hand."""

    def __init__(self, *args: Any, **options: Any):
        """Ask for a name and for what must come out."""
        super().__init__(*args, **options)
        name = forms.CharField(
            label=_("Name"),
            max_length=200,
            help_text=_("In Chinese, what the case is about, such as 租房、备案满36个月."),
        )
        expect = forms.ChoiceField(
            label=_("What must come out"),
            choices=[(verdict, _verdict(verdict)) for verdict in ROUTE_VERDICTS],
            initial="met",
        )
        for field in (name, expect):
            field.error_messages["required"] = _("This is missing; fill it in.")
        self.fields = {"name": name, "expect": expect} | self.fields

    def expected(self, code: str) -> dict[str, Any]:
        """Return what must come out, as examples in files say it."""
        wanted = self.cleaned_data["expect"]
        return {"family": [wanted]} if self.family else {"routes": {code: wanted}}


def _verdict(name: str) -> str:
    return str(wording.VERDICTS.get(name, _("not on the list")))


class NameForm(DeskForm):
    """The second click of an example made from a receipt."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    verdict = forms.ChoiceField(label=gettext_lazy("What must come out"))

    def __init__(self, *args: Any, **options: Any):
        """Offer the verdicts."""
        super().__init__(*args, **options)
        self.fields["verdict"].choices = [(name, _verdict(name)) for name in ROUTE_VERDICTS]


# Review and after


class OverridesForm(forms.Form):
    """For every breach that may be overridden, the approver's reason in both languages."""

    def __init__(self, *args: Any, codes: Iterable[str], **options: Any):
        """Ask for each code once."""
        super().__init__(*args, **options)
        self.codes = tuple(dict.fromkeys(codes))
        for code in self.codes:
            for language, label in (("zh", _("Reason (Chinese)")), ("en", _("Reason (English)"))):
                field = _text(label=label, max_length=1000)
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
    from_day = _day(label=gettext_lazy("From"))
    reason_zh = _text(label=gettext_lazy("Reason (Chinese)"))
    reason_en = _text(label=gettext_lazy("Reason (English)"))

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
    as_of = _day(label=gettext_lazy("Day for which everybody is judged"))

    def __init__(self, *args: Any, populations: Sequence[Any], **options: Any):
        """Offer the populations."""
        super().__init__(*args, **options)
        self.fields["population"].choices = populations


class PackageForm(DeskForm):
    """A package of rules as a YAML file."""

    file = forms.FileField(label=gettext_lazy("Package file (YAML)"))
