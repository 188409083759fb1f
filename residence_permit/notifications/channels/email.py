"""E-mail by SMTP. Mail knows no key; the Message-ID is the same on every attempt."""

import logging
import smtplib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from residence_permit.notifications import people
from residence_permit.notifications.channels import breaker
from residence_permit.notifications.channels.base import (
    Dead,
    Message,
    Outcome,
    Retry,
    Sent,
    Trouble,
    Untried,
)

logger = logging.getLogger(__name__)

SMTP = "smtp"


class EmailChannel:
    """One connection for a slice of messages, one message at a time."""

    slice_size = 20

    def preferred(self) -> str | None:
        """Return the mail server's name, unless it rests."""
        return None if breaker.rests(SMTP) else SMTP

    def addresses(self, user_ids: Sequence[int]) -> Mapping[int, str]:
        """Return the confirmed addresses."""
        return people.emails_of(user_ids)

    def send(self, messages: Sequence[Message], in_time: Callable[[], bool]) -> Sequence[Outcome]:
        """Send until time is up, or until the server fails: then it is not asked again."""
        outcomes: list[Outcome] = []
        connection = get_connection(timeout=settings.NOTICES["PROVIDER_TIMEOUT"])
        try:
            for message in messages:
                down = bool(outcomes) and isinstance(outcomes[-1], Retry)
                if down or not in_time():
                    break
                outcomes.append(_send(message, connection))
        finally:
            _close(connection)
        if outcomes and isinstance(outcomes[-1], Retry):
            breaker.failed(SMTP)
        elif outcomes:
            breaker.worked(SMTP)
        return [*outcomes, *[Untried()] * (len(messages) - len(outcomes))]


def _send(message: Message, connection) -> Outcome:
    _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMessage(
        subject=message.subject,
        body=message.text,
        to=[message.to],
        connection=connection,
        headers={
            "Message-ID": f"<{message.key}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError:
        return Retry(Trouble.ACCOUNT, "smtp_login", reached=False)
    except (smtplib.SMTPException, OSError):
        return Retry(Trouble.UNREACHABLE, "smtp_unreachable", reached=False)
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _text)] = error.recipients.values()
        return _refused(code)
    except smtplib.SMTPSenderRefused:
        return Retry(Trouble.ACCOUNT, "smtp_sender", reached=False)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code)
    except (smtplib.SMTPException, OSError):
        # The line broke in the middle: the server may have taken it.
        return Retry(Trouble.UNREACHABLE, "smtp_cut", reached=True)
    except Exception as error:  # a mistake of ours in one mail must not stop the others
        kind = type(error).__name__
        logger.error("notices.mail_broken", extra={"error": kind})
        return Retry(Trouble.BROKEN, kind[:60], reached=True)
    return Sent(str(message.key))


def _refused(code: int) -> Outcome:
    """Return what an SMTP reply means: 4yz "later", 5yz "never"."""
    if 500 <= code < 600:
        return Dead(f"smtp_{code}")
    return Retry(Trouble.BUSY, f"smtp_{code}", reached=False)


def _close(connection) -> None:
    with suppress(smtplib.SMTPException, OSError):  # it may be gone already
        connection.close()
