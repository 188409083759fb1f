"""What the portal itself does to cases: carry out what was approved, close what nobody answered.

Every case is moved in a transaction of its own, so that one that fails holds up no other.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from residence_permit.choices import CaseStatus
from residence_permit.core.deadlines import day_of
from residence_permit.core.workflow import Action, WorkflowError
from residence_permit.models import PermitApplication
from residence_permit.services.transition import carry_out, move

logger = logging.getLogger(__name__)
AT_ONCE = 200  # cases of one sweep


def carry_out_approved(*, now: datetime, at_most: int = AT_ONCE) -> int:
    """Carry out what a crash left approved; return how many."""
    rows = PermitApplication.objects.filter(status=CaseStatus.APPROVED)
    return _each(_ids(rows, at_most), lambda pk: carry_out(pk, now=now))


def close_unanswered(*, now: datetime, at_most: int = AT_ONCE) -> int:
    """Close the cases whose applicant did not answer in time; return how many."""
    rows = PermitApplication.objects.filter(
        status=CaseStatus.CORRECTION_REQUESTED, queue_on__lt=day_of(now)
    )
    return _each(
        _ids(rows, at_most),
        lambda pk: move(Action.CLOSE, application_id=pk, actor=None, now=now),
    )


def _ids(rows, at_most: int) -> list[int]:
    return list(
        rows.order_by("queue_on", "status_since", "pk").values_list("pk", flat=True)[:at_most]
    )


def _each(ids: Iterable[int], act) -> int:
    """Do one thing to each case; what fails is logged by its id, and tried again next time."""
    done = 0
    for pk in ids:
        try:
            act(pk)
        except WorkflowError as error:
            logger.error("case not moved by the portal", extra={"case": pk, "code": error.code})
        else:
            done += 1
    return done
