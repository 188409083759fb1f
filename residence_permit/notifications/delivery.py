"""The relay: claim a batch with a lease and commit, send it, record what became of it.

Nothing is locked and no transaction is open while a provider is asked. What a lost worker held
comes due again when its lease ends, and goes out with the same key. A row only goes forward:
whoever records must still hold the lease.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When

from residence_permit.failpoints import failpoint
from residence_permit.models import Notice
from residence_permit.notifications import ladder, outbox, people, wording
from residence_permit.notifications.channels import OUTSIDE, channel
from residence_permit.notifications.channels.base import (
    Channel,
    Dead,
    Message,
    Outcome,
    Retry,
    Sent,
    Trouble,
    Untried,
)
from residence_permit.notifications.clock import Clock

logger = logging.getLogger(__name__)

State = Notice.State
OPEN = (State.PENDING, State.FAILED_TEMPORARILY, State.CLAIMED)
MARGIN_SECONDS = 5  # of a lease, for recording what was sent
GAVE_UP = "crashes"  # the failure of what took too many workers with it


def deliver(ids: Sequence[int], *, now: datetime) -> Counter[str]:
    """Send these notices, as far as they are due and nobody else has them; safe to run twice."""
    clock, done = Clock(now), Counter()
    for name in OUTSIDE:
        done += _batch(name, channel(name), clock, ids=ids)
    return done


def deliver_due(name: str, *, now: datetime, seconds: float) -> Counter[str]:
    """Send what is due on one channel, batch by batch, for so many seconds at most."""
    clock, done = Clock(now), Counter()
    way = channel(name)
    # First what no worker has died of; then the rest, so that a poisonous one delays no other.
    for lapsed in (False, True):
        while clock.seconds() < seconds:
            batch = _batch(name, way, clock, lapsed=lapsed)
            done += batch
            if not batch["claimed"] or batch["untried"]:
                break
    return done


def park_poison(*, now: datetime) -> int:
    """Put aside what took worker after worker with it; return how many."""
    poison = Notice.objects.filter(
        state=State.CLAIMED, due_at__lte=now, crashes__gte=settings.NOTICES["CRASHES"]
    )
    parked = 0
    with transaction.atomic(durable=True):
        locked = poison.select_for_update(skip_locked=True, of=("self",))
        for notice in locked.select_related("application__station", "application__holder"):
            parked += _end(notice, now, state=State.FAILED, failure=GAVE_UP)
    return parked


def waiting(name: str, *, now: datetime, at_most: int) -> int:
    """Count what is due on a channel, up to a limit."""
    due = Notice.objects.filter(channel=name, state__in=OPEN, due_at__lte=now)
    return due.values("pk")[:at_most].count()


# Claiming ----------------------------------------------------------------------------------


def claim(
    name: str,
    provider: str,
    *,
    now: datetime,
    ids: Sequence[int] | None = None,
    lapsed: bool = False,
) -> list[Notice]:
    """Take what is due for ``LEASE`` seconds and commit; what is taken is ours alone.

    ``lapsed`` takes what a worker was lost with: all at once the first time, and alone from
    then on, so that the one that kills workers does not take its neighbours along.
    """
    due = Notice.objects.filter(channel=name, due_at__lte=now)
    if ids is not None:
        due = due.filter(pk__in=ids)
    lease, limit = uuid4(), settings.NOTICES["BATCH"]
    with transaction.atomic(durable=True):  # committed before anything is sent
        if lapsed:
            due = due.filter(state=State.CLAIMED)
            found = _lock(due.filter(crashes=0), limit)
            again = due.filter(crashes__gt=0, crashes__lt=settings.NOTICES["CRASHES"])
            found = found or _lock(again, 1)
        else:
            due = due.filter(state__in=(State.PENDING, State.FAILED_TEMPORARILY))
            found = _lock(due, limit)
        if not found:
            return []
        due.filter(pk__in=found).update(
            state=State.CLAIMED,
            lease=lease,
            due_at=now + timedelta(seconds=settings.NOTICES["LEASE"]),
            crashes=F("crashes") + (1 if lapsed else 0),
            # Named before it is asked: if we die, this is who may have the message.
            provider=Case(
                When(provider="", then=Value(provider)),
                default=F("provider"),
                output_field=CharField(),
            ),
        )
    taken = Notice.objects.filter(pk__in=found, lease=lease)
    return list(taken.select_related("application__station").order_by("pk"))


def _lock(rows: QuerySet[Notice], limit: int) -> list[int]:
    """Lock what nobody else has; SQLite has one writer at a time, and needs no lock."""
    free = rows.order_by("due_at").select_for_update(skip_locked=True)
    return list(free.values_list("pk", flat=True)[:limit])


# Sending -----------------------------------------------------------------------------------


def _batch(
    name: str,
    way: Channel,
    clock: Clock,
    *,
    ids: Sequence[int] | None = None,
    lapsed: bool = False,
) -> Counter[str]:
    """Claim one batch and send it slice by slice; give back what the lease leaves no time for."""
    provider = way.preferred()
    if provider is None:
        return Counter()
    notices = claim(name, provider, now=clock.now(), ids=ids, lapsed=lapsed)
    if not notices:
        return Counter()
    failpoint("notice.claimed")
    done = Counter(claimed=len(notices))
    limits = settings.NOTICES
    last_start = clock.seconds() + limits["LEASE"] - limits["PROVIDER_TIMEOUT"] - MARGIN_SECONDS
    rest: list[tuple[Notice, Outcome]] = []
    for part in _slices(_messages(notices, way), way.slice_size):
        ready = [(notice, made) for notice, made in part if isinstance(made, Message)]
        outcomes: list[tuple[Notice, Outcome]] = [
            (notice, made) for notice, made in part if not isinstance(made, Message)
        ]
        sent = way.send([made for _, made in ready], lambda: clock.seconds() < last_start)
        outcomes += zip([notice for notice, _ in ready], sent, strict=True)
        failpoint("notice.sent")
        rest += [pair for pair in outcomes if isinstance(pair[1], Untried)]
        done += record(
            [pair for pair in outcomes if not isinstance(pair[1], Untried)], now=clock.now()
        )
        failpoint("notice.recorded")
    if rest:
        _give_back([notice for notice, _ in rest], now=clock.now())
        done["untried"] = len(rest)
    logger.info("notices.batch", extra={"channel": name, **done})
    return done


def _slices(
    pairs: Iterable[tuple[Notice, Message | Outcome]], size: int
) -> Iterator[list[tuple[Notice, Message | Outcome]]]:
    part = []
    for pair in pairs:
        part.append(pair)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _messages(
    notices: Sequence[Notice], way: Channel
) -> Iterator[tuple[Notice, Message | Outcome]]:
    """Put each into words; what cannot be sent at all says so instead."""
    users = {notice.recipient_id for notice in notices}
    addresses, wishes = way.addresses(list(users)), people.wishes_of(users)
    for notice in notices:
        yield notice, _message(notice, addresses, wishes)


def _message(notice: Notice, addresses: Mapping[int, str], wishes: Mapping) -> Message | Outcome:
    to = addresses.get(notice.recipient_id)
    if to is None:
        return Dead("no_address")
    wish = wishes.get(notice.recipient_id)
    language = wish.language if wish else wording.CHINESE
    try:
        words = wording.compose(notice, language)
    except Exception as error:  # one bad row must not stop the others of its batch
        kind = type(error).__name__
        logger.error("notices.no_words", extra={"notice": notice.pk, "error": kind})
        return Retry(Trouble.BROKEN, kind[:60], reached=False)
    is_mail = notice.channel == Notice.Channel.EMAIL
    return Message(
        key=notice.key,
        to=to,
        template=notice.template,
        language=language,
        subject=words.subject,
        text="\n\n".join(words.body) if is_mail else words.sms,
        values=words.values,
        provider=notice.provider,
        tried_since=notice.created_at if notice.attempts or notice.crashes else None,
    )


# Recording ---------------------------------------------------------------------------------


def record(outcomes: Sequence[tuple[Notice, Outcome]], *, now: datetime) -> Counter[str]:
    """Write what became of each, in one transaction, as far as the lease is still ours."""
    done: Counter[str] = Counter()
    sent: dict[UUID | None, dict[int, str]] = {}  # references, by lease and notice
    with transaction.atomic(durable=True):
        for notice, outcome in outcomes:
            match outcome:
                case Sent(reference=reference):
                    sent.setdefault(notice.lease, {})[notice.pk] = reference
                case Retry():
                    done[_retry(notice, outcome, now)] += 1
                case Dead(code=code):
                    _end(notice, now, state=State.FAILED, failure=code)
                    done["failed"] += 1
        for lease, references in sent.items():
            ours = Q(pk__in=references, lease=lease)
            done["sent"] += Notice.objects.filter(ours).update(
                state=State.SENT,
                sent_at=now,
                lease=None,
                attempts=F("attempts") + 1,
                # All of a slice in one statement: one for each would be most of the work.
                provider_reference=Case(
                    *(When(pk=pk, then=Value(given)) for pk, given in references.items()),
                    output_field=CharField(),
                ),
                failure="",
            )
    return done


def _retry(notice: Notice, outcome: Retry, now: datetime) -> str:
    due_at = ladder.next_try(outcome.trouble, notice.attempts + 1, notice.key, now)
    if due_at is None:
        _end(notice, now, state=State.FAILED, failure=outcome.code)
        return "failed"
    ours = Notice.objects.filter(pk=notice.pk, lease=notice.lease)
    ours.update(
        state=State.FAILED_TEMPORARILY,
        lease=None,
        due_at=due_at,
        attempts=F("attempts") + 1,
        provider=notice.provider if outcome.reached else "",
        failure=outcome.code,
    )
    return "retried"


def _end(notice: Notice, now: datetime, *, state: str, failure: str) -> int:
    """Bury a notice; if the law requires it, somebody has to tell the person otherwise."""
    ours = Notice.objects.filter(pk=notice.pk, lease=notice.lease)
    ended = ours.update(state=state, lease=None, failure=failure, attempts=F("attempts") + 1)
    if ended:
        logger.warning("notices.dead", extra={"notice": notice.pk, "failure": failure})
        tell_desk(notice, now=now)
    return ended


def tell_desk(notice: Notice, *, now: datetime) -> None:
    """Owe the desk of the case a notice that a required one did not arrive; once for a cause."""
    case = notice.application
    if notice.statutory and case is not None:
        outbox.owe(
            cause=f"undelivered:{notice.cause}",
            template="desk-undeliverable",
            recipients=people.desk_of(case),
            application=case,
            now=now,
        )


def _give_back(notices: Sequence[Notice], *, now: datetime) -> None:
    """Return what was not tried; it comes due when the provider has rested."""
    mine = Notice.objects.filter(pk__in=[notice.pk for notice in notices], lease=notices[0].lease)
    mine.update(
        state=Case(
            When(attempts=0, then=Value(State.PENDING.value)),
            default=Value(State.FAILED_TEMPORARILY.value),
            output_field=CharField(),
        ),
        lease=None,
        due_at=now + timedelta(seconds=settings.NOTICES["SWEEP"]),
    )
