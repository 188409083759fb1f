"""The forms of the real-name profile and of residence registration."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.core.places import UNITS, Township
from eligibility.place_names import county_name, township_name
from eligibility.wording import VALUES
from jiaxing_hukou.accounts.phones import NotAPhone, to_e164
from residence_permit.core.id_number import IdNumberRefused, masked, read_id_number
from residence_permit.forms.fields import AnswerField, DayField
from residence_permit.models import Person, Relation
from residence_permit.plain_text import (
    ADDRESS_LIMIT,
    EMPLOYER_LIMIT,
    address_problem,
    name_problem,
    text_problem,
    tidy,
)
from residence_permit.presentation import cells
from residence_permit.presentation.residence import EXEMPTIONS, KINDS
from residence_permit.reports.lines import HOUSING

ELSEWHERE = ("zhejiang", "outside", "none")
ETHNICITY_LIMIT = 20
NONE_OF_THESE = "none"


def hukou_choices() -> list[Any]:
    """Return the places of hukou, those in Jiaxing in a group of their own."""
    words = VALUES["hukou_place"]
    return [
        ("", _("Choose")),
        (_("Not in Jiaxing"), [(place, words[place]) for place in ELSEWHERE]),
        (_("In Jiaxing"), [(place, words[place]) for place in UNITS]),
    ]


def township_choices(townships: Iterable[Township]) -> list[Any]:
    """Return the townships, those of a county under its name."""
    listed = sorted(townships, key=lambda place: (UNITS.index(place.county_code), place.code))
    groups = [
        (county_name(code), [(place.code, township_name(place)) for place in places])
        for code, places in groupby(listed, key=lambda place: place.county_code)
    ]
    return [("", _("Choose")), *groups]


def _one_line(**attrs: str) -> dict[str, Any]:
    """Return what a line of text needs; how long it may be is said in words, not by the browser."""
    return {"widget": forms.TextInput(attrs=attrs)}


def _choose(text: Any) -> dict[str, Any]:
    """Return what is said where nothing was chosen, or something that is not offered."""
    return {"required": text, "invalid_choice": text}


class _Lines(forms.Form):
    """What the forms here share: tidy lines, and refusals in the words of ``cells``."""

    def _tidy(self, field: str) -> str:
        return tidy(self.cleaned_data.get(field) or "")

    def _refuse(self, field: str, problem: str) -> None:
        if problem:
            raise forms.ValidationError(cells.text(field, problem), code=problem)


class PersonForm(_Lines):
    """Who somebody is. The number that is kept is never shown; left empty, it stays."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)
    name = forms.CharField(label=_l("Full name"), required=False, **_one_line(autocomplete="name"))
    id_number = forms.CharField(
        label=_l("ID number"),
        required=False,
        **_one_line(autocomplete="off", spellcheck="false", autocapitalize="characters"),
    )
    hukou_place = forms.ChoiceField(
        label=_l("Where is the hukou?"), error_messages=_choose(_l("Choose where the hukou is."))
    )
    hukou_address = forms.CharField(
        label=_l("Address of the hukou (may be left empty)"),
        help_text=_l("As it stands in the hukou booklet (户口簿)."),
        required=False,
        **_one_line(),
    )
    ethnicity = forms.CharField(
        label=_l("Ethnic group (may be left empty)"),
        help_text=_l("For example 汉族."),
        required=False,
        **_one_line(),
    )
    phone = forms.CharField(
        label=_l("Mobile number for questions (may be left empty)"),
        required=False,
        **_one_line(autocomplete="tel", inputmode="tel"),
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        kept: Person | None = None,
        frozen: Iterable[str] = (),
        **options: Any,
    ):
        """Offer what is kept, apart from the number; what is frozen can be read only."""
        self.today, self.kept = today, kept
        if kept is not None:
            names = ("name", "hukou_place", "hukou_address", "ethnicity", "phone")
            known = {name: getattr(kept, name) for name in names}
            options["initial"] = known | {"seen": kept.revision} | (options.get("initial") or {})
        super().__init__(*args, **options)
        self.fields["hukou_place"].choices = hukou_choices()
        self.fields["id_number"].help_text = (
            _("Kept now: %(number)s. Leave this empty if it is right.")
            % {"number": masked(kept.id_number)}
            if kept is not None
            else _("18 characters; for residents of Hong Kong, Macau and Taiwan those of the card.")
        )
        for name in frozen:
            self.fields[name].disabled = True
            self.fields[name].help_text = (
                _("Kept: %(number)s. Only the police station can correct it.")
                % {"number": masked(kept.id_number)}
                if name == "id_number"
                else _("Only the police station can correct it.")
            )

    def clean_name(self) -> str:
        """Return the name in one form."""
        name = self._tidy("name")
        self._refuse("name", name_problem(name))
        return name

    def clean_id_number(self) -> str:
        """Return the number as it was typed, if it holds together; or the one that is kept."""
        typed = self.cleaned_data["id_number"]
        if not typed.strip() and self.kept is not None:
            return self.kept.id_number
        try:
            return read_id_number(typed, self.today).number
        except IdNumberRefused as refused:
            raise forms.ValidationError(cells.text("id_number", refused.code)) from None

    def clean_hukou_address(self) -> str:
        """Return the address in one form."""
        address = self._tidy("hukou_address")
        self._refuse("address", text_problem(address, ADDRESS_LIMIT))
        return address

    def clean_ethnicity(self) -> str:
        """Return the group in one form; it is written with letters."""
        group = self._tidy("ethnicity")
        if group and (name_problem(group) or len(group) > ETHNICITY_LIMIT):
            raise forms.ValidationError(_("Write the ethnic group in letters, such as 汉族."))
        return group

    def clean_phone(self) -> str:
        """Return the number as it is kept everywhere."""
        typed = self.cleaned_data["phone"].strip()
        try:
            return to_e164(typed) if typed else ""
        except NotAPhone:
            raise forms.ValidationError(
                _("This is no mobile number. Write it like 138 0573 0001.")
            ) from None

    @property
    def given(self) -> dict[str, str]:
        """Return what is stated, as the service takes it."""
        names = ("name", "id_number", "hukou_place", "hukou_address", "ethnicity", "phone")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def revision(self) -> int:
        """Return the revision that the page showed; 0 where there was nothing."""
        return self.cleaned_data.get("seen") or 0


class WardForm(PersonForm):
    """A child or a frail relative for whom somebody acts."""

    def __init__(self, *args: Any, **options: Any):
        """Ask first why one acts for that person."""
        super().__init__(*args, **options)
        kind = AnswerField([(k, KINDS[k]) for k in Relation.Kind], label=_("For whom do you act?"))
        self.fields = {"kind": kind, **self.fields}


class ExemptForm(forms.Form):
    """The one question before the form: whether somebody need register at all (ZJ 12)."""

    asks_one = True
    situation = AnswerField([], label=_l("Does one of these apply?"))

    def __init__(self, *args: Any, **options: Any):
        """List who need not."""
        super().__init__(*args, **options)
        listed = [(code, words.situation) for code, words in EXEMPTIONS.items()]
        self.fields["situation"].choices = [*listed, (NONE_OF_THESE, _("None of these"))]


class StayForm(_Lines):
    """Where somebody lives, since when, and where he works."""

    township_code = forms.ChoiceField(
        label=_l("Subdistrict or town"),
        error_messages=_choose(_l("Choose the subdistrict or town.")),
    )
    address = forms.CharField(
        label=_l("Address"),
        help_text=_l("Road and number, building and room; for example 中山东路18号2幢301室."),
        required=False,
        **_one_line(autocomplete="street-address"),
    )
    lives_there_since = DayField(
        label=_l("Since when?"),
        help_text=_l("The day on which you moved in, for example 2026, 11 and 1."),
    )
    housing = forms.ChoiceField(
        label=_l("What kind of home is it?"),
        widget=forms.RadioSelect,
        error_messages=_choose(_l("Choose what kind of home it is.")),
    )
    employer = forms.CharField(
        label=_l("Employer or school (may be left empty)"),
        help_text=_l("The full name, as it stands in the contract."),
        required=False,
        **_one_line(autocomplete="organization"),
    )

    def __init__(self, *args: Any, townships: Iterable[Township], **options: Any):
        """Offer the townships of today."""
        super().__init__(*args, **options)
        self.fields["township_code"].choices = township_choices(townships)
        words: Mapping[str, Any] = VALUES["housing"]
        self.fields["housing"].choices = [
            (value, str(words[value])[:1].upper() + str(words[value])[1:]) for value in HOUSING
        ]

    def clean_address(self) -> str:
        """Return the address in one form."""
        address = self._tidy("address")
        self._refuse("address", address_problem(address))
        return address

    def clean_employer(self) -> str:
        """Return the employer in one form."""
        employer = self._tidy("employer")
        self._refuse("employer", text_problem(employer, EMPLOYER_LIMIT))
        return employer


class ChangeForm(StayForm):
    """Another address or another employer, and since when."""

    lives_there_since = None
    changed_on = DayField(
        label=_l("On which day did it change?"),
        help_text=_l("The day on which you moved, or began elsewhere; for example 2026, 11 and 1."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class EndForm(forms.Form):
    """The last day somewhere."""

    on = DayField(
        label=_l("On which day did you move away?"),
        help_text=_l("For example 2026, 11 and 20. Today, if you leave today."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


def refuse(form: forms.Form, field: str, message: str) -> None:
    """Show at a field, or at the top where there is no such field, what a service refused."""
    form.add_error(field if field in form.fields else None, message)


def differing(form: forms.Form, names: Sequence[str], kept: Mapping[str, Any]) -> list[str]:
    """Return the fields of a valid form that say something else than what is kept."""
    return [name for name in names if form.cleaned_data.get(name) != kept[name]]
