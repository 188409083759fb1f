"""A line of a condition: the fact, what is asked of it, the figure, the clause, the papers."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import wording
from eligibility.admin.desk_fields import (
    MISSING,
    ClauseField,
    DeskForm,
)
from eligibility.core.condition import Leaf, OfficerJudgement
from eligibility.core.facts import (
    COMPARABLE,
    MEMBER_COMPARABLE,
    Fact,
    Kind,
)
from eligibility.core.rule import FAMILY
from eligibility.forms import UNITS
from eligibility.models import DataGap, LegalDocument
from eligibility.services.draft_records import full_reference

NEW = ""
MOST_CODE = 40
OPERATORS = {
    "is": gettext_lazy("is exactly"),
    "in": gettext_lazy("is one of"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "above": gettext_lazy("is more than"),
    "below": gettext_lazy("is less than"),
}


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
        self.register = papers
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
        self.fields["new_paper_zh"] = forms.CharField(
            label=_("A paper that is not in the list (Chinese)"), max_length=80, required=False
        )
        self.fields["new_paper_en"] = forms.CharField(
            label=_("The same in English"), max_length=160, required=False
        )
        for field in self.fields.values():
            field.error_messages["required"] = MISSING

    def clean(self) -> dict[str, Any]:
        """See that a new paper has both names, and is not one of the list."""
        data = super().clean() or {}
        zh, en = (str(data.get(f"new_paper_{key}") or "").strip() for key in ("zh", "en"))
        if bool(zh) != bool(en):
            missing = "new_paper_en" if zh else "new_paper_zh"
            self.add_error(missing, _("Give the paper a name in Chinese and in English."))
        known = {name.strip() for raw in self.register.values() for name in raw["name"].values()}
        if zh and en and not known.isdisjoint((zh, en)):
            self.add_error("new_paper_zh", _("This paper is in the list above; choose it there."))
        return data

    @property
    def new_papers(self) -> dict[str, Any]:
        """Return the paper that the register does not hold yet, by its code."""
        zh, en = (self.cleaned_data[f"new_paper_{key}"].strip() for key in ("zh", "en"))
        if not zh:
            return {}
        base = re.sub(r"[^a-z0-9]+", "_", en.lower()).strip("_")[:MOST_CODE] or "paper"
        code, number = base, 2
        while code in self.register:
            code, number = f"{base}_{number}", number + 1
        return {code: {"name": {"zh": zh, "en": en}}}

    @property
    def all_papers(self) -> list[str]:
        """Return the codes of the papers that prove the line."""
        return [*self.cleaned_data["papers"], *self.new_papers]

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
            field.error_messages["required"] = MISSING

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
            "papers": self.all_papers,
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
            "papers": self.all_papers,
            "asks": {"zh": gap.asks_zh, "en": gap.asks_en},
        }


class MoveForm(DeskForm):
    """The group to which a line is moved."""

    group = forms.ChoiceField(label=gettext_lazy("Move it to"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, groups: Sequence[tuple[str, str]], **options: Any):
        """Offer the groups."""
        super().__init__(*args, **options)
        self.fields["group"].choices = groups


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
        clause.error_messages["required"] = MISSING
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
