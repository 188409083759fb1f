"""Text messages through one of several providers.

A message whose attempt ended unclear stays with the provider that may have it: another one would
send it a second time. Only what certainly was not accepted goes to the next in line.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from django.conf import settings

from residence_permit.notifications import people
from residence_permit.notifications.channels import breaker
from residence_permit.notifications.channels.aliyun import AliyunSms
from residence_permit.notifications.channels.base import (
    Dead,
    Message,
    Outcome,
    PermanentFailure,
    Retry,
    Sent,
    TemporaryFailure,
    Trouble,
    Untried,
)
from residence_permit.notifications.channels.local import LocalSms
from residence_permit.notifications.channels.simulated import SimulatedSms, SpareSms

logger = logging.getLogger(__name__)


class SmsProvider(Protocol):
    """Somebody who sends text messages."""

    name: str
    parallel: int  # how many at a time; 1 where a thread of its own would do harm

    def send(self, message: Message) -> str:
        """Send one and return the provider's reference; ``message.key`` makes it go out once.

        Raises TemporaryFailure or PermanentFailure, and answers within PROVIDER_TIMEOUT.
        """


KNOWN: dict[str, Callable[[], SmsProvider]] = {
    "aliyun": AliyunSms,
    "local": LocalSms,
    "simulator": SimulatedSms,
    "spare": SpareSms,
}


def providers() -> dict[str, SmsProvider]:
    """Return the providers that are set up, the preferred one first."""
    made = [KNOWN[name]() for name in settings.SMS_PROVIDERS]
    return {provider.name: provider for provider in made}


class SmsChannel:
    """Several messages at a time, each by the provider that its row names."""

    def __init__(self):
        """Read which providers there are."""
        self._providers = providers()
        self.slice_size = max((p.parallel for p in self._providers.values()), default=1)

    def preferred(self) -> str | None:
        """Return the first provider that does not rest."""
        return next((name for name in self._providers if not breaker.rests(name)), None)

    def addresses(self, user_ids: Sequence[int]) -> Mapping[int, str]:
        """Return the confirmed phone numbers."""
        return people.phones_of(user_ids)

    def send(self, messages: Sequence[Message], in_time: Callable[[], bool]) -> Sequence[Outcome]:
        """Send them side by side."""
        if not in_time():
            return [Untried()] * len(messages)
        resting = {name for name in self._providers if breaker.rests(name)}
        if len(messages) < 2 or all(p.parallel == 1 for p in self._providers.values()):
            return [self._one(message, resting) for message in messages]
        with ThreadPoolExecutor(max_workers=len(messages)) as threads:
            return list(threads.map(lambda message: self._one(message, resting), messages))

    def _one(self, message: Message, resting: set[str]) -> Outcome:
        if message.provider in resting:
            return Untried()
        provider = self._providers.get(message.provider)
        if provider is None:  # no longer set up; whether it took the message stays unknown
            return Retry(Trouble.ACCOUNT, "provider_gone", reached=False)
        outcome = send_by(provider, message)
        if isinstance(outcome, Retry):
            breaker.failed(provider.name)
        else:
            breaker.worked(provider.name)
        return outcome


def send_by(provider: SmsProvider, message: Message) -> Outcome:
    """Have one message sent, and put every ending into the words of the relay."""
    try:
        return Sent(provider.send(message))
    except TemporaryFailure as failure:
        return Retry(failure.trouble, failure.code, failure.reached)
    except PermanentFailure as failure:
        return Dead(failure.code)
    except Exception as error:  # a mistake of ours in one message must not stop the others
        # Without the traceback: it could quote the message.
        kind = type(error).__name__
        logger.error("notices.provider_broken", extra={"provider": provider.name, "error": kind})
        return Retry(Trouble.BROKEN, kind[:60], reached=True)
