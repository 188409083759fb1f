"""A worker that is killed at any step of the relay loses nothing and doubles nothing."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from django.db import connection
from django.utils import timezone

from residence_permit.models import Notice
from residence_permit.notifications import delivery
from residence_permit.notifications.simulator import Simulator
from tests.residence_permit.notifications.mailroom import owed_sms
from tests.services.portal import ROOT, environment, run

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

RELAY = """
import django
django.setup()
from django.utils import timezone
from residence_permit.notifications import delivery
delivery.deliver_due("sms", now=timezone.now(), seconds=20)
"""
DIRECT = build_opener(ProxyHandler({}))


def _database_url() -> str:
    given = connection.settings_dict
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def _worker(tmp_path, simulator: Simulator, failpoint: str = ""):
    return run(
        "-c",
        RELAY,
        env=environment(
            tmp_path,
            DJANGO_SETTINGS_MODULE="jiaxing_hukou.settings.test",
            DATABASE_URL=_database_url(),
            JIAXING_SMS_PROVIDERS="simulator",
            JIAXING_SMS_SIMULATOR_URL=simulator.url,
            JIAXING_FAILPOINT=failpoint,
        ),
    )


def _let_the_leases_end():
    """Jump over the lease, by moving what it says into the past."""
    past = timezone.now() - timedelta(seconds=1)
    Notice.objects.filter(state="claimed").update(due_at=past)


@pytest.mark.parametrize(
    ("failpoint", "delivered_before"),
    [("notice.claimed", 0), ("notice.sent", 8), ("notice.recorded", 8)],
)
def test_a_worker_is_killed_and_the_next_one_finishes(
    tmp_path, simulator, failpoint, delivered_before
):
    ids = [owed_sms(now=timezone.now()).pk for _ in range(20)]

    killed = _worker(tmp_path, simulator, failpoint)
    before = len(simulator.ledger.delivered)
    _let_the_leases_end()
    for _ in range(20):  # lapsed ones are taken alone from the second time on
        _let_the_leases_end()
        delivery.deliver_due("sms", now=timezone.now(), seconds=20)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert before == delivered_before
    assert len(simulator.ledger.delivered) == 20
    assert set(Notice.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"sent"}


def test_the_simulator_runs_as_a_process_and_does_what_it_is_told(tmp_path):
    ledger = tmp_path / "ledger"
    process = subprocess.Popen(
        [sys.executable, "-m", "residence_permit.notifications.simulator", "0", str(ledger)],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = process.stdout.readline().strip()

        def post(path, **data):
            return DIRECT.open(Request(url + path, json.dumps(data).encode()), timeout=5)

        post("/behave", mode="twice", times=1).close()
        for _ in range(2):
            post("/send", key="k", phone="+8613812345678", text="x").close()
        with DIRECT.open(f"{url}/ledger", timeout=5) as answer:
            seen = json.load(answer)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

    assert url.startswith("http://127.0.0.1:")
    assert (len(seen["delivered"]), seen["asked"]) == (1, {"k": 2})
    assert [json.loads(line)["key"] for line in ledger.read_text().splitlines()] == ["k"]
