"""Seals the evidence anew after the key was changed."""

from contextlib import suppress

from jiaxing_hukou.encryption import DecryptionFailed

from .errors import EvidenceMissing, EvidenceTampered
from .storage import private_storage


def reseal_evidence() -> int:
    """Seal every file anew that is not under the first key; return how many that were."""
    storage, done = private_storage(), 0
    for name in storage.names():
        try:
            with suppress(EvidenceMissing):  # deleted meanwhile
                done += storage.reseal(name)
        except EvidenceTampered as error:
            raise DecryptionFailed(f"evidence {name}: {error}") from error
    return done
