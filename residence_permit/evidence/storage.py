"""Keeps files on the disk where no web server looks: private, encrypted, whole or not at all."""

import errno
import logging
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from .errors import EvidenceMissing, EvidenceRefused
from .sealing import key_of, newest_key, seal, unseal

logger = logging.getLogger(__name__)

NAME = re.compile(r"[0-9a-f]{40}")
UNFINISHED = ".part"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
YOUNG = timedelta(days=1)


class PrivateStorage:
    """A folder of sealed files with random names; nothing of a file or a person is in a name."""

    def __init__(self, folder: Path):
        """Keep the folder; it is made with the first file."""
        self.folder = folder

    def keep(self, content: bytes) -> str:
        """Write the content under a new name and return it; it is on the disk then.

        Call it before the row is written: a file without a row is swept away, a row without a
        file would be a lie.
        """
        name = secrets.token_hex(20)
        try:
            self._write(name, seal(content, name))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            logger.error("No room is left for evidence")
            raise EvidenceRefused("no_room") from error
        return name

    def open(self, name: str) -> bytes:
        """Return the content of a kept file."""
        return unseal(self._read(name), name)

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is fine."""
        self._path(name).unlink(missing_ok=True)

    def reseal(self, name: str) -> bool:
        """Seal a file with the newest key; return whether another one had sealed it."""
        sealed = self._read(name)
        if key_of(sealed) == newest_key():
            return False
        self._write(name, seal(unseal(sealed, name), name))
        return True

    def names(self) -> Iterator[str]:
        """Yield the name of every file."""
        return (path.name for path in self._files() if NAME.fullmatch(path.name))

    def orphans(self, known: Iterable[str], *, now: datetime) -> list[str]:
        """Return the files that no row names and that are older than a day.

        A younger one may belong to a transaction that has not ended yet. ``known`` has to hold
        every name that is in use: read it after nothing else, in one query.
        """
        before = (now - YOUNG).timestamp()
        in_use = set(known)
        return sorted(
            path.name
            for path in self._files()
            if NAME.fullmatch(path.name)
            and path.name not in in_use
            and path.stat().st_mtime < before
        )

    def sweep_unfinished(self, *, now: datetime) -> int:
        """Remove what a process that was killed while writing left; return how many."""
        before = (now - YOUNG).timestamp()
        left = [path for path in self._files() if path.name.endswith(UNFINISHED)]
        old = [path for path in left if path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _files(self) -> Iterator[Path]:
        return self.folder.glob("??/*")

    def _path(self, name: str) -> Path:
        """Return where a file lies; a name that we did not make leads nowhere."""
        if not NAME.fullmatch(name):
            raise EvidenceMissing("That is not a name of the storage.")
        return self.folder / name[:2] / name

    def _read(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise EvidenceMissing(f"The storage does not hold {name}.") from error

    def _write(self, name: str, sealed: bytes) -> None:
        """Write beside the place, bring it to the disk, and then rename: no half is ever seen."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # mkdir's mode is for the last folder only
        unfinished = path.with_name(f"{name}.{secrets.token_hex(4)}{UNFINISHED}")
        try:
            opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        _bring_to_disk(path.parent)


def _bring_to_disk(folder: Path) -> None:
    """Make the new name survive a power cut, as the bytes do."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def private_storage() -> PrivateStorage:
    """Return the storage of the settings: JIAXING_DATA_DIR/evidence."""
    return PrivateStorage(settings.EVIDENCE_DIR)


def open_evidence(name: str) -> bytes:
    """Return the content of a kept file."""
    return private_storage().open(name)


def delete_evidence(name: str) -> None:
    """Remove a kept file."""
    private_storage().delete(name)
