"""What officers and supervisors type at the desk: one small form for each act."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from jiaxing_hukou.accounts.models import Station, User
from residence_permit import references
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.id_number import IdNumberRefused, read_id_number
from residence_permit.core.workflow import Action, Proposal
from residence_permit.plain_text import hidden_sign
from residence_permit.presentation.desk import ACTS, state_name
from residence_permit.reports.streams import CSV, XLSX
from residence_permit.services.review import BULK, Item

TEXT_LIMIT = 1000  # characters of a reason, or of an item
PROPOSALS = (
    (Proposal.APPROVE.value, _l("approve")),
    (Proposal.REFUSE.value, _l("refuse")),
)
ITEM = "item-"
LONGEST = 366  # days of figures


class PlainText(forms.CharField):
    """Text of several lines in which nothing hides."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **kwargs: Any):
        """Keep it short enough to be read."""
        kwargs.setdefault("max_length", TEXT_LIMIT)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text in one form."""
        return unicodedata.normalize("NFC", super().to_python(value)).replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        """Refuse signs that no page shows: they could turn a letter's words around."""
        super().validate(value)
        if any(hidden_sign(line) for line in value.split("\n")):
            raise forms.ValidationError(
                _("The text contains invisible signs. Type it again instead of pasting it.")
            )


class DeskForm(forms.Form):
    """What every act brings: how many events the page showed, and what stood on it."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def given(self) -> dict[str, Any]:
        """Return what the service is handed, apart from ``seen``."""
        return {}


class PlainForm(DeskForm):
    """An act that needs nothing more."""


class ReasonForm(DeskForm):
    """An act that needs a reason."""

    reason = PlainText(label=_l("Reason"), help_text=_l("The applicant and later readers see it."))

    def given(self) -> dict[str, Any]:
        """Return the reason."""
        return {"reason": self.cleaned_data["reason"]}


class ReassignForm(DeskForm):
    """Give the case to a colleague."""

    assignee = forms.TypedChoiceField(label=_l("Colleague"), coerce=int)
    reason = PlainText(label=_l("Reason (may be left empty)"), required=False)

    def __init__(self, *args: Any, officers: Sequence[User], **kwargs: Any):
        """Offer the officers of the case's offices."""
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [
            ("", _("Choose")),
            *((officer.pk, officer.get_username()) for officer in officers),
        ]

    def given(self) -> dict[str, Any]:
        """Return to whom, and why."""
        return {
            "assignee_id": self.cleaned_data["assignee"],
            "reason": self.cleaned_data["reason"],
        }


class ItemsForm(DeskForm):
    """Everything that is missing, at once: a box for each step and each proof of the case."""

    def __init__(self, *args: Any, targets: Sequence[tuple[str, str]], **kwargs: Any):
        """Make a box for each thing that can be asked for."""
        super().__init__(*args, **kwargs)
        self.targets = [target for target, _name in targets]
        for target, name in targets:
            self.fields[f"{ITEM}{target}"] = PlainText(
                label=name, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a request that asks for nothing."""
        cleaned = super().clean()
        if not self.errors and not self._items():
            raise forms.ValidationError(
                _("Write in at least one box what is to be done. An empty box asks for nothing.")
            )
        return cleaned

    def _items(self) -> list[Item]:
        texts = {target: self.cleaned_data.get(f"{ITEM}{target}", "") for target in self.targets}
        return [Item(target, text) for target, text in texts.items() if text]

    def given(self) -> dict[str, Any]:
        """Return the items."""
        return {"items": self._items()}


class ProposalForm(DeskForm):
    """Approve or refuse; a refusal names its ground and gives the reason."""

    proposal = forms.ChoiceField(
        label=_l("Approve or refuse?"), choices=PROPOSALS, widget=forms.RadioSelect
    )
    # Not called "code": what is called so is not carried along when a code is asked for.
    ground = forms.ChoiceField(
        label=_l("Ground of a refusal"),
        required=False,
        help_text=_l("Only grounds that a text gives; the articles come along."),
    )
    reason = PlainText(
        label=_l("Reason"),
        required=False,
        help_text=_l(
            "Needed for a refusal: what exactly, with dates and documents. It stands in the letter."
        ),
    )

    def __init__(self, *args: Any, grounds: Sequence[tuple[str, str]], **kwargs: Any):
        """Offer the grounds of this kind of application; without one nothing can be refused."""
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [("", _("Choose")), *grounds]
        if not grounds:
            self.fields["proposal"].choices = PROPOSALS[:1]
            del self.fields["ground"]

    def clean(self) -> dict[str, Any]:
        """Ask for ground and reason where the proposal is to refuse."""
        cleaned = super().clean()
        if cleaned.get("proposal") == Proposal.REFUSE:
            if not cleaned.get("ground") and "ground" not in self.errors:
                self.add_error("ground", _("Choose the ground of the refusal."))
            if not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error(
                    "reason",
                    _("Write the reason, so that the applicant understands what is missing."),
                )
        return cleaned

    def given(self) -> dict[str, Any]:
        """Return the proposal and what it rests on."""
        data = self.cleaned_data
        proposal = Proposal(data["proposal"])
        refused = proposal is Proposal.REFUSE
        return {
            "proposal": proposal,
            "reason": data["reason"],
            "reason_code": data.get("ground", "") if refused else "",
        }


class SearchForm(forms.Form):
    """A reference or a whole ID number; sent by POST, so that no address holds it."""

    query = forms.CharField(
        label=_l("Case reference or whole ID number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "accesskey": "s"}),
    )

    def __init__(self, *args: Any, today: Any = None, **kwargs: Any):
        """Keep the day, against which an ID number is read."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.reference = self.number = ""

    def clean_query(self) -> str:
        """Tell a reference from an ID number."""
        typed = self.cleaned_data["query"]
        if references.is_well_formed(typed):
            self.reference = references.written(typed)
            return typed
        try:
            self.number = read_id_number(typed, self.today).number
        except IdNumberRefused as refused:
            raise forms.ValidationError(_search_error(refused.code)) from None
        return typed


def _search_error(code: str) -> str:
    if code in ("check_digit", "date", "future", "too_old"):
        return _("This ID number is mistyped; compare it with the document once more.")
    return _(
        "This is neither a case reference nor a whole ID number of 18 characters. Compare it once "
        "more."
    )


class UnmaskForm(forms.Form):
    """Why the whole ID number has to be seen."""

    REASONS = (
        ("document", _l("to compare it with a document")),
        ("duplicate", _l("to see whether two files are about one person")),
        ("authority", _l("to ask another authority")),
    )
    reason = forms.ChoiceField(label=_l("What for?"), choices=REASONS)


class FilterForm(forms.Form):
    """Which queue, narrowed down to what; wrong values narrow nothing."""

    kind = forms.ChoiceField(label=_l("Kind"), required=False)
    status = forms.ChoiceField(label=_l("State"), required=False)
    office = forms.ChoiceField(label=_l("Office"), required=False)

    def __init__(
        self, *args: Any, statuses: Sequence[CaseStatus], offices: Sequence[Station], **kw
    ):
        """Offer the states that the queue holds, and the offices within reach if there are some."""
        super().__init__(*args, **kw)
        everything = ("", _("all"))
        self.fields["kind"].choices = [everything, *CaseKind.choices]
        self.fields["status"].choices = [
            everything,
            *((status.value, state_name(status)) for status in statuses),
        ]
        self.fields["office"].choices = [
            everything,
            *((str(office.pk), office.name) for office in offices),
        ]
        if len(offices) < 2:
            del self.fields["office"]
        if len(statuses) < 2:
            del self.fields["status"]


class BulkForm(forms.Form):
    """The same act on several cases."""

    act = forms.ChoiceField(
        label=_l("With the chosen cases"),
        choices=[(action.value, ACTS[action]) for action in BULK],
    )
    assignee = forms.TypedChoiceField(
        label=_l("Colleague"), coerce=int, required=False, empty_value=None
    )
    reason = PlainText(label=_l("Reason"), required=False)

    def __init__(self, *args: Any, officers: Sequence[User], **kwargs: Any):
        """Offer the officers within reach."""
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [
            ("", _("Choose")),
            *(
                (officer.pk, f"{officer.get_username()} ({officer.station.name})")
                for officer in officers
            ),
        ]

    @property
    def action(self) -> Action:
        """Return the act."""
        return Action(self.cleaned_data["act"])

    def given(self) -> dict[str, Any]:
        """Return what the service is handed for each case."""
        data = self.cleaned_data
        match self.action:
            case Action.REASSIGN:
                return {"assignee_id": data["assignee"], "reason": data["reason"]}
            case Action.EXTEND | Action.ESCALATE:
                return {"reason": data["reason"]}
        return {}


class FiguresForm(forms.Form):
    """Of which days, of which office, of which kind."""

    first = forms.DateField(
        label=_l("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_l("Until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    kind = forms.ChoiceField(label=_l("Kind"), required=False)
    office = forms.ChoiceField(label=_l("Office"), required=False)

    def __init__(self, *args: Any, offices: Sequence[Station], **kwargs: Any):
        """Offer the offices within reach."""
        super().__init__(*args, **kwargs)
        everything = ("", _("all"))
        self.fields["kind"].choices = [everything, *CaseKind.choices]
        self.fields["office"].choices = [
            everything,
            *((str(office.pk), office.name) for office in offices),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a time that ends before it begins, or lasts longer than a year."""
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("This day lies before the first one. Choose a later one."))
        elif first and last and (last - first).days > LONGEST:
            self.add_error("first", _("Choose at most one year."))
        return cleaned


class ExportForm(forms.Form):
    """Which cases leave as a table, and as what."""

    kind = forms.ChoiceField(label=_l("Kind"), required=False)
    status = forms.ChoiceField(label=_l("State"), required=False)
    office = forms.ChoiceField(label=_l("Office"), required=False)
    file = forms.ChoiceField(
        label=_l("File"), choices=((CSV, "CSV"), (XLSX, "Excel (XLSX)")), initial=XLSX
    )

    def __init__(self, *args: Any, offices: Sequence[Station], **kwargs: Any):
        """Offer the offices within reach."""
        super().__init__(*args, **kwargs)
        everything = ("", _("all"))
        statuses = [status for status in CaseStatus if status != CaseStatus.DRAFT]
        self.fields["kind"].choices = [everything, *CaseKind.choices]
        self.fields["status"].choices = [
            everything,
            *((status.value, state_name(status)) for status in statuses),
        ]
        self.fields["office"].choices = [
            everything,
            *((str(office.pk), office.name) for office in offices),
        ]
