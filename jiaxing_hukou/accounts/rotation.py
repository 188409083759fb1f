"""Encrypts the secrets of the second factor anew after the key of the fields was changed."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from jiaxing_hukou import encryption

from .adapters import TOTP_COLUMN

SECRETS = ("secret", "seed")  # of an app, of recovery codes


def rotate_second_factors() -> int:
    """Write every secret anew that is not under the first key; return how many that were.

    The row is locked: beside the secret it holds which codes were used, and none may come back.
    """
    done = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True).iterator():
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            stale = {
                name: value
                for name, value in (row.data if row else {}).items()
                if name in SECRETS and not encryption.is_current(value)
            }
            if stale:
                row.data = row.data | {name: _anew(value) for name, value in stale.items()}
                row.save(update_fields=["data"])
                done += len(stale)
    return done


def _anew(stored: str) -> str:
    return encryption.encrypt(encryption.decrypt(stored, TOTP_COLUMN), TOTP_COLUMN)
