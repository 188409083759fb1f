"""Loads what the law asks and gives: records of the repository become rows that never change."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from jiaxing_hukou.audit.services import record
from residence_permit.legal_files import HeldProvision
from residence_permit.models import Provision


class ProvisionChanged(Exception):
    """A version that is in use was edited in its file; the message says what to do."""


@transaction.atomic
def load(*, held: Iterable[HeldProvision], now: datetime) -> Counter[str]:
    """Keep every version that is new and count ``loaded`` and ``unchanged``; all or none.

    Raises ProvisionChanged for a version that is held with another content.
    """
    known = {(row.code, row.version): row.content_hash for row in Provision.objects.all()}
    tally: Counter[str] = Counter()
    new = []
    for one in held:
        provision = one.provision
        content_hash = known.get((provision.code, provision.version))
        if content_hash == provision.content_hash:
            tally["unchanged"] += 1
            continue
        if content_hash is not None:
            raise ProvisionChanged(
                f"{one.at}: {provision.label} is in use with another content; leave it as it was "
                "and write a new version"
            )
        tally["loaded"] += 1
        new.append(
            Provision(
                code=provision.code,
                version=provision.version,
                kind=provision.kind,
                position=one.position,
                effective_from=provision.effective_from,
                effective_to=provision.effective_to,
                record=one.record,
                content_hash=provision.content_hash,
                loaded_at=now,
            )
        )
    Provision.objects.bulk_create(new)
    if new:
        record(
            actor_id=None,
            act="load_provisions",
            subject="provisions",
            purpose="law",
            now=now,
            details={"loaded": len(new)},
        )
    return tally
