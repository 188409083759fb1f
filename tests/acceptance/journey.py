"""A life at the portal in real pages: sign up, profile, residence, application, the desk, reports.

Everything personal that is typed on the way is a canary.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.test import Client
from django.utils import timezone

from jiaxing_hukou.accounts.models import OutgoingMessage, User
from residence_permit.models import ResidenceRegistration
from tests.acceptance.visitor import Answer, Visitor
from tests.accounts import sign_in_staff
from tests.residence_permit.applicants import photo
from tests.residence_permit.workbench import id_number, office, officer, supervisor

DESK = "/admin/residence_permit/permitapplication/workbench"
PASSWORD = "three quiet herons"
TOWNSHIP = "330402010"

CANARIES = {
    "name": "鹇鸱甪",
    "ID number": id_number(date(1987, 3, 14), serial=616),
    "ward's ID number": id_number(date(2016, 8, 29), serial=617),
    "tenant's ID number": id_number(date(1971, 11, 2), serial=618),
    "relative's ID number": id_number(date(1969, 1, 30), serial=619),
    "phone": "13955518273",
    "address": "蟾蜍巷417弄9号",
    "e-mail": "kestrel.canary@example.com",
    "employer": "蒹葭苍苍纺织",
    "words": "豳风七月流火",
}
ID_NUMBERS = tuple(name for name in CANARIES if name.endswith("ID number"))


class NotDone(AssertionError):
    """A page did not take what it was sent; says what it answered."""


@dataclass
class Journey:
    """One resident, and the staff who handle his case."""

    portal: str
    user: User | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        """Open a browser for everybody."""
        self.resident = Visitor(self.portal)
        self.here = office(TOWNSHIP)
        self.officer = self._staff(officer(self.here))
        self.second = self._staff(officer(self.here))
        self.supervisor = self._staff(supervisor(self.here.parent))

    def _staff(self, user: User) -> Visitor:
        return Visitor.signed_in(self.portal, sign_in_staff(Client(), user))

    @property
    def visitors(self) -> list[Visitor]:
        """Return everybody who went along."""
        return [self.resident, self.officer, self.second, self.supervisor]

    def send(
        self, visitor: Visitor, path: str, action: str = "", *, files=None, **values
    ) -> Answer:
        """Fill in the form of a page and send it; it has to be taken."""
        form = visitor.form(path, action)
        answer = visitor.post(form.action, form.filled(**values), files)
        if answer.status != 302:
            raise NotDone(f"{path} {answer.status}: {answer.text[-6000:]}")
        return answer

    # The account

    def sign_up(self) -> None:
        """Sign up by e-mail, confirm it, and give a mobile number."""
        page = "/accounts/signup/?by=email"
        self.send(
            self.resident,
            page,
            "/accounts/signup/",
            email=CANARIES["e-mail"],
            password1=PASSWORD,
        )
        self.send(self.resident, "/accounts/confirm-email/", code=_last_code("email"))
        self.user = User.objects.get(email=CANARIES["e-mail"])
        self.send(self.resident, "/accounts/phone/change/", phone=CANARIES["phone"])
        self.send(self.resident, "/accounts/phone/verify/", code=_last_code("sms"))

    def sign_in_again(self) -> None:
        """Mistype the password, then sign in."""
        self.send(self.resident, "/accounts/logout/")
        page = "/accounts/login/"
        form = self.resident.form(page)
        self.resident.post(page, form.filled(login=CANARIES["phone"], password="no such words"))
        self.send(self.resident, page, login=CANARIES["e-mail"], password=PASSWORD)

    # Who he is and where he lives

    def tell_who(self) -> None:
        """Fill in the real-name profile, his own and a child's."""
        who = {
            "name": CANARIES["name"],
            "hukou_place": "outside",
            "hukou_address": CANARIES["address"],
            "phone": CANARIES["phone"],
        }
        number = CANARIES["ID number"]
        self.send(self.resident, "/residence/profile/", id_number=number, **who)
        self.send(
            self.resident,
            "/residence/people/add/",
            kind="guardian",
            id_number=CANARIES["ward's ID number"],
            **who,
        )

    def tell_where(self) -> None:
        """Register his residence, and correct the address once."""
        stay = {
            "township_code": TOWNSHIP,
            "address": CANARIES["address"],
            "housing": "rented_private",
            "employer": CANARIES["employer"],
        }
        day = {f"lives_there_since_{part}": text for part, text in _day(date(2026, 1, 5)).items()}
        self.send(self.resident, "/residence/register/?situation=none", **stay, **day)

    def move_house(self) -> Answer:
        """Correct the address of the registration; return the answer, whatever it is."""
        form = self.resident.form(f"/residence/{self.registration}/change/")
        day = {f"changed_on_{part}": text for part, text in _day(timezone.localdate()).items()}
        address = f"{CANARIES['address']}乙"
        return self.resident.post(form.action, form.filled(address=address, **day))

    # The application

    def apply(self) -> None:
        """Fill in an application with its files, and hand it in."""
        answer = self.send(self.resident, "/permit/applications/start/", kind="issue")
        page = answer.where
        self.reference = page.rstrip("/").rpartition("/")[2]
        self.send(self.resident, f"{page}steps/who/", data_are_right="on")
        self.send(
            self.resident,
            f"{page}steps/ground/",
            ground="employment:contract",
            note=CANARIES["words"],
        )
        for number, requirement in enumerate(self._open_papers(page)):
            name = f"{CANARIES['name']}{CANARIES['ID number']}.png"
            self.send(
                self.resident,
                f"{page}papers/{requirement}/",
                files={"files": (name, photo(number))},
            )
        self.send(self.resident, f"{page}review/")

    def _open_papers(self, page: str) -> list[str]:
        text = self.resident.get(page).text
        found = [part.split("/")[0] for part in text.split(f"{page}papers/")[1:]]
        return list(dict.fromkeys(found))

    # The desk

    def correct(self) -> None:
        """Let the officer find the case by its number, look, and ask for something."""
        number = CANARIES["ID number"]
        form = self.officer.form(f"{DESK}/", f"{DESK}/search/")
        page = self.officer.post(form.action, form.filled(query=number)).where
        self.officer.get(page)
        self.act(self.officer, "claim")
        form = self.officer.form(page, f"{page}number/")
        self.officer.post(form.action, form.filled(reason=CANARIES["words"]))
        words = {"item-step:ground": CANARIES["words"] + CANARIES["name"]}
        self.act(self.officer, "request_correction", **words)
        page = f"/permit/applications/{self.reference}/"
        item = self.resident.get(page).text.split(f"{page}items/")[1].split("/")[0]
        self.send(
            self.resident,
            f"{page}items/{item}/",
            note=CANARIES["address"],
            text=CANARIES["words"],
        )
        self.send(self.resident, page, f"{page}resubmit/")

    def refuse(self) -> None:
        """Let the case be accepted, be refused by two people, and be contested."""
        why = {"ground": "ground_not_proved", "reason": CANARIES["words"] + CANARIES["address"]}
        self.act(self.officer, "accept")
        self.act(self.officer, "recommend", proposal="refuse", **why)
        self.act(self.supervisor, "decide", proposal="refuse", confirmed="1", **why)
        page = f"/permit/applications/{self.reference}/"
        self.resident.get(f"{page}decision/")
        self.send(self.resident, f"{page}reconsideration/", reason=CANARIES["words"])

    def act(self, visitor: Visitor, action: str, **values: str) -> Answer:
        """Do one act on the page of the case."""
        page = f"{DESK}/case/{self.reference}/"
        return self.send(visitor, page, f"{page}do/{action}/", **values)

    def declare_relative(self) -> None:
        """Let an officer declare a relative by his number."""
        page = "/admin/residence_permit/staffrelative/add/"
        self.send(self.officer, page, id_number=CANARIES["relative's ID number"])

    def ask_without_account(self) -> None:
        """Ask where the case stands without an account."""
        form = self.resident.form("/permit/status/")
        proof = CANARIES["ID number"][-4:]
        self.resident.post(form.action, form.filled(reference=self.reference, proof=proof))

    # Reports

    def report(self, visitor: Visitor, room: str = "") -> str:
        """Report a tenant and the resident himself in a table; return the page of the table."""
        address = CANARIES["address"] + room
        rows = [
            ["姓名", "身份证号", "街道（镇）", "详细地址", "开始日期", "用人单位"],
            [CANARIES["name"], CANARIES["tenant's ID number"], TOWNSHIP, address],
            [CANARIES["name"], CANARIES["ID number"][:-1] + "?", TOWNSHIP, address],
        ]
        lines = [",".join([*row, "2026-11-01", CANARIES["employer"]][:6]) for row in rows]
        name = CANARIES["tenant's ID number"] + CANARIES["name"] + ".csv"
        content = "\n".join(lines).encode("utf-8-sig")
        return self.send(
            visitor, "/reports/upload/", source="landlord", files={"file": (name, content)}
        ).where

    @property
    def registration(self) -> str:
        """Return the number of his registration."""
        rows = ResidenceRegistration.objects.filter(person__user=self.user, status="active")
        return rows.get().reference


def _day(day: date) -> dict[str, str]:
    return {"year": str(day.year), "month": str(day.month), "day": str(day.day)}


def _last_code(channel: str) -> str:
    """Return the code of the last message; the demonstration keeps them."""
    body = OutgoingMessage.objects.filter(channel=channel).first().body
    return re.search(r"(?<!\d)\d{6}(?!\d)", body)[0]
