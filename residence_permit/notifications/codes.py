"""Sends what cannot wait for the outbox: a code that is good for minutes, or not at all."""

import re
from uuid import uuid4

from residence_permit.notifications.channels import sms
from residence_permit.notifications.channels.base import Message, Sent

TEMPLATE = "account-code"
_CODE = re.compile(r"\b\d{4,8}\b")


class CodeNotSent(Exception):
    """The provider did not take it; the message is a code, and quotes nothing."""


def send(to: str, body: str) -> None:
    """Send a text message now, once; whoever waits for the code asks again if it fails."""
    code = _CODE.search(body)
    providers = sms.providers()
    chosen = sms.SmsChannel().preferred() or next(iter(providers), None)
    if chosen is None:
        raise CodeNotSent("no_provider")
    message = Message(
        key=uuid4(),
        to=to,
        template=TEMPLATE,
        language="zh",
        subject="",
        text=body,
        values={"code": code[0] if code else body},
        provider=chosen,
        tried_since=None,
    )
    outcome = sms.send_by(providers[chosen], message)
    if not isinstance(outcome, Sent):
        raise CodeNotSent(outcome.code)
