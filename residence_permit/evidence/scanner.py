"""Asks a malware scanner about a file.

clamd is spoken to in its own protocol, which is a dozen lines; the client libraries are GPL or
were left alone years ago (docs/adr/0013-evidence-files.md).
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

logger = logging.getLogger(__name__)

PIECE = 64 * 1024
LONGEST_ANSWER = 4096


class Verdict(StrEnum):
    """What is known of a file."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNAVAILABLE = "unavailable"  # held, not shown, until a later scan
    NOT_SCANNED = "not_scanned"  # there is no scanner; shown, and said so

    @property
    def may_be_shown(self) -> bool:
        """Return whether anybody may open the file now."""
        return self in (Verdict.CLEAN, Verdict.NOT_SCANNED)


class Scanner(Protocol):
    """Anything that can judge the bytes of a file."""

    def scan(self, content: bytes) -> Verdict:
        """Judge; never raise because the scanner is away."""


class NoScanner:
    """Where no scanner is configured."""

    def scan(self, content: bytes) -> Verdict:
        """Say that nobody looked."""
        return Verdict.NOT_SCANNED


class ClamdScanner:
    """ClamAV's daemon, at ``tcp://host:port`` or ``unix:///path``."""

    def __init__(self, address: str, *, seconds: float = 20):
        """Keep the address, and how long one file may take altogether."""
        self.address = urlsplit(address)
        self.seconds = seconds

    def scan(self, content: bytes) -> Verdict:
        """Send the bytes (INSTREAM) and read the verdict."""
        try:
            with self._connection() as (connection, until):
                answer = self._ask(connection, content, until)
        except (OSError, ValueError) as error:  # every time-out; a port that is none
            logger.warning("The malware scanner does not answer: %s", type(error).__name__)
            return Verdict.UNAVAILABLE
        if answer == "stream: OK":
            return Verdict.CLEAN
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return Verdict.INFECTED
        logger.warning("The malware scanner gave no verdict: %.80r", answer)
        return Verdict.UNAVAILABLE

    @contextmanager
    def _connection(self) -> Iterator[tuple[socket.socket, float]]:
        """Open a connection; give it with the moment by which everything has to be done."""
        until = monotonic() + self.seconds
        if self.address.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self.seconds)
        else:
            target = (self.address.hostname, self.address.port)
            connection = socket.create_connection(target, timeout=self.seconds)
        with connection:
            if self.address.scheme == "unix":
                connection.connect(self.address.path)
            yield connection, until

    def _ask(self, connection: socket.socket, content: bytes, until: float) -> str:
        """Return clamd's answer; after the last piece comes one of length 0."""
        try:
            _send(connection, b"zINSTREAM\0", until)
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                _send(connection, len(piece).to_bytes(4, "big") + piece, until)
            _send(connection, bytes(4), until)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have said why before it hung up: a file over its limit
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            connection.settimeout(_left(until))
            piece = connection.recv(LONGEST_ANSWER)
            if not piece:
                break
            answer += piece
        if not answer.endswith(b"\0"):
            raise ConnectionError("the answer was cut off")
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _send(connection: socket.socket, piece: bytes, until: float) -> None:
    connection.settimeout(_left(until))
    connection.sendall(piece)


def _left(until: float) -> float:
    """Return the seconds that are left, so that a trickle does not take for ever."""
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def scanner() -> Scanner:
    """Return the scanner of the settings (JIAXING_CLAMD)."""
    return ClamdScanner(settings.CLAMD) if settings.CLAMD else NoScanner()
