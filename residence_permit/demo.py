"""The lives of the demonstration people: who they are, and what happened to their cases.

Everything here is invented: the numbers belong to a region that does not exist, the names say
what they are. Each story is told by the same services that real people use, in the order of time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from heapq import merge
from io import BytesIO
from operator import itemgetter

from PIL import Image, ImageDraw

from jiaxing_hukou.accounts.demo import STATION_ONE, STATION_TWO
from jiaxing_hukou.accounts.models import User
from residence_permit.choices import CaseKind
from residence_permit.core.id_number import check_character
from residence_permit.core.steps import GROUND, WHO
from residence_permit.core.workflow import Proposal
from residence_permit.models import PermitApplication
from residence_permit.services import (
    applications,
    assessment,
    evidence,
    people,
    registrations,
    review,
)
from residence_permit.services.overdue import close_unanswered
from residence_permit.services.transition import carry_out
from residence_permit.stays import Stay

Act = Callable[[datetime], object]
Scene = tuple[datetime, Act]
REGION = "990101"  # no such region: nobody has these numbers


@dataclass(frozen=True)
class Life:
    """One invented person, where he lives, and the scenes of his case."""

    account: str
    name: str
    township_code: str
    address: str
    scenes: tuple[tuple[float, str], ...]  # days ago, what happened
    employment: str = "employment:contract"


# days ago, and what happened; the last scene is where a visitor finds the case.
_ACCEPTED = ("start", "submit", "claim", "accept")
_OFFICERS = (("demo-officer", "demo-officer-2"), ("demo-officer-3", "demo-officer-4"))
_ISSUED = (*_ACCEPTED, "recommend", "approve")


def _from(days: float, *scenes: str, each: float = 1.0) -> tuple[tuple[float, str], ...]:
    """Return scenes that follow each other, the first one ``days`` ago."""
    return tuple((days - number * each, scene) for number, scene in enumerate(scenes))


LIVES = (
    Life("demo-resident", "张演示", STATION_ONE, "建国路1号1幢101室", ()),
    Life("demo-resident-2", "李演示", STATION_ONE, "建国路1号1幢102室", _from(350, *_ISSUED)),
    Life(
        "demo-resident-3",
        "王演示",
        STATION_ONE,
        "建国路2号201室",
        _from(6, "start", "submit", "claim", "ask"),
    ),
    Life("demo-case-draft", "赵演示", STATION_ONE, "建国路3号301室", _from(2, "start")),
    Life(
        "demo-case-new",
        "钱演示",
        STATION_ONE,
        "建国路4号401室",
        _from(1, "start", "submit", each=0.1),
    ),
    Life(
        "demo-case-review",
        "孙演示",
        STATION_ONE,
        "建国路5号501室",
        _from(1.5, "start", "submit", "claim", each=0.4),
        "housing:rented_private",
    ),
    Life("demo-case-due", "周演示", STATION_ONE, "建国路6号601室", _from(16, *_ACCEPTED)),
    Life(
        "demo-case-decide",
        "吴演示",
        STATION_ONE,
        "建国路7号701室",
        _from(9, *_ACCEPTED, "recommend"),
        "housing:owned",
    ),
    Life("demo-case-overdue", "郑演示", STATION_TWO, "中山路8号801室", _from(22, *_ACCEPTED)),
    Life(
        "demo-case-refused",
        "冯演示",
        STATION_TWO,
        "中山路9号901室",
        _from(14, *_ACCEPTED, "advise_refusal", "refuse"),
    ),
    Life(
        "demo-case-review-again",
        "陈演示",
        STATION_TWO,
        "中山路10号1001室",
        _from(12, *_ACCEPTED, "advise_refusal", "refuse", "request_review"),
    ),
    Life(
        "demo-case-withdrawn",
        "褚演示",
        STATION_TWO,
        "中山路11号1101室",
        _from(30, "start", "submit", "withdraw"),
    ),
    Life(
        "demo-case-closed",
        "卫演示",
        STATION_TWO,
        "中山路12号1201室",
        (*_from(60, "start", "submit", "claim", "ask"), (20, "close")),
    ),
    Life("demo-case-valid", "蒋演示", STATION_TWO, "中山路13号1301室", _from(100, *_ISSUED)),
    Life("demo-case-suspended", "沈演示", STATION_TWO, "中山路14号1401室", _from(420, *_ISSUED)),
)


def tell(now: datetime) -> Iterator[str]:
    """Let everything happen, in the order of time; yield the account of each finished case."""
    stories = [_Story(life, number, now) for number, life in enumerate(LIVES, start=1)]
    scenes = merge(*(story.scenes() for story in stories), key=itemgetter(0))
    for moment, act in scenes:
        act(moment)
    for story in stories:
        yield story.life.account


def is_told() -> bool:
    """Say whether the demonstration cases are there."""
    accounts = [life.account for life in LIVES]
    return PermitApplication.objects.filter(applicant__username__in=accounts).exists()


class _Story:
    """One life and the people who act in it."""

    def __init__(self, life: Life, number: int, now: datetime):
        self.life, self.number, self.now = life, number, now
        self.resident = _account(life.account)
        first = life.township_code == STATION_ONE
        officers = _OFFICERS[0 if first else 1]
        self.officer = User.objects.get(username=officers[number % 2])
        self.supervisor = User.objects.get(username="demo-supervisor")

    def scenes(self) -> Iterator[Scene]:
        """Yield what happens and when, in order."""
        moved_in = max([days for days, _ in self.life.scenes], default=1) + 240
        yield self._ago(moved_in), self._begin
        for days, scene in self.life.scenes:
            yield self._ago(days), partial(self._play, scene)

    def _ago(self, days: float) -> datetime:
        # A case's own minute, so that no two things happen at the same instant.
        return self.now - timedelta(days=days) + timedelta(minutes=self.number)

    def _begin(self, at: datetime) -> None:
        birth = date(1985 + self.number, 1 + self.number % 12, 10 + self.number)
        digits = f"{REGION}{birth:%Y%m%d}{self.number:03d}"
        stated = people.Stated(
            name=self.life.name,
            id_number=digits + check_character(digits),
            hukou_place="outside",
            hukou_address="演示省演示县演示路1号",
            ethnicity="汉族",
            phone=self.resident.phone or "",
        )
        person = people.save_profile(user=self.resident, stated=stated, now=at)
        stay = Stay(
            township_code=self.life.township_code,
            address=self.life.address,
            lives_there_since=at.date() - timedelta(days=3),
            housing="rented_private",
            employer="演示纺织有限公司",
        )
        registrations.register(person=person, stay=stay, actor=self.resident, now=at)

    @property
    def case(self) -> PermitApplication:
        """The one case of this life."""
        return PermitApplication.objects.get(applicant=self.resident)

    def _play(self, scene: str, at: datetime) -> None:
        acts: dict[str, Act] = {
            "start": self._start,
            "submit": self._submit,
            "claim": self._by_officer(review.claim),
            "ask": self._ask,
            "accept": self._accept,
            "recommend": self._by_officer(review.recommend, proposal=Proposal.APPROVE),
            "advise_refusal": self._by_officer(
                review.recommend,
                proposal=Proposal.REFUSE,
                reason_code="ground_not_proved",
                reason="劳动合同已经到期，没有其他证明。",
            ),
            "approve": self._approve,
            "refuse": self._refuse,
            "withdraw": self._by_resident(applications.withdraw),
            "request_review": self._by_resident(
                applications.request_review, reason="合同已经续签，可以补交。"
            ),
            "close": lambda moment: close_unanswered(now=moment),
        }
        acts[scene](at)

    def _by_officer(self, service: Callable, **given) -> Act:
        return lambda at: service(application_id=self.case.pk, actor=self.officer, now=at, **given)

    def _by_resident(self, service: Callable, **given) -> Act:
        return lambda at: service(application_id=self.case.pk, actor=self.resident, now=at, **given)

    def _start(self, at: datetime) -> None:
        case = applications.start_draft(
            actor=self.resident, kind=CaseKind.ISSUE, person=self.resident.person, now=at
        )
        for step, answers in (
            (WHO.name, {"data_are_right": True}),
            (GROUND.name, {"ground": self.life.employment}),
        ):
            applications.save_step(
                application_id=case.pk,
                step=step,
                answers=answers,
                seen=applications.stamp(self.case, step),
                actor=self.resident,
                now=at,
            )

    def _submit(self, at: datetime) -> None:
        for needed in assessment.needed_of(self.case, at):
            if needed.required:
                evidence.attach(
                    application_id=self.case.pk,
                    requirement=needed.code,
                    stream=_picture(self.number, needed.code),
                    declared_name=f"{needed.code}.png",
                    actor=self.resident,
                    now=at,
                )
        applications.submit_application(application_id=self.case.pk, actor=self.resident, now=at)

    def _ask(self, at: datetime) -> None:
        item = review.Item(
            "evidence:labour_contract", "请上传劳动合同最后一页，要看得到期限和盖章。"
        )
        review.request_correction(
            application_id=self.case.pk, items=[item], actor=self.officer, now=at
        )

    def _accept(self, at: datetime) -> None:
        self._renew(at)
        review.accept(application_id=self.case.pk, actor=self.officer, now=at)

    def _renew(self, at: datetime) -> None:
        """Begin the officer's own time anew, as he would by opening the case again."""
        if self.case.lease_until and self.case.lease_until <= at:
            review.take_over(application_id=self.case.pk, actor=self.officer, now=at)

    def _approve(self, at: datetime) -> None:
        self._decide(at, proposal=Proposal.APPROVE)
        carry_out(self.case.pk, now=at)

    def _refuse(self, at: datetime) -> None:
        self._decide(
            at,
            proposal=Proposal.REFUSE,
            reason_code="ground_not_proved",
            reason="您提交的劳动合同已经到期，没有续签，也没有其他就业、住所或者就读的证明。",
        )

    def _decide(self, at: datetime, **given) -> None:
        review.decide(application_id=self.case.pk, actor=self.supervisor, now=at, **given)


def _account(name: str) -> User:
    """Return a demonstration account; those of the cases have no password to sign in with."""
    user, made = User.objects.get_or_create(username=name, defaults={"is_demo": True})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _picture(number: int, code: str) -> BytesIO:
    """Draw a page that says that it is a demonstration."""
    page = Image.new("RGB", (600, 800), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((20, 20, 580, 780), outline=(10 + number * 12, 60, 120), width=4)
    draw.text((60, 100), f"DEMONSTRATION {number}\n\n{code}\n\nNot a real document.", fill="black")
    stream = BytesIO()
    page.save(stream, "PNG")
    stream.seek(0)
    return stream
