"""Text that only the portal can read in its own tables, and the hash by which it is found again.

A stored value is ``aes:KEY:BASE64``: the id of the key, then nonce, AES-256-GCM ciphertext and
tag. What is authenticated along with it is the name of the column, so that a value which is
moved to another column is refused. Nothing here puts a value into a message.
"""

import hmac
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import sha256
from os import urandom
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models

MARK = "aes"
NONCE_BYTES = 12  # what GCM is made for; drawn anew for every value


class DecryptionFailed(Exception):
    """A stored value cannot be read; the message names its column and says what to do."""


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def newest_key() -> str:
    """Return the id of the key that encrypts; the others only decrypt."""
    return settings.FIELD_KEYS[0][0]


def is_current(stored: str) -> bool:
    """Say whether a stored value needs no rotation: it is empty, or under the newest key."""
    return stored == "" or stored.startswith(f"{MARK}:{newest_key()}:")


def encrypt(text: str, column: str) -> str:
    """Return what is stored for ``text``; an empty text stays empty."""
    if text == "":
        return ""
    key_id, key = settings.FIELD_KEYS[0]
    nonce = urandom(NONCE_BYTES)
    sealed = nonce + _cipher(key).encrypt(nonce, text.encode(), column.encode())
    return f"{MARK}:{key_id}:{b64encode(sealed).decode()}"


def decrypt(stored: str, column: str) -> str:
    """Return the text of a stored value, or refuse it without quoting it."""
    if stored == "":
        return ""
    mark, _, rest = stored.partition(":")
    key_id, colon, coded = rest.partition(":")
    if mark != MARK or not colon:
        raise DecryptionFailed(f"{column}: the stored value is not encrypted; restore it.")
    key = dict(settings.FIELD_KEYS).get(key_id)
    if key is None:
        raise DecryptionFailed(
            f"{column}: encrypted with the key {key_id!r}, which JIAXING_FIELD_KEYS does not hold; "
            "add it after the first one."
        )
    try:
        sealed = b64decode(coded, validate=True)
        opened = _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], column.encode())
    except (InvalidTag, ValueError):
        raise DecryptionFailed(
            f"{column}: the key {key_id!r} does not open the stored value; either the value was "
            "changed or moved from another column, or it was written with another key of that id."
        ) from None
    return opened.decode()


def keyed_hash(value: str, purpose: str) -> str:
    """Return the HMAC-SHA-256 by which an encrypted value is found again (a blind index).

    Equal values with one purpose have one hash; a hash of one purpose says nothing about
    another's. Bring the value into its one form first: upper and lower case are two values.
    """
    return hmac.new(settings.HASH_KEY, f"{purpose}\0{value}".encode(), sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """A text that is stored encrypted. NULL stays NULL, and empty stays empty.

    It can be asked for NULL (``isnull``) and for nothing else: every write has another
    ciphertext. To find a row, keep a ``keyed_hash`` beside it and name both in the model's
    ``hashed_fields``: ``{"id_hash": ("id_number", "id_number")}``, that is the column of the
    hash, what is hashed (also over a relation: ``person__id_number``), and the purpose.

    The names of app, model and field are part of what is authenticated, so renaming one of them
    needs a migration that writes the values anew.
    """

    @property
    def bound_to(self) -> str:
        """Return the column's name, which is authenticated along with every value."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def db_check(self, connection: Any) -> str:
        """Let the database refuse plain text, which an expression in an update could bring."""
        column = connection.ops.quote_name(self.column)
        return f"{column} = '' OR substr({column}, 1, {len(MARK) + 1}) = '{MARK}:'"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Encrypt what is stored."""
        value = super().get_db_prep_save(value, connection)
        return encrypt(value, self.bound_to) if isinstance(value, str) else value

    def from_db_value(self, value: str | None, *_args: Any) -> str | None:
        """Decrypt what was stored."""
        return None if value is None else decrypt(value, self.bound_to)

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every question but the one for NULL; the answer would always be "none"."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else self._refuse()

    def get_transform(self, lookup_name: str) -> Any:
        """Refuse: a part of a ciphertext means nothing."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise FieldError(
            f"{self.bound_to} is encrypted: ask only whether it isnull, "
            "or look for the keyed_hash that is kept beside it."
        )

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Say at the start that an index over ciphertext keeps nothing unique."""
        found = super().check(**kwargs)
        if self.unique or self.db_index:
            found.append(
                checks.Error(
                    "An encrypted field can be neither unique nor indexed.",
                    hint="Keep its keyed_hash in a column of its own, and make that one unique.",
                    obj=self,
                    id="encryption.E001",
                )
            )
        return found

    def formfield(self, **kwargs: Any) -> Any:
        """Offer one line; what is encrypted is a number, a name or an address."""
        return super().formfield(**{"widget": forms.TextInput, **kwargs})
