"""CPU time of a request on one server process, the portal beside a bare Django project.

Both run under gunicorn as the portal does (one process, threads) on one core; the client is
another process on another core. What is measured is the processor time that the server's process
used, from /proc, divided by the requests; rounds of all addresses alternate.

A form post is measured twice: on the embedded SQLite, and on PostgreSQL with Redis, as in
production; there the target is set. The databases' own processor time is not counted.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks import households, pages
from benchmarks.figures import Figure, number, save, table, targets
from tests.services.postgresql import PostgreSQL
from tests.services.redis import Redis

ROOT = households.ROOT
CONNECTIONS = 32
HIGH_RATES = {
    f"JIAXING_RATE_{name}": "100000000/m" for name in ("PAGES", "API", "BATCH", "RECEIPTS")
}
BARE, ECHO, CHECK = "bare view", "validated echo", "POST /eligibility/check"
QUESTION, RESULT = "question page", "result page"
POST, POST_COMMITTED = "form post (SQLite)", "form post (PostgreSQL)"


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and the process that does the work."""

    port: int
    worker: int

    def cpu_seconds(self) -> float:
        """Return the processor time that the worker has used."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """What is asked of which server."""

    name: str
    server: Server
    requests: list[dict[str, Any]]
    expected: int = 200


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cores() -> tuple[set[int], set[int]]:
    """Return the server's core and the client's; the same where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, {cores[-1]}


@contextmanager
def serving(application: str, log: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Serve an application with one process of gunicorn, as the portal is served."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--max-requests", "0"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", application],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(port, process, log)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        [worker] = [int(child) for child in children.split()]
        server, _ = _cores()
        for task in Path(f"/proc/{worker}/task").iterdir():
            os.sched_setaffinity(int(task.name), server)
        yield Server(port, worker)
    except RuntimeError as error:
        error.add_note(f"What {application} said last:\n{log.read_text()[-2000:]}")
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()
        except HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")


def portal_environment(data: Path, database: str = "", redis: str = "") -> dict[str, str]:
    """Return an environment with a database, an embedded one if none is named, the rules loaded."""
    data.mkdir()
    # Empty or not, what is set here also wins over a file .env.
    environment = dict(os.environ) | HIGH_RATES
    environment |= {
        "DATABASE_URL": database or f"sqlite:///{data / 'portal.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.dev",
        "JIAXING_DATA_DIR": str(data),
        "JIAXING_DEBUG": "off",
        "JIAXING_LOG_LEVEL": "INFO",
        "REDIS_URL": redis,
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "setup_demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The portal could not be set up:\n{done.stderr[-2000:]}")
    return environment


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Accept-Language": "zh-CN"}
    return {"method": "POST", "path": path, "headers": headers, "body": json.dumps(body)}


def _page_targets(portal: Server) -> list[Target]:
    """Return the portal's pages, found by filling in its forms."""
    found = pages.discover(portal.port)
    headers = found.visitor.headers
    print(f"  The check asked {found.answered} questions.")
    return [
        Target(QUESTION, portal, [{"method": "GET", "path": found.question, "headers": headers}]),
        Target(RESULT, portal, [{"method": "GET", "path": found.result, "headers": headers}]),
        _form_post(POST, portal, found),
    ]


def _form_post(name: str, portal: Server, found: pages.Found) -> Target:
    headers = found.visitor.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    sent = {"method": "POST", "path": found.question, "headers": headers}
    return Target(name, portal, [sent | {"body": urlencode(found.post)}], expected=302)


@contextmanager
def _in_production(folder: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a portal on a PostgreSQL and a Redis of its own."""
    place = folder / "services"
    place.mkdir()
    for passed in (folder, place):  # PostgreSQL refuses root, and its own user has to come here
        passed.chmod(0o711)
    with ExitStack() as stack:
        urls = []
        for service in (PostgreSQL(place), Redis(place)):
            stack.callback(service.stop)
            service.start()
            urls.append(service.url)
        yield portal_environment(folder / "production", *urls)


def ask(target: Target, count: int) -> tuple[float, dict[str, Any]]:
    """Send requests; return the server's milliseconds of CPU a request, and what came back."""
    _, client = _cores()
    job = {
        "port": target.server.port,
        "connections": min(CONNECTIONS, count),
        "count": count,
        "requests": target.requests,
    }
    before = target.server.cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"],
        cwd=ROOT,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, client),
    )
    used = target.server.cpu_seconds() - before
    told = json.loads(done.stdout)
    if set(told["statuses"]) != {str(target.expected)}:
        raise RuntimeError(f"{target.name} answers {told['statuses']}, not {target.expected}")
    return used / count * 1000, told


def measure(asked: list[Target], *, smoke: bool) -> dict[str, dict[str, float]]:
    """Ask all targets in turn, round after round; medians over the rounds."""
    rounds, enough = (1, 0.03) if smoke else (7, 0.5)  # seconds of CPU in a round
    counts = {}
    for target in asked:
        cpu, _ = ask(target, 50 if smoke else 300)  # also warms up
        counts[target.name] = max(30, min(3000, int(enough * 1000 / max(cpu, 0.1))))
    taken: dict[str, list[tuple[float, dict[str, Any]]]] = {t.name: [] for t in asked}
    for turn in range(rounds):
        for target in asked if turn % 2 == 0 else reversed(asked):
            taken[target.name].append(ask(target, counts[target.name]))
    return {
        name: {
            "cpu_ms": median(cpu for cpu, _ in results),
            "requests_a_second": median(counts[name] / told["seconds"] for _, told in results),
            "median_ms": median(told["median_ms"] for _, told in results),
            "p95_ms": median(told["p95_ms"] for _, told in results),
        }
        for name, results in taken.items()
    }


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure, print, save."""
    if not Path("/proc/self/stat").exists() or not hasattr(os, "sched_setaffinity"):
        print("\nWeb: not measured; the processor time is read from Linux's /proc.")
        return []
    print("\nWeb: one gunicorn process each, 32 connections; setting up the portal ...", flush=True)
    work = households.export(folder / "web.json", 20 if smoke else 500)
    bodies = [{"as_of": work["day"], "facts": case["facts"]} for case in work["incomplete"]]
    environment = portal_environment(folder / "portal")
    plain = dict(os.environ)
    with (
        serving("benchmarks.reference_site.wsgi", folder / "reference.log", plain) as reference,
        serving("jiaxing_hukou.wsgi", folder / "portal.log", environment) as portal,
        _in_production(folder) as committing,
        serving("jiaxing_hukou.wsgi", folder / "production.log", committing) as production,
    ):
        asked = [
            Target(BARE, reference, [{"method": "GET", "path": "/"}]),
            Target(ECHO, reference, [_post("/api/echo", body) for body in bodies]),
            Target(CHECK, portal, [_post("/api/v1/eligibility/check", b) for b in bodies]),
        ]
        try:
            asked += _page_targets(portal)
            asked.append(_form_post(POST_COMMITTED, production, pages.discover(production.port)))
        except LookupError as error:
            print(f"  The pages are not measured: {error}.")
        times = measure(asked, smoke=smoke)
    bare, echo = times[BARE]["cpu_ms"] or 1e-9, times[ECHO]["cpu_ms"] or 1e-9
    table(
        "CPU on the server (rate limits high, counted as configured; households of 75 % known)",
        ("address", "CPU ms", "x bare", "x echo", "requests/s", "median ms", "p95 ms"),
        [
            (
                name,
                *(number(of["cpu_ms"]), number(of["cpu_ms"] / bare)),
                *(number(of["cpu_ms"] / echo), number(of["requests_a_second"])),
                *(number(of["median_ms"]), number(of["p95_ms"])),
            )
            for name, of in times.items()
        ],
    )
    figures = [
        Figure(
            name=f"{CHECK} / {ECHO}",
            value=times[CHECK]["cpu_ms"] / echo,
            unit="x",
            at_most=2.5,
        )
    ]
    for name, bound in ((QUESTION, 5), (RESULT, 5), (POST_COMMITTED, 5), (POST, None)):
        if name in times:
            value = times[name]["cpu_ms"] / bare
            figures.append(Figure(name=f"{name} / {BARE}", value=value, unit="x", at_most=bound))
    targets("Web, against the targets", figures)
    save("web", {"smoke": smoke, "connections": CONNECTIONS, "cpu": times}, figures)
    return figures
