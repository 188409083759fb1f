"""Text messages to the simulator: a provider that honours the idempotency key."""

import json

from django.conf import settings

from residence_permit.notifications.channels.base import (
    Message,
    PermanentFailure,
    TemporaryFailure,
    Trouble,
)
from residence_permit.notifications.channels.http import post


class SimulatedSms:
    """The client of ``residence_permit.notifications.simulator``."""

    name = "simulator"
    parallel = 8

    def send(self, message: Message) -> str:
        """Send one message and return the simulator's reference."""
        answer = post(
            f"{settings.SMS_SIMULATOR_URL}/send",
            json.dumps(
                {
                    "key": str(message.key),
                    "phone": message.to,
                    "template": message.template,
                    "text": message.text,
                }
            ).encode(),
            {"Content-Type": "application/json"},
            timeout=settings.NOTICES["PROVIDER_TIMEOUT"],
        )
        if answer.status == 200 and answer.data.get("key") == str(message.key):
            return str(answer.data["reference"])
        if answer.status == 429:
            raise TemporaryFailure(Trouble.BUSY, "http_429", reached=False)
        if answer.status == 422:
            raise PermanentFailure("refused")
        # An error, or an answer to something else: what became of ours is not known.
        raise TemporaryFailure(Trouble.UNREACHABLE, f"http_{answer.status}", reached=True)


class SpareSms(SimulatedSms):
    """A second provider, to try what happens when the first one fails."""

    name = "spare"
