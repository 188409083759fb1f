"""Staff: the second factor, the step up, the idle time; what was typed survives all of them."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone

from jiaxing_hukou import urls as portal
from jiaxing_hukou.accounts.demo import TOTP_SECRET, current_code
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.accounts.second_factor import second_factor_required
from tests.accounts import give_second_factor, next_code, sign_in_staff

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

PASSWORD = "three quiet herons"
LOGIN, CODE = "/accounts/login/", "/accounts/2fa/authenticate/"
ACTIVATE, AGAIN = "/accounts/2fa/totp/activate/", "/accounts/2fa/reauthenticate/"
HERE = {"sec-fetch-site": "same-origin"}


@second_factor_required()
def decide(request):
    """Answer with what was posted."""
    return HttpResponse(
        f"decided {sorted(request.POST.lists())}", content_type="text/plain; charset=utf-8"
    )


@second_factor_required(within=timedelta(minutes=1))
def unmask(request):
    return HttpResponse("unmasked")


urlpatterns = [path("decide/", decide), path("unmask/", unmask), *portal.urlpatterns]
handler403 = portal.handler403


@pytest.fixture
def officer():
    user = User.objects.create_user("officer", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=Role.OFFICER.value))
    return user


def begin(client, user, **more):
    return client.post(LOGIN, {"login": user.username, "password": PASSWORD} | more)


# At the door


def test_the_admins_own_sign_in_leads_to_the_portals(client, officer):
    first = client.get("/admin/eligibility/rule/")
    second = client.get(first.headers["Location"])
    posted = client.post(
        "/admin/login/?next=/admin/", {"username": "officer", "password": PASSWORD}
    )

    assert second.headers["Location"] == f"{LOGIN}?next=%2Fadmin%2Feligibility%2Frule%2F"
    assert posted.headers["Location"].startswith(LOGIN)
    assert client.get("/admin/").status_code == 302


def test_staff_without_second_factor_set_it_up_before_anything_else(client, officer):
    begin(client, officer)

    for where in ("/admin/", "/admin/jsi18n/", "/accounts/", "/decide/", "/help/"):
        response = client.get(where)
        assert response.headers["Location"].startswith(ACTIVATE), where
    assert client.post("/decide/").headers["Location"] == ACTIVATE
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_a_fresh_sign_in_sets_it_up_without_the_password_again(client, officer):
    begin(client, officer)
    page = client.get(ACTIVATE).content.decode()
    secret = client.session["mfa.totp.secret"]

    wrong = client.post(ACTIVATE, {"code": "000000"})
    done = client.post(ACTIVATE, {"code": current_code(secret)})
    codes = client.get(done.headers["Location"]).content.decode()
    once_more = client.get(done.headers["Location"]).content.decode()

    shown = re.findall(r"<li>(\d{8})</li>", codes)
    assert secret in page
    assert "data:image/svg+xml" in page
    assert wrong.status_code == 200
    assert len(shown) == 10
    assert not re.findall(r"<li>(\d{8})</li>", once_more)
    assert client.get("/admin/").status_code == 200


def test_the_code_that_set_it_up_does_not_sign_in_as_well(client, officer):
    begin(client, officer)
    client.get(ACTIVATE)
    code = current_code(client.session["mfa.totp.secret"])
    client.post(ACTIVATE, {"code": code})
    client.post("/accounts/logout/")

    begin(client, officer)
    response = client.post(CODE, {"code": code})

    assert response.status_code == 200
    assert client.get("/admin/").status_code == 302


def test_the_password_alone_opens_nothing(client, officer):
    give_second_factor(officer)

    response = begin(client, officer, next="/admin/")

    assert response.headers["Location"] == CODE
    assert client.get("/admin/").status_code == 302
    assert client.get("/accounts/").headers["Location"].startswith(LOGIN)
    assert client.get(ACTIVATE).status_code == 302


def test_password_and_code_open_the_admin(client, officer):
    give_second_factor(officer)

    begin(client, officer, next="/admin/eligibility/rule/")
    response = client.post(CODE, {"code": next_code(officer)})

    assert response.headers["Location"] == "/admin/eligibility/rule/"
    assert client.get("/admin/").status_code == 200


def test_a_session_from_before_the_second_factor_has_to_pass_it(client, officer):
    client.force_login(officer)
    give_second_factor(officer)

    response = client.get("/admin/")

    assert response.headers["Location"] == f"{AGAIN}?next=%2Fadmin%2F"
    client.post(AGAIN, {"code": next_code(officer), "next": "/admin/"})
    assert client.get("/admin/").status_code == 200


def test_a_code_is_good_once(officer):
    give_second_factor(officer)
    code = next_code(officer)
    one, two = Client(), Client()
    for client in (one, two):
        begin(client, officer)

    first = one.post(CODE, {"code": code})
    second = two.post(CODE, {"code": code})

    assert first.status_code == 302
    assert second.status_code == 200
    assert two.get("/admin/").status_code == 302


def test_an_earlier_code_is_not_good_after_a_later_one(client, officer):
    row = give_second_factor(officer)
    before = current_code(at=time.time() - 30)
    begin(client, officer)
    client.post(CODE, {"code": next_code(officer)})
    client.post("/accounts/logout/")

    begin(client, officer)
    response = client.post(CODE, {"code": before})

    row.refresh_from_db()
    assert response.status_code == 200
    assert row.data["last_counter"] > 0


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (30, True), (90, False)])
def test_a_clock_may_be_half_a_minute_off(client, officer, seconds, good):
    give_second_factor(officer)
    with time_machine.travel(1_800_000_015, tick=False):
        begin(client, officer)

        response = client.post(CODE, {"code": current_code(at=time.time() + seconds)})

    assert (response.status_code == 302) is good


def test_a_recovery_code_is_good_once(client, officer):
    begin(client, officer)
    client.get(ACTIVATE)
    done = client.post(ACTIVATE, {"code": current_code(client.session["mfa.totp.secret"])})
    page = client.get(done.headers["Location"]).content.decode()
    recovery = re.findall(r"<li>(\d{8})</li>", page)[3]
    client.post("/accounts/logout/")

    begin(client, officer)
    first = client.post(CODE, {"code": recovery})
    client.post("/accounts/logout/")
    begin(client, officer)
    second = client.post(CODE, {"code": recovery})

    assert first.status_code == 302
    assert second.status_code == 200


def test_codes_are_not_tried_out_even_from_many_sessions(officer, settings):
    settings.RATES = settings.RATES | {"codes_tried": "5/10m"}
    give_second_factor(officer)
    answers = []
    for number in range(7):
        client = Client()
        begin(client, officer)
        answers.append(client.post(CODE, {"code": f"{number:06}"}))

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) <= 600
    assert "password/reset" not in answers[-1].content.decode()


def test_staff_cannot_turn_it_off_but_an_administrator_lets_them_begin_anew(client, officer):
    sign_in_staff(client, officer)
    client.post("/accounts/2fa/totp/deactivate/")
    kept = Authenticator.objects.filter(user=officer).exists()
    admin = User.objects.create_superuser("admin")
    sign_in_staff(client, admin)

    client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "reset_second_factor", "_selected_action": [officer.pk, admin.pk]},
    )

    assert kept
    assert not Authenticator.objects.filter(user=officer).exists()
    assert Authenticator.objects.filter(user=admin).exists()


def test_the_admin_shows_no_secret(client):
    admin = User.objects.create_superuser("admin")
    sign_in_staff(client, admin)

    page = client.get("/admin/").content.decode()

    for app in ("mfa", "account", "socialaccount", "usersessions"):
        assert f"/admin/{app}/" not in page
    assert client.get("/admin/mfa/authenticator/").status_code == 404
    assert TOTP_SECRET not in page


def test_residents_choose_for_themselves(client):
    user = User.objects.create_user(
        "r-1", password=PASSWORD, phone="+8613800000001", phone_verified=True
    )
    client.post(LOGIN, {"login": user.phone, "password": PASSWORD})
    without = client.get("/accounts/").status_code
    client.get(ACTIVATE)
    client.post(ACTIVATE, {"code": current_code(client.session["mfa.totp.secret"])})
    client.post("/accounts/logout/")

    response = client.post(LOGIN, {"login": user.phone, "password": PASSWORD})

    assert without == 200
    assert response.headers["Location"] == CODE
    client.post(CODE, {"code": next_code(user)})
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/").status_code == 403


# Before something that matters


def test_what_matters_asks_for_a_recent_code_and_leads_back(client, officer):
    sign_in_staff(client, officer, seconds_ago=16 * 60)

    asked = client.get("/decide/?case=7")
    answered = client.post(AGAIN, {"code": next_code(officer), "next": "/decide/?case=7"})

    assert asked.headers["Location"] == f"{AGAIN}?next=%2Fdecide%2F%3Fcase%3D7"
    assert answered.headers["Location"] == "/decide/?case=7"
    assert client.get("/decide/?case=7").content == b"decided []"


def test_a_recent_code_is_not_asked_for_again(client, officer):
    sign_in_staff(client, officer, seconds_ago=14 * 60)

    assert client.get("/decide/").status_code == 200
    assert client.get("/unmask/").status_code == 302  # this one wants it from the last minute


def test_the_password_is_no_second_factor(client, officer):
    officer.set_password(PASSWORD)
    officer.save()
    sign_in_staff(client, officer, seconds_ago=16 * 60)

    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/decide/"})

    assert client.get("/decide/").status_code == 302


def test_what_was_typed_is_not_lost_on_the_way(client, officer):
    sign_in_staff(client, officer, seconds_ago=16 * 60)
    typed = {"reason": "租约\r\n「到期」 <b>&", "items": ["a", "b"], "reason_code": "lease"}
    typed["new_password"] = "x"

    asked = client.post("/decide/?case=7", typed)
    page = asked.content.decode()
    wrong = client.post("/decide/?case=7", typed | {"second_factor_code": "000000"})
    done = client.post("/decide/?case=7", typed | {"second_factor_code": next_code(officer)})

    assert asked.status_code == 200
    assert "decided" not in page + wrong.content.decode()
    assert 'action="/decide/?case=7"' in page
    assert "租约\r\n「到期」 &lt;b&gt;&amp;</textarea>" in page
    assert page.count('name="items"') == 2
    assert 'name="reason_code"' in page
    assert 'name="new_password"' not in page
    assert "error-summary" in wrong.content.decode()
    assert "租约" in wrong.content.decode()
    assert "decided" in done.content.decode()
    assert "「到期」" in done.content.decode()


def test_a_code_for_one_step_is_not_good_for_another_session(client, officer):
    sign_in_staff(client, officer, seconds_ago=16 * 60)
    other = sign_in_staff(Client(), officer, seconds_ago=16 * 60)
    code = next_code(officer)

    first = client.post("/decide/", {"second_factor_code": code})
    second = other.post("/decide/", {"second_factor_code": code})

    assert b"decided" in first.content
    assert b"decided" not in second.content


# Idle and expired


@pytest.mark.parametrize(("minutes", "works"), [(14, True), (16, False)])
def test_staff_are_signed_out_after_a_quarter_of_an_hour(client, officer, minutes, works):
    sign_in_staff(client, officer)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        response = client.get("/admin/")

    assert (response.status_code == 200) is works


def test_every_request_counts_as_use(client, officer):
    start = timezone.now()
    with time_machine.travel(start):
        sign_in_staff(client, officer)

    for minutes in (10, 20, 30):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get("/admin/").status_code == 200


def test_a_clock_that_jumps_back_signs_nobody_out(client, officer):
    sign_in_staff(client, officer)

    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        assert client.get("/admin/").status_code == 200


def test_residents_have_longer(client):
    user = User.objects.create_user(
        "r-1", password=PASSWORD, phone="+8613800000001", phone_verified=True
    )
    start = timezone.now()
    client.force_login(user)
    client.get("/accounts/")

    with time_machine.travel(start + timedelta(minutes=110)):
        assert client.get("/accounts/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=240)):
        page = client.get("/accounts/", follow=True).content.decode()

    assert "您离开了一会儿" in page


def test_what_was_typed_survives_the_end_of_the_session(client, officer):
    sign_in_staff(client, officer)
    admin_form = reverse("admin:password_change")

    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        response = client.post(admin_form, {"reason": "很长的理由"}, headers=HERE)

    page = response.content.decode()
    assert response.status_code == 403
    assert "很长的理由" in page
    assert f'action="{admin_form}"' in page
    assert "/accounts/login/?next=" in page
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_what_a_foreign_site_sends_is_not_carried_along(client, officer, site):
    response = client.post(
        reverse("admin:password_change"), {"reason": "planted"}, headers={"sec-fetch-site": site}
    )

    assert response.status_code == 302
    assert "planted" not in response.content.decode()


def test_a_form_with_a_stale_secret_can_be_sent_again(officer):
    client = Client(enforce_csrf_checks=True)
    sign_in_staff(client, officer)
    typed = {"reason": "很长的理由", "csrfmiddlewaretoken": "x" * 64}

    ours = client.post("/decide/", typed, headers=HERE)
    by_origin = client.post("/decide/", typed, headers={"origin": "http://testserver"})
    foreign = client.post("/decide/", typed, headers={"sec-fetch-site": "cross-site"})
    unknown = client.post("/decide/", typed)

    page = ours.content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[-1]
    again = client.post("/decide/", typed | {"csrfmiddlewaretoken": token}, headers=HERE)
    assert {r.status_code for r in (ours, by_origin, foreign, unknown)} == {403}
    assert "很长的理由" in page
    assert "很长的理由" in by_origin.content.decode()
    assert "很长的理由" not in foreign.content.decode() + unknown.content.decode()
    assert "x" * 64 not in page
    assert "decided" in again.content.decode()


def test_an_officer_who_is_no_longer_staff_is_out_of_the_admin_at_once(client, officer):
    sign_in_staff(client, officer)
    before = client.get("/admin/").status_code

    User.objects.filter(pk=officer.pk).update(is_staff=False)

    assert before == 200
    assert client.get("/admin/", follow=True).status_code == 403
