"""Text messages that stay in the house: the embedded default shows them on a local page."""

from jiaxing_hukou.accounts.messages import keep_sms
from residence_permit.notifications.channels.base import Message


class LocalSms:
    """Writes each message where the local page finds it."""

    name = "local"
    parallel = 1  # it writes to the database, in the thread of the relay

    def send(self, message: Message) -> str:
        """Keep the message and return its key."""
        keep_sms(to=message.to, body=message.text)
        return str(message.key)
