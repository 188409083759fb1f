"""The relay: claimed by one, sent without a lock, recorded once, never lost."""

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from residence_permit.beat import sweep_notices
from residence_permit.core.workflow import Status
from residence_permit.models import Notice
from residence_permit.notifications import delivery, ladder, outbox, wording
from residence_permit.notifications.channels import breaker, sms
from residence_permit.notifications.channels.base import Sent, Trouble
from tests.residence_permit.notifications.mailroom import owed, owed_sms, reachable
from tests.residence_permit.workbench import NOW, case_in

pytestmark = pytest.mark.django_db


def _later(seconds):
    return NOW + timedelta(seconds=seconds)


def test_a_text_message_goes_out_once_however_often_it_is_asked_for(simulator):
    notice = owed_sms()

    for _ in range(3):
        delivery.deliver([notice.pk], now=NOW)

    notice.refresh_from_db()
    assert (notice.state, notice.provider, notice.attempts) == ("sent", "simulator", 1)
    assert notice.provider_reference == "sim-1"
    assert simulator.ledger.asked == {str(notice.key): 1}
    [message] = simulator.ledger.delivered
    assert message["phone"] == notice.recipient.phone
    assert message["text"] == "有人为您申报了居住登记，请登录门户确认或否认。"


def test_mail_carries_the_key_as_its_message_id():
    user = reachable()
    ids = owed(user)

    delivery.deliver(ids, now=NOW)

    notice = user.notices.get(channel="email")
    [sent] = mail.outbox
    _name, message_id = parseaddr(sent.extra_headers["Message-ID"])
    assert message_id.startswith(str(notice.key))
    assert (sent.to, sent.subject) == ([user.email], "有人为您申报了居住登记")
    assert notice.state == "sent"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_and_nothing_locked_while_the_provider_is_asked(monkeypatch):
    class Watching:
        name, parallel = "local", 1
        seen = []

        def send(self, message):
            state = Notice.objects.get(key=message.key).state
            self.seen.append((connection.in_atomic_block, state))
            return "ref"

    monkeypatch.setitem(sms.KNOWN, "local", Watching)
    notice = owed_sms()

    delivery.deliver([notice.pk], now=NOW)

    assert Watching.seen == [(False, "claimed")]


def test_what_one_worker_has_claimed_another_leaves_alone(simulator):
    notice = owed_sms()

    held = delivery.claim("sms", "simulator", now=NOW)
    other = delivery.claim("sms", "simulator", now=_later(1), ids=[notice.pk])

    assert [n.pk for n in held] == [notice.pk]
    assert other == []


def test_what_a_lost_worker_held_is_sent_after_its_lease_with_the_same_key(simulator):
    notice = owed_sms()
    [held] = delivery.claim("sms", "simulator", now=NOW)  # and dies

    assert not delivery.deliver_due("sms", now=_later(29), seconds=5)["sent"]
    assert delivery.deliver_due("sms", now=_later(31), seconds=5)["sent"] == 1
    late = delivery.record([(held, Sent("late"))], now=_later(32))

    notice.refresh_from_db()
    assert late["sent"] == 0  # the lease is not his any more
    assert (notice.state, notice.crashes) == ("sent", 1)
    assert simulator.ledger.asked == {str(notice.key): 1}


def test_sent_but_not_recorded_is_asked_again_and_delivered_once(simulator):
    notice = owed_sms()
    simulator.behave("drop", times=1)

    delivery.deliver([notice.pk], now=NOW)
    notice.refresh_from_db()
    first = (notice.state, notice.failure, notice.provider)
    delivery.deliver_due("sms", now=_later(60), seconds=5)

    notice.refresh_from_db()
    assert first == ("failed_temporarily", "line_cut", "simulator")
    assert notice.state == "sent"
    assert simulator.ledger.asked == {str(notice.key): 2}
    assert len(simulator.ledger.delivered) == 1


def test_a_clock_that_jumps_ahead_and_back_sends_once(simulator):
    notice = owed_sms()
    [held] = delivery.claim("sms", "simulator", now=NOW)

    delivery.deliver_due("sms", now=_later(3600), seconds=5)  # the lease seems to be over
    late = delivery.record([(held, Sent("of-the-first"))], now=NOW)
    delivery.deliver_due("sms", now=_later(-3600), seconds=5)

    notice.refresh_from_db()
    assert (notice.state, notice.provider_reference, late["sent"]) == ("sent", "sim-1", 0)
    assert len(simulator.ledger.delivered) == 1


def test_a_clock_that_was_set_back_delays_and_loses_nothing(simulator):
    notice = owed_sms()

    early = delivery.deliver_due("sms", now=_later(-3600), seconds=5)
    delivery.deliver_due("sms", now=NOW, seconds=5)

    notice.refresh_from_db()
    assert (early["claimed"], notice.state) == (0, "sent")
    assert simulator.ledger.asked == {str(notice.key): 1}


def test_a_provider_that_ignores_the_key_delivers_twice(simulator):
    """The control run: without the key, the same ending is a doubled message."""
    notice = owed_sms()
    simulator.behave("drop", times=1, honours_key=False)

    delivery.deliver([notice.pk], now=NOW)
    delivery.deliver_due("sms", now=_later(60), seconds=5)

    assert len(simulator.ledger.delivered) == 2


def test_failures_climb_the_ladder_and_end_as_a_dead_letter_that_can_be_replayed(simulator):
    case = case_in(Status.ACCEPTED)
    case.applicant.phone, case.applicant.phone_verified = "+8613912345678", True
    case.applicant.save()
    [pk] = owed(case.applicant, template="case-accept", application=case)
    notice, now, waits = Notice.objects.get(pk=pk), NOW, []
    simulator.behave("busy")

    while notice.state in ("pending", "failed_temporarily"):
        delivery.deliver_due("sms", now=notice.due_at, seconds=5)
        breaker.worked("simulator")
        now = notice.due_at
        notice.refresh_from_db()
        waits.append((notice.due_at - now).total_seconds())

    steps = ladder.LADDERS[Trouble.BUSY]
    assert (notice.state, notice.failure, notice.attempts) == ("failed", "http_429", len(steps) + 1)
    for step, wait in zip(steps, waits, strict=False):
        assert step <= wait <= step * (1 + ladder.JITTER)
    desk = Notice.objects.get(template="desk-undeliverable")
    assert desk.recipient == case.holder

    simulator.behave("ok")
    ids = outbox.replay([pk], now=now)
    delivery.deliver(ids, now=now)
    notice.refresh_from_db()
    assert (notice.state, str(notice.key)) == ("sent", simulator.ledger.delivered[0]["key"])


def test_a_number_that_is_refused_is_not_tried_again(simulator):
    notice = owed_sms()
    simulator.behave("refuse")

    delivery.deliver([notice.pk], now=NOW)

    notice.refresh_from_db()
    assert (notice.state, notice.failure) == ("failed", "refused")


def test_an_address_that_is_gone_is_not_asked_for(simulator):
    notice = owed_sms()
    notice.recipient.phone_verified = False
    notice.recipient.save()

    delivery.deliver([notice.pk], now=NOW)

    notice.refresh_from_db()
    assert (notice.state, notice.failure) == ("failed", "no_address")
    assert simulator.ledger.asked == {}


def test_a_provider_that_fails_again_and_again_rests_and_nothing_is_lost(simulator, settings):
    settings.NOTICES = settings.NOTICES | {"FAILURES": 2}
    ids = [owed_sms().pk for _ in range(20)]
    simulator.behave("lose")

    delivery.deliver_due("sms", now=NOW, seconds=5)

    asked = sum(simulator.ledger.asked.values())
    assert asked == 8  # one slice; the others were given back untried
    states = Notice.objects.filter(pk__in=ids).values_list("state", flat=True)
    assert sorted(states) == ["failed_temporarily"] * 8 + ["pending"] * 12
    assert not delivery.deliver_due("sms", now=_later(60), seconds=5)

    simulator.behave("ok")
    breaker.cache.clear()
    delivery.deliver_due("sms", now=_later(60), seconds=5)
    assert set(Notice.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"sent"}
    assert len(simulator.ledger.delivered) == 20


def test_only_what_was_certainly_not_accepted_goes_to_another_provider(simulator, settings):
    settings.SMS_PROVIDERS = ("simulator", "spare")
    settings.NOTICES = settings.NOTICES | {"FAILURES": 1}
    unclear, refused = owed_sms(), owed_sms()
    simulator.behave("drop", times=1)
    delivery.deliver([unclear.pk], now=NOW)
    breaker.cache.clear()
    simulator.behave("busy", times=1)
    delivery.deliver([refused.pk], now=NOW)

    delivery.deliver_due("sms", now=_later(600), seconds=5)

    unclear.refresh_from_db()
    refused.refresh_from_db()
    assert (unclear.state, unclear.provider) == ("failed_temporarily", "simulator")  # it rests
    assert (refused.state, refused.provider) == ("sent", "spare")


def test_a_hanging_provider_ends_at_the_time_out_and_what_is_left_is_given_back(
    simulator, settings
):
    settings.NOTICES = settings.NOTICES | {"PROVIDER_TIMEOUT": 0.3, "LEASE": 5.31}
    for _ in range(9):
        owed_sms()
    simulator.behave("hang", seconds=2)

    done = delivery.deliver_due("sms", now=NOW, seconds=5)

    assert (done["claimed"], done["retried"], done["untried"]) == (9, 8, 1)
    assert not Notice.objects.filter(state="claimed").exists()


def test_what_takes_worker_after_worker_with_it_is_put_aside_and_its_neighbours_are_not(
    simulator, settings
):
    poison, *others = [owed_sms() for _ in range(4)]
    now = NOW
    held = delivery.claim("sms", "simulator", now=now)  # all four; the worker dies
    for _ in range(10):
        now += timedelta(seconds=settings.NOTICES["LEASE"] + 1)
        if delivery.park_poison(now=now):
            break
        while held := delivery.claim("sms", "simulator", now=now, lapsed=True):
            if poison.pk in {notice.pk for notice in held}:
                break  # and the worker dies again
            delivery.record([(notice, Sent("ok")) for notice in held], now=now)

    poison.refresh_from_db()
    assert (poison.state, poison.failure) == ("failed", "crashes")
    states = Notice.objects.filter(pk__in=[n.pk for n in others]).values_list("state", flat=True)
    assert set(states) == {"sent"}


def test_a_row_without_words_stops_no_other(simulator):
    good, bad = owed_sms(), owed_sms()
    Notice.objects.filter(pk=bad.pk).update(template_version=99)

    delivery.deliver([good.pk, bad.pk], now=NOW)

    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state) == ("sent", "failed_temporarily")
    assert bad.failure == "TemplateUnknown"


def test_the_sweep_finds_what_no_message_tells_of(simulator, settings):
    ids = [owed_sms(now=timezone.now()).pk for _ in range(3)]

    handed = sweep_notices()

    assert handed == 1
    assert set(Notice.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"sent"}


def test_words_are_made_in_the_language_of_the_person():
    case = case_in(Status.ACCEPTED)
    notice = case.notices.get(template="case-accept", channel="in_app")

    zh, en = wording.compose(notice, "zh-hans"), wording.compose(notice, "en")

    assert zh.subject == "您的申请已受理"
    assert case.reference in zh.body[0]
    assert zh.body[1] == "办理期限到2026年12月10日（含当天）。"
    assert en.body[1] == "It will be decided on Dec. 10, 2026 at the latest."


def test_a_sentence_of_which_something_is_not_known_is_left_out():
    case = case_in(Status.ACCEPTED)
    notice = case.notices.get(template="case-accept", channel="in_app")
    notice.params = {}

    assert len(wording.compose(notice, "zh-hans").body) == 1


def test_no_personal_data_leaves_in_subjects_task_arguments_or_logs(
    simulator, settings, caplog, django_capture_on_commit_callbacks, monkeypatch
):
    handed = []
    monkeypatch.setattr(outbox, "hand_over", handed.append)
    caplog.set_level("INFO")
    user = reachable()
    with django_capture_on_commit_callbacks(execute=True):
        ids = owed(user)
        transaction.on_commit(lambda: outbox.hand_over(ids), robust=True)
    simulator.behave("refuse")
    delivery.deliver(ids, now=NOW)

    assert handed == [ids]
    assert all(type(pk) is int for pk in ids)
    subject = mail.outbox[0].subject
    logged = " ".join(f"{vars(record)}" for record in caplog.records)
    for secret in (user.phone, user.phone[3:], user.email, user.username):
        assert secret not in subject
        assert secret not in logged
