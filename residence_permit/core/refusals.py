"""On which grounds an application can be refused, each with the articles that give it.

A ground that no text gives is not in the list, and nothing is refused for it. What an article
says is not repeated here; how a ground is worded for people is for others.
"""

from dataclasses import dataclass
from datetime import date

from residence_permit.core.deadlines import review_deadline, suit_deadline
from residence_permit.core.workflow import Kind, WorkflowError

GW = "居住证暂行条例"  # 国务院令第663号
ZJ = "浙江省流动人口居住登记条例"  # 2016年修订


@dataclass(frozen=True)
class Clause:
    """An article of a document, as a letter cites it."""

    document: str
    article: str

    def __str__(self) -> str:
        return f"《{self.document}》{self.article}"


@dataclass(frozen=True)
class Ground:
    """One reason to refuse: for which applications, and by which articles."""

    code: str
    kinds: frozenset[Kind]
    clauses: tuple[Clause, ...]

    @property
    def legal_basis(self) -> str:
        """Return the articles as the event and the letter keep them."""
        return "；".join(map(str, self.clauses))


@dataclass(frozen=True)
class Remedy:
    """What can be done against a refusal, and until when."""

    code: str
    until: date


FIRST, YEARLY = frozenset({Kind.ISSUE}), frozenset({Kind.ENDORSE})
GROUNDS: tuple[Ground, ...] = (
    # 离开常住户口所在地，到其他城市居住
    Ground("local_hukou", FIRST, (Clause(GW, "第二条"), Clause(ZJ, "第十六条"))),
    # 居住半年以上，自申报居住登记之日起计算
    Ground("half_a_year", FIRST, (Clause(GW, "第二条"), Clause(ZJ, "第十六条"))),
    # 合法稳定就业、合法稳定住所、连续就读条件之一
    Ground("ground_not_proved", FIRST, (Clause(GW, "第二条"), Clause(ZJ, "第十六条"))),
    # 投资创业、引进人才
    Ground("not_recognised", FIRST, (Clause(ZJ, "第十六条"),)),
    Ground("papers_missing", FIRST, (Clause(GW, "第九条"), Clause(ZJ, "第十七条"))),
    # 申请人及相关证明材料出具人应当对证明材料的真实性、合法性负责
    Ground("papers_untrue", FIRST, (Clause(GW, "第九条"), Clause(ZJ, "第十七条"))),
    # 未满16周岁的人和行动不便的人，由监护人、近亲属代办
    Ground("agent_not_entitled", FIRST, (Clause(GW, "第九条"),)),
    # 就业、居住、就读情况发生变化，不再符合申领条件的，不予签注
    Ground("ground_ended", YEARLY, (Clause(ZJ, "第十九条"),)),
    # 每满一年之日前一个月内
    Ground("outside_window", YEARLY, (Clause(ZJ, "第十九条"),)),
    # 在发证地的市区、县（市）范围内发生变更的
    Ground("moved_elsewhere", frozenset({Kind.CHANGE}), (Clause(ZJ, "第十九条"),)),
    # 损坏难以辨认；领取新证时，应当交回原证
    Ground(
        "card_legible",
        frozenset({Kind.REPLACE}),
        (Clause(GW, "第十一条"), Clause(ZJ, "第二十二条")),
    ),
    Ground(
        "card_not_returned",
        frozenset({Kind.REPLACE}),
        (Clause(GW, "第十一条"), Clause(ZJ, "第二十二条")),
    ),
    Ground(
        "card_not_lost",
        frozenset({Kind.REISSUE}),
        (Clause(GW, "第十一条"), Clause(ZJ, "第二十二条")),
    ),
)
_BY_CODE = {ground.code: ground for ground in GROUNDS}
RECONSIDERATION, LAWSUIT = "reconsideration", "lawsuit"
REMEDIES = (RECONSIDERATION, LAWSUIT)  # 行政复议、行政诉讼; docs/policy/permit.md, 2


class NoSuchGround(WorkflowError):
    """A reason for which no text lets this kind of application be refused."""

    def __init__(self, code: str, kind: Kind):
        super().__init__("no_such_ground", f"no {kind} is refused for {code!r}", kind=kind)


def grounds_for(kind: Kind) -> tuple[Ground, ...]:
    """Return the grounds for one kind of application, in the order of the texts.

    >>> [ground.code for ground in grounds_for(Kind.ENDORSE)]
    ['ground_ended', 'outside_window']
    """
    return tuple(ground for ground in GROUNDS if kind in ground.kinds)


def ground_for(code: str, kind: Kind) -> Ground:
    """Return a ground by its code; raises NoSuchGround where it is none for the kind."""
    ground = _BY_CODE.get(code)
    if ground is None or kind not in ground.kinds:
        raise NoSuchGround(code, kind)
    return ground


def remedies(refused_on: date) -> tuple[Remedy, ...]:
    """Return what can be done against a refusal of that day, with the last day of each.

    Unit: 60 calendar days for 行政复议, 6 calendar months for 行政诉讼.
    """
    return (
        Remedy(RECONSIDERATION, review_deadline(refused_on).due_on),
        Remedy(LAWSUIT, suit_deadline(refused_on).due_on),
    )
