"""Offices, people and cases, complete and unremarkable; a case reaches a state by its moves."""

from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from jiaxing_hukou.accounts.models import Station, StationTownship, User
from jiaxing_hukou.accounts.roles import Role as UserRole
from jiaxing_hukou.encryption import keyed_hash
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Action, Status
from residence_permit.models import Permit, PermitApplication, Person, ResidenceRegistration
from residence_permit.services.transition import move

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
TOWNSHIP, OTHER_TOWNSHIP = "330402010", "330402011"
REFUSAL = {
    "reason_code": "ground_not_proved",
    "legal_basis": "浙江省流动人口居住登记条例 第十六条",
    "reason": "劳动合同已于2026年10月到期，没有续签。",
}
_serial = count(1)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: date = date(1990, 5, 6), serial: int | None = None) -> str:
    """Return a well-formed ID number that belongs to nobody else in this run."""
    number = next(_serial) if serial is None else serial
    body = f"{341221 + number // 1000}{birth:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def office(township: str = TOWNSHIP) -> Station:
    """Return the station of a township, with the county's and the city's bureau above it."""
    found = Station.objects.filter(townships__township_code=township).first()
    if found:
        return found
    city, _ = Station.objects.get_or_create(
        code="3304", defaults={"kind": "city", "name_zh": "嘉兴市公安局", "name_en": "Jiaxing"}
    )
    county, _ = Station.objects.get_or_create(
        code=township[:6],
        defaults={
            "kind": "county",
            "name_zh": "南湖区公安分局",
            "name_en": "Nanhu",
            "parent": city,
        },
    )
    station = Station.objects.create(
        kind="station",
        code=township,
        name_zh=f"派出所 {township}",
        name_en=f"Station {township}",
        parent=county,
    )
    StationTownship.objects.create(station=station, township_code=township)
    return station


def staff(*roles: UserRole, at: Station | None = None) -> User:
    """Return a member of staff of a station (or bureau)."""
    user = User.objects.create_user(
        username=f"staff-{next(_serial)}", password="a strong pass phrase", is_staff=True
    )
    user.station = at or office()
    user.save()
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def officer(at: Station | None = None) -> User:
    """Return an officer of a station."""
    return staff(UserRole.OFFICER, at=at)


def supervisor(at: Station | None = None) -> User:
    """Return a supervisor of the county's bureau, above the station."""
    return staff(UserRole.SUPERVISOR, at=at or office().parent)


def account() -> User:
    """Return a resident's account without a profile."""
    number = next(_serial)
    user = User.objects.create_user(
        username=f"resident-{number}",
        email=f"resident-{number}@example.com",
        password="a strong pass phrase",
    )
    user.groups.set(Group.objects.filter(name=UserRole.RESIDENT.value))
    return user


def person(user: User | None = None, *, birth: date = date(1990, 5, 6), **given) -> Person:
    """Return a person from outside the city."""
    number = given.pop("id_number", None) or id_number(birth)
    return Person.objects.create(
        user=user,
        id_number=number,
        id_hash=keyed_hash(number, "id_number"),
        birth_date=birth,
        created_at=NOW,
        updated_at=NOW,
        **{"name": "王小明", "sex": "male", "hukou_place": "outside"} | given,
    )


def registered(
    who: Person, *, since: date = date(2026, 1, 5), township: str = TOWNSHIP, **given
) -> ResidenceRegistration:
    """Return the person's residence registration."""
    address = given.pop("address", f"中山东路{next(_serial)}号")
    return ResidenceRegistration.objects.create(
        reference=f"R{next(_serial):08d}",
        person=who,
        id_hash=who.id_hash,
        status=ResidenceRegistration.Status.ACTIVE,
        source=ResidenceRegistration.Source.SELF,
        station=office(township),
        township_code=township,
        address=address,
        address_key=keyed_hash(f"{township}|{address}", "address"),
        registered_on=since,
        lives_there_since=since,
        **{"housing": "rented_private", "employer": "嘉兴某某纺织有限公司"} | given,
    )


def draft(
    kind: CaseKind = CaseKind.ISSUE,
    *,
    who: Person | None = None,
    permit: Permit | None = None,
    now: datetime = NOW,
) -> PermitApplication:
    """Return a draft by a resident who has registered where he lives."""
    who = who or person(account())
    registration = who.registrations.filter(status="active").first() or registered(who)
    return PermitApplication.objects.create(
        reference=f"C{next(_serial):08d}",
        kind=kind,
        applicant=who.user,
        person=who,
        id_hash=who.id_hash,
        registration=registration,
        permit=permit,
        station=registration.station,
        township_code=registration.township_code,
        statements={"ground": {"ground": "employment"}},
        status_since=now,
        created_at=now,
        updated_at=now,
    )


# The moves by which a draft comes to each state: action, who, and what he brings.
_PATHS = {
    Status.DRAFT: (),
    Status.SUBMITTED: ((Action.SUBMIT, "applicant", {}),),
}
_PATHS[Status.UNDER_REVIEW] = (*_PATHS[Status.SUBMITTED], (Action.CLAIM, "officer", {}))
_PATHS[Status.CORRECTION_REQUESTED] = (
    *_PATHS[Status.UNDER_REVIEW],
    (
        Action.REQUEST_CORRECTION,
        "officer",
        {"items": (("evidence:employment", "请补一份在有效期内的劳动合同。"),)},
    ),
)
_PATHS[Status.ACCEPTED] = (*_PATHS[Status.UNDER_REVIEW], (Action.ACCEPT, "officer", {}))
_PATHS[Status.AWAITING_DECISION] = (
    *_PATHS[Status.ACCEPTED],
    (Action.RECOMMEND, "officer", {"proposal": "approve"}),
)
_PATHS[Status.APPROVED] = (
    *_PATHS[Status.AWAITING_DECISION],
    (Action.DECIDE, "supervisor", {"target": Status.APPROVED}),
)
_PATHS[Status.ISSUED] = (*_PATHS[Status.APPROVED], (Action.ISSUE, None, {}))
_PATHS[Status.REFUSED] = (
    *_PATHS[Status.AWAITING_DECISION],
    (Action.DECIDE, "supervisor", {"target": Status.REFUSED, **REFUSAL}),
)
_PATHS[Status.UNDER_RECONSIDERATION] = (
    *_PATHS[Status.REFUSED],
    (Action.REQUEST_REVIEW, "applicant", {"reason": "合同已经续签，附上新合同。"}),
)
_PATHS[Status.WITHDRAWN] = (*_PATHS[Status.SUBMITTED], (Action.WITHDRAW, "applicant", {}))
_PATHS[Status.CLOSED] = (*_PATHS[Status.CORRECTION_REQUESTED], (Action.CLOSE, None, {}))


def case_in(
    status: Status,
    *,
    case: PermitApplication | None = None,
    by: User | None = None,
    decided_by: User | None = None,
    now: datetime = NOW,
) -> PermitApplication:
    """Return a case in a state, brought there by the moves of the table.

    ``now`` is the time of the first move; closing comes when the answer is overdue.
    """
    case = case or draft(now=now)
    people = {
        "applicant": case.applicant,
        "officer": by or officer(case.station),
        "supervisor": decided_by or supervisor(case.station.parent),
        None: None,
    }
    at = now
    for action, who, given in _PATHS[Status(status)]:
        case.refresh_from_db()
        if action is Action.ISSUE and case.status == CaseStatus.ISSUED:
            break  # carried out when the approval was committed
        at = at + timedelta(days=31) if action is Action.CLOSE else at + timedelta(minutes=1)
        move(action, application_id=case.pk, actor=people[who], now=at, **given)
    case.refresh_from_db()
    return case
