"""``make run`` as a newcomer sees it: an empty folder, one command, Ctrl-C."""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.services.portal import ROOT, environment, run
from tests.services.processes import family, free_port, start, stop, wait_until

pytestmark = pytest.mark.processes


@pytest.fixture
def env(tmp_path):
    return environment(
        tmp_path / "data",
        DJANGO_SETTINGS_MODULE="jiaxing_hukou.settings.dev",
        HOST="127.0.0.1",
        PORT=str(free_port()),
    )


def get(address: str) -> tuple[int, str]:
    try:
        with urlopen(address, timeout=10) as response:
            return response.status, response.headers["Content-Type"]
    except HTTPError as error:
        return error.code, error.headers["Content-Type"]


def assert_all_end(pids: set[int]) -> None:
    deadline = time.monotonic() + 5
    while still := {pid for pid in pids if family(pid)}:
        assert time.monotonic() < deadline, still
        time.sleep(0.1)


def test_one_command_serves_everything_and_ctrl_c_stops_it(env, tmp_path):
    setup = run("manage.py", "setup_demo", env=env)
    assert setup.returncode == 0, setup.stderr
    assert "demo-officer" in setup.stdout

    log = tmp_path / "log"
    command = [sys.executable, "-u", "-m", "jiaxing_hukou.serve"]
    served = start(command, log, cwd=ROOT, env=env)
    address = f"http://127.0.0.1:{env['PORT']}"
    try:
        wait_until(lambda: address in log.read_text(), served, log, seconds=60)

        assert get(f"{address}/readyz") == (200, "application/json")
        assert get(f"{address}/nowhere") == (404, "text/html; charset=utf-8")
        assert get(f"{address}/static/bootstrap/css/bootstrap.min.css")[0] == 200
        wait_until(  # a task of beat's was done by the worker
            lambda: run("-m", "jiaxing_hukou.heartbeat", env=env).returncode == 0,
            served,
            Path(env["JIAXING_DATA_DIR"]) / "logs" / "worker.log",
        )

        everybody = family(served.pid)
        assert len(everybody) >= 6  # ours, gunicorn and 2, the worker and 1, beat
        os.killpg(served.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        assert served.wait(timeout=30) == 0
        assert_all_end(everybody)
    finally:
        stop(served)


def test_when_one_part_ends_the_others_are_stopped_and_it_is_named(env, tmp_path):
    assert run("manage.py", "setup_demo", env=env).returncode == 0
    log = tmp_path / "log"
    command = [sys.executable, "-u", "-m", "jiaxing_hukou.serve"]
    served = start(command, log, cwd=ROOT, env=env)
    try:
        wait_until(lambda: "Ctrl-C" in log.read_text(), served, log, seconds=60)
        everybody = family(served.pid)
        beat = next(
            pid for pid in everybody if b"beat" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )

        os.kill(beat, signal.SIGKILL)

        assert served.wait(timeout=30) == 1
        assert "beat ended by itself" in log.read_text()
        assert_all_end(everybody)
    finally:
        stop(served)


def test_a_taken_port_is_said_in_one_line(env):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(env["PORT"])))
        other.listen()

        result = run("-m", "jiaxing_hukou.serve", env=env)

    assert result.returncode == 1
    assert result.stdout.startswith(f"Port {env['PORT']} is taken.")
    assert result.stderr == ""
