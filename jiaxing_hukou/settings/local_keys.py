"""Makes the keys of a computer on a desk: once, in a file that only its owner reads.

Web, worker and beat start at the same time and have to agree, so the file is made under a lock.
"""

import fcntl
import os
import secrets
from base64 import b64encode
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_or_make(path: Path) -> tuple[str, str]:
    """Return the texts of JIAXING_FIELD_KEYS and JIAXING_HASH_KEY kept in ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().split()
        if not lines:
            lines = [f"local:{_new_key()}", _new_key()]
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    if len(lines) != 2:
        raise ImproperlyConfigured(
            f"{path} should hold two lines, the field keys and the hash key. Restore it: without "
            "them, what is encrypted in the database cannot be read."
        )
    return lines[0], lines[1]


def _new_key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()
