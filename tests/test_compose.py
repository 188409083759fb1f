"""compose.yaml, as far as it can be tried without a container engine.

The commands of the services that are ours are started as processes, with their own
environment but the test run's PostgreSQL and Redis, until their health check passes.
"""

import os
import re
import shlex
import socket
import subprocess
import time
from contextlib import closing

import psycopg2
import pytest
import yaml

from tests.services.portal import PRODUCTION, ROOT, environment
from tests.services.processes import free_port, start, stop

OURS = ("web", "worker", "beat")
VALUES = {
    "JIAXING_SECRET_KEY": PRODUCTION["JIAXING_SECRET_KEY"],
    "JIAXING_FIELD_KEYS": PRODUCTION["JIAXING_FIELD_KEYS"],
    "JIAXING_HASH_KEY": PRODUCTION["JIAXING_HASH_KEY"],
    "JIAXING_ALLOWED_HOSTS": "hukou.example",
    "JIAXING_DATABASE_PASSWORD": "pass-word",
    "JIAXING_PROXY_COUNT": "1",
}


@pytest.fixture(scope="module")
def services():
    text = (ROOT / "compose.yaml").read_text()
    filled = re.sub(r"\$\{(\w+)[^}]*\}", lambda match: VALUES[match[1]], text)
    return yaml.safe_load(filled)["services"]


@pytest.fixture
def database_url():
    """Return the address of an empty database on the run's own server."""
    server = os.environ["DATABASE_URL"]
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS compose WITH (FORCE)")
            cursor.execute("CREATE DATABASE compose")
    return server.rpartition("/")[0] + "/compose"


def is_healthy(service: dict, env: dict, port: int) -> bool:
    kind, *words = service["healthcheck"]["test"]
    words = [word.replace("$$", "$").replace(":8000", f":{port}") for word in words]
    command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
    return (
        subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, timeout=60, check=False
        ).returncode
        == 0
    )


def test_every_service_has_a_health_check_and_waits_for_what_it_needs(services):
    assert set(services) == {*OURS, "postgres", "redis"}
    assert all("healthcheck" in service for service in services.values())
    for name in OURS:
        waits = services[name]["depends_on"].values()
        assert {each["condition"] for each in waits} == {"service_healthy"}
        env = services[name]["environment"]
        assert env["DATABASE_URL"] == "postgres://portal:pass-word@postgres:5432/portal"
        assert env["REDIS_URL"] == "redis://redis:6379/0"


@pytest.mark.postgresql
@pytest.mark.processes
def test_the_services_start_and_become_healthy(services, database_url, tmp_path):
    port = free_port()
    redis_url = os.environ["REDIS_URL"].rpartition("/")[0] + "/31"
    running = []
    try:
        for name in OURS:  # the order in which they wait for each other
            service = services[name]
            settings = {key: str(value) for key, value in service["environment"].items()}
            settings |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
            env = environment(tmp_path / "data", **settings)
            env["HOSTNAME"] = socket.gethostname()  # a container has it
            command = service["command"].replace("0.0.0.0:8000", f"127.0.0.1:{port}")
            log = tmp_path / name
            process = start(shlex.split(command), log, cwd=ROOT, env=env)
            running.append(process)

            deadline = time.monotonic() + 90
            while not is_healthy(service, env, port):
                said = log.read_text()[-2000:]
                assert process.poll() is None, f"{name} ended: {said}"
                assert time.monotonic() < deadline, f"{name} is not healthy: {said}"
                time.sleep(0.5)
    finally:
        for process in reversed(running):
            stop(process)
    assert [process.returncode for process in running] == [0, 0, 0]
