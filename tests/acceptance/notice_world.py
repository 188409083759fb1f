"""Workers, beats, a Redis and a provider of their own, and the ledger of what was owed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from residence_permit.models import Notice
from residence_permit.notifications import outbox
from tests.residence_permit.notifications.mailroom import owed, reachable
from tests.services.portal import ROOT, environment
from tests.services.processes import free_port, start, stop, wait_until
from tests.services.redis import Redis

DIRECT = build_opener(ProxyHandler({}))
RECOVERY_SECONDS = 60  # after any single fault


class NoticeWorld:
    """What sends notices, as separate processes on the database of the test."""

    def __init__(self, folder: Path):
        """Choose the addresses; ``start`` begins."""
        self.folder = folder
        self.redis = Redis(folder)
        self.processes: list[subprocess.Popen] = []
        self.owed: set[str] = set()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        server = os.environ["DATABASE_URL"].rpartition("/")[0]
        self.env = environment(
            folder,
            DJANGO_SETTINGS_MODULE="tests.acceptance.fault_settings",
            DATABASE_URL=f"{server}/{connection.settings_dict['NAME']}",
            REDIS_URL=self.redis.url,
            JIAXING_SMS_PROVIDERS="simulator",
            JIAXING_SMS_SIMULATOR_URL=self.url,
            JIAXING_NOTICE_SWEEP="1",
        )
        self.queue = Celery("owing")
        self.queue.config_from_object("django.conf:settings", namespace="CELERY")
        self.queue.conf.update(broker_url=self.redis.url, task_always_eager=False)

    def start(self) -> None:
        """Start the queue and the provider."""
        self.redis.start()
        module = "residence_permit.notifications.simulator"
        provider = self._start("provider", sys.executable, "-m", module, str(self.port))
        wait_until(self._provider_answers, provider, self.folder / "provider.log")
        self.user = reachable()

    def stop(self) -> None:
        """Stop whatever still runs."""
        self.queue.close()
        for process in self.processes:
            stop(process, signal.SIGKILL)
        self.redis.stop()

    # The parts --------------------------------------------------------------------------------

    def worker(self, *, failpoint: str = "", beat: bool = True) -> subprocess.Popen:
        """Start a worker, with a beat of its own; it dies where ``failpoint`` says."""
        name = f"worker-{len(self.processes)}"
        clock = ["--beat", "--schedule", str(self.folder / f"{name}.beat")] if beat else []
        return self._start(
            name,
            *(sys.executable, "-m", "celery", "-A", "jiaxing_hukou", "worker"),
            *("--pool", "solo", "--hostname", f"{name}@localhost", *clock),
            JIAXING_FAILPOINT=failpoint,
        )

    def kill_redis(self) -> None:
        """Kill the queue with all that it holds."""
        os.killpg(self.redis.process.pid, signal.SIGKILL)
        self.redis.process.wait()

    def restart_redis(self) -> None:
        """Start an empty queue at the same address."""
        shutil.rmtree(self.redis.folder)
        self.redis.start()

    def behave(self, mode: str, **how) -> None:
        """Tell the provider how to treat the next messages."""
        body = json.dumps({"mode": mode, **how}).encode()
        DIRECT.open(Request(f"{self.url}/behave", body), timeout=5).close()

    # The ledger -------------------------------------------------------------------------------

    def owe(self, number: int, *, told: int = 1) -> list[int]:
        """Let so many things happen, each heard of ``told`` times; return the text messages."""
        ids = set()
        for _ in range(number):
            cause = f"fault:{len(self.owed)}"
            for _ in range(told):
                owed(self.user, cause=cause, now=timezone.now())
            mine = Notice.objects.filter(cause=cause)
            mine.filter(channel="email", state="pending").update(state="cancelled")
            notice = mine.get(channel="sms")
            self.owed.add(str(notice.key))
            ids.add(notice.pk)
        return sorted(ids)

    def nudge(self, ids: Sequence[int], *, times: int = 1) -> None:
        """Hand the ids to the workers, as the portal does after its commit."""
        size = settings.NOTICES["BATCH"]
        for _ in range(times):
            for place in range(0, len(ids), size):
                self.queue.send_task(outbox.DELIVER, args=[list(ids[place : place + size])])

    def asked(self) -> dict[str, int]:
        """Return how often the provider was asked for each key."""
        return self._ledger()["asked"]

    def delivered(self) -> Counter[str]:
        """Return how often each key was delivered."""
        return Counter(message["key"] for message in self._ledger()["delivered"])

    def lost(self) -> set[str]:
        """Return what was owed and never delivered."""
        return self.owed - set(self.delivered())

    def doubled(self) -> set[str]:
        """Return what was delivered more than once."""
        return {key for key, times in self.delivered().items() if times > 1}

    def all_sent(self) -> bool:
        """Say whether the outbox calls everything sent."""
        waiting = Notice.objects.filter(channel="sms").exclude(state="sent")
        return not waiting.exists()

    def _ledger(self):
        with DIRECT.open(f"{self.url}/ledger", timeout=5) as answer:
            return json.load(answer)

    def _provider_answers(self) -> bool:
        try:
            self._ledger()
        except URLError:
            return False
        return True

    def _start(self, name: str, *command: str, **more: str) -> subprocess.Popen:
        log = self.folder / f"{name}.log"
        process = start(list(command), log, cwd=ROOT, env=self.env | more)
        self.processes.append(process)
        return process


def wait(ready: Callable[[], bool], *, seconds: float = RECOVERY_SECONDS) -> bool:
    """Wait for ``ready``; return whether it came."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
