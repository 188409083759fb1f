"""What a channel is given and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Trouble(StrEnum):
    """Why something did not go out now; each kind has a ladder of its own."""

    UNREACHABLE = "unreachable"  # no line, no answer
    BUSY = "busy"  # too much at once, says the provider
    ACCOUNT = "account"  # our account, key, signature or credit: somebody must see to it
    BROKEN = "broken"  # something in us that nobody foresaw


class TemporaryFailure(Exception):
    """It did not go out now. ``reached`` is True unless it certainly was not accepted."""

    def __init__(self, trouble: Trouble, code: str, *, reached: bool):
        super().__init__(code)
        self.trouble, self.code, self.reached = trouble, code, reached


class PermanentFailure(Exception):
    """It can never go out like this: a number that does not exist, a template nobody knows."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Message:
    """One message, ready to go; it lives as long as the sending and is never logged."""

    key: UUID
    to: str
    template: str
    language: str
    subject: str
    text: str
    values: Mapping[str, str]
    provider: str  # who sends it, or has it perhaps already
    tried_since: datetime | None  # an earlier attempt may have been accepted, on this day or later


@dataclass(frozen=True)
class Sent:
    """It was accepted."""

    reference: str = ""


@dataclass(frozen=True)
class Retry:
    """It was not, this time."""

    trouble: Trouble
    code: str
    reached: bool


@dataclass(frozen=True)
class Dead:
    """It never will be."""

    code: str


@dataclass(frozen=True)
class Untried:
    """Nothing was done with it: no time left, or its provider rests."""


Outcome = Sent | Retry | Dead | Untried


class Channel(Protocol):
    """Sends slices of messages; opens no transaction and holds none."""

    slice_size: int  # what a lost worker may leave behind as sent and not recorded

    def preferred(self) -> str | None:
        """Return who sends what nobody has yet; None while everybody rests."""

    def addresses(self, user_ids: Sequence[int]) -> Mapping[int, str]:
        """Return where each can be reached; who cannot is left out."""

    def send(self, messages: Sequence[Message], in_time: Callable[[], bool]) -> Sequence[Outcome]:
        """Send them and say what became of each; begin nothing once ``in_time`` is False."""
