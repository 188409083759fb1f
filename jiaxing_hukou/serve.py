"""Runs the web server, a worker and beat, and stops all three together.

``make run`` ends here. What they say is in the folder ``var/logs``.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from jiaxing_hukou.settings.env import DATA_DIR

BIN = Path(sys.executable).parent
START_SECONDS = 60
STOP_SECONDS = 15


def commands(host: str, port: int) -> dict[str, list[str]]:
    """Return what is run, by name."""
    celery = [str(BIN / "celery"), "--app", "jiaxing_hukou"]
    return {
        "web": [str(BIN / "gunicorn"), "--workers", "2", "--bind", f"{host}:{port}"],
        "worker": [*celery, "worker", "--concurrency", "1", "--loglevel", "INFO"],
        "beat": [*celery, "beat", "--loglevel", "INFO"],
    }


def serve(host: str, port: int) -> int:
    """Run everything until it is told to stop, or until one part ends by itself."""
    if _is_taken(host, port):
        print(f"Port {port} is taken. Choose another one: make run PORT={port + 1}")
        return 1
    logs = DATA_DIR / "logs"
    logs.mkdir(exist_ok=True)
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: sys.exit(0))

    processes: dict[str, subprocess.Popen] = {}
    try:
        for name, command in commands(host, port).items():
            with (logs / f"{name}.log").open("w") as log:
                # In a group of its own: Ctrl-C reaches only us, and we stop each
                # part once. Told twice, a worker drops what it has in hand.
                processes[name] = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)
        address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"
        if _is_ready(address, processes):
            _welcome(address, logs)
        while all(process.poll() is None for process in processes.values()):
            time.sleep(0.5)
        [ended, *_] = [n for n, p in processes.items() if p.poll() is not None]
        print(f"{ended} ended by itself; the last it said ({logs / ended}.log):")
        print("\n".join((logs / f"{ended}.log").read_text().splitlines()[-15:]))
        return 1
    finally:
        _stop(processes)


def _is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _is_ready(address: str, processes: dict) -> bool:
    """Wait until the portal says that it can work; False if a part ends before."""
    direct = build_opener(ProxyHandler({}))  # a proxy does not know our address
    deadline = time.monotonic() + START_SECONDS
    while all(process.poll() is None for process in processes.values()):
        try:
            direct.open(f"{address}readyz", timeout=5).close()
        except OSError as error:
            if time.monotonic() > deadline:
                print(f"The portal is not ready after {START_SECONDS} seconds: {error}")
                return True
            time.sleep(0.2)
        else:
            return True
    return False


def _welcome(address: str, logs: Path) -> None:
    print(
        f"""
The portal is at {address}
  may I settle here? .... {address}
  officers and rules .... {address}admin/  (logins above)
  for programs .......... {address}api/v1/docs
Logs are in {logs}. Ctrl-C stops everything.""",
        flush=True,
    )


def _stop(processes: dict) -> None:
    # A second Ctrl-C must not interrupt the tidying up.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    print("Stopping ...", flush=True)
    for process in processes.values():
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes.values():
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    sys.exit(serve(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))))
