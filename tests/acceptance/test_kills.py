"""The web process dies by SIGKILL while it submits or decides: nothing is lost, nothing doubled.

A real browser's requests go to a real gunicorn. Whoever's line was cut presses again, with the very
same form; then everything is as if nothing had happened.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.core.workflow import Status
from residence_permit.models import Notice, PermitApplication, PermitEvent
from residence_permit.services import overdue
from tests.acceptance.visitor import CUT, Visitor
from tests.acceptance.website import Website
from tests.accounts import sign_in_staff
from tests.residence_permit.applicants import complete, load_law
from tests.residence_permit.notifications.mailroom import reachable
from tests.residence_permit.workbench import case_in, draft, person, registered, supervisor

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
]

PLACES = ("checked", "event", "state", "notices", "audited")
DESK = "/admin/residence_permit/permitapplication/workbench/case"
READING = ("view_case", "save_step", "start_draft")


@pytest.fixture
def website(transactional_db, tmp_path):
    load_law(timezone.now())
    website = Website(tmp_path)
    try:
        website.start()
        yield website
    finally:
        website.stop()


@dataclass(frozen=True)
class Press:
    """A button of a page that somebody has before him."""

    case: PermitApplication
    visitor: Visitor
    path: str
    fields: list[tuple[str, str]]

    def __call__(self):
        return self.visitor.post(self.path, self.fields)


def applicant():
    who = person(reachable())
    registered(who, since=(timezone.now() - timedelta(days=300)).date())
    return who


def submit(website):
    """Return a draft's review page, ready to be handed in."""
    case = complete(applicant(), now=timezone.now())
    client = Client()
    client.force_login(case.applicant)
    visitor = Visitor.signed_in(website.address, client)
    path = f"/permit/applications/{case.reference}/review/"
    return Press(case, visitor, path, visitor.form(path).filled())


def decide(website, **given):
    """Return the page of a case that awaits its decision, with everything filled in."""
    earlier = timezone.now() - timedelta(hours=1)
    case = draft(who=applicant(), now=earlier)
    case_in(Status.AWAITING_DECISION, case=case, now=earlier)
    client = sign_in_staff(Client(), supervisor())
    visitor = Visitor.signed_in(website.address, client)
    path = f"{DESK}/{case.reference}/do/decide/"
    form = visitor.form(f"{DESK}/{case.reference}/", path)
    return Press(case, visitor, path, form.filled(proposal="approve", **given))


def traces(case):
    """Return everything that a case left behind."""
    case = PermitApplication.objects.get(pk=case.pk)
    acts = AuditEntry.objects.filter(subject=f"case:{case.pk}").exclude(act__in=READING)
    return {
        "status": case.status,
        "events": list(
            case.events.order_by("number").values_list("number", "action", "source", "target")
        ),
        "notices": Counter(
            Notice.objects.filter(application=case).values_list("template", "channel")
        ),
        "audit": Counter(acts.values_list("act", flat=True)),
        "ledger": list(PermitEvent.objects.filter(application=case).values_list("entry", "number")),
        "cases of the person": PermitApplication.objects.filter(person=case.person).count(),
    }


def steps_of(prepared, website):
    """Return the traces before, after each commit of, and after an act that nothing disturbs."""
    press = prepared(website)
    before = traces(press.case)
    assert press().status == 302
    return before, traces(press.case)


def is_whole(left, before, after):
    """Say whether a case stands between two moves: of a move everything is there, or nothing."""
    moved = len(left["events"])
    done = after["events"][:moved]
    return (
        left["events"] == done
        and left["status"] == (done[-1][3] if done else "draft")
        and sum(left["audit"].values()) - sum(before["audit"].values())
        == moved - len(before["events"])
        and bool(left["ledger"]) == (left["status"] == "issued")
        and left["notices"] <= after["notices"]
        and (moved < len(after["events"]) or left == after)
    )


def assert_nothing_lost_or_doubled(press, left, before, after):
    """Press again, and once more; ``left`` is what stood there after the line was cut."""
    again = press()
    overdue.carry_out_approved(now=timezone.now())
    once = traces(press.case)
    once_more = press()

    assert is_whole(left, before, after), left
    assert (again.status, once_more.status) in ((302, 302), (302, 409), (409, 409)), again.text
    assert once == traces(press.case) == after


@pytest.mark.parametrize(
    ("prepared", "actions"), [(submit, ["submit"]), (decide, ["decide", "issue"])]
)
def test_a_process_that_dies_at_any_step_loses_and_doubles_nothing(
    website, prepared, actions, counts
):
    before, after = steps_of(prepared, website)
    failpoints = [f"{action}.{place}" for action in actions for place in PLACES]
    for failpoint in counts(failpoints[1::3], failpoints * 2):
        press = prepared(website)
        dying = website.arm(failpoint)

        with pytest.raises(CUT):
            press()
        left = traces(press.case)
        website.wait_for_other(dying)

        assert_nothing_lost_or_doubled(press, left, before, after)

    call_command("verify_audit")


def test_a_process_killed_at_any_moment_loses_and_doubles_nothing(website, counts):
    for prepared in (submit, decide):
        before, after = steps_of(prepared, website)
        usual = timed(prepared(website))
        chance = random.Random(prepared.__name__)
        for _ in range(counts(1, 15)):
            press, answers = prepared(website), []
            pressing = threading.Thread(target=_try, args=(press, answers))
            pressing.start()

            time.sleep(chance.random() * usual)
            website.kill_worker(website.worker())
            pressing.join()
            left = traces(press.case)

            assert_nothing_lost_or_doubled(press, left, before, after)

    call_command("verify_audit")


def timed(press):
    """Return how long an answer takes that nothing disturbs."""
    started = time.monotonic()
    press()
    return time.monotonic() - started


def _try(press, answers):
    try:
        answers.append(press())
    except CUT as cut:
        answers.append(cut)


def test_a_power_cut_between_two_presses_loses_and_doubles_nothing(website):
    before, after = steps_of(decide, website)
    press = decide(website)
    website.kill_all()
    website.start(JIAXING_FAILPOINT="decide.audited")

    with pytest.raises(CUT):
        press()
    left = traces(press.case)
    website.kill_all()
    website.start()

    assert left == before
    assert_nothing_lost_or_doubled(press, left, before, after)
    call_command("verify_audit")
