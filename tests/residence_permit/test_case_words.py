"""Every state, error, question and deadline has its words, in both languages."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import deadlines, steps
from residence_permit.core.deadlines import Calendar, Named, issue_deadline, working_days
from residence_permit.core.workflow import (
    Kind,
    MoveImpossible,
    MoveIncomplete,
    MoveTooEarly,
    MoveTooLate,
)
from residence_permit.presentation import case, statements, workflow_errors
from residence_permit.presentation.deadlines import deadline_words

PACKAGE = Path(workflow_errors.__file__).parents[1]
RAISED = re.compile(
    r'(?:Move[A-Z]\w+|ApplicationError|EvidenceNotTaken|super\(\).__init__)\(\s*"([a-z_]+)"'
)
LEDGER = re.compile(r'(?:return|LedgerImpossible\(index,) "([a-z_]+)"')
SOURCES = (
    "core/workflow.py",
    "core/refusals.py",
    "services/applications.py",
    "services/evidence.py",
    "services/ledger.py",
    "services/review.py",
    "services/transition.py",
)
CODES = (
    {code for name in SOURCES for code in RAISED.findall((PACKAGE / name).read_text("utf-8"))}
    | {"own_case", "household_case"}
    | set(LEDGER.findall((PACKAGE / "core/permit_ledger.py").read_text("utf-8")))
)


def test_the_codes_are_found():
    assert {"own_case", "locked", "too_many_here", "has_permit", "outside_window"} <= CODES


@pytest.mark.parametrize("code", sorted(CODES - {"not_ready", "refused", "changed"}))
def test_every_error_has_words(code):
    assert code in workflow_errors.TEXTS


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MoveImpossible("impossible", "x"), "不能这样办"),
        (MoveIncomplete(("answers",)), "还有没补正的"),
        (MoveIncomplete(("reason",)), "还缺内容"),
        (MoveTooLate("too_late", "x", last=date(2027, 1, 24)), "2027年1月24日"),
        (MoveTooEarly("too_early", "x", deadline=date(2026, 12, 10)), "2026年12月10日"),
        (MoveTooEarly("too_early", "x", deadline=None), "办理期限过了"),
        (ValueError("anything"), "不能这样办"),
    ],
)
def test_an_error_says_what_to_do(error, words):
    assert words in workflow_errors.explain(error)


def test_every_state_has_a_sentence():
    assert set(case.SENTENCES) == set(CaseStatus)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_question_and_answer_has_words(kind, language):
    with translation.override(language):
        for step in steps.STEPS[kind]:
            assert statements.title(step.name) != step.name
            for question in step.questions:
                assert statements.label(step.name, question.name) != question.name
                if question.values:
                    assert statements.choices(step.name, question.name, question.values)


def test_kept_answers_are_shown_in_words():
    kept = {"ground": "employment:contract", "note": "第一行\n第二行"}

    rows = statements.answers(steps.GROUND, kept)

    assert [row.text for row in rows] == ["签了劳动合同", "第一行\n第二行"]


@pytest.mark.parametrize("broken", [{"ground": "employment"}, {"ground": 7}, {"ground": None}, {}])
def test_what_cannot_be_read_is_shown_as_it_is(broken):
    assert statements.answers(steps.GROUND, broken)
    assert steps.ground_facts({"ground": broken}) == {}


def test_a_statutory_clock_names_its_articles_and_days():
    words = deadline_words(
        issue_deadline(date(2026, 11, 25), extended=True),
        kind=CaseKind.ISSUE,
        status=CaseStatus.ACCEPTED,
        today=date(2026, 12, 26),
    )

    assert words.lines == (
        "2026年11月25日受理，当天不算。",
        "已延长一次：原来的第15天是2026年12月10日。",
        "最后一天是第 30 个自然日：2026年12月25日，到当天24时为止。",
    )
    assert (words.by_office, words.passed, words.warning) == (False, True, "")


def test_working_days_are_explained_day_by_day():
    calendar = Calendar(
        days={
            date(2026, 10, 1): Named(off=True, name="国庆节"),
            date(2026, 10, 10): Named(off=False, name="国庆节"),
        },
        years=frozenset({2026}),
    )

    words = deadline_words(
        working_days(date(2026, 9, 30), 7, calendar),
        kind=CaseKind.REPLACE,
        status=CaseStatus.ACCEPTED,
        today=date(2026, 9, 30),
    )

    assert words.lines[1] == "2026年10月1日，国庆节：节假日，不算。"
    assert "2026年10月3日，星期六：休息日，不算。" in words.lines
    assert "2026年10月10日，星期六：调休上班，要算。" in words.lines
    assert words.by_office


@pytest.mark.parametrize(
    ("calendar", "warning"),
    [
        (Calendar(), "节假日还没有公布"),
        (Calendar(years=frozenset({2026}), provisional=frozenset({2026})), "调休安排还没有公布"),
    ],
)
def test_a_day_that_can_still_change_says_so(calendar, warning):
    words = deadline_words(
        working_days(date(2026, 9, 30), 3, calendar),
        kind=CaseKind.REPLACE,
        status=CaseStatus.UNDER_RECONSIDERATION,
        today=date(2026, 9, 30),
    )

    assert warning in words.warning
    assert not deadlines.working_days(date(2026, 9, 30), 3, calendar).is_certain
