import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role

pytestmark = pytest.mark.django_db


def test_there_is_one_group_for_each_role():
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_the_user_is_our_own_and_shows_no_name():
    user = get_user_model().objects.create_user("wang", first_name="小明")

    assert isinstance(user, User)
    assert str(user) == f"user {user.pk}"


def test_a_role_is_membership_of_its_group():
    user = User.objects.create_user("wang")
    user.groups.add(Group.objects.get(name="officer"))

    assert user.has_role(Role.OFFICER)
    assert not user.has_role(Role.SUPERVISOR)


def test_demo_accounts_can_be_loaded_twice(capsys, client):
    call_command("load_demo_accounts")
    User.objects.filter(username="demo-officer").update(is_active=False, password="?")
    call_command("load_demo_accounts")

    assert User.objects.filter(is_demo=True).count() == 6
    assert client.login(username="demo-officer", password="jiaxing-demo")
    assert client.get("/admin/").status_code == 200
    assert "demo-officer" in capsys.readouterr().out


def test_demo_accounts_are_refused_in_production(settings):
    settings.DEMO_ALLOWED = False

    with pytest.raises(CommandError, match="public passwords"):
        call_command("load_demo_accounts")

    assert not User.objects.exists()
