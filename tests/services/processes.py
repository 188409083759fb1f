"""Starting and stopping programs that the tests need."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


class NotStartedError(RuntimeError):
    """A program ended, or did not answer in time; the message quotes what it said."""


def free_port() -> int:
    """Return a port that is free now; the server's password shows whose it is later."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(
    command: list[str], log: Path, *, stop_sign: int = signal.SIGTERM, **options
) -> subprocess.Popen:
    """Start a program in a session of its own, out of reach of Ctrl-C.

    Otherwise a server would go away while the tests are still tidying up. If the test
    run itself is killed, Linux stops the program with ``stop_sign``.
    """
    libc = ctypes.CDLL(None)

    def die_with_parent():
        libc.prctl(PR_SET_PDEATHSIG, stop_sign)

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent if hasattr(libc, "prctl") else None,
            **options,
        )


def wait_until(
    ready: Callable[[], bool],
    process: subprocess.Popen,
    log: Path,
    *,
    seconds: float = 30,
) -> None:
    """Wait for ``ready``; raise if the program ends first, or needs too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        said = log.read_text(errors="replace")[-2000:]
        if process.poll() is not None:
            raise NotStartedError(f"{process.args[0]} ended: {process.returncode}\n{said}")
        if time.monotonic() > deadline:
            raise NotStartedError(f"{process.args[0]}: not ready in {seconds} s\n{said}")
        time.sleep(0.05)


def stop(process: subprocess.Popen, sign: int = signal.SIGTERM) -> None:
    """Stop a program and everything that it started."""
    try:
        os.killpg(process.pid, sign)
        process.wait(timeout=20)
    except ProcessLookupError:
        pass
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def family(pid: int) -> set[int]:
    """Return a process and all that it started, and they, as far as they live."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it just ended
            continue
        if state != "Z":
            parents[int(stat.parent.name)] = int(parent)
    found = {pid} & parents.keys()
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def find_program(name: str, *folders: Path) -> Path | None:
    """Return the program from PATH or else from the first folder that has it."""
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    return next((f / name for f in folders if (f / name).is_file()), None)
