"""Somebody's data in words: the sections of ``services.my_data``, none of their values left out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext

from eligibility.core.places import Township
from eligibility.place_names import county_name
from eligibility.wording import VALUES, full_date
from jiaxing_hukou.accounts.roles import Role
from residence_permit import choices
from residence_permit.core.id_number import masked
from residence_permit.models import (
    Evidence,
    Notice,
    NoticePreference,
    Person,
    RegistrationEvent,
    Relation,
    ReportBatch,
    ResidenceRegistration,
)
from residence_permit.presentation import sharing, statements
from residence_permit.presentation.days import moment
from residence_permit.presentation.residence import place_name

# Title, and what is said where there is nothing. ``looks`` has a page of its own.
SECTIONS: Mapping[str, tuple[Any, Any]] = {
    "account": (_l("Account"), ""),
    "sign_in": (_l("Signing in"), ""),
    "profile": (_l("Who you are"), _l("You have not entered who you are.")),
    "relations": (_l("For whom you act, and who acts for you"), _l("Nobody.")),
    "registrations": (_l("Residence registrations"), _l("There is none.")),
    "reports": (_l("Reports you have sent"), _l("You have sent none.")),
    "applications": (_l("Applications"), _l("You have made none.")),
    "permits": (_l("Residence permits"), _l("There is none.")),
    "notices": (_l("Messages"), _l("There is none.")),
    "preferences": (_l("How you are told"), _l("You have set nothing; the usual settings hold.")),
}
LABELS: Mapping[str, Any] = {
    "accepted_on": _l("Accepted on"),
    "about": _l("About"),
    "action": _l("What happened"),
    "address": _l("Address"),
    "after": _l("After it"),
    "answer": _l("Answer"),
    "answered_at": _l("Answered at"),
    "as": _l("Done as"),
    "asked": _l("What was asked"),
    "assessment": _l("The conditions as the portal judged them"),
    "at": _l("When"),
    "before": _l("Before it"),
    "begun_at": _l("Begun at"),
    "birth_date": _l("Date of birth"),
    "browser": _l("Browser"),
    "browsers": _l("Where you are signed in"),
    "by_you": _l("Done by you"),
    "bytes": _l("Size in bytes"),
    "cancelled_on": _l("Cancelled on"),
    "card": _l("Card"),
    "changed_at": _l("Changed at"),
    "channel": _l("How"),
    "codes": _l("Codes that show the permit"),
    "confirmed": _l("Confirmed"),
    "corrections": _l("What was asked to be corrected"),
    "county": _l("Issued by the police of"),
    "data": _l("What it told us"),
    "day": _l("Day"),
    "declared_at": _l("Declared at"),
    "delivered_at": _l("Delivered at"),
    "details": _l("More about it"),
    "due_on": _l("Due on"),
    "earliest_date": _l("Earliest day"),
    "elsewhere": _l("Signing in elsewhere"),
    "email": _l("Also by e-mail"),
    "emails": _l("E-mail addresses"),
    "employer": _l("Employer or school"),
    "ended_at": _l("Ended at"),
    "ended_on": _l("Ended on"),
    "ends_at": _l("Shows something until"),
    "entered_at": _l("Entered at"),
    "entry": _l("Entry"),
    "ethnicity": _l("Ethnic group"),
    "events": _l("What happened, line by line"),
    "evidence": _l("Files"),
    "file": _l("File"),
    "finished_at": _l("Read at"),
    "hash": _l("Fingerprint of the conditions"),
    "housing": _l("Home"),
    "hukou_address": _l("Address of the hukou"),
    "hukou_place": _l("Place of hukou"),
    "id": _l("Condition"),
    "id_number": _l("ID number"),
    "kind": _l("Kind"),
    "language": _l("Language of notices"),
    "last_sign_in_at": _l("Last signed in at"),
    "last_used_at": _l("Last used at"),
    "ledger": _l("The ledger"),
    "legal_basis": _l("Legal basis"),
    "line": _l("Line"),
    "lives_there_since": _l("Living there since"),
    "looks": _l("Looks"),
    "made_at": _l("Made at"),
    "main": _l("The main one"),
    "name": _l("Full name"),
    "name_on_account": _l("Name on the account"),
    "number": _l("Number of the permit"),
    "number_there": _l("Number there"),
    "office": _l("Office"),
    "on": _l("Day"),
    "owed_since": _l("Owed since"),
    "pages": _l("Pages"),
    "person": _l("Person"),
    "phone": _l("Phone"),
    "phone_confirmed": _l("Phone confirmed"),
    "proves": _l("Proves"),
    "provider": _l("Provider"),
    "provision": _l("Conditions"),
    "purpose": _l("What for"),
    "quiet_from": _l("Quiet hours: from"),
    "quiet_until": _l("Quiet hours: until"),
    "read_at": _l("First read at"),
    "reason": _l("Reason"),
    "reason_code": _l("Reason"),
    "reasons": _l("Reasons"),
    "reference": _l("Reference"),
    "registered_on": _l("Registered since"),
    "remedies": _l("What can be done against it"),
    "removed_at": _l("Removed at"),
    "reported_as": _l("Reported as"),
    "reported_by": _l("Stated by"),
    "roles": _l("Roles"),
    "rows": _l("Lines"),
    "second_factors": _l("Second step when signing in"),
    "sent_at": _l("Sent at"),
    "sex": _l("Sex"),
    "shows": _l("Shows"),
    "sign_in_name": _l("Name for signing in"),
    "signed_in_at": _l("Signed in at"),
    "sms": _l("Also by text message"),
    "source": _l("Stated by"),
    "statements": _l("What you stated"),
    "station": _l("Police station"),
    "status": _l("State"),
    "status_today": _l("Today"),
    "subject": _l("Subject"),
    "submitted_at": _l("Submitted at"),
    "text": _l("Text"),
    "township": _l("Street or town"),
    "township_code": _l("Street or town"),
    "type": _l("Type"),
    "unknown_facts": _l("What was not known"),
    "uploaded_at": _l("Uploaded at"),
    "verdict": _l("Verdict"),
    "what": _l("What"),
    "window_closes": _l("Window closes on"),
    "window_opens": _l("Window opens on"),
    "withdrawn_at": _l("Withdrawn at"),
    "years_counted_from": _l("Years counted from"),
    "years_of_residence": _l("Years of residence"),
    "you_act": _l("You act for this person"),
}
# By the path of a value: what its codes mean.
CODES: Mapping[str, Mapping[str, Any]] = {
    path: dict(listed)
    for path, listed in {
        "account.roles": Role.choices,
        "applications.events.action": choices.CaseAction.choices,
        "applications.events.after": choices.CaseStatus.choices,
        "applications.events.as": choices.CaseRole.choices,
        "applications.events.before": choices.CaseStatus.choices,
        "applications.evidence.status": Evidence.State.choices,
        "applications.kind": choices.CaseKind.choices,
        "applications.status": choices.CaseStatus.choices,
        "notices.channel": Notice.Channel.choices,
        "notices.status": Notice.State.choices,
        "permits.codes.looks.answer": sharing.ANSWERS.items(),
        "permits.codes.shows": sharing.LABELS.items(),
        "permits.ledger.entry": choices.LedgerEntry.choices,
        "permits.status_today": choices.PermitStatus.choices,
        "preferences.language": NoticePreference.Language.choices,
        "profile.hukou_place": VALUES["hukou_place"].items(),
        "profile.sex": Person.Sex.choices,
        "registrations.events.action": RegistrationEvent.Action.choices,
        "registrations.events.after.housing": VALUES["housing"].items(),
        "registrations.events.after.source": ResidenceRegistration.Source.choices,
        "registrations.events.before.housing": VALUES["housing"].items(),
        "registrations.housing": VALUES["housing"].items(),
        "registrations.reported_by": ResidenceRegistration.Source.choices,
        "registrations.status": ResidenceRegistration.Status.choices,
        "relations.kind": Relation.Kind.choices,
        "relations.person.hukou_place": VALUES["hukou_place"].items(),
        "relations.person.sex": Person.Sex.choices,
        "reports.reported_as": ResidenceRegistration.Source.choices,
        "reports.status": ReportBatch.Status.choices,
    }.items()
}
# By what a row is called in its list: the first that it has, and what tells it from the others.
TITLES = ("number", "reference", "subject", "name", "purpose", "entry", "action", "file", "address")
APART = ("kind", "channel", "at")
NOT_HERE: Mapping[str, Any] = {
    "receipts": _l(
        "Questionnaires and receipts of the check “May I settle here?”: they are tied to no "
        "account and no name; whoever has the link or the number opens them, nobody else."
    ),
    "files": _l(
        "The files themselves: each can be opened in its application; here they are listed."
    ),
    "others_cases": _l(
        "Applications that somebody else has made for you from another account: they stand there. "
        "Ask at the police station if you want to see them."
    ),
    "reported_people": _l(
        "The lines of the tables that you have sent: they are data of the people named in them."
    ),
    "audit_of_staff": _l(
        "The names of officers who looked: you see their role and their office, and the inspection "
        "can find out who it was."
    ),
}


@dataclass(frozen=True)
class Row:
    """One value, with what it is."""

    label: str
    text: str


@dataclass
class Entry:
    """One object: its values, and what hangs on it."""

    title: str
    rows: list[Row] = field(default_factory=list)
    parts: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True)
class SectionPage:
    """One section; ``entries`` is empty where there is nothing."""

    name: str
    title: str
    empty: str
    entries: tuple[Entry, ...]


def section_pages(
    sections: Iterable[tuple[str, Any]], townships: Mapping[str, Township]
) -> Iterator[SectionPage]:
    """Yield every section in words, except the looks, which have a page of their own."""
    for name, section in sections:
        if name not in SECTIONS:
            continue
        title, empty = SECTIONS[name]
        listed = [section] if isinstance(section, Mapping) else section or ()
        reader = _Reader(townships)
        entries = tuple(reader.entry(name, one, reader.title(name, one)) for one in listed)
        yield SectionPage(name, str(title), str(empty), entries)


@dataclass(frozen=True)
class _Reader:
    townships: Mapping[str, Township]

    def title(self, path: str, value: Mapping[str, Any]) -> str:
        """Return by what a row is known in its list."""
        named = next((key for key in TITLES if value.get(key)), "")
        keys = [key for key in (named, *APART) if key and value.get(key)]
        return " · ".join(self.text(f"{path}.{key}", key, value[key]) for key in keys)

    def entry(self, path: str, value: Mapping[str, Any], title: str) -> Entry:
        """Return an object in words; what is empty is left out."""
        found = Entry(title)
        for key, inner in value.items():
            if inner in (None, "", [], {}):
                continue
            self._add(found, f"{path}.{key}", key, inner)
        return found

    def _add(self, found: Entry, path: str, key: str, value: Any) -> None:
        label = str(LABELS.get(key, key))
        if key == "statements":
            found.parts += self._statements(label, value)
        elif isinstance(value, Mapping):
            found.parts.append(self.entry(path, value, label))
        elif isinstance(value, list) and isinstance(value[0], Mapping):
            part = Entry(label)
            part.parts = [self.entry(path, one, self.title(path, one)) for one in value]
            found.parts.append(part)
        else:
            listed = value if isinstance(value, list) else [value]
            comma = pgettext("between alternatives", ", ")
            found.rows.append(Row(label, comma.join(self.text(path, key, one) for one in listed)))

    def _statements(self, label: str, value: Mapping[str, Any]) -> list[Entry]:
        part = Entry(label)
        for step, answers in value.items():
            if not isinstance(answers, Mapping):
                continue
            rows = [
                Row(statements.label(step, name), statements.answer_text(step, name, answer))
                for name, answer in answers.items()
            ]
            part.parts.append(Entry(statements.title(step), rows))
        return [part]

    def text(self, path: str, key: str, value: Any) -> str:
        """Return one value in words; the ID number is shown in part, as on every page."""
        known = CODES.get(path)
        if known is not None:
            return str(known.get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime):
            return moment(value)
        if isinstance(value, date):
            return full_date(value)
        if key == "id_number":
            return masked(value)
        if key in ("township", "township_code"):
            return place_name(value, self.townships)
        if key == "county":
            return county_name(value) or str(value)
        if key.endswith(("_on", "_since", "_date")) and isinstance(value, str):
            return _day(value)
        return str(value)


def _day(text: str) -> str:
    try:
        return full_date(date.fromisoformat(text))
    except ValueError:
        return text
