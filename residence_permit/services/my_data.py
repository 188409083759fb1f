"""Everything about somebody, section by section, as plain values: for a page and for a file.

What is on the page and what is in the file is read by the same functions, so neither says more.
A section is one object, or rows that are read a few hundred at a time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.services import record
from residence_permit import residences, selectors
from residence_permit.core.deadlines import day_of
from residence_permit.core.permit_ledger import timeline
from residence_permit.core.workflow import Action, Role
from residence_permit.models import (
    CaseEvent,
    CorrectionItem,
    Evidence,
    Notice,
    NoticePreference,
    PermitApplication,
    Person,
    Relation,
    ReportBatch,
    ResidenceRegistration,
    ShareCheck,
    ShareCode,
)
from residence_permit.notifications import wording
from residence_permit.services import looks
from residence_permit.services.holder import Held, held_permits

SCHEMA = "jiaxing-my-data/1"
CHUNK = 200
# Why something was done is told to the applicant; why officers hand a case around is not.
REASONS_TOLD = (Action.EXTEND, Action.DECIDE, Action.REQUEST_CORRECTION)
DETAILS_TOLD = ("reason_code", "legal_basis", "remedies")
# What is kept elsewhere, or tied to no account, and so is not in here.
NOT_HERE = ("receipts", "files", "others_cases", "reported_people", "audit_of_staff")
_HASHES = ("name_hash", "address_key", "id_hash")

Section = Mapping[str, Any] | Iterator[dict[str, Any]] | None


@dataclass(frozen=True)
class Subject:
    """Whose data are read, in which language notices are worded, and when."""

    user: User
    language: str
    now: datetime


def sections(subject: Subject) -> Iterator[tuple[str, Section]]:
    """Yield every section with its name; what is in it is read when it is looked at."""
    for name, read in _SECTIONS.items():
        yield name, read(subject)


def record_read(*, user: User, act: str, now: datetime) -> None:
    """Write down that somebody took his data out; ``act`` is the code of the audit log."""
    person = residences.person_of(user)
    record(
        actor_id=user.pk,
        act=act,
        subject=f"user:{user.pk}",
        purpose="own_data",
        now=now,
        person_id=person.pk if person else None,
    )


def machine_readable(subject: Subject) -> Iterator[str]:
    """Yield a JSON document piece by piece; however much there is, little of it is in memory."""
    head = {"schema": SCHEMA, "made_at": subject.now, "not_here": list(NOT_HERE)}
    yield _json(head)[:-1]
    for name, section in sections(subject):
        yield f",\n{_json(name)}: "
        if section is None or isinstance(section, Mapping):
            yield _json(section)
            continue
        yield "["
        for number, row in enumerate(section):
            yield (",\n" if number else "\n") + _json(row)
        yield "]"
    yield "}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)  # a lazy text, a UUID


# The sections ------------------------------------------------------------------------------


def _account(subject: Subject) -> dict[str, Any]:
    user = subject.user
    emails = EmailAddress.objects.filter(user=user).order_by("-primary", "pk")
    return {
        "phone": user.phone,
        "phone_confirmed": user.phone_verified,
        "emails": [
            {"address": row.email, "confirmed": row.verified, "main": row.primary} for row in emails
        ],
        "name_on_account": user.get_full_name(),
        "sign_in_name": user.username,
        "made_at": user.date_joined,
        "last_sign_in_at": user.last_login,
        "roles": list(user.groups.order_by("name").values_list("name", flat=True)),
        "office": user.station.name if user.station else None,
    }


def _sign_in(subject: Subject) -> dict[str, Any]:
    user = subject.user
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    elsewhere = SocialAccount.objects.filter(user=user).order_by("pk")
    sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    return {
        "second_factors": [
            {"type": row.type, "made_at": row.created_at, "last_used_at": row.last_used_at}
            for row in factors
        ],
        "elsewhere": [
            {"provider": row.provider, "number_there": row.uid, "data": row.extra_data}
            for row in elsewhere
        ],
        "browsers": [
            {
                "address": row.ip,
                "browser": row.user_agent,
                "signed_in_at": row.created_at,
                "last_used_at": row.last_seen_at,
            }
            for row in sessions
        ],
    }


def _person(row: Person) -> dict[str, Any]:
    return {
        "name": row.name,
        "id_number": row.id_number,
        "birth_date": row.birth_date,
        "sex": row.sex,
        "ethnicity": row.ethnicity,
        "phone": row.phone,
        "hukou_place": row.hukou_place,
        "hukou_address": row.hukou_address,
        "made_at": row.created_at,
        "changed_at": row.updated_at,
    }


def _profile(subject: Subject) -> dict[str, Any] | None:
    me = residences.person_of(subject.user)
    return _person(me) if me else None


def _relations(subject: Subject) -> Iterator[dict[str, Any]]:
    """Yield for whom somebody acts or acted, and that others act for his number."""
    rows = Relation.objects.filter(guardian__user=subject.user).select_related("ward")
    for row in rows.order_by("pk"):
        yield {
            "kind": row.kind,
            "you_act": True,
            "declared_at": row.declared_at,
            "ended_at": row.ended_at,
            "person": _person(row.ward),
        }
    me = residences.person_of(subject.user)
    if me is None:
        return
    for row in Relation.objects.filter(ward__id_hash=me.id_hash).order_by("pk"):
        yield {
            "kind": row.kind,
            "you_act": False,
            "declared_at": row.declared_at,
            "ended_at": row.ended_at,
        }


def _registrations(subject: Subject) -> Iterator[dict[str, Any]]:
    for member in residences.household(subject.user):
        for row in member.registrations:
            yield _registration(row, member.person, subject.user)


def _registration(row: ResidenceRegistration, person: Person, user: User) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "person": person.name,
        "status": row.status,
        "reported_by": row.source,
        "station": row.station.name if row.station else None,
        "township": row.township_code,
        "address": row.address,
        "housing": row.housing,
        "employer": row.employer,
        "registered_on": row.registered_on,
        "lives_there_since": row.lives_there_since,
        "ended_on": row.ended_on,
        "events": [
            {
                "action": event.action,
                "on": event.on,
                "at": event.at,
                "by_you": event.actor_id == user.pk,
                "before": _without_hashes(event.before),
                "after": _without_hashes(event.after),
            }
            for event in row.events.all()
        ],
    }


def _without_hashes(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name not in _HASHES}


def _reports(subject: Subject) -> Iterator[dict[str, Any]]:
    """Yield the tables that somebody sent; who is in them is other people's data."""
    rows = ReportBatch.objects.filter(reporter=subject.user).order_by("pk")
    for row in rows.iterator(CHUNK):
        yield {
            "reference": row.reference,
            "reported_as": row.source,
            "file": row.shown_name,
            "status": row.status,
            "rows": row.rows_total,
            "sent_at": row.created_at,
            "finished_at": row.finished_at,
        }


def _applications(subject: Subject) -> Iterator[dict[str, Any]]:
    rows = (
        selectors.own_cases(subject.user)
        .select_related("person", "station")
        .prefetch_related(
            Prefetch("events", CaseEvent.objects.order_by("number")),
            Prefetch("correction_items", CorrectionItem.objects.order_by("pk")),
            Prefetch("evidence", Evidence.objects.order_by("pk")),
        )
    )
    for row in rows.iterator(CHUNK):
        yield _application(row, subject.user)


def _application(row: PermitApplication, user: User) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "kind": row.kind,
        "status": row.status,
        "person": row.person.name,
        "station": row.station.name if row.station else None,
        "begun_at": row.created_at,
        "submitted_at": row.submitted_at,
        "accepted_on": row.accepted_on,
        "due_on": row.due_on,
        "statements": row.statements,
        "assessment": row.assessment,
        "events": [_event(event) for event in row.events.all()],
        "corrections": [
            {
                "what": item.target,
                "asked": item.text,
                "answer": item.answer,
                "answered_at": item.answered_at,
            }
            for item in row.correction_items.all()
        ],
        "evidence": [
            {
                "proves": file.requirement,
                "file": file.shown_name,
                "type": file.kind,
                "bytes": file.size,
                "pages": file.pages,
                "status": file.state,
                "uploaded_at": file.uploaded_at,
                "removed_at": file.removed_at,
            }
            for file in row.evidence.all()
        ],
    }


def _event(event: CaseEvent) -> dict[str, Any]:
    told = event.role == Role.APPLICANT or event.action in REASONS_TOLD
    decided = event.action == Action.DECIDE
    return {
        "action": event.action,
        "before": event.source,
        "after": event.target,
        "as": event.role,
        "at": event.at,
        "reason": event.reason if told else "",
        "details": {
            name: event.details[name] for name in DETAILS_TOLD if decided and name in event.details
        },
    }


def _permits(subject: Subject) -> Iterator[dict[str, Any]]:
    held = held_permits(subject.user)
    codes: dict[int, list[dict[str, Any]]] = {}
    rows = ShareCode.objects.filter(permit__in=[one.permit.pk for one in held]).order_by("pk")
    checks = Prefetch("checks", ShareCheck.objects.order_by("pk"))
    for row in rows.prefetch_related(checks).iterator(CHUNK):
        codes.setdefault(row.permit_id, []).append(_code(row))
    for one in held:
        yield _permit(one, codes.get(one.permit.pk, []), day_of(subject.now))


def _permit(held: Held, codes: list[dict[str, Any]], today: date) -> dict[str, Any]:
    permit, line = held.permit, timeline(held.ledger, today)
    return {
        "number": permit.number,
        "person": held.person.name,
        "station": permit.station.name,
        "county": permit.county_code,
        "township": permit.township_code,
        "address": permit.address,
        "cancelled_on": permit.closed_on,
        "status_today": line.status.value,
        "years_of_residence": line.years_of_residence,
        "years_counted_from": line.counted_from,
        "window_opens": line.endorse_in.opens if line.endorse_in else None,
        "window_closes": line.endorse_in.closes if line.endorse_in else None,
        "ledger": [
            {
                "line": row.number,
                "entry": row.entry,
                "on": row.on,
                "entered_at": row.at,
                "card": row.card_number,
            }
            for row in held.lines
        ],
        "codes": codes,
    }


def _code(row: ShareCode) -> dict[str, Any]:
    return {
        "purpose": row.purpose,
        "shows": row.shows,
        "made_at": row.created_at,
        "ends_at": row.expires_at,
        "withdrawn_at": row.revoked_at,
        "looks": [{"at": check.at, "answer": check.answer} for check in row.checks.all()],
    }


def _notices(subject: Subject) -> Iterator[dict[str, Any]]:
    rows = Notice.objects.filter(recipient=subject.user).order_by("pk")
    rows = rows.select_related("application__station", "permit__station")
    for row in rows.iterator(CHUNK):
        words = wording.compose(row, subject.language)
        yield {
            "channel": row.channel,
            "about": row.application.reference if row.application else "",
            "subject": words.subject,
            "text": list(words.body),
            "status": row.state,
            "owed_since": row.created_at,
            "sent_at": row.sent_at,
            "delivered_at": row.delivered_at,
            "read_at": row.read_at,
        }


def _preferences(subject: Subject) -> dict[str, Any] | None:
    row = NoticePreference.objects.filter(user=subject.user).first()
    if row is None:
        return None
    return {
        "language": row.language,
        "email": row.email,
        "sms": row.sms,
        "quiet_from": row.quiet_from,
        "quiet_until": row.quiet_until,
    }


def _looks(subject: Subject) -> Iterator[dict[str, Any]]:
    return (look.plain() for look in looks.every_look(subject.user))


_SECTIONS: Mapping[str, Callable[[Subject], Section]] = {
    "account": _account,
    "sign_in": _sign_in,
    "profile": _profile,
    "relations": _relations,
    "registrations": _registrations,
    "reports": _reports,
    "applications": _applications,
    "permits": _permits,
    "notices": _notices,
    "preferences": _preferences,
    "looks": _looks,
}
