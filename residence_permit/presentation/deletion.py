"""What can be deleted and what stays, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from residence_permit.services.deletion import CODES, DRAFTS, MESSAGES, STAYS, WISHES

KEPT_AS_RECORD = _l(
    "Kept because it is the record of an official act; no term is set in the texts this portal "
    "holds."
)
STAYING: Mapping[str, tuple[Any, Any]] = {
    "cases": (
        _l("Applications that were submitted, with their files, events and decisions"),
        KEPT_AS_RECORD,
    ),
    "permits": (_l("Permits and their ledgers"), KEPT_AS_RECORD),
    "registrations": (_l("Residence registrations and what happened to them"), KEPT_AS_RECORD),
    "statutory_messages": (
        _l("Messages that the law requires, such as decisions and time limits"),
        _l("Kept because they prove what you were told and when; they belong to their case."),
    ),
    "looks": (
        _l("When somebody looked at your permit through a code"),
        _l("Kept so that nobody can wipe out that he looked; what the code was for is deleted."),
    ),
    "audit": (
        _l("Who looked at your file and who changed it"),
        _l("Kept so that nobody can wipe out what he did; there are numbers in it and no names."),
    ),
}
REASONS: Mapping[str, Any] = {
    "staff": _l("It is the account of a member of staff. Ask your office."),
    "cases": _l("An application was submitted with it."),
    "permits": _l("A residence permit was issued to you or to somebody for whom you act."),
    "registrations": _l("A residence was registered with it."),
    "reports": _l("Residences were reported with it."),
    "other": _l("Something official rests on it. Ask at the police station."),
}


@dataclass(frozen=True)
class Staying:
    """Something that stays, and why."""

    what: str
    why: str


def part_name(part: str, count: int) -> str:
    """Return a part that can be deleted, with how much it is."""
    texts = {
        DRAFTS: ngettext(
            "%(count)s draft with its files", "%(count)s drafts with their files", count
        ),
        CODES: ngettext(
            "%(count)s code that shows the permit; it shows nothing from then on",
            "%(count)s codes that show the permit; they show nothing from then on",
            count,
        ),
        MESSAGES: ngettext(
            "%(count)s message that you have read and that no law requires",
            "%(count)s messages that you have read and that no law requires",
            count,
        ),
        WISHES: _("How you want to be told; the usual settings hold from then on"),
    }
    return texts[part] % {"count": count} if "%(" in texts[part] else texts[part]


def staying() -> list[Staying]:
    """Return what stays and why, whoever asks."""
    return [Staying(str(STAYING[name][0]), str(STAYING[name][1])) for name in STAYS]


def reasons(codes: Iterable[str]) -> list[str]:
    """Return why an account cannot be closed."""
    return [str(REASONS.get(code, REASONS["other"])) for code in codes]
