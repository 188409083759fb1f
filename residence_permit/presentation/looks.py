"""Who looked at a file or changed it, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext

from jiaxing_hukou.accounts.roles import Role
from residence_permit.choices import CaseAction
from residence_permit.presentation.days import moment
from residence_permit.services.looks import LookedAt

# Acts that are no move of a case; those are in ``choices.CaseAction``.
ACTS: Mapping[str, Any] = {
    "add_ward": _l("Entered the data of a person for whom somebody acts"),
    "answer_item": _l("Answered something that was to be corrected"),
    "attach_evidence": _l("Uploaded a file"),
    "check_share_code": _l("Looked at the permit through a code"),
    "close_account": _l("Closed the account"),
    "create_share_code": _l("Made a code that shows the permit"),
    "delete_draft": _l("Deleted a draft"),
    "delete_own_data": _l("Deleted data"),
    "export_cases": _l("Took cases out into a table"),
    "export_own_data": _l("Took out all data as a file"),
    "open_evidence": _l("Opened a file"),
    "read_own_data": _l("Read all data"),
    "registration_change": _l("Changed a residence registration"),
    "registration_confirm": _l("Confirmed a residence registration"),
    "registration_deny": _l("Denied a residence registration"),
    "registration_end": _l("Ended a residence registration"),
    "registration_register": _l("Registered a residence"),
    "registration_report": _l("Reported a residence"),
    "remove_evidence": _l("Removed a file"),
    "report_residents": _l("Reported a residence in a table"),
    "revoke_share_code": _l("Withdrew a code that shows the permit"),
    "save_profile": _l("Saved who the person is"),
    "save_step": _l("Saved a step of an application"),
    "save_ward": _l("Saved who the person is"),
    "scan_evidence": _l("Scanned a file for malware"),
    "search_cases": _l("Looked for the person by ID number"),
    "start_draft": _l("Began an application"),
    "status_without_account": _l("Looked where an application stands, by its number"),
    "unmask_id_number": _l("Looked at the whole ID number"),
    "view_case": _l("Looked at a case"),
    "view_permit": _l("Looked at the permit"),
    "view_registration": _l("Looked at a residence registration"),
}
PURPOSES: Mapping[str, Any] = {
    "applicant": _l("for an application of one's own"),
    "case": _l("to handle a case"),
    "office": _l("for the work of the office"),
    "officer": _l("as the officer of a case"),
    "on_behalf": _l("on behalf of this person"),
    "own_data": _l("to see one's own data"),
    "own_file": _l("for one's own file"),
    "residence_registration": _l("for residence registration"),
    "residence_report": _l("to report a residence"),
    "safety": _l("for safety"),
    "sharing": _l("to show the permit"),
    "statistics": _l("for statistics"),
    "status": _l("to follow an application"),
    "supervision": _l("for the inspection of the log"),
    "supervisor": _l("as the supervisor of a case"),
    "system": _l("by the portal's own work"),
}


@dataclass(frozen=True, kw_only=True)
class LookLine:
    """One entry."""

    at: datetime
    at_text: str
    who: str
    act: str
    purpose: str
    case: str


def look_line(look: LookedAt) -> LookLine:
    """Return an entry in words; a code that nobody has worded is shown as it is."""
    return LookLine(
        at=look.at,
        at_text=moment(look.at),
        who=_who(look),
        act=_act(look.act),
        purpose=str(PURPOSES.get(look.purpose, look.purpose)),
        case=look.case,
    )


def _act(code: str) -> str:
    if code in CaseAction.values:
        return str(CaseAction(code).label)
    return str(ACTS.get(code, code))


def _who(look: LookedAt) -> str:
    match look.who:
        case "you":
            return _("You")
        case "portal":
            if look.act in ("check_share_code", "status_without_account"):
                return _("Somebody without an account")
            return _("The portal")
        case "other":
            return _("Somebody who acts for this person, or reported a residence")
    known = {role.value: str(role.label) for role in Role}
    roles = pgettext("between alternatives", ", ").join(
        known[name] for name in look.roles if name in known
    )
    office = look.office or _("no office")
    return _("%(role)s, %(office)s") % {"role": roles or _("Member of staff"), "office": office}
