"""The provisions that are loaded: the permit's conditions, and what its holders get."""

from collections.abc import Iterable
from datetime import date

from residence_permit.core.provisions import KINDS, PERMIT, Provision, in_force, read_provision
from residence_permit.models import Provision as ProvisionRow

# A row never changes, so what was read once stays read; named by its hash.
_read: dict[str, Provision] = {}


def provisions(kinds: Iterable[str] = KINDS) -> tuple[Provision, ...]:
    """Return every version that is held of some kinds, in the order of the records. One query."""
    rows = ProvisionRow.objects.filter(kind__in=tuple(kinds)).order_by("position", "pk")
    hashes = list(rows.values_list("content_hash", flat=True))
    missing = [content_hash for content_hash in hashes if content_hash not in _read]
    if missing:
        for row in ProvisionRow.objects.filter(content_hash__in=missing):
            _read[row.content_hash] = read_provision(row.record)
    return tuple(_read[content_hash] for content_hash in hashes)


def permit_provisions(day: date) -> tuple[Provision, ...]:
    """Return the conditions of the permit that are in force on a day."""
    return in_force(provisions((PERMIT,)), day, kinds=(PERMIT,))
