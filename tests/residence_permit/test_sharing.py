"""Codes that show a permit: made, shown once, looked through, withdrawn; and what nobody learns."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings as portal
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from eligibility.references import ALPHABET, check_character, grouped, new_reference, normalise
from jiaxing_hukou.audit.models import AuditEntry
from jiaxing_hukou.logs import JsonFormatter
from residence_permit.core.deadlines import day_of
from residence_permit.core.workflow import Status
from residence_permit.models import Permit, ShareCheck, ShareCode
from residence_permit.services import sharing
from residence_permit.services.sharing import SharingError
from tests.residence_permit.workbench import account, case_in, draft, person

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12
EVERYTHING = ("name", "number", "county", "issued_on", "years", "usable_until")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def permit(now):
    who = person(account(), name="欧阳小明")
    then = now - timedelta(days=40)
    return case_in(Status.ISSUED, case=draft(who=who, now=then), now=then).permit


def share(permit, now, **given):
    """Return a code for a permit, as its holder makes it."""
    wanted = {"purpose": "租房", "shows": ("name_in_part",), "days": 7} | given
    return sharing.create_share(permit_id=permit.pk, actor=permit.person.user, now=now, **wanted)


def look(client, code):
    return client.get(reverse("verify", args=[code]))


def text_of(response):
    return response.content.decode()


# The code


def test_only_a_keyed_hash_of_a_code_is_kept(permit, now):
    made = share(permit, now)

    plain = normalise(made.code)
    kept = ShareCode.objects.values_list().get()
    assert len(plain) == 27  # 26 characters of five bits each, and the check character
    assert plain[-1] == check_character(plain[:-1])
    assert len(ALPHABET) ** 26 >= 2**128
    assert not [value for value in kept if plain in normalise(str(value))]
    entry = AuditEntry.objects.get(act="create_share_code")
    assert plain not in normalise(f"{entry.subject}{entry.details}{entry.purpose}")


def test_a_code_shows_the_permit_until_the_last_day_is_over(permit, now):
    made = share(permit, now, days=1)
    end = made.row.expires_at

    before = sharing.check_share(code=made.code, now=end - timedelta(seconds=1))
    after = sharing.check_share(code=made.code, now=end)

    assert sharing.last_day(made.row) == day_of(now) + timedelta(days=1)
    assert timezone.localtime(end).strftime("%H:%M:%S") == "00:00:00"
    assert before.valid
    assert after is None


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), grouped])
def test_a_code_is_read_however_it_is_typed(permit, now, typed):
    made = share(permit, now)

    assert sharing.check_share(code=typed(made.code), now=now).valid


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"purpose": "  "}, "purpose_missing"),
        ({"purpose": "长" * 101}, "purpose_too_long"),
        ({"purpose": "租房\u202e"}, "purpose_signs"),
        ({"days": 2}, "not_a_choice"),
        ({"days": 9999}, "not_a_choice"),
        ({"shows": ("id_number",)}, "not_a_choice"),
    ],
)
def test_a_code_that_cannot_be_made_says_why(permit, now, given, code):
    with pytest.raises(SharingError) as refused:
        share(permit, now, **given)

    assert refused.value.code == code
    assert not ShareCode.objects.exists()


def test_a_permit_has_so_many_codes_at_a_time(permit, now, settings):
    settings.SHARING = portal.SHARING | {"MOST": 2}
    first = share(permit, now)
    share(permit, now)

    with pytest.raises(SharingError) as refused:
        share(permit, now)
    sharing.revoke_share(code_id=first.row.pk, actor=permit.person.user, now=now)

    assert refused.value.code == "too_many"
    assert share(permit, now).code


def test_nobody_shares_another_person_s_permit(permit, now):
    stranger = person(account()).user
    made = share(permit, now)

    with pytest.raises(Permit.DoesNotExist):
        sharing.create_share(
            permit_id=permit.pk, actor=stranger, purpose="租房", shows=(), days=7, now=now
        )
    with pytest.raises(ShareCode.DoesNotExist):
        sharing.revoke_share(code_id=made.row.pk, actor=stranger, now=now)


# What it shows


def test_only_what_was_agreed_to_is_shown(client, permit, now):
    made = share(permit, now, shows=("county", "name_in_part"))

    text = text_of(look(client, made.code))

    assert "欧**" in text
    assert "南湖区" in text
    for hidden in ("欧阳小明", permit.number, permit.address, permit.person.id_number, "满"):
        assert hidden not in text


def test_everything_is_shown_where_it_was_ticked(client, permit, now):
    made = share(permit, now, shows=EVERYTHING)

    text = text_of(look(client, made.code))

    issued = permit.events.get().on
    for shown in ("欧阳小明", permit.number, f"{issued.year}年{issued.month}月{issued.day}日"):
        assert shown in text
    assert permit.person.id_number not in text
    assert permit.address not in text


def test_a_suspended_permit_is_not_valid_and_nothing_says_why(client, permit, now):
    made = share(permit, now, days=90)
    later = now + timedelta(days=400)
    ShareCode.objects.update(expires_at=later + timedelta(days=1))

    checked = sharing.check_share(code=made.code, now=later)

    assert not checked.valid
    assert checked.shown == {"name_in_part": "欧**"}
    assert ShareCheck.objects.get().answer == "not_valid"


def test_what_is_shown_is_what_holds_at_that_moment(permit, now):
    made = share(permit, now, shows=("years",), days=90)
    ShareCode.objects.update(expires_at=now + timedelta(days=1000))

    today = sharing.check_share(code=made.code, now=now)
    in_the_window = sharing.check_share(code=made.code, now=now + timedelta(days=320))

    assert today.shown == {"years": 0}
    assert in_the_window.valid


# What nobody learns


def nothing(client, code):
    """Return what a code without content gets, without what differs by chance and by address."""
    response = look(client, code)
    text = re.sub(r'value="[^"]*"', "", text_of(response))
    return response.status_code, sorted(response.headers), text


def test_unknown_expired_and_withdrawn_codes_get_one_answer(client, permit, now):
    user = permit.person.user
    expired, withdrawn = share(permit, now), share(permit, now)
    ShareCode.objects.filter(pk=expired.row.pk).update(expires_at=now - timedelta(seconds=1))
    sharing.revoke_share(code_id=withdrawn.row.pk, actor=user, now=now)

    answers = [nothing(client, code) for code in (new_reference(), expired.code, withdrawn.code)]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 404
    assert sorted(ShareCheck.objects.values_list("answer", flat=True)) == ["expired", "revoked"]


@pytest.mark.parametrize("place", range(0, 27, 5))
def test_a_mistyped_code_is_refused_without_being_looked_for(
    client, permit, now, place, django_assert_num_queries
):
    plain = normalise(share(permit, now).code)
    other = ALPHABET[(ALPHABET.index(plain[place]) + 1) % len(ALPHABET)]

    with django_assert_num_queries(0):
        response = look(client, plain[:place] + other + plain[place + 1 :])

    assert response.status_code == 404
    assert "少了一个字符" in text_of(response)


@pytest.mark.parametrize("code", ["x", "a" * 5000, "😀", "..", "0" * 27, "%00", "<script>"])
def test_what_is_no_code_gets_a_page_that_helps(client, code):
    response = look(client, code)

    assert response.status_code in (400, 404)
    assert "<script>alert" not in text_of(response)


def test_the_page_is_kept_and_indexed_by_nobody_and_its_address_told_to_nobody(client, permit, now):
    made = share(permit, now)

    for response in (look(client, made.code), look(client, new_reference())):
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
        assert response["Referrer-Policy"] == "strict-origin"  # the address is not in it
        assert not re.search(r'(href|src)="https?://(?!testserver)', text_of(response))


def test_the_code_is_in_no_log_no_cache_and_no_session(client, permit, caplog):
    caplog.set_level("DEBUG")
    client.force_login(permit.person.user)
    sent = client.post(
        reverse("share-new", args=[permit.pk]), {"purpose": "租房", "days": "7", "name": ""}
    )
    code = re.search(r"[0-9A-Z]{9}-[0-9A-Z]{9}-[0-9A-Z]{9}", text_of(client.get(sent.url)))[0]
    look(client, code)
    look(client, code[:-1] + ("0" if code[-1] != "0" else "1"))

    said = "".join(JsonFormatter().format(row) for row in caplog.records)
    kept = str(getattr(cache, "_cache", "")) + "".join(
        str(session.get_decoded()) for session in Session.objects.all()
    )
    for text in (said, kept, str(list(AuditEntry.objects.values()))):
        assert normalise(code)[:9] not in normalise(text)
    assert "verify/<str:code>/" in said


def test_looking_is_limited_by_address_and_by_code(client, permit, now, settings):
    made = share(permit, now)
    settings.RATES = settings.RATES | {"verify": "3/h"}
    by_address = [look(client, new_reference()).status_code for _time in range(4)]
    settings.RATES = settings.RATES | {"verify": "1000/h", "verify_code": "2/h"}

    by_code = [
        client.get(reverse("verify", args=[made.code]), REMOTE_ADDR=f"10.0.0.{number}").status_code
        for number in range(3)
    ]

    assert by_address == [404, 404, 404, 429]
    assert by_code == [200, 200, 429]


# Every look is kept


def test_every_look_is_kept_and_audited_and_the_holder_sees_it(client, permit, now):
    made = share(permit, now)
    look(client, made.code)
    look(client, made.code)

    client.force_login(permit.person.user)
    listed = text_of(client.get(reverse("share-list", args=[permit.pk])))

    entries = AuditEntry.objects.filter(act="check_share_code")
    assert [entry.details["answer"] for entry in entries] == ["valid", "valid"]
    assert {entry.person_id for entry in entries} == {permit.person_id}
    assert {entry.actor_id for entry in entries} == {None}
    assert "查看2次" in listed
    assert "租房" in listed


# The pages


def test_a_code_is_shown_in_one_browser_and_for_ten_minutes(client, permit):
    client.force_login(permit.person.user)
    answers = {"purpose": "租房", "days": "7", "name": "name", "shows": ["county", "years"]}

    sent = client.post(reverse("share-new", args=[permit.pk]), answers)
    shown = client.get(sent.url)
    client.cookies.clear()
    client.force_login(permit.person.user)
    later = client.get(sent.url)

    row = ShareCode.objects.get()
    assert row.shows == ["name", "county", "years"]
    assert (row.expires_at.date() - row.created_at.date()).days in (7, 8)
    assert reverse("verify-qr", args=["X"])[:8] in text_of(shown)
    assert later.status_code == 302
    assert later.url == reverse("share-list", args=[permit.pk])


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": ""},
        {"days": ""},
        {"days": "365"},
        {"name": "id_number"},
        {"shows": ["address"]},
        {"purpose": "长" * 101},
    ],
)
def test_a_wrong_answer_comes_back_with_what_to_do(client, permit, wrong):
    client.force_login(permit.person.user)
    answers = {"purpose": "租房", "days": "7", "name": ""} | wrong

    sent = client.post(reverse("share-new", args=[permit.pk]), answers)

    assert sent.status_code == 422
    assert "error-summary" in text_of(sent)
    assert not ShareCode.objects.exists()


def test_withdrawing_asks_first_and_can_be_pressed_twice(client, permit, now):
    made = share(permit, now)
    client.force_login(permit.person.user)
    url = reverse("share-revoke", args=[made.row.pk])

    asked = client.get(url)
    first, second = client.post(url), client.post(url)

    assert asked.status_code == 200
    assert not sharing.is_active(made.row, now) or ShareCode.objects.get().revoked_at
    assert first.url == second.url == reverse("share-list", args=[permit.pk])
    assert AuditEntry.objects.filter(act="revoke_share_code").count() == 1
    assert look(client, made.code).status_code == 404


@pytest.mark.parametrize("name", ["share-made", "share-revoke"])
def test_a_foreign_code_does_not_exist(client, permit, now, name):
    made = share(permit, now)
    client.force_login(person(account()).user)

    for number in (made.row.pk, 10**25):
        assert client.get(reverse(name, args=[number])).status_code == 404
        assert client.post(reverse("share-revoke", args=[number])).status_code == 404
    assert ShareCode.objects.get().revoked_at is None


def test_the_picture_is_of_the_link_and_looks_nothing_up(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        picture = client.get(reverse("verify-qr", args=[new_reference()]))
        none = client.get(reverse("verify-qr", args=["x"]))

    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert none.status_code == 404


def test_a_code_can_be_typed(client, permit, now):
    made = share(permit, now)

    asked = client.get(reverse("verify-enter"))
    wrong = client.post(reverse("verify-enter"), {"code": "ABC"})
    right = client.post(reverse("verify-enter"), {"code": made.code.lower()})

    assert asked.status_code == 200
    assert wrong.status_code == 422
    assert client.get(right.url).status_code == 200


def test_the_list_costs_the_same_however_many_there_are(
    client, permit, now, django_assert_max_num_queries
):
    client.force_login(permit.person.user)
    url = reverse("share-list", args=[permit.pk])

    for count in (1, 3):
        for number in range(count):
            made = share(permit, now, purpose=f"用途{count}{number}")
            for _time in range(count * 9):
                sharing.check_share(code=made.code, now=now)
        with django_assert_max_num_queries(MOST_QUERIES):
            text = text_of(client.get(url))

    assert "更早的还有7次" in text


def test_looking_costs_few_queries(client, permit, now, django_assert_max_num_queries):
    made = share(permit, now, shows=EVERYTHING)

    with django_assert_max_num_queries(MOST_QUERIES):
        look(client, made.code)


def test_a_cancelled_permit_is_shown_to_nobody_anew(permit, now):
    Permit.objects.filter(pk=permit.pk).update(closed_on=date(2026, 11, 24))

    with pytest.raises(SharingError) as refused:
        share(permit, now)

    assert refused.value.code == "cancelled"
