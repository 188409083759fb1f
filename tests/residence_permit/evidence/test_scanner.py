import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.test import override_settings

from residence_permit.evidence.scanner import ClamdScanner, NoScanner, Verdict, scanner
from tests.services.processes import free_port

from .files import EICAR

CLAMD = Path(__file__).with_name("clamd.py")
HONEST = b"a photo, as far as the scanner is concerned" * 5000


@pytest.fixture
def clamd():
    """Return ``clamd(manner, path=None)``, which starts a daemon and returns its address."""
    running = []

    def start(manner="scans", path=None):
        place = str(path or free_port())
        running.append(subprocess.Popen([sys.executable, str(CLAMD), place, manner]))
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if path:
                    with socket.socket(socket.AF_UNIX) as probe:
                        probe.connect(place)
                else:
                    socket.create_connection(("127.0.0.1", int(place))).close()
            except OSError:
                time.sleep(0.05)
            else:
                return f"unix://{place}" if path else f"tcp://127.0.0.1:{place}"
        raise AssertionError("the daemon did not start")

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_clean_file_is_clean(clamd):
    verdict = ClamdScanner(clamd()).scan(HONEST)

    assert verdict is Verdict.CLEAN
    assert verdict.may_be_shown


def test_the_test_virus_is_found(clamd):
    verdict = ClamdScanner(clamd()).scan(HONEST + EICAR)

    assert verdict is Verdict.INFECTED
    assert not verdict.may_be_shown


def test_a_unix_socket_does_as_well(clamd, tmp_path):
    daemon = ClamdScanner(clamd(path=tmp_path / "clamd.ctl"))

    assert [daemon.scan(EICAR), daemon.scan(HONEST)] == [Verdict.INFECTED, Verdict.CLEAN]


@pytest.mark.parametrize("manner", ["hangs", "trickles", "cuts", "refuses", "babbles"])
def test_a_scanner_that_fails_leaves_the_file_held_and_nobody_waiting(clamd, manner):
    daemon = ClamdScanner(clamd(manner), seconds=1)
    begun = time.monotonic()

    verdict = daemon.scan(HONEST)

    assert verdict is Verdict.UNAVAILABLE
    assert not verdict.may_be_shown
    assert time.monotonic() - begun < 5


def test_a_scanner_that_is_down_leaves_the_file_held(tmp_path):
    nobody = [f"tcp://127.0.0.1:{free_port()}", f"unix://{tmp_path}/nothing"]

    assert [ClamdScanner(a).scan(HONEST) for a in nobody] == [Verdict.UNAVAILABLE] * 2


def test_without_a_scanner_files_are_shown_and_called_not_scanned():
    with override_settings(CLAMD=""):
        verdict = scanner().scan(EICAR)

    assert verdict is Verdict.NOT_SCANNED
    assert verdict.may_be_shown
    assert isinstance(scanner(), NoScanner)


def test_the_settings_say_where_the_scanner_is(clamd):
    with override_settings(CLAMD=clamd()):
        verdict = scanner().scan(EICAR)

    assert verdict is Verdict.INFECTED
