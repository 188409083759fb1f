"""Asking a provider over HTTP: what each way of failing says about whether it was heard."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from residence_permit.notifications.channels.base import TemporaryFailure, Trouble

ANSWER_BYTES = 64 * 1024  # no provider's answer is longer


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    data: Mapping[str, Any]


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float) -> Answer:
    """Post and return the answer; a connection of its own, so that no answer is another's.

    Raises TemporaryFailure; its ``reached`` is False only where no byte of ours was read.
    """
    parts = urlsplit(url)
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = made(parts.hostname, parts.port, timeout=timeout)
    try:
        try:
            line.connect()
        except OSError:
            raise TemporaryFailure(Trouble.UNREACHABLE, "no_line", reached=False) from None
        try:
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            line.request("POST", path, body, dict(headers))
            response = line.getresponse()
            content = response.read(ANSWER_BYTES)
        except TimeoutError:
            raise TemporaryFailure(Trouble.UNREACHABLE, "no_answer", reached=True) from None
        except (OSError, http.client.HTTPException):
            raise TemporaryFailure(Trouble.UNREACHABLE, "line_cut", reached=True) from None
    finally:
        line.close()
    return Answer(response.status, _object(content))


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
