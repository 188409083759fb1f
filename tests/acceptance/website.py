"""The portal's own web process on the run's servers: started, killed, started again."""

import os
import signal
import socket
import sys
import time
from base64 import b64encode
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.services.portal import ROOT, environment
from tests.services.processes import family, free_port, start, stop, wait_until

SETTINGS = "jiaxing_hukou.settings.dev"
FREE = "1000000/s"


class Website:
    """gunicorn with one worker, as ``make run`` starts it, on the database of the test."""

    def __init__(self, folder: Path):
        """Choose an address; the keys are those of the test, so that both read the same rows."""
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log, self.worker_log = folder / "web.log", folder / "worker.log"
        self.failpoint_file = folder / "failpoint"
        self.failpoint_file.write_text("")
        self.process = self.worker_process = None
        [(key_id, key)] = settings.FIELD_KEYS
        server = os.environ["DATABASE_URL"].rpartition("/")[0]
        self.env = environment(
            Path(os.environ["JIAXING_DATA_DIR"]),
            DJANGO_SETTINGS_MODULE=SETTINGS,
            DATABASE_URL=f"{server}/{connection.settings_dict['NAME']}",
            REDIS_URL=os.environ["REDIS_URL"],
            JIAXING_SECRET_KEY=settings.SECRET_KEY,
            JIAXING_FIELD_KEYS=f"{key_id}:{b64encode(key).decode()}",
            JIAXING_HASH_KEY=b64encode(settings.HASH_KEY).decode(),
            WEB_CONCURRENCY="1",
            FAILPOINT_FILE=str(self.failpoint_file),
            **{f"JIAXING_RATE_{name.upper()}": FREE for name in settings.RATES},
        )

    def start(self, **more: str) -> None:
        """Start it and wait until it answers."""
        self.process = start(
            [
                *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}"),
                *("--config", "python:tests.acceptance.gunicorn_kills"),
            ],
            self.log,
            cwd=ROOT,
            env=self.env | more,
        )
        wait_until(self.answers, self.process, self.log, seconds=60)

    def start_worker(self) -> None:
        """Start a worker, as ``make run`` does, and wait until it has begun."""
        log = self.worker_log
        self.worker_process = start(
            [
                *(sys.executable, "-m", "celery", "--app", "jiaxing_hukou", "worker"),
                *("--concurrency", "1", "--loglevel", "DEBUG"),
            ],
            log,
            cwd=ROOT,
            env=self.env,
        )
        wait_until(lambda: " ready." in log.read_text(), self.worker_process, log, seconds=60)

    def answers(self) -> bool:
        """Say whether somebody listens and answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return probe.recv(12).endswith(b" 200")
        except OSError:
            return False

    def worker(self) -> int:
        """Return the process that answers requests."""
        [pid] = family(self.process.pid) - {self.process.pid}
        return pid

    def arm(self, failpoint: str) -> int:
        """Have the next requests answered by a process that dies at a failpoint; return it.

        The one after it lives.
        """
        self.failpoint_file.write_text(failpoint)
        self.kill_worker(self.worker())
        self.failpoint_file.write_text("")
        return self.worker()

    def kill_worker(self, pid: int) -> None:
        """Kill the process that answers requests, and wait for the one after it."""
        os.kill(pid, signal.SIGKILL)
        self.wait_for_other(pid)

    def wait_for_other(self, pid: int) -> None:
        """Wait until another process answers than the one that died."""
        wait_until(
            lambda: family(self.process.pid) - {self.process.pid, pid} and self.answers(),
            self.process,
            self.log,
            seconds=60,
        )

    def kill_all(self) -> None:
        """Kill everything at once, as a power cut does."""
        for pid in family(self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while not _is_free(self.port):
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it."""
        for process in (self.process, self.worker_process):
            if process:
                stop(process)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
