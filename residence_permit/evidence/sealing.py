"""Encrypts the bytes of a file for the disk, with the keys that encrypt fields.

A sealed file is one line (``evidence1 KEY``), a nonce, and AES-256-GCM ciphertext with its tag.
Authenticated along with it are that line and the name of the file, so that a file which is put
in another one's place is refused.
"""

import hmac
from hashlib import sha256
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .errors import EvidenceTampered

MARK = b"evidence1 "
NONCE_BYTES = 12


def newest_key() -> str:
    """Return the id of the key that seals; the others only open."""
    return settings.FIELD_KEYS[0][0]


def seal(content: bytes, name: str) -> bytes:
    """Return what is written to the disk."""
    key_id, key = settings.FIELD_KEYS[0]
    line = MARK + key_id.encode() + b"\n"
    nonce = urandom(NONCE_BYTES)
    return line + nonce + _cipher(key).encrypt(nonce, content, line + name.encode())


def key_of(sealed: bytes) -> str:
    """Return the id of the key that a file was sealed with."""
    line, end, _ = sealed[:200].partition(b"\n")
    if not end or not line.startswith(MARK):
        raise EvidenceTampered("The file is not one that the portal sealed.")
    return line.removeprefix(MARK).decode("ascii", "replace")


def unseal(sealed: bytes, name: str) -> bytes:
    """Return the content, or say why it cannot be opened."""
    key_id = key_of(sealed)
    key = dict(settings.FIELD_KEYS).get(key_id)
    if key is None:
        raise EvidenceTampered(
            f"Sealed with the key {key_id!r}, which JIAXING_FIELD_KEYS does not hold; "
            "add it after the first one."
        )
    line, _, body = sealed.partition(b"\n")
    authenticated = line + b"\n" + name.encode()
    try:
        return _cipher(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], authenticated)
    except (InvalidTag, ValueError):
        raise EvidenceTampered(
            f"The key {key_id!r} does not open the file; it was changed, or put in another's place."
        ) from None


def _cipher(key: bytes) -> AESGCM:
    """Return the cipher of a key derived for files; the key itself encrypts fields."""
    return AESGCM(hmac.digest(key, b"evidence files", sha256))
