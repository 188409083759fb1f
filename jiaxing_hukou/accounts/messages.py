"""Text messages and e-mail of the sign-in: who sends them, and where they stay when nobody does.

``settings.SMS_PROVIDER`` names a function ``send(to, body)``; it raises whatever goes wrong. On
the embedded default both channels end in a table, which a local page shows and production lacks.
"""

import logging

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string

from .models import OutgoingMessage

logger = logging.getLogger(__name__)


class MessageNotSent(Exception):
    """The provider did not take the message; nothing in it says to whom it was."""


def sms_possible() -> bool:
    """Say whether text messages can be sent at all."""
    return bool(settings.SMS_PROVIDER)


def send_sms(to: str, body: str) -> None:
    """Send a text message now."""
    if not sms_possible():
        raise MessageNotSent("No provider of text messages is set (JIAXING_SMS_PROVIDER).")
    try:
        import_string(settings.SMS_PROVIDER)(to=to, body=body)
    except Exception as error:
        # A provider's error may quote the number, so only its kind is passed on.
        logger.error("text message failed", extra={"kind": type(error).__name__})
        raise MessageNotSent("The provider did not take the text message.") from None


def send_sms_template(name: str, to: str, context: dict) -> None:
    """Send the text message of a template of ``account/sms/``."""
    body = render_to_string(f"account/sms/{name}.txt", context)
    send_sms(to, " ".join(body.split()))


def keep_sms(*, to: str, body: str) -> None:
    """Keep a text message in the local outbox; a provider that sends nothing."""
    _keep(OutgoingMessage.Channel.SMS, to, "", body)


class LocalOutbox(BaseEmailBackend):
    """An e-mail backend that keeps what it is given in the local outbox."""

    def send_messages(self, email_messages) -> int:
        """Keep the messages, one row for each recipient."""
        kept = 0
        for message in email_messages or ():
            for to in message.recipients():
                _keep(OutgoingMessage.Channel.EMAIL, to, message.subject, message.body)
                kept += 1
        return kept


def _keep(channel: str, to: str, subject: str, body: str) -> None:
    if not settings.DEMO_ALLOWED:
        raise MessageNotSent("The local outbox is for demonstration; it holds codes in clear.")
    OutgoingMessage.objects.create(
        channel=channel, to=to[:254], subject=subject[:200], body=body, at=timezone.now()
    )
