"""Takes in one upload: what comes out is clean, small and what it says it is."""

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO, Protocol

from django.utils.translation import gettext as _

from .errors import EvidenceRefused
from .kinds import EXTENSIONS, recognise
from .limits import DEFAULT, Limits
from .names import safe_name

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
PIECE = 64 * 1024
# What a process of ours cleans at once: more uploads wait, so that a flood of them costs the
# memory of two and not of twenty.
AT_ONCE = 2
LONGEST_WAIT = 10
_places = BoundedSemaphore(AT_ONCE)


class Readable(Protocol):
    """An upload of Django, an open file, a BytesIO."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""


@dataclass(frozen=True)
class CleanFile:
    """A file that may be kept: bytes that we wrote ourselves, and what is known of them."""

    kind: str  # jpeg, png, pdf
    content: bytes
    sha256: str  # of the file as it was sent: the same file sent twice has the same
    size: int  # of the content
    pages: int
    width: int | None  # pixels; a PDF has none
    height: int | None
    shown_name: str


def take_in(stream: Readable, *, declared_name: str, limits: Limits = DEFAULT) -> CleanFile:
    """Read, recognise and clean an upload, or raise ``EvidenceRefused``.

    The type that the browser declared is not asked for, and the name is only shown.
    """
    sent = _read(stream, limits.max_bytes)
    kind = recognise(sent)
    content, facts = _cleaned(sent, kind, limits)
    shown = safe_name(declared_name, facts["kind"])
    return CleanFile(
        kind=facts["kind"],
        content=content,
        sha256=hashlib.sha256(sent).hexdigest(),
        size=len(content),
        pages=facts["pages"],
        width=facts["width"],
        height=facts["height"],
        shown_name=shown or _("Unnamed file") + EXTENSIONS[facts["kind"]],
    )


def _read(stream: Readable, limit: int) -> bytes:
    """Return all bytes of the stream; stop at the first one that is too many."""
    pieces = bytearray()
    while piece := stream.read(min(PIECE, limit + 1 - len(pieces))):
        pieces += piece
        if len(pieces) > limit:
            raise EvidenceRefused("too_large", limit=limit)
    if not pieces:
        raise EvidenceRefused("empty")
    return bytes(pieces)


def _cleaned(sent: bytes, kind: str, limits: Limits) -> tuple[bytes, dict]:
    """Have the file cleaned by a process of its own; return its bytes and facts."""
    if not _places.acquire(timeout=LONGEST_WAIT):
        raise EvidenceRefused("not_now")
    try:
        with _scratch(sent) as source, _scratch() as result:
            code = _run(kind, limits, source, result)
            result.seek(0)
            answer, content = result.readline(), result.read()
    except OSError as error:  # no process, no memory, no room for the scratch file
        logger.error("A file could not be cleaned: %s", error.strerror)
        raise EvidenceRefused("not_now") from error
    finally:
        _places.release()
    if code:
        raise _failure(code)
    told = json.loads(answer)
    if "refused" in told:
        raise EvidenceRefused(told["refused"], **told["params"])
    return content, told["facts"]


def _run(kind: str, limits: Limits, source: BinaryIO, result: BinaryIO) -> int:
    """Return how the process ended; one that takes too long is killed."""
    order = json.dumps({"kind": kind, "limits": asdict(limits)})
    try:
        done = subprocess.run(  # noqa: S603  our own module, and no word of the upload
            [sys.executable, "-s", "-m", f"{__package__}.workshop", order],
            cwd=ROOT,
            env={"LC_ALL": "C.UTF-8"},  # none of our secrets
            stdin=source,
            stdout=result,
            stderr=subprocess.DEVNULL,
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    return done.returncode


def _failure(code: int) -> EvidenceRefused:
    """Return what to tell about a process that ended without an answer."""
    logger.warning("Cleaning a file ended with %s", code)
    if code in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
        return EvidenceRefused("too_complex")
    if code < 0:  # a decoder crashed over it
        return EvidenceRefused("damaged")
    return EvidenceRefused("not_now")


@contextmanager
def _scratch(content: bytes = b"") -> Iterator[BinaryIO]:
    """Open a file without a name; in memory where the system can, so no disk sees it."""
    in_memory = hasattr(os, "memfd_create")
    with (
        open(os.memfd_create("evidence"), "w+b") if in_memory else tempfile.TemporaryFile()
    ) as opened:
        opened.write(content)
        opened.seek(0)
        yield opened
