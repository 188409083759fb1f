import json

import pytest

from tests.services.portal import PRODUCTION, environment, run

ASK = """
import json, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
ready = client.get("/readyz", headers={"host": "10.0.0.7:8000"})
print(json.dumps({
    "alive": client.get("/healthz").status_code,
    "status": ready.status_code,
    "body": ready.json(),
}))
"""


def ask(tmp_path, **settings):
    result = run("-c", ASK, env=environment(tmp_path, **settings))
    assert result.returncode == 0, result.stderr
    assert "pass-word" not in result.stdout
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.django_db
def test_ready_when_everything_answers(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": {
            "database": "ok",
            "migrations": "ok",
            "cache": "ok",
            "broker": "ok",
        },
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert "session" not in response.headers.get("Vary", "")


def test_alive_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_not_ready_while_database_and_redis_are_away(tmp_path):
    answer = ask(tmp_path, **PRODUCTION)

    assert answer["alive"] == 200
    assert answer["status"] == 503
    assert answer["body"]["status"] == "down"
    assert set(answer["body"]["parts"].values()) == {"down"}


def test_not_ready_before_migrating(tmp_path):
    answer = ask(tmp_path, DJANGO_SETTINGS_MODULE="jiaxing_hukou.settings.dev")

    assert answer["status"] == 503
    assert answer["body"]["parts"] == {
        "database": "ok",
        "migrations": "down",
        "cache": "down",  # its table is not there either
        "broker": "ok",
    }


def test_a_queue_folder_that_vanished_is_named(client, db, settings, tmp_path):
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "x")}

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["parts"]["broker"] == "down"
