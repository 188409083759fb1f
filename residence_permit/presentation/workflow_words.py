"""Says why a case was not moved, and what to do: for the applicant's pages and the desk's."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import WorkflowError
from residence_permit.presentation.days import full_day


def N_(text: str) -> str:  # noqa: N802  the marker that message extraction knows
    """Mark a text for translation and return it as it is."""
    return text


# By the code of the error: what is wrong, and what to do.
TEXTS = {
    "impossible": N_(
        "This is not possible while the case is in the state “%(source)s”. Reload the page to see "
        "what can be done now."
    ),
    "role": N_("This is not yours to do: it takes another role. Ask a supervisor of your office."),
    "own_case": N_(
        "This is your own case. Nobody handles his own case; leave it to a colleague or a "
        "supervisor."
    ),
    "household_case": N_(
        "This case is about a member of your household or a relative. Leave it to a colleague or a "
        "supervisor."
    ),
    "nobody": N_("Sign in again: only a person who is known may do this."),
    "same_person": N_(
        "You have recommended or decided in this case before. The decision takes another person; "
        "ask another supervisor."
    ),
    "held": N_(
        "A colleague is working on this case. Wait until his time has run out, or ask the "
        "supervisor to reassign it."
    ),
    "second_request": N_(
        "Everything missing has to be asked for at once (居住证暂行条例 第九条). What could be seen at "
        "the first request can be asked for later only by a supervisor; ask one."
    ),
    "no_such_item": N_(
        "One of the items is no part of this application. Choose the items from the list."
    ),
    "no_such_ground": N_(
        "An application for “%(kind)s” cannot be refused for this reason: no text gives it. Choose "
        "a reason from the list."
    ),
    "repeated": N_("This can be done only once, and it has been done already."),
    "undecided": N_("There is no decision yet that this could be about."),
    "too_late": N_("The time for this is over: it was possible until %(last)s."),
    "too_early": N_(
        "This is possible once the deadline has passed; until then the office is at work."
    ),
    "other_case_open": N_(
        "Another application of the same kind for this person is open. Finish or withdraw that one "
        "first."
    ),
    "assignee": N_(
        "The colleague you chose is not an officer of this office, or the account is closed. "
        "Choose another one."
    ),
    "assignee_household": N_(
        "The colleague you chose belongs to the household of this case. Choose another one."
    ),
    "has_permit": N_(
        "The person holds a residence permit already, so a first one cannot be issued. Look at "
        "the permit."
    ),
    "after_cancellation": N_(
        "The permit has been cancelled, so nothing more can be entered. A new first permit has to "
        "be applied for."
    ),
    "second_issue": N_("This permit was issued before and cannot be issued twice."),
    "no_issue_first": N_("There is no permit yet that this could be entered in."),
    "out_of_order": N_(
        "The permit has an entry of a later day (%(before)s), so this one cannot be written before "
        "it. Tell the operator."
    ),
    "outside_window": N_(
        "The permit can be endorsed from %(opens)s to %(closes)s only; the application did not "
        "fall into that time."
    ),
    "endorsed_already": N_(
        "The permit was endorsed on %(endorsed_on)s already; one endorsement a year is enough."
    ),
}
# What was not given, by its name.
MISSING = {
    "items": N_("Name at least one item, and say for each what is to be done."),
    "answers": N_("Answer every item that is to be corrected first."),
    "reason": N_("Give the reason, so that the applicant and later readers understand it."),
    "reason_code": N_("Choose the ground of the refusal."),
    "legal_basis": N_("Choose the ground of the refusal; it brings its articles along."),
    "proposal": N_("Choose whether to approve or to refuse."),
    "assignee": N_("Choose the colleague who is to have the case."),
    "target": N_("Choose whether to approve or to refuse."),
}
_LABELS = {"source": CaseStatus, "target": CaseStatus, "kind": CaseKind}


def explain(error: WorkflowError) -> str:
    """Return the sentence for whoever tried: what is wrong, and what to do."""
    if error.code == "incomplete":
        return _sentences(_(MISSING[name]) for name in _missing(error))
    if error.code == "outside_window" and "opens" not in error.params:
        return _("The permit cannot be endorsed on this day.")
    return _(TEXTS[error.code]) % {name: _said(name, error.params[name]) for name in error.params}


def _missing(error: WorkflowError) -> tuple[str, ...]:
    # The ground brings its articles along: to ask for both says the same thing twice.
    names = tuple(error.params["missing"])
    return tuple(name for name in names if name != "legal_basis" or "reason_code" not in names)


def _sentences(each: Iterable[str]) -> str:
    said = list(dict.fromkeys(each))
    return " ".join(said)


def _said(name: str, value: Any) -> str:
    if isinstance(value, date):
        return full_day(value)
    if name in _LABELS and value is not None:
        return str(_LABELS[name](value).label)
    return str(value)
