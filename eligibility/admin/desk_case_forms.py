"""One person's facts, and the worked examples made of them."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import selectors, wording
from eligibility.admin.desk_fields import (
    MISSING,
    DeskForm,
    day_field,
)
from eligibility.core.condition import Compare, leaves
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import FACTS, MEMBER_FACTS, Fact, Kind, asked_as
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import FAMILY, RuleVersion
from eligibility.core.stated import parse_facts, read_as_of
from eligibility.core.worked import ROUTE_VERDICTS
from eligibility.forms import UNITS, refusal
from eligibility.services.examples import place_in


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
            "as_of": day_field(label=_("Day of the check")),
            "area": forms.ChoiceField(
                label=_("Place"),
                choices=[(area, wording.AREAS[area]) for area in AREA_CLASSES if area in areas],
            ),
        }
        for name in self.names:
            own[name] = _fact_field(name, member=self.family)
        self.fields = own | self.fields
        for field in self.fields.values():
            field.error_messages["required"] = MISSING

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
        return day_field(**options)
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
            field.error_messages["required"] = MISSING
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
