"""Writes what is encrypted anew with the first key, or the hashes anew with the hash key."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import ExpressionWrapper, F, Model, QuerySet, TextField, Value
from django.utils import timezone
from django.utils.module_loading import import_string

from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import (
    MARK,
    DecryptionFailed,
    EncryptedTextField,
    decrypt,
    encrypt,
    keyed_hash,
    newest_key,
)

CHUNK = 200


class Command(BaseCommand):
    """Re-encrypt every value that is not under the first key of JIAXING_FIELD_KEYS.

    May run while the portal is in use, be stopped at any time, and be run again; once it says 0,
    the older keys can be taken away. With --hash, recompute the hashes by which encrypted values
    are found, after JIAXING_HASH_KEY was changed; nobody may use the portal meanwhile.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which of the two keys was changed."""
        parser.add_argument("--hash", action="store_true", help="the hashes, not the values")

    def handle(self, **options: Any) -> None:
        """Do one table after the other and say how much was done."""
        total = 0
        try:
            for what, done in _hashes() if options["hash"] else _values():
                total += done
                if done:
                    self.stdout.write(f"{what}: {done}")
        except DecryptionFailed as error:
            raise CommandError(f"{error} What was done so far stays done.") from error
        what = "hashes" if options["hash"] else f"values written anew with the key {newest_key()}"
        record(
            actor_id=None,
            act="rotate_keys",
            subject="keys",
            purpose="key_rotation",
            details={"hashes": options["hash"], "values": total},
            now=timezone.now(),
        )
        self.stdout.write(f"{total} {what}.")


def _values() -> Iterator[tuple[str, int]]:
    """Yield what was encrypted anew: the tables, then what else the keys encrypt."""
    for model in _models():
        yield model._meta.label_lower, sum(_encrypt_again(model))
    for path in settings.ALSO_ROTATED:
        yield path.rpartition(".")[2], import_string(path)()


def _hashes() -> Iterator[tuple[str, int]]:
    """Yield which tables' hashes were computed anew."""
    for model in _models():
        yield model._meta.label_lower, sum(_hash_again(model))


def _models() -> list[type[Model]]:
    return [m for m in apps.get_models() if m._meta.managed and not m._meta.proxy]


def _encrypt_again(model: type[Model]) -> Iterator[int]:
    """Yield how many values of each chunk were written anew, field by field."""
    for field in model._meta.local_concrete_fields:
        if isinstance(field, EncryptedTextField):
            stale = _stored(model, field).exclude(stored="")
            stale = stale.exclude(stored__startswith=f"{MARK}:{newest_key()}:")
            for chunk in _chunks(stale.filter(stored__isnull=False), "stored"):
                yield sum(_replace(model, field, row) for row in chunk)


def _stored(model: type[Model], field: EncryptedTextField) -> QuerySet:
    """Return the rows with the value of a field as it is stored."""
    stored = ExpressionWrapper(F(field.attname), output_field=TextField())
    return model._base_manager.annotate(stored=stored)


def _replace(model: type[Model], field: EncryptedTextField, row: tuple[Any, str]) -> int:
    """Write one value anew unless somebody wrote it meanwhile; return how many were written.

    The condition and the write are one statement and one transaction: a live write is never
    undone, and nobody who locks several rows waits for one who holds several.
    """
    pk, stored = row
    anew = encrypt(decrypt(stored, field.bound_to), field.bound_to)
    same = _stored(model, field).filter(pk=pk, stored=stored)
    return same.update(**{field.attname: Value(anew, output_field=TextField())})


def _hash_again(model: type[Model]) -> Iterator[int]:
    """Yield how many hashes of each chunk were written anew."""
    for column, (source, purpose) in getattr(model, "hashed_fields", {}).items():
        rows = model._base_manager.exclude(**{f"{source}__isnull": True})
        for chunk in _chunks(rows, source, column):
            changed = 0
            for pk, value, old in chunk:
                anew = keyed_hash(value, purpose)
                if value and anew != old:
                    changed += model._base_manager.filter(pk=pk).update(**{column: anew})
            yield changed


def _chunks(rows: QuerySet, *names: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield pk and values by pk, a few at a time."""
    rows = rows.order_by("pk").values_list("pk", *names)
    chunk = list(rows[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1][0])[:CHUNK])
