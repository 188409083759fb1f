"""Why something cannot be done with a case, and what to do: for applicants and for staff."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.wording import full_date

TEXTS: Mapping[str, Any] = {
    # of the table of moves
    "impossible": _l(
        "This is not possible in the state of the case. Somebody may have moved it in the "
        "meantime; look at its timeline."
    ),
    "role": _l("This is not for you to do in this case."),
    "nobody": _l("Sign in to do this."),
    "own_case": _l("Nobody handles his own case. Leave it to a colleague."),
    "household_case": _l(
        "Nobody handles the case of a member of his household. Leave it to a colleague."
    ),
    "same_person": _l(
        "Recommending and deciding are two different people. Leave the decision to a colleague."
    ),
    "held": _l(
        "Another officer is working on this case. You can take it over once his time has run out."
    ),
    "second_request": _l(
        "What could be seen at the first request is told once (一次性告知). Ask your supervisor."
    ),
    "incomplete": _l("Something is missing. Fill in everything that is asked for."),
    "answers": _l("Not every item is answered yet. Answer each one, then send it back."),
    "too_late": _l("This was possible until %(last)s."),
    "undecided": _l("There is no decision yet that this could be about."),
    "too_early": _l("This is possible once the deadline has passed."),
    "too_early_day": _l("This is possible after %(deadline)s, if nothing has happened until then."),
    "repeated": _l("This can be done once only, and it has been done."),
    "other_case_open": _l(
        "Another application of this kind for the same person is open. Go on with that one."
    ),
    "assignee": _l("Choose an officer of this station."),
    "assignee_household": _l("The officer belongs to the person's household. Choose another one."),
    # of the permit's ledger
    "has_permit": _l("The person holds a residence permit already. A second one is not issued."),
    "no_issue_first": _l("There is no permit that this could be about."),
    "second_issue": _l("The permit was issued already."),
    "out_of_order": _l("A later entry stands in the permit's ledger already."),
    "after_cancellation": _l("The permit was cancelled. Apply for a new one."),
    "outside_window": _l(
        "The permit can be endorsed from %(opens)s to %(closes)s. Your draft is kept; submit it "
        "then."
    ),
    "endorsed_already": _l(
        "The permit was endorsed on %(endorsed_on)s already. The next window opens a year later."
    ),
    # of an application
    "no_profile": _l("First enter who you are. Then you can apply."),
    "not_for_him": _l("You cannot apply for this person. Choose another one."),
    "needs_guardian": _l(
        "For somebody under 16 a guardian applies (居住证暂行条例 第九条). Ask your guardian to "
        "sign in and to apply for you."
    ),
    "no_registration": _l(
        "First register where you live. The half year for the permit counts from that day."
    ),
    "no_registration_other": _l(
        "First register where this person lives. The half year for the permit counts from that day."
    ),
    "no_station": _l(
        "No police station is entered for this address yet. Ask at the nearest police station."
    ),
    "no_permit": _l("There is no valid permit yet. Choose “First permit”."),
    "relation_ended": _l(
        "You no longer act for this person. Enter it under “Your data” if you still do."
    ),
    "not_ready": _l("The application is not complete yet. What is missing is listed below."),
    "locked": _l("This part cannot be changed now. Only what was asked to be corrected is open."),
    "nothing_new": _l("Upload a new file, or say in words why there is none."),
    "too_long": _l("This is longer than %(limit)s characters. Write it shorter."),
    "reason_missing": _l("Say why. The office needs your reasons."),
    "not_over": _l("This application is not over, so there is nothing to begin anew."),
    "no_such_item": _l("That is no part of this application. Choose one of the list."),
    "no_such_ground": _l(
        "No text lets this application be refused for that. Choose another ground."
    ),
    # what the office will look at
    "moved_elsewhere": _l(
        "You live in another county now. A change is entered inside one county (or the 市区) only: "
        "have the permit cancelled and apply for a new one (浙江省流动人口居住登记条例 第十九条)."
    ),
    "change_late": _l(
        "The change was to be reported within 10 days. Report it now all the same (浙江省流动人口"
        "居住登记条例 第十九条)."
    ),
    # of a file
    "too_many_here": _l(
        "There are %(limit)s files here already. Remove one that is not needed, or put several "
        "pages into one PDF."
    ),
    "too_many_in_case": _l(
        "The application holds %(limit)s files already. Remove some that are not needed."
    ),
    "infected": _l(
        "The malware scanner refused this file, so it was not kept. Take a new photo of the "
        "document and upload that."
    ),
    "not_shown": _l("The file is still being checked. Try again in a few minutes."),
}


def explain(error: Exception) -> str:
    """Return the sentence for an error with ``code`` and ``params``; a plain one for any other."""
    code = str(getattr(error, "code", ""))
    params = getattr(error, "params", {}) or {}
    if code == "incomplete" and "answers" in params.get("missing", ()):
        code = "answers"
    if code == "too_early" and params.get("deadline"):
        code = "too_early_day"
    if code == "outside_window" and "opens" not in params:
        code = "impossible"
    return say(code, params)


def say(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the sentence of a code."""
    text = TEXTS.get(code)
    if text is None:
        return _("This cannot be done. Look at the page again.")
    days = {
        name: full_date(value) if isinstance(value, date) else value
        for name, value in (params or {}).items()
    }
    return str(text) % days if "%(" in str(text) else str(text)
