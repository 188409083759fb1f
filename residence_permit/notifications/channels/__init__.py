"""How a notice leaves the house: one channel each for e-mail and for text messages.

What stands in the portal needs no channel: its row is the message.
"""

from residence_permit.models import Notice
from residence_permit.notifications.channels.base import Channel
from residence_permit.notifications.channels.email import EmailChannel
from residence_permit.notifications.channels.sms import SmsChannel

_CHANNELS = {Notice.Channel.EMAIL.value: EmailChannel, Notice.Channel.SMS.value: SmsChannel}
OUTSIDE = tuple(_CHANNELS)


def channel(name: str) -> Channel:
    """Return the channel, as the settings of this moment say."""
    return _CHANNELS[name]()
