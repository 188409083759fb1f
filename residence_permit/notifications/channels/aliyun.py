"""Text messages by Alibaba Cloud (dysmsapi 2017-05-25), signed by hand: no SDK, no dependency.

The service knows no idempotency key. Each message carries ours as its OutId, and before one goes
out that an earlier attempt may have sent, the service is asked what it sent to that number.
Source: the public reference of SendSms and QuerySendDetails, and of signature V3 (ACS3).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from residence_permit.notifications.channels.base import (
    Message,
    PermanentFailure,
    TemporaryFailure,
    Trouble,
)
from residence_permit.notifications.channels.http import Answer, post

VERSION = "2017-05-25"
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS_ASKED_FOR = 3  # the ladder is not longer
PAGE = 50  # details a page, the most there are

# What their codes mean to us; any other code is met as a fault of the service.
NEVER = {
    "isv.MOBILE_NUMBER_ILLEGAL": "number",
    "isv.MOBILE_COUNT_OVER_LIMIT": "number",
    "isv.INVALID_PARAMETERS": "parameters",
    "isv.INVALID_JSON_PARAM": "parameters",
    "isv.PARAM_LENGTH_LIMIT": "parameters",
    "isv.TEMPLATE_MISSING_PARAMETERS": "parameters",
    "isv.BLACK_KEY_CONTROL_LIMIT": "words",
}
BUSY = ("isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "Throttling")
ACCOUNT = (
    "isv.OUT_OF_SERVICE",
    "isv.AMOUNT_NOT_ENOUGH",
    "isv.ACCOUNT",
    "isv.PRODUCT_UN",
    "isv.SMS_SIGN",
    "isv.SMS_TEMPLATE",
    "isp.RAM_PERMISSION_DENY",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "Forbidden",
)


class AliyunSms:
    """The adapter; the key and the templates of the account come from the settings."""

    name = "aliyun"
    parallel = 8

    def __init__(self, config: Mapping[str, Any] | None = None):
        """Read ``endpoint``, ``key_id``, ``key_secret``, ``sign_name`` and ``templates``."""
        self._config = settings.ALIYUN_SMS if config is None else config

    def send(self, message: Message) -> str:
        """Send one message, unless an earlier attempt did; return our key, which they keep."""
        template = self._config["templates"].get(f"{message.template}.{message.language[:2]}")
        if template is None:
            raise PermanentFailure("template_not_registered")
        if message.tried_since is not None and self._was_sent(message):
            return str(message.key)
        answer = self._ask(
            "SendSms",
            {
                "PhoneNumbers": _domestic(message.to),
                "SignName": self._config["sign_name"],
                "TemplateCode": template,
                "TemplateParam": json.dumps(dict(message.values), ensure_ascii=False),
                "OutId": str(message.key),
            },
        )
        _check(answer)
        return str(message.key)

    def _was_sent(self, message: Message) -> bool:
        """Say whether the service has sent a message with our key to this number."""
        first = message.tried_since.astimezone(SHANGHAI).date()
        last = timezone.now().astimezone(SHANGHAI).date()
        first = max(first, last - timedelta(days=DAYS_ASKED_FOR))
        for back in range((last - first).days + 1):
            answer = self._ask(
                "QuerySendDetails",
                {
                    "PhoneNumber": _domestic(message.to),
                    "SendDate": f"{last - timedelta(days=back):%Y%m%d}",
                    "PageSize": str(PAGE),
                    "CurrentPage": "1",
                },
            )
            _check(answer)
            details = answer.data.get("SmsSendDetailDTOs") or {}
            rows = details.get("SmsSendDetailDTO") or []
            if any(row.get("OutId") == str(message.key) for row in rows):
                return True
        return False

    def _ask(self, action: str, query: Mapping[str, str]) -> Answer:
        endpoint = self._config["endpoint"]
        headers = signed(
            host=urlsplit(endpoint).netloc,
            action=action,
            version=VERSION,
            query=query,
            key_id=self._config["key_id"],
            key_secret=self._config["key_secret"],
            at=timezone.now(),
            nonce=uuid4().hex,
        )
        url = f"{endpoint}/?{_encoded(query)}"
        return post(url, b"", headers, timeout=settings.NOTICES["PROVIDER_TIMEOUT"])


def _check(answer: Answer) -> None:
    """Return if they say OK; raise what their code means to us."""
    code = answer.data.get("Code")
    if code == "OK":
        return
    if not isinstance(code, str):
        # An answer without a code came from something in between: it says nothing.
        raise TemporaryFailure(Trouble.UNREACHABLE, f"http_{answer.status}", reached=True)
    short = code[:60]
    if code in NEVER:
        raise PermanentFailure(short)
    if code.startswith(BUSY):
        raise TemporaryFailure(Trouble.BUSY, short, reached=False)
    if code.startswith(ACCOUNT):
        raise TemporaryFailure(Trouble.ACCOUNT, short, reached=False)
    raise TemporaryFailure(Trouble.UNREACHABLE, short, reached=True)


def _domestic(phone: str) -> str:
    """Return a number as they want it: mainland numbers without the +86."""
    return phone.removeprefix("+86").removeprefix("+")


def _encoded(query: Mapping[str, str]) -> str:
    """Return the query, sorted and encoded the way that is signed (RFC 3986)."""
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items()))


def signed(
    *,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    key_id: str,
    key_secret: str,
    at: datetime,
    nonce: str,
) -> dict[str, str]:
    """Return the headers of a signed request with an empty body (ACS3-HMAC-SHA256)."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            "POST",
            "/",
            _encoded(query),
            "".join(f"{name}:{headers[name]}\n" for name in sorted(headers)),
            names,
            headers["x-acs-content-sha256"],
        )
    )
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return headers | {
        "Authorization": (
            f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"
        )
    }
