"""Long random lives of a case, step by step beside a model that knows the law and no code.

The model is a handful of plain attributes; it is written from docs/policy/permit.md and shares
nothing with the table of moves. Whatever anybody tries, at whatever time, both must agree on
whether it happens and where the case stands afterwards.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from residence_permit.core.deadlines import day_of
from residence_permit.core.workflow import Action, Status, WorkflowError
from residence_permit.models import CorrectionItem, PermitEvent
from residence_permit.services.transition import move
from tests.residence_permit.workbench import (
    NOW,
    REFUSAL,
    draft,
    office,
    officer,
    supervisor,
)

pytestmark = pytest.mark.django_db

OFFICERS, SUPERVISORS = ("first officer", "second officer"), ("one", "two", "three")
TARGETS = ("evidence:employment", "evidence:housing", "step:address")


class Model:
    """What the law says about one case."""

    def __init__(self):
        self.state = "draft"
        self.holder = None
        self.lease_until = None
        self.asked: set[str] = set()  # everything that was ever asked to be corrected
        self.open_items = 0
        self.asked_on = None
        self.accepted_on = None
        self.extended = False
        self.recommended_by = None
        self.deciders: list[str] = []
        self.refused_on = None
        self.reconsidered = False

    @property
    def due_on(self):
        """Return the last day of the clock that runs, if one does."""
        if self.state == "correction_requested":
            return self.asked_on + timedelta(days=30)
        if self.state in ("accepted", "awaiting_decision"):
            return self.accepted_on + timedelta(days=30 if self.extended else 15)
        return None


class Life(RuleBasedStateMachine):
    """People and the clock act on one case; the model says what should come of it."""

    who = st.sampled_from(("applicant", "stranger", None, *OFFICERS, *SUPERVISORS))

    @initialize()
    def begin(self):
        self.savepoint = transaction.savepoint()
        self.case = draft()
        self.people = {"applicant": self.case.applicant, None: None}
        self.people |= {name: officer() for name in OFFICERS}
        self.people |= {name: supervisor() for name in SUPERVISORS}
        # Of another county's district: there is no such case for him.
        self.people["stranger"] = officer(office("330411001"))
        self.now = NOW
        self.model = Model()
        self.events = 0

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)

    def attempt(self, action, who, *, allowed, target=None, **given):
        """Try a move; it has to happen exactly if the model allows it."""
        refusal = None
        try:
            with transaction.atomic():
                move(
                    action,
                    application_id=self.case.pk,
                    actor=self.people[who],
                    now=self.now,
                    target=target,
                    **given,
                )
        except WorkflowError as error:
            refusal = error.code
        assert (refusal is None) == bool(allowed), (action, who, refusal, self.model.state)
        self.events += refusal is None
        return refusal is None

    @property
    def today(self):
        return day_of(self.now)

    def holds(self, who):
        """Whether the case is in the hands of this officer, or of nobody."""
        return who in OFFICERS and self.model.holder in (None, who)

    def take(self, who):
        self.model.holder, self.model.lease_until = who, self.now + timedelta(hours=1)

    @rule(hours=st.sampled_from((1, 2, 24, 24 * 5, 24 * 16, 24 * 31, 24 * 61)))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(who=who)
    def submit(self, who):
        allowed = self.model.state == "draft" and who == "applicant"
        if self.attempt(Action.SUBMIT, who, allowed=allowed):
            self.model.state = "submitted"

    @rule(who=who)
    def claim(self, who):
        allowed = self.model.state == "submitted" and who in OFFICERS
        if self.attempt(Action.CLAIM, who, allowed=allowed):
            self.model.state = "under_review"
            self.take(who)

    @rule(who=who)
    def take_over(self, who):
        held = self.model.state in ("under_review", "accepted")
        lapsed = self.model.lease_until is None or self.model.lease_until <= self.now
        allowed = held and who in OFFICERS and (lapsed or self.model.holder == who)
        if self.attempt(Action.TAKE_OVER, who, allowed=allowed):
            self.take(who)

    @rule(who=who, to=st.sampled_from((*OFFICERS, "stranger", "applicant")))
    def reassign(self, who, to):
        held = self.model.state in ("under_review", "accepted")
        allowed = held and who in SUPERVISORS and to in OFFICERS
        if self.attempt(Action.REASSIGN, who, allowed=allowed, assignee=self.people[to].pk):
            self.take(to)

    @rule(who=who, wanted=st.sets(st.sampled_from(TARGETS)))
    def request_correction(self, who, wanted):
        first = not self.model.asked
        by_officer = self.holds(who) and (first or wanted <= self.model.asked)
        by_supervisor = who in SUPERVISORS and not first
        allowed = self.model.state == "under_review" and bool(wanted)
        allowed = allowed and (by_officer or by_supervisor)
        items = tuple((target, "请补正。") for target in sorted(wanted))
        if self.attempt(Action.REQUEST_CORRECTION, who, allowed=allowed, items=items):
            self.model.state = "correction_requested"
            self.model.asked |= wanted
            self.model.open_items = len(wanted)
            self.model.asked_on = self.today

    @precondition(lambda self: self.model.open_items)
    @rule()
    def answer_one(self):
        item = CorrectionItem.objects.filter(application=self.case, answered_at=None).first()
        item.answered_at, item.answer = self.now, "已补。"
        item.save()
        self.model.open_items -= 1

    @rule(who=who)
    def resubmit(self, who):
        allowed = self.model.state == "correction_requested" and who == "applicant"
        allowed = allowed and not self.model.open_items
        if self.attempt(Action.RESUBMIT, who, allowed=allowed):
            self.model.state = "under_review"
            self.model.lease_until = self.now

    @rule(who=who)
    def accept(self, who):
        allowed = self.model.state == "under_review" and self.holds(who)
        if self.attempt(Action.ACCEPT, who, allowed=allowed):
            self.model.state = "accepted"
            self.model.accepted_on = self.today
            self.take(who)

    @rule(who=who, proposal=st.sampled_from(("approve", "refuse", None)))
    def recommend(self, who, proposal):
        allowed = self.model.state == "accepted" and self.holds(who) and bool(proposal)
        if self.attempt(Action.RECOMMEND, who, allowed=allowed, proposal=proposal):
            self.model.state = "awaiting_decision"
            self.model.recommended_by = who
            self.model.holder = self.model.lease_until = None

    @rule(who=who, approve=st.booleans(), reasoned=st.booleans())
    def decide(self, who, approve, reasoned):
        waiting = ("awaiting_decision", "under_reconsideration")
        allowed = self.model.state in waiting and who in SUPERVISORS
        allowed = allowed and who not in (self.model.recommended_by, *self.model.deciders)
        allowed = allowed and (approve or reasoned)
        target = Status.APPROVED if approve else Status.REFUSED
        given = REFUSAL if reasoned else {}
        if self.attempt(Action.DECIDE, who, allowed=allowed, target=target, **given):
            self.model.state = target.value
            self.model.deciders.append(who)
            if not approve:
                self.model.refused_on = self.today

    @rule(who=who, reason=st.sampled_from(("制证设备故障。", "")))
    def extend(self, who, reason):
        running = self.model.state in ("accepted", "awaiting_decision")
        allowed = running and who in SUPERVISORS and bool(reason) and not self.model.extended
        if self.attempt(Action.EXTEND, who, allowed=allowed, reason=reason):
            self.model.extended = True

    @rule(who=who)
    def withdraw(self, who):
        early = ("draft", "submitted", "under_review", "correction_requested")
        allowed = self.model.state in early and who == "applicant"
        if self.attempt(Action.WITHDRAW, who, allowed=allowed):
            self.model.state = "withdrawn"

    @rule(who=who)
    def close(self, who):
        overdue = self.model.due_on is not None and self.today > self.model.due_on
        allowed = self.model.state == "correction_requested" and who is None and overdue
        if self.attempt(Action.CLOSE, who, allowed=allowed):
            self.model.state = "closed"

    @rule(who=who)
    def issue(self, who):
        allowed = self.model.state == "approved" and who is None
        if self.attempt(Action.ISSUE, who, allowed=allowed):
            self.model.state = "issued"

    @rule(who=who)
    def request_review(self, who):
        allowed = self.model.state == "refused" and who == "applicant"
        allowed = allowed and not self.model.reconsidered
        allowed = allowed and (self.today - self.model.refused_on).days <= 60
        if self.attempt(Action.REQUEST_REVIEW, who, allowed=allowed, reason="合同已续签。"):
            self.model.state = "under_reconsideration"
            self.model.reconsidered = True

    @rule(who=who, reason=st.sampled_from(("没有进展。", "")))
    def escalate(self, who, reason):
        stuck = self.model.state in ("under_review", "accepted", "awaiting_decision")
        overdue = self.model.due_on is not None and self.today > self.model.due_on
        by_officer = who in OFFICERS and (
            self.holds(who) or self.model.state == "awaiting_decision"
        )
        allowed = stuck and bool(reason) and (by_officer or (who == "applicant" and overdue))
        self.attempt(Action.ESCALATE, who, allowed=allowed, reason=reason)

    @invariant()
    def agree(self):
        if not hasattr(self, "case"):
            return
        self.case.refresh_from_db()
        assert self.case.status == self.model.state
        assert self.case.events_count == self.case.events.count() == self.events
        assert self.case.due_on == self.model.due_on
        assert self.case.holder == self.people[self.model.holder]
        lines = PermitEvent.objects.filter(application=self.case).count()
        assert lines == (1 if self.model.state == "issued" else 0)


def test_a_case_lives_as_the_law_says(counts):
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=counts(15, 200),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
