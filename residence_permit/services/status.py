"""Where a case stands, for somebody without an account who has its number and one more thing."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from jiaxing_hukou.audit.services import record
from residence_permit import selectors
from residence_permit.choices import CaseStatus
from residence_permit.core.deadlines import Deadline
from residence_permit.models import PermitApplication
from residence_permit.references import is_well_formed, written

TAIL = 4  # characters of the ID number


@dataclass(frozen=True, kw_only=True)
class PublicStatus:
    """All that is told without an account: no name, no address, no reason."""

    case: PermitApplication
    deadline: Deadline | None


def look_up(*, reference: str, proof: str, now: datetime) -> PublicStatus | None:
    """Return where a case stands, or None: which of the two was wrong is not told.

    ``proof`` is the last four characters of the ID number, or the date of birth as eight digits.
    """
    typed = "".join(unicodedata.normalize("NFKC", proof).upper().split())
    case = _find(reference)
    # A case that does not exist is compared all the same: no answer comes faster than another.
    number, born = ("", "") if case is None else _identity(case)
    tail_fits = hmac.compare_digest(typed.encode(), number[-TAIL:].encode())
    day_fits = hmac.compare_digest(typed.encode(), born.encode())
    if case is None or not (tail_fits or day_fits):
        return None
    record(
        actor_id=None,
        act="status_without_account",
        subject=f"case:{case.pk}",
        purpose="status",
        now=now,
        person_id=case.person_id,
    )
    return PublicStatus(case=case, deadline=selectors.deadline(case))


def _find(reference: str) -> PermitApplication | None:
    if not is_well_formed(reference):
        return None
    rows = PermitApplication.objects.exclude(status=CaseStatus.DRAFT)
    return (
        rows.select_related("person", "station__parent")
        .filter(reference=written(reference))
        .first()
    )


def _identity(case: PermitApplication) -> tuple[str, str]:
    return case.person.id_number, f"{case.person.birth_date:%Y%m%d}"
