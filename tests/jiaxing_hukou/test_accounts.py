from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from jiaxing_hukou.accounts import demo, jurisdiction
from jiaxing_hukou.accounts.models import OutgoingMessage, Station, StationTownship, User
from jiaxing_hukou.accounts.phones import NotAPhone, masked, to_e164
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.accounts.tidying import forget_traces, forget_unfinished
from tests.accounts import next_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def stations():
    call_command("load_stations", stdout=StringIO())
    return {station.code: station for station in Station.objects.all()}


def member(name, station=None, **values):
    return User.objects.create_user(name, is_staff=True, station=station, **values)


# Accounts


def test_there_is_one_group_for_each_role():
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_the_user_is_our_own_and_shows_no_name():
    user = get_user_model().objects.create_user("wang", first_name="小明", phone="+8613800000001")

    assert isinstance(user, User)
    assert str(user) == f"user {user.pk}"


def test_a_role_is_membership_of_its_group():
    user = User.objects.create_user("wang")
    user.groups.add(Group.objects.get(name="officer"))

    assert user.has_role(Role.OFFICER)
    assert not user.has_role(Role.SUPERVISOR)


@pytest.mark.parametrize("blank", ["", None])
def test_many_accounts_may_have_no_phone_and_no_address(blank):
    for name in ("a", "b"):
        User.objects.create_user(name, phone=blank, email=blank)

    assert list(User.objects.values_list("phone", "email")) == [(None, ""), (None, "")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phone": "+8613800000001"}, {"phone": "+8613800000001"}),
        ({"email": "li@example.com"}, {"email": "LI@Example.com"}),
    ],
)
def test_a_phone_and_an_address_belong_to_one_account(one, other):
    User(username="a", **one).save()

    with pytest.raises(IntegrityError), transaction.atomic():
        User(username="b", **other).save()


def test_the_admin_refuses_a_number_in_another_form():
    user = User(username="a", password="!", phone="138 0000 0001")

    with pytest.raises(ValidationError, match=r"\+8613800000000"):
        user.full_clean()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800000001", "+8613800000001"),
        (" 138-0000-0001 ", "+8613800000001"),
        ("１３８０００００００１", "+8613800000001"),
        ("+86 138 0000 0001", "+8613800000001"),
        ("0086 13800000001", "+8613800000001"),
        ("+852 5123 4567", "+85251234567"),
        ("+886 912 345 678", "+886912345678"),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed, kept):
    assert to_e164(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "1380000000",
        "0573-82510000",  # a landline takes no text message
        "+1 202 555 0123",  # where messages cost the portal a fortune
        "+86 13800000001 ext. 5",
        "1" * 10_000,
        "13800000001\r\nTo: +1",
    ],
)
def test_what_is_no_mobile_number_of_here_is_refused(typed):
    with pytest.raises(NotAPhone):
        to_e164(typed)


def test_a_number_is_shown_masked():
    assert masked("+8613805730001") == "138****0001"
    assert masked("+85251234567") == "+852****4567"


# Offices


def test_every_township_has_one_station_under_its_county(stations):
    kinds = [station.kind for station in stations.values()]

    assert (kinds.count("city"), kinds.count("county"), kinds.count("station")) == (1, 7, 72)
    assert StationTownship.objects.count() == 72
    for row in StationTownship.objects.select_related("station__parent__parent"):
        assert row.township_code.startswith(row.station.parent.code)
        assert row.station.parent.parent.code == "3304"
    assert all("演示" in station.name_zh for station in stations.values())


def test_loading_offices_again_keeps_what_staff_entered(stations):
    Station.objects.filter(code="330402007").update(name_zh="南湖区某派出所", address="某路1号")

    call_command("load_stations", stdout=StringIO())

    kept = Station.objects.get(code="330402007")
    assert (kept.name_zh, kept.address) == ("南湖区某派出所", "某路1号")
    assert Station.objects.count() == 80


def test_the_city_alone_stands_on_top(stations):
    for kind, parent in (("county", None), ("station", None), ("city", stations["3304"])):
        with pytest.raises(IntegrityError), transaction.atomic():
            Station.objects.create(kind=kind, code="x", name_zh="x", name_en="x", parent=parent)
    with pytest.raises(IntegrityError), transaction.atomic():
        Station.objects.create(
            kind="village", code="x", name_zh="x", name_en="x", parent=stations["3304"]
        )


def test_an_office_reaches_itself_and_what_is_under_it(stations):
    station = member("a", stations["330402007"])
    county = member("b", stations["330402"])
    city = member("c", stations["3304"])

    assert jurisdiction.offices_within(station) == [stations["330402007"].pk]
    assert jurisdiction.township_codes(station) == ["330402007"]
    assert len(jurisdiction.offices_within(county)) == 14
    assert all(code.startswith("330402") for code in jurisdiction.township_codes(county))
    assert len(jurisdiction.township_codes(county)) == 13
    assert len(jurisdiction.offices_within(city)) == 80
    assert len(jurisdiction.township_codes(city)) == 72


def test_nobody_reaches_beside_or_above(stations):
    station = member("a", stations["330402007"])

    assert jurisdiction.holds(station, stations["330402007"].pk)
    for code in ("330402008", "330402", "3304", "330483100"):
        assert not jurisdiction.holds(station, stations[code].pk)
    assert not jurisdiction.holds(station, None)


def test_whoever_has_no_office_sees_nothing_even_a_superuser(stations):
    user = member("a", is_superuser=True)

    assert jurisdiction.offices_within(user) == []
    assert jurisdiction.township_codes(user) == []


def test_a_moved_or_disabled_officer_loses_the_reach_at_once(stations):
    held_in_hand = member("a", stations["330402007"])

    User.objects.filter(pk=held_in_hand.pk).update(station=stations["330402008"])
    moved = jurisdiction.offices_within(held_in_hand)
    User.objects.filter(pk=held_in_hand.pk).update(is_active=False)

    assert moved == [stations["330402008"].pk]
    assert jurisdiction.offices_within(held_in_hand) == []


def test_the_reach_is_one_query(stations, django_assert_num_queries):
    user = member("a", stations["3304"])

    with django_assert_num_queries(1):
        jurisdiction.offices_within(user)
    with django_assert_num_queries(1):
        jurisdiction.township_codes(user)


def test_a_township_leads_to_its_station(stations):
    assert jurisdiction.station_for("330483100") == stations["330483100"]
    assert jurisdiction.station_for("330199001") is None


# Demonstration


def test_demo_accounts_can_be_loaded_twice(capsys, client):
    call_command("load_demo_accounts")
    User.objects.filter(username="demo-officer").update(is_active=False, password="?")
    call_command("load_demo_accounts")

    officer = User.objects.get(username="demo-officer")
    login = {"login": "demo-officer", "password": demo.PASSWORD}
    assert User.objects.filter(is_demo=True).count() == len(demo.ACCOUNTS)
    assert client.post("/accounts/login/", login).headers["Location"].endswith("authenticate/")
    client.post("/accounts/2fa/authenticate/", {"code": next_code(officer)})
    assert client.get("/admin/").status_code == 200
    printed = capsys.readouterr().out
    assert "demo-officer" in printed
    assert demo.TOTP_SECRET in printed


def test_the_demo_offices_let_two_people_decide(stations):
    call_command("load_demo_accounts", stdout=StringIO())
    people = {user.username: user for user in User.objects.filter(is_demo=True)}
    offices = {name: set(jurisdiction.offices_within(user)) for name, user in people.items()}

    one, two = offices["demo-officer"], offices["demo-officer-3"]

    assert one == offices["demo-officer-2"] != two == offices["demo-officer-4"]
    for name in ("demo-supervisor", "demo-supervisor-2"):
        assert one | two < offices[name]
    assert not offices["demo-officer-elsewhere"] & offices["demo-supervisor"]
    assert not people["demo-resident"].is_staff
    assert not people["demo-reporter"].is_staff


def test_the_demo_code_is_the_one_that_lets_in(capsys, client):
    call_command("load_demo_accounts", stdout=StringIO())
    client.post("/accounts/login/", {"login": "demo-auditor", "password": demo.PASSWORD})

    call_command("demo_code", "demo-auditor")

    code = capsys.readouterr().out.strip()
    response = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert response.headers["Location"] == "/admin/"


@pytest.mark.parametrize("name", ["demo-resident", "nobody", "real-officer"])
def test_there_are_demo_codes_for_demo_staff_alone(name):
    call_command("load_demo_accounts", stdout=StringIO())
    member("real-officer")

    with pytest.raises(CommandError, match="no demonstration account"):
        call_command("demo_code", name)


def test_demo_accounts_are_refused_in_production(settings):
    settings.DEMO_ALLOWED = False

    with pytest.raises(CommandError, match="public passwords"):
        call_command("load_demo_accounts")
    with pytest.raises(CommandError, match="no demonstration accounts"):
        call_command("demo_code", "demo-officer")

    assert not User.objects.exists()


def test_the_secret_of_a_second_factor_is_not_readable_in_the_table():
    call_command("load_demo_accounts", stdout=StringIO())

    stored = Authenticator.objects.first().data["secret"]

    assert demo.TOTP_SECRET not in stored
    assert stored.startswith("aes:")


# Tidying


def test_what_was_begun_and_never_confirmed_goes_after_a_day():
    now = timezone.now()
    day_old = now - timedelta(hours=25)
    kept = {
        "confirmed": {"phone": "+8613800000001", "phone_verified": True},
        "staff": {"is_staff": True},
        "used": {"last_login": day_old},
        "young": {"date_joined": now},
    }
    for name, values in kept.items():
        User.objects.create_user(name, **{"date_joined": day_old} | values)
    User.objects.create_user("begun", date_joined=day_old, phone="+8613800000002")

    forgotten = forget_unfinished(now=now)

    assert forgotten == 1
    assert set(User.objects.values_list("username", flat=True)) == set(kept)


def test_traces_of_signing_in_do_not_stay(client):
    user = User.objects.create_user("a")
    client.force_login(user)
    UserSession.objects.create(user=user, ip="203.0.113.7", session_key="gone", user_agent="x")
    OutgoingMessage.objects.create(channel="sms", to="x", body="x", at=timezone.now())

    forget_traces(now=timezone.now() + timedelta(days=8))

    assert not UserSession.objects.exists()
    assert not OutgoingMessage.objects.exists()
    assert not Session.objects.exists()
