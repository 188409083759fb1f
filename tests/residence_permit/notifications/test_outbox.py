"""What is owed is written with its cause, once, and holds nothing about the person."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction

from residence_permit.core.workflow import TABLE, Action, Status
from residence_permit.models import Notice, NoticePreference
from residence_permit.notifications import outbox, quiet, registry
from residence_permit.notifications.registry import ParamsRefused, TemplateUnknown
from residence_permit.services.transition import move
from tests.residence_permit.notifications.mailroom import owed, reachable
from tests.residence_permit.workbench import NOW, SHANGHAI, account, case_in, supervisor

pytestmark = pytest.mark.django_db


def _channels(user):
    return set(user.notices.values_list("channel", flat=True))


def test_a_notice_is_owed_on_every_channel_that_reaches_the_person():
    everywhere, nowhere = reachable(), account()

    ids = owed(everywhere, nowhere)

    assert _channels(everywhere) == {"in_app", "email", "sms"}
    assert _channels(nowhere) == {"in_app"}
    assert set(Notice.objects.filter(pk__in=ids).values_list("channel", flat=True)) == {
        "email",
        "sms",
    }


def test_an_unconfirmed_address_or_number_gets_nothing():
    user = reachable()
    user.phone_verified = False
    user.save()
    user.emailaddress_set.update(verified=False)

    owed(user)

    assert _channels(user) == {"in_app"}


def test_owing_twice_is_owing_once():
    user = reachable()

    first = owed(user, cause="case-event:1")
    second = owed(user, cause="case-event:1")

    assert first == second
    assert user.notices.count() == 3


def test_without_providers_no_text_message_is_owed(settings):
    settings.SMS_PROVIDERS = ()
    user = reachable()

    owed(user)

    assert _channels(user) == {"in_app", "email"}


def test_what_stands_in_the_portal_is_there_with_the_cause():
    user = account()

    ids = owed(user)

    [notice] = user.notices.all()
    assert ids == []
    assert (notice.state, notice.sent_at, notice.read_at) == ("delivered", NOW, None)


@pytest.mark.django_db(transaction=True)
def test_a_cause_that_is_rolled_back_owes_nothing():
    user = reachable()

    with transaction.atomic():
        owed(user)
        transaction.set_rollback(True)

    assert not user.notices.exists()


@pytest.mark.django_db(transaction=True)
def test_a_notice_apart_from_its_cause_is_refused():
    told = (account(),)

    with pytest.raises(outbox.OutsideTransaction):
        outbox.owe(cause="x", template="registration-reported", recipients=told, now=NOW)


def test_what_the_law_requires_cannot_be_muted():
    user = reachable()
    NoticePreference.objects.create(user=user, email=False, sms=False)

    owed(user)
    muted = reachable()
    NoticePreference.objects.create(user=muted, email=False, sms=False)
    owed(muted, statutory=False)

    assert _channels(user) == {"in_app", "email", "sms"}
    assert _channels(muted) == {"in_app"}


def test_quiet_hours_put_off_what_the_law_does_not_require():
    user = reachable()
    NoticePreference.objects.create(user=user, quiet_from=time(9), quiet_until=time(12))

    ids = owed(user, statutory=False)

    assert ids == []  # nothing is to be sent now
    due = set(user.notices.exclude(channel="in_app").values_list("due_at", flat=True))
    assert due == {datetime(2026, 11, 25, 12, tzinfo=SHANGHAI)}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("21:59", "21:59"),
        ("22:00", "07:00+1"),
        ("23:59", "07:00+1"),
        ("00:00", "07:00"),
        ("06:59", "07:00"),
        ("07:00", "07:00"),
    ],
)
def test_quiet_hours_over_midnight(at, expected):
    day = date(2027, 5, 1)
    now = datetime.combine(day, time.fromisoformat(at), tzinfo=SHANGHAI)
    clock, _, later = expected.partition("+")
    end = datetime.combine(
        day + timedelta(days=int(later or 0)), time.fromisoformat(clock), tzinfo=SHANGHAI
    )

    assert quiet.not_before(now, time(22), time(7)) == end


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, "needs closes_on"),
        ({"opens_on": NOW.date(), "closes_on": "2027-05-01"}, "must be a date"),
        ({"opens_on": NOW.date(), "closes_on": NOW}, "must be a date"),
        ({"opens_on": NOW.date(), "closes_on": NOW.date(), "name": "王小明"}, "does not take"),
    ],
)
def test_only_declared_days_and_counts_get_into_a_row(params, why):
    with pytest.raises(ParamsRefused, match=why):
        owed(template="permit-window", params=params)


def test_an_unknown_template_is_an_error_of_the_cause():
    with pytest.raises(TemplateUnknown):
        owed(template="no-such-thing")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.action}-{row.source}-{row.target}")
def test_every_move_has_words_for_the_applicant(row):
    code = outbox.template_for(row.action, row.source, row.target)

    assert registry.shipped().current(code).about == "case"


def test_every_template_of_a_move_that_the_desk_hears_of_exists():
    names = {*outbox._TO_HOLDER.values(), *outbox._TO_SUPERVISORS.values()}

    for name in (*names, "desk-reassign", "desk-undeliverable"):
        template = registry.shipped().current(name)
        assert (template.to, template.channels) == ("staff", ("in_app",))


def test_a_move_tells_the_applicant_and_the_desk_that_must_act():
    boss = supervisor()
    case = case_in(Status.UNDER_REVIEW, decided_by=boss)
    before = set(Notice.objects.values_list("pk", flat=True))

    move(
        Action.ESCALATE,
        application_id=case.pk,
        actor=case.holder,
        now=NOW + timedelta(hours=1),
        reason="需要负责人处理。",
    )

    told = Notice.objects.exclude(pk__in=before).values_list("recipient", "template", "channel")
    assert set(told) == {
        (case.applicant_id, "case-escalate", "in_app"),
        (boss.pk, "desk-escalate", "in_app"),
    }


def test_rows_hold_no_personal_data():
    case = case_in(Status.REFUSED)
    kept = [
        json.dumps([n.cause, n.template, n.params, str(n), n.failure]) for n in case.notices.all()
    ]

    assert kept
    for secret in (
        case.person.name,
        case.person.id_number,
        case.registration.address,
        case.applicant.email,
    ):
        assert not any(secret in json.loads(row) or secret in row for row in kept)


def test_a_queue_that_is_down_stops_nothing_and_is_left_alone(settings, monkeypatch, caplog):
    # The transport lies outside: it is replaced by one that nobody answers.
    calls = []

    def refuse(*_, **__):
        calls.append(1)
        raise ConnectionRefusedError

    signature = type("Signature", (), {"apply_async": refuse})
    monkeypatch.setattr(outbox.current_app, "signature", lambda *_, **__: signature())
    monkeypatch.setattr(outbox, "_nudges_pause_until", 0.0)

    outbox.hand_over([1, 2])
    outbox.hand_over([3])

    assert calls == [1]
    assert "notices.not_handed_over" in caplog.text
